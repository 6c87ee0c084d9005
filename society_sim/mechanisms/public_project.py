"""A public project: each says what it is worth to it, and whoever turns the decision pays for that."""

from __future__ import annotations

from functools import partial

from society_sim.accounts import TREASURY
from society_sim.forms import Number
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins
from society_sim.registry import mechanism
from society_sim.rules.pivot import pivot
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

_MOST = 10  # times the largest value is the largest that can be written down
BUILD, LEAVE = "build", "leave"


@mechanism
def public_project(society: Society, question: Question) -> Doing[Outcome]:
    """Each writes down what the project is worth to it, below 0 if it is against it; it is built if the sum is above 0.

    Whoever is pivotal (without whose word the decision would have been the other one) pays a tax: what the others lose
    by the decision. To state what it is worth to one is then best whatever the others do, and the decision is the one
    that is worth most to all together. The taxes go to the treasury: they must leave the group, so part of what all
    gain may be lost.

    A member is told its own value, how many there are, and its purse, if it has one. A tax is never more than what was
    stated; who states more, for or against, than its purse could pay is declined, and the record says so. A sum of
    just 0 is settled by a fair lot. An abstention counts nothing and pays nothing. The decision is `build` or `leave`;
    nothing if nobody states anything. Facts: `pays` (the taxes by seat), `pivotal` (the seats that pay), `revenue`,
    `welfare` (what the decision is really worth to all, before taxes) and `optimum`. `ScenarioError` if the question
    says nothing of values (task `project`).

    Source: Clarke (1971); Groves and Loeb (1975); Green and Laffont (1979) for the budget that does not balance.
    """
    worth = dealing.worths(society, question, "public_project", key="benefits", task="project")
    known = dealing.told_to(society, worth, pricing="pivot", bidders=len(worth),
                            drawn=tuple(question.facts["drawn"]))  # fmt: skip
    ask = "Write what it is worth to you that it is built: below 0, if you are against it."
    most = _MOST * max(map(abs, question.facts["drawn"]))
    said = yield from society.ask_all(partial(dealing.asked, question.text, known, ask), Number(-most, most))
    named = dealing.in_micro(said)
    sizes = {seat: None if value is None else abs(value) for seat, value in named.items()}
    kept = dealing.covered(society, sizes, "statement")
    stated = {seat: value for seat, value in named.items() if value is not None and kept[seat] is not None}
    best = max(0, sum(worth.values()))
    if not stated:
        return Outcome(None, said, {"pays": {}, "pivotal": [], "revenue": 0.0, "welfare": 0.0, "optimum": coins(best)})
    verdict = pivot([[value, 0] for value in stated.values()], dealing.lot(society, question))
    taxes = {seat: tax for seat, tax in zip(stated, verdict.taxes, strict=True) if tax}
    society.apply(*dealing.transfers(society, taxes, TREASURY, "pivot tax"))
    built = verdict.option == 0
    found = {"pays": dealing.in_coins(taxes), "pivotal": list(taxes), "revenue": coins(sum(taxes.values())),
             "welfare": coins(sum(worth.values()) if built else 0), "optimum": coins(best)}  # fmt: skip
    return Outcome(BUILD if built else LEAVE, said, found)
