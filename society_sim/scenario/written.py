"""A scenario written down: as the text of a file, and as a digest of all in it that shapes a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from society_sim.errors import ScenarioError
from society_sim.scenario import canon, plainyaml
from society_sim.scenario.sections import PROSE, SECTIONS
from society_sim.scenario.using import shaping

if TYPE_CHECKING:
    from society_sim.scenario import Scenario


def digest(scenario: Scenario) -> str:
    """The sha256 of what shapes a record, as `Scenario.digest` says."""
    stages: list[Any] = [(at, stage.name, [(section, keys, use.part.name, shaping(use))
                                           for section, keys, use in stage.uses() if section not in PROSE])
                         for at, stage in scenario.stages]  # fmt: skip
    if scenario.at_once > 1:
        stages.append(["at_once", scenario.at_once])
    if allowance := scenario.sections.get("allowance"):
        stages.append(sorted((who, sorted(means.items())) for who, means in allowance.items()))
    uses = [use for _, stage in scenario.stages for section, _, use in stage.uses() if section not in PROSE]
    foreign = {use.part: canon.source_digest(use.part.function, scenario.code) for use in uses}
    code = sorted((part.kind, part.name, source) for part, source in foreign.items() if source)
    return canon.digest([1, stages, scenario.code, code])


def dump(scenario: Scenario) -> str:
    """The scenario as the text of a file."""
    whole = {name: SECTIONS[name].write(value) for name, value in scenario.sections.items()}
    if scenario.changes:
        whole["changes"] = [{"at": change.at, "set": change.sets} for change in scenario.changes]
    known: dict[str, str] = {}
    written = canon.written(whole, known)
    text = plainyaml.write({**written, "files": known} if known else written)
    try:
        plainyaml.read(text)
    except ScenarioError as error:  # made in Python, where nothing has bounds
        raise ScenarioError(f"too large to be written down ({error.message}); put the data in a file") from None
    return text
