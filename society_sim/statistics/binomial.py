"""Shares: exact intervals, and which counts agree with an expected share."""

from __future__ import annotations

import math

from society_sim.streams import normal


def clopper_pearson(hits: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share: *hits* out of *of* (Clopper and Pearson 1934).

    >>> [round(edge, 4) for edge in clopper_pearson(8, 10)], clopper_pearson(0, 0)
    ([0.4439, 0.9748], (0.0, 1.0))
    """
    from scipy.stats import beta

    if not 0 <= hits <= of:
        raise ValueError(f"{hits} out of {of} is no share")
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def acceptance(share: float, of: int, alpha: float = 1e-3) -> tuple[int, int]:
    """The least and the most hits out of *of* that agree with an expected *share*.

    Outside of it, at either end, lies a probability of at most *alpha* / 2 under that share. So a check that is right
    fails with probability alpha at most.

    >>> acceptance(0.7334, 6000)
    (4287, 4512)
    """
    from scipy.stats import binom

    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share}")
    low, high = int(binom.ppf(alpha / 2, of, share)), int(binom.isf(alpha / 2, of, share))
    return max(low, 0), min(high, of)


def z_interval(mean: float, sd: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """The normal interval of a mean of *n* values with standard deviation *sd*.

    >>> [round(edge, 3) for edge in z_interval(0.5, 1.0, 100)]
    [0.304, 0.696]
    """
    half = -normal((1 - level) / 2) * sd / math.sqrt(n)
    return mean - half, mean + half
