"""The scorer: with the synthetic model's competence, the only reader of gold answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from society_sim.changes import Change
from society_sim.forms import Stated
from society_sim.seal import unseal
from society_sim.values import Outcome, Question


def gold_of(question: Question) -> str | None:
    """The gold answer of *question*, if it has one."""
    if question.item is None or question.item.gold is None:
        return None
    return unseal(question.item.gold, "score")


def scored(question: Question, outcome: Outcome) -> tuple[Any, dict[str, Any]]:
    """What answers to *question* are held against, gold or else the decision; and what the record says of it."""
    gold = gold_of(question)
    if gold is None:
        return outcome.decision, {}
    return gold, {"gold": gold, "correct": judged(outcome.decision, gold)}


def claimed(question: Question, outcome: Outcome) -> Sequence[Change]:
    """What is due by the claims in *outcome*, now that the right answer is known; nothing, if there is none."""
    gold = gold_of(question)
    true = next((answer for answer in outcome.claims if judged(answer, gold)), None)
    return outcome.claims.get(true, ())


def choice_of(value: Any) -> Any:
    """The choice within a parsed answer: of a `Stated` its value, of fields the one called `answer` (or `value`).

    Of a ballot it is what the voter likes best: the first of a `ranking`, those that are `approved`, or have the
    highest of the `scores`, `votes` or `chances`: a tuple, if they are several; nothing, if nothing is approved.

    >>> choice_of(Stated("A", 0.8)), choice_of({"answer": "B", "reason": "so"}), choice_of("C")
    ('A', 'B', 'C')
    >>> choice_of({"ranking": ["B", "A"]}), choice_of({"approved": ["A", "C"]}), choice_of({"scores": {"A": 1, "B": 3}})
    ('B', ('A', 'C'), 'B')
    """
    if isinstance(value, Stated):
        return value.value
    if not isinstance(value, Mapping):
        return value
    for name in ("answer", "value"):
        if name in value:
            return value[name]
    for name in ("ranking", "approved", "scores", "votes", "chances"):
        if name in value:
            return _liked_best(name, value[name])
    return None


def _liked_best(name: str, ballot: Any) -> Any:
    if isinstance(ballot, Mapping):
        ballot = [option for option, score in ballot.items() if score == max(ballot.values())]
    elif not isinstance(ballot, (list, tuple)):
        return ballot
    best = tuple(ballot[:1] if name == "ranking" else ballot)
    return best[0] if len(best) == 1 else best or None


def judged(value: Any, gold: Any) -> bool:
    """Whether *value* gives the gold answer; an abstention does not."""
    choice = choice_of(value)
    if choice is None or gold is None:
        return False
    if isinstance(choice, str) and isinstance(gold, str):
        return choice.strip() == gold.strip()
    if isinstance(choice, float) and isinstance(gold, str):  # a number that was asked for as one
        try:
            return math.isclose(choice, float(gold.replace(",", "")), rel_tol=1e-9)
        except ValueError:
            return False
    return bool(choice == gold)
