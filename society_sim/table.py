"""The table: which question lies on it for whoever acts now. Questions are settled in turn, nested, or side by side."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import simpy
from simpy.events import Event

from society_sim.errors import SocietyError
from society_sim.promises import Scope
from society_sim.values import Question

Doing: TypeAlias = Generator[Event, Any, Any]


def together(env: simpy.Environment, processes: Sequence[simpy.Process]) -> Generator[Event, Any, None]:
    """Wait for all of *processes*. Where several fail at once whoever waits has the first failure, not the clock."""
    for process in processes:
        if process.callbacks is not None:
            process.callbacks.append(_handed_on)
    if processes:
        yield env.all_of(processes)


def _handed_on(process: Event) -> None:
    process.defused = True


class Table:
    """The questions that are being settled, each in processes of its own on the simulated clock."""

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._none = Scope(None)
        self._scopes: dict[Event, Scope] = {}  # which question a process is about
        self._doings: dict[Event, Doing] = {}  # what goes on in it, for errors that point there
        self._asked: set[str] = set()

    @property
    def scope(self) -> Scope:
        """The question that is on the table for whoever acts now."""
        process = self._env.active_process
        return self._none if process is None else self._scopes.get(process, self._none)

    def start(self, doing: Doing, scope: Scope | None = None) -> simpy.Process:
        """Let something go on that is about the question of *scope*; about none, if it is left out."""
        process = self._env.process(doing)
        self._doings[process] = doing
        if scope is not None and scope is not self._none:
            self._scopes[process] = scope
        process.callbacks.append(self._forget)
        return process

    @property
    def doing(self) -> Doing | None:
        """What goes on in the process that acts now; `None` in one that was not started here."""
        process = self._env.active_process
        return None if process is None else self._doings.get(process)

    def _forget(self, process: Event) -> None:
        del self._doings[process]
        self._scopes.pop(process, None)

    @contextmanager
    def put(self, question: Question, joins: int) -> Iterator[Scope]:
        """Put *question* on the table, for whoever acts now, before those who took a seat after *joins* others did."""
        if question.id in self._asked:
            raise SocietyError(f"question {question.id!r} was put before; give each an id of its own")
        self._asked.add(question.id)
        process = self._env.active_process
        if process is None:
            raise SocietyError("a question is settled in simulated time: society.run(society.settle(...))")
        before = self._scopes.get(process)
        scope = self._scopes[process] = Scope(question, joins)
        try:
            yield scope
        finally:
            if before is not None:
                self._scopes[process] = before
            else:
                del self._scopes[process]
