"""Opinions as numbers or options: where they start, how far apart they are, and in how many clusters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from society_sim.streams import lot, uniforms


def starting(start: Mapping[str, Any], size: int, low: float, high: float, options: Sequence[str] = ()) -> list[Any]:
    """The opinions that *size* members start with, as *start* (made by the task `opinions`) says.

    >>> starting({"how": "spaced"}, 5, 0, 1)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    >>> starting({"how": "given", "values": ["yes"], "others": "no"}, 3, 0, 1, ["yes", "no"])
    ['yes', 'no', 'no']
    """
    how = start["how"]
    if how == "spaced":
        step = (high - low) / max(1, size - 1)
        return [low + seat * step for seat in range(size)]
    if how == "uniform":
        if options:
            return [lot(options, start["seed"], "opinion", seat) for seat in range(size)]
        return [low + (high - low) * uniforms(start["seed"], "opinion", seat)[0] for seat in range(size)]
    given, others = list(start["values"]), start["others"]
    if len(given) < size and others is None:
        raise ValueError(f"{len(given)} starting opinions for {size} members, and nothing for the others")
    return [given[seat] if seat < len(given) else others for seat in range(size)]


def spread(opinions: Iterable[Any]) -> float:
    """How far apart opinions are, abstentions (`None`) left out; not a number if there are none.

    Of numbers the standard deviation (of the population), of options the chance that two drawn with replacement differ
    (Gini 1912; Simpson 1949). Both are 0 at consensus.

    >>> spread([0.0, 1.0, None]), spread(["A", "A", "B", "B"]), spread([0.25, 0.25])
    (0.5, 0.5, 0.0)
    """
    held = [one for one in opinions if one is not None]
    if not held:
        return math.nan
    if all(isinstance(one, (int, float)) for one in held):
        mean = math.fsum(held) / len(held)
        return math.sqrt(math.fsum([(one - mean) ** 2 for one in held]) / len(held))
    counts: dict[str, int] = {}
    for one in held:
        counts[repr(one)] = counts.get(repr(one), 0) + 1
    return 1 - sum(count * count for count in counts.values()) / len(held) ** 2


def clusters(opinions: Iterable[Any], gap: float) -> list[int]:
    """The sizes of the clusters of opinions, from low to high; abstentions (`None`) are left out.

    Numbers belong to one cluster as long as no gap of more than *gap* parts neighbouring ones; options if equal.

    >>> clusters([0.1, 0.9, 0.11, None, 0.12], gap=0.05)
    [3, 1]
    >>> clusters(["B", "A", "B"], gap=0.05)
    [1, 2]
    """
    held = sorted((one for one in opinions if one is not None), key=lambda one: (isinstance(one, str), one))
    sizes: list[int] = []
    before: Any = None
    for one in held:
        near = one == before if isinstance(one, str) or before is None else one - before <= gap
        if near:
            sizes[-1] += 1
        else:
            sizes.append(1)
        before = one
    return sizes


def quartiles(values: Iterable[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile (linear between values, as spreadsheets and NumPy have it).

    >>> quartiles([1, 2, 3, 4, 5])
    (2.0, 3.0, 4.0)
    """
    ordered = sorted(values)

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        low = math.floor(place)
        high = min(low + 1, len(ordered) - 1)
        return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))

    return at(0.25), at(0.5), at(0.75)
