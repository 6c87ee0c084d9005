"""One side of an order book: who waits, the best first."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from society_sim.rules.order_events import Trader

TIDY = 64  # so many dead entries a heap may hold before they are counted against the living


class Waiting:
    """An order while it waits; nothing is *left* of it once it has gone, and a heap that still holds it skips it."""

    __slots__ = ("expires", "left", "number", "own", "price", "trader")

    def __init__(self, number: int, trader: Trader, own: Queue, price: int, left: int, expires: float | None) -> None:
        self.number = number
        self.trader = trader
        self.own = own
        self.price = price
        self.left = left
        self.expires = expires


class Queue:
    """The orders of one side: a heap of (distance from the best, number, order), and the open quantity by price."""

    __slots__ = ("dead", "heap", "levels", "name", "sign")

    def __init__(self, name: str, sign: int) -> None:
        self.name, self.sign = name, sign
        self.heap: list[tuple[int, int, Waiting]] = []
        self.levels: dict[int, int] = {}
        self.dead = 0

    def add(self, order: Waiting) -> None:
        """*order* waits from now on."""
        heappush(self.heap, (self.sign * order.price, order.number, order))
        self.levels[order.price] = self.levels.get(order.price, 0) + order.left

    def best(self) -> Waiting | None:
        """The order that is served next; `None` if nobody waits."""
        heap = self.heap
        while heap:
            order = heap[0][2]
            if order.left:
                return order
            heappop(heap)
            self.dead -= 1
        return None

    def take(self, order: Waiting, size: int) -> None:
        """There is *size* less of *order*."""
        order.left -= size
        left = self.levels[order.price] - size
        if left:
            self.levels[order.price] = left
        else:
            del self.levels[order.price]

    def bury(self, order: Waiting) -> None:
        """Nothing is left of *order*; the heap is cleared of the dead when they are more than half of it."""
        self.take(order, order.left)
        self.dead += 1
        if self.dead > TIDY and 2 * self.dead > len(self.heap):
            self.heap[:] = [entry for entry in self.heap if entry[2].left]
            heapify(self.heap)
            self.dead = 0
