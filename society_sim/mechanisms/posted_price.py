"""A posted price: take it or leave it, while there is some."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from society_sim.accounts import TREASURY
from society_sim.bounds import Coins, Positive
from society_sim.forms import Choice
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins, micro
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.market_text import LEAVES, TAKES, told
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def posted_price(
    society: Society,
    question: Question,
    *,
    price: Coins | None = None,
    units: Positive = 1,
    order: Literal["seats", "lot"] = "lot",
) -> Doing[Outcome]:
    """Some *units* are for sale at one *price*: one member after the other takes one or leaves it, till all are sold.

    *price*, in coins: the middle of the range of values, if left out. *order*: who comes first, by `seats` or by `lot`,
    drawn for each question. Who comes when all are sold is not asked.

    A member is told its own value, the price, how many are left, and its purse, if it has one. What is paid goes to the
    treasury. Who takes what it cannot pay for is declined, and the record says so; the next one is asked. An abstention
    leaves it. The decision is the buyer's name; nothing if several units are sold, or none. Each waits for those
    before. Facts as in `sealed_bid`, and `asked` (how many were), `sold` and `left`. `ScenarioError` if the question
    says nothing of values (task `goods`), for fewer than one unit, or for a price below 0.

    Source: Riley and Zeckhauser (1983), Optimal selling strategies: when to haggle, when to hold firm; Chawla,
    Hartline, Malec and Sivan (2010) for how near one price comes to the best auction.
    """
    low, high = question.facts.get("drawn", (0.0, 1.0))
    asked_for = (low + high) / 2 if price is None else price
    worth = dealing.worths(society, question, "posted_price")
    cost, left, asked = micro(asked_for), units, 0
    said: dict[int, Any] = {}
    pays: dict[int, int] = {}
    for member in dealing.in_order(society, question, order):
        if not left:
            break
        asked += 1
        facts = {"price": asked_for, "units": left if units > 1 else None, "drawn": (low, high)}
        words = partial(_asked, question.text, worth, dealing.purse(society, member.id), facts)
        promise = yield from society.ask(member, words, Choice((TAKES, LEAVES)))
        said[member.id] = promise.value
        if promise.value != TAKES:
            continue
        owed = dealing.transfers(society, {member.id: cost}, TREASURY, "sale")
        if not owed or society.pay(*owed):
            pays[member.id] = cost
            left -= 1
    found = dealing.result(worth, dict.fromkeys(pays, 1), pays, dealing.highest(worth, units))
    winner = society.names[next(iter(pays))] if units == 1 and pays else None
    return Outcome(winner, said, {**found, "price": asked_for, "asked": asked, "sold": len(pays), "left": left})


def _asked(text: str, worth: Mapping[int, int], purse: int | None, facts: Mapping[str, Any], me: View) -> str:
    known = told(text, **facts, worth=coins(worth[me.id]), purse=None if purse is None else coins(purse))
    return f"{known}\nDo you take one at this price, or leave it?"
