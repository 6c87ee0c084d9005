"""A person as a model: somebody at the page answers for a member."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress

from society_sim.errors import RunStopped
from society_sim.registry import backend
from society_sim.values import Answer, Backend, Query

_NOBODY = "a person is asked, and nobody sits there: watch the run with `society-sim view`, which lets somebody answer"


class Seats:
    """The questions of one run that persons have been asked and have not answered; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, tuple[Query, Future[Answer]]] = {}
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

    def put(self, query: Query) -> Future[Answer]:
        """Ask a person; `RunStopped` if nobody is there."""
        future: Future[Answer] = Future()
        with self._lock:
            if not self._there:
                raise RunStopped(_NOBODY)
            self._asked[query.key] = query, future
        return future

    @property
    def waiting(self) -> list[Query]:
        """What is waited for, the first asked first."""
        with self._lock:
            return [query for query, _ in self._asked.values()]

    def answer(self, key: str, text: str) -> None:
        """Give the answer to the query with this *key*; `ValueError` (as forms raise it) if it is not in its form.

        A query that is waited for no more is passed over.
        """
        with self._lock:
            found = self._asked.get(key)
        if found is None:
            return
        query, future = found
        query.form.parse(text)
        with self._lock:
            self._asked.pop(key, None)
        with suppress(Exception):  # answered twice, or given up just now
            future.set_result(Answer(text=text, model="a person"))

    def give_up(self) -> None:
        """Nobody answers any more: runs that wait are broken off, and ask again when they are taken up."""
        with self._lock:
            given_up = list(self._asked.values())
            self._asked.clear()
        for _, future in given_up:
            with suppress(Exception):
                future.set_exception(RunStopped("the person who was asked has left"))


class Person:
    """A backend that asks somebody who sits at one of *seats*; made without, it has nobody to ask."""

    watermark = "human"
    grace = 0.5

    def __init__(self, seats: Seats | None = None) -> None:
        self._seats = seats or Seats()

    def submit(self, query: Query) -> Future[Answer]:
        return self._seats.put(query)

    def drain(self) -> None:
        """Ask nobody any more."""
        self._seats.give_up()


def seated(backend: Backend, seats: Seats) -> Backend:
    """*backend*, if it is a person at one of *seats*: each run has its own, and two may ask the same."""
    return Person(seats) if isinstance(backend, Person) else backend


@backend
def human() -> Person:
    """A person at the page of `society-sim view`, who reads the member's prompt and answers in its form.

    Its answers are kept on the tape as a model's are, so the run can be replayed and forked with nobody there. Without
    a page the run is broken off where a person is asked first, and can be taken up there.
    """
    return Person()
