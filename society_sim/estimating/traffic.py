"""Calls under way in a time of their own: what a network and its limits do to a run, without either.

Nothing here waits. What is to happen stands in a queue by its moment, and whoever would wait for it lets it happen. The
limits are those of the gate before an endpoint (`backends.endpoints.gate`): calls at once, requests and tokens in any
60 seconds. Its adapting window and its breaker are left out: they answer to troubles that nobody foresees.

>>> traffic = Traffic()
>>> said = []
>>> traffic.after(2.0, lambda: said.append("late")); traffic.after(1.0, lambda: said.append("early"))
>>> [traffic.next(), traffic.next(), traffic.next()], said, traffic.now
([True, True, False], ['early', 'late'], 2.0)
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable

from society_sim.backends.endpoints.gate import Limits

_MINUTE, _MOMENT = 60.0, 0.001
Action = Callable[[], object]


class Traffic:
    """What is under way, and the door of each endpoint. *now* is in seconds since the first call."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Action]] = []
        self._number = itertools.count()
        self._doors: dict[str, Door] = {}

    def after(self, seconds: float, action: Action) -> None:
        """Let *action* happen so many *seconds* from now."""
        heapq.heappush(self._due, (self.now + seconds, next(self._number), action))

    def next(self) -> bool:
        """Let happen what is next; false if nothing is."""
        if not self._due:
            return False
        self.now, _, action = heapq.heappop(self._due)
        action()
        return True

    def door(self, server: str, limits: Limits) -> Door:
        """The door of *server*; models that are served at the same one share it, and the strictest limits hold."""
        door = self._doors.get(server)
        if door is None:
            door = self._doors[server] = Door(self, limits)
        elif limits is not door.limits:
            door.limits = door.limits.strictest(limits)
        return door


class Door:
    """Who may be at an endpoint at once, and how much goes there in a minute; first come, first served."""

    def __init__(self, traffic: Traffic, limits: Limits) -> None:
        self.limits, self._traffic = limits, traffic
        self._inside = 0
        self._recent: deque[list[float]] = deque()  # [when, tokens] of the last minute
        self._tokens = 0.0
        self._waiting: deque[tuple[float, Callable[[list[float]], object]]] = deque()
        self._looking = math.inf

    def enter(self, tokens: float, go: Callable[[list[float]], object]) -> None:
        """Call *go* with a pass as soon as a request of so many *tokens* may leave."""
        self._waiting.append((tokens, go))
        if len(self._waiting) == 1:
            self._admit()

    def leave(self, leave: list[float], tokens: float) -> None:
        """The request has come back, and took so many *tokens* in truth."""
        self._inside -= 1
        if leave[0] + _MINUTE > self._traffic.now:  # else it counts no more
            self._tokens += tokens - leave[1]
            leave[1] = tokens
        if self._waiting:
            self._admit()

    def _admit(self) -> None:
        limits, now = self.limits, self._traffic.now
        bounded = limits.rpm < math.inf or limits.tpm < math.inf
        while self._waiting and self._inside < limits.concurrency:
            tokens, go = self._waiting[0]
            if bounded and (delay := self._delay(tokens)):
                if self._looking <= now or now + delay < self._looking:
                    self._looking = now + delay
                    self._traffic.after(delay + _MOMENT, self._look)
                return
            self._waiting.popleft()
            self._inside += 1
            leave = [now, tokens]
            if bounded:
                self._recent.append(leave)
                self._tokens += tokens
            go(leave)

    def _look(self) -> None:
        self._looking = math.inf
        self._admit()

    def _delay(self, tokens: float) -> float:
        """Seconds until a request of *tokens* may leave; none if nothing is left to wait for."""
        now, limits, recent = self._traffic.now, self.limits, self._recent
        while recent and recent[0][0] + _MINUTE <= now:
            self._tokens -= recent.popleft()[1]
        gone, left, there = 0.0, len(recent), self._tokens
        for when, taken in recent:
            if left < limits.rpm and there + tokens <= limits.tpm:
                break
            gone, left, there = max(0.0, when + _MINUTE - now), left - 1, there - taken
        return gone
