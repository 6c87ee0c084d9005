"""What watches over the calls of a run: its ledger, and its tape."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from society_sim.errors import NoAnswer
from society_sim.ledger import NOTHING, Cost, Ledger
from society_sim.tape import Tape
from society_sim.values import Query


class Guard:
    """The ledger and the tape of a run, for models that make several attempts; without either, nothing is kept.

    *redact* goes over what the tape keeps of failures: an endpoint may quote what it was asked.
    """

    def __init__(
        self, ledger: Ledger | None = None, tape: Tape | None = None, redact: Callable[[str], str] | None = None
    ) -> None:
        self._ledger, self._tape, self._redact = ledger, tape, redact

    @property
    def bounded(self) -> bool:
        """Whether there is an account to answer to."""
        return self._ledger is not None

    async def reserve(self, worst: Cost) -> None:
        """Wait until *worst* is set aside; `OutOfBudget` if it never can be."""
        if self._ledger is None:
            return
        granted = self._ledger.reserve(worst)
        if granted.done():
            granted.result()
            return
        try:
            await asyncio.wrap_future(granted)
        except asyncio.CancelledError:
            if not granted.cancel():  # it was set aside in this moment
                granted.add_done_callback(partial(self._give_back, worst))
            raise

    def _give_back(self, worst: Cost, granted: Future[None]) -> None:
        if granted.exception() is None:
            self.settle(worst)

    def settle(self, worst: Cost, real: Cost = NOTHING, *, doubtful: bool = False) -> None:
        """Book the *real* cost of an attempt for which *worst* was set aside."""
        if self._ledger is not None:
            self._ledger.settle(worst, real, doubtful=doubtful)

    def trying(self, query: Query, number: int, model: str, worst: Cost) -> None:
        """Note that an attempt is about to leave; `StoreError` if the tape cannot be written."""
        if self._tape is not None:
            self._tape.check()
            self._tape.trying(query, number, model, worst)

    def tried(self, query: Query, number: int, why: NoAnswer, *, doubtful: bool, ms: int) -> None:
        """Note that an attempt brought no answer, and why."""
        if self._tape is not None:
            why = why if self._redact is None else NoAnswer(why.reason, self._redact(why.detail))
            self._tape.tried(query, number, why, doubtful=doubtful, ms=ms)
