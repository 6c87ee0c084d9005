"""What the model says: text as a pure function of the request and its luck.

Three brains. `words` says a few words, whatever is asked. `choose` fills in what the prompt asks for, uniformly and
exactly as told. `noisy` fills in the same and dresses it up as small models do; at set rates it says nothing usable.
A `response_format` with a schema is honoured by all of them, as providers enforce it.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple

import endpoint_hints as hints
from endpoint_hints import Asked, Blank
from endpoint_parliament import negotiated, scene

REFUSALS = (
    "I'm sorry, I can't help with that.",
    "I'm sorry, but I can't take part in decisions of this kind.",
    "As an AI language model, I can't hold opinions. I'm sorry, I can't answer this.",
)
_PLAIN = re.compile(r"[A-Za-z0-9-]{1,30}")  # an option that may be decorated without becoming another one
_TAGS = ("{}: {}", "{}: {}", "{}: {}", "**{}: {}**", "**{}:** {}", "{}:  {}", "### {}: {}", "{} = {}", "{}： {}")
_VALUES = ("{}", "{}", "{}", "({})", "[{}]", "**{}**", "{}.", "{}) because it fits best", "{}. It is the safer one.")
_THOUGHTS = (
    "Let me think about this step by step.",
    "Okay, so first I look at what is asked here.",
    "There are arguments on both sides.",
    "**Considerations:** cost, time and what the others do.",
    "1. What do we know?\n2. What would change my mind?",
    "Hmm, I am not entirely sure, but let me weigh it up.",
)
_DRIFT = ("It depends on many things, and", "On the other hand", "In the end", "As I said before,", "Well,")


class Noise(NamedTuple):
    """Shares (0 to 1) of replies that ramble without an answer, refuse, and say nothing at all."""

    unreadable: float
    refusal: float
    empty: float


class Prompt(NamedTuple):
    """What the model reads: the first system message, the last user message, and what that asks for at its end."""

    system: str
    text: str
    asked: Asked


def prompt(messages: list[dict[str, Any]]) -> Prompt:
    """The prompt in *messages*."""
    said = [(message.get("role"), content(message)) for message in messages]
    text = next((words for role, words in reversed(said) if role == "user"), "")
    return Prompt(next((words for role, words in said if role in ("system", "developer")), ""), text, hints.asked(text))


def content(message: Mapping[str, Any]) -> str:
    """The words of one message, whose content is a text or a list of parts."""
    said = message.get("content")
    if isinstance(said, list):
        return "".join(str(part.get("text", "")) for part in said if isinstance(part, dict))
    return said if isinstance(said, str) else ""


def reply(body: Mapping[str, Any], seen: Prompt, brain: str, noise: Noise, luck: Random) -> str:
    """What *brain* says to a request *body* with the prompt *seen*."""
    failed = _nothing_usable(seen.asked, noise, luck) if brain == "noisy" else None
    if failed is not None:
        return failed
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        schema = (wanted.get("json_schema") or {}).get("schema") or {}
        return json.dumps(instance(schema, luck, schema))
    if wanted.get("type") == "json_object":
        return json.dumps({blank.tag.lower(): _typed(blank, value) for blank, value in _filled(seen, luck)})
    return BRAINS[brain](seen, luck)


def _words(seen: Prompt, luck: Random) -> str:
    """A few plain words."""
    return hints.words(luck, 8)


def _choose(seen: Prompt, luck: Random) -> str:
    """The form, filled in as told; plain words if nothing is asked for."""
    filled = _filled(seen, luck)
    lines = [f"{blank.tag}: {value}" if blank.tag else value for blank, value in filled] or [hints.words(luck, 8)]
    return "\n".join([*lines, *_sure(seen, luck, "CONFIDENCE: {}%")])


def _noisy(seen: Prompt, luck: Random) -> str:
    """The form, filled in as small models do: readable, but in clothes."""
    filled = _filled(seen, luck)
    if not filled or not filled[0][0].tag:
        return _choose(seen, luck)
    sure = _sure(seen, luck, luck.choice(("CONFIDENCE: {}%", "**Confidence:** {}%", "Confidence: {} %")))
    if len(filled) > 1 and luck.random() < 0.25:
        whole = json.dumps({blank.tag.lower(): _typed(blank, value) for blank, value in filled}, indent=2)
        return "\n".join([f"```json\n{whole}\n```" if luck.random() < 0.7 else whole, *sure])
    blank, value = filled[0]
    if len(filled) == 1 and blank.kind == "choice" and _PLAIN.fullmatch(value) and luck.random() < 0.05:
        return "\n".join([luck.choice(("{}", "({})", "**{}**", "{}.")).format(value), *sure])
    thinking = [_thought(blank, luck) for _ in range(luck.choice((0, 0, 1, 2, 3)))]
    style = luck.choice(_TAGS)
    lines = [_line(style, *one, luck) for one in filled]
    trailer = ["", "I hope this helps!"] if luck.random() < 0.1 else []
    return "\n".join([*thinking, *lines, *sure, *trailer])


BRAINS: Mapping[str, Callable[[Prompt, Random], str]] = {"words": _words, "choose": _choose, "noisy": _noisy}
"""Name -> what it says to a prompt, with luck."""


def _filled(seen: Prompt, luck: Random) -> list[tuple[Blank, str]]:
    """Every blank with its value."""
    house = scene(seen.system, seen.text)
    return [
        (blank, (house and negotiated(house, blank, luck)) or hints.fill(blank, luck)) for blank in seen.asked.blanks
    ]


def _sure(seen: Prompt, luck: Random, style: str) -> list[str]:
    return [style.format(luck.randint(0, 100))] if seen.asked.confident else []


def _typed(blank: Blank, value: str) -> Any:
    """*value* as JSON would have it."""
    if blank.kind == "number":
        return float(value)
    if blank.kind in ("ranking", "approval") and value != "none":
        return value.split(" > " if blank.kind == "ranking" else ", ")
    return value


def _line(style: str, blank: Blank, value: str, luck: Random) -> str:
    tag = luck.choice((blank.tag, blank.tag, blank.tag.capitalize(), blank.tag.lower()))
    if blank.kind == "choice" and _PLAIN.fullmatch(value):
        value = luck.choice(_VALUES).format(value)
    elif blank.kind == "ranking" and luck.random() < 0.2:
        value = value.replace(" > ", ", ")
    return style.format(tag, value)


def _thought(blank: Blank, luck: Random) -> str:
    """A line or two of thinking aloud, at times with an option that is not the answer."""
    if blank.options and luck.random() < 0.3:
        other = luck.choice(blank.options)
        if _PLAIN.fullmatch(other):
            return luck.choice(("{} comes to mind first.", '> {tag}: {}\nSo they say. I\'d rather check.',
                                "{tag}: {}\nWait, no. Let me look again.")).format(other, tag=blank.tag)  # fmt: skip
    return luck.choice(_THOUGHTS)


def _nothing_usable(asked: Asked, noise: Noise, luck: Random) -> str | None:
    """An empty reply, a refusal or rambling, at the rates of *noise*; `None` for the rest."""
    dice = luck.random()
    if dice < noise.empty:
        return ""
    if dice < noise.empty + noise.refusal:
        return luck.choice(REFUSALS)
    return _rambling(asked, luck) if dice < noise.empty + noise.refusal + noise.unreadable else None


def _rambling(asked: Asked, luck: Random) -> str:
    """Words without an answer; one in four almost has one, in a shape that nobody asked for."""
    if asked.blanks and asked.blanks[0].tag and luck.random() < 0.25:
        value = hints.fill(asked.blanks[0], luck)
        return luck.choice(("Answer - {}, all in all.", "I would go with {}, all in all.")).format(value)
    drift = (f"{luck.choice(_DRIFT)} {hints.words(luck, luck.randint(6, 20)).lower()}" for _ in range(99))
    return " ".join(itertools.islice(drift, luck.randint(2, 9))).rstrip(".")


def instance(schema: Mapping[str, Any], luck: Random, root: Mapping[str, Any]) -> Any:
    """A value that fits the JSON *schema*; references are looked up in *root*."""
    if "$ref" in schema:
        node: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        return instance(node, luck, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return luck.choice(schema["enum"])
    for several in ("anyOf", "oneOf", "allOf"):
        if schema.get(several):
            return instance(luck.choice(schema[several]), luck, root)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return _INSTANCES[kind if isinstance(kind, str) else luck.choice(kind)](schema, luck, root)


def _object(schema: Mapping[str, Any], luck: Random, root: Mapping[str, Any]) -> dict[str, Any]:
    return {name: instance(inner, luck, root) for name, inner in schema.get("properties", {}).items()}


def _array(schema: Mapping[str, Any], luck: Random, root: Mapping[str, Any]) -> list[Any]:
    items, least = schema.get("items", {}), schema.get("minItems", 0)
    count = luck.randint(least, schema.get("maxItems", max(least, 3)))
    if schema.get("uniqueItems") and "enum" in items:
        return luck.sample(items["enum"], min(count, len(items["enum"])))
    return [instance(items, luck, root) for _ in range(count)]


def _integer(schema: Mapping[str, Any], luck: Random, root: Mapping[str, Any]) -> int:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 101) - 1)
    return luck.randint(int(low), int(high))


def _number(schema: Mapping[str, Any], luck: Random, root: Mapping[str, Any]) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 1))
    return float(hints.number(low, high, luck))


def _string(schema: Mapping[str, Any], luck: Random, root: Mapping[str, Any]) -> str:
    return hints.words(luck, 4 + schema.get("minLength", 0) // 4)[: schema.get("maxLength", 2000)]


_INSTANCES: Mapping[str, Callable[[Mapping[str, Any], Random, Mapping[str, Any]], Any]] = {
    "object": _object, "array": _array, "integer": _integer, "number": _number, "string": _string,
    "boolean": lambda schema, luck, root: luck.random() < 0.5, "null": lambda schema, luck, root: None,
}  # fmt: skip
