"""Shares and differences of paired shares: their intervals, and which counts agree with an expected share."""

from __future__ import annotations

import math

from society_sim.streams import normal


def clopper_pearson(hits: float, of: float, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share: *hits* out of *of* (Clopper and Pearson 1934).

    Neither has to be whole: where values are clustered, *of* is how many independent ones they are worth (Korn and
    Graubard 1998).

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


def score_interval(better: int, worse: int, pairs: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a difference of two paired shares (Tango 1998).

    *better* and *worse* are the pairs in which only one side is right. It holds its level where few pairs differ, or
    none, of which a bootstrap makes nothing at all.

    >>> [round(edge, 3) for edge in score_interval(0, 0, 100)], [round(edge, 3) for edge in score_interval(9, 3, 44)]
    ([-0.037, 0.037], [-0.02, 0.295])
    """
    if not pairs:
        return math.nan, math.nan
    bar = -normal((1 - level) / 2)
    middle = (better - worse) / pairs
    edges = []
    for end in (-1.0, 1.0):
        inside, outside = middle, end
        for _ in range(60):
            half = (inside + outside) / 2
            inside, outside = (half, outside) if abs(_score(better, worse, pairs, half)) <= bar else (inside, half)
        edges.append(inside)
    return edges[0], edges[1]


def score_equivalence(better: int, worse: int, pairs: int, margin: float) -> float:
    """The p value of two one-sided score tests: small if the difference of two paired shares lies within *margin*.

    It is below alpha exactly if the `score_interval` of level 1 - 2 alpha lies within plus, minus *margin* (Liu et al.
    2002). That no pair differs proves little if pairs are few.

    >>> round(score_equivalence(0, 0, 8, 0.01), 2), round(score_equivalence(0, 0, 400, 0.01), 3)
    (0.39, 0.022)
    """
    if margin <= 0:
        raise ValueError(f"a margin is more than 0, not {margin}")
    if not pairs:
        return 1.0
    return max(_above(_score(better, worse, pairs, -margin)), _above(-_score(better, worse, pairs, margin)))


def _score(better: int, worse: int, pairs: int, difference: float) -> float:
    """How many standard errors the counts are above a *difference*, with the likeliest share of pairs that differ."""
    linear = (2 * pairs - better + worse) * difference - better - worse
    constant = -worse * difference * (1 - difference)
    other = (math.sqrt(max(0.0, linear * linear - 8 * pairs * constant)) - linear) / (4 * pairs)
    variance = pairs * (2 * other + difference * (1 - difference))
    away = better - worse - pairs * difference
    if variance <= 1e-12 * pairs:
        return math.copysign(math.inf, away) if abs(away) > 1e-9 else 0.0
    return away / math.sqrt(variance)


def _above(z: float) -> float:
    return 0.5 * math.erfc(z / math.sqrt(2))


def z_interval(mean: float, sd: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """The normal interval of a mean of *n* values with standard deviation *sd*.

    >>> [round(edge, 3) for edge in z_interval(0.5, 1.0, 100)]
    [0.304, 0.696]
    """
    half = -normal((1 - level) / 2) * sd / math.sqrt(n)
    return mean - half, mean + half
