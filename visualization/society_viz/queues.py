"""A society under load, moment by moment: who has a request in hand, and who lets how many wait.

Questions that come while others are still on the table are no story of one question after the other. Such a record is
told by the clock instead: each answer says when it was asked, how long it waited and how long it was served, so at any
moment it is known where each request is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from society_viz import look
from society_viz.film import DONE, DOOR, REQUEST, Beat, Chart, Key, Poll
from society_viz.load import SAME, Load
from society_viz.words import count, listed, number

_SECONDS = 0.9
"""A picture; what is said beside it changes little from one to the next."""
_POINTS = 400
_KEYS = (Key("has one in hand", look.BUSY, ""), Key("idle", look.UNASKED, ""))
_BUSY, _IDLE = 0, 1


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
            if begins - put > SAME:
                rows += [(put, self.door, 1, 0), (begins, self.door, -1, 0)]
        self.rows = sorted(rows)
        self.waiting, self.service = [0] * (len(seats) + 1), [0] * (len(seats) + 1)
        self._at = 0

    def until(self, t: float) -> None:
        """Let time go on to *t*."""
        while self._at < len(self.rows) and self.rows[self._at][0] <= t + SAME:
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
            before = next((one for one, _, left in stations if one != seat and abs(left - asked) < SAME), DOOR)
            moves.setdefault(asked, []).append((before, seat, REQUEST))
            if ended >= load.settled[request] - SAME:
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
        while over < len(settled) and settled[over][0] <= t + SAME:
            waited += settled[over][1]
            over += 1
        while quoted < len(prices) and prices[quoted][0] <= t + SAME:
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
