"""An exchange: what members may trade there, what their orders set aside, and how their trades are settled.

Orders are for one unit: the next that its trader may trade. Prices are whole ticks. In a scenario with the section
`money`, goods and coins are on accounts, and an order sets aside in escrow what it would take, so that nobody sells
what it does not hold, or bids what it does not have. Without, purses have no bottom, and all is on paper.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from society_sim.accounts import MICRO, TOKENS, TREASURY, WORLD, Owner
from society_sim.changes import Change, Denominate, Transfer
from society_sim.errors import ScenarioError
from society_sim.mechanisms.dealing import coins, micro, pot_of, purse_told
from society_sim.rules.equilibrium import Equilibrium, equilibrium
from society_sim.rules.market_text import told
from society_sim.rules.order_book import OrderBook
from society_sim.rules.order_events import Accepted, Cancelled, Event, Expired, Refused, Traded
from society_sim.rules.order_events import told as plain
from society_sim.rules.supply import Trader, traders
from society_sim.society import Society
from society_sim.values import Outcome, Question


class Exchange:
    """One session: who trades what in it, the *book* of its orders, and what has come of them.

    *name* is that of the mechanism, *good* the unit in which accounts hold what is traded. *rules*: what of the
    mechanism's parameters the record is told. `ScenarioError` if the question says nothing of supply and demand.
    """

    def __init__(
        self, society: Society, question: Question, name: str, *, tick: float, good: str, **rules: Any
    ) -> None:
        self.society, self.question, self.good = society, question, good
        self.tick = micro(tick)
        self.traders = _traders(society, question, name)
        ends = [micro(end) for end in question.facts["drawn"]]
        if self.tick < 1 or any(end % self.tick for end in ends):
            raise ScenarioError(f"mechanism {name!r}: tick is {tick:g}; it is a millionth or more, and prices end at "
                                f"whole multiples of it, not at {coins(ends[0]):g} and {coins(ends[1]):g}")  # fmt: skip
        self.unit = society.payments.unit
        if good in (self.unit, TOKENS, ""):
            raise ScenarioError(f"mechanism {name!r}: good is {good!r}; call it anything but what is paid in")
        self.book = OrderBook(lowest=ends[0] // self.tick, highest=ends[1] // self.tick, now=society.now)
        self.done = dict.fromkeys(self.traders, 0)
        self._may = {side: {seat for seat, trader in self.traders.items() if trader.side == side}
                     for side in ("buy", "sell")}  # fmt: skip
        self.paid: list[int] = []
        self._pays = dict.fromkeys(self.traders, 0)
        self._named: dict[int, int] = {}  # seat -> the price that it named last, in ticks
        self._standing: dict[int, tuple[int, int]] = {}  # seat -> its order's number, and its price in ticks
        self._welfare = self._kept = 0
        self._best = self._equilibrium()
        self._pot = pot_of(society, question)
        known = {"low": coins(int(self._best.low)), "high": coins(int(self._best.high))} if self._bounded else {}
        society.log("market", about=question.id, good=good, tick=tick, lowest=self.book.lowest,
                    highest=self.book.highest, buyers=self._of("buy"), sellers=self._of("sell"),
                    competitive={"quantity": self._best.quantity, **known}, **rules)  # fmt: skip
        self._endow()

    # --- who may trade what -------------------------------------------------------------------------------------------

    def wants(self, seat: int) -> int | None:
        """What the next unit is worth to *seat*, in micro-coins; `None` if it has no more to trade, or has left."""
        trader = self.traders[seat]
        return int(trader.units[self.done[seat]]) if seat in self._may[trader.side] else None

    @property
    def open(self) -> bool:
        """Whether somebody may still buy and somebody may still sell."""
        return bool(self._may["buy"] and self._may["sell"])

    def known(self, seat: int) -> dict[str, Any]:
        """What *seat* is told of the market, as `rules.market_text` has it."""
        worth, trader = self.wants(seat) or 0, self.traders[seat]
        return {
            "worth" if trader.side == "buy" else "cost": coins(worth),
            "left": len(trader.units) - self.done[seat] if len(trader.units) > 1 else None,
            "purse": purse_told(self.society, seat),
            "own": self._quoted(self._named.get(seat)),
            "bid": self._quoted(self.book.best_bid), "ask": self._quoted(self.book.best_ask),
            "last": self.price(self.paid[-1]) if self.paid else None, "tick": coins(self.tick),
        }  # fmt: skip

    def prompt(self, seat: int, how: str, turns: int) -> str:
        """What *seat* is asked; *how* says what becomes of the price that it names, *turns* how many are left."""
        buys = self.traders[seat].side == "buy"
        gain = "your value of it less the price" if buys else "the price less your cost of it"
        verb = "buy" if buys else "sell"
        text = f"{self.question.text}\nYou may {verb} one unit now, and gain {gain}."
        known = told(text, **self.known(seat), turns=turns)
        return f"{known}\nName the price for which you would {verb} it. {how}"

    def price(self, ticks: int) -> float:
        """*ticks* in coins."""
        return ticks * self.tick / MICRO

    def _quoted(self, ticks: int | None) -> float | None:
        return None if ticks is None else self.price(ticks)

    def _of(self, side: str) -> list[int]:
        return [seat for seat, trader in self.traders.items() if trader.side == side]

    # --- orders -------------------------------------------------------------------------------------------------------

    def order(self, seat: int, price: float, *, expires: float | None = None, improve: bool = False) -> bool:
        """Let *seat* offer its next unit for *price* coins, in place of what it offered; whether it was traded at once.

        With *improve*, an offer is refused unless it is better than the best of its side. What is refused leaves the
        old one in place.
        """
        side, ticks, standing = self.traders[seat].side, self._ticks(seat, price), self._standing.get(seat)
        if standing is not None and standing[1] == ticks:
            return False
        refused = (self._worse(seat, side, ticks) if improve else None) or self._beyond(seat, side, ticks)
        if refused is not None:
            return self.take([refused])
        if standing is not None:
            self.take(self.book.cancel(standing[0]))
        self._reserve(seat, ticks)
        return self.take(self.book.submit(seat, side, 1, ticks, expires=expires))

    def offer(self, seat: int, price: float, number: int) -> Accepted | None:
        """Let *seat* offer its next unit beside the book, for a call, under *number*; `None` if it is refused."""
        side, ticks = self.traders[seat].side, self._ticks(seat, price)
        refused = self._beyond(seat, side, ticks)
        accepted = Accepted(number, seat, side, ticks, 1)
        if refused is None:
            self._reserve(seat, ticks)
        self.take([refused or accepted])
        return None if refused else accepted

    def _ticks(self, seat: int, price: float) -> int:
        """Take note of *price*, in ticks, rounded in favour of *seat*: nobody pays more, or gets less, than it said."""
        whole = micro(price)
        ticks = whole // self.tick if self.traders[seat].side == "buy" else -(-whole // self.tick)
        self._named[seat] = ticks
        return ticks

    def _worse(self, seat: int, side: str, ticks: int) -> Refused | None:
        best = self.book.best_bid if side == "buy" else self.book.best_ask
        if best is None or (ticks > best if side == "buy" else ticks < best):
            return None
        return Refused(seat, "improve", f"{self.price(ticks):g} is no better than {self.price(best):g}")

    def _beyond(self, seat: int, side: str, ticks: int) -> Refused | None:
        """Why *seat* cannot set aside what it offers; what its offer before has set aside counts as its own."""
        if self.unit is None:
            return None
        standing = self._standing.get(seat)
        if side == "sell":
            if standing is not None or self.society.accounts.free(seat, self.good):
                return None
            return Refused(seat, "holding", f"{seat} holds no {self.good} to sell")
        before = 0 if standing is None else standing[1] * self.tick
        has, bid = self.society.accounts.free(seat, self.unit) + before, ticks * self.tick
        return None if bid <= has else Refused(seat, "purse", f"{seat} can pay {coins(has):g}, and bids {coins(bid):g}")

    def _reserve(self, seat: int, ticks: int) -> None:
        """Set aside what an offer of *seat* at *ticks* would take."""
        self._move(seat, self._pot, self.traders[seat].side, ticks, "order")

    def _release(self, seat: int, ticks: int) -> None:
        """Give back what was set aside for an offer of *seat* at *ticks* that is no more."""
        self._move(self._pot, seat, self.traders[seat].side, ticks, "refund")

    def _move(self, source: Owner, target: Owner, side: str, ticks: int, why: str) -> None:
        if self.unit is not None:
            unit, amount = (self.unit, ticks * self.tick) if side == "buy" else (self.good, 1)
            if amount:
                self.society.apply(Transfer(source, target, amount, unit, why))

    def advance(self) -> None:
        """Let orders leave whose time is up, and those of members who have left."""
        self.take(self.book.advance(self.society.now))
        if left := self.society.presence.left:
            for may in self._may.values():
                may -= left
            for seat in sorted(left & self._standing.keys()):
                self.take(self.book.clear("left", seat))

    def withdraw(self, why: str) -> None:
        """Empty the book."""
        self.take(self.book.clear(why))

    # --- what comes of them -------------------------------------------------------------------------------------------

    def take(self, events: Iterable[Event], gets: int | None = None) -> bool:
        """Record *events* of the book and settle them; whether anything was traded.

        *gets*: what sellers get in a trade, in ticks, where it is not what buyers pay.
        """
        traded = False
        for event in events:
            told = {name: value for name, value in plain(event).items() if value is not None}
            self.society.log("book", about=self.question.id, **told)
            if isinstance(event, Accepted):
                self._standing[int(event.trader)] = event.order, event.price or 0
            elif isinstance(event, Traded):
                self._trade(int(event.buyer), int(event.seller), event.price, event.price if gets is None else gets)
                traded = True
            elif isinstance(event, Cancelled | Expired):
                del self._standing[int(event.trader)]
                self._release(int(event.trader), event.price or 0)
        return traded

    def _trade(self, buyer: int, seller: int, pays: int, gets: int) -> None:
        """One unit changes hands; the buyer pays *pays* ticks, the seller gets *gets*, and the treasury the rest."""
        worth, cost, unit = self.wants(buyer) or 0, self.wants(seller) or 0, self.unit
        bid, paid, got = self._standing.pop(buyer)[1] * self.tick, pays * self.tick, gets * self.tick
        del self._standing[seller]
        if unit is not None:
            sides = [Transfer(self._pot, buyer, bid, unit, "refund"),
                     Transfer(self._pot, seller, 1, self.good, "refund"),
                     Transfer(buyer, seller, got, unit, "trade"),
                     Transfer(buyer, TREASURY, paid - got, unit, "trade"),
                     Transfer(seller, buyer, 1, self.good, "trade")]  # fmt: skip
            self.society.apply(*(one for one in sides if one.amount))
        for seat, amount in ((buyer, paid), (seller, -got)):
            self.done[seat] += 1
            if self.done[seat] == len(self.traders[seat].units):
                self._may[self.traders[seat].side].discard(seat)
            self._pays[seat] += amount
        self._welfare += worth - cost
        self._kept += paid - got
        self.paid.append(pays)

    def outcome(self, said: dict[int, Any]) -> Outcome:
        """The last price paid decides; nothing does if nobody has traded."""
        facts = {
            "quantity": len(self.paid), "prices": [self.price(paid) for paid in self.paid],
            "gets": {seat: many if self.traders[seat].side == "buy" else -many
                     for seat, many in self.done.items() if many},
            "pays": {seat: coins(self._pays[seat]) for seat, many in self.done.items() if many},
            "revenue": coins(self._kept), "welfare": coins(self._welfare), "optimum": coins(int(self._best.surplus)),
        }  # fmt: skip
        return Outcome(self.price(self.paid[-1]) if self.paid else None, said, facts)

    # --- the beginning ------------------------------------------------------------------------------------------------

    def _equilibrium(self) -> Equilibrium:
        units = {side: [unit for seat in self._of(side) for unit in self.traders[seat].units]
                 for side in ("buy", "sell")}  # fmt: skip
        return equilibrium(units["buy"], units["sell"])

    @property
    def _bounded(self) -> bool:
        return abs(self._best.low) < float("inf") and abs(self._best.high) < float("inf")

    def _endow(self) -> None:
        """Let sellers have what they may sell."""
        if self.unit is None:
            return
        accounts = self.society.accounts
        opened: list[Change] = [] if self.good in accounts.units else [Denominate(self.good, 1)]
        has = dict.fromkeys(self.traders, 0) if opened else accounts.balances(self.good)
        lacks = {seat: len(trader.units) - has.get(seat, 0) for seat, trader in self.traders.items()
                 if trader.side == "sell"}  # fmt: skip
        given = [Transfer(WORLD, seat, many, self.good, "endowment") for seat, many in lacks.items() if many > 0]
        self.society.apply(*opened, *given)


def _traders(society: Society, question: Question, name: str) -> dict[int, Trader]:
    """What those who are present may trade, in micro-coins."""
    plan = question.facts.get("trade")
    if plan is None:
        raise ScenarioError(f"mechanism {name!r}: question {question.id!r} says nothing of supply and demand; use task "
                            "trade")  # fmt: skip
    try:
        all_of_them = traders(plan, len(society.members), *question.facts["drawn"])
    except ValueError as error:
        raise ScenarioError(f"mechanism {name!r}: {error}") from None
    return {member.id: Trader(all_of_them[member.id].side, tuple(map(micro, all_of_them[member.id].units)))
            for member in society.present}  # fmt: skip
