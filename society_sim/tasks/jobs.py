"""Jobs: work to be given out, and what each of it costs each member."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np

from society_sim.bounds import Positive, above
from society_sim.errors import ScenarioError
from society_sim.registry import task
from society_sim.tasks.private import MOST, Coins
from society_sim.values import Question


@task
def jobs(
    rng: np.random.Generator,
    *,
    text: str = "There is work to be given out.",
    jobs: Positive = 5,
    mean: Annotated[float, above(0, MOST)] = 1.0,
    costs: list[list[Coins]] | None = None,
    rounds: Positive = 1,
) -> Iterator[Question]:
    """*rounds* times so many *jobs*, each of which costs each member something of its own, in coins.

    Costs are exponential with this *mean*, independent, and drawn anew for each round (a seat's luck does not depend on
    how many there are). *costs*: in place of these, for each seat what each job costs it. A member is told its own.
    `ScenarioError`: costs below 0, or not one for every job.

    Source: Smith (1980) for the problem; Parisi (1998) for random costs.

    >>> [work] = jobs(np.random.default_rng(7), jobs=2, costs=[[1, 4], [3, 2]])
    >>> work.facts["jobs"], work.facts["costs"]
    (2, {'how': 'given', 'values': [[1, 4], [3, 2]]})
    """
    for seat, own in enumerate(costs or ()):
        if len(own) != jobs or not all(0 <= cost <= MOST for cost in own):
            raise ScenarioError(f"task 'jobs': costs of seat {seat} are {own}; each of {jobs} jobs costs 0 to {MOST:,}")
    return (
        Question(f"work-{number}", text, facts={"jobs": jobs, "costs": _costs(rng, mean, costs)})
        for number in range(1, rounds + 1)
    )


def _costs(rng: np.random.Generator, mean: float, given: Sequence[Sequence[float]] | None) -> dict[str, Any]:
    if given is not None:
        return {"how": "given", "values": given}
    return {"how": "exponential", "seed": int(rng.integers(2**53)), "mean": mean}
