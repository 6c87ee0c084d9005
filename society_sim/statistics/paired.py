"""Tests of paired differences: sign-flip permutations, McNemar, equivalence; and Holm's correction for several."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np

from society_sim.statistics.bootstrap import Array, Numbers, clustered
from society_sim.streams import stream

FLIPS = 9999
_EXACT = 16  # units up to which all flips are gone through
_AT_ONCE = 4_000_000


def sign_flip(
    differences: Numbers,
    *,
    clusters: Sequence[Hashable] | None = None,
    flips: int = FLIPS,
    seed: int = 0,
    name: str = "",
) -> float:
    """The two-sided p value of a mean difference of 0: how often flipped signs give a mean as far from 0.

    Under the hypothesis the two sides of a pair can be exchanged, so each difference might as well have the other sign
    (Fisher 1935; Pitman 1937); with *clusters* all those of one label flip together. Exact where all differences have
    one size or are 0 (then it is McNemar's exact test) and up to 16 units; else *flips* are drawn, and the p value is
    never below 1 / (flips + 1). With no difference at all it is 1.

    >>> sign_flip([1, 1, 1, 1, 1, 0, 0]), sign_flip([0.5, 0.3, 0.2]), sign_flip([0, 0])
    (0.0625, 0.25, 1.0)
    """
    sums, _ = clustered(np.asarray(differences, dtype=float), clusters)
    sums = sums[sums != 0]
    if not len(sums):
        return 1.0
    if not np.isfinite(sums).all():
        return math.nan
    sizes = np.abs(sums)
    if np.ptp(sizes) <= 1e-12 * sizes[0]:
        return mcnemar(int((sums > 0).sum()), int((sums < 0).sum()))
    far = abs(sums.sum()) * (1 - 1e-12)
    if len(sums) <= _EXACT:
        return float(np.mean(np.abs(_all_signs(len(sums)) @ sums) >= far))
    drawn = np.concatenate([signs @ sums for signs in _drawn_signs(len(sums), flips, seed, name)])
    return float((1 + np.sum(np.abs(drawn) >= far)) / (1 + flips))


def permutation_interval(
    differences: Numbers,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    flips: int = FLIPS,
    seed: int = 0,
    name: str = "",
) -> tuple[float, float]:
    """Which mean differences the sign-flip test does not reject at 1 - *level*: the test, turned round.

    It holds for differences that are symmetric about their mean. Infinite where there are too few units to reject
    anything (fewer than six, at .95).

    >>> low, high = permutation_interval([0.8, 1.2, 0.9, 1.1, 1.0, 1.3, 0.7, 1.0])
    >>> 0.8 < low < 1 < high < 1.2
    True
    """
    values, sizes = clustered(np.asarray(differences, dtype=float), clusters)
    n = len(values)
    if not n or not np.isfinite(values).all():
        return math.nan, math.nan
    middle, alpha = float(values.sum() / sizes.sum()), 1 - level
    every = [_all_signs(n)] if n <= _EXACT else [np.ones((1, n)), *_drawn_signs(n, flips, seed, name)]
    flipped = np.concatenate([signs @ values for signs in every])
    counted = np.concatenate([signs @ sizes for signs in every])

    def rejected(mean: float) -> bool:
        far = abs(values.sum() - mean * sizes.sum()) * (1 - 1e-12)
        return bool(np.mean(np.abs(flipped - mean * counted) >= far) <= alpha)

    reach = float(np.max(np.abs(values / sizes - middle))) * 2 + 1e-12
    return (_edge(middle, middle - reach, rejected), _edge(middle, middle + reach, rejected))


def _edge(inside: float, outside: float, rejected: Callable[[float], bool]) -> float:
    """Where *rejected* changes between the two, by bisection; infinite if it does not."""
    if inside == outside:
        return inside
    if not rejected(outside):
        return math.copysign(math.inf, outside - inside)
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if rejected(middle) else (middle, outside)
    return inside


def _all_signs(n: int) -> Array:
    """Every way to give signs to *n* units, but for the last one's: the other half are the same with all turned."""
    codes = np.arange(2 ** (n - 1))[:, None] >> np.arange(n)[None, :]
    return np.asarray(1.0 - 2.0 * (codes & 1))


def _drawn_signs(n: int, flips: int, seed: int, name: str) -> Iterator[Array]:
    rng, step = stream(seed, "flips", name), max(1, _AT_ONCE // n)
    for begin in range(0, flips, step):
        yield 1.0 - 2.0 * rng.integers(2, size=(min(step, flips - begin), n))


def mcnemar(better: int, worse: int) -> float:
    """McNemar's exact test (1947), two-sided: *better* and *worse* are the pairs in which only one side is right.

    >>> mcnemar(0, 0), mcnemar(5, 0), round(mcnemar(15, 5), 4)
    (1.0, 0.0625, 0.0414)
    """
    from scipy.stats import binom

    if better + worse == 0:
        return 1.0
    return float(min(1.0, 2 * binom.cdf(min(better, worse), better + worse, 0.5)))


def equivalence(differences: Numbers, margin: float, *, clusters: Sequence[Hashable] | None = None) -> float:
    """The p value of two one-sided t tests (Schuirmann 1987): small if the mean is surely within plus, minus *margin*.

    It is below alpha exactly if the interval of level 1 - 2 alpha lies within the margin. With *clusters* the means of
    clusters are what is tested, weighted by their sizes. One unit alone proves nothing: 1.

    >>> equivalence([0.01, -0.01, 0.0, 0.02, -0.02], 0.1) < 0.001
    True
    >>> equivalence([0.5, 0.6, 0.4], 0.1) > 0.9
    True
    """
    from scipy.stats import t

    if margin <= 0:
        raise ValueError(f"a margin is more than 0, not {margin}")
    sums, sizes = clustered(np.asarray(differences, dtype=float), clusters)
    units = len(sums)
    if units < 2:
        return 1.0
    mean = sums.sum() / sizes.sum()
    error = math.sqrt(units / (units - 1) * float(((sums - mean * sizes) ** 2).sum())) / float(sizes.sum())
    if error == 0:
        return 0.0 if abs(mean) < margin else 1.0
    return float(max(t.sf((mean + margin) / error, units - 1), t.cdf((mean - margin) / error, units - 1)))


def holm(p_values: Sequence[float]) -> list[float]:
    """*p_values* as Holm (1979) adjusts them: to reject those below alpha errs at all with probability alpha at most.

    An unknown one (`nan`) stays unknown and is not counted.
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    adjusted = [math.nan] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[place] = highest
    return adjusted
