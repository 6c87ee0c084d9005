"""Sealed bids: everybody writes down one price, and the highest buy."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from society_sim.errors import ScenarioError
from society_sim.forms import Number
from society_sim.member import View
from society_sim.mechanisms import dealing
from society_sim.registry import mechanism
from society_sim.rules.auctions import first_price, pay_as_bid, second_price, uniform_price
from society_sim.rules.market_text import told
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

_MOST = 10  # times the highest value is the highest bid that can be made


@mechanism
def sealed_bid(
    society: Society,
    question: Question,
    *,
    pays: Literal["own", "next"] = "next",
    units: int = 1,
    reserve: float = 0.0,
) -> Doing[Outcome]:
    """Each writes down what it bids for one unit, unseen by others; the highest bids win.

    *pays*: its `own` bid (first price; pay-as-bid for several *units*), or the `next`, the highest bid that loses
    (second price; uniform price). Nothing is sold below the *reserve*.
    """
    worth = dealing.worths(society, question, "sealed_bid")
    low, high = question.facts["drawn"]
    pricing = {("own", False): "first", ("next", False): "second", ("own", True): "pay_as_bid", ("next", True): "uniform"}[
        pays, units > 1
    ]
    words = partial(_asked, question.text, worth, {
        "pricing": pricing, "bidders": len(worth), "units": units if units > 1 else None, "reserve": reserve or None,
        "drawn": (low, high),
    })
    bids = yield from society.ask_all(words, Number(0.0, _MOST * high))
    cast = dict(bids.items())
    rule = pay_as_bid if pays == "own" else uniform_price
    sale = rule(cast, units, reserve, dealing.lot(society, question))
    facts = dealing.facts(worth, sale.units, sale.pays, dealing.highest(worth, units, reserve))
    decision = society.names[sale.winner] if units == 1 and sale.winner is not None else None
    return Outcome(decision, cast, {**facts, "price": sale.price})


def _asked(text: str, worth: dict[int, float], facts: dict[str, Any], me: View) -> str:
    return told(text, **facts, worth=worth[me.id]) + "\nWrite what you bid. Nobody else sees it."
