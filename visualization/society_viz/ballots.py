"""The colours of answers: known when a question is over and all its answers have been seen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from society_viz import look
from society_viz.film import ABSTAINED, NONE, Key
from society_viz.words import number

_STEPS = 5


@dataclass(frozen=True, slots=True)
class Legend:
    """What the answers to one question look like; *scale* is the range of numbers, if they are numbers."""

    keys: tuple[Key, ...]
    places: Mapping[str, int]
    scale: tuple[float, float] | None = None

    def look(self, seat: int, values: Mapping[int, str | None], numbers: Mapping[int, float]) -> tuple[int, str]:
        """The fill of *seat* and what is written on it, when these are the answers."""
        if seat not in values:
            return NONE, ""
        label = values[seat]
        if label is None:
            return ABSTAINED, "–"
        if self.scale and seat in numbers:
            return _step(numbers[seat], *self.scale), number(numbers[seat])
        fill = self.places.get(label, len(self.keys) - 1)
        return fill, self.keys[fill].letter if 0 <= fill < len(self.keys) else ""


def legend(found: Sequence[str], amounts: Sequence[float]) -> Legend:
    """The legend of the labels in *found*, in order; *amounts* are the answers that were numbers.

    >>> [key.letter for key in legend(["yes", "no"], []).keys]
    ['Y', 'N']
    >>> [key.label for key in legend(["1", "2", "6"], [1, 2, 6]).keys]
    ['1 to 2', '2 to 3', '3 to 4', '4 to 5', '5 to 6']
    >>> [key.label for key in legend(["1.2e-05", "0.5", "1"], [1.2e-05, 0.5, 1]).keys][-1]
    '0.8 to 1'
    >>> [key.label for key in legend(["-1e+308", "0", "1e+308"], [-1e308, 0, 1e308]).keys]
    ['-1e+308', '0', '1e+308']
    """
    low, high = min(amounts, default=0), max(amounts, default=0)
    if len(amounts) > 1 and len(found) > 2 and all(map(_numeric, found)) and isfinite(high - low):
        edges = [low + (high - low) * step / _STEPS for step in range(_STEPS + 1)]
        rows = tuple(Key(f"{number(start)} to {number(end)}", colour, "")
                     for start, end, colour in zip(edges, edges[1:], look.STEPS, strict=False))  # fmt: skip
        return Legend(rows, {}, (low, high))
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


def _step(value: float, low: float, high: float) -> int:
    return min(max(int(_STEPS * (value - low) / (high - low)), 0), _STEPS - 1) if high > low else _STEPS // 2


def _numeric(label: str) -> bool:
    return re.fullmatch(r"-?[0-9,]*\.?[0-9]+(e[+-]?[0-9]+)?", label) is not None


def _prose(found: Sequence[str]) -> bool:
    """Whether the answers are free text, which no legend can list."""
    return len(found) > 3 * look.MOST_KEYS or (len(found) > 3 and sum(len(label) for label in found) > 40 * len(found))
