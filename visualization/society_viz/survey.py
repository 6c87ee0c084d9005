"""A first look through a record: how much happens in it, and how much of that can be shown in the time there is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from math import ceil
from statistics import median

from society_viz.load import Load, note
from society_viz.reading import Entry
from society_viz.trees import LINES

SETUP = frozenset({"header", "member", "graph", "end"})
_GROUPS = {
    "answer": "answers",
    "market": "answers",
    "book": "answers",
    "trade": "answers",
    "clock": "answers",
    "transfer": "answers",
    "award": "answers",
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
    led: int = 0
    """How many members have a boss when it ends."""


@dataclass(slots=True)
class Survey:
    """The segments of a record (the first is what comes before any question), and how it ends."""

    segments: list[Segment] = field(default_factory=lambda: [Segment()])
    whole: bool = False
    entries: int = 0
    at_once: int = 0
    """How many questions were on the table at once, at most."""
    rewired: bool = False
    """Whether any tie comes or goes."""
    grouped: Entry = field(default_factory=dict)
    """The first outcome that says who was in which group."""
    load: Load = field(default_factory=Load)
    """Who had which request when, if somebody's time is bounded."""

    @property
    def questions(self) -> int:
        """How many questions there were."""
        return len(self.segments) - 1


def survey(record: Iterable[Entry]) -> Survey:
    """Count what happens in *record*, in memory that grows with its questions (and their answers, under load)."""
    seen = Survey()
    lines: dict[tuple[int, int], int] = {}  # of command and report: from whom to whom, and who has a boss by it
    last: tuple[float, str] | None = None
    stale, there = False, set[str]()
    for entry in record:
        seen.entries += 1
        kind = entry["kind"]
        if kind in ("question", "outcome"):
            (there.add if kind == "question" else there.discard)(str(entry.get("about")))
            seen.at_once = max(seen.at_once, len(there))
            if not seen.grouped and "groups" in entry:
                seen.grouped = entry
        note(seen.load, entry, time(entry))
        if kind in ("graph", "link", "unlink", "leave"):
            _redrawn(lines, entry)
            seen.rewired = seen.rewired or kind != "graph"
            stale = True
        elif stale and kind in ("question", "end"):
            seen.segments[-1].led = len({*lines.values()})
            stale = False
        if kind in SETUP:
            seen.whole = kind == "end"
            continue
        if kind == "question":
            seen.segments.append(Segment(led=seen.segments[-1].led))
            last = None
        part = seen.segments[-1]
        if kind in ("question", "outcome"):
            part.wanted += _BREAK
        elif (now := continued(last, (time(entry), group(kind)))) != last:
            last = now
            part.runs += 1
            part.wanted += _SECONDS.get(now[1], _EVENT)
    return seen


def in_turn(record: Iterable[Entry]) -> Iterator[Entry]:
    """The entries of *record* as if its questions had been put one after another: each is told to its end.

    What says nothing of a question goes with the entry before it.
    """
    waiting: dict[str, list[Entry]] = {}  # those that are not told yet, by question, in the order they were put
    now: str | None = None  # which is told
    last: str | None = None  # which the entry before was about
    for entry in record:
        kind = entry["kind"]
        if kind == "end":
            for held in waiting.values():
                yield from held
            waiting.clear()
        about = str(entry["about"]) if "about" in entry else last
        last = about
        if kind == "question" and about is not None and now is not None:
            waiting.setdefault(about, []).append(entry)
            continue
        if about in waiting:
            waiting[str(about)].append(entry)
            continue
        yield entry
        if kind == "question":
            now = about
        while kind == "outcome" and now is not None and about == now:
            now = next(iter(waiting), None)
            held = waiting.pop(now) if now is not None else []
            yield from held
            settled = any(one["kind"] == "outcome" for one in held)
            kind, about = ("outcome", now) if settled else ("", about)
    for held in waiting.values():
        yield from held


def _redrawn(lines: dict[tuple[int, int], int], entry: Entry) -> None:
    """Take note of the lines of command that an entry draws or ends."""
    one = [entry.get("source"), entry.get("target"), entry.get("tie")]
    ties = entry.get("ties") if entry["kind"] == "graph" else [one]
    if entry["kind"] == "leave":
        for pair in [pair for pair in lines if entry.get("member") in pair]:
            del lines[pair]
    for tie in ties if isinstance(ties, list) else []:
        if not isinstance(tie, list) or len(tie) < 3 or type(tie[0]) is not int or type(tie[1]) is not int:
            continue
        lines.pop((tie[0], tie[1]), None)
        if tie[2] in LINES:
            lines[tie[0], tie[1]] = tie[1] if tie[2] == "command" else tie[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which segments are shown, and how many runs of entries make one beat in each."""

    merged: dict[int, int]
    shown: int
    questions: int


def plan(seen: Survey, seconds: float) -> Plan:
    """What of *seen* fits into *seconds*: all of it, or questions picked evenly, the first and the last among them.

    Where members get bosses or lose them, half of the questions are picked from the time in which they do.

    >>> plan(Survey([Segment()] + [Segment(8.0, 4)] * 100), 40).shown
    7
    """
    budget = seconds / HURRY
    wanted = [part.wanted for part in seen.segments]
    picked = list(range(1, len(wanted)))
    if sum(wanted) > _SLACK * budget and len(picked) > 1:
        typical = min(median(wanted[1:]), _ENOUGH)
        change = [abs(after.led - before.led) for before, after in pairwise(seen.segments)]
        picked = _evenly(picked, max(1, int(budget // max(typical, _BREAK))), change)
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


def _evenly(places: list[int], many: int, change: list[int]) -> list[int]:
    """At most *many* of *places*, evenly spread over them and over the *change* in them; the last, if more than one.

    >>> _evenly([1, 2, 3, 4, 5, 6, 7, 8, 9], 3, [0] * 9), _evenly([1, 2, 3, 4, 5, 6, 7, 8, 9], 4, [0, 4, 4] + [0] * 6)
    ([1, 5, 9], [1, 3, 4, 9])
    """
    if many >= len(places):
        return places
    if many == 1:
        return places[:1]
    if not any(change):
        return [places[step * (len(places) - 1) // (many - 1)] for step in range(many)]
    whole, last = sum(change), len(places) - 1
    clock = [at / last + sum_ / whole for at, sum_ in enumerate(accumulate(change))]
    marks = [clock[0] + (clock[-1] - clock[0]) * step / (many - 1) for step in range(many)]
    return list(dict.fromkeys(places[min(bisect_left(clock, mark - 1e-9), last)] for mark in marks))
