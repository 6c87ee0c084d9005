"""The shipped scenarios: each says what it asks, where it is from and what to expect, and comes to what it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from society_sim import Scenario, experiment, run
from society_sim.experiments.expected import found
from society_sim.registry import KINDS
from society_sim.scenario import sources

SHIPPED = sorted(sources.known().values())
SCENARIOS = pytest.mark.parametrize("file", SHIPPED, ids=[file.stem for file in SHIPPED])
FEW = 2  # questions, where nothing but running at all is looked at


def few(scenario: Scenario) -> Scenario:
    """*scenario* with few questions, and few rounds of each, where there is a number of them."""
    for section in ("task", "mechanism"):
        part, given = scenario.part(section)
        if "rounds" in part.parameters and not given.get("questions"):
            many = given.get("rounds", part.parameters["rounds"].default)
            scenario = scenario.set(f"{section}.rounds", FEW) if many is None or many > FEW else scenario
    return scenario


@SCENARIOS
def test_it_says_what_it_asks_where_it_is_from_and_what_to_expect(file: Path) -> None:
    scenario = Scenario.read(file)
    assert scenario.name.replace("-", "_") == file.stem
    assert scenario.about and scenario.source and scenario.expect is not None
    assert scenario.expect.says and scenario.expect.figures
    assert len(scenario.expect.says) < 600, "a paragraph"


@SCENARIOS
def test_it_runs_and_every_arm_of_it_does(file: Path) -> None:
    scenario = Scenario.read(file)
    arms = scenario.sections.get("arms", {"": {}})
    for overrides in arms.values():
        armed = scenario
        for address, value in overrides.items():
            armed = armed.set(address, value)
        result = run(few(armed), out=None)
        given = any(entry["kind"] == "opinions" for entry in result.record)  # then nobody need be asked
        assert result.outcomes and (result.asked or given)


@pytest.mark.parametrize("kind", ["mechanism", "topology", "rewiring", "task", "population"])
def test_every_part_of_the_package_is_used_by_a_shipped_scenario(kind: str) -> None:
    known = [cell.scenario for file in SHIPPED for cell in Scenario.read(file).cells()]
    used = {part.name for scenario in known
            for part, _ in (scenario.rewirings.values() if kind == "rewiring" else [scenario.part(kind)])}  # fmt: skip
    ours = {name for name, part in KINDS[kind].parts.items() if part.function.__module__.startswith("society_sim.")}
    assert not ours - used


LOOKED_UP = SHIPPED[:: 1 if os.environ.get("EXPECTED") == "all" else 7]
"""Each is an experiment of its own; `make expected` looks up all of them."""


@pytest.mark.slow
@pytest.mark.parametrize("file", LOOKED_UP, ids=lambda file: file.stem)
def test_it_comes_to_what_it_says(file: Path, tmp_path: Path) -> None:
    """Each figure of `expect`, looked up in an experiment of its own over the seeds that it names."""
    scenario = Scenario.read(file)
    expect = scenario.expect
    assert expect is not None
    alone = scenario.set("compare.matched", False).set("sensitivity", None)
    done = experiment(alone, out=tmp_path, seeds=expect.seeds, workers=min(2, os.cpu_count() or 1))
    arms = {cell.arm for cell in scenario.cells()}
    missed = [f"{one.figure}, found {one.mean:g}" for one in found(expect, done.runs, arms) if not one.holds]
    assert not done.failed and not missed


def test_what_other_scenarios_bring_is_not_in_a_watermark() -> None:
    """Their code is read in this process, and a policy on request acts only where it is named."""
    brought = Scenario.read("paid_for_agreeing")
    plain = run(few(Scenario.read("before_the_vote")), out=None)
    assert not any("says_the_first" in str(entry) for entry in plain.record)
    assert any("says_the_first" in str(entry) for entry in run(few(brought), out=None).record)
