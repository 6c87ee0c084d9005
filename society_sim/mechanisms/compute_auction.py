"""Compute auction: members bid for a few answers of a stronger model, and all answers are counted by their weight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any

from society_sim.accounts import TREASURY
from society_sim.bounds import AboveZero, Coins, Positive, above
from society_sim.changes import Assign
from society_sim.errors import ScenarioError, nearest
from society_sim.forms import Confident, Number
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins, micro
from society_sim.mechanisms.lots import lot_of
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.auctions import uniform_price
from society_sim.rules.market_text import told
from society_sim.rules.plurality import weighted_plurality
from society_sim.rules.weights import of_chance
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def compute_auction(
    society: Society,
    question: Question,
    *,
    model: str | None = None,
    units: Positive = 1,
    better: Annotated[float, above(0, 1)] = 0.9,
    worth: AboveZero = 10.0,
    reserve: Coins = 0.0,
) -> Doing[Outcome]:
    """Each answers, then bids for one of a few answers by a stronger *model*; those who win are asked again with it.

    A right answer is *worth* so many coins to whoever gives it, and the stronger model is right with the probability
    *better*, as everybody is told. So what its answer is worth to a member is *worth* times how much likelier it is to
    be right than its own: who is unsure bids most. The *units* highest bids win, and all pay the highest that loses
    (or the *reserve*), so nobody gains by another bid. *model* is a name in the scenario's section `models`, with
    `/variant` after it if it has variants; the last one there, if left out. A winner speaks with it for one answer,
    which the record says (`assign`), and what that costs is in the measures of cost.

    All last answers are counted with the log odds of being right: *better* for those bought, what its giver said for
    the others (Nitzan and Paroush 1982); ties by a fair lot. With money, prices go to the treasury, which pays out what
    right answers are worth once the right one is known; bids above the purse are declined, and the record says so.

    An abstention in the first answer is told as no knowledge (as likely right as a blind guess) and is no vote; as a
    bid it bids nothing; of the stronger model it leaves the member's own answer. Facts: `bought` (seats), `price` of
    one answer, `pays`, `revenue`, `worth` in coins and `alone` (what the first answers would have decided).
    `ScenarioError` for a model that is not there, fewer than one unit, *better* outside of 0 to 1; `SocietyError`,
    before anybody is asked, if the treasury could not pay for right answers.

    Source: Vickrey (1961); bidding for machine time goes back to Sutherland (1968), A futures market in computer time.
    """
    strong = _strong(society, model)
    if better == 1:
        raise ScenarioError("mechanism 'compute_auction': better is 1; nobody is right of everything")
    seats = [member.id for member in society.present]
    pot = dealing.endow(society, question, micro(worth) * len(seats))
    first = yield from society.ask_all(question.text, Confident(question.form))
    blind = 1 / len(question.options) if question.options else 0.0
    sure = {seat: _sure(said, blind) for seat, said in first.items()}
    purses = {seat: dealing.purse(society, seat) for seat in seats}
    words = partial(_asked, question.text, first, sure, purses, {"right": worth, "better": better, "units": units})
    said = yield from society.ask_all(words, Number(0, worth), purpose="bid")
    named = {seat: None if bid is None else micro(bid) for seat, bid in said.items()}
    sale = uniform_price(dealing.covered(society, named, "bid"), units, micro(reserve), dealing.lot(society, question))
    society.apply(*dealing.transfers(society, sale.pays, TREASURY, "stronger model"))
    before = {seat: society.members[seat].speaks for seat in _there(society, sale.winners)}
    society.apply(*(Assign(seat, strong) for seat in before))
    again = yield from society.ask_all(question.text, question.form, before)
    society.apply(*(Assign(seat, before[seat]) for seat in _there(society, before)))
    last = {seat: None if said is None else said.value for seat, said in first.items()}
    bought = {seat: answer for seat, answer in again.items() if answer is not None}
    lot, many = lot_of(society, question), max(2, len(question.options))
    alone = weighted_plurality(((own, of_chance(sure[seat], many)) for seat, own in last.items()), lot)
    last |= bought
    weights = {seat: of_chance(better if seat in bought else sure[seat], many) for seat in last}
    decision = weighted_plurality(((own, weights[seat]) for seat, own in last.items()), lot)
    facts = {"bought": list(sale.winners), "price": None if sale.price is None else coins(sale.price),
             "pays": dealing.in_coins(sale.pays), "revenue": coins(sale.revenue), "worth": worth,
             "alone": alone}  # fmt: skip
    return Outcome(decision, last, facts, dealing.prizes(society, pot, last, micro(worth)))


def _there(society: Society, seats: Iterable[int]) -> list[int]:
    """Those of *seats* whose members have not left meanwhile."""
    return [seat for seat in seats if seat not in society.presence.left]


def _strong(society: Society, model: str | None) -> str:
    if model is None:
        return list(society.models)[-1]
    if model.partition("/")[0] not in society.models:
        raise ScenarioError(f"mechanism 'compute_auction': no model {model!r}; {nearest(model, society.models)}")
    return model


def _sure(said: Any, blind: float) -> float:
    """The probability with which an answer is right, as whoever gave it says; *blind* if nothing is said."""
    return blind if said is None or said.confidence is None else float(said.confidence)


def _asked(
    text: str, first: Mapping[int, Any], sure: Mapping[int, float], purses: Mapping[int, int | None],
    facts: Mapping[str, Any], me: View,
) -> str:  # fmt: skip
    own, purse = first[me.id], purses[me.id]
    lines = [text, "An answer by a stronger model is for sale. The highest bids win one each, and all of them pay the "
             "highest bid that does not win."]  # fmt: skip
    if own is not None:
        lines.append(f"Your earlier answer: {own.value}")
    known = told("\n".join(lines), **facts, sure=sure[me.id], purse=None if purse is None else coins(purse))
    return f"{known}\nWrite what you bid for having the stronger model answer in your place."
