"""`society-sim structure`: how a run's society was organised over time, as a table, a file, and a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from society_sim.cli.printing import console, incomplete, say
from society_sim.cli.printing import json as print_json
from society_sim.errors import ScenarioError, StoreError
from society_sim.structure import DEFAULT, Row, structure_over_time, write_csv

USUAL = (*DEFAULT, "bottleneck")
_MOST = 40
"""Rows that are shown; a file holds all."""


def table(run: Path, every: float, measures: Sequence[str] | None, csv: Path | None, to: Path | None,
          json: bool) -> None:  # fmt: skip
    """Make the table of the run in *run*; print it, or write it to *csv* and draw it in *to*."""
    from society_sim.store import RecordFile, find_record

    draw = _drawing(to) if to else None
    for path in (csv, to):
        if path is not None and not path.absolute().parent.is_dir():
            raise ScenarioError(f"cannot make {path}: there is no folder {path.absolute().parent}")
    try:
        record = RecordFile(find_record(run))
    except StoreError as error:
        raise ScenarioError(str(error)) from None
    rows = structure_over_time(record, every, tuple(measures or USUAL))
    if not rows:
        raise ScenarioError(f"{record.path} holds no graph: nothing was organised")
    if json:
        print_json(rows)
    if csv is not None:
        say(write_csv(rows, csv), stderr=json)
    if draw is not None:
        say(draw(rows, next(iter(record))), stderr=json)
    if not json and csv is None and draw is None:
        _print(rows)
    incomplete(record.path)


def _print(rows: list[Row]) -> None:
    """A line for each measure and a column for each moment, where there are few; else a line for each moment."""
    from society_sim.cli.telling import rows as lined

    shown = rows if len(rows) <= _MOST else rows[:_MOST]
    names = [name for name in rows[0] if name != "t"]
    if len(rows) <= 8:
        body = [[name.replace("_", " "), *(_told(row[name]) for row in rows)] for name in names]
        head = ["simulated time", *(_told(row["t"]) for row in rows)]
    else:
        body = [[_told(row["t"]), *(_told(row[name]) for name in names)] for row in shown]
        head = ["t", *(name.replace("_", " ") for name in names)]
    console().print(lined(body, head=head, right=range(0 if len(rows) > 8 else 1, len(head))))
    if len(rows) > len(shown):
        say(f"and {len(rows) - len(shown):,} more; --csv FILE writes all of them", style="dim")


def _told(value: float) -> str:
    from society_sim.readable import number

    return "-" if value != value else number(round(value, 3))


def _drawing(to: Path) -> Any:
    """What draws rows in the file *to*; checked before the record is read."""
    try:
        import society_viz
        from society_viz.structure import ENDINGS
    except ImportError as error:
        raise ScenarioError(f"figures need {error.name}; install it with: "
                            "python -m pip install 'society-sim[viz]'") from error  # fmt: skip
    if to.suffix.lower() not in ENDINGS:
        raise ScenarioError(f"cannot make {to}: its name must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")

    def draw(rows: Sequence[Row], header: Mapping[str, Any]) -> Path:
        try:
            return society_viz.structure_figure(rows, header, to)
        except society_viz.VizError as error:
            raise ScenarioError(str(error)) from error

    return draw
