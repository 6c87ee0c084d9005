"""Bootstrap intervals of a mean: bias-corrected and accelerated, over single values or over clusters of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from society_sim.streams import normal, stream

Numbers: TypeAlias = "Sequence[float] | np.ndarray[Any, Any]"
Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Statistic: TypeAlias = Callable[[Array], Array]
RESAMPLES = 4999
_FEW = 64  # different values up to which counting them beats drawing one by one
_AT_ONCE = 4_000_000  # numbers drawn at once: bounds the memory


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the interval around it; *units* is how many independent things it rests on."""

    estimate: float
    low: float
    high: float
    level: float
    units: int

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def told(self) -> str:
        """In words: estimate and interval."""
        return f"{self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bca(
    values: Numbers,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    statistic: Statistic | None = None,
    seed: int = 0,
    name: str = "",
) -> Interval:
    """The BCa bootstrap interval of the mean of *values* (Efron 1987).

    *clusters* has a label for each value: those with one label are drawn together, as values within one seed or one
    question are not independent (Davison and Hinkley 1997, 3.8); units are then the clusters. With few clusters (below
    about twenty) any bootstrap interval is too narrow. *statistic* is another function than the mean, from samples in
    rows to a number for each row; not together with clusters. *level* is the coverage, *resamples* how many are
    drawn, from the stream of *seed* and *name*. An infinite or unknown (`nan`) value makes the estimate unknown too.
    With no value nothing is known, and with a single unit, or units that are all alike, the interval is the estimate.

    >>> bca([1.0, 1.0, 1.0]).told()
    '1.000 [1.000, 1.000]'
    """
    data = np.asarray(values, dtype=float)
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, not {level}")
    if statistic is not None:
        if clusters is not None:
            raise ValueError("a statistic of your own cannot be drawn by clusters")
        return _of_a_statistic(data, statistic, level, resamples, stream(seed, "bootstrap", name))
    sums, sizes = clustered(data, clusters)
    if not len(sums) or not np.isfinite(sums).all():
        return Interval(math.nan, math.nan, math.nan, level, len(sums))
    estimate = float(sums.sum() / sizes.sum())
    pairs, frequency = np.unique(np.stack([sums, sizes]), axis=1, return_counts=True)
    if pairs.shape[1] == 1:
        return Interval(estimate, estimate, estimate, level, len(sums))
    drawn = _means(pairs, frequency, resamples, stream(seed, "bootstrap", name))
    left_out = (sums.sum() - pairs[0]) / (sizes.sum() - pairs[1])
    low, high = _accelerated(drawn, estimate, left_out, frequency, level)
    return Interval(estimate, low, high, level, len(sums))


def clustered(values: Array, clusters: Sequence[Hashable] | None) -> tuple[Array, Array]:
    """The sum and the number of the values of each cluster, in the order in which clusters appear."""
    if clusters is None:
        return values, np.ones(len(values))
    if len(clusters) != len(values):
        raise ValueError(f"there are {len(values)} values and {len(clusters)} labels of clusters")
    places: dict[Hashable, int] = {}
    codes = [places.setdefault(label, len(places)) for label in clusters]
    return np.bincount(codes, weights=values, minlength=len(places)), np.bincount(codes, minlength=len(places)) * 1.0


def _means(pairs: Array, frequency: Any, resamples: int, rng: np.random.Generator) -> Array:
    """Means of *resamples* samples of units, which are given by their different sums and sizes and how many of each."""
    units, kinds = int(frequency.sum()), pairs.shape[1]
    if kinds <= _FEW:
        counts = rng.multinomial(units, frequency / units, size=resamples)
        return np.asarray((counts @ pairs[0]) / (counts @ pairs[1]))
    kind = np.repeat(np.arange(kinds), frequency)
    means, step = [], max(1, _AT_ONCE // units)
    for begin in range(0, resamples, step):
        chosen = kind[rng.integers(units, size=(min(step, resamples - begin), units))]
        means.append(pairs[0][chosen].sum(axis=1) / pairs[1][chosen].sum(axis=1))
    return np.concatenate(means)


def _of_a_statistic(
    data: Array, statistic: Statistic, level: float, resamples: int, rng: np.random.Generator
) -> Interval:
    n = len(data)
    estimate = float(statistic(data[None, :])[0]) if n else math.nan
    if n < 2 or not math.isfinite(estimate) or (data == data[0]).all():
        return Interval(estimate, estimate, estimate, level, n)
    step = max(1, _AT_ONCE // n)
    drawn = np.concatenate([statistic(data[rng.integers(n, size=(min(step, resamples - begin), n))])
                            for begin in range(0, resamples, step)])  # fmt: skip
    rows = [statistic(np.delete(data, place)[None, :])[0] for place in range(n)]
    low, high = _accelerated(drawn, estimate, np.asarray(rows), np.ones(n), level)
    return Interval(estimate, low, high, level, n)


def _accelerated(drawn: Array, estimate: float, left_out: Array, frequency: Any, level: float) -> tuple[float, float]:
    """The two quantiles of *drawn*, corrected for bias and for a spread that changes with the estimate."""
    near = 1e-12 * max(1.0, abs(estimate))  # sums of floats in another order
    below = (np.mean(drawn < estimate - near) + np.mean(drawn <= estimate + near)) / 2
    bias = normal(min(max(float(below), 0.5 / len(drawn)), 1 - 0.5 / len(drawn)))
    away = np.average(left_out, weights=frequency) - left_out
    spread = float(np.sum(frequency * away**2))
    skew = float(np.sum(frequency * away**3)) / (6 * spread**1.5) if spread > 0 else 0.0
    tail = normal((1 - level) / 2)
    shares = [_share(bias + (bias + z) / (1 - skew * (bias + z))) for z in (tail, -tail)]
    low, high = np.quantile(drawn, shares)
    return float(low), float(high)


def _share(z: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-z / math.sqrt(2))
