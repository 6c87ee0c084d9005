"""Search on a ring of values by heuristics that look a few steps ahead (Hong and Page 2004)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations
from typing import Any, TypeAlias

import numpy as np

from society_sim.streams import stream

Array: TypeAlias = "np.ndarray[Any, Any]"
Heuristic: TypeAlias = tuple[int, ...]
"""The steps ahead that are looked at, in this order."""


@lru_cache(maxsize=8)
def landscape(number: int, size: int = 2000) -> Array:
    """The values of *size* places on a ring, uniform from 0 to 100; *number* names the landscape.

    >>> landscape(1, 5).shape, bool(landscape(1, 5)[0] == landscape(1, 6)[0])
    ((5,), True)
    """
    values: Array = stream(number, "landscape").random(size) * 100
    values.setflags(write=False)
    return values


def heuristics(reach: int = 12, looks: int = 3) -> list[Heuristic]:
    """All ways to look at *looks* different places up to *reach* steps ahead, in order.

    >>> len(heuristics())
    1320
    """
    return list(permutations(range(1, reach + 1), looks))


def ends(values: Array, looks: Sequence[int]) -> Array:
    """Where one searcher stops, from every place of the ring: it goes to the first place in its order that is better.

    >>> ends(np.array([1.0, 3.0, 2.0, 5.0]), (1,)).tolist()
    [1, 1, 3, 3]
    """
    here = np.arange(len(values))
    step = np.zeros_like(here)
    for look in reversed(looks):
        step = np.where(np.roll(values, -look) > values, look, step)
    at = (here + step) % len(values)
    while True:  # each round doubles how many moves are made
        onwards = at[at]
        if (onwards == at).all():
            return at
        at = onwards


def strength(values: Array, looks: Sequence[int]) -> float:
    """The mean value that one searcher reaches alone, over all places to start from."""
    return float(values[ends(values, looks)].mean())


@lru_cache(maxsize=8)
def ranked(number: int, size: int, reach: int, looks: int) -> tuple[Heuristic, ...]:
    """All heuristics on landscape *number*, the strongest first."""
    values = landscape(number, size)
    return tuple(sorted(heuristics(reach, looks), key=lambda one: (-strength(values, one), one)))
