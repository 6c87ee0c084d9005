"""Forms of one value: a choice, a number, free words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from society_sim.forms.reading import WRAPPING, Tagged, json_object, tagged_or_json

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


@dataclass(frozen=True)
class Choice(Tagged):
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
            raw = tagged_or_json(text)
        except ValueError:
            bare = text.strip(WRAPPING).casefold() if len(text) < 200 else ""
            if bare in self._known:
                return self._known[bare]
            raise
        return self.read(raw)

    def read(self, raw: str) -> str:
        known = self._known
        found = known.get(raw.casefold())
        if found is None:
            bare = raw.strip(WRAPPING).casefold()
            found = known.get(bare)
            if found is None:  # "C) because ...", "(C) a text", "C: a text"
                head = re.match(r"[^\s).:,]{1,40}(?=[).:](?:\s|$))", bare)
                found = known.get(head.group()) if head else None
        if found is None:
            raise ValueError(f"{raw[:60]!r} is none of {', '.join(self.options[:12])}")
        return found


@dataclass(frozen=True)
class Number(Tagged):
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
        found = json_object(text) or {}  # as it is asked for where replies are to be JSON
        return self.read(found["answer"] if "answer" in found and found.keys() <= {"answer", "confidence"} else text)

    def ask(self) -> str:
        return f"in at most {self.limit} characters"

    def read(self, raw: str) -> str:
        words = raw.strip()[: self.limit].rstrip()
        if not words:
            raise ValueError("no words")
        return words
