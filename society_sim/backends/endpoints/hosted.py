"""A model behind a network: one gate, one bounded retry layer, one account, whatever carries the request.

What a call goes through: its worst cost is reserved, the endpoint's gate lets it through, the attempt is noted on the
tape, the request leaves; then the real cost is settled, or the reason of the failure is noted and, where another
attempt makes sense, it is made after a pause (exponential with jitter, or what `Retry-After` says). When the attempts
at one model are used up, the next of the fallbacks is asked. Nothing else retries.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

from society_sim.backends.endpoints.connections import Connection, connect, disconnect
from society_sim.backends.endpoints.deadlines import Deadlines
from society_sim.backends.endpoints.faults import Fault
from society_sim.backends.endpoints.gate import LONGEST_RETRY_AFTER, Limits
from society_sim.backends.endpoints.guard import Guard
from society_sim.backends.endpoints.keys import scrub, told
from society_sim.backends.endpoints.loop import LOOP
from society_sim.backends.endpoints.prices import FREE, Price
from society_sim.backends.endpoints.replies import Reply
from society_sim.errors import FAILED, REFUSED, TIMED_OUT, NoAnswer, RunStopped, SocietyError
from society_sim.ledger import NOTHING, Cost
from society_sim.streams import uniforms
from society_sim.values import Answer, Query

_LAST_WORDS = 5.0  # seconds for requests that are broken off to end
_LONGEST_PAUSE = 30.0  # seconds between two attempts, unless the endpoint asks for more


class Wire(Protocol):
    """What carries a request to a kind of endpoint and brings the reply, once."""

    def ready(self) -> None:
        """Get the key and what else is needed; `ScenarioError` if that cannot be had."""

    def beside(self, query: Query) -> int:
        """Bytes that a request holds beside the prompt and that a model reads, such as a schema."""

    async def ask(self, connection: Connection, query: Query, model: str) -> Reply:
        """Ask *model*; `Fault` if that brings no reply."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a reply (seconds), how often to ask, and the pause after the first failure (seconds)."""

    timeout: float = 60.0
    attempts: int = 4
    backoff: float = 0.5


class Target(NamedTuple):
    """A model, its price, and the endpoint where it is served: those at the same one share its gate."""

    model: str
    price: Price
    server: str


class Hosted:
    """The backend behind every model that is reached over a network.

    *targets* has, for each of the *variants* that a member may speak with (or for "", if there are none), what is
    asked, in this order. A society lets go of its connections at its end; it can be used again afterwards.
    """

    reads_items = False
    free = False

    def __init__(
        self,
        wire: Wire,
        targets: Mapping[str, Sequence[Target]],
        *,
        watermark: str,
        limits: Limits,
        patience: Patience,
        temperature: float,
        max_tokens: int,
    ) -> None:
        self.watermark, self.temperature, self.max_tokens = watermark, temperature, max_tokens
        self.variants = tuple(name for name in targets if name)
        self._wire, self._targets, self._limits, self._patience = wire, dict(targets), limits, patience
        self._guard = Guard()
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._new: deque[tuple[Query, Future[Answer]]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: dict[str, Connection] = {}
        self._tasks: dict[asyncio.Task[None], Future[Answer]] = {}
        self._deadlines = Deadlines()
        self._woken = self._draining = self._ready = False

    @property
    def grace(self) -> float:
        """Seconds that a request may still take when a run is broken off."""
        return self._patience.timeout

    @property
    def paid(self) -> bool:
        """Whether a call costs money."""
        return any(target.price != FREE for target in self._every)

    @property
    def attempts(self) -> int:
        """The most requests that one call may take."""
        return self._patience.attempts * max(map(len, self._targets.values()))

    @property
    def limits(self) -> Limits:
        """What was said of the endpoint's limits."""
        return self._limits

    @property
    def patience(self) -> Patience:
        """How long a reply is waited for, and how often one is asked."""
        return self._patience

    def targets(self, query: Query) -> Sequence[Target]:
        """What is asked for *query*, in this order: its variant, or the first if it names none; then the fallbacks."""
        return self._targets.get(query.model) or next(iter(self._targets.values()))

    def beside(self, query: Query) -> int:
        """Bytes that are read beside the prompt, such as a schema."""
        return self._wire.beside(query)

    @property
    def state(self) -> str:
        """What the endpoint's gate waits for, in a few words."""
        states = [connection.gate.state for connection in list(self._connections.values())]
        return "; ".join(state for state in states if state)

    def worst(self, query: Query) -> Cost:
        """The most that one attempt at *query* may cost."""
        each = [target.price.worst(query, self.beside(query)) for target in self.targets(query)]
        return Cost(max(cost.micro_usd for cost in each), max(cost.tokens for cost in each), 1)

    @property
    def _every(self) -> Iterator[Target]:
        return itertools.chain.from_iterable(self._targets.values())

    def within(self, guard: Guard | None = None) -> Hosted:
        """The same model for one society, watched over by *guard*; closing it leaves others alone."""
        bound = copy.copy(self)
        bound._guard = guard or Guard()
        bound._begin()
        bound._make_ready()
        return bound

    def _make_ready(self) -> None:
        if not self._ready:
            self._wire.ready()
            self._ready = True

    def submit(self, query: Query) -> Future[Answer]:
        self._make_ready()
        future: Future[Answer] = Future()
        with self._lock:
            if self._draining:
                future.set_exception(_broken_off())
                return future
            if self._loop is None:
                self._loop = LOOP.hire()
            self._new.append((query, future))
            if not self._woken:  # many questions at once wake the loop once
                self._woken = True
                here = asyncio._get_running_loop() is self._loop  # an answer that let the next prompt be rendered
                (self._loop.call_soon if here else self._loop.call_soon_threadsafe)(self._take)
        return future

    def drain(self) -> None:
        """Send nothing more; what is on its way may still come in."""
        with self._lock:
            self._draining = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._drain)

    def release(self) -> None:
        """Let go of everything: what is still on its way is broken off. It can be used again afterwards."""
        self.drain()
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None and asyncio._get_running_loop() is loop:
            raise RuntimeError("connections are let go of on another thread than their own")
        try:
            if loop is not None:
                asyncio.run_coroutine_threadsafe(self._end(), loop).result()
        finally:
            if loop is not None:
                LOOP.leave()
            self._draining = False

    # --- on the loop's thread -------------------------------------------------------------------------------------

    def _take(self) -> None:
        with self._lock:
            new, self._new = self._new, deque()
            self._woken = False
            loop = self._loop
        if loop is None:
            for _, future in new:
                future.set_exception(_broken_off())
            return
        for target in self._every:
            if target.server not in self._connections:
                self._connections[target.server] = connect(target.server, self._limits, loop)
        for query, future in new:
            self._tasks[loop.create_task(self._answer(query, future))] = future

    def _drain(self) -> None:
        self._take()
        for task in self._tasks.keys() - self._deadlines.tasks:
            self._cancel(task)

    def _cancel(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        task.add_done_callback(partial(self._cancelled, self._tasks[task]))

    def _cancelled(self, future: Future[Answer], task: asyncio.Task[None]) -> None:
        """One that was cancelled before its first step knows nothing of it, and could not say so."""
        self._tasks.pop(task, None)
        if not future.done():
            future.set_exception(_broken_off())

    async def _end(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            self._cancel(task)
        if tasks:
            await asyncio.wait(tasks, timeout=_LAST_WORDS)
        for connection in self._connections.values():
            await disconnect(connection)
        self._connections.clear()

    async def _answer(self, query: Query, future: Future[Answer]) -> None:
        try:
            if self._draining:
                raise _broken_off()
            answer = await self._asked(query)
        except SocietyError as none:  # an abstention; or something that ends the run
            future.set_exception(none)
        except asyncio.CancelledError:
            future.set_exception(_broken_off())
        except Exception as error:
            future.set_exception(NoAnswer(FAILED, scrub(f"{type(error).__name__}: {error}")[:300]))
        else:
            future.set_result(answer)
        finally:
            self._tasks.pop(_this_task(), None)

    async def _asked(self, query: Query) -> Answer:
        number, fault = 0, Fault(FAILED, "no model was asked")
        for target in self.targets(query):
            for attempt in range(1, self._patience.attempts + 1):
                number += 1
                if self._draining:
                    raise _broken_off()
                reply = await self._attempt(query, target, number)
                if isinstance(reply, Answer):
                    return reply
                fault = reply
                if not fault.retried or (fault.after or 0.0) > LONGEST_RETRY_AFTER:
                    break
                if attempt < self._patience.attempts:
                    await asyncio.sleep(self._pause(query, number, attempt, fault))
            if fault.reason == REFUSED:  # that is an answer, and not to be shopped around
                break
        raise NoAnswer(fault.reason, scrub(fault.detail))

    async def _attempt(self, query: Query, target: Target, number: int) -> Answer | Fault:
        """Ask once; the answer, or what went wrong."""
        guard = self._guard
        accounted = target.price != FREE or guard.bounded  # else nothing could ever be in doubt
        worst = target.price.worst(query, self._wire.beside(query)) if accounted else NOTHING
        connection = self._connections.get(target.server)
        if connection is None:
            raise asyncio.CancelledError  # closed before it began
        gate = connection.gate
        await guard.reserve(worst)
        try:
            leave = await gate.enter(query.member, _tokens(query))
        except Fault as fault:
            guard.settle(worst)
            return fault
        except asyncio.CancelledError:
            guard.settle(worst)
            raise
        if accounted:
            try:
                guard.trying(query, number, target.model, worst)
            except BaseException:
                gate.cancelled()
                guard.settle(worst)
                raise
        begun = time.perf_counter()
        try:
            reply = await self._reply(connection, query, target.model)
        except asyncio.CancelledError:
            gate.cancelled()
            guard.settle(worst, doubtful=True)
            raise
        if isinstance(reply, Fault):
            gate.failed(leave, reply)
            guard.settle(worst, Cost(calls=1), doubtful=reply.doubtful)
            ms = round(1000 * (time.perf_counter() - begun))
            guard.tried(query, number, NoAnswer(reply.reason, scrub(reply.detail)), doubtful=reply.doubtful, ms=ms)
            return reply
        gate.succeeded(leave, (reply.tokens_in or 0) + (reply.tokens_out or 0))
        return self._settled(query, target, worst, reply, number)

    async def _reply(self, connection: Connection, query: Query, model: str) -> Reply | Fault:
        sent = self._deadlines.send(_this_task(), connection.clock() + self._patience.timeout)
        try:
            return await self._wire.ask(connection, query, model)
        except Fault as fault:
            return fault
        except asyncio.CancelledError:
            if not sent.late:
                raise
            sent.task.uncancel()
            return Fault(TIMED_OUT, f"no reply within {self._patience.timeout:g} s")
        except Exception as error:  # whatever a library throws is an attempt that failed, and no more
            return Fault(FAILED, f"{type(error).__name__}: {error}")
        finally:
            sent.over = True

    def _settled(self, query: Query, target: Target, worst: Cost, reply: Reply, number: int) -> Answer:
        read, written = reply.tokens_in, reply.tokens_out
        if read is None or written is None:  # not told: it may have been all
            worst = target.price.worst(query, self._wire.beside(query))
            read, written = int(worst.tokens) - query.max_tokens, query.max_tokens
        micro_usd = target.price.of(read, written, reply.cached)
        self._guard.settle(worst, Cost(micro_usd, read + written, 1))
        text = told(reply.text)
        return Answer(
            text=text, tokens_in=read, tokens_out=written, cached=reply.cached,
            reasoning=reply.reasoning, micro_usd=micro_usd, model=told(reply.model), reason=reply.reason,
            fallback="" if target is self.targets(query)[0] else target.model, attempt=number,
            logprobs=reply.logprobs if text == reply.text else None,  # they spell out what was struck
        )  # fmt: skip

    def _pause(self, query: Query, number: int, attempt: int, fault: Fault) -> float:
        """Seconds before the next attempt: doubling, with a jitter that is named luck like any other."""
        base: float = min(self._patience.backoff * 2 ** (attempt - 1), _LONGEST_PAUSE)
        jitter = 0.5 + uniforms(query.seed, "retry", query.member, number)[0]
        return max(base * jitter, (fault.after or 0.0) * (0.95 + 0.1 * jitter))


def _tokens(query: Query) -> float:
    """About how many *query* takes, for a limit per minute: a quarter of its characters, and what it may write."""
    return (len(query.system) + len(query.text)) / 4 + query.max_tokens


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("requests are sent by tasks")
    return task


def _broken_off() -> RunStopped:
    return RunStopped("broken off before it was answered")
