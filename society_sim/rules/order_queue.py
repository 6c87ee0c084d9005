"""One side of an order book: who waits, the best first."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from society_sim.rules.order_events import Trader

TIDY = 64  # so many dead entries a heap may hold before they are counted against the living
_BITS = 40  # of an entry are the order's number: enough for a million millions
_NUMBER = (1 << _BITS) - 1


class Waiting:
    """An order while it waits, with the quantity that is *left* of it."""

    __slots__ = ("expires", "left", "number", "own", "price", "trader")

    def __init__(self, number: int, trader: Trader, own: Queue, price: int, left: int, expires: float | None) -> None:
        self.number = number
        self.trader = trader
        self.own = own
        self.price = price
        self.left = left
        self.expires = expires


class Queue:
    """The orders of one side: a heap of who is next, and the open quantity by price.

    An entry of the heap is one whole number, made of the distance from the best price and the order's own number: two
    are compared at once, and the garbage collector has nothing to look at. Orders that are not in *book* (the open ones
    of both sides, by number) any more are skipped.
    """

    __slots__ = ("_book", "dead", "heap", "levels", "name", "sign")

    def __init__(self, name: str, sign: int, book: Mapping[int, Waiting]) -> None:
        self.name, self.sign, self._book = name, sign, book
        self.heap: list[int] = []
        self.levels: dict[int, int] = {}
        self.dead = 0

    def add(self, order: Waiting) -> None:
        """*order* waits from now on."""
        price, levels = order.price, self.levels
        heappush(self.heap, (self.sign * price << _BITS) | order.number)
        levels[price] = levels[price] + order.left if price in levels else order.left

    def best(self) -> Waiting | None:
        """The order that is served next; `None` if nobody waits."""
        heap, book = self.heap, self._book
        while heap:
            order = book.get(heap[0] & _NUMBER)
            if order is not None:
                return order
            heappop(heap)
            self.dead -= 1
        return None

    def take(self, order: Waiting, size: int) -> None:
        """There is *size* less of *order*."""
        price, levels = order.price, self.levels
        order.left -= size
        if levels[price] == size:
            del levels[price]
        else:
            levels[price] -= size

    def bury(self) -> None:
        """An order has left the book; the heap is cleared of such orders when they are more than half of it."""
        self.dead += 1
        if self.dead > TIDY and 2 * self.dead > len(self.heap):
            self.heap[:] = [entry for entry in self.heap if entry & _NUMBER in self._book]
            heapify(self.heap)
            self.dead = 0
