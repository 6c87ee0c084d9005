"""Putting questions and reading answers: simulated time orders, real time overlaps, reading is waiting.

A question is put at once and answered some time later; the simulated clock does not wait for it. What a mechanism gets
is a `Promise`, and *reading* its value is what waits. A prompt may be a pure function of earlier answers: it is frozen
when the question is put, and it runs when those answers are there, off the clock's thread. A function that reads
something not yet there is parked and runs again when the missing answers have come.

Nothing here depends on the order in which answers arrive: a member's questions are rendered in the order in which they
were put (so "asked exactly this before" has one meaning), and seeds and keys come from names alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from hashlib import blake2b, sha256
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any, TypeAlias

from society_sim.backends.pools import failed, received
from society_sim.errors import UNREADABLE, NoAnswer, PromptError, SocietyError
from society_sim.streams import seed_of
from society_sim.values import Answer, Query, Question

if TYPE_CHECKING:
    from society_sim.forms import Form
    from society_sim.member import Member, View

Words: TypeAlias = "str | Callable[[View], str | None]"
"""What may be said or asked: a text, or a pure function of the member's frozen view and of earlier answers.

`None` from the function is silence; a question cannot be silent.
"""

_POLL = 0.25  # seconds between looks for Ctrl-C while the clock's thread waits


class NotReady(BaseException):  # not an Exception: a prompt function that catches those must not swallow it
    """A prompt function read answers that are not there yet."""

    def __init__(self, missing: list[Promise]) -> None:
        self.missing = missing


class _Reading(threading.local):
    """What the prompt function that runs on this thread has read; `None` outside of one."""

    saw: set[int] | None = None


reading = _Reading()


def frozen(words: Words) -> Words:
    """*words* with the values that its closure holds now, so a loop variable that moves on does not reach it."""
    if not isinstance(words, FunctionType) or not words.__closure__:
        return words
    cells = tuple(_copied(cell) for cell in words.__closure__)
    copy = FunctionType(words.__code__, words.__globals__, words.__name__, words.__defaults__, cells)
    copy.__kwdefaults__ = words.__kwdefaults__
    return copy


def _copied(cell: CellType) -> CellType:
    try:
        return CellType(cell.cell_contents)
    except ValueError:  # a name that is bound only later
        return CellType()


def render(words: Words, view: View | None) -> tuple[str | None, tuple[int, ...]]:
    """The text that *words* give for *view*, and the seats whose answers it read. Raises `NotReady`."""
    if not callable(words) or view is None:
        return words, ()  # type: ignore[return-value]
    outer, reading.saw = reading.saw, set()
    try:
        text = words(view)
        saw = reading.saw
    except (NotReady, SocietyError):
        raise
    except Exception as error:
        raise PromptError(_blame(words, error)) from error
    finally:
        reading.saw = outer
    if text is not None and not isinstance(text, str):
        raise PromptError(f"prompt function {words.__qualname__} gave {type(text).__name__}, not text")
    return text, tuple(sorted(saw - {view.id}))


def _blame(words: Callable[..., Any], error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "somewhere"
    return f"prompt function {getattr(words, '__qualname__', words)} failed at {place}: {type(error).__name__}: {error}"


class Scope:
    """One question on the agenda: within it, equal texts to one member are counted. Forgotten when it is settled."""

    __slots__ = ("counts", "id", "item", "latest", "turns")

    def __init__(self, question: Question | None) -> None:
        self.id = question.id if question else ""
        self.item = question.item if question else None
        self.counts: dict[tuple[int, bytes], int] = {}
        self.turns: dict[int, int] = {}
        self.latest: dict[int, Promise] = {}


class Promise:
    """An answer that is on its way. `value`, `reason` and `answer` wait until it is there."""

    __slots__ = ("_answer", "_desk", "_reason", "_value", "_waiters", "asked", "done", "error", "form",
                 "key", "left", "member", "saw", "scope", "view", "voice", "words")  # fmt: skip

    def __init__(self, desk: Desk, member: Member, words: Words, form: Form, scope: Scope, asked: float) -> None:
        self._desk, self.member, self.words, self.form, self.scope = desk, member, words, form, scope
        self.voice = member.voice
        self._waiters: list[Promise] | None = None  # most answers are there before anybody waits for them
        self.asked = asked
        self.done = False
        self.error: BaseException | None = None
        self._value: Any = None
        self._reason: str | None = None
        self._answer: Answer | None = None
        self.view: View | None = None
        self.saw: tuple[int, ...] = ()
        self.key = ""
        self.left = 0

    def _ready(self) -> None:
        saw = reading.saw
        if saw is not None:
            if not self.done:
                raise NotReady([self])
            saw.add(self.member.id)
        elif not self.done:
            self._desk.wait(self)
        if self.error is not None:
            raise self.error

    @property
    def value(self) -> Any:
        """What the member answered, or `None`: an abstention."""
        self._ready()
        return self._value

    @property
    def reason(self) -> str | None:
        """Why there is no value (one of `errors.REASONS`), or `None` if there is one."""
        self._ready()
        return self._reason

    @property
    def answer(self) -> Answer | None:
        """The model's whole answer, with its text and what it took; `None` if no answer came."""
        self._ready()
        return self._answer


class Answers(Mapping[int, Any]):
    """What the members answered: seat -> value, `None` for an abstention; resolved where it is read."""

    __slots__ = ("_promises",)

    def __init__(self, promises: Mapping[int, Promise]) -> None:
        self._promises = promises

    def __getitem__(self, seat: int) -> Any:
        return self._promises[seat].value

    def __iter__(self) -> Iterator[int]:
        return iter(self._promises)

    def __len__(self) -> int:
        return len(self._promises)

    def __contains__(self, seat: object) -> bool:
        return seat in self._promises

    def values(self) -> list[Any]:  # type: ignore[override]  # a list, not a view: it has been read
        """All values in order of seats, abstentions included as `None`."""
        return self.read(self._promises)

    def items(self) -> list[tuple[int, Any]]:  # type: ignore[override]
        """All (seat, value) pairs."""
        return list(zip(self._promises, self.read(self._promises), strict=True))

    def reason(self, seat: int) -> str | None:
        """Why this member abstained; `None` if it did not."""
        return self._promises[seat].reason

    def read(self, seats: Iterable[int]) -> list[Any]:
        """The values of *seats*, waiting for these alone."""
        promises = [self._promises[seat] for seat in seats]
        if reading.saw is not None:
            missing = [promise for promise in promises if not promise.done]
            if missing:
                raise NotReady(missing)
        return [promise.value for promise in promises]


class Desk:
    """Where questions go out and answers come in. Everything else in a society lives on the clock's thread."""

    def __init__(self, seed: int, concurrency: int, while_waiting: Callable[[], None]) -> None:
        """At most *concurrency* calls are in flight; *while_waiting* runs when the clock's thread wakes from a wait."""
        if concurrency < 1:
            raise SocietyError(f"concurrency is at least 1, not {concurrency}")
        self.seed, self._limit, self._while_waiting = seed, concurrency, while_waiting
        self._changed = threading.Condition(threading.Lock())
        self._awaited: Promise | None = None
        self._backlog: deque[tuple[Promise, Query]] = deque()
        self._memo: tuple[str, Form, str, bytes] | None = None
        self._draining = threading.local()
        self.failure: BaseException | None = None
        self.closed = False
        self.watch: Callable[[], object] = lambda: None
        """Told on the clock's thread whenever it wakes from a wait."""
        self.asked = self.arrived = self.in_flight = self.tokens = self.micro_usd = 0

    def put(self, promise: Promise) -> None:
        """Start on *promise*: render its prompt as soon as that can be done, and send it."""
        if self.failure is not None:
            raise self.failure
        self.asked += 1
        queue = promise.member.unrendered
        if not queue and isinstance(promise.words, str):
            whole, digest = self._whole(promise.words, promise.form)
            with self._changed:
                occurrence = self._count(promise, digest)
            self._send(promise, whole, digest, occurrence)
            return
        with self._changed:
            queue.append(promise)
        self._work(promise.member)

    def wait(self, promise: Promise) -> None:
        """Block the clock's thread until *promise* is done."""
        while not promise.done:
            with self._changed:
                self._awaited = promise
                if not promise.done and self.failure is None and not self.closed:
                    self._changed.wait(_POLL)
                self._awaited = None
            self._while_waiting()
            self.watch()
            if not promise.done:
                self._raise_failure()
                if self.closed:
                    raise SocietyError("the society was closed while an answer was awaited")

    def settle(self) -> None:
        """Wait until every question that was put has its answer (or its abstention)."""
        while self.arrived < self.asked and self.failure is None and not self.closed:
            with self._changed:
                if self.arrived < self.asked:
                    self._changed.wait(_POLL / 10)
            self.watch()
        self._raise_failure()

    def close(self, grace: float) -> None:
        """Send nothing more; leave what is in flight up to *grace* seconds to come in."""
        with self._changed:
            self.closed = True
            self.in_flight -= len(self._backlog)
            self._backlog.clear()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.in_flight <= 0, timeout=grace)

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
        try:
            while todo:
                self._render_queue(todo.popleft())
        finally:
            self._draining.todo = None

    def _render_queue(self, member: Member) -> None:
        queue = member.unrendered
        while True:
            with self._changed:
                if not queue or member.rendering or queue[0].left:
                    return
                member.rendering = True
                promise = queue[0]
            try:
                text, promise.saw = render(promise.words, promise.view)
            except NotReady as wait:
                with self._changed:
                    member.rendering = False
                    for missing in wait.missing:
                        if not missing.done:
                            missing._waiters = [*(missing._waiters or ()), promise]
                            promise.left += 1
                continue
            except Exception as error:
                self._fail(promise, error)
                return
            if text is None:
                self._fail(promise, PromptError(f"member {member.id} was asked nothing: its prompt function gave None"))
                return
            whole, digest = self._whole(text, promise.form)
            with self._changed:  # counted before it leaves the queue: the next question must come after it
                occurrence = self._count(promise, digest)
                queue.popleft()
                member.rendering = False
            self._send(promise, whole, digest, occurrence)

    def _fail(self, promise: Promise, error: BaseException) -> None:
        promise.error = error
        with self._changed:
            self.failure = self.failure or error
            self._changed.notify_all()

    # --- calls ---------------------------------------------------------------------------------------------------

    def _whole(self, text: str, form: Form) -> tuple[str, bytes]:
        """*text* with the form's hint, and its digest; a question to everybody is put together once."""
        memo = self._memo
        if memo is None or memo[0] is not text or memo[1] is not form:
            whole = f"{text}\n\n{form.hint()}"
            memo = self._memo = (text, form, whole, blake2b(whole.encode("utf-8", "replace"), digest_size=16).digest())
        return memo[2], memo[3]

    def _count(self, promise: Promise, digest: bytes) -> int:
        """How often this member was asked exactly this before, within the question."""
        place = (promise.member.id, digest)
        counts = promise.scope.counts
        occurrence = counts.get(place, 0)
        counts[place] = occurrence + 1
        return occurrence

    def _send(self, promise: Promise, whole: str, digest: bytes, occurrence: int) -> None:
        member, scope = promise.member, promise.scope
        voice = promise.voice
        promise.words, promise.view = "", None  # not needed any more
        seed = seed_of(self.seed, "answer", scope.id, member.id, occurrence)
        item = scope.item if voice.reads_items else None
        key = sha256(b"%b|%b|%b|%d|%d|" % (voice.print, member.system_digest, digest, seed, occurrence))
        if item is not None:
            key.update(item.digest)
        promise.key = key.hexdigest()[:32]
        query = Query(member=member.id, occurrence=occurrence, model=voice.variant, system=member.system, text=whole,
                      form=promise.form, seed=seed, max_tokens=voice.max_tokens, temperature=voice.temperature,
                      item=item, key=promise.key)  # fmt: skip
        with self._changed:
            if self.closed:
                return
            self.in_flight += 1
            if self.in_flight > self._limit:
                self._backlog.append((promise, query))
                return
        self._call(promise, query)

    def _call(self, promise: Promise, query: Query) -> None:
        following: tuple[Promise, Query] | None = (promise, query)
        while following:  # a loop, not recursion: a long backlog may be answered from a tape at once
            promise, query = following
            try:
                future = promise.voice.backend.submit(query)
                done = future.done()
            except SocietyError as error:
                if not isinstance(error, NoAnswer):  # said on purpose, and of the whole run: a replay's missing answer
                    with self._changed:
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
        following = self._finish(promise, future)
        if following:
            self._call(*following)

    def _finish(self, promise: Promise, future: Future[Answer]) -> tuple[Promise, Query] | None:
        """Read the answer, wake whoever waits for it, and give the next call; on whichever thread brought it."""
        answer, none = received(future)
        if none is not None:
            promise._reason = none.reason
        elif answer is not None:
            promise._answer = answer
            try:
                promise._value = promise.form.parse(answer.text)
            except ValueError:
                promise._reason = UNREADABLE
            except Exception as error:
                self._fail(promise, PromptError(f"form {promise.form!r} raised {type(error).__name__}: {error}"))
        freed = []
        with self._changed:
            promise.done = True
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
            following = self._backlog.popleft() if self._backlog else None
            if self._awaited is promise or self.closed or self.arrived == self.asked:
                self._changed.notify_all()
        for member in freed:
            self._work(member)
        return following


class Late:
    """A text that may depend on answers still in the air; reading it waits for those, once."""

    __slots__ = ("_desk", "_missing", "_view", "_words", "done", "text")

    def __init__(self, desk: Desk, words: Words, view: View) -> None:
        self._desk, self._words = desk, words
        self._view: View | None = view
        self._missing: list[Promise] = []
        self.done = False
        self.text: str | None = None

    def missing(self) -> list[Promise]:
        """The answers that are still needed; none when the text is there."""
        words, view = self._words, self._view
        if self.done:
            return []
        still = [promise for promise in self._missing if not promise.done]
        if still:  # no need to try again before these have come
            return still
        try:
            self.text, _ = render(words, view)
        except NotReady as wait:
            self._missing = wait.missing
            return wait.missing
        self.done = True
        self._words, self._view, self._missing = "", None, []
        return []

    @property
    def value(self) -> str | None:
        """The text; `None` is silence."""
        while missing := self.missing():
            if reading.saw is not None:
                raise NotReady(missing)
            self._desk.wait(missing[0])
        return self.text
