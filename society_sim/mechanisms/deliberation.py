"""Deliberation: answer with reasons, say so to the neighbours, answer again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from society_sim.bounds import Natural
from society_sim.mechanisms.arguing import agreed, choices, reasoned, statement
from society_sim.mechanisms.lots import lot_of
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def deliberation(
    society: Society, question: Question, *, rounds: Natural = 2, until_unanimous: bool = False
) -> Doing[Outcome]:
    """Everyone answers with a confidence and a reason, says so along its ties, and answers again after hearing others.

    There are *rounds* rounds of talk, each of one message along every tie: n (n - 1) when everyone may speak to
    everyone. The plurality of the last answers wins, ties by a fair lot. What counts is what was heard: a message that
    no tie allows, or that memory no longer holds, is not shown. With `until_unanimous: true` it ends as soon as all
    who answered agree; that waits for everybody in each round.

    An abstention is silence: nothing is said, nothing shown, and it is not counted in the last vote, whatever the
    member said before; if all abstain, nothing is decided.
    Fact in the outcome: `rounds`, those that took place.

    Source: multi-agent debate (Du et al. 2023); reasons with confidence as in ReConcile (Chen et al. 2023). Mind that
    voting alone explains most of its gain (Choi et al. 2025).
    """
    form = reasoned(question, confidence=True)
    answers = yield from society.ask_all(question.text, form)
    done = 0
    while done < rounds and not (until_unanimous and agreed(answers)):
        stated = cache(partial(_stated, answers))  # in words once, for all who hear it
        for member in society.present:
            member.say(partial(_own, stated), member.audience)
        answers = yield from society.ask_all(partial(_again, question, answers, stated), form)
        done += 1
    return Outcome(plurality(choices(answers), lot_of(society, question)), answers, {"rounds": done})


def _stated(answers: Mapping[int, Any], seat: int) -> str | None:
    return statement(answers[seat])


def _own(stated: Callable[[int], str | None], me: View) -> str | None:
    return stated(me.id)


def _again(question: Question, answers: Mapping[int, Any], stated: Callable[[int], str | None], me: View) -> str:
    """The question, the member's own answer of the last round, and what it heard of those of others."""
    seen = me.seen(answers)  # waits for all neighbours at once
    own = answers[me.id]
    lines = [question.text]
    if own is not None:
        lines.append(f"Your earlier answer: {own['answer']} ({own['confidence']:.0f}%)")
    heard = me.last(question.id)
    fresh = [said for sender, said in heard.items() if sender in seen and said.words == stated(sender)]
    if fresh:
        lines.append("Your neighbours say:")
        lines += [f"{said.name}: {said.words}" for said in me.read(fresh)]
    return "\n".join(lines)
