"""Dividing a budget: each says what it claims, and a rule divides what there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Literal, TypeAlias

from society_sim.accounts import TREASURY
from society_sim.bounds import NonNegative
from society_sim.forms import Number
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins, micro
from society_sim.registry import mechanism
from society_sim.rules import division
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

Rule: TypeAlias = Literal[
    "equal", "proportional", "constrained_equal_awards", "constrained_equal_losses", "talmud", "random_arrival"
]


def _equal(claims: Mapping[int, int | None], budget: int, lot: int) -> dict[int, int]:
    there = [one for one, claim in claims.items() if claim is not None]
    return {**dict.fromkeys(claims, 0), **division.equal(there, budget, lot)}


def _proportional(claims: Mapping[int, int | None], budget: int, lot: int) -> dict[int, int]:
    return division.proportional(claims, min(budget, sum(own or 0 for own in claims.values())), lot)


_RULES: Mapping[str, tuple[Callable[..., dict[int, int]], str]] = MappingProxyType({
    "equal": (_equal, "All who claim anything get the same, whatever they claim."),
    "proportional": (_proportional, "If it is not enough, each gets the same part of what it claims."),
    "constrained_equal_awards": (
        division.constrained_equal_awards, "If it is not enough, all get the same, but nobody more than it claims."),
    "constrained_equal_losses": (
        division.constrained_equal_losses, "If it is not enough, all are short of their claims by the same."),
    "talmud": (
        division.talmud, "If it is not enough, all get the same up to half of their claims, and beyond half of the "
        "claims all are short by the same."),
    "random_arrival": (
        division.random_arrival, "If it is not enough, each gets what it would get on average if all came in a random "
        "order and took what they claim while there is some."),
})  # fmt: skip


@mechanism
def budget_division(
    society: Society, question: Question, *, rule: Rule = "constrained_equal_awards", budget: NonNegative | None = None
) -> Doing[Outcome]:
    """Each says what it claims, and the *rule* divides the budget.

    *rule*: `equal`, `proportional`, `constrained_equal_awards` (the uniform rule: nobody gains by claiming another
    amount than it needs), `constrained_equal_losses`, `talmud` or `random_arrival` (`rules/division.py` says what each
    does, exactly, to the last micro-coin). *budget*, in coins, in place of the question's. With `equal` all of it is
    given out; with the other rules nobody gets more than it claims, and what is not claimed stays where it was. With
    money it is paid out of the treasury.

    A member is told what it needs, how many claim, what there is, and the rule. An abstention claims nothing and gets
    nothing; if nobody claims anything, nothing is paid. Nothing is decided. Facts: `gets` in coins and `claims` by
    seat, `given` in all, `left`, `needs` in all, `welfare` (the needs that were met: of no member more than it needs)
    and `optimum` (the most that could be). `ScenarioError` if the question says nothing of needs (task `claims`);
    `SocietyError`, before anybody is asked, if the treasury does not have it.

    Source: O'Neill (1982); Aumann and Maschler (1985); Sprumont (1991) for the uniform rule; Thomson (2003) for all.
    """
    amount = question.facts.get("budget", 0.0) if budget is None else budget
    needs = dealing.worths(society, question, "budget_division", key="needs", task="claims")
    there = micro(amount)
    dealing.afford(society, question, there, "budget_division")
    divide, explained = _RULES[rule]
    most = max(amount, 10 * question.facts["drawn"][1])
    known = {seat: {"claimants": len(needs), "need": coins(need)} for seat, need in needs.items()}
    words = partial(dealing.asked, f"{question.text}\nThere are {amount:g} coins. {explained}", known,
                    "Write what you claim. Nobody else sees it.")  # fmt: skip
    said = yield from society.ask_all(words, Number(0, most))
    claims = dealing.in_micro(said)
    there = there if any(claim is not None for claim in claims.values()) else 0
    gets = divide(claims, there, dealing.lot(society, question))
    society.apply(*dealing.payouts(society, TREASURY, gets, "share"))
    met = sum(min(own, needs[seat]) for seat, own in gets.items())
    given, wanted = sum(gets.values()), sum(needs.values())
    stated = {seat: coins(own) for seat, own in claims.items() if own is not None}
    found = {"gets": dealing.in_coins(gets), "claims": stated,
             "given": coins(given), "left": coins(micro(amount) - given), "needs": coins(wanted), "welfare": coins(met),
             "optimum": coins(min(micro(amount), wanted))}  # fmt: skip
    return Outcome(None, said, found)
