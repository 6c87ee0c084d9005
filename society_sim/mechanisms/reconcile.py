"""ReConcile: a round table of models that convince one another, and a vote weighted by recalibrated confidence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from society_sim.bounds import Natural
from society_sim.mechanisms.arguing import agreed, heard_of, reasoned, statement, tell_all
from society_sim.mechanisms.lots import lot_of
from society_sim.member import Heard, View
from society_sim.registry import mechanism
from society_sim.rules.plurality import weighted_plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def reconcile(society: Society, question: Question, *, rounds: Natural = 2) -> Doing[Outcome]:
    """All answer with a reason and a confidence, see the answers of others in groups, and answer again; a vote weighs.

    *rounds* of discussion at most (the authors' code has two); it ends as soon as all who answered agree, so each round
    waits for everybody. In a prompt others' answers are grouped by what they say, the largest group first, without
    names. In the end every answer counts by its recalibrated confidence (see `recalibrated`); the heaviest wins.

    An abstention is silence, is not shown and not counted; if all abstain, nothing is decided. (In the authors' code a
    missing answer becomes a random option, and a tie goes to the answer that was seen first; here it is an
    abstention, and a fair lot.) What no tie allows, or what memory no longer holds, is not shown. The paper's
    convincing samples, reasons written by people that have been found to correct a model, are left out: there are none
    for a new question.
    Facts: `rounds` that took place, `consensus`.

    Source: Chen, Saha and Bansal (2023).
    """
    form = reasoned(question, confidence=True)
    answers = yield from society.ask_all(question.text, form)
    done = 0
    while done < rounds and not agreed(answers):
        tell_all(society, answers)
        answers = yield from society.ask_all(partial(_discussed, question, answers), form)
        done += 1
    ballots = [(said["answer"], recalibrated(said["confidence"] / 100)) for said in answers.values() if said]
    decision = weighted_plurality(ballots, lot_of(society, question))
    return Outcome(decision, answers, {"rounds": done, "consensus": agreed(answers)})


def recalibrated(confidence: float) -> float:
    """The weight of a vote stated with *confidence*, 0 to 1: the paper's table against overconfidence.

    >>> [recalibrated(p) for p in (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.2)]
    [1.0, 0.8, 0.8, 0.5, 0.5, 0.3, 0.1, 0.1]
    """
    if confidence >= 1:
        return 1.0
    if confidence >= 0.9:
        return 0.8
    if confidence >= 0.8:
        return 0.5
    return 0.3 if confidence > 0.6 else 0.1


def _discussed(question: Question, answers: Mapping[int, Any], me: View) -> str:
    own = statement(answers[me.id])
    groups: dict[Any, list[Heard]] = {}
    for said in heard_of(me, question, answers):
        groups.setdefault(answers[said.sender]["answer"], []).append(said)
    lines = [question.text]
    if own is not None:
        lines.append(f"Your earlier answer: {own}")
    number = 0
    for group in sorted(groups.values(), key=lambda group: -len(group)):
        lines.append("One other member thinks:" if len(group) == 1 else f"{len(group)} other members think:")
        for said in group:
            number += 1
            lines.append(f"Solution {number}: {said.words}")
    lines.append("Review these solutions carefully, and give your own answer with your reason and your confidence.")
    return "\n".join(lines)
