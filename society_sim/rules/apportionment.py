"""Seats in proportion to votes: D'Hondt, Sainte-Lague, and the largest remainder.

>>> votes = {"A": 53_000, "B": 24_000, "C": 23_000}
>>> dhondt(votes, 7), sainte_lague(votes, 7), largest_remainder(votes, 7)
({'A': 4, 'B': 2, 'C': 1}, {'A': 3, 'B': 2, 'C': 2}, {'A': 4, 'B': 2, 'C': 1})

Equal claims go to the larger party, then to the one that is named first (Balinski and Young 1982).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from typing import TypeVar

P = TypeVar("P", bound=Hashable)


def dhondt(votes: Mapping[P, float], seats: int) -> dict[P, int]:
    """Highest averages with divisors 1, 2, 3, ... (Jefferson 1792; D'Hondt 1882): kind to large parties."""
    return _highest(votes, seats, lambda given: given + 1)


def sainte_lague(votes: Mapping[P, float], seats: int) -> dict[P, int]:
    """Highest averages with divisors 1, 3, 5, ... (Webster 1832; Sainte-Lague 1910): kind to nobody."""
    return _highest(votes, seats, lambda given: 2 * given + 1)


def largest_remainder(votes: Mapping[P, float], seats: int) -> dict[P, int]:
    """Whole quotas first, the seats that are left by the size of the rest (Hamilton 1792; Hare quota)."""
    exact = _checked(votes, seats)
    whole = sum(exact.values())
    if not whole:
        return dict.fromkeys(votes, 0)
    share = {party: own * seats / whole for party, own in exact.items()}
    given = {party: int(own) for party, own in share.items()}
    rank = {party: place for place, party in enumerate(votes)}
    rest = sorted(votes, key=lambda party: (given[party] - share[party], -exact[party], rank[party]))
    for party in rest[: seats - sum(given.values())]:
        given[party] += 1
    return given


def _highest(votes: Mapping[P, float], seats: int, divisor: Callable[[int], int]) -> dict[P, int]:
    exact = _checked(votes, seats)
    given = dict.fromkeys(votes, 0)
    if not sum(exact.values()):
        return given
    for _ in range(seats):
        party = max(votes, key=lambda party: (exact[party] / divisor(given[party]), exact[party]))
        given[party] += 1
    return given


def _checked(votes: Mapping[P, float], seats: int) -> dict[P, Fraction]:
    if seats < 0 or any(own < 0 for own in votes.values()):
        raise ValueError("seats and votes are numbers from 0")
    return {party: Fraction(own) for party, own in votes.items()}
