"""Mistakes in a mechanism that would else be told as something inside the clock or the scorer."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from types import NoneType
from typing import Any

from society_sim.errors import ScenarioError, SocietyError
from society_sim.forms import Stated
from society_sim.values import Outcome, Question

_YIELDED = re.compile(r'(?:File "(?P<file>[^"]*)", line (?P<line>\d+).*)?Invalid yield value "(?P<value>.*)"',
                      re.DOTALL)  # fmt: skip
_DOING = re.compile(r"<generator object (?:[\w<>]+\.)*(?P<name>\w+) at ")


def yielded(doing: Any, error: BaseException) -> ScenarioError | None:
    """What to say where *error* is the clock's refusal of a value that was yielded and is no event; else `None`.

    Nearly always it is `yield society.ask_all(...)` for `yield from society.ask_all(...)`. *doing* is the generator
    that yielded it, if that is known. The line is that of the `yield`; the clock's own error has that of the outermost
    generator.
    """
    refused = _YIELDED.search(str(error))
    if not isinstance(error, RuntimeError) or refused is None:
        return None
    file, line = refused["file"], int(refused["line"] or 0)
    if doing is not None:
        while isinstance(doing.gi_yieldfrom, Generator):
            doing = doing.gi_yieldfrom
        file, line = doing.gi_code.co_filename, doing.gi_frame.f_lineno
    asked = _DOING.match(refused["value"])
    said = (f"{asked['name']} is waited for with `yield from`, not with `yield`" if asked else
            f"only events of the clock can be yielded, not {refused['value'][:80]}")  # fmt: skip
    return ScenarioError(said, file=file, line=line or None)


def outcome(mechanism: Callable[..., Any], question: Question, given: Any) -> Outcome:
    """What *mechanism* has *given*; `SocietyError` if that is no outcome, or names no option that there is."""
    name = getattr(mechanism, "__name__", mechanism)
    if not isinstance(given, Outcome):
        raise SocietyError(f"mechanism {name!r} must be a generator that returns an Outcome; "
                           f"it gave {type(given).__name__}")  # fmt: skip
    for what, whose in (("votes", "members"), ("facts", "names")):
        if not isinstance(stated := getattr(given, what), (Mapping, NoneType)):
            raise SocietyError(f"mechanism {name!r} gave {what} that are a {type(stated).__name__}: an Outcome has "
                               f"them by {whose}, as a mapping")  # fmt: skip
    options, decision = question.options, given.decision
    if isinstance(decision, Stated):
        raise SocietyError(f"mechanism {name!r} decided {decision!r}: vote with its `.value`")
    if isinstance(decision, str) and options and decision not in options:
        raise SocietyError(f"mechanism {name!r} decided {decision!r}, which is none of the options of question "
                           f"{question.id!r}: {', '.join(map(str, options))}; None stands for undecided")  # fmt: skip
    return given


def seat(number: Any, members: Sequence[Any]) -> Any:
    """The member in seat *number*; `SocietyError` if there is no such seat."""
    if not hasattr(number, "__index__"):
        raise SocietyError(f"a member, or the number of its seat, is asked, not {number!r}")
    if not 0 <= number < len(members):
        raise SocietyError(f"there is no seat {number}: seats are 0 to {len(members) - 1}")
    return members[number]
