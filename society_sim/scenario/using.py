"""A part as a scenario uses it: which one it is, and what is said to it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args, get_origin

from society_sim.errors import ScenarioError
from society_sim.registry import Kind, Part
from society_sim.scenario.conform import Where, conform, default, told, words
from society_sim.scenario.places import Given

_SPEAKER = re.compile(r"\w+ '[^']*': ")


@dataclass(frozen=True, slots=True)
class Use:
    """A part, and what the scenario says to it: only what is written there, in the types that the part asks for.

    It stands at *where*, its parameters in there, but for those in *places*, which were changed since.
    """

    part: Part
    parameters: Mapping[str, Any]
    where: Where = field(default=Given(), compare=False, repr=False)
    places: Mapping[str, Where] = field(default_factory=dict, compare=False, repr=False)

    def place(self, parameter: str) -> Where:
        """Where *parameter* was given."""
        return self.places.get(parameter) or self.where / parameter

    def placed(self, error: ScenarioError, said: str = "") -> ScenarioError:
        """*error*, which the part raised, with its place, unless it has one; *said* stands for its kind in the words.

        The place is that of what its words name first, a parameter or a value in quotes; where they name none, the
        part's.
        """
        if error.file is not None:
            return error
        words = error.message[match.end() if (match := _SPEAKER.match(error.message)) else 0 :]
        path = _named(words, self.parameters)
        where = self.place(path[0]) if path else self.where
        for key in path[1:]:
            where = where / key
        return where.error(said + error.message.removeprefix(f"{self.part.kind}: ") if said else error.message)


@contextmanager
def placing(use: Use | None, said: str = "") -> Iterator[None]:
    """Give what the part in *use* raises its place in the scenario."""
    try:
        yield
    except ScenarioError as error:
        if use is None or error.file is not None:
            raise
        raise use.placed(error, said) from error


def by_name(value: Any) -> Mapping[str, Use]:
    """The parts in a section, of which *value* is what it holds; a single one has no name.

    One of a list has its part's, and a number from the second of that name on.
    """
    if value is None or isinstance(value, Use):
        return {"": value} if value else {}
    if isinstance(value, Mapping):
        return value
    known: dict[str, Use] = {}
    for place, use in enumerate(value):
        before = sum(other.part is use.part for other in value[:place])
        known[f"{use.part.name}-{before + 1}" if before else use.part.name] = use
    return known


def signature(part: Part) -> Mapping[str, Any]:
    """The parameters of *part*; `ScenarioError` if its types cannot be read."""
    try:
        return part.parameters
    except (NameError, TypeError, SyntaxError, AttributeError) as error:
        raise ScenarioError(f"the types of {part.kind} {part.name!r} cannot be read: {error}; import what its "
                            "signature names when the program runs, not for type checkers only") from None  # fmt: skip


def as_said(use: Use) -> Any:
    """*use* as a scenario says it: `part`, or `{part: {parameter: value}}`."""
    return {use.part.name: dict(use.parameters)} if use.parameters else use.part.name


def shaping(use: Use) -> list[tuple[str, Any]]:
    """The parameters given in *use* that shape a record, in the order of their names."""
    return sorted((name, value) for name, value in use.parameters.items() if not use.part.aside(name))


def missing(use: Use) -> list[str]:
    """The parameters without a default that are not given."""
    return [f"{name} ({words(parameter.annotation)})" for name, parameter in signature(use.part).items()
            if parameter.default is parameter.empty and name not in use.parameters]  # fmt: skip


def check_nested(annotation: Any, value: Any, where: Where) -> None:
    """Hold what *value* says to parts by name against their signatures, if *annotation* has their kind."""
    for kind in get_args(annotation)[1:] if get_origin(annotation) is Annotated else ():
        if not isinstance(kind, Kind) or value is None:
            continue
        for name, parameters in value.items():
            part, there = part_of(kind, name, where / name, key=True), where / name
            for key, item in parameters.items():
                try:
                    part.check_name(key)
                except ScenarioError as error:
                    raise (there / key).error(error.message, key=True) from None
                conform(item, signature(part)[key].annotation, there / key, f"{kind.name} {name!r}: {key}")


def _named(words: str, given: Any, top: bool = True) -> list[Any]:
    """The keys that lead to what *words* name first in *given*: a key, or a text in quotes."""
    if isinstance(given, Mapping):
        inside = list(given.items())
    elif isinstance(given, (list, tuple)):
        inside = list(enumerate(given))
    else:
        return []
    found = [(_at(words, key, item, top), place) for place, (key, item) in enumerate(inside)]
    at, place = min(found, default=(math.inf, 0))
    if at == math.inf:
        return []
    key, item = inside[place]
    return [key if isinstance(key, int) and not isinstance(given, Mapping) else str(key), *_named(words, item, False)]


def _at(words: str, key: Any, item: Any, top: bool) -> float:
    """The first place in *words* that names *key*, *item* or what is in it; infinite if none does."""
    at = [words.find(repr(text)) for text in (key, item) if isinstance(text, str)]
    if isinstance(key, str) and key in words and (top or len(key) > 2):  # a shorter one may be any word
        at += [match.start() for match in re.finditer(rf"\b{re.escape(key)}\b", words)]
    inside = item.items() if isinstance(item, Mapping) else enumerate(item) if isinstance(item, (list, tuple)) else ()
    return min([*(place for place in at if place >= 0), *(_at(words, key, item, False) for key, item in inside)],
               default=math.inf)  # fmt: skip


def page(part: Part) -> list[tuple[str, str, str]]:
    """The parameters of *part* as a page shows them: name, type in words, default (nothing if it must be given)."""
    return [(name, words(parameter.annotation), default(parameter)) for name, parameter in signature(part).items()]


def part_in(value: Any, where: Where, name: str) -> tuple[str, Any, Where]:
    """The name that *value* gives, `part` or `{part: {parameter: value}}`, its parameters (or none), and where."""
    if isinstance(value, str):
        return value, None, where
    if not isinstance(value, Mapping) or len(value) != 1:
        wrong = f"{len(value)} of them" if isinstance(value, Mapping) else told(value)
        raise where.error(f"{name} is the name of a part, or one part with its parameters, not {wrong}")
    ((said, parameters),) = value.items()
    if not isinstance(said, str):
        raise where.error(f"{name} is the name of a part, not {told(said)}")
    return said, parameters, where / said


def part_of(kind: Kind, name: str, where: Where, *, key: bool = False) -> Part:
    """The part of *kind* with this *name*; the error says where in the scenario it was asked for."""
    try:
        return kind.get(name)
    except ScenarioError as error:
        raise where.error(error.message, key=key) from None
