"""Lines: what is scarce on the simulated clock, and the jobs that stand in line for it.

A line has slots, an order in which it serves, hours in which it is open, and a budget of tokens a minute. A job needs
a slot in each of its lines, in order (the member that is asked, the server of its model), and is then in service for a
time that was drawn beforehand; it gives all slots back together. No process waits for anything: a line calls the job.

>>> import simpy
>>> env = simpy.Environment(0.0)
>>> desk = Line(env, Server(slots=1))
>>> jobs = [Job(env, (desk,), took) for took in (3.0, 1.0)]
>>> for job in jobs:
...     job.start()
>>> desk.waiting, desk.busy
(1, 1)
>>> env.run()
>>> [(job.began, job.ended, job.waited) for job in jobs]
[(0.0, 3.0, 0.0), (3.0, 4.0, 3.0)]

Heaps with the dead taken out late: to join, to be served and to give up cost O(log n) at most, however long the line
(a priority resource that sorts, as SimPy's own, is linear in its queue).
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import simpy
from simpy.events import Event, Timeout

from society_sim.servers import Server

_INF = float("inf")


class Job:
    """One piece of work: a slot in each of *lines*, in order, then *took* units of service.

    A subclass says what follows: `begins`, whether service may begin now, and `ends`, when it has.
    """

    __slots__ = ("_alarm", "_ranks", "began", "ended", "entered", "env", "held", "left", "lines", "priority", "queued",
                 "serving", "since", "stints", "took", "turn")  # fmt: skip

    def __init__(
        self, env: simpy.Environment, lines: tuple[Line, ...], took: float, priority: float | None = None
    ) -> None:
        self.env, self.lines, self.took, self.priority = env, lines, took, priority
        self.held = 0  # how many of its lines it has a slot in
        self.turn = 0  # tells an entry in a line from one of an earlier stay
        self.queued = self.serving = False
        self.left = took
        self.entered: float = env.now
        self.began: float | None = None
        self.ended: float | None = None
        self.since = 0.0  # when the present stint of service began
        self.stints: list[tuple[float, float]] | None = None  # those before it, if it was interrupted
        self._alarm: Timeout | None = None
        self._ranks: list[int] = []

    # --- what a subclass may say ----------------------------------------------------------------------------------

    def begins(self) -> bool:
        """Service is about to begin, or to go on; false: it does not, and what becomes of its slots is seen to."""
        return True

    def ends(self) -> None:
        """Service has ended; the slots are given back next."""

    def urgency(self, line: Line) -> float:  # noqa: ARG002 - a subclass may look at it
        """The number by which it is served in *line*, if priority counts there: the least first, last who has none."""
        return _INF if self.priority is None else self.priority

    @property
    def size(self) -> float:
        """Its tokens, for a line that counts them."""
        return 0.0

    # --- its way --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Get in line."""
        self.entered = self.env.now
        self.advance()

    def advance(self) -> None:
        """Take the slots that are still to be had, and be served when all are."""
        while self.held < len(self.lines):
            if not self.lines[self.held].take(self):
                return
        if self.begins():
            self.serving = True
            self.since = self.env.now
            if self.began is None:
                self.began = self.since
            self._alarm = Timeout(self.env, self.left)
            self._alarm.callbacks.append(self._done)

    def withdraw(self) -> None:
        """Leave the lines, wherever it stands; what it holds is free for others."""
        if self.serving:
            self._stop()
        if self.queued:
            self.lines[self.held].drop(self)
        self._give_back()

    def interrupt(self, line: Line) -> tuple[Line, ...]:
        """Lose the slot in *line* and all that were taken after it; gives the lines of the latter.

        It goes on later where service stopped, when it has been told to `advance`.
        """
        if self.serving:
            self._stop()
        elif self.queued:
            self.lines[self.held].drop(self)
        keep = self.lines.index(line)
        lost, self.held = self.lines[keep : self.held], keep
        for one in reversed(lost):
            one.release(self)
        return lost[1:]

    @property
    def due(self) -> float:
        """When the service that goes on now ends."""
        return self.since + self.left

    @property
    def waited(self) -> float:
        """How long it was in line without being served, in all, when it has ended."""
        ended = self.env.now if self.ended is None else self.ended
        return float(ended - self.entered - self.served)

    @property
    def served(self) -> float:
        """How long it was in service."""
        return self.took - self.left if self.began is not None else 0.0

    @property
    def spans(self) -> list[tuple[float, float]]:
        """From when to when it was in service, when it has ended."""
        spans = list(self.stints or ())
        if self.began is not None and self.left == 0.0 and self.ended is not None:
            spans.append((self.since, self.ended))
        return spans

    def rank(self, line: Line) -> int:
        """Its number in *line*: that of its first stay, so that who is interrupted keeps its place."""
        ranks = self._ranks
        while len(ranks) <= self.held:
            ranks.append(0)  # a line in which it got a slot at once, and needed no number
        if not ranks[self.held]:
            line.joined += 1
            ranks[self.held] = line.joined
        return ranks[self.held]

    def _stop(self) -> None:
        now = self.env.now
        self.left = max(0.0, self.left - (now - self.since))
        self.stints = [*(self.stints or ()), (self.since, now)]
        self.serving = False
        if self._alarm is not None:
            self._alarm.callbacks.clear()
            self._alarm = None

    def _done(self, _: Event) -> None:
        self.serving, self.left, self._alarm = False, 0.0, None
        self.ended = self.env.now
        self.ends()
        self._give_back()

    def _give_back(self) -> None:
        freed, self.held = self.lines[: self.held], 0
        for line in reversed(freed):
            line.release(self)
        for line in reversed(freed):
            line.call()


class Line:
    """A number of slots, and who waits for one."""

    __slots__ = ("_called_at", "_calling", "_env", "_full_at", "_held", "_queue", "_serving", "busy", "joined",
                 "server", "slots", "waiting")  # fmt: skip

    def __init__(self, env: simpy.Environment, server: Server) -> None:
        self._env = env
        self._queue: list[tuple[float, int, int, Job]] = []  # some may have left it: they are skipped
        self._held: dict[Job, None] = {}  # who has a slot, where somebody may lose one
        self._serving: list[tuple[float, int, Job]] = []  # the same, who would lose it first before others
        self._calling = False
        self._called_at = _INF  # the next time at which the line looks again by itself
        self._full_at = 0.0  # when the budget of tokens is whole again
        self.busy = self.waiting = self.joined = 0
        self.change(server)

    def change(self, server: Server) -> None:
        """Be bounded by *server* from now on; who has a slot keeps it, who waits is put into the new order."""
        self.server = server
        self.slots = _INF if server.slots is None else server.slots
        there = [entry for entry in self._queue if entry[3].queued and entry[3].turn == entry[2]]
        self._queue = [(self._key(job, rank), rank, turn, job) for _, rank, turn, job in there]
        heapify(self._queue)
        self.call()

    @property
    def load(self) -> int:
        """How many wait or have a slot."""
        return self.waiting + self.busy

    def take(self, job: Job) -> bool:
        """A slot for *job*, if there is one now; otherwise it waits, and is called."""
        if self.waiting or not self._room(job):
            rank = job.rank(self)
            job.turn += 1
            job.queued = True
            self.waiting += 1
            heappush(self._queue, (self._key(job, rank), rank, job.turn, job))
            if self.waiting > 1 and self.server.queue != "fifo":  # it may be let in before those who could not be
                self.call()
            return False
        self._give(job)
        return True

    def drop(self, job: Job) -> None:
        """*job* waits no more."""
        job.queued = False
        job.turn += 1
        self.waiting -= 1
        if len(self._queue) > 2 * self.waiting + 32:  # so many have left that it is worth a look at all
            self._queue = [entry for entry in self._queue if entry[3].queued and entry[3].turn == entry[2]]
            heapify(self._queue)
        if self.server.tokens_per_minute is not None:  # who comes next may need fewer
            self.call()

    def release(self, job: Job) -> None:
        """*job* needs its slot no more; `call` gives it to others."""
        self.busy -= 1
        self._held.pop(job, None)

    def call(self) -> None:
        """Give slots to those who wait, as long as there are any."""
        if self._calling:  # whoever calls looks again when this is done
            return
        self._calling = True
        try:
            while self.waiting:
                *_, turn, job = self._queue[0]
                if not job.queued or job.turn != turn:
                    heappop(self._queue)
                    continue
                if not self._room(job):
                    return
                heappop(self._queue)
                job.queued = False
                self.waiting -= 1
                self._give(job)
                job.advance()
        finally:
            self._calling = False

    def _key(self, job: Job, rank: int) -> float:
        match self.server.queue:
            case "fifo":
                return 0.0
            case "lifo":
                return -rank
            case "shortest":
                return job.left
        return job.urgency(self)

    def _room(self, job: Job) -> bool:
        """Whether *job* may have a slot now; somebody less urgent may have to give it up."""
        server, now = self.server, self._env.now
        if server.hours is not None or server.away:
            opens = server.opens(now)
            if opens > _after(now):
                self._look_again(opens)
                return False
        if self.busy >= self.slots and self._weaker(job) is None:
            return False
        if server.tokens_per_minute is not None and job.began is None:  # who goes on has had its tokens
            ready = self._full_at - (self._burst - min(job.size, self._burst)) / self._rate
            if ready > _after(now):
                self._look_again(ready)
                return False
        return True

    def _give(self, job: Job) -> None:
        server = self.server
        weaker = self._weaker(job) if self.busy >= self.slots else None
        freed: tuple[Line, ...] = ()
        if weaker is not None:
            heappop(self._serving)
            freed = weaker.interrupt(self)
        if server.tokens_per_minute is not None and job.began is None:
            self._full_at = max(self._full_at, self._env.now) + job.size / self._rate
        if server.queue == "preemptive":
            self._held[job] = None
            heappush(self._serving, (-job.urgency(self), -job.rank(self), job))
        self.busy += 1
        job.held += 1
        for lost in freed:
            lost.call()
        if weaker is not None:
            weaker.advance()

    def _weaker(self, job: Job) -> Job | None:
        """Who would lose its slot to *job*: the least urgent, of these the one that came last."""
        if self.server.queue != "preemptive":
            return None
        while self._serving and self._serving[0][2] not in self._held:
            heappop(self._serving)
        if not self._serving or -self._serving[0][0] <= job.urgency(self):
            return None
        return self._serving[0][2]

    @property
    def _rate(self) -> float:
        return (self.server.tokens_per_minute or _INF) / self.server.minute

    @property
    def _burst(self) -> float:
        return self.server.burst or self.server.tokens_per_minute or _INF

    def _look_again(self, at: float) -> None:
        if at < self._called_at:
            self._called_at = at
            Timeout(self._env, at - self._env.now).callbacks.append(self._woken)

    def _woken(self, _: Event) -> None:
        self._called_at = _INF
        self.call()


def _after(now: float) -> float:
    """What counts as now: an alarm may ring one rounding too early."""
    return now + 1e-9 * max(1.0, now)
