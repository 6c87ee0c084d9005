"""What markets have in common: what a thing is worth to each, what each has, and how money changes hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from society_sim.errors import ScenarioError
from society_sim.rules.opinions import starting
from society_sim.society import Society
from society_sim.streams import seed_of
from society_sim.values import Question


def worths(society: Society, question: Question, name: str) -> dict[int, float]:
    """What the thing is worth to each who is present, as the question's facts have it (task `goods`).

    `ScenarioError` if they say nothing, or too little. *name* is the mechanism's.
    """
    values = question.facts.get("values")
    if values is None:
        raise ScenarioError(f"mechanism {name!r}: question {question.id!r} does not say what the thing is worth to "
                            "whom; use task goods")  # fmt: skip
    low, high = question.facts["drawn"]
    size = len(society.members)
    if values["how"] == "given" and len(values["values"]) < size:
        raise ScenarioError(f"mechanism {name!r}: {len(values['values'])} values for {size} members; give one each")
    own = starting({"others": None, **values}, size, low, high)
    return {member.id: own[member.id] for member in society.present}


def lot(society: Society, question: Question, *names: str | int) -> int:
    """The lot that settles equal offers of *question*; *names* tell several of them apart."""
    return seed_of(society.seed, "deal", question.id, *society.within, *names)


def facts(worth: Mapping[int, float], gets: Mapping[int, int], pays: Mapping[int, float], best: float) -> dict[str, Any]:
    """What the record says of a market: who got how much, who paid what, and what all that was worth.

    *best*: the most that could have been achieved (`optimum`).
    """
    welfare = sum(worth[seat] * many for seat, many in gets.items())
    return {"gets": dict(gets), "pays": dict(pays), "revenue": sum(pays.values()), "welfare": welfare, "optimum": best}


def at_most(amounts: Mapping[int, float | None], purses: Mapping[int, float] | None) -> tuple[dict[int, Any], list[int]]:
    """*amounts*, and `None` in place of those that are above the purse; and whose these are."""
    if purses is None:
        return dict(amounts), []
    over = [seat for seat, amount in amounts.items() if amount is not None and amount > purses[seat]]
    return {seat: None if seat in over else amount for seat, amount in amounts.items()}, over


def highest(worth: Mapping[int, float], units: int, reserve: float = 0.0) -> float:
    """The most that *units* can be worth if each member wants one, and nothing goes below the *reserve*."""
    return sum(sorted((own for own in worth.values() if own >= reserve), reverse=True)[:units])


Seats = Sequence[int]
