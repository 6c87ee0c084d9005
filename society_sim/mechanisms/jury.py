"""Jury: a foreman leads the talk until enough jurors agree; if they never do, the jury is hung."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from society_sim.bounds import Natural, above
from society_sim.forms import Choice
from society_sim.mechanisms.arguing import choices, heard_of, reasoned, statement, tell_all
from society_sim.mechanisms.lots import lot_of
from society_sim.mechanisms.opinion_dynamics import Last
from society_sim.member import Member, View
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def jury(
    society: Society,
    question: Question,
    *,
    foreman: Literal["elected", "lot"] = "elected",
    rounds: Natural = 5,
    needed: Annotated[float, above(0, 1)] = 1.0,
) -> Doing[Outcome]:
    """Jurors vote with reasons; while too few agree, the foreman speaks, the others after it, and they vote again.

    *foreman*: `elected` by one ballot of all (plurality, ties by a fair lot; if nobody votes, drawn) or drawn by
    `lot`. *rounds* of talk at most. In each, jurors say their last vote and reason along their ties, the foreman hears
    them, votes first and says so, and then the others vote. *needed*: the share of all jurors that must agree: 1 is
    unanimity, 0.75 nine of twelve. A verdict needs everybody's vote, so each round waits for all.

    An abstention agrees with nobody: with `needed: 1` one juror who abstains hangs the jury. Below one half two answers
    may have enough; the more frequent one is the verdict, ties by a fair lot. A hung jury decides nothing: the decision
    is `None`. What no tie allows, or memory no longer holds, is not heard. Facts: `foreman` (the seat), `rounds` that
    took place, `hung`.

    Source: trial juries (Kalven and Zeisel 1966); Davis (1973) on decision rules. That the foreman votes first in each
    round, and that nobody is told the count, are choices of ours.
    """
    if not society.present:
        return Outcome(None, {}, {"foreman": None, "rounds": 0, "hung": True})
    chair = yield from _foreman(society, question, foreman)
    form = reasoned(question)
    others = [member for member in society.present if member is not chair]
    votes: Mapping[int, Any] = yield from society.ask_all(question.text, form)
    quota = math.ceil(needed * len(votes) - 1e-9)
    done, verdict = 0, _verdict(votes, quota, lot_of(society, question, 0))
    while verdict is None and done < rounds:
        tell_all(society, votes)
        first = yield from society.ask_all(partial(_again, question, votes, chair.name), form, [chair])
        tell_all(society, first)
        known = Last({seat: first if seat == chair.id else votes for seat in votes})
        rest = yield from society.ask_all(partial(_again, question, known, chair.name), form, others)
        votes = Last({seat: first if seat == chair.id else rest for seat in votes})
        done += 1
        verdict = _verdict(votes, quota, lot_of(society, question, done))
    return Outcome(verdict, votes, {"foreman": chair.id, "rounds": done, "hung": verdict is None})


def _foreman(society: Society, question: Question, how: str) -> Doing[Member]:
    members = society.present
    if how == "elected" and len(members) > 1:
        ballot = Choice([member.name for member in members])
        text = "You are a juror. Before you deliberate, elect one of you as the foreman who leads the talk."
        ballots = yield from society.ask_all(f"{text}\nThe case: {question.text}", ballot, purpose="foreman")
        chosen = plurality(ballots.values(), lot_of(society, question, "foreman"))
        if chosen is not None:
            return next(member for member in members if member.name == chosen)
    return society.lot(members, "foreman")


def _verdict(votes: Mapping[int, Any], quota: int, draw: int) -> Any:
    given = choices(votes)
    most = max(Counter(given).values(), default=0)
    return plurality(given, draw) if most >= quota else None


def _again(question: Question, votes: Mapping[int, Any], foreman: str, me: View) -> str:
    own = statement(votes[me.id])
    heard = heard_of(me, question, votes)
    lines = [question.text, "You are the foreman of the jury." if me.name == foreman else f"{foreman} is the foreman."]
    if own is not None:
        lines.append(f"Your earlier answer: {own}")
    if heard:
        lines += ["The other jurors say:", *(f"{said.name}: {said.words}" for said in heard)]
    lines.append("The jury does not agree yet. Weigh what was said, and vote again.")
    return "\n".join(lines)
