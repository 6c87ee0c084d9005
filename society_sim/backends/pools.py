"""Plain functions as backends, in one line: at once, in threads, in batches, or later than they would be.

>>> from society_sim.values import Answer, Query
>>> from society_sim.forms import Text
>>> parrot = inline(lambda query: f"ANSWER: {query.seed}")
>>> query = Query(member=0, occurrence=0, model="", system="", text="Say a number.", form=Text(), seed=5, key="k")
>>> parrot.submit(query).result().text
'ANSWER: 5'

A function gets the `Query` and gives a `str` or an `Answer`; whatever it raises, and whatever else it gives, is an
abstention with the reason `failed` (or that of a `NoAnswer` it raises). For a run to be repeatable it must depend on
the query alone.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from society_sim.backends.calls import Function, as_answer, at_once, failed, pass_on
from society_sim.errors import FAILED, TIMED_OUT, NoAnswer
from society_sim.values import Answer, Backend, Query

_IDLE = 10.0  # seconds after which a thread that has nothing to do ends


class inline:  # noqa: N801  # these four read as functions that make a backend
    """A backend that computes its answer at once, on the asking thread: for quick pure functions."""

    def __init__(self, function: Function, *, watermark: str = "", reads_items: bool = False) -> None:
        self._function, self.reads_items = function, reads_items
        self.watermark = watermark or _name(function)

    def submit(self, query: Query) -> Future[Answer]:
        try:
            return at_once(self._function, query)
        except Exception as error:
            return failed(error)


class threads:  # noqa: N801
    """A backend that calls *function* in up to *workers* threads: for functions that wait (a network, a disk).

    A call that takes more than *timeout* seconds is an abstention, `timed out`; its thread is given up and another
    takes its place, so a function that never comes back holds up neither the run nor its end.
    """

    def __init__(self, function: Function, *, workers: int = 256, timeout: float = 60.0, watermark: str = "") -> None:
        self._function, self._timeout, self._most = function, timeout, workers
        self._waiting: deque[_Job] = deque()
        self._running: deque[_Job] = deque()  # in the order of their deadlines, since all have the same time-out
        self._workers = self._idle = 0
        self._watched = False
        lock = threading.Lock()
        self._work_there, self._job_there = threading.Condition(lock), threading.Condition(lock)
        self.watermark = watermark or _name(function)

    def submit(self, query: Query) -> Future[Answer]:
        job = _Job(query)
        future = job.future  # now: once it is answered, which may be at once, the job has another
        with self._work_there:
            self._waiting.append(job)
            if self._idle < len(self._waiting) and self._workers < self._most:
                self._hire()
            self._work_there.notify()
        return future

    def _hire(self) -> None:
        self._workers += 1
        _daemon(self._work, "society-sim-model")

    def _work(self) -> None:
        while True:
            with self._work_there:
                self._idle += 1
                while not self._waiting:
                    if not self._work_there.wait(_IDLE) and not self._waiting:
                        self._idle -= 1
                        self._workers -= 1
                        return
                self._idle -= 1
                job = self._waiting.popleft()
                job.deadline = time.monotonic() + self._timeout
                self._running.append(job)
                if not self._watched:
                    self._watched = True
                    _daemon(self._watch, "society-sim-time-outs")
                self._job_there.notify()
            try:
                answer, error = as_answer(self._function(job.query), job.query), None
            except BaseException as raised:
                answer, error = None, raised
            with self._work_there:
                if job.done:  # too late: another thread has taken the place of this one
                    return
                job.done = True
                while self._running and self._running[0].done:
                    self._running.popleft()
            future, job.future = job.future, Future()  # nor does a job that waits in line behind a slow one
            if answer is None:
                future.set_exception(error)
            else:
                future.set_result(answer)
            del job, future, answer, error  # an idle thread keeps nobody's answers alive

    def _watch(self) -> None:
        while True:
            with self._job_there:
                while self._running and self._running[0].done:
                    self._running.popleft()
                if not self._running:
                    if not self._job_there.wait(_IDLE) and not self._running:
                        self._watched = False
                        return
                    continue
                left = self._running[0].deadline - time.monotonic()
                if left > 0:
                    self._job_there.wait(left)
                    continue
                job = self._running.popleft()
                job.done = True
                self._workers -= 1
                if self._waiting:
                    self._hire()
            job.future.set_exception(NoAnswer(TIMED_OUT, f"no answer within {self._timeout:g} s"))
            del job


class _Job:
    """A query that a thread is to answer; whoever sets *done*, under the pool's lock, completes the future."""

    __slots__ = ("deadline", "done", "future", "query")

    def __init__(self, query: Query) -> None:
        self.query, self.deadline, self.done = query, 0.0, False
        self.future: Future[Answer] = Future()


def _daemon(target: Callable[[], None], name: str) -> None:
    """A thread that does not hold up the end of the program."""
    threading.Thread(target=target, daemon=True, name=name).start()


class batched:  # noqa: N801
    """A backend that hands queries to *function* in lists of up to *size*: for local models that like batches.

    A batch is closed when it is full or *wait* seconds after its first query. *function* gives one answer per query,
    in order.
    """

    def __init__(
        self,
        function: Callable[[list[Query]], Sequence[str | Answer]],
        *,
        size: int = 32,
        wait: float = 0.01,
        watermark: str = "",
    ) -> None:
        self._function, self._size, self._wait = function, size, wait
        self._waiting: queue.SimpleQueue[tuple[Query, Future[Answer]]] = queue.SimpleQueue()
        self._served = False
        self._start = threading.Lock()
        self.watermark = watermark or _name(function)

    def submit(self, query: Query) -> Future[Answer]:
        future: Future[Answer] = Future()
        with self._start:
            self._waiting.put((query, future))
            if not self._served:
                self._served = True
                _daemon(self._serve, "society-sim-batches")
        return future

    def _serve(self) -> None:
        while True:
            try:
                batch = [self._waiting.get(timeout=_IDLE)]
            except queue.Empty:
                with self._start:
                    if self._waiting.empty():
                        self._served = False
                        return
                continue
            closing = time.monotonic() + self._wait
            while len(batch) < self._size:
                try:
                    batch.append(self._waiting.get(timeout=max(0.0, closing - time.monotonic())))
                except queue.Empty:
                    break
            said: list[Any]
            try:
                said = list(self._function([query for query, _ in batch]))
                if len(said) != len(batch):
                    raise NoAnswer(FAILED, f"{len(said)} answers to a batch of {len(batch)} queries")
            except BaseException as error:
                said = [error] * len(batch)
            for (query, future), one in zip(batch, said, strict=True):
                try:
                    if isinstance(one, BaseException):
                        raise one
                    future.set_result(as_answer(one, query))
                except BaseException as none:
                    future.set_exception(none)
            del batch, said, query, future, one  # an idle thread keeps nobody's answers alive


class Like:
    """What a backend that stands before another one says of itself: the same as that one.

    *free*: it costs nothing and always answers alike. *paid*: a call costs real money. *grace*: seconds that a call
    on its way may still take when a run is broken off.
    """

    def __init__(self, backend: Backend) -> None:
        self.watermark: str = getattr(backend, "watermark", type(backend).__name__)
        self.reads_items: bool = getattr(backend, "reads_items", False)
        self.variants: tuple[str, ...] = getattr(backend, "variants", ())
        self.traits: Mapping[str, Mapping[str, Any]] = getattr(backend, "traits", {})
        self.temperature: float = getattr(backend, "temperature", 0.7)
        self.max_tokens: int = getattr(backend, "max_tokens", 256)
        self.free: bool = getattr(backend, "free", False)
        self.paid: bool = getattr(backend, "paid", False)
        self.grace: float = getattr(backend, "grace", 5.0)


class delayed(Like):  # noqa: N801
    """*backend*, answering `seconds(query)` of real time later, any number at once: a network without a network.

    Answers are the same, the order of their arrival is not: what a record must not notice.
    """

    def __init__(self, backend: Backend, seconds: Callable[[Query], float]) -> None:
        super().__init__(backend)
        self._backend, self._seconds = own(backend), seconds
        self.worst = getattr(backend, "worst", None)
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._number = itertools.count()
        self._served = False

    def submit(self, query: Query) -> Future[Answer]:
        later: Future[Answer] = Future()
        self._backend.submit(query).add_done_callback(partial(self._hold, later, self._seconds(query)))
        return later

    def drain(self) -> None:
        """Send nothing more."""
        if hasattr(self._backend, "drain"):
            self._backend.drain()

    def release(self) -> None:
        """Let go of the backend's connections."""
        if hasattr(self._backend, "release"):
            self._backend.release()

    def _hold(self, later: Future[Answer], seconds: float, now: Future[Answer]) -> None:
        with self._changed:
            release: Callable[[], object] = partial(pass_on, later, now)
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._number), release))
            if not self._served:
                self._served = True
                _daemon(self._serve, "society-sim-delays")
            self._changed.notify()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.monotonic():
                    if not self._due and not self._changed.wait(_IDLE) and not self._due:
                        self._served = False
                        return
                    if self._due:
                        self._changed.wait(max(0.0, self._due[0][0] - time.monotonic()))
                release = heapq.heappop(self._due)[2]
            release()
            del release  # an idle thread keeps nobody's answers alive


def as_backend(model: Backend | Function) -> Backend:
    """*model* itself, or, if it is a plain function, a backend that calls it in threads."""
    return model if hasattr(model, "submit") else threads(model)


def own(backend: Backend) -> Backend:
    """*backend* for one society alone: one that holds connections gets its own, and lets go of them at the end."""
    within = getattr(backend, "within", None)
    return backend if within is None else within()


def _name(function: Callable[..., Any]) -> str:
    return f"function {getattr(function, '__qualname__', type(function).__name__)}"
