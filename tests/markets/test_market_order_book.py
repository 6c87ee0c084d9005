"""The order book against a model that is too simple to be wrong: a list that is searched anew for every order."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from society_sim.rules import order_book, order_queue
from society_sim.rules.order_book import SELF_TRADES, OrderBook
from society_sim.rules.order_events import Accepted, Cancelled, Expired, Refused, Traded, event_of, told

SIDE = st.sampled_from(("buy", "sell"))
TRADER = st.integers(0, 3)
PRICE = st.integers(1, 9)


@dataclass
class Plain:
    """An order of the model."""

    number: int
    trader: int
    side: str
    price: int
    left: int
    expires: float | None


class Exchange(RuleBasedStateMachine):
    """Whatever is done to the book is done to a plain list; both must say the same."""

    @initialize(self_trade=st.sampled_from(SELF_TRADES))
    def begin(self, self_trade):
        self.settings = {"self_trade": self_trade, "lowest": 1}
        self.book = OrderBook(**self.settings)
        self.plain: list[Plain] = []
        self.numbers, self.now = 0, 0.0
        self.events: list = []
        self.entered = {"buy": 0, "sell": 0}
        self.left = {"buy": 0, "sell": 0}
        self.traded = 0

    def tell(self, events, expected):
        assert list(events) == expected
        self.events += events
        for event in events:
            if isinstance(event, Accepted):
                self.entered[event.side] += event.quantity
            elif isinstance(event, Traded):
                self.traded += event.quantity
            elif isinstance(event, (Cancelled, Expired)):
                self.left[event.side] += event.quantity

    def gone(self, order, why):
        self.plain.remove(order)
        return Cancelled(order.number, order.trader, order.side, order.price, order.left, why)

    def entered_plainly(self, trader, side, quantity, price, expires):
        number = self.numbers
        self.numbers += 1
        said = [Accepted(number, trader, side, price, quantity, expires)]
        sign = 1 if side == "buy" else -1
        while quantity:
            others = [o for o in self.plain if o.side != side and (price is None or sign * (price - o.price) >= 0)]
            if not others:
                break
            first = min(others, key=lambda o: (sign * o.price, o.number))
            if first.trader == trader and self.settings["self_trade"] == "cancel_resting":
                said.append(self.gone(first, "self-trade"))
            elif first.trader == trader and self.settings["self_trade"] == "cancel_incoming":
                return [*said, Cancelled(number, trader, side, price, quantity, "self-trade")]
            else:
                size = min(quantity, first.left)
                pair = [(trader, number), (first.trader, first.number)][::sign]
                said.append(Traded(pair[0][0], pair[1][0], first.price, size, pair[0][1], pair[1][1], side))
                quantity, first.left = quantity - size, first.left - size
                if not first.left:
                    self.plain.remove(first)
        if quantity and price is None:
            said.append(Cancelled(number, trader, side, None, quantity, "unfilled"))
        elif quantity:
            self.plain.append(Plain(number, trader, side, price, quantity, expires))
        return said

    @rule(trader=TRADER, side=SIDE, quantity=st.integers(1, 6), price=PRICE, lasts=st.none() | st.integers(1, 5))
    def limit(self, trader, side, quantity, price, lasts):
        expires = None if lasts is None else self.now + lasts
        events = self.book.submit(trader, side, quantity, price, expires=expires)
        self.tell(events, self.entered_plainly(trader, side, quantity, price, expires))

    @rule(trader=TRADER, side=SIDE, quantity=st.integers(1, 12))
    def market(self, trader, side, quantity):
        there = [o for o in self.plain if o.side != side]
        filled, money = self.book.quote(side, quantity)
        events = self.book.submit(trader, side, quantity)
        self.tell(events, self.entered_plainly(trader, side, quantity, None, None))
        if all(o.trader != trader for o in there) or self.settings["self_trade"] == "allow":
            trades = [event for event in events if isinstance(event, Traded)]
            assert (filled, money) == (sum(t.quantity for t in trades), sum(t.quantity * t.price for t in trades))

    @precondition(lambda self: self.plain)
    @rule(which=st.integers(0, 99))
    def cancel(self, which):
        order = self.plain[which % len(self.plain)]
        self.tell(self.book.cancel(order.number, order.trader), [self.gone(order, "asked")])

    @precondition(lambda self: self.plain)
    @rule(which=st.integers(0, 99), quantity=st.none() | st.integers(1, 6), price=st.none() | PRICE)
    def modify(self, which, quantity, price):
        old = self.plain[which % len(self.plain)]
        events = self.book.modify(old.number, quantity=quantity, price=price)
        expected = [self.gone(old, "modified")]
        expected += self.entered_plainly(old.trader, old.side, quantity or old.left, price or old.price, old.expires)
        self.tell(events, expected)

    @rule(by=st.integers(0, 3))
    def advance(self, by):
        self.now += by
        gone = sorted((o for o in self.plain if o.expires is not None and o.expires <= self.now),
                      key=lambda o: (o.expires, o.number))  # fmt: skip
        self.plain = [o for o in self.plain if o not in gone]
        self.tell(self.book.advance(self.now), [Expired(o.number, o.trader, o.side, o.price, o.left) for o in gone])

    @rule(trader=TRADER)
    def leave(self, trader):
        theirs = [o for o in self.plain if o.trader == trader]
        self.tell(self.book.clear("left", trader), [self.gone(o, "left") for o in theirs])

    @precondition(lambda self: self.plain)
    @rule(which=st.integers(0, 99))
    def refused(self, which):
        order = self.plain[which % len(self.plain)]
        before = self.book.orders()
        wrong = [
            (self.book.submit(0, "buy", 0, 5), "quantity"),
            (self.book.submit(0, "sell", 1, 0), "price"),
            (self.book.modify(order.number, quantity=-1), "quantity"),
            (self.book.modify(order.number, price=-1), "price"),
            (self.book.cancel(order.number, order.trader + 1), "owner"),
            (self.book.cancel(self.numbers), "order"),
        ]
        for (event,), name in wrong:
            assert isinstance(event, Refused) and event.rule == name
            self.events.append(event)
        assert self.book.orders() == before

    @invariant()
    def same(self):
        orders = self.book.orders()
        assert [tuple(order) for order in orders] == [
            (o.number, o.trader, o.side, o.price, o.left, o.expires) for o in self.plain
        ]
        assert len(self.book) == len(orders)
        for trader in range(4):
            assert self.book.orders(trader) == tuple(order for order in orders if order.trader == trader)
        bid = max((o.price for o in self.plain if o.side == "buy"), default=None)
        ask = min((o.price for o in self.plain if o.side == "sell"), default=None)
        assert (self.book.best_bid, self.book.best_ask) == (bid, ask)
        if bid is not None and ask is not None:
            assert self.book.spread == ask - bid > 0 and self.book.mid == (ask + bid) / 2

    @invariant()
    def conserved(self):
        for side in ("buy", "sell"):
            depth = dict(self.book.depth(side))
            waits = sum(depth.values())
            assert list(depth) == sorted(depth, reverse=side == "buy") and min(depth.values(), default=1) > 0
            assert self.entered[side] == self.traded + self.left[side] + waits

    def teardown(self):
        """The record of events makes the same book, also after each of them has been written down and read."""
        written = [event_of(json.loads(json.dumps(told(event)))) for event in self.events]
        assert written == self.events and [type(e) for e in written] == [type(e) for e in self.events]
        again = OrderBook.of(written, **self.settings, now=self.now)
        assert again.orders() == self.book.orders()
        assert [again.depth(side) for side in ("buy", "sell")] == [self.book.depth(side) for side in ("buy", "sell")]
        for book in (again, self.book):
            assert book.submit(9, "buy", 4, 9)[0] == Accepted(self.numbers, 9, "buy", 9, 4)
        assert again.advance(self.now + 9) == self.book.advance(self.now + 9)


TestExchange = Exchange.TestCase
TestExchange.settings = settings(max_examples=25, stateful_step_count=50)


def a_day(seed: int, steps: int) -> None:
    """The same machine driven by a plain generator: ten times as many steps in the time, and nothing is shrunk."""
    luck = random.Random(seed)
    day = Exchange()
    day.begin(luck.choice(SELF_TRADES))
    for _ in range(steps):
        trader, side = luck.randrange(4), luck.choice(("buy", "sell"))
        price, quantity = luck.randint(1, 9), luck.randint(1, 6)
        what = luck.random()
        if what < 0.6:
            day.limit(trader, side, quantity, price, luck.choice((None, None, None, 1, 3, 5)))
        elif what < 0.7:
            day.market(trader, side, 2 * quantity)
        elif what < 0.73:
            day.leave(trader)
        elif what < 0.83:
            day.advance(luck.randrange(3))
        elif day.plain:
            which = luck.randrange(100)
            if what < 0.9:
                day.cancel(which)
            elif what < 0.98:
                day.modify(which, luck.choice((None, quantity)), luck.choice((None, price)))
            else:
                day.refused(which)
        day.same()
        day.conserved()
    day.teardown()


@pytest.mark.slow
def test_days_of_trade(monkeypatch):
    for module in (order_book, order_queue):  # the dead are cleared away as soon as there are any
        monkeypatch.setattr(module, "TIDY", 1)
    for seed in range(150):
        a_day(seed, 50)


@pytest.mark.slow
def test_many_days_of_trade():
    """200 days here; it held on 800."""
    for seed in range(1000, 1200):
        a_day(seed, 100)


@pytest.mark.parametrize(
    ("order", "rule"),
    [
        (("a", "hold", 1, 5), "side"),
        (("a", "buy", 1.0, 5), "quantity"),
        (("a", "buy", True, 5), "quantity"),
        (("a", "buy", 1, math.nan), "price"),
        (("a", "buy", 1, math.inf), "price"),
        (("a", "buy", 1, -3), "price"),
        (("a", "buy", 1, 101), "price"),
    ],
)
def test_what_is_no_order_is_refused_by_name(order, rule):
    book = OrderBook(highest=100)
    (event,) = book.submit(*order)
    assert isinstance(event, Refused) and event.rule == rule and not len(book)


def test_time_only_goes_on_and_an_order_has_to_outlast_now():
    book = OrderBook(now=3.0)
    for expires in (3.0, math.nan, 1):
        assert book.submit("a", "buy", 1, 5, expires=expires)[0].rule == "expiry"
    for now in (2.0, math.nan):
        with pytest.raises(ValueError, match=r"time goes on from 3\.0"):
            book.advance(now)


def test_a_book_that_cannot_have_been_is_not_rebuilt():
    with pytest.raises(ValueError, match=r"event 1 .* names order 4, which is not in the book"):
        OrderBook.of([Accepted(0, "a", "buy", 5, 1), Cancelled(4, "a", "buy", 5, 1, "asked")])
    with pytest.raises(ValueError, match="self_trade is one of"):
        OrderBook(self_trade="fine")


def test_cancelled_orders_do_not_pile_up():
    """A quoter that replaces its order all day leaves a book as small as it was."""
    book = OrderBook()
    book.submit("deep", "sell", 1, 50)
    number = book.submit("mm", "sell", 1, 99, expires=1e9)[0].order
    for price in range(20_000):
        number = book.modify(number, price=60 + price % 40)[1].order
    kept = [sum(len(level.orders) for level in book._sells.levels.values()), len(book._of["mm"]), len(book._ends)]
    assert len(book) == 2 and max(kept) < 300
    for price in range(100, 20_100):  # prices that nobody will name again
        number = book.modify(number, price=price)[1].order
    assert len(book._sells.levels) < 300
    book.modify(number, price=99)
    assert book.depth("sell") == [(50, 1), (99, 1)] and book.best_ask == 50
    assert [event.price for event in book.submit("x", "buy", 2)[1:]] == [50, 99] and book.best_ask is None


def test_clearing_tells_every_order_the_oldest_first():
    book = OrderBook()
    for trader, side, price in (("a", "sell", 9), ("b", "buy", 3), ("a", "buy", 4)):
        book.submit(trader, side, 2, price)
    assert [(event.order, event.why) for event in book.clear("the day is over")] == [
        (0, "the day is over"), (1, "the day is over"), (2, "the day is over")]  # fmt: skip
    assert not len(book) and book.depth("buy") == [] and book.best_ask is None
