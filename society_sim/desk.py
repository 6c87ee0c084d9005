"""Where questions go out and answers come in: simulated time orders, real time overlaps.

Nothing here depends on the order in which answers arrive: a member's questions are rendered in the order in which they
were put (so "asked exactly this before" has one meaning), and what they become (`prompts`) comes from names alone.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from society_sim import purses
from society_sim.backends.calls import cost_of, failed, received, stated_worst
from society_sim.errors import OUT_OF_BUDGET, UNREADABLE, NoAnswer, PromptError, SocietyError
from society_sim.ledger import Cost
from society_sim.promises import NotReady, Promise
from society_sim.prompts import Prompts, counted
from society_sim.values import Answer, Query

if TYPE_CHECKING:
    from society_sim.member import Member
    from society_sim.purses import Purses

_POLL = 0.25  # seconds between looks for Ctrl-C while the clock's thread waits


class Desk:
    """Where questions go out and answers come in. Everything else in a society lives on the clock's thread."""

    def __init__(
        self, seed: int, concurrency: int, while_waiting: Callable[[], None], allowances: Purses | None = None
    ) -> None:
        """At most *concurrency* calls are in flight; *while_waiting* runs when the clock's thread wakes from a wait.

        *allowances* are the purses that questions are paid from, if there are any.
        """
        if concurrency < 1:
            raise SocietyError(f"concurrency is at least 1, not {concurrency}")
        self._limit, self._while_waiting = concurrency, while_waiting
        self.prompts = Prompts(seed)
        self._lock = threading.Lock()  # a condition's own way to its lock is ten times as long
        self._changed = threading.Condition(self._lock)
        self._awaited: Promise | None = None
        self._backlog: deque[tuple[Promise, Query]] = deque()
        self._allowances = allowances
        self._unpaid: list[tuple[Promise, Query, Cost | None]] = []  # those whose purse cannot say yet
        self._draining = threading.local()
        self.failure: BaseException | None = None
        self.closed = False
        self.watch: Callable[[], object] = lambda: None
        """Told on the clock's thread whenever it wakes from a wait."""
        self.idle: Callable[[], bool] = lambda: False
        """What is done on the clock's thread before it waits; true if that may have brought what it would wait for."""
        self.asked = self.arrived = self.in_flight = self.working = self.tokens = self.micro_usd = 0

    def put(self, promise: Promise) -> None:
        """Start on *promise*: render its prompt as soon as that can be done, and send it."""
        if self.failure is not None:
            raise self.failure
        self.asked += 1
        if self._allowances is not None and (promise.gate is None or promise.gate.is_open):
            with self._lock:
                promise.tickets = self._allowances.put(promise.member.id)
        missing: list[Promise] = []
        if not promise.member.unrendered:
            try:
                whole, digest = self.prompts.rendered(promise)
            except NotReady as wait:
                missing = wait.missing
            except Exception as error:
                self._fail(promise, error)
                return
            else:
                with self._lock:
                    occurrence = counted(promise, digest)
                self._send(promise, whole, digest, occurrence)
                return
        with self._lock:
            queue = promise.member.unrendered
            if queue is None:  # most members are only ever asked what can be put at once
                queue = promise.member.unrendered = deque()
            queue.append(promise)
            self._park(promise, missing)
        self._work(promise.member)

    def let(self, promise: Promise) -> None:
        """The simulated clock has come to *promise*, which was kept back: call."""
        gate = promise.gate
        if gate is None or gate.is_open:
            return
        with self._lock:
            if self._allowances is not None:
                promise.tickets = self._allowances.put(promise.member.id)
            gate.is_open = True
            query, gate.query = gate.query, None
        if query is not None:
            self._set_out(promise, query)

    def withdraw(self, promise: Promise, reason: str) -> None:
        """Nobody waits for *promise* any more: it is an abstention, and not called if it has not been yet."""
        gate = promise.gate
        if gate is None:
            raise SocietyError("a question without a gate is not withdrawn")
        with self._lock:
            gate.reason = reason
            query, gate.query = gate.query, None
            if promise.done:
                promise._value, promise._reason = None, reason
        if query is not None:
            self._set_out(promise, query)

    def size(self, promise: Promise) -> float:
        """How many tokens *promise* counts for; blocks the clock's thread until its prompt is there."""
        gate = promise.gate
        if gate is None:
            return 0.0
        while gate.size is None:
            with self._lock:
                self._awaited = promise
                if gate.size is None and self.failure is None and not self.closed:
                    self._changed.wait(_POLL)
                self._awaited = None
            self.watch()
            if gate.size is None:
                self._raise_failure()
                self._raise_stall()
                if self.closed:
                    raise SocietyError("the society was closed while a prompt was awaited")
        return gate.size

    def wait(self, promise: Promise) -> None:
        """Block the clock's thread until *promise* is done."""
        while not promise.done:
            if self.failure is None and self.idle():
                continue
            with self._lock:
                self._awaited = promise
                if not promise.done and self.failure is None and not self.closed:
                    self._changed.wait(_POLL)
                self._awaited = None
            self._while_waiting()
            self.watch()
            if not promise.done:
                self._raise_failure()
                self._raise_stall()
                if self.closed:
                    raise SocietyError("the society was closed while an answer was awaited")

    def shift(self, seat: int, tokens: int) -> None:
        """Take *tokens* out of the account of *seat* (in, if below zero) before whatever it is asked from now on."""
        if self._allowances is not None:
            with self._lock:
                self._allowances.account(seat).shift(Cost(tokens=tokens))

    def surely(self, seat: int) -> float | None:
        """The tokens that are left to *seat* if all that it was asked takes its most, if that can be said."""
        if self._allowances is None:
            return None
        with self._lock:
            left = self._allowances.account(seat).surely
        return None if left is None else left.tokens

    def settle(self) -> None:
        """Wait until every question that was put has its answer (or its abstention)."""
        while self.arrived < self.asked and self.failure is None and not self.closed:
            if self.idle():
                continue
            with self._lock:
                if self.arrived < self.asked:
                    self._changed.wait(_POLL / 10)
            self.watch()
            if self.failure is None and self.arrived < self.asked and not self.closed:
                self._raise_stall()
        self._raise_failure()

    def close(self, grace: float) -> None:
        """Send nothing more; leave what is in flight up to *grace* seconds to come in."""
        with self._lock:
            self.closed = True
            self.in_flight -= len(self._backlog)
            self._backlog.clear()
            self._changed.notify_all()
        until = time.monotonic() + grace
        while self.in_flight > 0 and time.monotonic() < until:
            with self._lock:
                if self.in_flight > 0:
                    self._changed.wait(min(_POLL, max(0.0, until - time.monotonic())))
            self.watch()

    def _raise_stall(self) -> None:
        """Every call has come in, nothing is being rendered, and still somebody waits: prompts wait in a circle."""
        with self._lock:
            if self.in_flight or self.working or self.arrived == self.asked or self.failure is not None:
                return
        raise PromptError("questions wait for each other's answers in a circle: a prompt function reads answers that "
                          "were bound after it was put")

    def _raise_failure(self) -> None:
        if self.failure is not None:
            raise self.failure

    # --- prompts -------------------------------------------------------------------------------------------------

    def _work(self, member: Member) -> None:
        """Render what can be rendered of *member*'s questions; a queue of members instead of recursion."""
        todo: deque[Member] | None = getattr(self._draining, "todo", None)
        if todo is not None:
            todo.append(member)
            return
        todo = self._draining.todo = deque([member])
        with self._lock:
            self.working += 1
        try:
            while todo:
                self._render_queue(todo.popleft())
        finally:
            self._draining.todo = None
            with self._lock:
                self.working -= 1

    def _render_queue(self, member: Member) -> None:
        queue = member.unrendered
        while True:
            with self._lock:
                if not queue or member.rendering or queue[0].left:
                    return
                member.rendering = True
                promise = queue[0]
            try:
                whole, digest = self.prompts.rendered(promise)
            except NotReady as wait:
                with self._lock:
                    member.rendering = False
                    self._park(promise, wait.missing)
                continue
            except Exception as error:
                self._fail(promise, error)
                return
            with self._lock:  # counted before it leaves the queue: the next question must come after it
                occurrence = counted(promise, digest)
                queue.popleft()
                member.rendering = False
            self._send(promise, whole, digest, occurrence)

    def _park(self, promise: Promise, missing: Iterable[Promise]) -> None:
        """Let *promise* wait for those of *missing* that are not there yet."""
        for other in missing:
            if not other.done:
                other._waiters = other._waiters or []
                other._waiters.append(promise)
                promise.left += 1

    def _fail(self, promise: Promise, error: BaseException) -> None:
        promise.error = error
        with self._lock:
            self.failure = self.failure or error
            self._changed.notify_all()

    # --- calls ---------------------------------------------------------------------------------------------------

    def _send(self, promise: Promise, whole: str, digest: bytes, occurrence: int) -> None:
        query = self.prompts.query(promise, whole, digest, occurrence)
        if promise.gate is not None:
            with self._lock:
                going_on = promise.gate.rendered(query)
                if self._awaited is promise:
                    self._changed.notify_all()
            if not going_on:
                return
        self._set_out(promise, query)

    def _set_out(self, promise: Promise, query: Query) -> None:
        if promise.gate is not None and promise.gate.refused:
            self._refuse(promise, failed(NoAnswer(promise.gate.reason)))
            return
        if promise.tickets:
            with self._lock:
                self._unpaid.append((promise, query, stated_worst(promise.voice.backend, query)))
            self._pay()
            return
        self._line_up(promise, query)

    def _line_up(self, promise: Promise, query: Query) -> None:
        with self._lock:
            if self.closed:
                return
            self.in_flight += 1
            if self.in_flight > self._limit:
                self._backlog.append((promise, query))
                return
        self._call(promise, query)

    def _pay(self) -> None:
        """Let go on whom a purse lets go on, and refuse whom it refuses; the others wait for answers put before."""
        here = self._draining
        here.more = True
        if getattr(here, "paying", False):  # a loop, not recursion: an answer may be there at once
            return
        here.paying = True
        with self._lock:
            self.working += 1  # until all of these are in flight or done
        try:
            while here.more:
                here.more = False
                self._pay_whom_it_may()
        finally:
            here.paying = False
            with self._lock:
                self.working -= 1

    def _pay_whom_it_may(self) -> None:
        with self._lock:
            said = [(purses.verdict(promise.tickets, worst), promise, query, worst)
                    for promise, query, worst in self._unpaid]  # fmt: skip
            self._unpaid = [(promise, query, worst) for paid, promise, query, worst in said if paid is None]
        for paid, promise, query, _ in said:
            if paid:
                self._line_up(promise, query)
            elif paid is False:
                self._refuse(promise, _refused(promise, query))

    def _refuse(self, promise: Promise, future: Future[Answer]) -> None:
        """End *promise* with the abstention in *future*, without a call."""
        with self._lock:
            self.in_flight += 1
        following = self._finish(promise, future)
        if following:
            self._call(*following)

    def _call(self, promise: Promise, query: Query) -> None:
        following: tuple[Promise, Query] | None = (promise, query)
        while following:  # a loop, not recursion: a long backlog may be answered from a tape at once
            promise, query = following
            try:
                future = promise.voice.backend.submit(query)
                done = future.done()
            except SocietyError as error:
                if not isinstance(error, NoAnswer):  # said on purpose, and of the whole run: a replay's missing answer
                    with self._lock:
                        self.in_flight -= 1
                    self._fail(promise, error)
                    return
                future, done = failed(error), True
            except Exception as error:  # a backend that raises where it should answer: an abstention
                future, done = failed(error), True
            if not done:
                future.add_done_callback(partial(self._arrived, promise))
                return
            following = self._finish(promise, future)

    def _arrived(self, promise: Promise, future: Future[Answer]) -> None:
        try:
            following = self._finish(promise, future)
            if following:
                self._call(*following)
        except BaseException as error:  # a future swallows what its callbacks raise, and nobody would wake
            self._fail(promise, error)

    def _finish(self, promise: Promise, future: Future[Answer]) -> tuple[Promise, Query] | None:
        """Read the answer, wake whoever waits for it, and give the next call; on whichever thread brought it."""
        try:
            answer, none = received(future)
        except SocietyError as error:  # said of the whole run
            with self._lock:
                self.in_flight -= 1
            self._fail(promise, error)
            return None
        if none is not None:
            promise._reason = none.reason
        elif answer is not None and answer.reason:
            promise._answer, promise._reason = answer, answer.reason
        elif answer is not None:
            promise._answer = answer
            try:
                promise._value = promise.form.parse(answer.text)
            except ValueError:
                promise._reason = UNREADABLE
            except Exception as error:
                self._fail(promise, PromptError(f"form {promise.form!r} raised {type(error).__name__}: {error}"))
        freed = []
        with self._lock:
            if promise.gate is not None and promise.gate.reason:  # it was withdrawn while it was on its way
                promise._value, promise._reason = None, promise.gate.reason
            promise.done = True
            if promise.tickets:
                purses.settle(promise.tickets, cost_of(answer, none))
            self.arrived += 1
            self.in_flight -= 1
            if answer is not None:
                self.tokens += answer.tokens_in + answer.tokens_out
                self.micro_usd += answer.micro_usd
            if promise._waiters:
                for waiter in promise._waiters:
                    waiter.left -= 1
                    if not waiter.left:
                        freed.append(waiter.member)
                promise._waiters = None
            unpaid = bool(self._unpaid)
            self.working += bool(freed) + unpaid  # until what is below has ended, somebody is about to be sent
            going_on = self.failure is None and not self.closed
            following = self._backlog.popleft() if self._backlog and going_on else None
            if self._awaited is promise or self.closed or self.arrived == self.asked:
                self._changed.notify_all()
        for member in freed:
            self._work(member)
        if unpaid:
            self._pay()
        if freed or unpaid:
            with self._lock:
                self.working -= bool(freed) + unpaid
        return following


def _refused(promise: Promise, query: Query) -> Future[Answer]:
    """The abstention of a member that cannot pay; on the tape, if there is one, so that a replay has it too."""
    refuse = getattr(promise.voice.backend, "refuse", None)
    return failed(NoAnswer(OUT_OF_BUDGET)) if refuse is None else refuse(query)
