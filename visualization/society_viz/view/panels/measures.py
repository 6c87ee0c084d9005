"""The scenario's measures of the record so far."""

from __future__ import annotations

import math

from society_sim.scenario import Scenario
from society_sim.store import RecordFile
from society_viz.view.blocks import Block, Lines, Table, panel
from society_viz.view.cutting import OUTCOME
from society_viz.view.known import Known
from society_viz.view.track import Track

_STEPS = 24
_LARGE = 40_000_000  # bytes of a record that are not gone through again and again


@panel
def measures(known: Known) -> list[Block] | None:
    """The scenario's measures of all that has happened so far, as questions are settled."""
    if known.plan is None or not known.plan.measures:
        return None
    ends = [at for at, moment in enumerate(known.track.moments[: known.place + 1]) if moment.kind == OUTCOME]
    if not ends or known.track.bytes > _LARGE:
        return None
    step = 1
    while len(ends) // step > _STEPS:
        step *= 2  # so that what was measured already is measured no second time
    chosen = [*range(step, len(ends), step), len(ends)]
    lines: dict[str, list[tuple[float, float]]] = {}
    for settled in chosen:
        for name, value in _measured(known.plan, known.track, ends[settled - 1]).items():
            lines.setdefault(name, []).append((float(settled), value))
    last = {name: points[-1][1] for name, points in lines.items()}
    rows = [[name.replace("_", " "), value] for name, value in last.items()]
    blocks: list[Block] = [Table(["measure", "so far"], rows)]
    for name, points in lines.items():
        if len({y for _, y in points}) > 1:  # what stays as it is stands in the table
            blocks.append(Lines([(name.replace("_", " "), points)], "questions settled"))
    return blocks


_kept: dict[tuple[str, str, int, tuple[str, ...]], dict[str, float]] = {}


def _measured(plan: Scenario, track: Track, moment: int) -> dict[str, float]:
    """The measures of the record up to the end of *moment*; those that can say nothing of it yet are left out."""
    key = (str(track.path.parent), plan.digest, moment, tuple(name for name, _, _ in plan.measures))
    if key not in _kept:
        if len(_kept) > 5_000:
            _kept.clear()
        record, found = RecordFile(track.path_now(), track.end_of(moment)), {}
        for name, part, parameters in plan.measures:
            try:
                value = float(part.function(record, **parameters))
            except Exception:  # noqa: S112 - a measure of a whole run may not be able to do with less
                continue
            if math.isfinite(value):
                found[name] = value
        _kept[key] = found
    return _kept[key]
