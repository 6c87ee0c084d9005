"""What an experiment varies: named arms, a grid, and how its arms are compared. Sections of a scenario like others.

`arms` and the named levels of `grid` are changes with a name: `{name: {section.parameter: value}}`. Each is tried on
the scenario when it is read, so that a mistake is told with file, line and column.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from society_sim.errors import ScenarioError, nearest
from society_sim.scenario.conform import Where, text, told
from society_sim.scenario.designed import DESIGN, Comparison, Sensitivity
from society_sim.scenario.expected import COUNTED
from society_sim.scenario.interventions import Again, found
from society_sim.scenario.places import Given

if TYPE_CHECKING:
    from society_sim.scenario import Scenario

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. +-]{0,59}")
_UNVARIED = frozenset({"name", "about", "source", "seeds", "measures", "expect", *DESIGN})
ALONE = "base"
"""What the only arm is called where nothing is varied."""
MOST = 100_000
"""Cells at most: arms times the points of the grid."""


@dataclass(frozen=True, slots=True)
class Cell:
    """An arm at a point of the grid (axis -> label of its level), as a *scenario* of its own.

    *beside* tells which cells are compared: those for which it is the same.
    """

    arm: str
    point: Mapping[str, str]
    scenario: Scenario
    beside: tuple[str, ...] = ()


def comparison(scenario: Scenario) -> Comparison:
    """How *scenario* wants its arms compared."""
    return Comparison(**scenario.sections.get("compare", {}))


def sensitivity(scenario: Scenario) -> Sensitivity:
    """The levels of the assumptions that *scenario* names, or the usual ones."""
    return Sensitivity(**scenario.sections.get("sensitivity", {}))


def settled(scenario: Scenario, where: Where) -> Scenario:
    """*scenario* with each value in its arms and grid as `Scenario.set` takes it; `ScenarioError` for what is wrong."""
    base, sections = bare(scenario), dict(scenario.sections)
    arms = {label: _tried(base, label, overrides, where / "arms" / label)
            for label, overrides in _named(sections.get("arms", {}), where / "arms", "arms")}  # fmt: skip
    tried = [_with(base, overrides, Given()) for overrides in arms.values()] or [base]
    grid: dict[str, Any] = {}
    for axis, levels in sections.get("grid", {}).items():
        here = where / "grid" / axis
        if isinstance(levels, Mapping):
            each = dict(_named(levels, here, f"grid.{axis}"))
            new: Any = {label: _tried(tried[0], label, overrides, here / label) for label, overrides in each.items()}
            for other in tried[1:]:
                for label, overrides in each.items():
                    _tried(other, label, overrides, here / label)
        else:
            new = [_tried(tried[0], axis, {axis: value}, here / place)[axis] for place, value in enumerate(levels)]
            for other in tried[1:]:
                for place, value in enumerate(levels):
                    _tried(other, axis, {axis: value}, here / place)
        grid[axis] = new
        twice = [label for label, times in _times(label_of(value) for value in new).items() if times > 1]
        if twice and not isinstance(new, Mapping):
            raise here.error(f"grid.{axis} has {twice[0]} twice")
        first = next(iter(new.values())) if isinstance(new, Mapping) else {axis: new[0]}
        tried = [_with(one, first, Given()) for one in tried]  # what comes later is tried on what was set before
    for name, value in (("arms", arms), ("grid", grid)):
        if name in sections:
            sections[name] = MappingProxyType(value)
    baseline = sections.get("compare", {}).get("baseline")
    if baseline is not None and arms and baseline not in arms:
        raise (where / "compare" / "baseline").error(f"there is no arm {baseline!r}; {nearest(baseline, arms)}")
    pool = sections.get("compare", {}).get("pool")
    if pool is not None and (not arms or pool not in grid):
        raise (where / "compare" / "pool").error(f"there is no axis {pool!r} to pool; {nearest(pool, grid)}" if arms
                                                 else "pool takes points of a grid together, and there are no arms")
    return replace(scenario, sections=MappingProxyType(sections))


def bare(scenario: Scenario) -> Scenario:
    """*scenario* without what makes it an experiment: what `run` runs."""
    kept = {name: value for name, value in scenario.sections.items() if name not in (*DESIGN, "seeds", "expect")}
    return replace(scenario, sections=MappingProxyType(kept))


def figured(scenario: Scenario, where: Where) -> None:
    """`ScenarioError` for a figure of something that is not in *scenario*: a measure, an arm, a point of its grid."""
    known = list(dict.fromkeys([*(name for name, *_ in scenario.measures), *COUNTED]))
    arms: Mapping[str, Any] = scenario.sections.get("arms", {})
    grid = {axis: list(levels) if isinstance(levels, Mapping) else [label_of(value) for value in levels]
            for axis, levels in scenario.sections.get("grid", {}).items()}  # fmt: skip
    for place, figure in enumerate(scenario.sections["expect"].figures):
        here = where / "figures" / place
        if figure.measure not in known:
            raise (here / "measure").error(f"the scenario does not measure {figure.measure!r}; "
                                           f"{nearest(figure.measure, known)}")  # fmt: skip
        for whose in ("arm", "less"):
            arm = getattr(figure, whose)
            if arm is not None and arm not in arms:
                raise (here / whose).error(f"there is no arm {arm!r}; {nearest(arm, arms)}")
        if figure.arm is None and (figure.less is not None or len(arms) > 1):
            raise here.error(f"say of which arm: {', '.join(arms)}")
        for axis, level in figure.at.items():
            if axis not in grid:
                raise (here / "at").error(f"the grid has no axis {axis!r}; {nearest(axis, grid)}")
            if level not in grid[axis]:
                raise (here / "at" / axis).error(f"{axis} is never {level!r}; {nearest(level, grid[axis])}")


def cells(scenario: Scenario, extra: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None) -> list[Cell]:
    """The cells of *scenario*: each arm at each point of the grid, and of *extra* axes; the last varies fastest.

    Without arms, the points of the grid are compared with one another.
    """
    base = bare(scenario)
    arms: Mapping[str, Mapping[str, Any]] = scenario.sections.get("arms", {})
    own = {axis: _levels(axis, levels) for axis, levels in scenario.sections.get("grid", {}).items()}
    axes = {**own, **(extra or {})}
    places = scenario.designed
    size = max(1, len(arms))
    for levels in axes.values():
        size *= len(levels)
    if size > MOST:
        raise ScenarioError(f"the experiment has {size:,} cells; it may have {MOST:,}")
    made = []
    for arm, overrides in arms.items() or [(ALONE, {})]:
        armed = _with(base, overrides, places.get("arms", Given()) / arm)
        for labels in itertools.product(*axes.values()):
            here = armed
            for axis, label in zip(axes, labels, strict=True):
                there = places["grid"] / axis / _level(scenario, axis, label) if axis in own else Given(axis)
                here = _with(here, axes[axis][label], there)
            point = dict(zip(axes, labels, strict=True))
            if arms or not own:
                called, beside = arm, labels
            else:
                called = ", ".join(f"{axis}={point[axis]}" for axis in own)
                beside = tuple(point[axis] for axis in axes if axis not in own)
            made.append(Cell(called, MappingProxyType(point), here, beside))
    return made


def label_of(value: Any) -> str:
    """What a level of the grid is called in tables.

    >>> label_of({"small_world": {"k": 2}}), label_of(0.5), label_of(True), label_of("flat")
    ('small_world k=2', '0.5', 'true', 'flat')
    """
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, Mapping):
        return " ".join(
            f"{key} {label_of(item)}" if isinstance(item, Mapping) else f"{key}={label_of(item)}"
            for key, item in value.items()
        )
    if isinstance(value, (list, tuple)):
        return ",".join(map(label_of, value))
    return str(value)


def _levels(axis: str, levels: Any) -> dict[str, Mapping[str, Any]]:
    if isinstance(levels, Mapping):
        return dict(levels)
    return {label_of(value): {axis: value} for value in levels}


def _level(scenario: Scenario, axis: str, label: str) -> str | int:
    """The key of the level *label* in what the grid says of *axis*."""
    levels = scenario.sections["grid"][axis]
    return [label_of(value) for value in levels].index(label) if isinstance(levels, (list, tuple)) else label


def _with(scenario: Scenario, overrides: Mapping[str, Any], where: Where) -> Scenario:
    for address, value in overrides.items():
        scenario = scenario.put(address, value, Again(first=where / address))
    return scenario


def _named(given: Mapping[str, Any], where: Where, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for label, overrides in given.items():
        if not _LABEL.fullmatch(label):
            raise (where / label).error(f"a name in {name} has 1 to 60 letters, digits, spaces and ._+-, not "
                                        f"{told(label)}", key=True)  # fmt: skip
        if not isinstance(overrides, Mapping):
            raise (where / label).error(f"{name}.{label} is a mapping of what it changes, such as "
                                        f"{{topology: flat}}, not {told(overrides)}")  # fmt: skip
        yield label, overrides


def _tried(base: Scenario, label: str, overrides: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """*overrides*, each tried on *base* after those before it, in the form that `Scenario.set` takes."""
    values: dict[str, Any] = {}
    for address, value in overrides.items():
        there = where / address
        section = text(address, there, "what changes").split(".", 1)[0]
        if section in _UNVARIED:
            raise there.error(f"{section} is the same in all arms", key=True)
        base = base.put(address, value, there)
        values[address] = found(base, address)
    return values


def _times(labels: Iterator[str]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for label in labels:
        counted[label] = counted.get(label, 0) + 1
    return counted
