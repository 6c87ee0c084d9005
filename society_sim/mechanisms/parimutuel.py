"""Parimutuel: members stake on answers, and those who staked on the right one share the pool."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from society_sim.bounds import PositiveFloat, below
from society_sim.forms import Fields, Number
from society_sim.mechanisms import dealing, wagers
from society_sim.mechanisms.dealing import coins, micro
from society_sim.mechanisms.wagers import ASKED, Book
from society_sim.registry import mechanism
from society_sim.rules import prediction
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def parimutuel(
    society: Society, question: Question, *, stakes: str = ASKED, most: PositiveFloat = 10.0,
    take: Annotated[float, below(1, 0)] = 0.0,
) -> Doing[Outcome]:
    """Everyone stakes on one answer, unseen by others; the answer on which most is staked is taken.

    *stakes*: members are `asked` for an answer and a stake up to *most* coins; or they are asked for the answer alone,
    in any form that the question has, and stake *most* coins each (`equal`), or *most* times a trait of that name, a
    number from 0 (`accuracy` or `weight`, which population `panel` learns on other questions). Nobody stakes more than
    its purse: who is asked for a stake and names more has staked nothing, and the record says that it was declined;
    what a trait stakes is cut.

    With the section `money`, stakes go into an escrow, and when the right answer is known the pool, less the share
    *take* (from 0 to below 1) for the treasury, is divided among those who staked on it, in proportion to stakes; if
    nobody did, or it never is known, everybody gets its stake back. Without, it is on paper.

    An abstention, and a stake of 0, is none; if nobody stakes, nothing is decided; equal pools are settled by a fair
    lot. Facts: `prices` (the share of the pool on each option), `pool` in coins, `pays` by seat, and `holdings`: what
    each gets if an option is right. `ScenarioError` for a trait that is no number, and for a question of which no
    answer can be right (an opinion, a sale).

    Source: Oller (1867), the pari mutuel; as a source of forecasts Plott, Wit and Yang (2003), Parimutuel betting
    markets as information aggregation devices. With `stakes: weight` it decides as votes weighted by log odds do.
    """
    wagers.check_settles(question, "parimutuel")
    if stakes == ASKED:
        known = {member.id: {"purse": dealing.purse_told(society, member.id)} for member in society.present}
        text = (f"{question.text}\nThis is settled by stakes. Those who stake on the right option share all that was "
                f"staked, in proportion. You may stake up to {most:.15g} coins.")  # fmt: skip
        words = partial(dealing.asked, text, known,
                        "Name the option, and how much you stake on it. Nobody else sees it.")  # fmt: skip
        said = yield from society.ask_all(words, Fields({"answer": question.form, "stake": Number(0, most)}))
        named = dealing.in_micro({seat: None if own is None else own["stake"] for seat, own in said.items()})
        answers: Mapping[int, Any] = {seat: None if own is None else own["answer"] for seat, own in said.items()}
        offers = dealing.covered(society, named, "stake")
    else:
        times = {member.id: 1.0 if stakes == "equal" else wagers.trait(member, stakes, "parimutuel")
                 for member in society.present}  # fmt: skip
        said = answers = yield from society.ask_all(question.text, question.form)
        offers = {seat: _cut(micro(most * times[seat]), dealing.purse(society, seat)) for seat in answers}
    bets = {seat: (answers[seat], amount) for seat, amount in offers.items() if amount and answers[seat] is not None}
    for seat, (_, amount) in list(bets.items()):
        if not dealing.paid(society, {seat: amount}, dealing.pot_of(society, question), "stake"):
            del bets[seat]
    options = wagers.offered(question, answers.values())
    book = _book(options, bets, take)
    chances = prediction.pool_prices(bets.values(), options) if bets else {}
    facts = {"pool": coins(sum(amount for _, amount in bets.values())),
             "prices": wagers.rounded(list(chances), list(chances.values())), **book.facts()}  # fmt: skip
    return Outcome(wagers.dearest(society, question, chances), said, facts, book.claims(society, question))


def _book(options: tuple[str, ...], bets: Mapping[int, tuple[str, int]], take: float) -> Book:
    """What each who staked gets if an option is right."""
    pays = {option: prediction.parimutuel(bets, option, take=take).payouts for option in options}
    due = {seat: tuple([pays[option][seat] for option in options]) for seat in bets}
    return Book(options, 0, due, {seat: amount for seat, (_, amount) in bets.items()})


def _cut(amount: int, purse: int | None) -> int:
    return amount if purse is None else max(0, min(amount, purse))
