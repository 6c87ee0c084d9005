"""`society-sim structure`: how a run's society was organised over time, as a table, a file, and a figure."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import orjson
import typer

from society_sim.cli.printing import console, incomplete, say
from society_sim.errors import ScenarioError, StoreError
from society_sim.structure import DEFAULT, Row, write_csv
from society_sim.structure.over_time import rows

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
    made = rows(record, every, tuple(measures or USUAL))
    first = next(made, None)
    if first is None:
        raise ScenarioError(f"{record.path} holds no graph: nothing was organised")
    made = itertools.chain([first], made)
    drawn = list(made) if draw is not None else []  # a figure is drawn of all of them at once; nothing else needs them
    with TemporaryFile() as lines:
        passing = _Passing(drawn or made, lines if json else None)
        written = deque(passing, 0) if csv is None else write_csv(passing, csv)
        if json:  # now that all of them are there: of a broken record none is printed
            lines.seek(0)
            while block := lines.read(1 << 16):
                typer.echo(block, nl=False)
    if csv is not None:
        say(written, stderr=json)
    if draw is not None:
        say(draw(drawn, next(iter(record))), stderr=json)
    if not json and csv is None and draw is None:
        _print(passing.first, passing.count)
    incomplete(record.path)


class _Passing:
    """*rows* as they pass: the `first` are kept, all are counted (`count`), and are written to *lines* as JSON."""

    def __init__(self, rows: Iterable[Row], lines: IO[bytes] | None) -> None:
        self._rows, self._lines = rows, lines
        self.first: list[Row] = []
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            if self.count < _MOST:
                self.first.append(row)
            if self._lines is not None:
                self._lines.write((b"," if self.count else b"[") + orjson.dumps(row))
            self.count += 1
            yield row
        if self._lines is not None:
            self._lines.write(b"]\n")


def _print(rows: list[Row], count: int) -> None:
    """A line for each measure and a column for each moment, where there are few; else a line for each moment.

    *rows* are the first of *count*.
    """
    from society_sim.cli.telling import rows as lined

    names = [name for name in rows[0] if name != "t"]
    if count <= 8:
        body = [[name.replace("_", " "), *(_told(row[name]) for row in rows)] for name in names]
        head = ["simulated time", *(_told(row["t"]) for row in rows)]
    else:
        body = [[_told(row["t"]), *(_told(row[name]) for name in names)] for row in rows]
        head = ["t", *(name.replace("_", " ") for name in names)]
    console().print(lined(body, head=head, right=range(0 if count > 8 else 1, len(head))))
    if count > len(rows):
        say(f"and {count - len(rows):,} more; --csv FILE writes all of them", style="dim")


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
