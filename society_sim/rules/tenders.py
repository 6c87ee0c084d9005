"""Awarding a task: to the lowest price, or to the best score of quality and price.

>>> award({"Ann": 40, "Bob": 30, "Cid": None})
Award(winner='Bob', price=30, score=-30, ties=())
>>> award({"Ann": 40, "Bob": 30}, qualities={"Ann": 0.9, "Bob": 0.5}, worth=100).winner
'Ann'

What the manager of a contract net does with the bids that came in (Smith 1980); an auction turned round, in which the
bidders sell. `None` is no bid. **Nothing is rounded** but a price found from qualities, which is rounded down where
prices are whole: whoever pays keeps the part of a micro-unit.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from society_sim.rules.amounts import amount, amounts, best_first

B = TypeVar("B", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Award(Generic[B]):
    """Who is to do it (`None`: nobody), what it is paid, its *score*, and those among whom the lot had to choose."""

    winner: B | None
    price: Any = 0
    score: Any = None
    ties: tuple[B, ...] = ()


def award(
    prices: Mapping[B, Any],
    *,
    qualities: Mapping[B, Any] | None = None,
    worth: float = 0,
    ceiling: float | None = None,
    pricing: Literal["first", "second"] = "first",
    lot: int = 0,
) -> Award[B]:
    """The bid with the highest score wins: *worth* x quality - price, so the lowest price where quality counts nothing.

    *qualities*: an amount for each bidder (an estimate from earlier tasks, say), *worth*: what one unit of it is worth
    in money. A bid above the *ceiling* does not count. By *pricing* the winner is paid what it bid (Che 1993: first
    score), or as much as it could have asked for and still won: what brings its score down to that of the runner-up
    (second score), at most the ceiling; without either of these, what it bid. By the second score, to ask for what the
    task costs one is best whatever the others do. Equal scores are settled by the *lot*. `ValueError` for prices,
    qualities or worths that are NaN, infinite or below 0, and for a bidder without a quality.

    >>> award({"Ann": 40, "Bob": 30}, pricing="second").price, award({"Ann": 40}, ceiling=50, pricing="second").price
    (40, 50)
    """
    if pricing not in ("first", "second"):
        raise ValueError(f"award: pricing is 'first' or 'second', not {pricing!r}")
    asked = amounts(prices, "award", "price")
    if ceiling is not None:
        amount(ceiling, "award", "the ceiling")
        asked = {who: price for who, price in asked.items() if price <= ceiling}
    merits: dict[B, Any] = dict.fromkeys(asked, 0)
    if amount(worth, "award", "the worth of quality"):
        known = amounts(qualities or {}, "award", "quality")
        for who in asked:
            if who not in known:
                raise ValueError(f"award: {who} has no quality, which is worth {worth} here")
            merits[who] = worth * known[who]
    scores = {who: merits[who] - price for who, price in asked.items()}
    rank = best_first(scores, lot, "award")
    if not rank:
        return Award(None)
    first = rank[0]
    price = asked[first]
    if pricing == "second":
        room = [] if ceiling is None else [ceiling]
        if len(rank) > 1:
            room.append(merits[first] - scores[rank[1]])
        if room:
            most = min(room)
            whole = isinstance(price, int) and not isinstance(most, int)
            price = max(price, math.floor(most) if whole else most)
    ties = tuple(who for who in scores if scores[who] == scores[first])
    return Award(first, price, scores[first], ties if len(ties) > 1 else ())
