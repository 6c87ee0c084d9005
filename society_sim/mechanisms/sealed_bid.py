"""Sealed bids: everybody writes down one price, and the highest buy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from society_sim.accounts import TREASURY
from society_sim.bounds import Coins, Positive
from society_sim.forms import Number
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins, micro
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.auctions import pay_as_bid, uniform_price
from society_sim.rules.market_text import told
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

_MOST = 10  # times the highest value is the highest bid that can be written down


@mechanism
def sealed_bid(
    society: Society,
    question: Question,
    *,
    pays: Literal["own", "next"] = "next",
    units: Positive = 1,
    reserve: Coins = 0.0,
) -> Doing[Outcome]:
    """Each writes down what it bids for one unit, unseen by others; the highest bids win.

    *pays*: winners pay their `own` bid (first price, or pay as bid for several *units*), or the `next`: the highest bid
    that loses (second price, or a uniform price). *reserve*, in coins: nothing is sold below.

    A bidder is told its own value, how many bid, from what range values are drawn, how the price is made, and its
    purse, if it has one. What is paid goes to the treasury. A bid above the purse is declined, and the record says so.
    Equal bids are settled by a fair lot. An abstention is no bid. The decision is the winner's name; nothing if several
    units are sold, or none. Facts: `gets` and `pays` by seat, `price` (`null` where it is not the same for all),
    `revenue`, `welfare` (what the units are worth to those who got them) and `optimum` (the most that could be).
    `ScenarioError` if the question says nothing of values (task `goods`), fewer than one unit, or a reserve below 0.

    Source: Vickrey (1961); Myerson (1981); Krishna (2010), Auction Theory.
    """
    worth = dealing.worths(society, question, "sealed_bid")
    names = {("own", False): "first", ("next", False): "second", ("own", True): "pay_as_bid", ("next", True): "uniform"}
    facts = {"pricing": names[pays, units > 1], "bidders": len(worth), "units": units if units > 1 else None,
             "reserve": reserve or None, "drawn": tuple(question.facts["drawn"])}  # fmt: skip
    purses = {seat: dealing.purse(society, seat) for seat in worth}
    words = partial(_asked, question.text, worth, purses, facts)
    said = yield from society.ask_all(words, Number(0.0, _MOST * question.facts["drawn"][1]))
    named = {seat: None if bid is None else micro(bid) for seat, bid in said.items()}
    bids = dealing.covered(society, named, "bid")
    rule, floor = pay_as_bid if pays == "own" else uniform_price, micro(reserve)
    sale = rule(bids, units, floor, dealing.lot(society, question))
    society.apply(*dealing.transfers(society, sale.pays, TREASURY, "sale"))
    found = dealing.result(worth, sale.units, sale.pays, dealing.highest(worth, units, floor))
    price = None if sale.price is None else coins(sale.price)
    winner = sale.winner if units == 1 else None
    return Outcome(None if winner is None else society.names[winner], said, {**found, "price": price})


def _asked(
    text: str, worth: Mapping[int, int], purses: Mapping[int, int | None], facts: Mapping[str, Any], me: View
) -> str:
    purse = purses[me.id]
    known = told(text, **facts, worth=coins(worth[me.id]), purse=None if purse is None else coins(purse))
    return f"{known}\nWrite what you bid. Nobody else sees it."
