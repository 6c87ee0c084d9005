"""Auctions of one thing, or of several of a kind: who wins, and at what price.

>>> bids = {"Ann": 70, "Bob": 50, "Cid": 40, "Dan": None}
>>> first_price(bids).pays, second_price(bids).pays, second_price(bids, reserve=60).pays
({'Ann': 70}, {'Ann': 50}, {'Ann': 60})
>>> uniform_price(bids, units=2).pays, pay_as_bid(bids, units=2).pays
({'Ann': 40, 'Bob': 40}, {'Ann': 70, 'Bob': 50})

`None` is no bid. A bid below the reserve does not count, a bid of just the reserve does (with a reserve of 0 a bid of 0
wins what nobody else wants, for nothing). Equal bids are settled by the lot that is passed in, which knows nothing of
bids. **Nothing is rounded**: a price is always one of the bids, the reserve, or a tick of the clock, so whole
micro-units in are whole micro-units out, and the revenue is what the winners pay.

What a rule refuses it refuses with a `ValueError` that begins with its name: amounts that are NaN, infinite or below 0.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from society_sim.rules.amounts import amount, amounts, best_first, shuffled, whole

B = TypeVar("B", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sale(Generic[B]):
    """What came of an auction.

    *units*: how many each winner gets, the highest bid first. *pays*: what each winner pays for all that it gets.
    *price*: of one unit, if it is the same for all; `None` if it is not, or nothing was sold. *ties*: those among whom
    the lot had to choose; empty if it had not.
    """

    units: Mapping[B, int]
    pays: Mapping[B, Any]
    price: Any = None
    ties: tuple[B, ...] = ()

    @property
    def winners(self) -> tuple[B, ...]:
        """Who gets something, the highest bid first."""
        return tuple(self.units)

    @property
    def winner(self) -> B | None:
        """Who has the highest bid that counts; `None` if nothing was sold."""
        return next(iter(self.units), None)

    @property
    def revenue(self) -> Any:
        """What all winners pay together."""
        return sum(self.pays.values())


def first_price(bids: Mapping[B, Any], reserve: float = 0, lot: int = 0) -> Sale[B]:
    """Sealed bids; the highest wins and pays what it bid (Vickrey 1961).

    >>> first_price({"Ann": 3, "Bob": 2}, reserve=4).winner is None
    True
    """
    return _sold(_demand(bids, "first_price"), 1, reserve, lot, "first_price", "own")


def second_price(bids: Mapping[B, Any], reserve: float = 0, lot: int = 0) -> Sale[B]:
    """Sealed bids; the highest wins and pays the second highest, or the reserve if that is more (Vickrey 1961).

    To bid what the thing is worth to one is best whatever the others do. Myerson (1981): with the right reserve (see
    `optimal_reserve`) and bidders who are alike, no other rule is expected to earn more.
    """
    return _sold(_demand(bids, "second_price"), 1, reserve, lot, "second_price", "next")


def uniform_price(bids: Mapping[B, Any], units: int, reserve: float = 0, lot: int = 0) -> Sale[B]:
    """The *units* highest bids win one unit each, and all pay the highest bid that loses: the (k+1)st price.

    A bid is a number, or a list of numbers for a first, second, ... unit. If there are not more bids than units, the
    price is the reserve. Who wants one unit only has no reason to bid anything but its worth (Vickrey 1961); who wants
    several may gain by asking for fewer (Ausubel et al. 2014).

    >>> uniform_price({"Ann": [9, 5], "Bob": 6, "Cid": 4}, units=3)
    Sale(units={'Ann': 2, 'Bob': 1}, pays={'Ann': 8, 'Bob': 4}, price=4, ties=())
    """
    return _sold(_demand(bids, "uniform_price"), units, reserve, lot, "uniform_price", "next")


def pay_as_bid(bids: Mapping[B, Any], units: int, reserve: float = 0, lot: int = 0) -> Sale[B]:
    """The *units* highest bids win one unit each and pay what they bid: discriminatory pricing (Friedman 1960)."""
    return _sold(_demand(bids, "pay_as_bid"), units, reserve, lot, "pay_as_bid", "own")


def vickrey_units(bids: Mapping[B, Any], units: int, reserve: float = 0, lot: int = 0) -> Sale[B]:
    """The *units* highest bids win; for m of them one pays the m highest losing bids of others (Vickrey 1961).

    Bids are as in `uniform_price`. Who wants a second unit no more than a first one has no reason to bid anything but
    the worth. Where fewer bids of others lose, the reserve stands in.

    >>> vickrey_units({"Ann": [9, 5], "Bob": 6, "Cid": 4}, units=3).pays
    {'Ann': 4, 'Bob': 4}
    """
    return _sold(_demand(bids, "vickrey_units"), units, reserve, lot, "vickrey_units", "others")


def english(stops: Mapping[B, Any], reserve: float = 0, step: float = 0, lot: int = 0) -> Sale[B]:
    """A clock that rises from the reserve; who is left alone wins, at the price at which the last other one left.

    *stops*: up to which price each stays in (Milgrom and Weber 1982, the button auction). Without a *step* the clock is
    continuous, and the outcome is that of `second_price`. With one it shows reserve, reserve + step, ..., and the
    winner pays the first of these that no other one stays for; if all who are left drop out at once, one of them by lot
    gets it at the price before, which all had accepted. So nobody pays more than its stop.

    >>> english({"Ann": 70, "Bob": 52}, reserve=10).price, english({"Ann": 70, "Bob": 52}, reserve=10, step=5).price
    (52, 55)
    """
    rule = "english"
    own = amounts(stops, rule, "stop")
    start, tick = amount(reserve, rule, "the reserve"), amount(step, rule, "the step")
    if not tick:
        return _sold({who: (stop,) for who, stop in own.items()}, 1, reserve, lot, rule, "next")
    last = {who: _ticks(stop - start, tick, rule) for who, stop in own.items() if stop >= start}
    rank = best_first(last, lot, rule)
    if not rank:
        return Sale({}, {})
    first = last[rank[0]]
    shown = min(last[rank[1]] + 1, first) if len(rank) > 1 else 0
    ties = tuple(who for who in last if last[who] == first)
    price = start + shown * tick
    return Sale({rank[0]: 1}, {rank[0]: price}, price, ties if len(ties) > 1 else ())


def dutch(stops: Mapping[B, Any], start: float, reserve: float = 0, step: float = 0, lot: int = 0) -> Sale[B]:
    """A clock that falls from *start* to the reserve; the first to stop it wins, at the price that it shows.

    *stops*: at which price each stops it. Without a *step* the clock is continuous, and the outcome is that of
    `first_price` for bids of up to *start*. With one it shows start, start - step, ..., and each stops it at the first
    of these that is not above its own. Several at once: one of them by lot.

    >>> dutch({"Ann": 70, "Bob": 52}, start=100).price, dutch({"Ann": 70, "Bob": 52}, start=100, step=8).price
    (70, 68)
    """
    rule = "dutch"
    own = amounts(stops, rule, "stop")
    top, tick = amount(start, rule, "the start"), amount(step, rule, "the step")
    shown = {who: min(stop, top) for who, stop in own.items()}
    if tick:
        shown = {who: top + _ticks(stop - top, tick, rule) * tick for who, stop in shown.items()}
        shown = {who: price for who, price in shown.items() if price >= 0}
    return _sold({who: (price,) for who, price in shown.items()}, 1, reserve, lot, rule, "own")


def _demand(bids: Mapping[B, Any], rule: str) -> dict[B, tuple[Any, ...]]:
    """The bids of each bidder, the highest first."""
    found = {}
    for who, own in bids.items():
        many_ = own if isinstance(own, Sequence) and not isinstance(own, str) else (own,)
        kept = [amount(one, rule, f"the bid of {who}") for one in many_ if one is not None]
        if kept:
            found[who] = tuple(sorted(kept, reverse=True))
    return found


def _sold(
    demand: Mapping[B, tuple[Any, ...]], units: int, reserve: float, lot: int, rule: str,
    pricing: Literal["own", "next", "others"],
) -> Sale[B]:  # fmt: skip
    """The highest bids win *units*, and pay their own, the highest that loses, or the losing ones of others."""
    count = whole(units, rule, "the number of units", 1)
    floor = amount(reserve, rule, "the reserve")
    asked = {(who, place): own for who, several in demand.items() for place, own in enumerate(several) if own >= floor}
    rank = sorted(asked, key=asked.__getitem__, reverse=True)
    if len(set(asked.values())) < len(asked):
        order = {who: place for place, who in enumerate(shuffled(demand, lot, rule))}
        rank.sort(key=lambda one: (-asked[one], order[one[0]], one[1]))
    won, lost = rank[:count], rank[count:]
    if not won:
        return Sale({}, {})
    units_of: dict[B, int] = {}
    for who, _ in won:
        units_of[who] = units_of.get(who, 0) + 1
    ties: tuple[B, ...] = ()
    if lost and asked[lost[0]] == asked[won[-1]]:
        ties = tuple(dict.fromkeys(who for who, place in asked if asked[who, place] == asked[won[-1]]))
    price = asked[lost[0]] if lost else floor
    if pricing == "next":
        return Sale(units_of, {who: price * got for who, got in units_of.items()}, price, ties)
    pays: dict[B, Any] = dict.fromkeys(units_of, 0)
    for who, got in units_of.items():
        if pricing == "own":
            pays[who] = sum(asked[who, place] for place in range(got))
        else:
            others = [asked[one] for one in lost if one[0] != who][:got]
            pays[who] = sum(others) + (got - len(others)) * floor
    return Sale(units_of, pays, pays[won[0][0]] if count == 1 else None, ties)


def _ticks(distance: Any, tick: Any, rule: str) -> int:
    """How many whole ticks fit into *distance*, exactly for whole numbers, for others up to rounding."""
    if isinstance(distance, int) and isinstance(tick, int):
        return int(distance // tick)
    steps = float(distance / tick)
    if not math.isfinite(steps):
        raise ValueError(f"{rule}: a step of {tick} is too small")
    return math.floor(steps + 1e-9)
