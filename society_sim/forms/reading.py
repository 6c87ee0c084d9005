"""How a reply is read: tagged lines, or one JSON object."""

from __future__ import annotations

import json
from typing import Any

_DECORATION = " \t*_#`"
WRAPPING = " \t*_`'\"()[]{}.:,;"


def tagged(text: str, tag: str) -> str:
    """What stands after *tag* and a colon on the last line that begins with it (case and markdown ignored).

    >>> tagged("ANSWER: A\\nNo:\\n**Answer:** B", "ANSWER")
    'B'
    """
    cut = text.rfind(tag)
    if cut >= 0 and (cut == 0 or text[cut - 1] == "\n"):  # the plain case, and nothing but it on the last line
        rest = text[cut + len(tag) :]
        if rest[:1] == ":" and "\n" not in rest:
            return rest[1:].strip()
    for line in reversed(text.split("\n")):
        found = after(line, (tag,))
        if found:
            return found[1]
    raise ValueError(f"no line begins with {tag}:")


def after(line: str, tags: tuple[str, ...]) -> tuple[str, str] | None:
    """The tag that *line* begins with, and what follows its colon."""
    start = line.lstrip(_DECORATION)
    for tag in tags:
        if start[: len(tag)].casefold() == tag.casefold():
            rest = start[len(tag) :].lstrip(" \t*_`")
            if rest[:1] in (":", "=", "："):
                return tag, rest[1:].strip().strip("*_`").strip()
    return None


def tagged_or_json(text: str) -> str:
    """What stands after `ANSWER:`, or under `answer` in a reply that is one JSON object."""
    try:
        return tagged(text, "ANSWER")
    except ValueError:
        answer = (json_object(text) or {}).get("answer")
        if answer is None:
            raise
        return answer.strip()


class Tagged:
    """A form whose value stands on one line after `ANSWER:`, or under `answer` in one JSON object."""

    __slots__ = ()

    def hint(self: Any) -> str:
        return f"Finish with one line: ANSWER: {self.ask()}"

    def parse(self: Any, text: str) -> Any:
        return self.read(tagged_or_json(text))


def json_object(text: str) -> dict[str, str] | None:
    """The values of a reply that is one JSON object, by their names in lower case; `None` if it is not one."""
    if "{" not in text:
        return None
    bare = text.strip()
    if bare.startswith("```"):
        bare = bare.strip("`").removeprefix("json").strip()
    if not (bare.startswith("{") and bare.endswith("}")) or len(bare) > 100_000:
        return None
    try:
        found = json.loads(bare)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {str(name).casefold(): _as_text(value) for name, value in found.items() if value is not None}


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_as_text, value)) or "[]"
    if isinstance(value, dict):
        raise ValueError("an object where a plain value belongs")
    return value if isinstance(value, str) else json.dumps(value)
