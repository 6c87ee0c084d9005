"""The call market: all orders are collected, and those that trade do so at one moment (and, mostly, at one price).

>>> bids = [Limit("ann", 105), Limit("bob", 101, 2), Limit("cem", 90)]
>>> asks = [Limit("dan", 95, 2), Limit("eve", 100), Limit("fay", 110)]
>>> told = call(bids, asks)
>>> told.pays, told.gets, told.bought, told.sold
(100, 100, (1, 2, 0), (2, 1, 0))

Prices are whole ticks and quantities whole units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from society_sim.rules.order_events import Trader


class Limit(NamedTuple):
    """An order to trade *quantity* units at *price* each or better."""

    trader: Trader
    price: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Call:
    """What a call has settled; nothing is traded and no price known if *quantity* is 0.

    Buyers pay *pays* for each unit and sellers get *gets*; the market keeps the difference, never below 0. *bought*
    and *sold*: how many units of each bid and each ask, in their order. *low* and *high* bound the prices that clear
    the market.
    """

    quantity: int
    pays: int | None
    gets: int | None
    bought: tuple[int, ...]
    sold: tuple[int, ...]
    low: int | None = None
    high: int | None = None

    @property
    def kept(self) -> int:
        """What the market keeps, in ticks."""
        return self.quantity * (self.pays - self.gets) if self.pays is not None and self.gets is not None else 0


def call(bids: Sequence[Limit], asks: Sequence[Limit], *, k: float = 0.5) -> Call:
    """The k-double auction: as many units as can be traded, all at one price.

    Of the interval of prices that clear the market it takes the point *k* of the way up, rounded down to a tick: 1
    lets buyers set the price, 0 sellers (Chatterjee and Samuelson 1983; Rustichini, Satterthwaite and Williams 1994).
    Better prices go first, and among equal prices earlier orders.
    """
    if not 0 <= k <= 1:
        raise ValueError(f"k is from 0 to 1, not {k}")
    buyers, sellers = _ranked(bids, -1), _ranked(asks, 1)
    met = _crossing(bids, asks, buyers, sellers)
    if met is None:
        return _nothing(bids, asks)
    price = met.low + math.floor(k * (met.high - met.low))
    bought, sold = _filled(bids, buyers, met.quantity), _filled(asks, sellers, met.quantity)
    return Call(met.quantity, price, price, bought, sold, met.low, met.high)


def trade_reduction(bids: Sequence[Limit], asks: Sequence[Limit]) -> Call:
    """McAfee's (1992) double auction: the truth is best for everybody who wants one unit, and there is no deficit.

    The price half-way between the first bid and the first ask that would not trade is used if all who would trade
    accept it. Otherwise, and where one of the two does not exist, the last pair does not trade, the other buyers pay
    its bid, the other sellers get its ask, and the market keeps the difference.

    An order of several units counts as so many orders of one; who places such orders may gain by untruth.

    >>> trade_reduction([Limit("a", 9), Limit("b", 7), Limit("c", 3)], [Limit("d", 2), Limit("e", 4), Limit("f", 8)])
    Call(quantity=2, pays=5, gets=5, bought=(1, 1, 0), sold=(1, 1, 0), low=4, high=7)
    >>> trade_reduction([Limit("a", 9), Limit("b", 7)], [Limit("d", 2), Limit("e", 4)])
    Call(quantity=1, pays=7, gets=4, bought=(1, 0), sold=(1, 0), low=4, high=7)
    """
    buyers, sellers = _ranked(bids, -1), _ranked(asks, 1)
    met = _crossing(bids, asks, buyers, sellers)
    if met is None:
        return _nothing(bids, asks)
    quantity, pays, gets = met.quantity - 1, met.bid, met.ask
    if met.next_bid is not None and met.next_ask is not None:
        price = (met.next_bid + met.next_ask) // 2
        if met.ask <= price <= met.bid:
            quantity, pays, gets = met.quantity, price, price
    if not quantity:
        return _nothing(bids, asks)
    return Call(quantity, pays, gets, _filled(bids, buyers, quantity), _filled(asks, sellers, quantity),
                met.low, met.high)  # fmt: skip


def _ranked(orders: Sequence[Limit], sign: int) -> list[int]:
    for order in orders:
        if type(order.price) is not int or type(order.quantity) is not int or order.quantity < 1:
            raise ValueError(f"an order has a price in whole ticks and a quantity of whole units from 1, not {order}")
    return sorted(range(len(orders)), key=lambda place: (sign * orders[place].price, place))


class _Crossing(NamedTuple):
    """How many units can be traded, the last bid and ask that do, and the first that do not (if there are more)."""

    quantity: int
    bid: int
    ask: int
    next_bid: int | None
    next_ask: int | None

    @property
    def low(self) -> int:
        """The lowest price that clears the market: below it more is bid than asked."""
        return self.ask if self.next_bid is None else max(self.ask, self.next_bid)

    @property
    def high(self) -> int:
        """The highest price that clears the market: above it more is asked than bid."""
        return self.bid if self.next_ask is None else min(self.bid, self.next_ask)


def _crossing(
    bids: Sequence[Limit], asks: Sequence[Limit], buyers: Sequence[int], sellers: Sequence[int]
) -> _Crossing | None:
    quantity = i = j = bought = sold = bid = ask = 0
    while i < len(buyers) and j < len(sellers):
        demand, supply = bids[buyers[i]], asks[sellers[j]]
        if demand.price < supply.price:
            break
        bid, ask = demand.price, supply.price
        size = min(demand.quantity - bought, supply.quantity - sold)
        quantity, bought, sold = quantity + size, bought + size, sold + size
        if bought == demand.quantity:
            i, bought = i + 1, 0
        if sold == supply.quantity:
            j, sold = j + 1, 0
    if not quantity:
        return None
    next_bid = bids[buyers[i]].price if i < len(buyers) else None
    next_ask = asks[sellers[j]].price if j < len(sellers) else None
    return _Crossing(quantity, bid, ask, next_bid, next_ask)


def _nothing(bids: Sequence[Limit], asks: Sequence[Limit]) -> Call:
    return Call(0, None, None, (0,) * len(bids), (0,) * len(asks))


def _filled(orders: Sequence[Limit], ranked: Sequence[int], quantity: int) -> tuple[int, ...]:
    given = [0] * len(orders)
    for place in ranked:
        given[place] = min(orders[place].quantity, quantity)
        quantity -= given[place]
    return tuple(given)
