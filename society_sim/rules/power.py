"""Voting power in a weighted game: Shapley-Shubik and Banzhaf indices, exact, as fractions.

>>> eec_1958 = (4, 4, 4, 2, 2, 1)
>>> [str(index) for index in shapley_shubik(eec_1958, 12)]
['7/30', '7/30', '7/30', '3/20', '3/20', '0']
>>> [str(index) for index in banzhaf(eec_1958, 12)]
['5/21', '5/21', '5/21', '1/7', '1/7', '0']
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import factorial


def shapley_shubik(weights: Sequence[int], quota: int) -> list[Fraction]:
    """The share of orders in which each member turns a losing coalition into a winning one (Shapley and Shubik 1954).

    Counts coalitions by size and weight, so it takes time polynomial in members and total weight.
    """
    n = len(weights)
    orders = factorial(n)
    return [
        Fraction(sum(factorial(size) * factorial(n - size - 1) * times for size, times in _pivots(weights, quota, i)),
                 orders)
        for i in range(n)
    ]  # fmt: skip


def banzhaf(weights: Sequence[int], quota: int) -> list[Fraction]:
    """Each member's part of all swings (Penrose 1946; Banzhaf 1965), normalised to sum to 1; all 0 without a swing."""
    found = swings(weights, quota)
    whole = sum(found)
    return [Fraction(own, whole) if whole else Fraction(0) for own in found]


def swings(weights: Sequence[int], quota: int) -> list[int]:
    """In how many coalitions of the others each member makes the difference."""
    return [sum(times for _, times in _pivots(weights, quota, i)) for i in range(len(weights))]


def _pivots(weights: Sequence[int], quota: int, member: int) -> list[tuple[int, int]]:
    """(size, how many) of the losing coalitions of the others that win with *member*."""
    if quota < 1 or min(weights) < 0:
        raise ValueError("weights are at least 0, and a quota at least 1")
    counts: dict[tuple[int, int], int] = {(0, 0): 1}
    for i, weight in enumerate(weights):
        if i == member:
            continue
        for (size, total), times in list(counts.items()):
            if total + weight < quota:
                place = (size + 1, total + weight)
                counts[place] = counts.get(place, 0) + times
    return [(size, times) for (size, total), times in sorted(counts.items()) if total + weights[member] >= quota]
