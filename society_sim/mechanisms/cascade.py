"""Cascade: one after the other decides in public, having seen what those before decided and not what they knew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any, Literal

from society_sim.mechanisms.lots import lot_of
from society_sim.mechanisms.opinion_dynamics import worded
from society_sim.member import View
from society_sim.promises import Answers, Promise
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def cascade(society: Society, question: Question, *, order: Literal["seats", "lot"] = "seats") -> Doing[Outcome]:
    """Members decide one by one, each once, and say their decision along their ties; no reasons are given.

    *order*: by `seats`, or by `lot`, drawn for each question. Who comes later sees the decisions of those before that
    have come to it, in order, and never their reasons or doubts: these are private. A member waits only for those that
    it hears. n calls; n (n - 1) / 2 decisions are shown when all may speak to all.

    The decision of the society is the plurality of all decisions, ties by a fair lot. A member that abstains says
    nothing and is not counted; if all abstain, nothing is decided. Facts: `order`; `cascade`, the first option that
    came to lead any other by two, and `began`, how many had decided by then (both `None` if it never came to that).
    When all see all, and signals are equally good, nobody acts on its own signal any more from there on.

    Source: Bikhchandani, Hirshleifer and Welch (1992). Their members are the synthetic model's `persuasion: counting`
    with `preset: independent` and two options: the signal is the private answer, and ties are tossed.
    """
    seats = _order(society, order)
    promises: dict[int, Promise] = {}
    for place, seat in enumerate(seats):
        member = society.members[seat]
        promise = yield from member.ask(partial(_turn, question), question.form)
        promises[seat] = promise
        later = set(seats[place + 1 :])
        member.say(partial(_told, promise), [other for other in member.audience if other in later])
    answers = Answers({seat: promises[seat] for seat in sorted(promises)})
    led, began = _lead(promise.value for promise in promises.values())
    facts = {"order": seats, "cascade": led, "began": began}
    return Outcome(plurality(answers.values(), lot_of(society, question)), answers, facts)


def _order(society: Society, order: str) -> list[int]:
    seats = [member.id for member in society.present]
    if order == "lot":
        for last in range(len(seats) - 1, 0, -1):  # Fisher and Yates
            place = society.lot(range(last + 1), "order", last)
            seats[last], seats[place] = seats[place], seats[last]
    return seats


def _lead(decisions: Iterable[Any]) -> tuple[Any, int | None]:
    """The first of *decisions* to lead any other by two, and how many there were by then."""
    counts: Counter[Any] = Counter()
    for number, decision in enumerate(decisions, 1):
        if decision is not None:
            counts[decision] += 1
            (first, most), *rest = counts.most_common(2)
            if most - (rest[0][1] if rest else 0) >= 2:
                return first, number
    return None, None


def _turn(question: Question, me: View) -> str:
    before = [said for said in me.heard if said.about == question.id]
    if not before:
        return question.text
    return "\n".join([question.text, "Those who decided before you chose:", *(f"{s.name}: {s.words}" for s in before)])


def _told(promise: Promise, _: View) -> str | None:
    return worded(promise.value)
