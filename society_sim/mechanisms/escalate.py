"""Escalate: a cheap model answers first, and a dearer one is asked only where the answer is in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from society_sim.bounds import Positive, Share
from society_sim.forms import Confident
from society_sim.mechanisms import wagers
from society_sim.mechanisms.lots import lot_of
from society_sim.member import Member
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def escalate(
    society: Society, question: Question, *, below: Share = 0.8, order: str = "seats", together: Positive = 1
) -> Doing[Outcome]:
    """Members are asked one by one, cheap ones first, until an answer is sure enough; that one is taken.

    *order*: by `seats`, or by a trait that is a number, the smallest first (a price, an `accuracy`). Each is asked for
    an answer and how sure it is; if that is *below* this share (0 to 1), the next is asked, who does not see what was
    said. Whoever is last is not asked how sure it is, and its answer is taken. At 0 nobody is asked that, and the first
    who answers at all is taken.
    With *together* above 1, so many begin, all at once, and all are asked for the answer alone, in any form that the
    question has: how sure those are who begin is the share of them that agree (1: all must), and their plurality is
    their answer. If they are in doubt, the next one who answers is taken. So models that state no confidence, recorded
    ones, can be routed.

    Who abstains, or states no confidence, is in doubt. If nobody comes after, the answer is the latest that was given;
    if all abstain, nothing is decided. Ties among those who begin are settled by a fair lot. Each waits for the one
    before. Facts: `asked`, how many; `sure`, of who was asked last (1 where that one is taken anyway); `escalated`,
    whether more than those who begin were asked. `ScenarioError` for a share that is none, or fewer than one to begin.

    Source: Chen, Zaharia and Zou (2023), FrugalGPT; agreement as the signal: Yue et al. (2024), Large language model
    cascades with mixture of thought representations.
    """
    chain = _chain(society, order)
    said: dict[int, Any] = {}
    answer: Any = None
    sure: float | None = None
    first = chain[:together]
    if together > 1:
        answers = yield from society.ask_all(question.text, question.form, first)
        said.update(answers.items())
        answer = plurality(said.values(), lot_of(society, question))
        sure = None if answer is None else Counter(said.values())[answer] / len(first)
    rest = chain[len(said) :]
    for place, member in enumerate(rest):
        if answer is not None and (not below or (sure is not None and sure >= below)):
            break
        plain = not below or together > 1 or place == len(rest) - 1
        form: Any = question.form if plain else Confident(question.form)
        promise = yield from member.ask(question.text, form)
        said[member.id] = own = promise.value
        if own is not None:
            answer = own if plain else own.value
        sure = None if own is None else 1.0 if plain else own.confidence
    return Outcome(answer, said, {"asked": len(said), "sure": sure, "escalated": len(said) > len(first)})


def _chain(society: Society, order: str) -> Sequence[Member]:
    present = society.present
    if order == "seats":
        return present
    return sorted(present, key=lambda member: (wagers.trait(member, order, "escalate"), member.id))
