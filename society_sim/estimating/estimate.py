"""`estimate`: what a run, or a whole experiment, will take: predictive intervals, and what it can take at most."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from pathlib import Path
from types import MappingProxyType
from typing import Any

from society_sim.errors import ScenarioError
from society_sim.estimating.assumptions import Assumptions
from society_sim.estimating.intervals import Doubt, Range, Stratum, narrow, predicted
from society_sim.estimating.plan import Plan, State, There, planned, played
from society_sim.estimating.playing import Account
from society_sim.estimating.rehearsing import QUANTITIES, Taken, dry, priced
from society_sim.experiments import baselines
from society_sim.experiments.comparing import Held
from society_sim.ledger import NOTHING, Cost, money
from society_sim.preflight import bound
from society_sim.scenario import Scenario, design
from society_sim.scenario.design import Cell

LEAST, MOST = 8, 20
"""Dry runs of each cell: between these, until what they come to differs by 2 % (one standard deviation)."""
ENOUGH = 50_000
"""Calls in all dry runs together, after which no more than two of each cell are made."""
BOUNDS = 64
"""Runs whose bound is worked out one by one; of larger designs, some seeds are tried, and the dearest counts."""
WATCHED = ("requests", "tokens", "micro_usd")
Amounts = Mapping[str, Range]


@dataclass(frozen=True, slots=True)
class Arm:
    """A cell of the design, of which *runs* are to be made: what one takes (*each*), and all of them together (*all*).

    *most*: what they can take at most. *agenda*: questions that are settled in a run. *accuracy*: the share of right
    decisions in the dry runs, and of how many; it is the preset's, and no forecast.
    """

    name: str
    point: Mapping[str, str]
    runs: int
    each: Amounts
    all: Amounts
    most: Cost | None
    agenda: int
    accuracy: tuple[float, int] | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is still to be spent. *total* is over all *arms*; *level* is how often an interval holds what comes.

    *most* is never passed: runs stop before they take more. It is `None` where nobody would be asked. *sure*: whether
    that was worked out for each run; else for some seeds, and the dearest taken for the others. *unpriced*: models
    whose price must be given, and what they say. *there*: what was found below `out`. *free*: answers of models that
    cost nothing. *dry*: how often each cell was played.
    """

    name: str
    seeds: tuple[int, ...]
    level: float
    dry: int
    arms: tuple[Arm, ...]
    total: Amounts
    questions: int
    most: Cost | None
    sure: bool
    budget: Cost
    assumed: Assumptions
    models: Mapping[str, str]
    unpriced: Mapping[str, str]
    there: There
    free: int
    free_tokens: int
    held: tuple[tuple[str, Mapping[Any, float]], ...] = field(repr=False, default=())
    """Arm -> question -> whether it was decided rightly, in dry runs: what power is worked out from."""

    @property
    def runs(self) -> int:
        """How many runs are still to be made."""
        return sum(arm.runs for arm in self.arms)

    @property
    def cap(self) -> Cost:
        """What it can take at most, the scenario's own budget for each run included."""
        own = Cost(*(part * max(1, self.runs) for part in self.budget))
        return own if self.most is None else own.least(self.most)

    def __repr__(self) -> str:
        likely = self.total["micro_usd"]
        most = f", at most {money(self.cap.micro_usd)}" if math.isfinite(self.cap.micro_usd) else ""
        return (f"<Estimate of {self.name!r}: {self.runs:,} runs, {money(likely.low)} to {money(likely.high)} "
                f"({100 * self.level:g} %){most}>")  # fmt: skip

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.estimate(self)


def estimate(
    scenario: Scenario | str | Path,
    *,
    seed: int = 0,
    seeds: int | None = None,
    out: Path | str = "runs",
    level: float = 0.9,
    assumed: Assumptions | None = None,
    concurrency: int = 64,
    most: int = MOST,
    bounded: bool = True,
    doubts: bool = True,
) -> Estimate:
    """What *scenario* will take: the run with *seed*, or, if it has arms or a grid or *seeds* are given, an experiment.

    Every model that would cost is played by the synthetic one, at its own price, with its own limits and attempts, on
    the very prompts of the run; *assumed* says how it answers. Each cell is played up to *most* times with other luck.
    Of runs that are below *out* already only the rest is counted. *level*: how often an interval is to hold what comes.
    *bounded*: work out what it can take at most, too; *doubts*: take in that what is assumed is not certain. No model
    is asked. `ScenarioError` for a scenario that cannot be run, and for more than 200,000 questions in a run.

    >>> found = estimate("second_look", out="nowhere")
    >>> found.models, found.total["micro_usd"].high, found.free
    ({}, 0, 5000)
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.read(scenario)
    scenario.check()
    assumed = assumed or Assumptions()
    if not 0.5 <= level < 1:
        raise ScenarioError(f"the rate of an interval is from 0.5 to below 1, not {level:g}")
    scenario, unpriced = priced(scenario)
    many = seeds is not None or not scenario.sections.keys().isdisjoint({"arms", "grid"})
    of = tuple(range(seeds or scenario.seeds)) if many else (seed,)
    cells = design.cells(scenario) if many else [Cell("run", MappingProxyType({}), design.bare(scenario))]
    play = partial(_played, assumed=assumed, concurrency=concurrency)
    plan = planned(cells, of, Path(out))
    if many and design.comparison(scenario).matched:
        plan = _with_twins(plan, cells, of, Path(out), play)
    names = {name: mark for cell in plan.cells for name, mark in played(cell.scenario).items()}
    seen, dries = _seen(plan, play, most if names else min(most, len(of)), shared=many)
    effects = _doubts(plan, assumed, concurrency, seen, many) if names and doubts and plan.left else {}
    bounds, sure = _bounds(plan) if names and bounded else ([], True)
    return _told(scenario, plan, of, level, seen, dries, effects, bounds, sure, assumed, names, unpriced)


Seen = list[list[list[Taken | None]]]
"""Group -> dry run -> cell -> what it took, or `None` if that run is there already."""


def _played(
    plan: Plan, group: int, number: int, shared: bool, *, assumed: Assumptions, concurrency: int
) -> list[Taken | None]:
    """The dry run *number* of all cells in a *group*, one after the other, as an experiment makes them."""
    one, account = plan.groups[group], Account()
    at = number % len(one.seeds)
    taken: list[Taken | None] = []
    done = [folder for folder, state in zip(one.folders[at], one.states, strict=True) if state is State.DONE]
    for place, cell in enumerate(plan.cells):
        if one.states[place] is State.DONE:
            taken.append(None)
            continue
        account = account if shared else Account()
        taken.append(dry(cell.scenario, one.seeds[at], number, assumed, account, concurrency=concurrency,
                         folder=one.folders[at][place], others=done))  # fmt: skip
    return taken


def _seen(plan: Plan, play: Any, most: int, *, shared: bool) -> tuple[Seen, int]:
    """Dry runs of all groups, until they agree, or enough was played."""
    seen: Seen = [[] for _ in plan.groups]
    calls = number = 0
    while number < most and (number < 2 or calls < ENOUGH):
        for place, runs in enumerate(seen):
            runs.append(play(plan, place, number, shared))
            calls += sum(int(one.amounts["questions"]) + one.free for one in runs[-1] if one is not None)
        number += 1
        if number >= LEAST and all(narrow(_sums(runs, name)) for runs in seen for name in WATCHED):
            break
    return seen, number


def _sums(runs: Sequence[Sequence[Taken | None]], name: str, cell: int | None = None) -> list[float]:
    """What each dry run came to, over all cells or in one."""
    return [math.fsum(one.amounts[name] for at, one in enumerate(run) if one is not None and cell in (None, at))
            for run in runs]  # fmt: skip


def _doubts(
    plan: Plan, assumed: Assumptions, concurrency: int, seen: Seen, shared: bool
) -> dict[tuple[str, int], Doubt]:
    """Quantity and place of the cell (-1: all) -> how uncertain it is for what is assumed and not known.

    Each doubtful assumption is played once more with the luck of the first dry run, away from what it is.
    """
    squares: dict[tuple[str, int], list[float]] = {}
    for doubtful in assumed.doubtful:
        variants = assumed.shifted(doubtful)
        for shifted, away in variants:
            play = partial(_played, assumed=shifted, concurrency=concurrency)
            other = [play(plan, group, 0, shared) for group in range(len(plan.groups))]
            for name in QUANTITIES:
                for place in range(-1, len(plan.cells)):
                    before, after = (
                        math.fsum(len(group.seeds) * _sums([run], name, None if place < 0 else place)[0]
                                  for group, run in zip(plan.groups, played, strict=True))
                        for played in ([runs[0] for runs in seen], other))  # fmt: skip
                    effect = math.log(after / before) / away if before > 0 and after > 0 else 0.0
                    found = squares.setdefault((name, place), [0.0, 0.0])
                    for side, counts in enumerate((effect < 0, effect > 0)):
                        found[side] += effect**2 if counts or len(variants) == 1 else 0.0
    return {key: Doubt(math.sqrt(down), math.sqrt(up)) for key, (down, up) in squares.items()}


def _with_twins(plan: Plan, cells: Sequence[Cell], seeds: Sequence[int], out: Path, play: Any) -> Plan:
    """*plan* with one model beside each cell that is asked as often as its tokens allow, as experiments have it."""
    first = play(plan, 0, 0, True)
    twins = [twin for cell, one in zip(plan.cells, first, strict=True) if one is not None
             and (twin := baselines.matched(Held(cell, {seeds[0]: one.row}))) is not None]  # fmt: skip
    return planned([*cells, *(Cell(f"{twin.arm} (matched)", twin.point, twin.scenario) for twin in twins)], seeds, out)


def _bounds(plan: Plan) -> tuple[list[tuple[int, Cost]], bool]:
    """For each cell, the questions and the means that its runs can take at most; and whether each seed was tried."""
    found, sure = [], True
    each = max(1, BOUNDS // max(1, len(plan.cells)))
    for place, cell in enumerate(plan.cells):
        left = [seed for group in plan.groups if group.left(place) for seed in group.seeds]
        tried = [bound(cell.scenario, seed, enough=cell.scenario.budget) for seed in left[:each]]
        sure = sure and len(tried) == len(left) and all(one.whole for one in tried)
        rest = len(left) - len(tried)
        most = reduce(Cost.plus, (one.most for one in tried), NOTHING)
        dearest = Cost(*(max((one.most[at] for one in tried), default=0) * rest for at in range(3)))
        asked = sum(one.questions for one in tried) + rest * max((one.questions for one in tried), default=0)
        found.append((asked, most.plus(dearest)))
    return found, sure


def _told(
    scenario: Scenario, plan: Plan, seeds: tuple[int, ...], level: float, seen: Seen, dries: int,
    doubts: Mapping[tuple[str, int], Doubt], bounds: Sequence[tuple[int, Cost]], sure: bool, assumed: Assumptions,
    models: Mapping[str, str], unpriced: Mapping[str, str],
) -> Estimate:  # fmt: skip
    """The estimate that all of this comes to."""

    def amounts(cell: int | None, each: bool, most: Cost | None, questions: float) -> Amounts:
        made = {}
        for name in QUANTITIES:
            doubt = doubts.get((name, -1 if cell is None else cell), Doubt())
            there = [(group, runs) for group, runs in zip(plan.groups, seen, strict=True)
                     if cell is None or group.left(cell)][: 1 if each else None]  # fmt: skip
            strata = [Stratum(1 if each else len(group.seeds), _sums(runs, name, cell)) for group, runs in there]
            found = predicted(strata, level, doubt)
            top = {"questions": questions, "requests": most.calls, "micro_usd": most.micro_usd}.get(
                name, most.tokens) if most is not None else math.inf  # fmt: skip
            made[name] = found if name in ("seconds", "time") else found.whole(top)
        asked = made["questions"]  # each is a request at least
        made["requests"] = Range(*map(max, made["requests"], asked))
        return MappingProxyType(made)

    arms, held = [], []
    for place, cell in enumerate(plan.cells):
        runs = sum(group.left(place) for group in plan.groups)
        asked, most = bounds[place] if bounds else (math.inf, None)
        right = {(group.seeds[number % len(group.seeds)], number, item.about): float(item.correct)
                 for group, dry_runs in zip(plan.groups, seen, strict=True) for number, run in enumerate(dry_runs)
                 if (one := run[place]) is not None for item in one.row.items if item.correct is not None}  # fmt: skip
        agenda = max((len(one.row.items) for dry_runs in seen for run in dry_runs if (one := run[place]) is not None),
                     default=0)  # fmt: skip
        accuracy = (math.fsum(right.values()) / len(right), len(right)) if right else None
        arms.append(Arm(cell.arm, cell.point, runs, amounts(place, True, most, asked),
                        amounts(place, False, most, asked), most, agenda, accuracy))  # fmt: skip
        held.append((_label(cell), right))
    questions = sum(asked for asked, _ in bounds)
    most = reduce(Cost.plus, (most for _, most in bounds), NOTHING) if bounds else None
    weights = [len(group.seeds) for group in plan.groups]

    def mean(name: str) -> int:
        each = [math.fsum(getattr(one, name) for run in runs for one in run if one is not None) / len(runs)
                for runs in seen]  # fmt: skip
        return round(math.fsum(many * one for many, one in zip(weights, each, strict=True)))

    return Estimate(
        scenario.name, seeds, level, dries, tuple(arms), amounts(None, False, most, questions if bounds else math.inf),
        questions, most, sure, scenario.budget, assumed, models, unpriced, plan.there, mean("free"),
        mean("free_tokens"), tuple(held),
    )  # fmt: skip


def _label(cell: Cell) -> str:
    return ", ".join([cell.arm, *(f"{axis} {level}" for axis, level in cell.point.items())])
