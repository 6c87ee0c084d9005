"""Liquid democracy: votes that are handed on, and who holds them in the end.

>>> holders({1: 2, 2: 3, 3: None, 4: None})
{1: 3, 2: 3, 3: 3, 4: 4}
>>> holders({1: 2, 2: 3, 3: 2})
Traceback (most recent call last):
    ...
ValueError: delegation goes round in a circle: 2 -> 3 -> 2
>>> holders({1: 2, 2: 3, 3: 2}, circles="lost")
{1: None, 2: None, 3: None}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

T = TypeVar("T")


def holders(delegates: Mapping[T, T | None], *, circles: Literal["error", "lost"] = "error") -> dict[T, T | None]:
    """Who holds each one's vote in the end; *delegates*: to whom each hands it, `None` who votes in person.

    Delegation is transitive (Green-Armytage 2015; Kahng, Mackenzie and Procaccia 2021). Votes that end up in a circle
    are nobody's: `ValueError` names the circle, or, with *circles* `lost`, their holder is `None`. `ValueError` too
    for a delegate that is no voter. Takes linear time.
    """
    found: dict[T, T | None] = {}
    for voter in delegates:
        way = [voter]
        on_the_way = {voter}
        while way[-1] not in found:
            to = delegates[way[-1]]
            if to is None:
                found[way[-1]] = way[-1]
            elif to not in delegates:
                raise ValueError(f"{way[-1]} hands the vote to {to}, which is no voter")
            elif to in on_the_way:
                if circles == "error":
                    names = " -> ".join(str(one) for one in [*way[way.index(to) :], to])
                    raise ValueError(f"delegation goes round in a circle: {names}")
                found[way[-1]] = None
            else:
                way.append(to)
                on_the_way.add(to)
        found.update(dict.fromkeys(way, found[way[-1]]))
    return {voter: found[voter] for voter in delegates}


def held(delegates: Mapping[T, T | None], weights: Mapping[T, float] | None = None) -> tuple[dict[T, float], float]:
    """The weight that each one who votes in person holds, and the weight that circles have swallowed.

    >>> held({1: 2, 2: None, 3: None})
    ({2: 2.0, 3: 1.0}, 0.0)
    """
    sums: dict[T, float] = {}
    lost = 0.0
    for voter, holder in holders(delegates, circles="lost").items():
        weight = 1.0 if weights is None else weights[voter]
        if holder is None:
            lost += weight
        else:
            sums[holder] = sums.get(holder, 0.0) + weight
    return sums, lost
