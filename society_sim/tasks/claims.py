"""Claims: each needs something out of a budget that may not be enough for all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from society_sim.bounds import Positive
from society_sim.registry import task
from society_sim.tasks import private
from society_sim.tasks.private import Coins
from society_sim.values import Question


@task
def claims(
    rng: np.random.Generator,
    *,
    text: str = "A budget is to be divided.",
    budget: Coins = 200.0,
    low: Coins = 0.0,
    high: Coins = 100.0,
    values: list[Coins] | None = None,
    rounds: Positive = 1,
) -> Iterator[Question]:
    """*rounds* budgets to be divided among members who each need something out of it, in coins.

    *values*: the needs of the seats, in order. If left out they are drawn evenly from *low* to *high*, independently
    and anew for each budget (a seat's luck does not depend on how many there are). A member is told its own.
    `ScenarioError`: a need outside of the range.

    Source: O'Neill (1982), A problem of rights arbitration from the Talmud.

    >>> [estate] = claims(np.random.default_rng(7), budget=200, values=[100, 200, 300], high=300)
    >>> estate.facts["budget"], estate.facts["needs"]["values"]
    (200.0, [100, 200, 300])
    """
    private.check("claims", low, high, values, "need")
    return (
        Question(f"budget-{number}", text, facts={"budget": float(budget), "needs": private.drawn(rng, values),
                                                  "drawn": [float(low), float(high)]})
        for number in range(1, rounds + 1)
    )  # fmt: skip
