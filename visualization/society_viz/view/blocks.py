"""What panels are made of, and how they are found: one file, one decorator.

>>> from collections import Counter
>>> @panel
... def speakers(known):
...     '''Who speaks.'''
...     said = Counter(entry["member"] for entry in known.only("answer"))
...     return [Bars(tuple((known.stage.name(seat), many) for seat, many in said.most_common(10)))] if said else None
>>> panel.get("speakers").about
'Who speaks.'

Words in blocks are words: whatever a model wrote is shown as it is, and nothing in it is done.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from society_sim.registry import Kind
from society_viz.words import clean, number

panel = Kind("panel", "society_viz.view.panels", often=True)
"""Registers a panel: a function of what is `Known`, which gives blocks, a matplotlib `Figure`, or `None` if there is
nothing to show. Its name, and the first line of its docstring, are its heading."""
_HUE = re.compile(r"#[0-9A-Fa-f]{3,8}")
_ROWS, _POINTS, _LETTERS = 200, 400, 400


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of text."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; numbers are set as numbers. More rows than can be read are cut off, and counted."""

    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Bars:
    """(label, number) or (label, number, colour): one bar each, from 0 to *most* (the largest, if left out)."""

    rows: Sequence[tuple[Any, ...]]
    most: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Series of points (x, y) with their names, over *x*; *band*: a range of y that stands out."""

    series: Sequence[tuple[str, Sequence[tuple[float, float]]]]
    x: str = "time"
    y: str = ""
    band: tuple[float, float] | None = None
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """An order book: (price, units) of bids and asks, the best first."""

    bids: Sequence[tuple[float, float]]
    asks: Sequence[tuple[float, float]]


Block = Words | Table | Bars | Lines | Book


def plain(block: Block) -> dict[str, Any]:
    """*block* as the page draws it: finite numbers, words on one line, no more of either than can be shown."""
    kind = type(block).__name__.lower()
    if isinstance(block, Words):
        return {"kind": kind, "lines": [clean(line, _LETTERS) for line in block.lines[:_ROWS]]}
    if isinstance(block, Table):
        return {"kind": kind, "head": [clean(word, 40) for word in block.head], "left": max(len(block.rows) - _ROWS, 0),
                "rows": [[_cell(cell) for cell in row] for row in block.rows[:_ROWS]]}  # fmt: skip
    if isinstance(block, Bars):
        rows = [(clean(row[0], 80), _finite(row[1]), _colour(row[2]) if len(row) > 2 else "")
                for row in block.rows[:_ROWS]]  # fmt: skip
        most = block.most if block.most is not None else max((abs(many) for _, many, _ in rows), default=1)
        return {"kind": kind, "unit": block.unit, "left": max(len(block.rows) - _ROWS, 0),
                "rows": [[label, f"{number(many)}{block.unit}", min(abs(many) / (most or 1), 1), colour]
                         for label, many, colour in rows]}  # fmt: skip
    if isinstance(block, Lines):
        return {"kind": kind, **_drawn(block)}
    return {"kind": kind, **{side: [[number(price), many, many / max((one for _, one in rows), default=1)]
                                    for price, many in rows[:20]]
                             for side, rows in asdict(block).items()}}  # fmt: skip


def _cell(cell: Any) -> Any:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return {"number": number(cell)}
    return clean(cell, 200)


def _colour(said: Any) -> str:
    """*said* if it is a colour by its number; a browser would fetch what else a style may say."""
    return said if isinstance(said, str) and _HUE.fullmatch(said) else ""


def _finite(value: float) -> float:
    return float(value) if abs(value) < 1e15 else 0.0


def _drawn(block: Lines) -> dict[str, Any]:
    """The series thinned, and the corners of the picture."""
    series = []
    for name, points in block.series[:7]:
        sound = [(float(x), float(y)) for x, y in points if abs(x) < 1e15 and abs(y) < 1e15]
        step = -(-len(sound) // _POINTS)
        kept = sound[::step] if step > 1 else sound
        series.append((clean(name, 40), kept if not sound or kept[-1] == sound[-1] else [*kept, sound[-1]]))
    xs = [x for _, points in series for x, _ in points]
    ys = [y for _, points in series for _, y in points] + list(block.band or ())
    low, high = min(ys, default=0.0), max(ys, default=1.0)
    if low == high:
        low, high = (low - 0.5, high + 0.5) if low else (0.0, 1.0)
    ends = [number(min(xs, default=0.0)), number(max(xs, default=1.0))]
    return {"series": series, "x": block.x, "y": block.y, "band": block.band, "steps": block.steps,
            "box": [min(xs, default=0.0), max(xs, default=1.0), low, high],
            "left": max(len(block.series) - 7, 0), "ends": [*ends, number(low), number(high)]}  # fmt: skip
