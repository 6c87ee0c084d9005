"""What can go wrong, in the words a user needs: what is wrong, where, and what would be right."""

from __future__ import annotations

import os
import sysconfig
import traceback
from collections.abc import Generator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

UNREADABLE = "unreadable"
"""The model answered, but not in the form that was asked for."""
REFUSED = "refused"
"""The model, or the filter before it, declined to answer."""
MISSING = "missing"
"""There is no recorded answer to this question."""
OUT_OF_BUDGET = "out of budget"
"""The answer could not be paid for."""
LEFT = "left"
"""The member is not there any more."""
GAVE_UP = "gave up waiting"
"""The question stood in line for longer than its patience; it was withdrawn, and nobody was called."""
TOO_LATE = "too late"
"""There was no answer by the deadline; nobody was called if it could be seen that there would be none."""
TIMED_OUT = "timed out"
"""No answer came in time."""
UNREACHABLE = "unreachable"
"""There was nobody at the address: no such host, nobody listening, no secure connection."""
DISCONNECTED = "disconnected"
"""The connection was closed or reset before the whole reply had come."""
RATE_LIMITED = "rate limited"
"""The endpoint wants fewer calls than it was sent, whatever the gate did about it."""
SERVER_ERROR = "server error"
"""The endpoint said that something is wrong on its side (status 5xx)."""
UNAUTHORISED = "unauthorised"
"""The endpoint does not know the key, or the key may not use the model (401, 403)."""
UNPAID = "payment required"
"""The account at the endpoint has no money left (402, or a quota that is used up)."""
UNKNOWN_MODEL = "unknown model"
"""The endpoint has no model of that name, or no such path (404)."""
TOO_LONG = "context too long"
"""The prompt is longer than what the model reads."""
BAD_REQUEST = "bad request"
"""The endpoint would not take the request as it was put (other 4xx)."""
NOT_JSON = "not JSON"
"""A web page or other text came where a reply should have been."""
TRUNCATED = "truncated"
"""The reply broke off in the middle."""
EMPTY = "empty"
"""The reply had no body."""
WRONG_SCHEMA = "wrong schema"
"""The reply was JSON, but not a reply of a chat model."""
FAILED = "failed"
"""The model, or the function that stands for it, raised an error or returned something that is not an answer."""
FAILURES = frozenset({
    TIMED_OUT, UNREACHABLE, DISCONNECTED, RATE_LIMITED, SERVER_ERROR, UNAUTHORISED, UNPAID, UNKNOWN_MODEL, TOO_LONG,
    BAD_REQUEST, NOT_JSON, TRUNCATED, EMPTY, WRONG_SCHEMA, FAILED,
})  # fmt: skip
"""The reasons that something is wrong with the way to the model: what a scenario's `on_failure` is about."""
NOT_CALLED = frozenset({OUT_OF_BUDGET, LEFT, GAVE_UP, TOO_LATE})
"""The reasons for which nobody is called."""
REASONS = (UNREADABLE, REFUSED, MISSING, OUT_OF_BUDGET, LEFT, GAVE_UP, TOO_LATE, *sorted(FAILURES))
"""Why a member abstained: the reasons that records count."""


class SocietyError(Exception):
    """Base of all errors that society_sim raises on purpose; its text is meant for the user."""


class ScenarioError(SocietyError):
    """A scenario, a part or a parameter is not what it should be.

    >>> print(ScenarioError("no such part", file="a.yaml", line=3, column=7))
    a.yaml:3:7: no such part
    """

    def __init__(
        self, message: str, file: str | Path | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        """*line* and *column* count from 1; *file* may be what else it stands in, such as `--set pace.mean=0`."""
        super().__init__(message, file, line, column)  # all: a clock makes errors anew from what they were made of
        self.message, self.file, self.line, self.column = message, file, line, column

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place}: {self.message}" if place else self.message


class FormError(SocietyError):
    """Changes would break an invariant of the organisation's form: none of them was made."""


class MoneyError(SocietyError):
    """A transfer cannot be made; *rule* is the name of what refuses it (`society_sim.accounts.RULES`)."""

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(message, rule)
        self.rule = rule

    def __str__(self) -> str:
        return str(self.args[0])


class NoAnswer(SocietyError):
    """Raised (or set on the future) by a backend that has no answer: the member abstains with this reason.

    *reason* is one of `REASONS`; *detail* says more and is kept on the tape only.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        if reason not in REASONS:
            raise ValueError(f"no abstention reason {reason!r}; known are: {', '.join(REASONS)}")
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


class RunStopped(SocietyError):
    """A run was broken off on purpose before its end; what was answered is kept, and it can be taken up again."""


class OutOfBudget(RunStopped):
    """The next call could pass the cap on what the run may spend.

    *of* are the parts of the scenario's budget (`usd`, `tokens`, `calls`) that hold it up; none, if the run has used
    what it was to take at most, and would have as much again if it were taken up.
    """

    def __init__(self, message: str, of: tuple[str, ...] = ()) -> None:
        super().__init__(message, of)  # both: a clock makes errors anew from what they were made of
        self.of = of

    def __str__(self) -> str:
        return str(self.args[0])


class TooManyFailures(RunStopped):
    """More calls failed than the scenario's `on_failure` allows."""


class PromptError(SocietyError):
    """A prompt function raised, or read something that a prompt function may not read."""


class ReplayError(SocietyError):
    """A replay asked something that is not on the tape; the text shows the first question that differs."""


class StoreError(SocietyError):
    """A run's folder cannot be read or written as it should be."""


_WAITED = "; what a society does is waited for with `yield from`"
_OWN = f"{Path(__file__).parent}{os.sep}"
_OTHERS = tuple(f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def place_of(error: BaseException, *, folders: bool = True) -> str:
    """Where *error* arose, as `file:line`: in the innermost code that this package called and that is the user's.

    Where there is none, it is the innermost of all; "somewhere" for what was never raised. Without *folders*, not
    where the file lies: it may be on another machine.
    """
    frames, theirs = _frames(_first(error))
    return _placed(*(theirs or frames)[-1], folders) if frames else "somewhere"


def _placed(file: str, line: int, folders: bool) -> str:
    return f"{file if folders else Path(file).name}:{line}"


def told(error: BaseException, *, folders: bool = True) -> str:
    """*error* in words: what it is, unless it is a `SocietyError`, whose words are the user's; and where it arose.

    *folders* as in `place_of`.

    >>> told(ValueError("so not")), told(SocietyError("so not"))
    ('ValueError: so not (somewhere)', 'so not')
    """
    first = _first(error)
    if isinstance(error, SocietyError):
        _, theirs = _frames(first)
        placed = isinstance(error, ScenarioError) or not theirs  # a scenario's have it where they have one
        return str(error) if placed else f"{error} ({_placed(*theirs[-1], folders)})"
    return f"{type(error).__name__}: {error}{hint(first)} ({place_of(error, folders=folders)})"


def hint(error: BaseException) -> str:
    """What would be right, after a mistake with this package's own objects; empty where it is about others."""
    if isinstance(error, AttributeError):
        if isinstance(error.obj, Generator):
            return _WAITED
        names = _names(error.obj)
        return f"; {_offered(error.name, names, f'a {type(error.obj).__name__} has')}" if names else ""
    if isinstance(error, TypeError) and "'generator' object" in str(error):
        return _WAITED
    if type(error).__name__ == "NetworkXError" and "Frozen graph" in str(error):
        return "; ties change by `society.apply(Link(...), Unlink(...))` alone"
    return ""


def _names(of: object) -> list[str]:
    """The public names of one of this package's own objects; none of what it inherits from elsewhere."""
    own = [vars(kind) for kind in type(of).__mro__ if kind.__module__.startswith(("society_sim", "society_viz"))]
    kept = getattr(of, "__dict__", {}) if own else {}
    return sorted({name for names in (*own, kept) for name in names if not name.startswith("_")})


def _offered(word: str | None, names: list[str], introduced: str) -> str:
    close = get_close_matches(word or "", names, n=1, cutoff=0.75)  # of short names, half are alike
    return f"{f'did you mean {close[0]!r}? ' if close else ''}{introduced}: {', '.join(names)}"


def _first(error: BaseException) -> BaseException:
    """What was raised first: a clock hands on what a part raised."""
    while error.__cause__ is not None and error.__cause__.__traceback__ is not None:
        error = error.__cause__
    return error


def _frames(error: BaseException) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """File and line of each frame, innermost last; and of those that are the user's and that this package called."""
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    first = next((at for at, (file, _) in enumerate(frames) if file.startswith(_OWN)), len(frames))
    return frames, [one for one in frames[first:] if not one[0].startswith((_OWN, "<", *_OTHERS))]


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint for a misspelt *word*: the nearest known one, or all of them.

    >>> nearest("plurallity", ["plurality", "relay"])
    "did you mean 'plurality'?"
    >>> nearest("x", ["plurality", "relay"])
    'known are: plurality, relay'
    """
    names = sorted(known)
    close = get_close_matches(word, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(names) or 'none'}"


def at_least(kind: str, part: str, least: float, **given: float | None) -> None:
    """`ScenarioError` in the name of *part* unless each of the numbers *given* is *least* or more, or `None`.

    >>> at_least("rewiring", "decay", 0, rate=-1.0)
    Traceback (most recent call last):
        ...
    society_sim.errors.ScenarioError: rewiring 'decay': rate is -1; it must be 0 or more
    """
    for name, value in given.items():
        if value is not None and not value >= least:
            raise ScenarioError(f"{kind} {part!r}: {name} is {value:g}; it must be {least:g} or more")
