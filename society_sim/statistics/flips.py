"""Flip points: how far an assumption may go before a comparison turns round."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence


def crossing(at: Sequence[float], differences: Sequence[float]) -> float | None:
    """Where the line through the *differences*, taken *at* rising places, first changes its sign; `None` if nowhere.

    A difference of exactly 0 is a crossing only if the signs on its two sides differ.

    >>> crossing([0.5, 1.0, 1.5], [0.03, 0.01, -0.01]), crossing([0, 1], [1, 2])
    (1.25, None)
    """
    before: tuple[float, float] | None = None
    for place, difference in zip(at, differences, strict=True):
        if difference == 0:
            continue
        if before is not None and (before[1] > 0) != (difference > 0):
            (left, first) = before
            return left + (place - left) * first / (first - difference)
        before = place, difference
    return None


def refined(
    at: Sequence[float], differences: Sequence[float], measure: Callable[[float], float], steps: int = 4
) -> float | None:
    """`crossing`, made sharper: the bracket is halved *steps* times by measuring the difference in its middle.

    >>> round(refined([0, 2], [1, -1], lambda x: 0.7 - x, steps=10), 2)
    0.7
    """
    known = sorted(zip(at, differences, strict=True))
    for _ in range(steps):
        bracket = next(((a, b) for a, b in itertools.pairwise(known) if a[1] * b[1] < 0), None)
        if bracket is None:
            break
        middle = (bracket[0][0] + bracket[1][0]) / 2
        known = sorted([*known, (middle, measure(middle))])
    return crossing([place for place, _ in known], [difference for _, difference in known])
