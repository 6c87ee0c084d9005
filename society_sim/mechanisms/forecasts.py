"""Forecasts: members say how likely each option is, what they say is pooled, and a proper score pays them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from society_sim.bounds import AboveZero, Coins
from society_sim.errors import ScenarioError
from society_sim.forms import Confident, Fields, Scores
from society_sim.mechanisms import wagers
from society_sim.mechanisms.dealing import micro
from society_sim.mechanisms.wagers import ASKED, Book
from society_sim.registry import mechanism
from society_sim.rules.pooling import pool
from society_sim.rules.scores import payment
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

_EACH = "each"
_ASKING = "For each option, say how likely it is to be right, in per cent; all together they make 100."


@mechanism
def forecasts(
    society: Society,
    question: Question,
    *,
    beliefs: str = ASKED,
    pooled: Literal["mean", "median", "log"] = "mean",
    sharpen: AboveZero = 1.0,
    weights: str = "equal",
    score: Literal["brier", "log", "spherical"] = "brier",
    reward: Coins = 0.0,
) -> Doing[Outcome]:
    """Everyone forecasts which option is right, unseen by others; the forecasts are pooled, and the likeliest is taken.

    *beliefs*: members are `asked` for an answer and how sure they are of it, the rest being spread evenly over the
    other options; or for the chance of `each` option; or for the answer alone, in any form that the question has, and
    how sure it is is the member's trait of that name, a share from 0 to 1 (`accuracy`, which population `panel` learns
    on other questions).
    *pooled*: by the `mean`, the `median` or the mean of the logs (`log`), with *weights* `equal` or a trait that is a
    number from 0, to the power *sharpen* (above 1: surer). The `log` pool sharpened by the number of members is Bayes'.
    *score*: the proper scoring rule that pays. With *reward* above 0 and the section `money`, the treasury puts that
    many coins for each forecast into an escrow; when the right answer is known each is paid its score, from 0 for the
    worst to *reward* for the best, and the rest goes back: nobody gains by saying what it does not believe. If it
    never is known, nobody is paid.

    An abstention, and an answer without a confidence where one was asked for, is no forecast; without forecasts nothing
    is decided; equal chances are settled by a fair lot. Chances of `each` that do not make 100 are taken in proportion;
    all 0 is no forecast. No chance counts as less than 1 %. Facts: `prices` (the pooled chance of each option),
    `holdings` (what each gets if an option is right), `paid` (0 by seat). `ScenarioError` for `each` without options,
    a trait that is no such number, a reward below 0; `SocietyError` if the treasury cannot pay the rewards.

    Source: Brier (1950), Good (1952), Savage (1971) for scores; Genest and Zidek (1986) for pools; Baron et al. (2014).
    """
    heavy = {member.id: 1.0 if weights == "equal" else wagers.trait(member, weights, "forecasts")
             for member in society.present}  # fmt: skip
    wagers.afford(society, question, micro(reward) * len(heavy), "forecasts")
    stated: dict[int, Mapping[str, float] | tuple[str, float]] = {}
    if beliefs == _EACH:
        if not question.options:
            raise ScenarioError(f"mechanism 'forecasts': question {question.id!r} has no options to forecast each of")
        form = Fields({"chances": Scores(question.options, 0.0, 100.0)})
        said = yield from society.ask_all(f"{question.text}\n{_ASKING}", form)
        stated = {seat: own["chances"] for seat, own in said.items() if own and any(own["chances"].values())}
    elif beliefs == ASKED:
        said = yield from society.ask_all(question.text, Confident(question.form))
        stated = {seat: (own.value, own.confidence) for seat, own in said.items()
                  if own is not None and own.confidence is not None}  # fmt: skip
    else:
        sure = {member.id: wagers.trait(member, beliefs, "forecasts", 1.0) for member in society.present}
        said = yield from society.ask_all(question.text, question.form)
        stated = {seat: (own, sure[seat]) for seat, own in said.items() if own is not None}
    options = wagers.offered(question, [own[0] for own in stated.values() if isinstance(own, tuple)])
    many = wagers.among(question)
    told = {seat: _belief(options, many, own) for seat, own in stated.items()}
    counted = [seat for seat in told if heavy[seat]]
    if not counted:
        return Outcome(None, said, {"prices": {}, **Book(options).facts()})
    chances = pool([told[seat] for seat in counted], pooled, [heavy[seat] for seat in counted], sharpen).tolist()
    book = _book(society, question, options, told, score, micro(reward))
    decision = wagers.dearest(society, question, dict(zip(options, chances, strict=True)))
    facts = {"prices": wagers.rounded(options, chances), **book.facts()}
    return Outcome(decision, said, facts, book.claims(society, question))


def _belief(options: Sequence[str], many: int, own: Mapping[str, float] | tuple[str, float]) -> list[float]:
    """What was stated, as chances of *options* that sum to 1 and are not below a hundredth of an even share each."""
    if isinstance(own, tuple):
        odds = wagers.likelihoods(options, own[0], own[1], many)
    else:
        odds = [own[option] for option in options]
    whole = sum(odds)
    least = [max(0.01, one / whole) for one in odds]
    return [one / sum(least) for one in least]


def _book(
    society: Society, question: Question, options: tuple[str, ...], told: Mapping[int, Sequence[float]], score: str,
    most: int,
) -> Book:  # fmt: skip
    """What each forecast is paid if an option is right."""
    if not most:
        return Book(options)
    subsidy = wagers.subsidised(society, question, most * len(told), "forecasts")
    due = {seat: tuple([payment(score, own, place, most) for place in range(len(options))])
           for seat, own in told.items()}  # fmt: skip
    return Book(options, subsidy, due, dict.fromkeys(told, 0))
