"""A run carried out step by step, for whoever watches it: kept in its folder like any other."""

from __future__ import annotations

import operator
from contextlib import ExitStack
from pathlib import Path
from typing import Unpack

from society_sim.backends.human import Seats
from society_sim.errors import TooManyFailures
from society_sim.opening import taken_up
from society_sim.runs import Terms, checked, folder_of, prepared
from society_sim.scenario import Scenario
from society_sim.store import PARTIAL, RECORD, TAPE, Store
from society_sim.tape import Tape


class Stepped:
    """The run of *scenario* with *seed*, in its folder under *out*, carried on by `step`.

    What is on its tape (or on that of *parent*, the folder of a run) is not asked again, so a run that was closed
    before its end goes on where it was. A run that has come to its end is not carried out again: it has no `society`,
    and its record is there. *terms* are those of `run`. All methods belong to one thread at a time.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as passing:
    ...     going = Stepped(Scenario.read("second_look", ["task.rounds=1"]), out=passing)
    ...     while going.step(): pass
    ...     going.record.name
    'record.jsonl'
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int = 0,
        out: Path | str = "runs",
        parent: Path | None = None,
        **terms: Unpack[Terms],
    ) -> None:
        scenario.check()
        checked(scenario)
        self.scenario, self.seed = scenario, int(operator.index(seed))
        self.folder = folder_of(scenario, self.seed, out)
        if parent is not None and parent.resolve() == self.folder.resolve():
            parent = None
        self.seats = Seats()
        """Where persons sit who answer for members of this run."""
        with ExitStack() as opened:
            self._store = opened.enter_context(Store(self.folder, scenario.dump(), scenario.code, parent))
            taken_up(self._store, again=terms.get("again", False))
            self.society = None
            self.ledger = None
            if not self._store.finished:
                source = self._store.parent
                others = [opened.enter_context(Tape(source / TAPE, writable=False))] if source else []
                self.society, self._count, self.ledger = prepared(
                    scenario, self.seed, self._store.tape, self._store.write, terms, others, self.seats)  # fmt: skip
                opened.callback(self._leave)
                self.society.record.flush()
            self._opened = opened.pop_all()
        self._closed = False
        if self.society is None:
            self.close()

    @property
    def record(self) -> Path:
        """The file that the record is in by now."""
        return self.folder / (RECORD if self._store.finished else PARTIAL)

    @property
    def running(self) -> bool:
        """Whether there is anything left to happen."""
        return not self._closed and self.society is not None and bool(self.society.running)

    def step(self, units: int = 1) -> bool:
        """Let *units* of simulated time pass, and hand the record so far to its file; whether the run goes on.

        Raises what `run` raises: when it does, the run is closed, and can be taken up again.
        """
        if not self.running or self.society is None:
            return False
        try:
            for _ in range(units):
                self.society.step()
                if self._count.stopped is not None:
                    raise self._count.stopped
                if not self.society.running:
                    break
        except BaseException as error:
            if isinstance(error, TooManyFailures):
                self._store.tape.ask_again()
            self.close()
            raise
        self.society.record.flush()
        if not self.society.running:
            self._store.finish(self.society.record.digest)
            self.close()
        return self.running

    def hand_over(self) -> None:
        """Let what is on the tape so far be on disk, where others can read it."""
        if not self._closed:
            self._store.tape.sync()

    def close(self) -> None:
        """Break off if there is anything left; what was answered is kept."""
        if not self._closed:
            self._closed = True
            self._opened.close()

    def _leave(self) -> None:
        if self.society is not None and self.society.running:
            self.society.close()


