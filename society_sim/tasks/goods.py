"""Goods: something is for sale, and each member has a value of its own for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from society_sim.bounds import Positive, Worth
from society_sim.errors import ScenarioError
from society_sim.registry import task
from society_sim.values import Question

_TEXT = "A single good is for sale."


@task
def goods(
    rng: np.random.Generator,
    *,
    text: str = _TEXT,
    low: Worth = 0.0,
    high: Worth = 100.0,
    values: list[float] | None = None,
    rounds: Positive = 1,
) -> Iterator[Question]:
    """*rounds* sales of a good for which each member has a private value, in coins, from *low* to *high*.

    *values*: those of the seats, in order; more than there are seats are not used. If left out they are drawn evenly,
    independently and anew for each sale (a seat's luck does not depend on how many there are): independent private
    values.

    A member is told its own value and what the values are drawn from, and not those of others. `ScenarioError`: a value
    outside of the range.

    Source: Vickrey (1961); Myerson (1981).

    >>> [sale] = goods(np.random.default_rng(7), values=[30, 10])
    >>> sale.facts["values"], sale.facts["drawn"]
    ({'how': 'given', 'values': [30, 10]}, [0.0, 100.0])
    """
    if not low < high:
        raise ScenarioError(f"task 'goods': low is {low:g} and high {high:g}; high is above it")
    for value in values or ():
        if not low <= value <= high:
            raise ScenarioError(f"task 'goods': the value {value:g} is not from {low:g} to {high:g}")
    return (
        Question(f"sale-{number}", text, facts={"values": _values(rng, values), "drawn": [float(low), float(high)]})
        for number in range(1, rounds + 1)
    )


def _values(rng: np.random.Generator, given: list[float] | None) -> dict[str, Any]:
    if given is not None:
        return {"how": "given", "values": given}
    return {"how": "uniform", "seed": int(rng.integers(2**53))}
