"""Answers on their way, and words that depend on them: reading is waiting.

A question is put at once and answered some time later; the simulated clock does not wait for it. What a mechanism gets
is a `Promise`, and *reading* its value is what waits. A prompt may be a pure function of earlier answers: it is frozen
when the question is put, and it runs when those answers are there, off the clock's thread. A function that reads
something not yet there is parked and runs again when the missing answers have come.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from copy import copy
from itertools import islice
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any, TypeAlias

from society_sim.errors import PromptError, SocietyError, hint
from society_sim.values import Answer, Question

if TYPE_CHECKING:
    from society_sim.capacity import Work
    from society_sim.desk import Desk
    from society_sim.forms import Form
    from society_sim.gates import Gate
    from society_sim.member import Member, View
    from society_sim.purses import Tickets

Words: TypeAlias = "str | Callable[[View], str | None]"
"""What may be said or asked: a text, or a pure function of the member's frozen view and of earlier answers.

`None` from the function is silence; a question cannot be silent.
"""


class NotReady(BaseException):  # not an Exception: a prompt function that catches those must not swallow it
    """A prompt function read answers that are not there yet."""

    def __init__(self, missing: list[Promise]) -> None:
        self.missing = missing
        if reading.saw is not None:
            reading.saw.missed = missing


class _Saw(set[int]):
    """The seats whose answers a prompt function has read, and the answers that it has missed."""

    __slots__ = ("missed",)
    missed: list[Promise]


class _Reading(threading.local):
    """What the prompt function that runs on this thread has read; `None` outside of one."""

    saw: _Saw | None = None


reading = _Reading()


def frozen(words: Words) -> Words:
    """*words* with the values that its closure holds now, and so for the functions in it, however deep."""
    return _frozen(words, {})  # type: ignore[no-any-return]


def _frozen(value: Any, copies: dict[int, CellType]) -> Any:
    if not isinstance(value, FunctionType) or not value.__closure__:
        return value
    cells = []
    for cell in value.__closure__:
        if id(cell) not in copies:
            copies[id(cell)] = copy = CellType()  # first, so that a function that calls itself ends
            with suppress(ValueError):  # a name that is bound only later
                copy.cell_contents = _frozen(cell.cell_contents, copies)
        cells.append(copies[id(cell)])
    still = FunctionType(value.__code__, value.__globals__, value.__name__, value.__defaults__, tuple(cells))
    still.__kwdefaults__ = value.__kwdefaults__
    return still


def render(words: Words, view: View | None) -> tuple[str | None, tuple[int, ...]]:
    """The text that *words* give for *view*, and the seats whose answers it read. Raises `NotReady`."""
    if not callable(words) or view is None:
        return words, ()  # type: ignore[return-value]
    outer, saw = reading.saw, _Saw()
    reading.saw = saw
    saw.missed = []
    try:
        text = words(view)
        if saw.missed:  # a bare except in the function has swallowed it
            raise NotReady(saw.missed)
    except (NotReady, SocietyError):
        raise
    except Exception as error:
        raise PromptError(_blame(words, error)) from error
    finally:
        reading.saw = outer
    if text is not None and not isinstance(text, str):
        raise PromptError(f"prompt function {words.__qualname__} gave {type(text).__name__}, not text")
    saw.discard(view.id)
    return text, tuple(sorted(saw))


def _blame(words: Callable[..., Any], error: Exception) -> str:
    name = getattr(words, "__qualname__", words)
    return f"prompt function {name} failed: {type(error).__name__}: {error}{hint(error)}"


class Scope:
    """One question on the agenda: within it, equal texts to one member are counted. Forgotten when it is settled.

    *joins*: how often somebody had taken a seat when it was put; who does so later takes no part in it. *seats*: who
    settles it; `None`: everybody. *within*: the names of the parts of the society that settle it, outermost first.
    """

    __slots__ = ("counts", "id", "item", "joins", "latest", "notes", "seats", "sent", "text", "turns",
                 "within")  # fmt: skip

    def __init__(self, question: Question | None, joins: float = float("inf")) -> None:
        self.joins = joins
        self.id, self.text = (question.id, question.text) if question else ("", "")
        self.item = question.item if question else None
        self.counts: dict[tuple[int, bytes], int] = {}
        self.turns: dict[int, int] = {}
        self.latest: dict[int, Promise] = {}
        self.notes: dict[int, tuple[Promise, ...]] = {}
        self.sent: dict[tuple[int, int], int] = {}
        self.seats: frozenset[int] | None = None
        self.within: tuple[str, ...] = ()

    def among(self, seats: Iterable[int], name: str) -> Scope:
        """The same question, settled by those at *seats*, who are called *name*; all goes on being counted together."""
        narrowed = copy(self)
        narrowed.seats, narrowed.within = frozenset(seats), (*self.within, name)
        return narrowed


class Promise:
    """An answer that is on its way. `value`, `reason` and `answer` wait until it is there."""

    __slots__ = ("_answer", "_desk", "_reason", "_value", "_waiters", "asked", "cut", "done", "error", "form",
                 "gate", "job", "key", "left", "member", "purpose", "saw", "scope", "tickets", "view", "voice",
                 "words")  # fmt: skip

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
        self.purpose = ""  # what it is put for, if it is not for the question on the table
        self.cut = 0  # characters of the prompt that were more than its member reads
        self.left = 0
        self.tickets: Tickets = ()
        self.gate: Gate | None = None  # what keeps its call back, if anything does
        self.job: Work | None = None  # where it stands in line, where capacity is scarce

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

    def decline(self, reason: str) -> None:
        """Be an abstention without being asked, for nobody is there to ask."""
        self.words, self._reason, self.done = "", reason, True

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

    def __or__(self, later: Answers) -> Answers:
        """These, with *later* ones in the place of those of the same members; nothing is waited for."""
        return Answers({**self._promises, **later._promises})

    def values(self) -> list[Any]:  # type: ignore[override]  # a list, not a view: it has been read
        """All values in order of seats, abstentions included as `None`."""
        return self.read(self._promises)

    def items(self) -> list[tuple[int, Any]]:  # type: ignore[override]
        """All (seat, value) pairs."""
        return list(zip(self._promises, self.read(self._promises), strict=True))

    def there(self) -> dict[int, tuple[Any, str | None]]:
        """Value, and reason if there is none, of those who have answered by now; nothing is waited for."""
        return {seat: (promise._value, promise._reason) for seat, promise in self._promises.items()
                if promise.done and promise.error is None}  # fmt: skip

    def __repr__(self) -> str:
        known = {seat: value for seat, (value, _) in self.there().items()}
        shown = ", ".join(f"{seat}: {known[seat]!r}" for seat in islice(known, 6))
        more = f" and {len(self) - min(6, len(known)):,} more" if len(self) > 6 or len(known) < len(self) else ""
        return f"<Answers {shown}{more}>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.answers(self)

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
            reading.saw.update([promise.member.id for promise in promises])
        return [promise._value if promise.done and promise.error is None else promise.value for promise in promises]

    def given(self, seats: Iterable[int]) -> dict[int, Any]:
        """The values of those of *seats* that were asked, without abstentions, waiting for these alone."""
        promises, saw = self._promises, reading.saw
        asked = [promises[seat] for seat in seats if seat in promises]
        if saw is not None and (missing := [promise for promise in asked if not promise.done]):
            raise NotReady(missing)
        found = {}
        for promise in asked:
            seat = promise.member.id
            value = promise._value if promise.done and promise.error is None else promise.value
            if value is not None:
                found[seat] = value
            if saw is not None:
                saw.add(seat)
        return found


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
