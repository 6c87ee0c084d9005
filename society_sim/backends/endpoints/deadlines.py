"""Time-outs of requests that all have the same one: a single timer breaks off those whose time is over."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any


class Sent:
    """A request on its way: `over` when it has ended, `late` if it was broken off because its time was over."""

    __slots__ = ("deadline", "late", "over", "task")

    def __init__(self, task: asyncio.Task[Any], deadline: float) -> None:
        self.task, self.deadline = task, deadline
        self.over = self.late = False


class Deadlines:
    """The requests on their way, in the order of their deadlines; all of it on the loop's thread."""

    def __init__(self) -> None:
        self._sent: deque[Sent] = deque()
        self._sweeping = False

    @property
    def tasks(self) -> set[asyncio.Task[Any]]:
        """Those that wait for a reply."""
        return {sent.task for sent in self._sent if not sent.over}

    def send(self, task: asyncio.Task[Any], deadline: float) -> Sent:
        """*task* sends a request, and is cancelled at *deadline* (the loop's time), which is after those before it."""
        sent = Sent(task, deadline)
        while self._sent and self._sent[0].over:
            self._sent.popleft()
        self._sent.append(sent)
        if not self._sweeping:
            self._sweep()
        return sent

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while self._sent and (self._sent[0].over or self._sent[0].deadline <= loop.time()):
            sent = self._sent.popleft()
            if not sent.over:
                sent.late = True
                sent.task.cancel()
        self._sweeping = bool(self._sent)
        if self._sweeping:
            loop.call_at(self._sent[0].deadline, self._sweep)
