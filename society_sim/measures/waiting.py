"""Waiting: how long questions stood in line, how long the lines were, how busy whoever serves was.

All of it is read from the answers of a run with `capacity`: each says when it was `asked`, how long it `waited` and was
`served`, and which model's `server` it needed. T is the length of the run, from 0 to its last entry.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from society_sim.bounds import NonNegative, between
from society_sim.errors import GAVE_UP, TOO_LATE
from society_sim.measures.reading import share
from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record

MEMBERS = "members"
Percentile: TypeAlias = Annotated[float, between(0, 100)]


@dataclass(frozen=True, slots=True)
class State:
    """How many questions are `waiting` and how many `served`, from time *at* on."""

    at: float
    waiting: int
    served: int


@measure
def waiting_time(
    record: Record, *, of: Literal["answers", "questions"] = "answers", percentile: Percentile | None = None,
    server: str = "",
) -> float:  # fmt: skip
    """Time that was spent in line, in units of simulated time: W_q = (1/n) sum of w_i.

    *of*: each answer that was asked for, or each question that was settled by a mechanism which says how long it waited
    in all (`help_desk`). *percentile*: from 0 to 100, in place of the mean; between two values in proportion. *server*:
    only answers that needed that model's. What was withdrawn waited until it was. Not a number if nothing was asked.

    >>> waiting_time([{"kind": "answer", "waited": 1.0}, {"kind": "answer", "waited": 4.0}])
    2.5
    """
    return _summary([waited for waited, _ in _times(record, of, server)], percentile)


@measure
def response_time(
    record: Record, *, of: Literal["answers", "questions"] = "answers", percentile: Percentile | None = None,
    server: str = "",
) -> float:  # fmt: skip
    """Time from question to answer, in line and in service: W = (1/n) sum of (w_i + s_i); see `waiting_time`.

    >>> response_time([{"kind": "answer", "waited": 1.0, "served": 2.0}], percentile=95)
    3.0
    """
    return _summary([waited + served for waited, served in _times(record, of, server)], percentile)


@measure
def queue_length(record: Record, *, server: str = "", peak: bool = False) -> float:
    """Questions in line, averaged over time: L_q = (1/T) integral of the number that wait; all lines together.

    By Little's law it is the rate of questions times their mean waiting time. *peak*: the most at any time instead.
    *server*: only those that need that model's.

    >>> queue_length([{"kind": "answer", "t": 4.0, "asked": 0.0, "waited": 1.0, "served": 3.0}])
    0.25
    """
    whole = _length(record)
    states = list(over_time(record, server=server))
    if peak:
        return float(max((state.waiting for state in states), default=0))
    lengths = [state.waiting * (after - state.at) for state, after in _until(states, whole)]
    return math.fsum(lengths) / whole if whole else math.nan


@measure
def utilisation(record: Record, *, server: str = "") -> float:
    """Share of the time, 0 to 1, in which slots were at work: U = sum of s_i / (c T), for c slots.

    *server*: a model's, `members` (all members with a bound; c is their slots together), `seat-0`, or all models'
    servers if left out, or the members where no model's has a bound. A member that waits for its model's server is not
    at work. Not a number where there is no bound.

    >>> slots = {"kind": "capacity", "servers": {"panel": {"slots": 2}}}
    >>> utilisation([slots, {"kind": "answer", "t": 4.0, "member": 0, "served": 3.0, "server": "panel"}])
    0.375
    """
    servers: dict[str, Any] = {}
    served: dict[str, float] = {}
    seats = 0
    for entry in only(record, "member", "capacity", "answer"):
        match entry["kind"]:
            case "member":
                seats += 1
            case "capacity":
                servers = {name: bound.get("slots") for name, bound in entry["servers"].items()}
            case "answer":
                for name in {entry.get("server", ""), f"seat-{entry['member']}"}:
                    served[name] = served.get(name, 0.0) + entry.get("served", 0.0)
    bounds = _slots(servers, seats)
    models = [name for name in servers if name != MEMBERS and not name.startswith("seat-")]
    members = [name for name in bounds if name.startswith("seat-")]
    names = [server] if server and server != MEMBERS else members if server or not models else models
    slots = [bounds.get(name) for name in names]
    known = [one for one in slots if one is not None]
    time = _length(record)
    if not known or len(known) < len(slots) or not time:
        return math.nan
    return math.fsum(served.get(name, 0.0) for name in names) / (sum(known) * time)


@measure
def withdrawn(record: Record) -> float:
    """Share of questions put to members, 0 to 1, that were given up or came too late: (gave up + too late) / n.

    >>> withdrawn([{"kind": "answer", "reason": "gave up waiting"}, {"kind": "answer"}])
    0.5
    """
    asked = gone = 0
    for entry in only(record, "answer"):
        asked += 1
        gone += entry.get("reason") in (GAVE_UP, TOO_LATE)
    return share(gone, asked)


@measure
def discounted(record: Record, *, rate: NonNegative = 0.1) -> float:
    """Accuracy of decisions, 0 to 1, each worth the less the later it comes: (1/n) sum of x_i exp(-rate d_i).

    x is 1 for a right decision and 0 for others, d the simulated time from when a question was put until it was
    settled, *rate* per unit of time. Over questions with a gold answer; not a number if there is none. Source:
    exponential discounting (Samuelson 1937).

    >>> discounted([{"kind": "question", "about": "q", "t": 1.0},
    ...             {"kind": "outcome", "about": "q", "t": 3.0, "correct": True}], rate=0.5) == math.exp(-1)
    True
    """
    put: dict[str, float] = {}
    worth, settled = 0.0, 0
    for entry in only(record, "question", "outcome"):
        if entry["kind"] == "question":
            put[entry["about"]] = entry["t"]
        elif "correct" in entry:
            settled += 1
            worth += bool(entry["correct"]) * math.exp(-rate * (entry["t"] - put.pop(entry["about"])))
    return share(worth, settled)


def over_time(record: Record, *, server: str = "") -> Iterator[State]:
    """How many questions are in line and in service, whenever that changes; *server*: only at that model's.

    >>> list(over_time([{"kind": "answer", "t": 4.0, "asked": 0.0, "waited": 1.0, "served": 3.0}]))
    ... # doctest: +NORMALIZE_WHITESPACE
    [State(at=0.0, waiting=1, served=0), State(at=1.0, waiting=0, served=1), State(at=4.0, waiting=0, served=0)]
    """
    steps: dict[float, list[int]] = {}

    def step(at: float, waiting: int, served: int) -> None:
        both = steps.setdefault(at, [0, 0])
        both[0] += waiting
        both[1] += served

    for entry in only(record, "answer"):
        if "waited" not in entry or (server and entry.get("server") != server):
            continue
        step(entry["asked"], 1, 0)
        step(entry["t"], -1, 0)
        for begins, ends in _served(entry):
            step(begins, -1, 1)
            step(ends, 1, -1)
    waiting = served = 0
    for at in sorted(steps):
        waiting, served = waiting + steps[at][0], served + steps[at][1]
        yield State(at, waiting, served)


def _served(entry: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    """From when to when an answer was in service; its entry says so only if it was interrupted."""
    if "stints" in entry:
        yield from entry["stints"]
    elif entry["served"]:
        yield round(entry["t"] - entry["served"], 6), entry["t"]


def _until(states: Sequence[State], end: float) -> Iterator[tuple[State, float]]:
    return zip(states, [*(state.at for state in states[1:]), end], strict=True)


def _times(record: Record, of: str, server: str) -> Iterator[tuple[float, float]]:
    """How long each waited and was served."""
    for entry in only(record, "answer" if of == "answers" else "outcome"):
        if "waited" in entry and (not server or entry.get("server") == server):
            yield entry["waited"], entry.get("served", 0.0)


def _summary(values: Sequence[float], percentile: float | None) -> float:
    if percentile is None:
        return share(math.fsum(values), len(values))
    if not values:
        return math.nan
    ordered = sorted(values)
    place = percentile / 100 * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _slots(servers: Mapping[str, int | None], seats: int) -> dict[str, int | None]:
    """The slots of each server and each member that has a bound."""
    bounds = {f"seat-{seat}": servers[MEMBERS] for seat in range(seats)} if MEMBERS in servers else {}
    return {**bounds, **{name: slots for name, slots in servers.items() if name != MEMBERS}}


def _length(record: Record) -> float:
    """When the last entry was made."""
    return max((entry.get("t", 0.0) for entry in only(record, "answer", "outcome", "end")), default=0.0)
