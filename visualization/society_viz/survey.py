"""A first look through a record: how much happens in it, and how much of that can be shown in the time there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from statistics import median

from society_viz import queues
from society_viz.reading import Entry

SETUP = frozenset({"header", "member", "graph", "end"})
_GROUPS = {
    "answer": "answers",
    "market": "answers",
    "book": "answers",
    "trade": "answers",
    "transfer": "answers",
    "unit": "answers",
    "message": "talk",
    "refused": "talk",
    "lost": "talk",
    "silence": "talk",
    "link": "ties",
    "unlink": "ties",
    "reweight": "ties",
    "assign": "ties",
    "place": "ties",
    "leave": "ties",
    "join": "ties",
}
_SECONDS = {"answers": 1.2, "talk": 1.6, "ties": 1.0}
_SAYING = frozenset({"proposal", "revision", "reply"})
_EVENT, _BREAK = 2.2, 2.0  # seconds a reader wants for a logged event, for a question or an outcome
_ENOUGH = 12.0  # seconds in which one question of many can be told
_SLACK = 1.3  # what nearly fits is shown whole, a little faster
HURRY = 0.7
"""Captions may be shown for this part of the time a reader wants."""


def group(kind: str) -> str:
    """What is told together: all answers, all messages and all changes of ties; anything else by its kind."""
    return _GROUPS.get(kind, kind)


def continued(last: tuple[float, str] | None, now: tuple[float, str]) -> tuple[float, str]:
    """The run that an entry belongs to: messages that carry an offer or a reply are told with it.

    >>> continued((1.0, "reply"), (1.0, "talk")), continued((1.0, "reply"), (2.0, "talk"))
    ((1.0, 'reply'), (2.0, 'talk'))
    """
    return last if last and now == (last[0], "talk") and last[1] in _SAYING else now


def time(entry: Entry) -> float:
    """The simulated time of an entry."""
    t = entry.get("t", 0)
    return float(t) if isinstance(t, (int, float)) and abs(t) < 1e15 else 0.0


@dataclass(slots=True)
class Segment:
    """What happens from one question to the next."""

    wanted: float = 0.0
    runs: int = 0


@dataclass(slots=True)
class Survey:
    """The segments of a record (the first is what comes before any question), and how it ends."""

    segments: list[Segment] = field(default_factory=lambda: [Segment()])
    whole: bool = False
    entries: int = 0
    formal: dict[tuple[int, int], str] = field(default_factory=dict)
    """The lines of an organisation that has none at first, as they are in the end."""

    load: queues.Load = field(default_factory=queues.Load)
    """Who had which request when, if somebody's time is bounded."""

    @property
    def questions(self) -> int:
        """How many questions there were."""
        return len(self.segments) - 1


def survey(record: Iterable[Entry]) -> Survey:
    """Count what happens in *record*, in memory that grows with its questions (and their answers, under load)."""
    seen = Survey()
    last: tuple[float, str] | None = None
    for entry in record:
        seen.entries += 1
        kind = entry["kind"]
        _line(seen, entry)
        queues.note(seen.load, entry, time(entry))
        if kind in SETUP:
            seen.whole = kind == "end"
            continue
        if kind == "question":
            seen.segments.append(Segment())
            last = None
        part = seen.segments[-1]
        if kind in ("question", "outcome"):
            part.wanted += _BREAK
        elif (now := continued(last, (time(entry), group(kind)))) != last:
            last = now
            part.runs += 1
            part.wanted += _SECONDS.get(now[1], _EVENT)
    return seen


def _line(seen: Survey, entry: Entry) -> None:
    """Take note of a line of reporting that appears or ends."""
    kind = entry["kind"]
    if kind == "leave":
        seen.formal = {pair: tie for pair, tie in seen.formal.items() if entry.get("member") not in pair}
        return
    ends = entry.get("source"), entry.get("target")
    if kind in ("link", "unlink") and type(ends[0]) is int and type(ends[1]) is int:
        seen.formal.pop((ends[0], ends[1]), None)
        if kind == "link" and entry.get("tie") in ("command", "report"):
            seen.formal[ends[0], ends[1]] = str(entry["tie"])


@dataclass(frozen=True, slots=True)
class Plan:
    """Which segments are shown, and how many runs of entries make one beat in each."""

    merged: dict[int, int]
    shown: int
    questions: int


def plan(seen: Survey, seconds: float) -> Plan:
    """What of *seen* fits into *seconds*: all of it, or questions picked evenly, the first and the last among them.

    >>> plan(Survey([Segment()] + [Segment(8.0, 4)] * 100), 40).shown
    7
    """
    budget = seconds / HURRY
    wanted = [part.wanted for part in seen.segments]
    picked = list(range(1, len(wanted)))
    if sum(wanted) > _SLACK * budget and len(picked) > 1:
        typical = min(median(wanted[1:]), _ENOUGH)
        picked = _evenly(picked, max(1, int(budget // max(typical, _BREAK))))
    if seen.segments[0].runs:
        picked = [0, *picked]
    if not picked:
        return Plan({}, 0, 0)
    room = budget / len(picked)
    total = sum(wanted[place] for place in picked)
    merged = {}
    for place in picked:
        fits = total <= _SLACK * budget or wanted[place] <= room
        runs = seen.segments[place].runs
        beats = max(1.0, runs * (room - 2 * _BREAK) / max(wanted[place] - 2 * _BREAK, 0.1))
        merged[place] = 1 if fits else max(1, ceil(runs / beats))
    return Plan(merged, sum(place > 0 for place in picked), seen.questions)


def _evenly(places: list[int], many: int) -> list[int]:
    """*many* of *places*, evenly spread, the last among them if there is more than one."""
    if many >= len(places):
        return places
    if many == 1:
        return places[:1]
    return [places[step * (len(places) - 1) // (many - 1)] for step in range(many)]
