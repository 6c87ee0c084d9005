"""Structure over time of a run, as a figure: what a dynamic organisation became."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from society_sim.errors import SocietyError
from society_sim.reporting.drawings import Line, Lines
from society_sim.reporting.page import Block, Figure, Words
from society_sim.store import RecordFile, find_record
from society_sim.structure import structure_over_time
from society_sim.structure.over_time import Row

_MOMENTS = 100
PANELS = (
    ("hierarchy", (("depth", "depth"), ("span", "mean span"))),
    ("centrality", (("centralisation", "centralisation"), ("bottleneck", "bottleneck"))),
    ("communities", (("modularity", "modularity"), ("clustering", "clustering"))),
    ("cohesion", (("algebraic_connectivity", "connectivity"), ("reachability", "reachability"))),
    ("along lines of reporting", (("formal_share", "ties"), ("formality", "messages"))),
    ("between two moments", (("rewired", "ties rewired"),)),
)
"""Title, and (measure, its name) that share an axis."""
_FLOW = frozenset({"formality", "rewired"})


def structure(run: Path, where: str, told: str) -> Iterator[Block]:
    """The measures over time of the record in *run*; a sentence, where there is none to read."""
    try:
        record = RecordFile(find_record(run))
        last = max((float(entry.get("t", 0)) for entry in record), default=0.0)  # where it broke off there is no end
        names = tuple(name for _, own in PANELS for name, _ in own)
        rows = structure_over_time(record, max(1.0, last / _MOMENTS), names) if last > 0 else []
    except SocietyError as error:
        yield Words(f"Structure over time of {where} is not shown: {error}")
        return
    panels = []
    for title, own in PANELS:
        lines = [line for name, label in own if (line := _line(rows, name, label)) is not None]
        if lines:
            panels.append((title, tuple(lines)))
    if len(rows) > 1 and panels:
        yield Figure(f"Structure over time: {where}", Lines("simulated time", tuple(panels)),
                     f"Structure over time of {where}: one run, so no intervals. {told}")  # fmt: skip


def _line(rows: Sequence[Row], name: str, label: str) -> Line | None:
    flow = name in _FLOW
    shown = _whole(rows) if flow else rows
    known = [(float(row["t"]), float(row[name])) for row in shown if not math.isnan(row.get(name, math.nan))]
    if len(known) < 2 or (flow and not any(value for _, value in known)):
        return None
    return Line(label, tuple(t for t, _ in known), tuple(value for _, value in known), not flow)


def _whole(rows: Sequence[Row]) -> Sequence[Row]:
    """Rows that stand for a stretch as long as the others: not the first, nor a shorter last one."""
    stretches = [after["t"] - before["t"] for before, after in pairwise(rows)]
    short = len(stretches) > 1 and stretches[-1] < 0.99 * stretches[-2]
    return rows[1 : len(rows) - short]
