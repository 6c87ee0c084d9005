"""The scorer: with the synthetic model's competence, the only reader of gold answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from society_sim.forms import Stated
from society_sim.seal import unseal
from society_sim.values import Question


def gold_of(question: Question) -> str | None:
    """The gold answer of *question*, if it has one."""
    if question.item is None or question.item.gold is None:
        return None
    return unseal(question.item.gold, "score")


def choice_of(value: Any) -> Any:
    """The choice within a parsed answer: of a `Stated` its value, of fields the one called `answer` (or `value`).

    >>> choice_of(Stated("A", 0.8)), choice_of({"answer": "B", "reason": "so"}), choice_of("C")
    ('A', 'B', 'C')
    """
    if isinstance(value, Stated):
        return value.value
    return value.get("answer", value.get("value")) if isinstance(value, Mapping) else value


def judged(value: Any, gold: Any) -> bool:
    """Whether *value* gives the gold answer; an abstention does not."""
    choice = choice_of(value)
    if choice is None or gold is None:
        return False
    if isinstance(choice, str) and isinstance(gold, str):
        return choice.strip() == gold.strip()
    return bool(choice == gold)
