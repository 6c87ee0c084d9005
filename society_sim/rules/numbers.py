"""Deciding on a number: the median, which nobody can turn to its advantage, and the mean, which everybody can.

>>> median([1, 5, 9]), mean([1, 5, 9])
(5.0, 5.0)
>>> median([1, 5, 90]), mean([1, 5, 90])
(5.0, 32.0)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from society_sim.rules.ballots import NEARLY, Array


def median(values: Sequence[float], weights: Sequence[float] | None = None, phantoms: Sequence[float] = ()) -> float:
    """The smallest of *values* that at least half of the weight does not exceed: of an even number, the lower middle.

    It is one of the values, never a point between two: so no voter whose preferences are single-peaked gains by
    stating another number than its own (Black 1948; Moulin 1980). *phantoms* are fixed votes beside those of the
    voters, each of weight 1, and make the other rules with that property: n - 1 of them at the low end give the
    smallest value, as many at the high end the largest.

    >>> median([1, 2, 3, 4]), median([1, 2, 3], weights=[1, 1, 5]), median([4, 7], phantoms=[9])
    (2.0, 3.0, 7.0)
    """
    own, weight = _checked(values, weights)
    own = np.concatenate([own, np.asarray(phantoms, dtype=float)])
    weight = np.concatenate([weight, np.ones(len(phantoms))])
    order = np.argsort(own, kind="stable")
    sums = np.cumsum(weight[order])
    place = int(np.searchsorted(sums, sums[-1] / 2 - NEARLY * max(1.0, sums[-1])))
    return float(own[order][place])


def mean(values: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """The weighted mean: of estimates it uses all that voters know, of votes it invites exaggeration (Galton 1907)."""
    own, weight = _checked(values, weights)
    return math.fsum(own * weight) / math.fsum(weight)


def _checked(values: Sequence[float], weights: Sequence[float] | None) -> tuple[Array, Array]:
    own = np.asarray(values, dtype=float)
    weight = np.ones(len(own)) if weights is None else np.asarray(weights, dtype=float)
    if not len(own):
        raise ValueError("of no values there is neither a median nor a mean")
    if weight.shape != own.shape or not np.isfinite(own).all() or not np.isfinite(weight).all() or weight.min() < 0:
        raise ValueError("values are finite numbers, and each has a weight from 0")
    if not weight.sum() > 0:
        raise ValueError("the weights of all values are 0")
    return own, weight
