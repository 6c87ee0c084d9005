"""Trade: some members may buy units of a good and others may sell some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from society_sim.bounds import Natural, NonNegative, Positive, Worth
from society_sim.errors import ScenarioError
from society_sim.registry import task
from society_sim.values import Question

_TEXT = "Members trade in a good."


@task
def trade(
    rng: np.random.Generator,
    *,
    text: str = _TEXT,
    schedule: Literal["uniform", "linear"] = "uniform",
    low: Worth = 0.0,
    high: Worth = 200.0,
    top: float = 150.0,
    bottom: float = 50.0,
    step: NonNegative = 8.0,
    values: list[float] | None = None,
    costs: list[float] | None = None,
    units: Positive = 1,
    buyers: Natural | None = None,
    rounds: Positive = 1,
) -> Iterator[Question]:
    """*rounds* sessions of a market in which each member may buy, or may sell, so many *units* of a good.

    To a buyer each unit has a value, to a seller a cost, in coins; prices are from *low* to *high*. By *schedule*:
    `uniform` draws each evenly from that range, anew for each session (a seat's luck does not depend on how many there
    are); `linear` lets the i-th value be *top* - *step* i and the i-th cost *bottom* + *step* i, i from 0. Or they are
    given, as *values* of buyers and *costs* of sellers. Of several units, each trader is dealt a first one, then each a
    second. *buyers*: so many seats, the first ones, may buy, and the others sell; left out, every other seat buys.

    A member is told its own value or cost, and not those of others. What sellers may sell they have at the beginning.
    `ScenarioError`: an amount out of range, or values without costs.

    Source: Smith (1962), induced supply and demand; the linear schedule is that of Gode and Sunder's (1993) markets.

    >>> [session] = trade(np.random.default_rng(7), values=[30, 10], costs=[5])
    >>> session.facts["trade"]
    {'how': 'given', 'values': [30, 10], 'costs': [5], 'units': 1, 'buyers': None}
    """
    if not low < high:
        raise ScenarioError(f"task 'trade': no price lies between low = {low:g} and high = {high:g} (from 0)")
    if (values is None) != (costs is None):
        raise ScenarioError("task 'trade': give both, values of buyers and costs of sellers, or neither")
    for one in (*(values or ()), *(costs or ())):
        if not low <= one <= high:
            raise ScenarioError(f"task 'trade': {one:g} is not from {low:g} to {high:g}")
    plan: dict[str, Any] = {"how": "given", "values": values, "costs": costs}
    if values is None:
        if schedule == "linear" and not (low <= top <= high and low <= bottom <= high):
            raise ScenarioError(f"task 'trade': top is {top:g} and bottom {bottom:g}; from {low:g} to {high:g}")
        plan = {"how": schedule, "top": top, "bottom": bottom, "step": step}
    return (
        Question(f"session-{number}", text, facts={
            "trade": {**_drawn(plan, rng), "units": units, "buyers": buyers}, "drawn": [float(low), float(high)],
        })
        for number in range(1, rounds + 1)
    )  # fmt: skip


def _drawn(plan: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    return {"how": "uniform", "seed": int(rng.integers(2**53))} if plan["how"] == "uniform" else plan
