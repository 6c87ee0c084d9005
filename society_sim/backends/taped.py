"""The tape as a backend: answers already given are given again, the live model is asked for the rest.

Not a part that a scenario names: a run puts it in front of every model.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial

from society_sim.backends.pools import Like, failed, received
from society_sim.errors import FAILED, NoAnswer, ReplayError, SocietyError
from society_sim.tape import Tape
from society_sim.values import Answer, Backend, Query


class Count:
    """How many answers were asked anew and how many were on file, over all models of a run."""

    __slots__ = ("_lock", "asked", "failure", "reused")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.asked = self.reused = 0
        self.failure = ""
        """What the first answer that failed died of."""

    def add(self, *, asked: int = 0, reused: int = 0) -> None:
        """Count some more, from any thread."""
        with self._lock:
            self.asked += asked
            self.reused += reused


class Taped(Like):
    """*backend* behind *tape*; *other* is the tape of another run that may be read (a fork reads its parent's)."""

    def __init__(self, backend: Backend, tape: Tape, count: Count, other: Tape | None = None) -> None:
        super().__init__(backend)
        self._backend, self._tape, self._count, self._other = backend, tape, count, other

    def submit(self, query: Query) -> Future[Answer]:
        known = self._tape.find(query.key)
        if known is None and self._other is not None:
            known = self._other.find(query.key)
            if known is not None:
                self._tape.append(query, known, free=True)  # it is safe where it was
        if known is not None:
            self._count.add(reused=1)
            return _completed(known)
        return self._ask(query)

    def _ask(self, query: Query) -> Future[Answer]:
        self._tape.check()
        self._count.add(asked=1)
        try:
            future = self._backend.submit(query)
        except SocietyError as error:
            if not isinstance(error, NoAnswer):
                raise
            future = failed(error)
        except Exception as error:  # an abstention, and on the tape like any other
            future = failed(error)
        if future.done():
            self._keep(query, future)
        else:
            future.add_done_callback(partial(self._keep, query))  # before whoever reads the answer
        return future

    def _keep(self, query: Query, future: Future[Answer]) -> None:
        answer, none = received(future)
        if none is not None and none.reason == FAILED and not self._count.failure:
            self._count.failure = none.detail
        self._tape.append(query, none or answer, free=self.free)  # type: ignore[arg-type]


class Kept:
    """What the head of a record says of a model: enough to put its questions again, not to answer them."""

    def __init__(
        self, watermark: str, *, reads_items: bool, variants: Sequence[str], temperature: float, max_tokens: int
    ) -> None:
        self.watermark, self.reads_items, self.variants = watermark, reads_items, tuple(variants)
        self.temperature, self.max_tokens = temperature, max_tokens

    def submit(self, query: Query) -> Future[Answer]:
        raise ReplayError(f"member {query.member} asks a model that is only known by name, {self.watermark}")


class Replayed(Taped):
    """A tape and nothing behind it: a question that is not on it ends the replay."""

    def _ask(self, query: Query) -> Future[Answer]:
        raise ReplayError(_difference(query, self._tape))


def _completed(known: Answer | NoAnswer) -> Future[Answer]:
    if isinstance(known, NoAnswer):
        return failed(known)
    future: Future[Answer] = Future()
    future.set_result(known)
    return future


def _difference(query: Query, tape: Tape) -> str:
    """What *query* asks that the tape does not know, beside the nearest thing the tape does know."""
    near = list(tape.prompts(query.member))
    head = f"member {query.member} is asked something that is not on the tape {tape.path}"
    if not near:
        return f"{head}, where it was asked nothing:\n{query.text}"
    same = [text for _, text in near if text == query.text]
    if same:
        return (f"{head}: the same words, but with another model, seed, item or number of times asked; has the "
                f"scenario, the model or its version changed?\n{query.text}")  # fmt: skip
    texts = [text for _, text in near]
    closest = difflib.get_close_matches(query.text[:2000], [text[:2000] for text in texts[-200:]], n=1, cutoff=0.0)
    diff = difflib.unified_diff((closest or texts)[0].splitlines(), query.text.splitlines(), "on the tape", "asked now",
                                lineterm="", n=2)  # fmt: skip
    return f"{head}; the nearest question there differs like this:\n" + "\n".join(diff)
