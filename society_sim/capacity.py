"""Capacity: members and the servers of models as scarce resources on the simulated clock.

A question stands in line for the member that is asked, then for the server of its model, and is then in service for
as long as the pace says. Waiting is simulated time like any other: the real call leaves when the question is put,
unless something could still withdraw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Any

from simpy.events import Event, Timeout

from society_sim import streams
from society_sim.bounds import AboveZero, Positive
from society_sim.errors import GAVE_UP, TOO_LATE, ScenarioError, SocietyError, nearest
from society_sim.gates import Gate
from society_sim.lines import Job, Line
from society_sim.registry import capacity
from society_sim.servers import Order, Server, Spread

if TYPE_CHECKING:
    from society_sim.promises import Promise
    from society_sim.society import Society

MEMBERS = "members"
"""Stands for each member that has no line of its own."""
_SEAT = "seat-"


@capacity
def server(
    *,
    slots: Positive | None = None,
    queue: Order = "fifo",
    by: str = "",
    patience: AboveZero | None = None,
    patience_is: Spread = "constant",
    deadline: AboveZero | None = None,
    tokens_per_minute: AboveZero | None = None,
    burst: AboveZero | None = None,
    minute: AboveZero = 60.0,
    hours: tuple[float, float] | None = None,
    every: AboveZero = 24.0,
    away: list[tuple[float, float]] | None = None,
) -> Server:
    """What one model's server can do at a time, or each member: slots, hours, tokens; null is no bound.

    A scenario's section has one for each name: that of a model, `members` for every member, `seat-0` for the member on
    that seat. A question needs a slot of its member first and then one of its model's server, and keeps both until its
    service, which takes what `pace` says, has ended. All times are in units of simulated time.

    *slots*: how many questions are in service at the same time; a member with 1 answers one after the other.
    *queue*: who is served next: `fifo` first come, first served; `lifo` the last; `shortest` service first (it is known
    to the server); `priority` the least number, first come first served among equals; `preemptive` the same, and a
    question that comes takes the slot of the least urgent in service if that one is less urgent than itself, which
    then waits at its old place and resumes where it stopped.
    *by*: the number is this attribute of the member's node, or this trait (`level`: a boss comes first), unless it is
    given with the ask (`Terms`); who has none comes last.
    *patience*: how long a question waits before its service begins, from when it was put; then it is withdrawn, the
    call is never made, and the abstention says `gave up waiting`. *patience_is*: the same for all (`constant`), or the
    mean of an `exponential` one.
    *deadline*: how long an answer may take, from when its question was put. One that is not there by then abstains,
    `too late`, at that moment. A call whose service cannot end before is not begun; one that was interrupted and does
    not end before is broken off, and paid.
    *tokens_per_minute*: a bucket that holds *burst* tokens at most (a minute's worth, if left out), is full at first,
    and is filled all the time; a minute has *minute* units. A call takes a quarter of its prompt's characters and the
    most tokens it may say, as endpoints count; it waits, and those behind it, until that is there, and one that is
    more than the bucket until it is full. Where this is set, the clock waits until a prompt has been rendered.
    *hours*: open from one time to another in each *every* units: `[9, 17]`. *away*: besides, it is absent from one time
    to another: `[[30, 35]]`. What is in service when it closes is finished; nothing begins before it opens.

    Where several lines state a patience or a deadline, the least holds. An abstention of the model changes nothing:
    it was served. `ScenarioError`: hours or absences that are none, *by* without priorities.

    Source: queues and their disciplines, Kleinrock (1975, 1976); reneging, Palm (1957) and Barrer (1957); the token
    bucket, Turner (1986).

    >>> server(slots=4, queue="priority", by="level").slots
    4
    """
    return Server(slots, queue, by, patience, patience_is, deadline, tokens_per_minute, burst, minute, hours, every,
                  tuple(away or ()))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What is given with one question: `society.ask_all(text, form, terms=Terms(priority=1, deadline=5.0))`.

    *priority*: the least number is served first, where a queue looks at it. *patience* and *deadline* are from when the
    question is put; each holds in the place of the servers'.
    """

    priority: float | None = None
    patience: float | None = None
    deadline: float | None = None

    def __post_init__(self) -> None:
        for name in ("patience", "deadline"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < inf:
                raise SocietyError(f"terms: {name} is {value!r}; it is a time of 0 or more")
        if self.priority is not None and not -inf < self.priority < inf:
            raise SocietyError(f"terms: priority is {self.priority!r}; it is a finite number")


_NONE = Terms()


class Work(Job):
    """A question on its way through the lines."""

    __slots__ = ("_capacity", "_promise", "_tally", "_terms", "_until", "over")

    def __init__(
        self, capacity: Capacity, promise: Promise, took: float, lines: tuple[Line, ...], terms: Terms
    ) -> None:
        super().__init__(capacity.society.env, lines, took, terms.priority)
        self._capacity, self._promise, self._terms = capacity, promise, terms
        self._tally: Tally | None = None
        self._until = inf
        self.over = False

    def enter(self, tally: Tally | None, first: Work | None = None) -> None:
        """Get in line, after *first* is over if there is such a one; *tally* counts it when it is over itself."""
        self._tally = tally
        if first is not None:
            after = Tally(self.env, 1)
            after.done.callbacks.append(lambda _: self._enter())
            first.enter(after)
        else:
            self._enter()

    def _enter(self) -> None:
        patience, deadline = self._terms.patience, self._terms.deadline
        self.entered = self.env.now
        if deadline is not None:
            self._until = self._promise.asked + deadline
            left = self._until - self.env.now
            if left < 0:  # its notes took too long
                self._end(TOO_LATE)
                return
            Timeout(self.env, left).callbacks.append(self._late)
        self.advance()
        if patience is not None and self.began is None and not self.over:
            Timeout(self.env, max(0.0, patience - (self.env.now - self._promise.asked))).callbacks.append(self._bored)

    def begins(self) -> bool:
        if self.env.now + self.left > self._until + 1e-9 * max(1.0, self._until) and self._until < inf:
            self.withdraw()  # the asker will see when the deadline passes
            return False
        self._capacity.let(self._promise)
        return True

    def ends(self) -> None:
        self._end()

    def urgency(self, line: Line) -> float:
        if self.priority is not None or not line.server.by:
            return inf if self.priority is None else self.priority
        member = self._promise.member
        stated = self._capacity.society.graph.nodes[member.id].get(line.server.by)
        if stated is None:
            stated = member.traits.get(line.server.by)
        return float(stated) if isinstance(stated, (int, float)) else inf

    @property
    def size(self) -> float:
        return self._capacity.society.desk.size(self._promise)

    @property
    def told(self) -> dict[str, Any]:
        """What an answer's entry says of it; `waited` and `served` are together the time from `asked` to `t`."""
        ended = round(self.ended or 0.0, 6)  # each time as it is recorded, so that all of it adds up
        stints: list[tuple[float, float]] = []
        if self.stints is not None:
            stints = [(round(begins, 6), round(ends, 6)) for begins, ends in self.spans]
            served = round(sum([ends - begins for begins, ends in stints]), 6)
        else:
            served = 0.0 if self.began is None else round(ended - round(self.began, 6), 6)
        whole = ended - round(self._promise.asked, 6)
        facts: dict[str, Any] = {"waited": round(whole - served, 6), "served": served}
        if self.lines and (name := self._capacity.name_of(self.lines[-1])):
            facts["server"] = name
        if self.stints:
            facts["stints"] = stints
        return facts

    def _bored(self, _: Event) -> None:
        if self.began is None and not self.over:
            self.withdraw()
            self._end(GAVE_UP)

    def _late(self, _: Event) -> None:
        if self.over or (self.serving and self.due <= self._until + 1e-9 * max(1.0, self._until)):
            return
        self.withdraw()
        self._end(TOO_LATE)

    def _end(self, reason: str = "") -> None:
        self.over = True
        self.ended = self.env.now
        if reason:
            self._capacity.society.desk.withdraw(self._promise, reason)
        self._capacity.land(self._promise)
        if self._tally is not None:
            self._tally.count()


class Tally:
    """Counts what is over, and `done` happens with the last of it: cheaper than an event for each."""

    __slots__ = ("_left", "done")

    def __init__(self, env: Any, of: int) -> None:
        self._left, self.done = of, Event(env)
        if not of:
            self.done.succeed()

    def count(self, _: Event | None = None) -> None:
        """One more is over."""
        self._left -= 1
        if not self._left:
            self.done.succeed()


class _Route:
    """The lines that a member's questions pass, and whether any of them `hurries` (or withdraws) or `counts` tokens."""

    __slots__ = ("counts", "hurries", "lines")

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = tuple(lines)
        bounds = [line.server for line in self.lines]
        self.hurries = any(bound.patience is not None or bound.deadline is not None for bound in bounds)
        self.counts = any(bound.tokens_per_minute is not None for bound in bounds)


class Capacity:
    """The lines of a society, by the names of models and seats; made as they are needed."""

    def __init__(
        self, society: Society, servers: Mapping[str, Server], let: Callable[[Promise], None],
        land: Callable[[Promise], None],
    ) -> None:  # fmt: skip
        """*let* is told of each question whose service begins, *land* of each that is over, whatever came of it."""
        self.society, self.let, self.land = society, let, land
        self._lines: dict[str, Line] = {}
        self._names: dict[Line, str] = {}
        self._routes: dict[tuple[int, str], _Route] = {}
        self._check(servers)
        self.servers = dict(servers)

    def change(self, servers: Mapping[str, Server]) -> None:
        """Let *servers* hold from now on; who stands in line stays in it."""
        self._check(servers)
        self._routes.clear()
        self.servers = dict(servers)
        for name, line in self._lines.items():
            if line in self._names or name.startswith(_SEAT):
                line.change(self._bound(name) or Server())

    def job(self, promise: Promise, took: float, terms: Terms | None) -> Work:
        """The job of *promise*, which needs *took* units of service; it is not in line yet."""
        member = promise.member
        place = (member.id, member.speaks)
        route = self._routes.get(place)
        if route is None:
            names = (f"{_SEAT}{member.id}", member.speaks.partition("/")[0])
            route = self._routes[place] = _Route(line for name in names if (line := self.line(name)) is not None)
        terms = self._settled(promise, route.lines, terms or _NONE) if terms or route.hurries else _NONE
        work = promise.job = Work(self, promise, took, route.lines, terms)
        recalled = terms is not _NONE and (terms.patience is not None or terms.deadline is not None)
        if recalled or route.counts:
            promise.gate = Gate(is_open=not recalled)
        return work

    def line(self, name: str) -> Line | None:
        """The line of a model or of a seat (`seat-0`); `None` where there is no bound."""
        line = self._lines.get(name)
        if line is None and (bound := self._bound(name)) is not None:
            line = self._lines[name] = Line(self.society.env, bound)
            if not name.startswith(_SEAT):
                self._names[line] = name
        return line

    def named(self, name: str, bound: Server) -> Line:
        """A line of a mechanism's own, made when it is first asked for."""
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = Line(self.society.env, bound)
        return line

    def load(self, seat: int) -> int:
        """How many questions the member on *seat* has before it or in its hands; 0 where nothing bounds it."""
        line = self.line(f"{_SEAT}{seat}")
        return 0 if line is None else line.load

    def name_of(self, line: Line) -> str:
        """What a model's line is called; nothing, if it is that of a member."""
        return self._names.get(line, "")

    def close(self, promises: Iterable[Promise]) -> None:
        """The agenda has ended: those of *promises* that have not been called will not be."""
        for promise in promises:
            if promise.gate is not None and not promise.gate.is_open:
                self.society.desk.withdraw(promise, GAVE_UP)

    @property
    def told(self) -> dict[str, Any]:
        """The bounds, as the record keeps them."""
        return {name: bound.told for name, bound in self.servers.items()}

    def _bound(self, name: str) -> Server | None:
        if name.startswith(_SEAT) and name not in self.servers:
            return self.servers.get(MEMBERS)
        return self.servers.get(name)

    def _check(self, servers: Mapping[str, Server]) -> None:
        known = [*self.society.models, MEMBERS]
        for name in servers:
            seat = name.removeprefix(_SEAT)
            if name in known or (seat != name and seat.isdecimal() and int(seat) < len(self.society.names)):
                continue
            last = len(self.society.names) - 1
            raise ScenarioError(f"capacity: {name!r} is neither a model nor a seat ({_SEAT}0 to {_SEAT}{last}) nor "
                                f"{MEMBERS!r}; {nearest(name, known)}")  # fmt: skip

    def _settled(self, promise: Promise, lines: tuple[Line, ...], terms: Terms) -> Terms:
        patience, deadline = terms.patience, terms.deadline
        if patience is None:
            stated = [self._patience(promise, line.server) for line in lines if line.server.patience is not None]
            patience = min(stated, default=None)
        if deadline is None:
            deadline = min((line.server.deadline for line in lines if line.server.deadline is not None), default=None)
        if patience is terms.patience and deadline is terms.deadline:
            return terms
        return Terms(terms.priority, patience, deadline)

    def _patience(self, promise: Promise, server: Server) -> float:
        mean = server.patience or 0.0
        if server.patience_is == "constant":
            return mean
        scope, seat = promise.scope, promise.member.id
        return -mean * log(streams.uniforms(self.society.seed, "patience", scope.id, seat, scope.turns[seat])[0])
