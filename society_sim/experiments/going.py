"""Tasks on processes of this machine, or on Ray: as many at once as there are workers, whoever dies on the way.

A task that was under way when its worker died is given to another one; after that, alone, so that it takes nobody with
it; after the third death it is given up and the others go on.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import (
    connection,
    forkserver,
    get_all_start_methods,
    get_context,
    parent_process,
    resource_tracker,
)
from threading import Thread
from typing import Any, Protocol

from society_sim.errors import ScenarioError
from society_sim.experiments.carrying import FAILED, SHORT, Row, Task, carry_out
from society_sim.experiments.purse import Purse
from society_sim.guard import check_guarded
from society_sim.ledger import money

LIVES = 3
"""How many workers a task may cost."""


@dataclass(frozen=True, slots=True)
class Going:
    """How an experiment goes: runs *done* of *planned*, those that *failed*, money of this experiment, seconds."""

    done: int
    planned: int
    failed: int
    micro_usd: int
    elapsed: float
    under_way: int

    @property
    def left(self) -> float | None:
        """Seconds until the end, if runs go on taking as long as they did."""
        return self.elapsed / self.done * (self.planned - self.done) if self.done else None

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return self.done / self.planned if self.planned else 0.0

    def __str__(self) -> str:
        words = [f"{self.done:,}/{self.planned:,} runs", money(self.micro_usd)]
        if self.failed:
            words.append(f"{self.failed:,} failed")
        if self.under_way:
            words.append(f"{self.under_way:,} under way")
        return ", ".join(words)


class Died(Exception):
    """A worker died while it was at the task."""


class Hands(Protocol):
    """Those who do the work. *width* is how many tasks they take at once."""

    width: int

    def take(self, task: Task) -> Any:
        """Begin with *task*; what it gives is told apart by `wait`."""

    def wait(self, under_way: Sequence[Any]) -> list[Any]:
        """Those of *under_way* that are done, at least one."""

    def result(self, handle: Any) -> Row:
        """What came of it; `Died` if its worker did."""


def carried(
    tasks: Sequence[Task], hands: Hands, purse: Purse, watch: Callable[[Going], None] | None = None
) -> dict[int, Row]:
    """Carry out all of *tasks*; number of the task -> what came of it.

    What a share of the budget was too small for is tried once more at the end, with all that is left.
    """
    rows: dict[int, Row] = {}
    deaths: Counter[int] = Counter()
    begun = time.monotonic()

    def tell(under_way: int) -> None:
        if watch is not None and tasks:
            bad = sum(row.status == FAILED for row in rows.values())
            gone = sum(row.micro_usd for row in rows.values())
            watch(Going(len(rows), len(tasks), bad, gone, time.monotonic() - begun, under_way))

    def through(waiting: deque[Task], width: int) -> None:
        under_way: dict[Any, Task] = {}
        while waiting or under_way:
            while waiting and len(under_way) < width:
                task = purse.granted(waiting.popleft(), len(waiting) if width > 1 else 0)
                under_way[hands.take(task)] = task
            tell(len(under_way))
            for handle in hands.wait(list(under_way)):
                task = under_way.pop(handle)
                try:
                    row = hands.result(handle)
                except Died:
                    deaths[task.number] += 1
                    if deaths[task.number] < LIVES:
                        (alone if deaths[task.number] > 1 else waiting).append(task)
                        continue
                    row = Row(task.number, FAILED, f"{LIVES} workers died over it")
                else:
                    purse.settle(task, row)
                rows[task.number] = row

    alone: deque[Task] = deque()
    tell(0)
    through(deque(tasks), hands.width)
    through(alone, 1)
    if hands.width > 1:
        through(deque(task for task in tasks if rows[task.number].status == SHORT), 1)
        through(alone, 1)
    tell(0)
    return rows


@contextlib.contextmanager
def hired(on: str, workers: int) -> Iterator[Hands]:
    """*workers* of this machine, or those of Ray; one local worker is this process itself."""
    if on == "ray":
        with contextlib.closing(_Ray(workers)) as hands:
            yield hands
    elif workers == 1:
        yield _Here()
    else:
        check_guarded()
        with contextlib.closing(_Local(workers)) as pool:
            yield pool


class _Here:
    """Nobody but this process: one task after the other, so that all calls go through one rate gate."""

    width = 1

    def take(self, task: Task) -> Task:
        return task

    def wait(self, under_way: Sequence[Task]) -> list[Task]:
        return list(under_way[:1])

    def result(self, handle: Task) -> Row:
        return carry_out(handle)


class _Local:
    """Processes of this machine; what runs need is imported once for all of them."""

    def __init__(self, workers: int) -> None:
        self.width = workers
        self._pool = self._hire()

    def _hire(self) -> ProcessPoolExecutor:
        # not forked from here: a fork would copy locks that threads of this process hold
        if "forkserver" not in get_all_start_methods():
            context: Any = get_context("spawn")
        else:  # forked from a process that has done nothing but import, which takes longer than many a run
            context = get_context("forkserver")
            context.set_forkserver_preload([carry_out.__module__])
            resource_tracker.ensure_running()  # it lets Ctrl-C through again
            with _deaf():
                forkserver.ensure_running()
        return ProcessPoolExecutor(
            self.width, mp_context=context, initializer=_begin, initargs=(dict(os.environ),))  # fmt: skip

    def take(self, task: Task) -> Future[Row]:
        try:
            return self._pool.submit(carry_out, task)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._hire()
            return self._pool.submit(carry_out, task)

    def wait(self, under_way: Sequence[Future[Row]]) -> list[Future[Row]]:
        done = wait(under_way, return_when=FIRST_COMPLETED).done
        return [future for future in under_way if future in done]

    def result(self, handle: Future[Row]) -> Row:
        try:
            return handle.result()
        except BrokenProcessPool as error:
            raise Died from error

    def close(self) -> None:
        """End now: what is under way is on tapes, and is taken up from there."""
        workers = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join(10)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """What is begun here does not hear of Ctrl-C, not even while it imports: it is told by this process to end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(environment: Mapping[str, str]) -> None:
    """A worker leaves Ctrl-C to the one who hired it, is ended by that one, and ends with that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()  # that of the process it was forked from may be older
    os.environ.update(environment)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Whoever is killed cannot end its workers; and one that works on would hold the folders of the runs."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)  # what is under way is on its tape


class _Ray:
    """Ray, on this machine or on the cluster that `RAY_ADDRESS` names; all its machines see the folder of the runs."""

    def __init__(self, workers: int) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # what is run here is nobody else's business
        try:
            import ray
        except ImportError as error:
            raise ScenarioError("--on ray needs Ray; install it with: python -m pip install 'society-sim[ray]'"
                                ) from error  # fmt: skip
        self._ray: Any = ray
        self._mine = not ray.is_initialized()
        if self._mine:
            local: dict[str, Any] = {}
            if not os.environ.get("RAY_ADDRESS"):
                local = {"num_cpus": workers, "include_dashboard": False}
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **local)
        self.width = max(1, int(self._ray.cluster_resources().get("CPU", workers)))
        self._task = self._ray.remote(carry_out).options(max_retries=LIVES)

    def take(self, task: Task) -> Any:
        return self._task.remote(task)

    def wait(self, under_way: Sequence[Any]) -> list[Any]:
        done, _ = self._ray.wait(list(under_way), num_returns=1)
        return list(done)

    def result(self, handle: Any) -> Row:
        try:
            row: Row = self._ray.get(handle)
        except self._ray.exceptions.RayError as error:
            raise Died from error
        return row

    def close(self) -> None:
        """Let go of Ray, unless somebody else had begun with it."""
        if self._mine:
            self._ray.shutdown()
