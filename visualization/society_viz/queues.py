"""A society under load: who has a request in hand, who lets how many wait, and what the record says of waiting.

Questions that come while others are still on the table are no story of one question after the other. Such a record is
told by the clock instead: each answer says when it was asked, how long it waited and how long it was served, so at any
moment it is known where each request is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np

from society_viz import look
from society_viz.film import DONE, DOOR, HEIGHT, REQUEST, WIDTH, Beat, Chart, Key, Place, Poll, Stack
from society_viz.reading import Entry
from society_viz.words import count, listed, number

_SECONDS = 0.9
"""A picture; what is said beside it changes little from one to the next."""
_POINTS = 400
_SAME = 5e-6
"""Times in a record are rounded."""
_STATIONS = ("", "referral")  # answers for which a request stands in line; a price, say, is asked beside it
_KEYS = (Key("has one in hand", look.BUSY, ""), Key("idle", look.UNASKED, ""))
_BUSY, _IDLE = 0, 1


@dataclass(slots=True)
class Load:
    """All requests of a record: when each was put and settled, and the stations on its way."""

    bounded: bool = False
    """Whether the record says that somebody's time is bounded."""
    overlapping: bool = False
    put: array[float] = field(default_factory=lambda: array("d"))
    settled: array[float] = field(default_factory=lambda: array("d"))
    waited: array[float] = field(default_factory=lambda: array("d"))
    stations: list[tuple[int, int, float, float, float]] = field(default_factory=list)
    """(request, seat, asked, begun, ended) of each answer."""
    prices: list[tuple[float, int, float]] = field(default_factory=list)
    """(time, seat, price) of each price that a request was quoted."""
    _open: dict[str, int] = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether the record is a story of queues."""
        return self.bounded and self.overlapping and bool(self.stations)


def note(load: Load, entry: Entry, t: float) -> None:
    """Take note of an entry at time *t*."""
    kind, about = entry["kind"], entry.get("about")
    if kind == "capacity":
        load.bounded = load.bounded or bool(entry.get("servers"))
    elif not isinstance(about, str) or not load.bounded:
        return
    elif kind == "question":
        load.overlapping = load.overlapping or bool(load._open)
        load._open[about] = len(load.put)
        load.put.append(t)
        load.settled.append(np.inf)
        load.waited.append(0.0)
    elif about not in load._open:
        return
    elif kind == "answer":
        seat = entry.get("member")
        if isinstance(seat, int) and not isinstance(seat, bool) and entry.get("purpose", "") in _STATIONS:
            asked, served = min(_time(entry.get("asked"), t), t), min(_time(entry.get("served"), 0.0), t)
            begun = max(t - served, asked)
            begun = asked if begun - asked < _SAME else begun
            load.stations.append((load._open[about], seat, asked, begun, t))
            load.waited[load._open[about]] += begun - asked
    elif kind == "outcome":
        request = load._open.pop(about)
        load.settled[request] = t
        load.waited[request] = _time(entry.get("waited"), load.waited[request])
        _quoted(load, entry, load.put[request])


def _quoted(load: Load, entry: Entry, t: float) -> None:
    """The prices that a request was quoted: all it looked at, or the one it paid."""
    prices, by, price = entry.get("prices"), entry.get("by"), entry.get("price")
    if isinstance(prices, dict):
        found = [(int(seat), at) for seat, at in prices.items() if str(seat).isdecimal() and len(str(seat)) < 9]
    else:
        found = [(by, price)] if isinstance(by, int) else []
    load.prices += [(t, seat, float(at)) for seat, at in found
                    if isinstance(at, (int, float)) and not isinstance(at, bool) and 0 <= at < 1e12]  # fmt: skip


def _time(value: Any, other: float) -> float:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e15
    return float(value) if known else other


# --- what is seen when ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """What happens at a moment: flows between seats or the door, how many come, are passed on and are settled."""

    flows: tuple[tuple[int, int, str], ...]
    came: int
    passed: int
    done: int


class _Lines:
    """Numbers of requests waiting and in service over time, at each place."""

    def __init__(self, load: Load, seats: Sequence[int]) -> None:
        place = {seat: at for at, seat in enumerate(seats)}
        self.door = len(seats)
        rows: list[tuple[float, int, int, int]] = []  # time, place, change of waiting, change of service
        first: dict[int, float] = {}
        for request, seat, asked, begun, ended in load.stations:
            first[request] = min(asked, first.get(request, asked))
            if seat in place:
                at = place[seat]
                rows += [(asked, at, 1, 0), (begun, at, -1, 1)] if begun > asked else [(asked, at, 0, 1)]
                rows.append((ended, at, 0, -1))
        for request, put in enumerate(load.put):  # a line that all stand in
            begins = first.get(request, min(load.settled[request], put))
            if begins - put > _SAME:
                rows += [(put, self.door, 1, 0), (begins, self.door, -1, 0)]
        self.rows = sorted(rows)
        self.waiting, self.service = [0] * (len(seats) + 1), [0] * (len(seats) + 1)
        self._at = 0

    def until(self, t: float) -> None:
        """Let time go on to *t*."""
        while self._at < len(self.rows) and self.rows[self._at][0] <= t + _SAME:
            _, place, waits, serves = self.rows[self._at]
            self.waiting[place] += waits
            self.service[place] += serves
            self._at += 1

    def over_time(self) -> tuple[np.ndarray, np.ndarray]:
        """The number of all who wait, as steps: from when, and how many."""
        changes: dict[float, int] = {}
        for t, _, waits, _ in self.rows:
            changes[round(t, 5)] = changes.get(round(t, 5), 0) + waits
        known = [(t, waits) for t, waits in changes.items() if waits]
        return np.array([t for t, _ in known]), np.array(list(accumulate(waits for _, waits in known)))

    def busy(self, end: float) -> list[float]:
        """Mean number in service at each place."""
        total = [0.0] * (self.door + 1)
        for t, place, _, serves in self.rows:
            total[place] -= serves * t
        return [max(one / end, 0.0) if end > 0 else 0.0 for one in total]


def _steps(load: Load) -> list[tuple[float, _Step]]:
    """The moments in which requests move, in order."""
    moves: dict[float, list[tuple[int, int, str]]] = {}
    came: dict[float, int] = {}
    done: dict[float, int] = {}
    way: dict[int, list[tuple[int, float, float]]] = {}
    for request, seat, asked, _, ended in load.stations:
        way.setdefault(request, []).append((seat, asked, ended))
    for request, put in enumerate(load.put):
        came[put] = came.get(put, 0) + 1
        moves.setdefault(put, [])
        stations = way.get(request, [])
        for seat, asked, ended in stations:
            before = next((one for one, _, left in stations if one != seat and abs(left - asked) < _SAME), DOOR)
            moves.setdefault(asked, []).append((before, seat, REQUEST))
            if ended >= load.settled[request] - _SAME:
                moves.setdefault(ended, []).append((seat, DOOR, DONE))
        if load.settled[request] < np.inf:
            done[load.settled[request]] = done.get(load.settled[request], 0) + 1
            moves.setdefault(load.settled[request], [])
    return [
        (
            t,
            _Step(
                tuple(dict.fromkeys(moves[t])),
                came.get(t, 0),
                sum(source != DOOR and what == REQUEST for source, _, what in moves[t]),
                done.get(t, 0),
            ),
        )
        for t in sorted(moves)
    ]


def _together(steps: Sequence[tuple[float, _Step]], beats: int) -> list[tuple[float, list[_Step]]]:
    """One beat for each moment; where these are too many, for each in the first half, and for several from there on."""
    singly = len(steps) if len(steps) <= beats else beats // 2
    made = [(t, [step]) for t, step in steps[:singly]]
    rest = steps[singly:]
    left = max(beats - singly, 1)
    for at in range(min(left, len(rest))):
        part = rest[at * len(rest) // left : (at + 1) * len(rest) // left]
        made.append((part[-1][0], [step for _, step in part]))
    return made


def beats(load: Load, seats: Sequence[int], names: Mapping[int, str], seconds: float) -> tuple[Poll, tuple[Beat, ...]]:
    """The beats of a film of about *seconds*, flows and fills in places of *seats*, and what stands beside them."""
    place = {seat: at for at, seat in enumerate(seats)} | {DOOR: DOOR}
    lines, steps = _Lines(load, seats), _steps(load)
    settled = sorted((t, waited) for t, waited in zip(load.settled, load.waited, strict=True) if t < np.inf)
    prices = sorted(load.prices)
    shown: dict[int, float] = {}
    made = [_still(seats, [f"{count(len(seats), 'member')}, and {count(len(load.put), 'request')} to come."])]
    told, quoted, over, waited = 0, 0, 0, 0.0
    chosen = _together(steps, max(round(seconds / _SECONDS), 4))
    for t, several in chosen:
        lines.until(t)
        while over < len(settled) and settled[over][0] <= t + _SAME:
            waited += settled[over][1]
            over += 1
        while quoted < len(prices) and prices[quoted][0] <= t + _SAME:
            shown[prices[quoted][1]] = prices[quoted][2]
            quoted += 1
        flows = tuple(dict.fromkeys((place[u], place[v], what) for step in several for u, v, what in step.flows
                                    if u in place and v in place))  # fmt: skip
        happened = _happened(several, flows, seats, names)
        if len(several) > 1 and not told:
            happened = f"{happened.rstrip('.')} (several moments at once)."
            told = True
        caption = [happened, _queue(lines, seats, names)]
        if over:
            caption.append(f"Mean wait so far: {number(waited / over)} ({count(over, 'request')} settled).")
        made.append(
            Beat(
                t=t,
                lines=tuple(caption),
                poll=0,
                fills=tuple(_BUSY if lines.service[at] else _IDLE for at in range(len(seats))),
                marks=tuple(number(shown[seat]) if seat in shown else "" for seat in seats),
                flows=flows if len(flows) <= 60 else (),
                score=f"Settled so far: {over:,} of {len(load.put):,}" if over else "",
                seconds=_SECONDS,
                waiting=tuple(lines.waiting),
            )
        )
    made.append(_ending(load, lines, made[-1], seats, names, [waited for _, waited in settled]))
    times, many = lines.over_time()
    return Poll("Who has a request in hand is filled; those that wait stand beside, one mark each.", _KEYS,
                _chart(times, many, chosen[-1][0]), "Members"), tuple(made)  # fmt: skip


def _still(seats: Sequence[int], lines: list[str]) -> Beat:
    return Beat(0.0, tuple(lines), 0, (_IDLE,) * len(seats), ("",) * len(seats), seconds=1.5,
                waiting=(0,) * (len(seats) + 1))  # fmt: skip


def _happened(
    several: Sequence[_Step], flows: Sequence[tuple[int, int, str]], seats: Sequence[int], names: Mapping[int, str]
) -> str:
    """What the requests did."""
    came, passed, done = (sum(getattr(step, what) for step in several) for what in ("came", "passed", "done"))
    if came + passed + done == 0:
        return "Requests move on." if flows else "The clock goes on."
    if len(flows) == 1 == came + passed + done:
        source, target, what = flows[0]
        if what == DONE:
            return f"{names[seats[source]]} has answered a request."
        if source == DOOR:
            return f"A request comes to {names[seats[target]]}."
        return f"{names[seats[source]]} passes a request on to {names[seats[target]]}."
    parts = [
        f"{count(many, one, more)}"
        for many, one, more in (
            (came, "request comes", "requests come"),
            (passed, "request is passed on", "requests are passed on"),
            (done, "request is settled", "requests are settled"),
        )
        if many
    ]
    return f"{listed(parts)}."


def _queue(lines: _Lines, seats: Sequence[int], names: Mapping[int, str]) -> str:
    """Who lets how many wait."""
    found = sorted(((many, at) for at, many in enumerate(lines.waiting) if many), key=lambda one: (-one[0], one[1]))
    if not found:
        return "Nobody waits."
    where = [f"{many:,} {'for whoever is free' if at == lines.door else 'before ' + names[seats[at]]}"
             for many, at in found]  # fmt: skip
    return f"{'Waits' if sum(many for many, _ in found) == 1 else 'Wait'}: {listed(where, 3)}."


def _ending(
    load: Load, lines: _Lines, last: Beat, seats: Sequence[int], names: Mapping[int, str], waited: Sequence[float]
) -> Beat:
    """What it came to: waits, Little's law, who was busy how much of the time."""
    end = max(last.t, 1e-9)
    said = [f"The end: {len(waited):,} of {count(len(load.put), 'request')} settled."]
    if waited:
        times, many = lines.over_time()
        length = float((np.diff(times) * many[:-1]).sum() / end) if len(times) > 1 else 0.0
        rate, mean = len(load.put) / end, sum(waited) / len(waited)
        said[0] += f" Mean wait {number(mean)}; {number(length)} wait at a time."
        if abs(rate * mean - length) < 0.02 * max(length, 0.01):
            law = f"{number(rate)} come in a unit of time: {number(rate)} x {number(mean)} = {number(length)}"
            said.append(f"{law} (Little's law).")
    shares = sorted(((share, at) for at, share in enumerate(lines.busy(end)[: len(seats)])), reverse=True)
    top = [f"{names[seats[at]]} {100 * share:.0f} %" for share, at in shares[:5]]
    more = f" and {len(shares) - 5} more" if len(shares) > 5 else ""
    said.append(f"Busy: {', '.join(top)}{more} of the time.")
    return Beat(last.t, tuple(said), 0, last.fills, last.marks, score=last.score, seconds=4.0, waiting=last.waiting)


def _chart(times: np.ndarray, many: np.ndarray, end: float) -> Chart:
    """All who wait, over time: step by step, or at so many moments as there is room for."""
    if not len(times):
        moments, values = np.array([0, end]), np.array([0, 0])
    elif len(times) > _POINTS:
        moments = np.linspace(0, end, _POINTS)
        values = np.concatenate([[0], many])[np.searchsorted(times, moments, side="right")]
    else:
        moments = np.concatenate([[0], np.repeat(times, 2), [end]])
        values = np.concatenate([[0, 0], np.repeat(many, 2)])
    kept = dict.fromkeys(zip(moments.round(6).tolist(), values.tolist(), strict=True))
    high = max(float(values.max()), 4.0)
    return Chart("Requests that wait", ("all",), (tuple(kept),), 0.0, max(end, 1e-9), 0.0, high * 1.05, counts=True)


# --- where they stand -----------------------------------------------------------------------------------------------


def door(shape: str, spots: Iterable[tuple[float, float]], level: float | None) -> Place:
    """Where requests come from: between the first two levels of a tree, in the middle of a ring, else in a corner."""
    if shape == "ring" and len(list(spots)) > 1:
        x, y = WIDTH / 2, HEIGHT / 2
    elif shape == "tree" and level is not None:
        x, y = 60.0, round(level, 1)
    else:
        x, y = 34.0, 20.0
    return Place("requests", x, y, 5.0, x, y + 14, "middle")


def stacks(nodes: Sequence[Place], gate: Place) -> tuple[Stack, ...]:
    """A free place beside each node, and beside the door: in rows to a side, or else piled on top."""
    taken = [(node.x - node.r, node.y - node.r, node.x + node.r, node.y + node.r) for node in (*nodes, gate)]
    found = []
    for node in (*nodes, gate):
        size = 8.0 if node.r > 14 or node is gate else max(4.5, 0.5 * node.r)
        step = size + 1.5
        tries = []
        for dx in (-1, 1):
            for columns in (6, 4):
                x = node.x + dx * (node.r + 5)
                tries.append((Stack(round(x, 1), round(node.y + size / 2 + 1, 1), dx, -1, columns, 3, size),
                              (min(x, x + dx * (step * columns + 14)), node.y - 2.5 * step,
                               max(x, x + dx * (step * columns + 14)), node.y + 0.5 * step)))  # fmt: skip
        columns = max(1, min(3, int(2 * node.r / step)))
        x, y = node.x - columns * step / 2, node.y - node.r - 3
        piled = Stack(round(x, 1), round(y, 1), 1, -1, columns, 6, size)
        fits = (
            stack
            for stack, box in tries
            if box[0] > 0 and box[2] < WIDTH and not any(_meet(box, other) for other in taken)
        )
        found.append(next(fits, piled))
    return tuple(found)


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def covered(stack: Stack) -> tuple[float, float, float, float]:
    """The box that a stack's first marks take, where no name should stand."""
    spots = stack.marks(stack.columns * min(stack.rows, 3))
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    return min(xs) - 2, min(ys) - 2, max(xs) + stack.size + 2, max(ys) + stack.size + 2
