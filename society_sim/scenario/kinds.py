"""The kinds of sections that a scenario has: how each is read, changed and written.

A section holds words, a count, one part (`mechanism`), one or several (`rewiring`), parts with names (`models`), a
list of parts, each once (`measures`), or numbers (`budget`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from society_sim.bounds import Pace
from society_sim.errors import nearest
from society_sim.registry import Kind, Part
from society_sim.scenario.conform import Where, conform, text, told
from society_sim.scenario.plainyaml import KeyPath
from society_sim.scenario.using import Use, as_said, check_nested, part_in, part_of, signature

_MODEL = re.compile(r"[A-Za-z0-9_-]{1,60}")


class Section(Protocol):
    """How one kind of section is read (`read`), changed (`put`) and written (`write`), and which parts it `uses`."""

    @property
    def required(self) -> bool:
        """Whether every scenario has it."""

    @property
    def fixed(self) -> bool:
        """Whether it cannot change while a run goes on."""

    def read(self, value: Any, where: Where, name: str) -> Any:
        """What *value*, as a file or the user gives it, means."""

    def put(self, old: Any, rest: Sequence[str], value: Any, where: Where, name: str, /) -> Any:
        """The section with what stands at *rest* in it replaced; all of it, if *rest* is empty."""

    def write(self, value: Any) -> Any:
        """The section as plain data (and paths)."""

    def uses(self, value: Any) -> Iterator[tuple[KeyPath, Use]]:
        """The parts in it, and where in the section each stands."""


@dataclass(frozen=True)
class Words:
    """Text; a name, if it has to match a *pattern*."""

    required: bool = False
    pattern: re.Pattern[str] | None = None
    fixed: bool = True

    def read(self, value: Any, where: Where, name: str) -> str:
        said = text(value, where, name)
        if self.pattern and not self.pattern.fullmatch(said):
            raise where.error(f"{name} has 1 to 60 small letters, digits, - and _, not {told(value)}")
        return said

    def put(self, _: Any, rest: Sequence[str], value: Any, where: Where, name: str) -> str:
        if rest:
            raise where.error(f"{name} has no parameters")
        return self.read(value, where, name)

    def write(self, value: Any) -> Any:
        return value

    def uses(self, value: Any) -> Iterator[tuple[KeyPath, Use]]:  # noqa: ARG002 - there are none in words
        return iter(())


@dataclass(frozen=True)
class Count(Words):
    """A whole number of at least one."""

    def read(self, value: Any, where: Where, name: str) -> Any:
        number = conform(value, int, where, name)
        if number < 1:
            raise where.error(f"{name} is at least 1, not {number}")
        return number


@dataclass(frozen=True)
class One:
    """One part: `part` or `{part: {parameter: value}}`. *extra* are paces, the section's own, with defaults."""

    kind: Kind
    required: bool = True
    extra: Mapping[str, float] = field(default_factory=dict)
    fixed: bool = False
    unsaid: str = ""
    """The part that holds where none is given."""

    def read(self, value: Any, where: Where, name: str) -> Use:
        said, parameters, there = part_in(value, where, name)
        part = part_of(self.kind, said, there, key=not isinstance(value, str))
        if parameters is None:
            parameters = {}
        if not isinstance(parameters, Mapping):
            takes = ", ".join(part.parameters) or "none"
            raise there.error(f"the parameters of {self.kind.name} {said!r} are a mapping, not {told(parameters)}; "
                              f"it takes: {takes}")  # fmt: skip
        known = {key: self._conform(part, key, item, there / key) for key, item in parameters.items()}
        return Use(part, MappingProxyType(known), there)

    def put(self, old: Use | None, rest: Sequence[str], value: Any, where: Where, name: str) -> Use:
        if not rest:
            if old is not None and isinstance(value, str):  # a part by its name: the section's own parameters stay
                if value == old.part.name:
                    return old
                stay = {key: item for key, item in old.parameters.items() if key in self.extra}
                places = {key: old.place(key) for key in stay}
                return Use(part_of(self.kind, value, where), MappingProxyType(stay), where, places)
            return self.read(value, where, name)
        if old is None and self.unsaid:
            old = Use(part_of(self.kind, self.unsaid, where), MappingProxyType({}), where)
        if old is None:
            raise where.error(f"there is no {name} yet; set {name}=PART first")
        if len(rest) > 1:
            raise where.error(f"{'.'.join((name, *rest))} is too deep; write {name}.parameter=value")
        known = {**old.parameters, rest[0]: self._conform(old.part, rest[0], value, where)}
        return Use(old.part, MappingProxyType(known), old.where, {**old.places, rest[0]: where})

    def write(self, value: Use) -> Any:
        return as_said(value)

    def uses(self, value: Use) -> Iterator[tuple[KeyPath, Use]]:
        yield (value.part.name,), value

    def _conform(self, part: Part, key: Any, value: Any, where: Where) -> Any:
        what = f"{self.kind.name} {part.name!r}: {key}"
        if key in self.extra:
            return conform(value, Pace, where, what)
        parameters = signature(part)
        if key not in parameters:
            takes = list(dict.fromkeys([*parameters, *self.extra]))
            near = nearest(str(key), takes)
            hint = f"{near} " if near.startswith("did") else ""
            raise where.error(f"{self.kind.name} {part.name!r} has no {key!r}; {hint}it takes: "
                              f"{', '.join(takes) or 'no parameters'}", key=True)  # fmt: skip
        found = conform(value, parameters[key].annotation, where, what)
        check_nested(parameters[key].annotation, found, where)
        return found

    def defaults(self, part: Part) -> dict[str, float]:
        """What the section's own parameters are where they are not given: what the part says, else the table."""
        own = signature(part)
        return {key: float(own[key].default) if key in own and isinstance(own[key].default, (int, float)) else value
                for key, value in self.extra.items()}  # fmt: skip


@dataclass(frozen=True)
class Sole(One):
    """The parameters of the one part that is *unsaid*: `{parameter: value}`."""

    def read(self, value: Any, where: Where, name: str) -> Use:
        part = part_of(self.kind, self.unsaid, where)
        if not isinstance(value, Mapping):
            raise where.error(f"{name} is a mapping of {', '.join(part.parameters)}, not {told(value)}")
        return Use(part, MappingProxyType({key: self._conform(part, key, item, where / key)
                                           for key, item in value.items()}), where)  # fmt: skip

    def put(self, old: Use | None, rest: Sequence[str], value: Any, where: Where, name: str) -> Use:
        return super().put(old, rest, value, where, name) if rest else self.read(value, where, name)

    def write(self, value: Use) -> Any:
        return dict(value.parameters)

    def uses(self, value: Use) -> Iterator[tuple[KeyPath, Use]]:
        yield (), value


@dataclass(frozen=True)
class Named:
    """Parts with names of their own: `{name: part}`."""

    each: One
    required: bool = True
    fixed: bool = False

    def read(self, value: Any, where: Where, name: str) -> Mapping[str, Use]:
        if not isinstance(value, Mapping) or not value:
            raise where.error(f"{name} are a mapping of names to parts, not {told(value) if value else 'nothing'}")
        return MappingProxyType({key: self._read(key, item, where / key, name) for key, item in value.items()})

    def _read(self, key: Any, value: Any, where: Where, name: str) -> Use:
        if not isinstance(key, str) or not _MODEL.fullmatch(key):
            raise where.error(f"a name in {name} has 1 to 60 letters, digits, - and _, not {told(key)}", key=True)
        return self.each.read(value, where, f"{name}.{key}")

    def put(self, old: Mapping[str, Use] | None, rest: Sequence[str], value: Any, where: Where, name: str) -> Any:
        if not rest:
            return self.read(value, where, name)
        first, *more = rest
        old = old or {}
        if more and first not in old:
            raise where.error(f"{name} has no {first!r}; {nearest(first, old)}")
        if first not in old:
            return MappingProxyType({**old, first: self._read(first, value, where, name)})
        return MappingProxyType({**old, first: self.each.put(old[first], more, value, where, f"{name}.{first}")})

    def write(self, value: Mapping[str, Use]) -> Any:
        return {key: self.each.write(use) for key, use in value.items()}

    def uses(self, value: Mapping[str, Use]) -> Iterator[tuple[KeyPath, Use]]:
        return (((key, use.part.name), use) for key, use in value.items())


@dataclass(frozen=True)
class Several:
    """A list of parts, each once: `[part, {part: {parameter: value}}]`."""

    each: One
    required: bool = False
    fixed: bool = True

    def read(self, value: Any, where: Where, name: str) -> tuple[Use, ...]:
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)):
            raise where.error(f"{name} are a list of names, not {told(value)}")
        known: dict[str, Use] = {}
        for place, item in enumerate(value):
            use = self.each.read(item, where / place, name)
            if known.setdefault(use.part.name, use) is not use:
                raise (where / place).error(f"{self.each.kind.name} {use.part.name!r} is there twice")
        return tuple(known.values())

    def put(self, old: tuple[Use, ...], rest: Sequence[str], value: Any, where: Where, name: str) -> tuple[Use, ...]:
        if not rest:
            return self.read(value, where, name)
        first, *more = rest
        names = [use.part.name for use in old]
        if first not in names or not more:
            hint = nearest(first, names) if first not in names else f"write {name}.{first}.parameter=value"
            raise where.error(f"{name}.{first}: {hint}")
        return tuple(self.each.put(use, more, value, where, name) if use.part.name == first else use for use in old)

    def write(self, value: tuple[Use, ...]) -> Any:
        return [self.each.write(use) for use in value]

    def uses(self, value: tuple[Use, ...]) -> Iterator[tuple[KeyPath, Use]]:
        return (((place, use.part.name), use) for place, use in enumerate(value))


@dataclass(frozen=True)
class OneOrMore(One):
    """One part as in `One`, or a list of them, each with its own parameters; a part may be there several times.

    In a list, a part is addressed by its name, or by its place, from 0, where that names several.
    """

    def read(self, value: Any, where: Where, name: str) -> Any:
        if not isinstance(value, (list, tuple)):
            return super().read(value, where, name)
        if not value:
            raise where.error(f"{name} is an empty list; leave the section out where there is none")
        uses = tuple(super(OneOrMore, self).read(item, where / place, f"{name}.{place}")
                     for place, item in enumerate(value))  # fmt: skip
        return uses if len(uses) > 1 else uses[0]

    def put(self, old: Any, rest: Sequence[str], value: Any, where: Where, name: str) -> Any:
        if not rest and (isinstance(value, (list, tuple)) or not isinstance(old, Use)):
            return self.read(value, where, name)
        if old is None or isinstance(old, Use):
            return super().put(old, rest, value, where, name)
        place = self.place(old, rest[0], where, name)
        if len(rest) < 2:
            raise where.error(f"write {name}.{rest[0]}.parameter=value, or {name}=[...] for all of it")
        new = super().put(old[place], rest[1:], value, where, f"{name}.{rest[0]}")
        return (*old[:place], new, *old[place + 1 :])

    def place(self, uses: Sequence[Use], said: str, where: Where, name: str) -> int:
        """Which of *uses* is meant by a name or a number."""
        names = [use.part.name for use in uses]
        if said.isdecimal() and int(said) < len(uses):
            return int(said)
        if names.count(said) > 1:
            places = " or ".join(f"{name}.{at}" for at, one in enumerate(names) if one == said)
            raise where.error(f"{name}.{said} is there {names.count(said)} times; write {places}")
        if said not in names:
            raise where.error(f"{name} has no {said!r}; {nearest(said, names)}")
        return names.index(said)

    def write(self, value: Any) -> Any:
        return super().write(value) if isinstance(value, Use) else [super(OneOrMore, self).write(use) for use in value]

    def uses(self, value: Any) -> Iterator[tuple[KeyPath, Use]]:
        if isinstance(value, Use):
            return super().uses(value)
        return (((place, use.part.name), use) for place, use in enumerate(value))


@dataclass(frozen=True)
class Numbers:
    """A mapping of known *names* to numbers above 0: `{usd: 1.5}`; a kind of number, or again such a mapping."""

    names: Mapping[str, Any]
    required: bool = False
    fixed: bool = True

    def read(self, value: Any, where: Where, name: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise where.error(f"{name} is a mapping of {', '.join(self.names)}, not {told(value)}")
        return MappingProxyType({key: self._one(key, item, where / key, name) for key, item in value.items()})

    def _one(self, key: Any, value: Any, where: Where, name: str) -> Any:
        if key not in self.names:
            raise where.error(f"{name} has no {key!r}; {nearest(str(key), self.names)}", key=True)
        kind, what = self.names[key], f"{name}.{key}"
        if isinstance(kind, Numbers):
            return kind.read(value, where, what)
        number = conform(value, kind, where, what)
        if number <= 0:
            raise where.error(f"{what} is more than 0, not {number:g}")
        return number

    def put(self, old: Any, rest: Sequence[str], value: Any, where: Where, name: str) -> Mapping[str, Any]:
        if not rest:
            return self.read(value, where, name)
        first, *more = rest
        old = old or {}
        if value is None and not more:
            return MappingProxyType({key: item for key, item in old.items() if key != first})
        if more:
            if first not in self.names:
                raise where.error(f"{name} has no {first!r}; {nearest(first, self.names)}")
            kind = self.names[first]
            if not isinstance(kind, Numbers):
                raise where.error(f"{'.'.join((name, *rest))} is too deep; write {name}.{first}=NUMBER")
            return MappingProxyType({**old, first: kind.put(old.get(first), more, value, where, f"{name}.{first}")})
        return MappingProxyType({**old, first: self._one(first, value, where, name)})

    def write(self, value: Any) -> Any:
        return {key: self.write(item) if isinstance(item, Mapping) else item for key, item in value.items()}

    def uses(self, value: Any) -> Iterator[tuple[KeyPath, Use]]:  # noqa: ARG002 - there are no parts among numbers
        return iter(())
