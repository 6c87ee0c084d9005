"""Claims: each needs something out of a budget that may not be enough for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from society_sim.bounds import Coins, Positive, Worth
from society_sim.errors import ScenarioError
from society_sim.registry import task
from society_sim.values import Question


@task
def claims(
    rng: np.random.Generator,
    *,
    text: str = "A budget is to be divided.",
    budget: Coins = 200.0,
    low: Worth = 0.0,
    high: Worth = 100.0,
    values: list[float] | None = None,
    rounds: Positive = 1,
) -> Iterator[Question]:
    """*rounds* budgets to be divided among members who each need something out of it, in coins.

    *values*: the needs of the seats, in order. If left out they are drawn evenly from *low* to *high*, independently
    and anew for each budget (a seat's luck does not depend on how many there are). A member is told its own.
    `ScenarioError`: a need outside of the range, or a budget below 0.

    Source: O'Neill (1982), A problem of rights arbitration from the Talmud.

    >>> [estate] = claims(np.random.default_rng(7), budget=200, values=[100, 200, 300], high=300)
    >>> estate.facts["budget"], estate.facts["needs"]["values"]
    (200.0, [100, 200, 300])
    """
    if not low < high:
        raise ScenarioError(f"task 'claims': low is {low:g} and high {high:g}; high is above it")
    for value in values or ():
        if not low <= value <= high:
            raise ScenarioError(f"task 'claims': the need {value:g} is not from {low:g} to {high:g}")
    return (
        Question(f"budget-{number}", text, facts={"budget": float(budget), "needs": _needs(rng, values),
                                                  "drawn": [float(low), float(high)]})
        for number in range(1, rounds + 1)
    )  # fmt: skip


def _needs(rng: np.random.Generator, given: list[float] | None) -> dict[str, Any]:
    if given is not None:
        return {"how": "given", "values": given}
    return {"how": "uniform", "seed": int(rng.integers(2**53))}
