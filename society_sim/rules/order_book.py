"""The continuous double auction: a limit order book with price-time priority, in whole ticks and whole units.

An order trades at once with the best orders of the other side, at *their* prices, and among equal prices with the
oldest first; what is left of it waits in the book. All numbers are whole, so nothing is made or lost by rounding.

>>> book = OrderBook()
>>> book.submit("ann", "sell", 5, price=101)
(Accepted(order=0, trader='ann', side='sell', price=101, quantity=5, expires=None),)
>>> _, trade = book.submit("bob", "buy", 2, price=103)
>>> trade
Traded(buyer='bob', seller='ann', price=101, quantity=2, buy=1, sell=0, taker='buy')
>>> book.best_bid, book.best_ask, book.depth("sell")
(None, 101, [(101, 3)])

What happens is told by events, and the book can be made again from them:

>>> again = OrderBook.of([Accepted(0, "ann", "sell", 101, 5), Accepted(1, "bob", "buy", 103, 2), trade])
>>> again.orders() == book.orders()
True
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple

from society_sim.rules.order_events import Accepted, Cancelled, Event, Expired, Refused, Traded, Trader
from society_sim.rules.order_queue import TIDY, Queue, Waiting

SELF_TRADES = ("cancel_resting", "cancel_incoming", "allow")
"""What becomes of an order that meets one of the same trader: the older one goes, the newer one goes, or they trade."""


class Order(NamedTuple):
    """An order that waits in the book, with the *quantity* that is left of it."""

    order: int
    trader: Trader
    side: str
    price: int
    quantity: int
    expires: float | None


class OrderBook:
    """The orders that wait; whoever holds it settles what its events say. Not for several threads.

    *self_trade*: one of `SELF_TRADES`. *lowest* and *highest*: the prices, in ticks, that a limit may have.
    """

    def __init__(
        self, *, self_trade: str = "cancel_resting", lowest: int = 0, highest: int | None = None, now: float = 0.0
    ) -> None:
        if self_trade not in SELF_TRADES:
            raise ValueError(f"self_trade is one of {', '.join(SELF_TRADES)}, not {self_trade!r}")
        if highest is not None and highest < lowest:
            raise ValueError(f"no price is from {lowest} to {highest}")
        self.self_trade, self.lowest, self.highest, self.now = self_trade, lowest, highest, now
        self._open: dict[int, Waiting] = {}
        self._buys, self._sells = Queue("buy", 1), Queue("sell", -1)
        self._of: dict[Trader, list[Waiting]] = {}  # some may have left the book: they are skipped
        self._listed = 0  # how many are in these lists
        self._ends: list[tuple[float, int]] = []
        self._next = 0

    # --- what traders do ---------------------------------------------------------------------------------------------

    def submit(
        self, trader: Trader, side: str, quantity: int, price: int | None = None, *, expires: float | None = None
    ) -> tuple[Event, ...]:
        """An order to buy or sell *quantity* units, for *price* each or better; a market order if that is `None`.

        A market order takes what is there, and what is left of it is cancelled. A limit order waits until *expires*.
        The first event is `Accepted`, or `Refused` and the only one.
        """
        fault = self._fault(side, quantity, price, expires)
        if fault:
            return (Refused(trader, *fault),)
        number = self._next
        self._next = number + 1
        events: list[Event] = [Accepted(number, trader, side, price, quantity, expires)]
        own, other = (self._buys, self._sells) if side == "buy" else (self._sells, self._buys)
        worst = -inf if price is None else other.sign * price
        left = quantity
        while left and other.ranks and other.ranks[-1] >= worst:
            maker = other.first()
            if maker.trader == trader and self.self_trade != "allow":
                if self.self_trade == "cancel_incoming":
                    events.append(Cancelled(number, trader, side, price, left, "self-trade"))
                    return tuple(events)
                events.append(self._cancelled(maker, "self-trade"))
                continue
            at, there = maker.level.price, maker.left
            size = left if left < there else there
            left -= size
            if own is self._buys:
                events.append(Traded(trader, maker.trader, at, size, number, maker.number, side))
            else:
                events.append(Traded(maker.trader, trader, at, size, maker.number, number, side))
            other.take(maker, size)
            if size == there:
                del self._open[maker.number]
        if left:
            if price is None:
                events.append(Cancelled(number, trader, side, None, left, "unfilled"))
            else:
                self._rest(number, trader, own, price, left, expires)
        return tuple(events)

    def cancel(self, order: int, trader: Trader | None = None) -> tuple[Event, ...]:
        """Withdraw an order; if *trader* is given, only if it is its own."""
        found = self._named(order, trader)
        return (found if isinstance(found, Refused) else self._cancelled(found, "asked"),)

    def modify(
        self, order: int, trader: Trader | None = None, *, quantity: int | None = None, price: int | None = None
    ) -> tuple[Event, ...]:
        """Cancel an order and submit it anew with another *quantity* or *price*, at the end of the queue.

        It gets a new number. If the new one is refused, the old one stays.
        """
        old = self._named(order, trader)
        if isinstance(old, Refused):
            return (old,)
        size, limit = old.left if quantity is None else quantity, old.level.price if price is None else price
        wrong = self._fault(old.level.side.name, size, limit, old.expires)
        if wrong:
            return (Refused(old.trader, *wrong),)
        gone = self._cancelled(old, "modified")
        return (gone, *self.submit(old.trader, old.level.side.name, size, limit, expires=old.expires))

    def advance(self, now: float) -> tuple[Expired, ...]:
        """Let simulated time come to *now*: orders whose time is up leave, the earliest end first."""
        if not now >= self.now:
            raise ValueError(f"time goes on from {self.now}, not to {now}")
        self.now = now
        gone = []
        while self._ends and self._ends[0][0] <= now:
            order = self._open.get(heappop(self._ends)[1])
            if order is not None:
                level = order.level
                gone.append(Expired(order.number, order.trader, level.side.name, level.price, order.left))
                self._drop(order)
        return tuple(gone)

    def clear(self, why: str, trader: Trader | None = None) -> tuple[Cancelled, ...]:
        """Cancel all orders, or all of *trader*, the oldest first."""
        return tuple([self._cancelled(order, why) for order in self._theirs(trader)])

    # --- what can be seen --------------------------------------------------------------------------------------------

    @property
    def best_bid(self) -> int | None:
        """The highest price that is bid; `None` if there is none."""
        return self._buys.best

    @property
    def best_ask(self) -> int | None:
        """The lowest price that is asked; `None` if there is none."""
        return self._sells.best

    @property
    def mid(self) -> float | None:
        """Half-way between best bid and best ask; `None` if one is missing."""
        bid, ask = self.best_bid, self.best_ask
        return None if bid is None or ask is None else (bid + ask) / 2

    @property
    def spread(self) -> int | None:
        """Best ask less best bid, in ticks: at least 1; `None` if one is missing."""
        bid, ask = self.best_bid, self.best_ask
        return None if bid is None or ask is None else ask - bid

    def depth(self, side: str, levels: int | None = None) -> list[tuple[int, int]]:
        """Prices of one side with the quantity that is open at each, best first; all *levels* if that is `None`."""
        return self._side(side).depth(levels)

    def quote(self, side: str, quantity: int) -> tuple[int, int]:
        """How many units a market order of *quantity* would get now, and for how much money in all (in ticks).

        >>> book = OrderBook()
        >>> _ = book.submit("ann", "sell", 2, price=10), book.submit("bob", "sell", 2, price=12)
        >>> book.quote("buy", 3), book.quote("buy", 9)
        ((3, 32), (4, 44))
        """
        self._side(side)
        filled = money = 0
        for price, there in self.depth("sell" if side == "buy" else "buy"):
            size = min(there, quantity - filled)
            if size <= 0:
                break
            filled, money = filled + size, money + size * price
        return filled, money

    def orders(self, trader: Trader | None = None) -> tuple[Order, ...]:
        """The orders that wait, of all or of one *trader*, the oldest first."""
        return tuple([Order(one.number, one.trader, one.level.side.name, one.level.price, one.left, one.expires)
                      for one in sorted(self._theirs(trader), key=attrgetter("number"))])  # fmt: skip

    def __len__(self) -> int:
        return len(self._open)

    # --- from events to a book ---------------------------------------------------------------------------------------

    @classmethod
    def of(cls, events: Iterable[Event], **settings: Any) -> OrderBook:
        """The book after *events*, those of a book made with the same *settings*; `now` is where its time stands."""
        book = cls(**settings)
        passing: dict[int, int] = {}  # market orders never wait
        for place, event in enumerate(events):
            try:
                book._happened(event, passing)
            except KeyError as error:
                raise ValueError(f"event {place} ({event}) names order {error}, which is not in the book") from None
        return book

    def _happened(self, event: Event, passing: dict[int, int]) -> None:
        if isinstance(event, Accepted):
            self._next = event.order + 1
            if event.price is None:
                passing[event.order] = event.quantity
            else:
                own = self._side(event.side)
                self._rest(event.order, event.trader, own, event.price, event.quantity, event.expires)
        elif isinstance(event, Traded):
            for number in (event.buy, event.sell):
                if number in passing:
                    passing[number] -= event.quantity
                else:
                    order = self._open[number]
                    order.level.side.take(order, event.quantity)
                    if not order.left:
                        del self._open[number]
        elif not isinstance(event, Refused) and event.order not in passing:
            self._drop(self._open[event.order])

    # --- how it is kept ----------------------------------------------------------------------------------------------

    def _side(self, side: str) -> Queue:
        if side not in ("buy", "sell"):
            raise ValueError(f"a side is buy or sell, not {side!r}")
        return self._buys if side == "buy" else self._sells

    def _rest(self, number: int, trader: Trader, own: Queue, price: int, left: int, expires: float | None) -> None:
        order = self._open[number] = own.add(number, trader, price, left, expires)
        theirs = self._of.get(trader)
        if theirs is None:
            self._of[trader] = [order]
        else:
            theirs.append(order)
        self._listed += 1
        if self._listed > 2 * len(self._open) + TIDY:
            self._list()
        if expires is not None:
            heappush(self._ends, (expires, number))
            if len(self._ends) > 2 * len(self._open) + TIDY:
                self._ends = [end for end in self._ends if end[1] in self._open]
                heapify(self._ends)

    def _list(self) -> None:
        """Let the orders that wait, and no others, be found by their traders."""
        self._of, self._listed = {}, len(self._open)
        for order in self._open.values():
            self._of.setdefault(order.trader, []).append(order)

    def _theirs(self, trader: Trader | None) -> list[Waiting]:
        """The orders that wait, of all or of one *trader*, in the order in which they came."""
        if trader is None:
            return list(self._open.values())
        return [order for order in self._of.get(trader, ()) if order.left]

    def _drop(self, order: Waiting) -> None:
        order.level.side.take(order, order.left)
        del self._open[order.number]

    def _cancelled(self, order: Waiting, why: str) -> Cancelled:
        level = order.level
        event = Cancelled(order.number, order.trader, level.side.name, level.price, order.left, why)
        self._drop(order)
        return event

    def _named(self, order: int, trader: Trader | None) -> Waiting | Refused:
        """The order of that number, if it is one that *trader* may withdraw."""
        found = self._open.get(order)
        if found is None:
            return Refused(trader, "order", f"order {order} is not in the book")
        if trader is not None and found.trader != trader:
            return Refused(trader, "owner", f"order {order} is of {found.trader!r}")
        return found

    def _fault(self, side: str, quantity: int, price: int | None, expires: float | None) -> tuple[str, str] | None:
        """The rule that an order breaks, and how."""
        if side != "buy" and side != "sell":
            return "side", f"a side is buy or sell, not {side!r}"
        if type(quantity) is not int or quantity < 1:
            return "quantity", f"a quantity is a whole number of units from 1, not {quantity!r}"
        if price is not None:
            if type(price) is not int:
                return "price", f"a price is a whole number of ticks, not {price!r}"
            if price < self.lowest or (self.highest is not None and price > self.highest):
                most = "" if self.highest is None else f" to {self.highest}"
                return "price", f"a price is from {self.lowest}{most}, not {price}"
        if expires is not None and not expires > self.now:
            return "expiry", f"it would expire at {expires!r}, and it is {self.now}"
        return None
