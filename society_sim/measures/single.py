"""How well the models do alone: the baselines that a society has to beat.

All three look at each member's *first* answer to a question, before it saw or heard anybody; an abstention is wrong.
Only questions with a known answer count.
"""

from __future__ import annotations

from collections import Counter

from society_sim.measures.reading import settled, share
from society_sim.registry import measure
from society_sim.values import Record


@measure
def best_single(record: Record) -> float:
    """Accuracy, 0 to 1, of the best model alone; members that speak with the same model count as one.

    It is the best in hindsight, on these very questions, which flatters it.
    """
    asked, right = Counter[str](), Counter[str]()
    for question in settled(record):
        if question.gold is not None:
            for said in question.first.values():
                asked[said.model] += 1
                right[said.model] += question.right(said.choice)
    return max((right[model] / asked[model] for model in asked), default=float("nan"))


@measure
def mean_single(record: Record) -> float:
    """Share of members' first answers that are right, 0 to 1: the accuracy of a member drawn by lot."""
    asked = right = 0
    for question in settled(record):
        if question.gold is not None:
            asked += len(question.first)
            right += sum(question.right(said.choice) for said in question.first.values())
    return share(right, asked)


@measure
def oracle(record: Record) -> float:
    """Share of questions, 0 to 1, that at least one member answered rightly at first: what perfect routing gets."""
    known = right = 0
    for question in settled(record):
        if question.gold is not None:
            known += 1
            right += any(question.right(said.choice) for said in question.first.values())
    return share(right, known)
