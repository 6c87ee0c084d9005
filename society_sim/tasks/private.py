"""What is each member's own in a market (a value, a need): drawn anew for each question, or given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, TypeAlias

import numpy as np

from society_sim.bounds import between
from society_sim.errors import ScenarioError

MOST: Final = 10**9
"""The most that a thing can be worth, in coins: prices ten times as high can still be paid."""
Coins: TypeAlias = Annotated[float, between(0, MOST)]
"""An amount of 0 or more that can be paid."""
Signed: TypeAlias = Annotated[float, between(-MOST, MOST)]
"""An amount that may be below 0."""


def check(task: str, low: float, high: float, given: Iterable[float] | None, what: str = "value") -> None:
    """`ScenarioError` in the name of *task* unless *low* is below *high*, and all that is *given* between."""
    if not low < high:
        raise ScenarioError(f"task {task!r}: no {what} lies between low = {low:g} and high = {high:g}")
    for one in given or ():
        if not low <= one <= high:
            raise ScenarioError(f"task {task!r}: the {what} {one:g} is not from {low:g} to {high:g}")


def drawn(rng: np.random.Generator, given: Sequence[float] | None) -> dict[str, Any]:
    """Each member's own, as a question's facts have it: *given*, or evenly drawn, by a seed."""
    if given is not None:
        return {"how": "given", "values": given}
    return {"how": "uniform", "seed": int(rng.integers(2**53))}
