"""Who lets others wait."""

from __future__ import annotations

from collections import defaultdict

from society_viz import queues as load
from society_viz.survey import time
from society_viz.view.blocks import Block, Lines, Table, panel
from society_viz.view.known import Known

_MOST = 6


@panel
def queues(known: Known) -> list[Block] | None:
    """Answers that waited, as far as they have come: how many were waiting for whom, and for how long."""
    seen = load.Load()
    for entry in known.entries:
        load.note(seen, entry, time(entry))
    if not seen.bounded or not seen.stations:
        return None
    waits: defaultdict[int, list[float]] = defaultdict(list)
    served: defaultdict[int, float] = defaultdict(float)
    changes: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for _, seat, asked, begun, ended in seen.stations:
        waits[seat].append(begun - asked)
        served[seat] += ended - begun
        if begun > asked:
            changes[seat] += [(asked, 1), (begun, -1)]
    busiest = sorted(waits, key=lambda seat: -sum(waits[seat]))[:_MOST]
    until = max(known.moment.t, 1e-9)
    rows = [[known.stage.name(seat), len(waits[seat]), sum(waits[seat]) / len(waits[seat]), max(waits[seat]),
             f"{100 * min(served[seat] / until, 1):.0f}%"] for seat in busiest]  # fmt: skip
    lines = [(known.stage.name(seat), _many(sorted(changes[seat]), until)) for seat in busiest if changes[seat]]
    blocks: list[Block] = [Lines(lines, "time", "waiting", steps=True)] if lines else []
    return [*blocks, Table(["for", "served", "mean wait", "longest", "busy"], rows)]


def _many(changes: list[tuple[float, int]], until: float) -> list[tuple[float, float]]:
    points, many = [(0.0, 0.0)], 0
    for t, change in changes:
        many += change
        points.append((t, float(many)))
    return [*points, (until, float(many))]
