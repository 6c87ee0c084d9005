"""How large a difference is, in units that can be compared from one study to another."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from society_sim.statistics.binomial import clopper_pearson
from society_sim.statistics.bootstrap import Numbers

_NOISE = 1e-12
"""A spread that is smaller, relative to the largest number, is what rounding makes of numbers that are all the same."""


def cohens_dz(differences: Numbers) -> float:
    """The mean of paired differences in their own standard deviations (Cohen 1988); `nan` if they do not vary.

    >>> round(cohens_dz([1, 2, 3]), 3), cohens_dz([0.1 + 0.2, 0.3, 0.3])
    (2.0, nan)
    """
    data = np.asarray(differences, dtype=float)
    spread = float(data.std(ddof=1)) if len(data) > 1 else 0.0
    return float(data.mean()) / spread if spread > _NOISE * float(np.abs(data).max(initial=0.0)) else math.nan


def hedges_g(one: Numbers, other: Numbers) -> float:
    """The difference of two means in pooled standard deviations, corrected for small samples (Hedges 1981).

    It takes no note of pairs, so that paired and unpaired studies can be set side by side.

    >>> round(hedges_g([2, 3, 4], [1, 2, 3]), 3)
    0.8
    """
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    free = len(first) + len(second) - 2
    if len(first) < 2 or len(second) < 2:
        return math.nan
    pooled = math.sqrt(((len(first) - 1) * first.var(ddof=1) + (len(second) - 1) * second.var(ddof=1)) / free)
    noise = _NOISE * float(max(np.abs(first).max(), np.abs(second).max()))
    return float(first.mean() - second.mean()) / pooled * (1 - 3 / (4 * free - 1)) if pooled > noise else math.nan


def cliffs_delta(one: Numbers, other: Numbers) -> float:
    """How much more often *one* is above *other* than below, over all pairs, -1 to 1 (Cliff 1993).

    >>> cliffs_delta([3, 4], [1, 2]), cliffs_delta([1, 2], [1, 2])
    (1.0, 0.0)
    """
    first, second = np.asarray(one, dtype=float), np.sort(np.asarray(other, dtype=float))
    if not len(first) or not len(second):
        return math.nan
    below = np.searchsorted(second, first, "left").sum()
    above = (len(second) - np.searchsorted(second, first, "right")).sum()
    return float(below - above) / (len(first) * len(second))


class OddsRatio(NamedTuple):
    """The odds of a pair that differs to differ this way, and their exact interval."""

    estimate: float
    low: float
    high: float


def odds_ratio(better: int, worse: int, level: float = 0.95) -> OddsRatio:
    """The odds ratio of paired yes-no answers: pairs in which only one side is right, against those of the other side.

    The interval comes from the exact binomial one. `nan` if no pair differs.

    >>> odds_ratio(20, 10).estimate
    2.0
    """
    if better + worse == 0:
        return OddsRatio(math.nan, math.nan, math.nan)
    low, high = clopper_pearson(better, better + worse, level)
    estimate = better / worse if worse else math.inf
    return OddsRatio(estimate, low / (1 - low), high / (1 - high) if high < 1 else math.inf)
