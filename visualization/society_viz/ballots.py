"""The colours of answers: known when a question is over and all its answers have been seen."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, log10

from society_viz import look
from society_viz.film import ABSTAINED, NONE, Key
from society_viz.words import fixed, number

_STEPS = 5


@dataclass(frozen=True, slots=True)
class Legend:
    """What the answers to one question look like; if they are numbers, *ends* has where each row ends, rising.

    *digits*: so many places after the point tell the numbers apart.
    """

    keys: tuple[Key, ...]
    places: Mapping[str, int]
    ends: tuple[float, ...] = ()
    digits: int = 0
    few: bool = False
    """Whether each number has a row of its own."""

    def look(self, seat: int, values: Mapping[int, str | None], numbers: Mapping[int, float]) -> tuple[int, str]:
        """The fill of *seat* and what is written on it, when these are the answers."""
        if seat not in values:
            return NONE, ""
        label = values[seat]
        if label is None:
            return ABSTAINED, "–"
        if self.ends and seat in numbers:
            row = min(bisect_left(self.ends, numbers[seat]), len(self.ends) - 1)
            plain = number(numbers[seat])
            return row, plain if self.few and len(plain) <= 4 else fixed(numbers[seat], self.digits)
        fill = self.places.get(label, len(self.keys) - 1)
        if seat in numbers:  # a bid for what the label says
            return fill, number(numbers[seat])
        return fill, self.keys[fill].letter if 0 <= fill < len(self.keys) else ""


def legend(found: Sequence[str], amounts: Sequence[float]) -> Legend:
    """The legend of the labels in *found*, in order; *amounts* are the answers that were numbers.

    >>> [key.letter for key in legend(["yes", "no"], []).keys]
    ['Y', 'N']
    >>> [key.label for key in legend(["1", "2", "6"], [1, 2, 6]).keys]
    ['1', '2', '6']
    >>> [key.label for key in legend(list("012345"), range(6)).keys]
    ['0 to 1', '1 to 2', '2 to 3', '3 to 4', '4 to 5']
    >>> [key.label for key in legend(["-1e+308", "0", "1e+308"], [-1e308, 0, 1e308]).keys]
    ['-1e+308', '0', '1e+308']
    """
    if amounts and found and all(map(_numeric, found)) and isfinite(max(amounts) - min(amounts)):
        return _scale(amounts)
    rows = () if _prose(found) else look.keys(found)
    if not rows and found:
        rows = (Key("has answered", look.ANSWERED, ""),)
    shown = {key.label: at for at, key in enumerate(rows)}
    return Legend(rows, {label: shown.get(label, len(rows) - 1) for label in found})


def foremost(found: Sequence[str], given: Iterable[str | None]) -> list[str]:
    """The labels in *found*, those that were *given* most often first as far as the legend can list them.

    >>> foremost(list("ABCDEFGHIJ"), ["J", "J", "I", None])[:7]
    ['A', 'B', 'C', 'D', 'E', 'I', 'J']
    """
    if len(found) <= look.MOST_KEYS:
        return list(found)
    times = Counter(given)
    shown = set(sorted(found, key=lambda label: -times[label])[: look.MOST_KEYS])  # sorting keeps the order of equals
    return [*(label for label in found if label in shown), *(label for label in found if label not in shown)]


def _scale(amounts: Sequence[float]) -> Legend:
    """Light to dark: a row for each number if they are few, else five even ranges."""
    known = sorted({*amounts})
    if len(known) <= _STEPS:
        last = max(len(known) - 1, 1)
        tones = [look.STEPS[round((_STEPS - 1) * at / last)] for at in range(len(known))]
        rows = tuple(Key(number(one), tone, "") for one, tone in zip(known, tones, strict=True))
        gap = min((after - before for before, after in pairwise(known)), default=abs(known[0]) / 10 or 1.0)
        return Legend(rows, {}, tuple(known), _digits(gap), True)
    low, high = known[0], known[-1]
    edges = [low + (high - low) * step / _STEPS for step in range(_STEPS + 1)]
    digits = _digits((high - low) / _STEPS)
    rows = tuple(Key(f"{fixed(start, digits)} to {fixed(end, digits)}", tone, "")
                 for (start, end), tone in zip(pairwise(edges), look.STEPS, strict=True))  # fmt: skip
    return Legend(rows, {}, tuple(edges[1:]), digits)


def _digits(step: float) -> int:
    """Places after the point that steps of this size need."""
    return 0 if float(step).is_integer() else min(max(round(1 - log10(step)), 0), 12)


def _numeric(label: str) -> bool:
    return re.fullmatch(r"-?[0-9,]*\.?[0-9]+(e[+-]?[0-9]+)?", label) is not None


def _prose(found: Sequence[str]) -> bool:
    """Whether the answers are free text, which no legend can list."""
    return len(found) > 3 * look.MOST_KEYS or (len(found) > 3 and sum(len(label) for label in found) > 40 * len(found))
