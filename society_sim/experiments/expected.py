"""Whether an experiment came to what its scenario says is to be expected."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from society_sim.experiments.carrying import DONE
from society_sim.scenario.design import ALONE
from society_sim.scenario.expected import Expectation, Figure


@dataclass(frozen=True, slots=True)
class Found:
    """What an expected *figure* came to: the mean over seeds; not a number if a run of them is not there."""

    figure: Figure
    mean: float

    @property
    def holds(self) -> bool:
        """Whether it lies where it was expected."""
        low, high = self.figure.between
        return low <= self.mean <= high


def found(expected: Expectation, runs: Sequence[Mapping[str, Any]], arms: Collection[str] = (ALONE,)) -> list[Found]:
    """What each figure of *expected* came to in the table *runs*, of whose seeds the first are looked at.

    *arms*: the experiment's own; what runs beside them, to be compared with, has no part in a figure of no arm.

    >>> runs = [{"arm": "base", "seed": seed, "status": "done", "accuracy": 0.5 + seed / 10} for seed in range(4)]
    >>> found(Expectation("", 2, (Figure("accuracy", (0.5, 0.6)),)), runs)[0].mean
    0.55
    """
    return [Found(figure, _mean(figure, [row for row in runs if row["arm"] in arms], expected.seeds))
            for figure in expected.figures]  # fmt: skip


def _mean(figure: Figure, runs: Sequence[Mapping[str, Any]], seeds: int) -> float:
    ours: dict[tuple[str, ...], float] = {}
    theirs: dict[tuple[str, ...], float] = {}
    seen: set[int] = set()
    for row in runs:
        if row["seed"] < seeds and all(row.get(axis) == level for axis, level in figure.at.items()):
            value = row[figure.measure] if row["status"] == DONE else None
            place = *(str(row[axis]) for axis in _axes(row)), str(row["seed"])
            seen.add(row["seed"])
            if figure.arm is None:
                ours[str(row["arm"]), *place] = math.nan if value is None else float(value)
            elif row["arm"] in (figure.arm, figure.less):
                side = ours if row["arm"] == figure.arm else theirs
                side[place] = math.nan if value is None else float(value)
    if len(seen) < seeds or not ours:
        return math.nan
    return math.fsum(value - theirs[key] if figure.less else value for key, value in ours.items()) / len(ours)


def _axes(row: Mapping[str, object]) -> list[str]:
    """The axes of the grid: the columns of the table of runs between `arm` and `seed`."""
    names = list(row)
    return names[1 : names.index("seed")]
