"""Whether a scenario is complete: what its sections cannot see by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from society_sim.errors import ScenarioError
from society_sim.scenario import canon, places
from society_sim.scenario.using import missing

if TYPE_CHECKING:
    from society_sim.scenario import Scenario


def check(scenario: Scenario) -> None:
    """`ScenarioError` unless every parameter without a default is given and every file named is there."""
    for section, keys, use in scenario.uses():
        called = f"{use.part.kind} {use.part.name!r}"
        if lacks := missing(use):
            raise use.where.error(f"{called} needs {', '.join(lacks)}")
        if section in ("money", "capacity"):  # what they say together is all there is to see
            try:
                use.part.function(**use.parameters)
            except ScenarioError as error:
                at = ".".join(map(str, (section, *keys[:-1])))
                raise use.placed(error, f"{at}: ") from None
        for parameter, value in use.parameters.items():
            for path in canon.paths(value):
                if why := places.unreadable(path):
                    raise use.place(parameter).error(f"{called}: {parameter}: {why}")
