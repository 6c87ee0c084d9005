"""`experiment`: all cells of a scenario on all cores, resumable, and its tables."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import orjson

from society_sim import __version__, runs
from society_sim.backends.pools import Like
from society_sim.backends.taped import kept
from society_sim.bar import bar
from society_sim.building import build
from society_sim.errors import REASONS, ScenarioError
from society_sim.experiments import baselines, comparing, sensitivity, tables
from society_sim.experiments.carrying import DONE, FAILED, SHORT, Task, spent
from society_sim.experiments.comparing import Held
from society_sim.experiments.going import Going, Hands, carried, hired
from society_sim.experiments.purse import Purse
from society_sim.experiments.tables import Table, abstained
from society_sim.ledger import allowed
from society_sim.making import models_of
from society_sim.preflight import Bound, bound
from society_sim.readable import place
from society_sim.results import unreached
from society_sim.scenario import Scenario, design
from society_sim.scenario.design import Cell
from society_sim.scenario.designed import Comparison
from society_sim.scenario.sources import file_of
from society_sim.scenario.using import as_said
from society_sim.store import RECORD

ANSWERS = "answers"
"""The folder, beside the tables, of answers that the runs share."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What an experiment came to: its *folder*, and its tables as lists of rows with the same names as the files.

    *failed* and *stopped* are rows of `runs` that did not come to their end. *micro_usd* is the money in all records.
    """

    folder: Path
    comparison: Comparison
    runs: Table = field(repr=False)
    questions: Table = field(repr=False)
    arms: Table = field(repr=False)
    comparisons: Table = field(repr=False)
    variance: Table = field(repr=False)
    sensitivity: Table = field(repr=False)
    models: tuple[str, ...] = ()
    """Who played: the name of each model, and what it calls itself."""

    @property
    def failed(self) -> Table:
        """The runs that failed."""
        return self.runs.where(status=FAILED)

    @property
    def stopped(self) -> Table:
        """The runs that were broken off, by the budget or by failures of calls, and can be taken up again."""
        return Table(row for row in self.runs if row["status"] not in (DONE, FAILED))

    @property
    def unreached(self) -> Table:
        """The runs that came to their end and reached nobody: calls failed, and none brought anything."""
        return Table(row for row in self.runs.where(status=DONE) if unreached(row["calls"], {
            reason: row.get(abstained(reason), 0) for reason in REASONS}))  # fmt: skip

    @property
    def short(self) -> bool:
        """Whether the budget was too small for all of it."""
        return any(row["status"] == SHORT for row in self.runs)

    @property
    def micro_usd(self) -> int:
        """What all records cost, in micro-dollars; answers that two runs share count in both, equal runs once."""
        return sum({row["run"]: row["micro_usd"] or 0 for row in self.runs}.values())

    @property
    def synthetic(self) -> bool:
        """Whether any of the models is a synthetic one."""
        return any(": synthetic" in model for model in self.models)

    def __repr__(self) -> str:
        arms = ", ".join(dict.fromkeys(str(row["arm"]) for row in self.arms))
        return f"<Experiment of {len(self.runs):,} runs, arms {arms}; {place(self.folder)}>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.experiment(self)


def experiment(
    scenario: Scenario | str | Path,
    *,
    out: Path | str = "runs",
    seeds: int | None = None,
    workers: int | None = None,
    on: Literal["local", "ray"] = "local",
    budget: float | None = None,
    concurrency: int = 64,
    again: bool = False,
    sweep: bool = False,
    parquet: bool = False,
    watch: Callable[[Going], None] | None = None,
    announce: Callable[[Bound, float | None], None] | None = None,
) -> Experiment:
    """Run every arm of *scenario* at every point of its grid with every seed, and compare the arms pair by pair.

    Each cell with each seed is an ordinary run in a folder of its own below *out*: what is whole there is not run
    again, and what broke off is taken up, so the same call goes on with an experiment. Seeds are 0, 1, ...: equal seeds
    mean equal members, items and errors in all arms. *workers* are processes; all cores, if left out, but one for
    models behind an endpoint, whose calls have to go through one gate. *on* `ray` has Ray carry out the same runs, to
    the same tables. *budget*: US dollars for all runs together. *again*: ask once more what failed. *sweep*: over the
    assumptions of the synthetic models, as the section `sensitivity` does. *parquet*: write the tables in that form
    too. *watch* is told how it goes (in a notebook a bar is, if nobody
    else); *announce* what it can take at most, if it is a paid one.

    The tables are in `<out>/<name>-experiment-<digest>/`. A run that fails is a row with its reason, and the others go
    on. Raises `ScenarioError`, before anything is asked, for a cell that cannot be built.
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.read(scenario)
    if parquet:
        tables.duckdb()
    if budget is not None:
        allowed(budget)
    if on not in ("local", "ray"):
        raise ScenarioError(f"an experiment runs on local or on ray, not on {on!r}")
    many = scenario.seeds if seeds is None else seeds
    if many < 1:
        raise ScenarioError(f"an experiment has at least 1 seed, not {many}")
    wanted = design.comparison(scenario)
    sweep = sweep or "sensitivity" in scenario.sections
    swept = sensitivity.axes(scenario, design.sensitivity(scenario)) if sweep else {}
    cells = [_measuring(cell, wanted, bool(swept)) for cell in design.cells(scenario, swept)]
    baseline = wanted.baseline or cells[0].arm
    if baseline not in {cell.arm for cell in cells}:
        raise ScenarioError(f"compare.baseline: there is no arm {baseline!r}; the arms are "
                            f"{', '.join(dict.fromkeys(cell.arm for cell in cells))}")  # fmt: skip
    wanted = replace(wanted, baseline=baseline)
    tables.refuse_twice(cells[0].point, (name for cell in cells for name, *_ in cell.scenario.measures))
    _built(cells)
    folder = Path(out) / f"{scenario.name}-experiment-{_digest(cells)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ScenarioError(f"no tables can be written below {out}: {error.strerror}; use another --out") from error
    free = all(Like(model).free for cell in cells for model in models_of(cell.scenario).values())
    if workers is None:
        workers = (os.cpu_count() or 1) if free and not _homemade(cells) else 1
    lab = _Lab(Path(out), many, budget, concurrency, None if free else folder / ANSWERS, again)
    if announce is not None:
        lab.announce(cells, announce)
    with bar(scenario.name) as told, hired(on, min(workers, many * len(cells)) if on == "local" else workers) as hands:
        lab.hands, lab.watch = hands, watch or told
        held = lab.carry(cells)
        beside_them = wanted.matched and "accuracy" in wanted.measures and not swept
        twins = {place: cell for place, one in enumerate(held)
                 if beside_them and (cell := baselines.matched(one)) is not None}  # fmt: skip
        distinct = list({cell.scenario.digest: cell for cell in twins.values()}.values())
        beside = dict(zip((cell.scenario.digest for cell in distinct), lab.carry(distinct), strict=True))
        pairs = {place: replace(beside[cell.scenario.digest], cell=cell) for place, cell in twins.items()}
        together = comparing.pooled(held, wanted.pool)
        compared = comparing.comparisons_table([*held, *together], pairs, wanted)
        flips = _flips(scenario, swept, held, compared, lab, wanted) if swept else Table()
    known = [*held, *beside.values()]
    placed = [(one.cell, seed, _place(one.cell, seed), row) for one in known for seed, row in one.rows.items()]
    done = Experiment(
        folder, wanted, tables.runs_table(placed), tables.questions_table(placed),
        comparing.arms_table([*held, *together, *beside.values()], wanted.alpha), compared,
        comparing.variance_table(held), flips, tuple(_players(known)),
    )  # fmt: skip
    named = ("runs", "questions", "arms", "comparisons", "variance", "sensitivity")
    written = {name: getattr(done, name) for name in named if getattr(done, name)}
    tables.write(folder, written, parquet=parquet)
    _provenance(done, scenario, known, many)
    return done


class _Lab:
    """What carries out cells, one batch after the other, out of one purse."""

    hands: Hands
    watch: Callable[[Going], None] | None

    def __init__(
        self, out: Path, seeds: int, budget: float | None, concurrency: int, shared: Path | None, again: bool
    ) -> None:
        self._out, self._seeds, self._budget = out, range(seeds), budget
        self._like = Task(0, "", None, 0, str(out.absolute()), concurrency=concurrency, again=again,
                          shared=None if shared is None else str(shared.absolute()))  # fmt: skip
        self._spent: dict[str, int] = {}

    def carry(self, cells: Sequence[Cell]) -> list[Held]:
        """Run *cells* with every seed; those that are the same run, in whatever arms, once."""
        tasks: dict[str, Task] = {}
        for cell in cells:
            words, code, digest = cell.scenario.dump(), cell.scenario.code, cell.scenario.digest
            for seed in self._seeds:
                like = self._like._replace(number=len(tasks), words=words, code=code, seed=seed, digest=digest,
                                           file=file_of(cell.scenario.name) if code else None)  # fmt: skip
                tasks.setdefault(_place(cell, seed), like)
        if self._budget is not None:
            self._spent |= {place: spent(self._out / place) for place in tasks}
        mine = {task.number: self._spent.get(place, 0) for place, task in tasks.items()}
        others = {-1 - number: gone for number, (place, gone) in enumerate(self._spent.items()) if place not in tasks}
        rows = carried(list(tasks.values()), self.hands, Purse(self._budget, {**mine, **others}), self.watch)
        if self._budget is not None:
            self._spent |= {place: rows[task.number].spent for place, task in tasks.items()}
        return [Held(cell, {seed: rows[tasks[_place(cell, seed)].number] for seed in self._seeds}) for cell in cells]

    def announce(self, cells: Sequence[Cell], tell: Callable[[Bound, float | None], None]) -> None:
        """Tell what runs of paid models can take at most that are not there yet, if there are any."""
        questions, most = 0, None
        for cell in cells:
            if any(Like(model).paid for model in models_of(cell.scenario).values()):
                left = sum(not (self._out / _place(cell, seed) / RECORD).is_file() for seed in self._seeds)
                one = bound(cell.scenario, 0, enough=cell.scenario.budget)
                questions += left * one.questions
                for _ in range(left):
                    most = one.most if most is None else most.plus(one.most)
        if most is not None:
            tell(Bound(questions, most), self._budget)


def _flips(
    scenario: Scenario, swept: sensitivity.Axes, held: Sequence[Held], compared: Table, lab: _Lab, wanted: Comparison
) -> Table:
    """The table of flip points; further cells are run where a comparison turns round."""
    known = {(one.cell.arm, *one.cell.point.values()): one for one in held}

    def phi(row: Mapping[str, Any]) -> float:
        one = known[row["baseline"], *(row[axis] for axis in held[0].cell.point)]
        found = [value for _, run in one.done() if (value := run.measures.get(sensitivity.PHI)) is not None]
        return float(sum(found) / len(found)) if found else float("nan")

    def refine(row: Mapping[str, Any], correlation: float) -> tuple[Mapping[str, Any], float]:
        axes = sensitivity.at(scenario, swept, row, correlation)
        here = {axis: row[axis] for axis in held[0].cell.point}
        here[sensitivity.CORRELATION] = design.label_of(correlation)
        cells = [_measuring(cell, wanted, True) for cell in design.cells(scenario, axes)
                 if dict(cell.point) == here and cell.arm in (row["arm"], row["baseline"])]  # fmt: skip
        new = {one.cell.arm: one for one in lab.carry(cells)}
        known.update({(one.cell.arm, *one.cell.point.values()): one for one in new.values()})
        alike = replace(wanted, baseline=row["baseline"], measures=(row["measure"],), best_single=False)
        [found] = comparing.comparisons_table(list(new.values()), {}, alike)
        return found, phi({**row, sensitivity.CORRELATION: design.label_of(correlation)})

    return sensitivity.sensitivity_table(compared, phi, refine)


def _measuring(cell: Cell, wanted: Comparison, swept: bool) -> Cell:
    """*cell* with the measures that comparisons need beside its own; they are no part of its digest."""
    own = [name for name, *_ in cell.scenario.measures]
    counts = ("calls", "tokens", "micro_usd", "time", "messages")
    more = [*(name for name in wanted.measures if name not in counts), "accuracy", "best_single",
            *([sensitivity.PHI] if swept else [])]  # fmt: skip
    scenario = cell.scenario
    missing = list(dict.fromkeys(name for name in more if name not in own))
    said = scenario.sections.get("measures", ())
    return replace(cell, scenario=scenario.set("measures", [*map(as_said, said), *missing]))


def _built(cells: Sequence[Cell]) -> None:
    """Before anything is asked: every cell can be built."""
    for cell in cells:
        try:
            cell.scenario.check()
            build(cell.scenario, wrap=kept).close()
        except ScenarioError as error:
            at = ", ".join([f"arm {cell.arm}", *(f"{axis} {level}" for axis, level in cell.point.items())])
            raise ScenarioError(f"{at}: {error.message}", error.file, error.line, error.column) from error


def _homemade(cells: Sequence[Cell]) -> bool:
    """Whether a part was defined where another process cannot find it: in a notebook or at a prompt."""
    if hasattr(sys.modules.get("__main__"), "__file__"):
        return False
    return any(use.part.function.__module__ == "__main__" for cell in cells for _, _, use in cell.scenario.uses())


def _place(cell: Cell, seed: int) -> str:
    return runs.folder_of(cell.scenario, seed, ".").as_posix()


def _digest(cells: Sequence[Cell]) -> str:
    whole = [[cell.arm, *cell.point.items(), cell.scenario.digest] for cell in cells]
    return sha256(orjson.dumps(whole)).hexdigest()[:8]


def _players(held: Sequence[Held]) -> list[str]:
    return sorted({f"{name}: {Like(model).watermark}" for one in held
                   for name, model in models_of(one.cell.scenario).items()})  # fmt: skip


def _provenance(done: Experiment, scenario: Scenario, held: Sequence[Held], seeds: int) -> None:
    """What the tables were made of: the scenario as text, and who played."""
    folder, wanted = done.folder, done.comparison
    known = {
        "name": scenario.name, "about": scenario.about, "version": __version__, "seeds": seeds,
        "models": list(done.models), "synthetic": done.synthetic,
        "compare": {"baseline": wanted.baseline, "measures": list(wanted.measures), "margin": wanted.margin,
                    "alpha": wanted.alpha},
        "cells": [{"arm": one.cell.arm, "point": dict(one.cell.point), "digest": one.cell.scenario.digest}
                  for one in held],
    }  # fmt: skip
    (folder / "experiment.json").write_bytes(orjson.dumps(known, option=orjson.OPT_INDENT_2) + b"\n")
    (folder / "scenario.yaml").write_text(scenario.dump(), encoding="utf-8")
