"""Call market: offers are collected, and those that meet trade at one moment and one price."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from society_sim.bounds import AboveZero, Positive, Share
from society_sim.forms import Number
from society_sim.mechanisms import dealing
from society_sim.mechanisms.exchange import Exchange
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.amounts import shuffled
from society_sim.rules.call_market import Call, Limit, call, trade_reduction
from society_sim.rules.order_events import Accepted, Cancelled, Traded
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def call_market(
    society: Society,
    question: Question,
    *,
    pricing: Literal["k", "mcafee"] = "k",
    k: Share = 0.5,
    rounds: Positive = 1,
    tick: AboveZero = 1.0,
    good: str = "good",
) -> Doing[Outcome]:
    """Everybody writes down one price; then as many units as possible are traded, the best offers first.

    *pricing* `k`: all trade at one price, *k* of the way up from the lowest to the highest that clears the market (1:
    buyers set it, 0: sellers). `mcafee`: the truth is best for everybody; the least eager pair may be left out, and
    what buyers then pay more than sellers get goes to the treasury. In each of *rounds* there is one call, for the next
    unit of each; from the second on the last price is known. *tick*, in coins: prices are whole multiples, rounded in
    favour of who named them.

    A trader is told its own value or cost, the last price and its purse. With the section `money`, *good* is a unit on
    accounts and sellers are given what they may sell; a bid above the purse is refused (`purse`), and so is selling
    what one does not hold (`holding`). Equal offers are settled by a fair lot. An abstention offers nothing. The
    decision is the last price that buyers paid, nothing if nothing was traded. Facts and entries are those of
    `double_auction`. `ScenarioError` if the question says nothing of supply and demand (task `trade`).

    Source: Chatterjee and Samuelson (1983), the k-double auction; McAfee (1992).
    """
    exchange = Exchange(society, question, "call_market", tick=tick, good=good, pricing=pricing)
    rule = partial(call, k=k) if pricing == "k" else trade_reduction
    form, said, number = Number(*question.facts["drawn"]), dict[int, Any](), 0
    for turn in range(rounds):
        seats = [seat for seat in exchange.traders if exchange.wants(seat) is not None]
        if not exchange.open:
            break
        words = {seat: exchange.prompt(seat, _HOW[pricing], rounds - turn) for seat in seats}
        named = yield from society.ask_all(partial(_words, words), form, of=seats)
        said.update(named)
        lot = dealing.lot(society, question, "call", turn)
        number = _cleared(exchange, rule, {seat: named[seat] for seat in shuffled(seats, lot, "call")}, number)
    return exchange.outcome(said)


_HOW = {
    "k": "All offers are opened together, the best ones trade, and all of those trade at one price.",
    "mcafee": "All offers are opened together and the best ones trade, at a price that does not depend on your own.",
}


def _words(words: dict[int, str], me: View) -> str:
    return words[me.id]


def _cleared(exchange: Exchange, rule: Any, named: dict[int, float | None], number: int) -> int:
    """One call: what is offered is set aside, what meets is traded, the rest is given back; the next order's number."""
    orders: dict[str, list[Accepted]] = {"buy": [], "sell": []}
    for seat, price in named.items():
        accepted = None if price is None else exchange.offer(seat, price, number)
        if accepted is not None:
            orders[accepted.side].append(accepted)
            number += 1
    limits = {side: [Limit(one.trader, one.price or 0) for one in own] for side, own in orders.items()}
    found: Call = rule(limits["buy"], limits["sell"])
    traded = {side: [one for one, filled in zip(orders[side], filled_all, strict=True) if filled]
              for side, filled_all in (("buy", found.bought), ("sell", found.sold))}  # fmt: skip
    for bid, ask in zip(traded["buy"], traded["sell"], strict=True):
        exchange.take([Traded(bid.trader, ask.trader, found.pays or 0, 1, bid.order, ask.order, "call")], found.gets)
    over = [one for own in orders.values() for one in own if one not in traded[one.side]]
    exchange.take(Cancelled(one.order, one.trader, one.side, one.price, 1, "called") for one in over)
    return number
