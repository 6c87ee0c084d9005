"""What a row finds, and when a finding is accepted.

Exact values are compared with a tolerance. Shares are accepted inside the exact binomial region, means inside
Student's interval rid of skewness, those of few runs where those of another program's runs lie, and laws within a
distance of Kolmogorov's: all at a probability of a false alarm of one in a thousand for each finding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from society_sim.streams import stream

ALPHA = 1e-3
"""The probability that a right share, mean or law is refused."""
_PICKS = 100_000
_LEAN = 0.15  # more skewness than that is chance, or a sample too small: an end of the interval would run away


@dataclass(frozen=True, slots=True)
class Finding:
    """One number: what was *expected*, what was *observed*, and from where to where it is accepted.

    *n* is how many draws stand behind it, 1 for an exact value. *reference* is what the literature's table prints, if
    it prints anything, beside what is computed here.
    """

    what: str
    expected: float
    observed: float
    low: float
    high: float
    n: int = 1
    reference: float | None = None

    @property
    def passed(self) -> bool:
        """Whether it is accepted; what is not a number is not."""
        return self.low <= self.observed <= self.high


def exact(
    what: str, observed: float, expected: float, *, within: float = 1e-9, reference: float | None = None
) -> Finding:
    """A value that chance has no part in.

    >>> exact("pi", 3.14, 3.14159, within=0.01).passed
    True
    """
    return Finding(what, expected, observed, expected - within, expected + within, reference=reference)


def share(what: str, right: int, n: int, expected: float, *, reference: float | None = None) -> Finding:
    """*right* of *n* independent draws, each right with probability *expected*: the exact binomial region.

    >>> found = share("heads", 512, 1000, 0.5)
    >>> found.passed, found.low, found.high
    (True, 0.448, 0.552)
    """
    from scipy.stats import binom

    low, high = float(binom.ppf(ALPHA / 2, n, expected)), float(binom.isf(ALPHA / 2, n, expected))
    return Finding(what, expected, right / n, low / n, high / n, n, reference)


def mean(what: str, values: Sequence[float], expected: float, *, reference: float | None = None) -> Finding:
    """The mean of many independent *values*: Student's interval with their own deviation, rid of their skewness.

    Where what is drawn is skewed, a small mean comes with a small deviation, and an interval that is even on both sides
    refuses too often (of sixty costs of a contract net, three to four times in a thousand). Hall (1992, On the removal
    of skewness by transformation) makes the studentised mean T even again: T + a T^2 / 3 + a^2 T^3 / 27 + a / 6, with a
    the skewness of the values over the root of their number.

    >>> mean("dice", [1, 2, 3, 4, 5, 6] * 100, 3.5).passed
    True
    >>> skewed = mean("wait", [0.1, 0.2, 0.3, 0.5, 0.7, 1.1, 1.6, 3.5] * 10, 1.0)
    >>> round(skewed.low, 3), round(skewed.high, 3)
    (0.489, 1.349)
    """
    centre, error, skewness = _moments(values)
    half, lean = _student(len(values)), skewness / math.sqrt(max(1, len(values)))
    lean = max(-_LEAN, min(_LEAN, lean))

    def even(end: float) -> float:
        return end if abs(lean) < 1e-9 else (math.cbrt(1 + lean * (end - lean / 6)) - 1) * 3 / lean

    low, high = (expected + error * even(end) if error else expected for end in (-half, half))
    return Finding(what, expected, centre, low, high, len(values), reference)


def few(
    what: str, values: Sequence[float], likes: Any, expected: float, *, reference: float | None = None
) -> Finding:
    """The mean of few independent runs, against *likes*: thousands of runs of the same kind by another program.

    So few do not tell how much they differ, nor how skewed they are; by their own deviation a right mean wait would be
    refused once in fifty times. What is accepted is what means of so few *likes* come to, moved to the *expected* one.

    >>> spread = np.random.default_rng(1).exponential(size=5000)
    >>> found = few("wait", [0.9, 0.2, 2.5, 0.4, 1.7, 0.1], spread, 1.0)
    >>> found.passed, found.expected - found.low < found.high - found.expected
    (True, True)
    """
    n, many = len(values), np.asarray(likes, dtype=float)
    if not n or not len(many):
        return Finding(what, expected, math.nan, expected, expected, n, reference)
    picked = stream(0, "few", n, len(many)).integers(len(many), size=(_PICKS, n))
    low, high = (np.quantile(many[picked].mean(axis=1), [ALPHA / 2, 1 - ALPHA / 2]) - many.mean()).tolist()
    return Finding(what, expected, math.fsum(values) / n, expected + low - 1e-9, expected + high + 1e-9, n, reference)


def law(what: str, values: Sequence[float], below: Callable[[float], float]) -> Finding:
    """Independent *values* against a continuous law that has the share *below*(x) below x.

    The finding is the largest distance of the two distribution functions, which has the same law whatever theirs is
    (Kolmogorov 1933; exact for any number of values). What has the right mean and the right variance does not pass.

    >>> even = [(place + 0.5) / 1000 for place in range(1000)]
    >>> law("even", even, lambda x: x).passed, law("even", [x**1.2 for x in even], lambda x: x).passed
    (True, False)
    """
    n, worst = len(values), 0.0
    for place, value in enumerate(sorted(values)):
        share = below(value)
        worst = max(worst, share - place / n, (place + 1) / n - share)
    usual, most = _distances(n) if n else (math.nan, math.nan)
    return Finding(what, usual, worst, 0.0, most, n)


def _moments(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean of *values*, its standard error, and their skewness."""
    n = len(values)
    if not n:
        return math.nan, 0.0, 0.0
    centre = math.fsum(values) / n
    square = math.fsum((value - centre) ** 2 for value in values) / n
    if not square > 0:
        return centre, 0.0, 0.0
    return (centre, math.sqrt(square / max(1, n - 1)),
            math.fsum((value - centre) ** 3 for value in values) / n / square**1.5)  # fmt: skip


@cache
def _distances(n: int) -> tuple[float, float]:
    """The median and the largest accepted distance of *n* values from their law."""
    from scipy.stats import kstwo

    return float(kstwo.median(n)), float(kstwo.isf(ALPHA, n))


@cache
def _student(n: int) -> float:
    from scipy.stats import t

    return float(t.isf(ALPHA / 2, max(1, n - 1)))


def band(
    what: str, observed: float, low: float, high: float, *, expected: float | None = None, n: int = 1,
    reference: float | None = None,
) -> Finding:  # fmt: skip
    """A value that must lie from *low* to *high*, which the source of the row gives."""
    return Finding(what, (low + high) / 2 if expected is None else expected, observed, low, high, n, reference)
