"""Who lets others wait."""

from __future__ import annotations

from collections import Counter, defaultdict

from society_viz.load import Load, note
from society_viz.survey import time
from society_viz.view.blocks import Block, Lines, Table, panel
from society_viz.view.known import Known, whole

_MOST = 6
_AHEAD = 600  # moments in which whoever waits now is looked for


@panel
def queues(known: Known) -> list[Block] | None:
    """Who waits for whom now, and how long answers waited that have come."""
    seen = Load()
    for entry in known.entries:
        note(seen, entry, time(entry))
    waiting, at_work = _now(known) if seen.bounded else (Counter(), Counter())
    if not seen.stations and not waiting and not at_work:
        return None
    waits: defaultdict[int, list[float]] = defaultdict(list)
    served: defaultdict[int, float] = defaultdict(float)
    changes: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for _, seat, asked, begun, ended in seen.stations:
        waits[seat].append(begun - asked)
        served[seat] += ended - begun
        if begun > asked:
            changes[seat] += [(asked, 1), (begun, -1)]
    here = waits.keys() | waiting.keys() | at_work.keys()
    busiest = sorted(here, key=lambda seat: (-waiting[seat], -sum(waits[seat]), seat))[:_MOST]
    until = max(known.moment.t, 1e-9)
    rows = [[known.stage.name(seat), waiting[seat], at_work[seat], len(waits[seat]),
             sum(waits[seat]) / max(len(waits[seat]), 1), max(waits[seat], default=0),
             f"{100 * min(served[seat] / until, 1):.0f}%"] for seat in busiest]  # fmt: skip
    lines = [(known.stage.name(seat), _many(sorted(changes[seat]), until)) for seat in busiest if changes[seat]]
    blocks: list[Block] = [Lines(lines, "time", "waiting", steps=True)] if lines else []
    return [*blocks, Table(["for", "wait now", "in hand", "answered", "mean wait", "longest", "busy"], rows)]


def _now(known: Known) -> tuple[Counter[int], Counter[int]]:
    """For whom how many wait at this moment, and how many are being answered: as the answers say that come later.

    Of a run that goes on, those that have not been answered yet are not among them.
    """
    waiting: Counter[int] = Counter()
    at_work: Counter[int] = Counter()
    t = known.moment.t
    for entry in known.track.entries_of(known.place + 1, known.place + _AHEAD):
        seat, asked = entry.get("member"), whole(entry.get("asked"), t + 1)
        if entry["kind"] == "answer" and isinstance(seat, int) and not entry.get("purpose") and asked <= t:
            (waiting if time(entry) - whole(entry.get("served")) > t else at_work)[seat] += 1
    return waiting, at_work


def _many(changes: list[tuple[float, int]], until: float) -> list[tuple[float, float]]:
    points, many = [(0.0, 0.0)], 0
    for t, change in changes:
        many += change
        points.append((t, float(many)))
    return [*points, (until, float(many))]
