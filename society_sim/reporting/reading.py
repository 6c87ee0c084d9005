"""An experiment's folder, read back: its tables with numbers as numbers, and what they were made of."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from society_sim.errors import ScenarioError
from society_sim.scenario import plainyaml

Rows: TypeAlias = "list[dict[str, Any]]"
ABOUT = "experiment.json"
DONE = "done"
_WORDS = frozenset({"arm", "status", "why", "run", "kind", "measure", "baseline", "unit", "interval", "verdict",
                    "source", "signs", "words", "question", "decision", "gold"})  # fmt: skip
_PRESET = re.compile(r"\bpreset=([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Found:
    """What is in the *folder* of an experiment. *missing*: the tables that are not there and should be."""

    folder: Path
    about: Mapping[str, Any]
    scenario: str
    runs: Rows
    arms: Rows
    comparisons: Rows
    variance: Rows
    sensitivity: Rows
    missing: tuple[str, ...]

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of the grid."""
        for rows, until in ((self.arms, "seeds"), (self.runs, "seed")):
            if rows:
                names = list(rows[0])
                return tuple(names[1 : names.index(until)])
        return ()

    @property
    def alpha(self) -> float:
        """The error of the first kind over all comparisons together."""
        return float(self.about["compare"]["alpha"])

    @property
    def margin(self) -> float | None:
        """Differences within plus, minus that much count as equivalent, if they do."""
        margin: float | None = self.about["compare"]["margin"]
        return margin

    @property
    def seeds(self) -> list[int]:
        """The seeds of the runs."""
        return sorted({row["seed"] for row in self.runs}) if self.runs else list(range(int(self.about["seeds"])))

    @property
    def sections(self) -> Mapping[str, Any]:
        """The scenario's sections; none, if its file cannot be read as one."""
        return plainyaml.mapping(self.scenario)

    def point(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Where in the grid *row* is."""
        return tuple(str(row[axis]) for axis in self.axes if axis in row)


def is_experiment(folder: Path) -> bool:
    """Whether *folder* is one that an experiment wrote."""
    return (folder / ABOUT).is_file()


def found(folder: Path) -> Found:
    """Read *folder*; `ScenarioError` if it is no experiment's, or a table in it is torn."""
    if not is_experiment(folder):
        raise ScenarioError(f"{folder} is not an experiment's folder: it has no {ABOUT}; an experiment prints its "
                            "folder at its end")  # fmt: skip
    try:
        about = orjson.loads((folder / ABOUT).read_bytes())
        _ = about["name"], about["compare"]["alpha"], about["compare"]["margin"], about["models"], about["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise ScenarioError(f"{folder / ABOUT} is not what an experiment wrote: {error}") from None
    axes = frozenset(axis for cell in about["cells"] for axis in cell.get("point", ()))
    names = ("runs", "arms", "comparisons", "variance", "sensitivity")
    tables = {name: _table(folder / f"{name}.csv", axes) for name in names}
    asked = {"runs", "arms", "comparisons"}
    if "sensitivity" in about or {"correlation", "confidence", "kappa"} <= axes:
        asked.add("sensitivity")
    scenario = folder / "scenario.yaml"
    text = scenario.read_text(encoding="utf-8", errors="replace") if scenario.is_file() else ""
    absent = [f"{name}.csv" for name in names if name in asked and tables[name] is None]
    runs, arms, comparisons, variance, sensitivity = (tables[name] or [] for name in names)
    missing = (*absent, *([] if text else ["scenario.yaml"]))
    return Found(folder, about, text, runs, arms, comparisons, variance, sensitivity, missing)


def presets(marks: Sequence[str]) -> list[str]:
    """The presets of the synthetic models among *marks*, such as `crowd: synthetic@3c97b382 preset=helm-mid`.

    >>> presets(["crowd: synthetic@3c97b382 preset=helm-mid accuracy=0.6", "real: litellm gpt-4o preset=none"])
    ['helm-mid']
    """
    synthetic = (mark for mark in marks if mark.partition(": ")[2].startswith("synthetic"))
    return sorted({preset.group(1) for mark in synthetic if (preset := _PRESET.search(mark))})


def _table(path: Path, axes: frozenset[str]) -> Rows | None:
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise ScenarioError(f"{path}:{number}: this line has not as many cells as the head; give the experiment's "
                                "command again, which writes its tables anew")  # fmt: skip
    return [{name: value if name in _WORDS or name in axes else _number(value) for name, value in row.items()}
            for row in rows]  # fmt: skip


def _number(value: str) -> Any:
    """A cell as a number; not a number where it is empty, and the words where it is none.

    >>> _number("3"), _number("0.5"), _number(""), _number("-inf"), _number("so")
    (3, 0.5, nan, -inf, 'so')
    """
    if value == "":
        return math.nan
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
