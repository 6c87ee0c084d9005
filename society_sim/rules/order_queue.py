"""One side of an order book: who waits, the best price first, and at each price the oldest first."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque

from society_sim.rules.order_events import Trader

TIDY = 64  # so many dead entries a queue may hold before they are counted against the living


class Waiting:
    """An order while it waits, with the quantity that is *left* of it: nothing, when it has left the book."""

    __slots__ = ("expires", "left", "level", "number", "trader")

    def __init__(self, number: int, trader: Trader, level: Level, left: int, expires: float | None) -> None:
        self.number = number
        self.trader = trader
        self.level = level
        self.left = left
        self.expires = expires


class Level:
    """The orders at one *price* of one *side*: how many are *alive*, and the *quantity* that is open of them.

    Those that have left the book stay among *orders* until they come to the front, or are the most of them.
    """

    __slots__ = ("alive", "orders", "price", "quantity", "side")

    def __init__(self, side: Queue, price: int) -> None:
        self.side, self.price = side, price
        self.orders: deque[Waiting] = deque()
        self.alive = self.quantity = 0


class Queue:
    """The orders of one side: a level for each price at which anybody waits, and these prices sorted, the best last.

    Whoever comes goes to the end of a level, whoever is next is at the front of the best one: only a price that is new,
    or that nobody names any more, is looked for. The rank of a price is the price times *sign*, which is 1 for those
    who buy and -1 for those who sell: the higher, the better.
    """

    __slots__ = ("levels", "name", "ranks", "sign")

    def __init__(self, name: str, sign: int) -> None:
        self.name, self.sign = name, sign
        self.levels: dict[int, Level] = {}  # by rank; some may be empty, and are not among the ranks
        self.ranks: list[int] = []

    def add(self, number: int, trader: Trader, price: int, left: int, expires: float | None) -> Waiting:
        """An order waits from now on."""
        rank = self.sign * price
        level = self.levels.get(rank)
        if level is None:
            level = self.levels[rank] = Level(self, price)
        if not level.alive:
            insort(self.ranks, rank)
        order = Waiting(number, trader, level, left, expires)
        level.orders.append(order)
        level.alive += 1
        level.quantity += left
        return order

    @property
    def best(self) -> int | None:
        """The best price; `None` if nobody waits."""
        return self.sign * self.ranks[-1] if self.ranks else None

    def first(self) -> Waiting:
        """The order that is served next; somebody waits."""
        orders = self.levels[self.ranks[-1]].orders
        while not orders[0].left:
            orders.popleft()
        return orders[0]

    def take(self, order: Waiting, size: int) -> None:
        """There is *size* less of *order*."""
        level = order.level
        order.left -= size
        level.quantity -= size
        if order.left:
            return
        level.alive -= 1
        if not level.alive:
            level.orders.clear()
            del self.ranks[bisect_left(self.ranks, self.sign * level.price)]
            if len(self.levels) > 2 * len(self.ranks) + TIDY:
                self.levels = {rank: one for rank, one in self.levels.items() if one.alive}
        elif len(level.orders) > 2 * level.alive + TIDY:
            level.orders = deque(order for order in level.orders if order.left)

    def depth(self, levels: int | None) -> list[tuple[int, int]]:
        """The best prices, so many *levels* of them, with the quantity that is open at each."""
        ranks = self.ranks[::-1] if levels is None else self.ranks[: -levels - 1 : -1]
        return [(self.sign * rank, self.levels[rank].quantity) for rank in ranks]
