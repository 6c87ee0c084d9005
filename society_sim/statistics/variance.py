"""Where the spread comes from: how much of it is the seed's, the item's, the model's."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from society_sim.statistics.bootstrap import Array, Numbers


def components(values: Numbers, factors: Mapping[str, Sequence[Hashable]]) -> dict[str, float]:
    """The variance that each of *factors* brings, and what is left (`rest`), by the method of moments.

    A factor has a label for each value: `{"seed": [...], "item": [...], "model": [...]}`. The effects are taken as
    random and independent; factors may be crossed or nested, with any numbers of values (Henderson 1953, method I). An
    estimate may come out below 0, which says that there is nothing: it is kept, for means of such estimates are right.
    `ValueError` if the factors cannot be told apart.

    >>> parts = components([1, 1, 3, 3, 8, 8], {"item": list("aabbcc")})
    >>> round(parts["item"], 6), round(parts["rest"], 6)
    (13.0, 0.0)
    """
    y = np.asarray(values, dtype=float)
    y = y - y.mean()  # the method does not depend on it, but numbers stay small
    n = len(y)
    names = list(factors)
    codes = []
    for name in names:
        if len(factors[name]) != n:
            raise ValueError(f"there are {n} values and {len(factors[name])} labels of {name!r}")
        places: dict[Hashable, int] = {}
        codes.append(np.asarray([places.setdefault(label, len(places)) for label in factors[name]], dtype=np.int64))
    # sums of squares, and what each of them comes to: of the squared mean, of each factor, of the rest
    rows = [[float(n), *(float((np.bincount(code) ** 2.0).sum()) / n for code in codes), 1.0]]
    sums = [float(y.sum()) ** 2 / n]
    for own in codes:
        sizes = np.bincount(own).astype(float)
        sums.append(float((np.bincount(own, weights=y) ** 2 / sizes).sum()))
        rows.append([float(n), *(_overlap(own, sizes, other) for other in codes), float(len(sizes))])
    sums.append(float((y**2).sum()))
    rows.append([float(n)] * (len(names) + 2))
    try:
        if np.linalg.cond(np.asarray(rows)) > 1e12:
            raise np.linalg.LinAlgError
        found = np.linalg.solve(np.asarray(rows), np.asarray(sums))
    except np.linalg.LinAlgError:
        raise ValueError(f"{', '.join(names)} cannot be told apart in these values") from None
    return {**{name: float(part) for name, part in zip(names, found[1:], strict=False)}, "rest": float(found[-1])}


def _overlap(own: Array, sizes: Array, other: Array) -> float:
    """Over the levels of one factor: the squared numbers of values that it shares with each level of the *other*."""
    width = int(other.max()) + 1
    pairs, counts = np.unique(own * width + other, return_counts=True)
    return float((counts**2.0 / sizes[pairs // width]).sum())
