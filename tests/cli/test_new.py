"""`society-sim new`: what it writes runs as it is, for every kind of part, and it never writes over anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import society_viz
from society_viz.view.watched import Watched

from society_sim import Scenario, ScenarioError, run
from society_sim.cli.new import begin
from society_sim.cli.starters import INSTEAD, PARTS, SECTION, SEEN
from society_sim.registry import KINDS
from society_sim.scenario.using import page

FIXED = {"attention", "money", "capacity", "policy"}  # a policy is of a model
"""Kinds that a scenario gives parameters and no part."""


@pytest.fixture
def as_before() -> Iterator[None]:
    """Parts that a test registers are gone after it."""
    known = {kind: dict(kind.parts) for kind in (*KINDS.values(), society_viz.mark, society_viz.panel)}
    yield
    for kind, parts in known.items():
        kind._parts = parts
    society_viz.mark._known = None


def test_every_kind_that_a_scenario_can_name_can_be_begun() -> None:
    assert set(INSTEAD) == set(KINDS) - FIXED and set(PARTS) == set(INSTEAD) | set(SEEN)


@pytest.mark.slow
@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize("kind", INSTEAD)
def test_what_is_written_runs_and_is_documented(kind: str, tmp_path: Path) -> None:
    name = f"begun-{kind}"
    scenario, code = begin(name, kind, tmp_path)
    read = Scenario.read(scenario)
    assert read.name == name and read.code == code.read_text()
    part = KINDS[kind].get(name.replace("-", "_"))
    assert any(use.part is part for _, _, use in read.uses()), "the scenario names the part"
    assert part.about and page(part)
    assert any(line.startswith(f"{SECTION.get(kind, kind)}:") for line in scenario.read_text().splitlines())
    results = [run(read, seed=seed, out=None) for seed in (0, 0, 1)]
    assert results[0].digest == results[1].digest, "luck has a name"
    assert len(results[0].outcomes) >= 20
    assert 0 <= results[0].measures["accuracy"] <= 1


@pytest.mark.usefixtures("as_before")
def test_what_is_to_be_seen_can_be_begun_too(tmp_path: Path) -> None:
    run(Scenario.read(begin("begun-mark", "mark", tmp_path)[0], ["task.rounds=2"]), out=tmp_path)
    assert society_viz.mark.get("begun_mark").about == "Has no answer."
    found = run(Scenario.read(begin("begun-panel", "panel", tmp_path)[0], ["task.rounds=9"]), out=tmp_path).folder
    watched = Watched(str(found))
    while watched.running:
        watched.step()
    (shown,) = society_viz.panel.get("begun_panel").function(watched.known())
    assert len(shown.rows) == 9 and sum(times for _, times in shown.rows) > 0


@pytest.mark.usefixtures("as_before")
def test_the_part_makes_a_difference(tmp_path: Path) -> None:
    """Another value of the parameter that the scenario gives: another record, by what the code says."""
    read = Scenario.read(begin("begun-twice", "mechanism", tmp_path)[0], ["task.rounds=5"])
    assert [run(read.set("mechanism.rounds", rounds), out=None).asked for rounds in (0, 2)] == [5 * 9, 5 * 27]


@pytest.mark.parametrize("there", ["mine.yaml", "mine.py"])
def test_nothing_is_written_over(there: str, tmp_path: Path) -> None:
    (tmp_path / there).write_text("kept")
    with pytest.raises(ScenarioError, match="is there already"):
        begin("mine", "mechanism", tmp_path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(there, "kept")]


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(ScenarioError, match="is there already"):
        begin("mine", "mechanism", tmp_path)
    assert not (tmp_path / "elsewhere.py").exists() and not (tmp_path / "mine.yaml").exists()


@pytest.mark.parametrize(("name", "told"), [
    ("Mine", "begins with a small letter"), ("../mine", "begins with a small letter"), ("", "begins with a small"),
    ("7up", "begins with a small letter"), ("m" * 61, "1 to 60"), ("class", "a word of Python's own"),
    ("second-look", "there is a mechanism 'second_look' already"),
])  # fmt: skip
def test_names_that_cannot_be(name: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=told):
        begin(name, "mechanism", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot write"):
        begin("mine", "mechanism", tmp_path / "nowhere")
