"""Intervals for what is still to come: predictive ones, that a new run falls into at the stated rate.

>>> predicted([Stratum(1, (9.0, 10.0, 11.0, 10.0, 10.0))], 0.9)
Range(low=8.3..., middle=10.0, high=11.6...)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from society_sim.streams import normal


class Range(NamedTuple):
    """From *low* to *high* lies what comes, at the stated rate; *middle* is the best guess."""

    low: float
    middle: float
    high: float

    def whole(self, most: float = math.inf) -> Range:
        """The same in whole numbers, rounded outwards, and nowhere above *most*.

        >>> Range(8.3, 10.0, 11.9).whole(11)
        Range(low=8, middle=10, high=11)
        """
        return Range(*(min(part, most) for part in (_floor(self.low), round(self.middle), _ceil(self.high))))


def _floor(x: float) -> float:
    return math.floor(round(x, 6))


def _ceil(x: float) -> float:
    return math.ceil(round(x, 6))


class Doubt(NamedTuple):
    """How uncertain something is for what is assumed: standard deviations of its logarithm, downwards and upwards."""

    down: float = 0.0
    up: float = 0.0


class Stratum(NamedTuple):
    """*runs* that are still to come, and what runs like them came to when they were played dry."""

    runs: int
    seen: Sequence[float]


def predicted(strata: Sequence[Stratum], level: float, doubt: Doubt = Doubt()) -> Range:  # noqa: B008 - frozen
    """What the runs of all *strata* will take together, at the rate *level*.

    The sum of n new values, after k values with mean m and standard deviation s were seen, lies around n m with the
    standard deviation s (n + n n / k)^1/2; Student's t with k - 1 degrees of freedom stands in for the normal quantile.
    For a single new value the interval holds all that were seen, too: whatever the distribution, of k + 1 equal values
    the last is the least or the largest in 2 of k + 1 cases only. *doubt* is about the whole: it is the same in all
    runs, so it does not average out.
    """
    middle = sum(one.runs * _mean(one.seen) for one in strata)
    if middle <= 0:
        return Range(0.0, 0.0, 0.0)
    half, z = 0.0, -normal((1 - level) / 2)
    for one in strata:
        k = len(one.seen)
        if k > 1 and one.runs:
            half += (_t(level, k - 1) * _sd(one.seen)) ** 2 * (one.runs + one.runs**2 / k)
    luck = math.sqrt(half) / middle
    low, high = max(0.0, 1 - luck), 1 + luck
    if doubt.down or doubt.up:
        low, high = math.exp(-math.hypot(luck, z * doubt.down)), math.exp(math.hypot(luck, z * doubt.up))
    low, high = middle * low, middle * high
    if len(strata) == 1 and strata[0].runs == 1:
        low, high = min(low, *strata[0].seen), max(high, *strata[0].seen)
    return Range(low, middle, high)


def narrow(values: Sequence[float], within: float = 0.02) -> bool:
    """Whether the standard deviation of *values* is a small part of their mean."""
    mean = _mean(values)
    return mean <= 0 or _sd(values) <= within * mean


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _sd(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)) if len(values) > 1 else 0.0


def _t(level: float, df: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + level / 2, df))
