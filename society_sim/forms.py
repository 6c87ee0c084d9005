"""The shape of an answer: what to ask for at the end of a prompt, and how to read what comes back.

A form is a frozen value with two methods. `hint()` is the sentence that closes the prompt. `parse(text)` gives the
value, or raises `ValueError` when the text cannot be read: the member then abstains, and nothing is made up for it.
Parsing takes linear time and raises nothing else. What counts is the *last* line that begins with the tag, so a reply
may think aloud first; a line that quotes somebody (`> ANSWER: C`, or `she said "ANSWER: C"`) does not begin with it.

>>> Choice(("A", "B")).parse("Both are close.\\nANSWER: B")
'B'
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

_DECORATION = " \t*_#`"
_WRAPPING = " \t*_`'\"()[]{}.:,;"
_NUMBER = re.compile(
    r"[+-]?(?=\.?\d)(?:\d{1,3}(?:,\d{3}){1,5}|\d{0,18})(?:\.\d{1,18})?(?:e[+-]?\d{1,2})?", re.IGNORECASE
)


@runtime_checkable
class Form(Protocol):
    """What every form offers; `ask` and `read` are `hint` and `parse` for one field among several."""

    def hint(self) -> str:
        """The sentence that goes at the end of the prompt."""

    def parse(self, text: str) -> Any:
        """The value that *text* gives; `ValueError` if it cannot be read."""

    def ask(self) -> str:
        """What to write after the tag, in a few words."""

    def read(self, raw: str) -> Any:
        """The value of what stands after the tag; `ValueError` if it cannot be read."""


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
        found = _after(line, (tag,))
        if found:
            return found[1]
    raise ValueError(f"no line begins with {tag}:")


def _after(line: str, tags: tuple[str, ...]) -> tuple[str, str] | None:
    """The tag that *line* begins with, and what follows its colon."""
    start = line.lstrip(_DECORATION)
    for tag in tags:
        if start[: len(tag)].casefold() == tag.casefold():
            rest = start[len(tag) :].lstrip(" \t*_`")
            if rest[:1] in (":", "=", "："):
                return tag, rest[1:].strip().strip("*_`").strip()
    return None


def _tagged_or_json(text: str) -> str:
    """What stands after `ANSWER:`, or under `answer` in a reply that is one JSON object."""
    try:
        return tagged(text, "ANSWER")
    except ValueError:
        answer = (_json_object(text) or {}).get("answer")
        if answer is None:
            raise
        return answer.strip()


class _Tagged:
    """A form whose value stands on one line after `ANSWER:`, or under `answer` in one JSON object."""

    __slots__ = ()

    def hint(self: Any) -> str:
        return f"Finish with one line: ANSWER: {self.ask()}"

    def parse(self: Any, text: str) -> Any:
        return self.read(_tagged_or_json(text))


@dataclass(frozen=True)
class Choice(_Tagged):
    """One of *options*. A reply that is nothing but an option counts as well.

    >>> Choice(("yes", "no")).hint()
    'Finish with one line: ANSWER: one of yes | no'
    >>> Choice(("A", "B")).parse("(b)")
    'B'
    """

    options: tuple[str, ...]
    _known: dict[str, str] = field(init=False, repr=False, compare=False)

    def __init__(self, options: Any) -> None:
        options = tuple(options)
        if not all(isinstance(option, str) for option in options):
            raise ValueError(f"options are strings: {options!r}")
        known = {option.strip().casefold(): option for option in options}
        if not options or len(known) < len(options) or "" in known:
            raise ValueError(f"a choice needs options that differ in more than case: {options!r}")
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "_known", known)

    def ask(self) -> str:
        return f"one of {' | '.join(self.options)}"

    def parse(self, text: str) -> str:
        try:
            raw = _tagged_or_json(text)
        except ValueError:
            bare = text.strip(_WRAPPING).casefold() if len(text) < 200 else ""
            if bare in self._known:
                return self._known[bare]
            raise
        return self.read(raw)

    def read(self, raw: str) -> str:
        known = self._known
        found = known.get(raw.casefold())
        if found is None:
            bare = raw.strip(_WRAPPING).casefold()
            found = known.get(bare)
            if found is None:  # "C) because ...", "(C) a text", "C: a text"
                head = re.match(r"[^\s).:,]{1,40}(?=[).:](?:\s|$))", bare)
                found = known.get(head.group()) if head else None
        if found is None:
            raise ValueError(f"{raw[:60]!r} is none of {', '.join(self.options[:12])}")
        return found


def _without(options: tuple[str, ...], marks: str) -> tuple[str, ...]:
    """*options*, none of which has one of the *marks* that stand between options in an answer."""
    if any(mark in option for option in options for mark in marks):
        raise ValueError(f"options that are listed in one line may not contain {' or '.join(marks)}: {options!r}")
    return options


@dataclass(frozen=True)
class Ranking(_Tagged):
    """All of *options*, best first: `B > A > C`; with *partial* at least one of them.

    >>> Ranking(("A", "B", "C")).parse("ANSWER: B > A > C")
    ('B', 'A', 'C')
    """

    options: tuple[str, ...]
    partial: bool = False

    def __init__(self, options: Any, partial: bool = False) -> None:
        object.__setattr__(self, "options", _without(Choice(options).options, ">,"))
        object.__setattr__(self, "partial", partial)

    def ask(self) -> str:
        return f"{'some or ' if self.partial else ''}all of {' | '.join(self.options)}, best first, as X > Y > Z"

    def read(self, raw: str) -> tuple[str, ...]:
        one = Choice(self.options)
        ranked = tuple(one.read(part.strip()) for part in raw.split(">" if ">" in raw else ","))
        if (len(ranked) != len(self.options) and not self.partial) or len(set(ranked)) != len(ranked):
            often = "at most once" if self.partial else "once"
            raise ValueError(f"a ranking names each of {', '.join(self.options)} {often}")
        return ranked


@dataclass(frozen=True)
class Approval(_Tagged):
    """Any of *options*, or none: `A, C`.

    >>> Approval(("A", "B", "C")).parse("ANSWER: none")
    ()
    """

    options: tuple[str, ...]

    def __init__(self, options: Any) -> None:
        object.__setattr__(self, "options", _without(Choice(options).options, ","))

    def ask(self) -> str:
        return f"those you approve of {' | '.join(self.options)}, with commas between, or none"

    def read(self, raw: str) -> tuple[str, ...]:
        one = Choice(self.options)
        if raw.strip() == "[]" or (raw.strip(_WRAPPING).casefold() == "none" and "none" not in one._known):
            return ()
        chosen = {one.read(part.strip()) for part in raw.split(",")}
        return tuple(option for option in self.options if option in chosen)


@dataclass(frozen=True)
class Number(_Tagged):
    """A finite number from *low* to *high*; anything outside is unreadable, never clipped.

    >>> Number(0, 10).parse("ANSWER: 7.5")
    7.5
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:  # also refuses NaN
            raise ValueError(f"no number lies between {self.low} and {self.high}")

    def ask(self) -> str:
        return f"a number from {self.low:.15g} to {self.high:.15g}"

    def read(self, raw: str) -> float:
        bare = raw.strip(" \t*_`$").rstrip(".% ")
        plain = len(bare) <= 18 and bare.isascii() and bare.isdigit()  # no need to look closer
        if not plain and not _NUMBER.fullmatch(bare):
            raise ValueError(f"{raw[:60]!r} is no number")
        value = float(bare.replace(",", ""))
        if not self.low <= value <= self.high:
            raise ValueError(f"{value:.15g} is not from {self.low:.15g} to {self.high:.15g}")
        return value


@dataclass(frozen=True)
class Scores(_Tagged):
    """A number from *low* to *high* for each of *options*: `A = 7, B = 3`.

    With a *credit* the numbers are votes, of which v cost v squared; a ballot that spends more cannot be read.

    >>> Scores(("A", "B"), 0, 10).parse("ANSWER: A = 7, B = 2.5")
    {'A': 7.0, 'B': 2.5}
    >>> Scores(("A", "B"), -10, 10, credit=100).parse("ANSWER: A = 8, B = -7")
    Traceback (most recent call last):
        ...
    ValueError: these votes cost 113 of a credit of 100
    """

    options: tuple[str, ...]
    low: float
    high: float
    credit: float | None = None

    def __init__(self, options: Any, low: float, high: float, credit: float | None = None) -> None:
        Number(low, high)
        if credit is not None and not credit >= 0:
            raise ValueError(f"a credit is a number from 0, not {credit}")
        for name, value in (("options", _without(Choice(options).options, "=,:")), ("low", low), ("high", high),
                            ("credit", credit)):  # fmt: skip
            object.__setattr__(self, name, value)

    def ask(self) -> str:
        shape = f"for each of {' | '.join(self.options)}, as X = 1, Y = 0"
        if self.credit is not None:
            return (f"votes {shape}: from {self.low:.15g} (against) to {self.high:.15g} (for); n votes cost n times n, "
                    f"and all together at most {self.credit:.15g}")  # fmt: skip
        return f"a number from {self.low:.15g} to {self.high:.15g} {shape}"

    def read(self, raw: str) -> dict[str, float]:
        one, number = Choice(self.options), Number(self.low, self.high)
        found: dict[str, float] = {}
        for part in raw.strip().rstrip(".").split(","):
            name, sign, value = part.partition("=" if "=" in part else ":")
            option = one.read(name.strip())
            if not sign or option in found:
                raise ValueError(f"{part.strip()[:60]!r} is no score, or one too many")
            found[option] = number.read(value.strip())
        if len(found) < len(self.options):
            raise ValueError(f"each of {', '.join(self.options)} needs a number")
        spent = sum(value * value for value in found.values())
        if self.credit is not None and spent > self.credit * (1 + 1e-9):
            raise ValueError(f"these votes cost {spent:g} of a credit of {self.credit:g}")
        return {option: found[option] for option in self.options}


@dataclass(frozen=True)
class Text:
    """Free words, the first *limit* characters of them.

    >>> Text(5).parse("  Hello world ")
    'Hello'
    """

    limit: int = 2000

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError("a text needs room for at least one character")

    def hint(self) -> str:
        return f"Answer {self.ask()}."

    def parse(self, text: str) -> str:
        found = _json_object(text) or {}  # as it is asked for where replies are to be JSON
        return self.read(found["answer"] if "answer" in found and found.keys() <= {"answer", "confidence"} else text)

    def ask(self) -> str:
        return f"in at most {self.limit} characters"

    def read(self, raw: str) -> str:
        words = raw.strip()[: self.limit].rstrip()
        if not words:
            raise ValueError("no words")
        return words


@dataclass(frozen=True)
class Fields:
    """Several forms, each after a tag of its own; reads tagged lines, or one JSON object.

    >>> form = Fields({"vote": Choice(("aye", "no")), "why": Text(80)})
    >>> form.parse("VOTE: aye\\nWHY: It is\\ncheap.")
    {'vote': 'aye', 'why': 'It is\\ncheap.'}
    >>> form.parse('{"vote": "no", "why": "dear"}')
    {'vote': 'no', 'why': 'dear'}
    """

    fields: Mapping[str, Form]
    _plain: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """The names in lower case of those tags with which no other begins."""
    _reads: tuple[tuple[str, str, Form, bool], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = [name.casefold() for name in self.fields]
        if not names or len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
            raise ValueError(f"fields need names that are identifiers and differ: {', '.join(self.fields)}")
        if any(isinstance(form, (Fields, Confident)) for form in self.fields.values()):
            raise ValueError("a field holds a plain form: fields do not nest, and confidence is about a whole answer")

        tags = [name.upper() for name in self.fields]
        plain = {tag: tag.casefold() for tag in tags
                 if not any(tag.startswith(other) for other in tags if other != tag)}  # fmt: skip
        object.__setattr__(self, "_plain", plain)
        reads = tuple((name, name.casefold(), form, isinstance(form, Text)) for name, form in self.fields.items())
        object.__setattr__(self, "_reads", reads)

    def __hash__(self) -> int:
        return hash(tuple(self.fields.items()))

    def hint(self) -> str:
        lines = [f"{name.upper()}: {form.ask()}" for name, form in self.fields.items()]
        return "Finish with these lines:\n" + "\n".join(lines)

    def ask(self) -> str:
        raise TypeError("fields do not nest")

    read = ask

    def parse(self, text: str) -> dict[str, Any]:
        raw = _json_object(text) or self._lines(text)
        values = {}
        for name, known, form, long in self._reads:
            said = raw.get(known)
            if said is None:
                raise ValueError(f"no line begins with {name.upper()}:")
            values[name] = form.read(said if long else said.partition("\n")[0].strip())
        return values

    def _lines(self, text: str) -> dict[str, str]:
        plain, tags = self._plain, tuple(name.upper() for name in self.fields)
        found: dict[str, list[str]] = {}
        current: list[str] | None = None
        for line in text.split("\n"):
            head, colon, rest = line.partition(":")
            if colon and head in plain:  # as it is asked for: no need to look closer
                current = found[plain[head]] = [rest.strip().strip("*_`").strip()]
            elif start := _after(line, tags):
                current = found[start[0].casefold()] = [start[1]]
            elif current is not None:
                current.append(line)
        return {name: lines[0] if len(lines) == 1 else "\n".join(lines).strip() for name, lines in found.items()}


def _json_object(text: str) -> dict[str, str] | None:
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


class Stated(NamedTuple):
    """A value and the confidence it was stated with, from 0 to 1 (`None` if none could be read)."""

    value: Any
    confidence: float | None


def _share(raw: str) -> float | None:
    """A stated confidence as a share of 1; `0.85` without a percent sign could mean either, and is neither."""
    try:
        percent = Number(0, 100).read(raw)
    except ValueError:
        return None
    return None if 0 < percent < 1 and "%" not in raw else percent / 100


@dataclass(frozen=True)
class Confident:
    """*form*, and after it how sure the member is.

    >>> Confident(Choice(("A", "B"))).parse("ANSWER: A\\nCONFIDENCE: 85%")
    Stated(value='A', confidence=0.85)
    """

    form: Form

    def hint(self) -> str:
        return f"{self.form.hint()}\nand after it one line: CONFIDENCE: how sure you are, from 0% to 100%"

    def parse(self, text: str) -> Stated:
        lines = text.split("\n")
        said = [(number, found[1]) for number, line in enumerate(lines) if (found := _after(line, ("CONFIDENCE",)))]
        if not said:
            stated = (_json_object(text) or {}).get("confidence")
            return Stated(self.form.parse(text), None if stated is None else _share(stated))
        number, raw = said[-1]
        return Stated(self.form.parse("\n".join(lines[:number] + lines[number + 1 :])), _share(raw))

    def ask(self) -> str:
        raise TypeError("confidence is stated about a whole answer, not about a field")

    read = ask
