"""Changes while a run goes on: written down as data, checked, in force from their time on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from society_sim import Scenario
from society_sim.errors import ScenarioError


def _looks(scenario: Scenario, time: float) -> object:
    return scenario.at(time).part("mechanism")[1].get("looks")


def test_in_force_from_its_time_on(small: Path) -> None:
    scenario = Scenario.read(small).changed(12.0, ["mechanism.looks=3", "topology=test_flat"])
    assert [_looks(scenario, time) for time in (0, 11.999, 12, 1e9)] == [1, 1, 3, 3]
    assert scenario.at(12).part("topology")[0].name == "test_flat"
    assert scenario.at(3) is scenario.at(7)
    assert scenario.at(13) is scenario.at(14)
    assert [change.at for change in scenario.changes] == [12.0]
    plain = Scenario.read(small)
    assert plain.at(0) is plain.at(99) is plain


def test_written_down_and_read_again(small: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.csv"
    questions.write_text("a")
    first = Scenario.read(small).changed(
        12.0,
        [
            "mechanism={test_odd: {test_odd: 2}}",
            "mechanism.test_odd=3",
            f"task.questions={questions}",
            "rewiring=test_still",
            "rewiring.every=2",
            "models.m.preset=high",
            "models.n=test_model",
        ],
    )
    second = first.changed(20, ["rewiring=null", "mechanism=test_poll"])
    for scenario in (first, second):
        kept = small.with_name("kept.yaml")
        kept.write_text(scenario.dump())
        again = Scenario.read(kept)
        assert again == scenario
        assert again.digest == scenario.digest
        assert again.at(15).part("mechanism")[1] == {"test_odd": 3}
        assert again.at(15).part("task")[1]["questions"] == questions
        assert again.at(15).part("rewiring")[1] == {"every": 2.0}
    assert "rewiring" not in second.at(20).sections
    assert len({Scenario.read(small).digest, first.digest, second.digest}) == 3


def test_a_change_before_another_leaves_the_later_one_in_force(small: Path) -> None:
    later = Scenario.read(small).changed(20, ["mechanism.looks=5"])
    scenario = later.changed(10, ["mechanism.looks=3", "population.size=3"][:1])
    assert [_looks(scenario, time) for time in (0, 10, 20)] == [1, 3, 5]
    assert [change.at for change in scenario.changes] == [10.0, 20.0]
    assert [_looks(later.changed(0, ["mechanism.looks=2"]), time) for time in (0, 10, 20)] == [2, 2, 5]
    with pytest.raises(ScenarioError, match=r"no mechanism|has no 'looks'"):
        later.changed(10, ["mechanism=test_odd"])  # what changes at 20 is not to be had then


def test_from_the_beginning_it_is_another_scenario(small: Path) -> None:
    changed = Scenario.read(small).changed(0, ["population.size=9", "mechanism.looks=2"])
    assert changed == Scenario.read(small, ["population.size=9", "mechanism.looks=2"])
    assert changed.changes == ()


@pytest.mark.parametrize(
    ("at", "sets", "told"),
    [
        (3, ["population.size=9"], "--set population.size=9: population cannot change while a run goes on"),
        (3, ["population=test_plain"], "population cannot change"),
        (3, ["measures=[]"], "measures cannot change"),
        (3, ["name=other"], "name cannot change"),
        (3, [], "a fork changes something"),
        (-1, ["mechanism.looks=2"], "at a time of at least 0"),
        (float("nan"), ["mechanism.looks=2"], "finite"),
        (float("inf"), ["mechanism.looks=2"], "finite"),
        (3, ["mechanism.look=2"], "did you mean 'looks'"),
        (3, ["mechanism=test_pol"], "did you mean 'test_poll'"),
        (3, ["task=test_asked"], "needs questions"),
    ],
)
def test_changes_that_cannot_be(small: Path, at: float, sets: list[str], told: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(told)):
        Scenario.read(small).changed(at, sets)


@pytest.mark.parametrize(
    ("line", "told"),
    {
        "changes: {at: 1}": "9:10: changes are a list of {at: time, set: {...}}, not a mapping",
        "changes: [{at: 1}]": "9:11: a change is {at: time, set: {section.parameter: value}}",
        "changes: [{at: 1, set: {mechanism.looks: 2}, why: x}]": "9:11: a change is",
        "changes: [{at: 1, set: [mechanism.looks]}]": "9:11: a change is",
        "changes: [{at: soon, set: {mechanism.looks: 2}}]": "9:16: the time of a change is a number, not the",
        "changes: [{at: 0, set: {mechanism.looks: 2}}]": "9:16: a change comes after time 0",
        "changes: [{at: 2, set: {mechanism.looks: 2}}, {at: 1, set: {mechanism.looks: 3}}]": "9:52: a change comes",
        "changes: [{at: 1, set: {mechanism.look: 2}}]": "9:25: mechanism 'test_poll' has no 'look'; did you",
        "changes: [{at: 1, set: {mechanism.looks: x}}]": "9:42: mechanism 'test_poll': looks is a whole number",
        "changes: [{at: 1, set: {population.size: 4}}]": "9:25: population cannot change while a run goes on",
        "changes: [{at: 1, set: {nothing: 4}}]": "9:34: a scenario has no section 'nothing'",
        "changes: [{at: 1, set: {task.questions: ../x}}]": "9:41: path outside the scenario's folder",
    }.items(),
)
def test_changes_in_a_file_are_checked(small: Path, line: str, told: str) -> None:
    small.write_text(small.read_text() + line + "\n")
    with pytest.raises(ScenarioError, match=re.escape(f"{small}:{told}")):
        Scenario.read(small)
