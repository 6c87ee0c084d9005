"""Forms made of others: several fields, and an answer with how sure one is of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from society_sim.forms.plain import Form, Number, Text
from society_sim.forms.reading import after, json_object


@dataclass(frozen=True)
class Fields:
    """Several forms, each after a tag of its own; reads tagged lines, or one JSON object.

    >>> from society_sim.forms import Choice
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
    _tags: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _asked: re.Pattern[str] = field(init=False, repr=False, compare=False)
    """A reply that is nothing but what was asked for: its lines in order, and nothing to take off them."""

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
        object.__setattr__(self, "_tags", tuple(tags))
        reads = tuple((name, name.casefold(), form, isinstance(form, Text)) for name, form in self.fields.items())
        object.__setattr__(self, "_reads", reads)
        object.__setattr__(self, "_asked", re.compile("\n".join(f"{tag}: ([^\n{{*_`:=：]+)" for tag in tags)))

    def __hash__(self) -> int:
        return hash(tuple(self.fields.items()))

    def hint(self) -> str:
        lines = [f"{name.upper()}: {form.ask()}" for name, form in self.fields.items()]
        return "Finish with these lines:\n" + "\n".join(lines)

    def ask(self) -> str:
        raise TypeError("fields do not nest")

    read = ask

    def parse(self, text: str) -> dict[str, Any]:
        if (plain := self._asked.fullmatch(text)) is not None:  # no need to look closer
            return {read[0]: read[2].read(said.strip()) for read, said in zip(self._reads, plain.groups(), strict=True)}
        raw = json_object(text) or self._lines(text)
        values = {}
        for name, known, form, long in self._reads:
            said = raw.get(known)
            if said is None:
                raise ValueError(f"no line begins with {name.upper()}:")
            values[name] = form.read(said if long else said.partition("\n")[0].strip())
        return values

    def _lines(self, text: str) -> dict[str, str]:
        plain, tags = self._plain, self._tags
        found: dict[str, str] = {}
        longer: dict[str, list[str]] = {}
        current = ""
        for line in text.split("\n"):
            head, colon, rest = line.partition(":")
            if colon and head in plain:  # as it is asked for: no need to look closer
                current = plain[head]
                found[current] = rest.strip().strip("*_`").strip()
                longer.pop(current, None)
            elif start := after(line, tags):
                current = start[0].casefold()
                found[current] = start[1]
                longer.pop(current, None)
            elif current:
                longer.setdefault(current, [found[current]]).append(line)
        for name, lines in longer.items():
            found[name] = "\n".join(lines).strip()
        return found


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

    >>> from society_sim.forms import Choice
    >>> Confident(Choice(("A", "B"))).parse("ANSWER: A\\nCONFIDENCE: 85%")
    Stated(value='A', confidence=0.85)
    """

    form: Form

    def hint(self) -> str:
        return f"{self.form.hint()}\nand after it one line: CONFIDENCE: how sure you are, from 0% to 100%"

    def parse(self, text: str) -> Stated:
        lines = text.split("\n")
        said = [(number, found[1]) for number, line in enumerate(lines) if (found := after(line, ("CONFIDENCE",)))]
        if not said:
            stated = (json_object(text) or {}).get("confidence")
            return Stated(self.form.parse(text), None if stated is None else _share(stated))
        number, raw = said[-1]
        return Stated(self.form.parse("\n".join(lines[:number] + lines[number + 1 :])), _share(raw))

    def ask(self) -> str:
        raise TypeError("confidence is stated about a whole answer, not about a field")

    read = ask
