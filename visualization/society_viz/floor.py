"""A market while a record is read: the offers that stand, the prices that were paid, and what has just happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from society_viz.film import Chart
from society_viz.reading import Entry
from society_viz.words import clean, count, number, spoken

_MOST = 1200  # points of one line; with more, every other one is left out
_LEVELS = 60
_NAMED = 3  # so many trades and offers are told one by one


@dataclass(slots=True)
class News:
    """What has happened in the market since the last beat; `trades` and `offers` keep the first few of them."""

    trades: list[tuple[int, int, float]] = field(default_factory=list)
    offers: list[tuple[int, str, float]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    traded: int = 0
    offered: int = 0
    declined: int = 0
    lapsed: int = 0
    low: float = float("inf")
    high: float = float("-inf")

    @property
    def any(self) -> bool:
        """Whether there are any news."""
        return bool(self.traded or self.offered or self.declined or self.lapsed)


@dataclass(slots=True)
class Floor:
    """One market: in coins and units if it has a book (`tick`), else prices of options between 0 and 1."""

    tick: float = 0.0
    band: tuple[float, float] | None = None
    began: float = 0.0
    now: float = 0.0
    offers: dict[Any, tuple[str, float, int]] = field(default_factory=dict)
    lines: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    news: News = field(default_factory=News)
    called: tuple[float, tuple[tuple[float, int], ...], tuple[tuple[float, int], ...]] | None = None
    """When all offers were called up at once, and the bids and asks there were: (price, units), the best first."""
    title: str = ""
    """What its one price is, if it has neither a book nor prices of options."""
    _quoted: tuple[float, float] | None = None
    """The lowest and the highest price at which anything was offered."""

    def draw(self, name: str, t: float, price: float) -> None:
        """Take note of a price."""
        points = self.lines.setdefault(name, [])
        if len(points) > _MOST:
            points[1:-1] = points[2:-1:2]
        points.append((t, price))

    def depth(self, side: str) -> tuple[tuple[float, int], ...]:
        """How many units stand at each price of one side, the best first."""
        found: dict[float, int] = {}
        for own, price, many in self.offers.values():
            if own == side:
                found[price] = found.get(price, 0) + many
        return tuple(sorted(found.items(), reverse=side == "buy")[:_LEVELS])

    def chart(self) -> Chart | None:
        """What is drawn of it; `None` if nothing was offered, and no price known."""
        if self.title:
            points = self.lines["price"]
            low, high = min(price for _, price in points), max(price for _, price in points)
            room = max(0.06 * (high - low), 0.01 * abs(high), 1e-9)
            return Chart(self.title, ("price",), (tuple(points),), self.began, max(self.now, self.began + 1e-9),
                         low - room, high + room, counts=True)  # fmt: skip
        if not self.tick:
            return Chart("Price, per cent", tuple(self.lines), tuple(map(tuple, self.lines.values())), self.began,
                         max(self.now, self.began + 1e-9), 0.0, 1.0) if self.lines else None  # fmt: skip
        if self._quoted is None:
            return None
        paid = self.lines.get("paid", [])
        if self.called is not None and len({t for t, _ in paid}) < 2:
            return self._crossed(*self.called, paid[-1][1] if paid else None)
        known = (*self._quoted, *(self.band or ()))
        low, high = min(known), max(known)
        room = max(0.06 * (high - low), self.tick)
        return Chart("Price paid", ("paid",), (tuple(paid),), self.began, max(self.now, self.began + 1e-9),
                     low - room, high + room, self.band, True)  # fmt: skip

    def _crossed(
        self, t: float, bids: Sequence[tuple[float, int]], asks: Sequence[tuple[float, int]], paid: float | None
    ) -> Chart:
        """The offers that were called up at *t* as steps of demand and supply, and the price *paid*."""
        sides = _steps(bids), _steps(asks)
        units = max([x for side in sides for x, _ in side], default=1.0)
        level = () if paid is None else ((0.0, paid), (units, paid))
        prices = [price for side in (*sides, level) for _, price in side] or [0.0]
        room = max(0.06 * (max(prices) - min(prices)), self.tick)
        return Chart("Supply and demand", ("bids", "asks", "price"), (*sides, level), t, units,
                     min(prices) - room, max(prices) + room, self.band, counts=True, call=True)  # fmt: skip

    def quote(self, price: float) -> None:
        """Take note of a price at which something was offered."""
        low, high = self._quoted or (price, price)
        self._quoted = min(low, price), max(high, price)


def _steps(offers: Sequence[tuple[float, int]]) -> tuple[tuple[float, float], ...]:
    """Offers, the best first, as a line of steps: (units, price).

    >>> _steps([(9.0, 1), (7.0, 2)])
    ((0.0, 9.0), (1.0, 9.0), (1.0, 7.0), (3.0, 7.0))
    """
    found: list[tuple[float, float]] = []
    units = 0
    for price, many in offers:
        found += [(float(units), price), (float(units + many), price)]
        units += many
    return tuple(found)


def opened(entry: Entry, t: float) -> Floor | None:
    """The market that *entry* opens; `None` if it does not say in what ticks its prices are."""
    tick, known = _positive(entry.get("tick")), entry.get("competitive")
    if tick is None:
        return None
    ends = [_positive(known.get(end)) for end in ("low", "high")] if isinstance(known, dict) else []
    band = (ends[0], ends[1]) if len(ends) == 2 and ends[0] is not None and ends[1] is not None else None
    return Floor(tick, band, t, t)


def told(floor: Floor, seats: tuple[int | None, int | None, int | None], entry: Entry, t: float) -> bool:
    """Let an event of the book happen; *seats* are its trader, buyer and seller. Whether it could be understood."""
    trader, buyer, seller = seats
    news, kind, price, many = floor.news, entry.get("event"), _positive(entry.get("price")), entry.get("quantity", 1)
    if not isinstance(many, int) or isinstance(many, bool) or not 0 < many < 10**9:
        return False
    floor.now = t
    at = None if price is None else price * floor.tick
    if kind == "accepted" and trader is not None and at is not None:
        side = "buy" if entry.get("side") == "buy" else "sell"
        floor.offers[_number(entry.get("order"))] = side, at, many
        floor.quote(at)
        news.offered += 1
        if len(news.offers) < 40:
            news.offers.append((trader, side, at))
    elif kind == "traded" and buyer is not None and seller is not None and at is not None:
        if entry.get("taker") == "call" and (floor.called is None or floor.called[0] != t):
            floor.called = t, floor.depth("buy"), floor.depth("sell")
        for order in ("buy", "sell"):
            key = _number(entry.get(order))
            own = floor.offers.pop(key, None)
            if own is not None and own[2] > many:
                floor.offers[key] = own[0], own[1], own[2] - many
        floor.quote(at)
        floor.draw("paid", t, at)
        news.traded += 1
        news.low, news.high = min(news.low, at), max(news.high, at)
        if len(news.trades) < _NAMED:
            news.trades.append((buyer, seller, at))
    elif kind in ("cancelled", "expired"):
        floor.offers.pop(_number(entry.get("order")), None)
        news.lapsed += kind == "expired"
    elif kind == "refused":
        news.declined += 1
        if trader is not None and len(news.refused) < _NAMED:
            news.refused.append((trader, spoken(entry.get("why") or entry.get("rule") or "", 80)))
    else:
        return False
    return True


def captions(floor: Floor, name: Any) -> list[str]:
    """The news in words; *name* gives that of a seat."""
    news, lines = floor.news, []
    done = {seat for buyer, seller, _ in news.trades for seat in (buyer, seller)}
    if 0 < news.traded <= _NAMED:
        lines += [f"{name(buyer)} buys from {name(seller)} at {number(price)}." for buyer, seller, price in news.trades]
    elif news.traded:
        prices = dict.fromkeys((number(news.low), number(news.high)))
        lines.append(f"{count(news.traded, 'trade')} at {' to '.join(prices)}.")
    rest = [offer for offer in news.offers if offer[0] not in done]
    if news.offered <= _NAMED:
        lines += [f"{name(seat)} {'bids' if side == 'buy' else 'asks'} {number(price)}." for seat, side, price in rest]
    elif news.offered:
        sides = [[price for _, own, price in news.offers if own == side] for side in ("buy", "sell")]
        bids = f"bids up to {number(max(sides[0]))}" if sides[0] else ""
        asks = f"asks down to {number(min(sides[1]))}" if sides[1] else ""
        lines.append(f"{count(news.offered, 'offer')}: {', '.join(part for part in (bids, asks) if part)}.")
    if 0 < news.declined <= _NAMED:
        lines += [f"An offer of {name(seat)} is refused{f': {why}' if why else ''}." for seat, why in news.refused]
    elif news.declined:
        lines.append(f"{count(news.declined, 'offer')} refused.")
    if news.lapsed:
        lines.append(f"{count(news.lapsed, 'offer')} lapsed.")
    return lines


def moved(floor: Floor | None, entry: Entry, began: float, t: float) -> Floor | None:
    """The prediction market, which *began* with equal prices, after a trade in it; `None` if *entry* quotes none."""
    prices = entry.get("prices")
    if not isinstance(prices, dict) or not 1 < len(prices) <= 60:
        return None
    found = {clean(option, 40): price for option, price in prices.items()
             if isinstance(price, (int, float)) and not isinstance(price, bool) and 0 <= price <= 1}  # fmt: skip
    if len(found) < len(prices):
        return None
    if floor is None or floor.tick or floor.title:
        floor = Floor(began=began)
        for option in found:
            floor.draw(option, began, 1 / len(found))
    floor.now = t
    for option, price in found.items():
        floor.draw(option, t, float(price))
    return floor


def _positive(value: Any) -> float | None:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if known else None


def _number(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
