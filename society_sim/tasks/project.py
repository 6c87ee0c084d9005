"""Project: something that all would have, or none, and that is good for some and bad for others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np

from society_sim.bounds import DEAREST, Positive, between
from society_sim.errors import ScenarioError
from society_sim.registry import task
from society_sim.values import Question


@task
def project(
    rng: np.random.Generator,
    *,
    text: str = "A bridge may be built, for everybody or for nobody; each would bear an equal share of what it costs.",
    low: Annotated[float, between(-DEAREST, DEAREST)] = -100.0,
    high: Annotated[float, between(-DEAREST, DEAREST)] = 100.0,
    values: list[float] | None = None,
    rounds: Positive = 1,
) -> Iterator[Question]:
    """*rounds* projects, each worth something to every member, in coins: below 0, where it would rather not have it.

    That is what it gains by the project, less its share of the cost.
    *values*: those of the seats, in order. If left out they are drawn evenly from *low* to *high*, independently and
    anew for each project (a seat's luck does not depend on how many there are). A member is told its own.
    `ScenarioError`: a value outside of the range.

    Source: Clarke (1971), Multipart pricing of public goods.

    >>> [bridge] = project(np.random.default_rng(7), values=[30, -10, -12])
    >>> bridge.facts["benefits"]
    {'how': 'given', 'values': [30, -10, -12]}
    """
    if not low < high:
        raise ScenarioError(f"task 'project': low is {low:g} and high {high:g}; high is above it")
    for value in values or ():
        if not low <= value <= high:
            raise ScenarioError(f"task 'project': the value {value:g} is not from {low:g} to {high:g}")
    return (
        Question(f"project-{number}", text,
                 facts={"benefits": _values(rng, values), "drawn": [float(low), float(high)]})
        for number in range(1, rounds + 1)
    )  # fmt: skip


def _values(rng: np.random.Generator, given: list[float] | None) -> dict[str, Any]:
    if given is not None:
        return {"how": "given", "values": given}
    return {"how": "uniform", "seed": int(rng.integers(2**53))}
