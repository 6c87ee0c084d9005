"""Between which numbers a parameter of a part lies: said once, in the part's signature.

`Annotated[float, between(0, 1)]` is a number from 0 to 1. A scenario's parameters are held against it where they are
written, pages of parts show it, and a part that is called from Python is held against it as well.

>>> def poll(society, question, *, quorum: Share = 0.0, rounds: Positive | None = None): ...
>>> check("mechanism", poll, quorum=0.5, rounds=None)
>>> check("mechanism", poll, rounds=0)
Traceback (most recent call last):
    ...
society_sim.errors.ScenarioError: mechanism 'poll': rounds is a whole number of 1 or more, not the number 0
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from types import FunctionType
from typing import Annotated, Any, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints
from weakref import WeakKeyDictionary

from society_sim.errors import ScenarioError

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Bounds:
    """From *low* to *high*, where they are given; *beyond*: more than *low*, *short*: less than *high*."""

    low: float | None = None
    high: float | None = None
    beyond: bool = False
    short: bool = False

    def hold(self, value: float) -> bool:
        """Whether *value* is within; what is not finite never is."""
        over = self.low is None or value > self.low or (value == self.low and not self.beyond)
        under = self.high is None or value < self.high or (value == self.high and not self.short)
        return over and under and -math.inf < value < math.inf

    def __str__(self) -> str:
        """The bounds, after what kind of number it is.

        >>> print(between(0, 1), at_least(2), above(0), above(0, 1), below(1, 0), inside(0, 1), sep=" | ")
        from 0 to 1 | of 2 or more | above 0 | above 0, to 1 | from 0, below 1 | above 0, below 1
        """
        if self.low is None:
            return "" if self.high is None else f"below {self.high:,}" if self.short else f"of {self.high:,} or less"
        if self.high is None:
            return f"above {self.low:,}" if self.beyond else f"of {self.low:,} or more"
        begins = f"{'above' if self.beyond else 'from'} {self.low:,}"
        if self.short:
            return f"{begins}, below {self.high:,}"
        return f"{begins}{',' if self.beyond else ''} to {self.high:,}"


def between(low: float, high: float) -> Bounds:
    """From *low* to *high*, both within."""
    return Bounds(low, high)


def at_least(low: float) -> Bounds:
    """*low* or more."""
    return Bounds(low)


def above(low: float, high: float | None = None) -> Bounds:
    """More than *low*, and no more than *high*."""
    return Bounds(low, high, beyond=True)


def below(high: float, low: float | None = None) -> Bounds:
    """Less than *high*, and no less than *low*."""
    return Bounds(low, high, short=True)


def inside(low: float, high: float) -> Bounds:
    """More than *low*, and less than *high*."""
    return Bounds(low, high, beyond=True, short=True)


Share: TypeAlias = Annotated[float, between(0, 1)]
"""A share or a probability."""
Natural: TypeAlias = Annotated[int, at_least(0)]
"""A count that may be 0."""
Positive: TypeAlias = Annotated[int, at_least(1)]
"""A count of 1 or more."""
NonNegative: TypeAlias = Annotated[float, at_least(0)]
"""A rate, a duration, a distance."""
PositiveFloat: TypeAlias = Annotated[float, above(0)]
"""A step, a mean, a scale: what nothing can be divided into, or measured by, if it is 0."""
Pace: TypeAlias = Annotated[float, at_least(0.001)]
"""Simulated time from one happening to the next. A run of some hundred units ends even at the least of it."""


def of(wanted: Any) -> Iterator[Bounds]:
    """The bounds that the type *wanted* says of a number."""
    if get_origin(wanted) is Annotated:
        yield from (each for each in get_args(wanted)[1:] if isinstance(each, Bounds))


def check(kind: str, function: Callable[..., Any], /, **given: Any) -> None:
    """`ScenarioError` in the name of *function*, a part of *kind*, for the first number given that is out of bounds."""
    known = _bounded(function)
    for name, value in given.items():
        if isinstance(value, (int, float)):
            for number, bounds in known.get(name, ()):
                if not bounds.hold(value):
                    part = getattr(function, "__name__", function)
                    raise ScenarioError(f"{kind} {part!r}: {name} is {number} {bounds}, not the number {value!r}")


def held(kind: str, function: F) -> F:
    """*function*, a part of *kind*, whose parameters are held against their bounds whenever it is called."""

    @wraps(function)
    def within(*args: Any, **given: Any) -> Any:
        if given:
            check(kind, function, **given)
        return function(*args, **given)

    return cast(F, within)


def _bounded(function: Callable[..., Any]) -> Mapping[str, list[tuple[str, Bounds]]]:
    """The bounds of each parameter of *function* that has some, with the kind of number that it is."""
    if not isinstance(function, FunctionType):
        return {}
    known = _KNOWN.get(function)
    if known is None:
        try:
            hints = get_type_hints(function, include_extras=True)
        except NameError:  # a function of somebody's own, whose types are not there when it runs
            hints = {}
        known = _KNOWN[function] = {name: own for name, hint in hints.items() if (own := list(_numbers(hint)))}
    return known


def _numbers(hint: Any) -> Iterator[tuple[str, Bounds]]:
    for one in (hint,) if get_origin(hint) is Annotated else get_args(hint):
        for bounds in of(one):
            yield "a whole number" if get_args(one)[0] is int else "a number", bounds


_KNOWN: WeakKeyDictionary[FunctionType, Mapping[str, list[tuple[str, Bounds]]]] = WeakKeyDictionary()
