"""A person as a model: somebody at the page answers for a member."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress

from society_sim.errors import RunStopped
from society_sim.registry import backend
from society_sim.values import Answer, Query

_NOBODY = "a person is asked, and nobody sits there: watch the run with `society-sim view`, which lets somebody answer"


class Seats:
    """The questions that persons have been asked and have not answered; of this process, from any thread.

    Two runs may ask the same: a run and a fork of it, say, have the same keys. So each question belongs to who asks.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: list[tuple[object, Query, Future[Answer]]] = []
        self._there = 0

    @contextmanager
    def attended(self) -> Iterator[None]:
        """Within it, somebody is there to answer."""
        with self._lock:
            self._there += 1
        try:
            yield
        finally:
            with self._lock:
                self._there -= 1

    def put(self, query: Query, asker: object) -> Future[Answer]:
        """Ask a person in the name of *asker*; `RunStopped` if nobody is there."""
        future: Future[Answer] = Future()
        with self._lock:
            if not self._there:
                raise RunStopped(_NOBODY)
            self._asked.append((asker, query, future))
        return future

    @property
    def waiting(self) -> list[Query]:
        """What is waited for, the first asked first."""
        with self._lock:
            return [query for _, query, _ in self._asked]

    def answer(self, key: str, text: str) -> None:
        """Answer what was asked first of all with this *key*; `ValueError` if the answer is not in its form.

        A query that is waited for no more is passed over.
        """
        with self._lock:
            found = next((one for one in self._asked if one[1].key == key), None)
        if found is None:
            return
        _, query, future = found
        query.form.parse(text)
        with self._lock:
            self._asked = [one for one in self._asked if one is not found]
        with suppress(Exception):  # answered twice, or given up just now
            future.set_result(Answer(text=text, model="a person"))

    def give_up(self, asker: object) -> None:
        """Nobody answers *asker* any more: its run is broken off, and asks again when it is taken up."""
        with self._lock:
            given_up = [one for one in self._asked if one[0] is asker]
            self._asked = [one for one in self._asked if one[0] is not asker]
        for *_, future in given_up:
            with suppress(Exception):
                future.set_exception(RunStopped("the person who was asked has left"))


seats = Seats()
"""Those of this process."""


class Person:
    """A backend that asks somebody at the page."""

    watermark = "human"
    grace = 0.5

    def submit(self, query: Query) -> Future[Answer]:
        return seats.put(query, self)

    def drain(self) -> None:
        """Ask nobody any more."""
        seats.give_up(self)


@backend
def human() -> Person:
    """A person at the page of `society-sim view`, who reads the member's prompt and answers in its form.

    Its answers are kept on the tape as a model's are, so the run can be replayed and forked with nobody there. Without
    a page the run is broken off where a person is asked first, and can be taken up there.
    """
    return Person()
