"""What changes in a scenario while a run goes on: how a fork is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from society_sim.scenario.conform import Where, conform, text, told
from society_sim.scenario.kinds import Named, OneOrMore
from society_sim.scenario.places import Given
from society_sim.scenario.sections import SECTIONS
from society_sim.scenario.using import Use

if TYPE_CHECKING:
    from society_sim.errors import ScenarioError
    from society_sim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Intervention:
    """What changes at the simulated time *at*: section or parameter -> its new value, as `Scenario.set` takes them."""

    at: float
    sets: Mapping[str, Any]
    places: Mapping[str, Where] = field(default_factory=dict, compare=False, repr=False)
    """Where each of them was given."""


@dataclass(frozen=True, slots=True)
class Again(Given):
    """What was read at *first* and is taken once more: errors point there, and its paths are whole by now."""

    first: Where = field(default_factory=Given)

    def __truediv__(self, key: str | int) -> Again:
        return replace(self, first=self.first / key)

    def error(self, message: str, *, key: bool = False) -> ScenarioError:
        """The error that *first* makes."""
        return self.first.error(message, key=key)


def read(scenario: Scenario, given: Any, where: Where) -> tuple[Intervention, ...]:
    """The `changes` of a file, each tried on what is in force before it."""
    if not isinstance(given, (list, tuple)):
        raise where.error(f"changes are a list of {{at: time, set: {{...}}}}, not {told(given)}")
    known: list[Intervention] = []
    force, before = scenario, 0.0
    for place, item in enumerate(given):
        here = where / place
        if not isinstance(item, Mapping) or set(item) != {"at", "set"} or not isinstance(item["set"], Mapping):
            raise here.error("a change is {at: time, set: {section.parameter: value}}")
        at = conform(item["at"], float, here / "at", "the time of a change")
        if at <= 0 or at < before:
            raise (here / "at").error(f"a change comes after time 0, and after the one before it, not at {at:g}")
        values: dict[str, Any] = {}
        for address, value in item["set"].items():
            there = here / "set" / address
            force = force.put(changeable(text(address, there, "what changes"), there), value, there)
            values[address] = found(force, address)
        places = {address: here / "set" / address for address in values}
        known.append(Intervention(at, MappingProxyType(values), places))
        before = at
    return tuple(known)


def changeable(address: str, where: Where) -> str:
    """*address*, if what it names may change while a run goes on."""
    section = address.split(".", 1)[0]
    if section in SECTIONS and SECTIONS[section].fixed:
        raise where.error(f"{section} cannot change while a run goes on; a change at 0 may", key=True)
    return address


def found(scenario: Scenario, address: str) -> Any:
    """What stands at *address*, in the form that `Scenario.set` takes and with paths as they are."""
    section, *rest = address.split(".")
    value: Any = scenario.sections.get(section)
    if rest and isinstance(value, Mapping):  # parts with names
        value, rest = value[rest[0]], rest[1:]
    holds = SECTIONS.get(section)
    if rest and isinstance(holds, OneOrMore) and not isinstance(value, Use):
        value, rest = value[holds.place(value, rest[0], Given(), section)], rest[1:]
    if rest:
        return value.parameters[rest[0]]
    if isinstance(value, Use) and isinstance(holds, Named):
        return holds.each.write(value)
    return value and SECTIONS[section].write(value)
