"""Pooling forecasts: several beliefs about the same options become one.

Beliefs are arrays (..., members, options); what comes of them is (..., options) and sums to 1.

>>> two = [[0.8, 0.2], [0.6, 0.4]]
>>> [pool(two, how).round(3).tolist() for how in ("mean", "median", "log")]
[[0.7, 0.3], [0.7, 0.3], [0.71, 0.29]]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from society_sim.rules.ballots import Array

POOLS = ("mean", "median", "log")


def pool(beliefs: Any, how: str = "mean", weights: Any = None, sharpen: float = 1.0) -> Array:
    """One belief of many: their `mean` (Stone 1961), the `median` of each option, or the mean of their logs (`log`).

    *weights* of the members, from 0; equal ones, if left out. *sharpen*: the pooled belief to that power, for a mean of
    many is less sure than it should be (Baron et al. 2014; Satopaa et al. 2014). The `log` pool of n equal members,
    sharpened by n, is what Bayes makes of independent evidence with an even prior.

    >>> pool([[0.9, 0.1], [0.6, 0.4]], "log", sharpen=2).round(3).tolist()
    [0.931, 0.069]
    """
    own = np.asarray(beliefs, dtype=float)
    if own.ndim < 2 or not own.shape[-2] or not (own >= 0).all() or not (np.abs(own.sum(-1) - 1) < 1e-6).all():
        raise ValueError("beliefs are one list of chances for each member, from 0, that sum to 1")
    if how not in POOLS or not 0 < sharpen < np.inf:
        raise ValueError(f"a pool is one of {', '.join(POOLS)}, sharpened by a number above 0; not {how!r}, {sharpen}")
    heavy = np.ones(own.shape[-2]) if weights is None else np.asarray(weights, dtype=float)
    if not (heavy >= 0).all() or not np.isfinite(heavy).all() or not heavy.sum() > 0:
        raise ValueError("weights are numbers from 0, and not all of them 0")
    heavy = heavy / heavy.sum()
    with np.errstate(divide="ignore"):
        if how == "log":
            used = heavy > 0
            logs = (np.log(own[..., used, :]) * heavy[used, None]).sum(-2)
        else:
            logs = np.log(_median(own, heavy) if how == "median" else (own * heavy[:, None]).sum(-2))
    logs = sharpen * logs
    top = logs.max(-1, keepdims=True)
    if not np.isfinite(top).all():
        raise ValueError("every option is impossible to somebody: a log pool has nothing left")
    odds = np.exp(logs - top)
    share: Array = odds / odds.sum(-1, keepdims=True)
    return share


def _median(own: Array, heavy: Array) -> Array:
    """The weighted median of each option, halfway between two where they share the weight evenly."""
    order = np.argsort(own, axis=-2, kind="stable")
    ranked, below = np.take_along_axis(own, order, -2), np.cumsum(heavy[order], -2)
    low = np.argmax(below >= 0.5 - 1e-12, axis=-2)[..., None, :]
    high = np.argmax(below > 0.5 + 1e-12, axis=-2)[..., None, :]
    middle: Array = (np.take_along_axis(ranked, low, -2) + np.take_along_axis(ranked, high, -2))[..., 0, :] / 2
    total = middle.sum(-1, keepdims=True)
    return np.where(total > 0, middle / np.where(total > 0, total, 1), 1 / own.shape[-1])
