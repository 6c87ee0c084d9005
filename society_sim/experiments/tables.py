"""The tidy tables of an experiment: a row per run, and a row per question; as CSV, and as Parquet through DuckDB.

The same runs give the same bytes: rows in the order of the plan, floats as `repr` has them, no clock, no absolute path.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from society_sim.errors import ScenarioError
from society_sim.experiments.carrying import DONE, Row
from society_sim.rows import Rows
from society_sim.scenario.design import Cell

Table: TypeAlias = Rows
"""Rows, all with the same columns; `None` where there is nothing to say."""
_NAMES = """
    abstained accuracy answers arm baseline better calls cliffs_delta correct d_z decided decision difference failed
    flip flip_phi gold hedges_g high holds_everywhere interval kind known least level low measure messages micro_usd
    most odds_high odds_low odds_ratio p p_equivalence p_holm pairs pairs_needed question questions right run seed
    seeds share signs single source status time tokens unit units value value_baseline variance verdict why words worse
"""
COLUMNS = frozenset(_NAMES.split())
"""What the columns of tables are called beside the axes of the grid and the measures."""


def refuse_twice(axes: Iterable[str], measures: Iterable[str]) -> None:
    """`ScenarioError` if an axis of the grid would share its name with another column."""
    measured = set(measures)
    for axis in axes:
        if axis in COLUMNS or axis in measured or axis.startswith("abstained_"):
            raise ScenarioError(f"grid.{axis}: the tables have a column {axis!r} already; give the axis another name")


def runs_table(placed: Iterable[tuple[Cell, int, str, Row]]) -> Table:
    """A row per run: arm, grid, seed, what came of it, each measure, what it took, and who gave no answer and why."""
    known = list(placed)
    measures = sorted({name for *_, row in known for name in row.measures})
    reasons = sorted({reason for *_, row in known for reason in row.abstentions})
    table = Rows()
    for cell, seed, folder, row in known:
        done = row.status == DONE
        judged = [item.correct for item in row.items if item.correct is not None]
        singles = [item.single for item in row.items if item.correct is not None and item.single is not None]
        base: dict[str, Any] = {
            "arm": cell.arm, **cell.point, "seed": seed, "status": row.status, "why": row.why, "run": folder,
            "questions": len(row.items), "decided": sum(item.decision != "" for item in row.items),
            "known": len(judged), "right": sum(judged),
            "single": sum(singles) / len(singles) if singles else None,
            "calls": row.calls, "tokens": row.tokens, "micro_usd": row.micro_usd, "time": row.time,
            "messages": row.messages, "abstained": sum(row.abstentions.values()),
            **{abstained(reason): row.abstentions.get(reason, 0) for reason in reasons},
        }  # fmt: skip
        if not done:
            base |= dict.fromkeys(list(base)[list(base).index("questions"):])
        table.append({**{name: row.measures.get(name) for name in measures}, **base})
    first = list(base) if known else []
    columns = [*first, *(name for name in measures if name not in first)]
    return Rows({name: row[name] for name in columns} for row in table)


def abstained(reason: str) -> str:
    """The column that counts the answers that were none for this *reason*."""
    return f"abstained_{reason.replace(' ', '_')}"


def questions_table(placed: Iterable[tuple[Cell, int, str, Row]]) -> Table:
    """A row per question and run: what pairs are made of. `correct` and `single` are 0 or 1, if an answer is known."""
    return Rows(
        {"arm": cell.arm, **cell.point, "seed": seed, "question": item.about, "decision": item.decision,
         "gold": item.gold, "correct": None if item.correct is None else int(item.correct),
         "single": None if item.single is None else int(item.single)}
        for cell, seed, _, row in placed for item in row.items
    )  # fmt: skip


def csv_text(table: Table) -> str:
    """The *table* as CSV: a head, `\\n` after each line, nothing for `None`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if table:
        writer.writerow(table[0])
    writer.writerows([_cell(value) for value in row.values()] for row in table)
    return text.getvalue()


def write(folder: Path, tables: Mapping[str, Table], *, parquet: bool) -> None:
    """Write each of *tables* into *folder*, in one step each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        beside = folder / f".{name}.csv"
        beside.write_text(csv_text(table), encoding="utf-8", newline="")
        beside.replace(folder / f"{name}.csv")
        if parquet and table:
            _parquet(folder / f"{name}.csv", folder / f"{name}.parquet", table)


def duckdb() -> Any:
    """DuckDB; `ScenarioError` with the name of the extra where it is not installed."""
    try:
        import duckdb as found
    except ImportError as error:
        raise ScenarioError("Parquet needs DuckDB; install it with: python -m pip install 'society-sim[analysis]'"
                            ) from error  # fmt: skip
    return found


def _parquet(source: Path, target: Path, table: Table) -> None:
    kinds = {name: _kind([row[name] for row in table]) for name in table[0]}
    columns = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in kinds.items())
    with duckdb().connect() as connection:
        read = f"read_csv({_text(source)}, header = true, quote = '\"', escape = '\"', columns = {{{columns}}})"
        connection.execute(f"COPY (SELECT * FROM {read}) TO {_text(target)} (FORMAT parquet)")  # noqa: S608 - quoted


def _kind(values: Sequence[Any]) -> str:
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, int) for value in there):
        return "BIGINT"
    return "DOUBLE" if there and all(isinstance(value, (int, float)) for value in there) else "VARCHAR"


def _text(value: Any) -> str:
    """*value* as a text of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    return str(value)
