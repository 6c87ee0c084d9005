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
_WHOLE = 20_000  # the largest sum of whole numbers whose distribution is computed


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
    one size or are 0 (then it is McNemar's exact test), where they are whole numbers (of not too large a sum) and up to
    16 units; else *flips* are drawn, and the p value is never below 1 / (flips + 1). With no difference at all it is 1.

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
    if sizes.sum() <= _WHOLE and (sums == np.round(sums)).all():
        return _of_whole_numbers(sizes.astype(int), far)
    drawn = np.concatenate([signs @ sums for signs in _drawn_signs(len(sums), flips, seed, name)])
    return float((1 + np.sum(np.abs(drawn) >= far)) / (1 + flips))


def _of_whole_numbers(sizes: Array, far: float) -> float:
    """How probable it is that whole numbers of these *sizes*, with signs by lot, come to a sum as *far* from 0."""
    from scipy.stats import binom

    chance: Array = np.ones(1)  # of the sum of those that are positive
    for size, times in zip(*np.unique(sizes, return_counts=True), strict=True):
        one = np.zeros(size * times + 1)
        one[::size] = binom.pmf(np.arange(times + 1), times, 0.5)
        chance = np.convolve(chance, one)
    return float(min(1.0, chance[np.abs(2 * np.arange(len(chance)) - sizes.sum()) >= far].sum()))


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
    clusters are what is tested, weighted by their sizes. One unit alone proves nothing: 1. Units that are all alike
    have no standard error; of so many, the sign test says that all lie within by luck once in 2 ** units times. Of
    right and wrong, use `score_equivalence`.

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
    mean, error = sums.sum() / sizes.sum(), standard_error(differences, clusters=clusters)
    if np.ptp(sums / sizes) <= 1e-12 * max(1.0, abs(mean)):
        return float(0.5**units) if abs(mean) < margin else 1.0
    return float(max(t.sf((mean + margin) / error, units - 1), t.cdf((mean - margin) / error, units - 1)))


def standard_error(values: Numbers, *, clusters: Sequence[Hashable] | None = None) -> float:
    """The standard error of the mean of *values*; with *clusters*, those of one label count as one unit.

    `nan` with fewer than two units.

    >>> round(standard_error([1, 2, 3]), 3), standard_error([1, 1, 3, 3], clusters=["a", "a", "b", "b"])
    (0.577, 1.0)
    """
    sums, sizes = clustered(np.asarray(values, dtype=float), clusters)
    units = len(sums)
    if units < 2:
        return math.nan
    away = sums - sums.sum() / sizes.sum() * sizes
    return math.sqrt(units / (units - 1) * float((away**2).sum())) / float(sizes.sum())


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
