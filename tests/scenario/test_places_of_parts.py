"""What a part finds wrong with its parameters is told with the place in the scenario, whatever kind of part it is."""

import pickle
from pathlib import Path

import pytest

from society_sim import run
from society_sim.building import build
from society_sim.errors import ScenarioError
from society_sim.experiments import experiment
from society_sim.runs import checked, fork
from society_sim.scenario import Scenario

BASE = {
    "name": "name: placed",
    "models": "models: {m: synthetic}",
    "population": "population: {plain: {size: 5, model: m}}",
    "task": "task: {multiple_choice: {rounds: 2}}",
    "mechanism": "mechanism: plurality",
    "topology": "topology: {federated: {communities: 2}}",
}
WRONG = {  # the place of >
    "a model's option": ("models", "models: {m: {synthetic: {preset: >zzz}}}"),
    "a model that is not there": ("population", "population: {plain: {size: 5, model: >zzz}}"),
    "a party's model": ("population", "population: {parties: {parties: {A: {seats: 3, model: >zzz}}}}"),
    "a hub too far": ("topology", "topology: {star: {hub: >40}}"),
    "a file's category": ("task", "task: {multiple_choice: {categories: >[law]}}"),
    "a trait that nobody has": ("mechanism", "mechanism: {vote: {weights: >zzz}}"),
    "a mechanism in a mechanism": ("mechanism", "mechanism: {federation: {inside: {vote: {rule: >zzz}}}}"),
    "a rewiring's model": ("rewiring", "rewiring: [decay, {turnover: {models: [m, >zzz]}}]"),
    "a tax that there is not": ("money", "money: {purse: 2, tax: {zzz: >0.1}}"),
    "a rate that is none": ("money", "money: {purse: 2, tax: {income: >3}}"),
}


def placed(words: str) -> tuple[str, int, int]:
    """*words* without the mark, and where it was: line and column, from 1."""
    before = words[: words.index(">")]
    return words.replace(">", ""), before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize("what", WRONG)
def test_an_error_of_a_part_has_file_line_and_column(what: str, tmp_path: Path) -> None:
    section, wrong = WRONG[what]
    words, line, column = placed("\n".join({**BASE, section: wrong}.values()))
    file = tmp_path / "placed.yaml"
    file.write_text(words, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        run(file, out=None)
    assert (caught.value.file, caught.value.line, caught.value.column) == (file, line, column), caught.value


def scenario(tmp_path: Path, **sections: str) -> Path:
    """A file with the *sections* in place of the usual ones."""
    file = tmp_path / "placed.yaml"
    file.write_text("\n".join({**BASE, **sections}.values()), encoding="utf-8")
    return file


@pytest.mark.parametrize("said", ["population.model=zzz", "population={plain: {model: zzz}}", "models.m.preset=zzz",
                                  "mechanism={vote: {weights: zzz}}", "topology={star: {hub: 40}}"])  # fmt: skip
def test_what_was_set_is_told_as_it_was_set(said: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        run(Scenario.read(scenario(tmp_path), [said]), out=None)
    assert str(caught.value).startswith(f"--set {said}: ")
    assert str(caught.value).count("--set") == 1


def test_beside_what_was_set_the_file_is_pointed_at(tmp_path: Path) -> None:
    file = scenario(tmp_path, population="population: {plain: {size: 5, model: zzz}}")
    with pytest.raises(ScenarioError, match="zzz") as caught:
        run(Scenario.read(file, ["population.size=4"]), out=None)
    assert (caught.value.line, caught.value.column) == (3, 38)


def test_a_change_is_told_with_its_place(tmp_path: Path) -> None:
    file = scenario(tmp_path, changes="changes:\n- at: 1\n  set: {models.m.preset: zzz}")
    with pytest.raises(ScenarioError, match="zzz") as caught:
        checked(Scenario.read(file))
    assert (caught.value.file, caught.value.line, caught.value.column) == (file, 9, 26)


def test_a_fork_tells_what_was_set(tmp_path: Path) -> None:
    made = run(Scenario.read(scenario(tmp_path)), out=tmp_path)
    assert made.folder
    with pytest.raises(ScenarioError, match=r"^--set models\.m\.preset=zzz: "):
        fork(made.folder, at=1, sets=["models.m.preset=zzz"])


@pytest.mark.parametrize(("section", "words", "column"), [
    ("arms", "arms: {a: {}, b: {topology: {star: {hub: 40}}}}", 42),
    ("grid", "grid: {population.model: [m, zzz]}", 30),
    ("grid", "grid: {g: {all: {}, none: {population.model: zzz}}}", 46),
])  # fmt: skip
def test_a_cell_of_an_experiment_is_told_with_its_place(
    section: str, words: str, column: int, tmp_path: Path
) -> None:
    file = scenario(tmp_path, **{section: words})
    with pytest.raises(ScenarioError, match="arm ") as caught:
        experiment(Scenario.read(file), seeds=1, out=tmp_path)
    assert (caught.value.file, caught.value.line, caught.value.column) == (file, 7, column)


def test_a_scenario_in_another_process_points_at_no_file(tmp_path: Path) -> None:
    file = scenario(tmp_path, population="population: {plain: {size: 5, model: zzz}}")
    sent = pickle.loads(pickle.dumps(Scenario.read(file)))
    with pytest.raises(ScenarioError, match="zzz") as caught:
        build(sent)
    assert caught.value.file is None


def test_places_are_no_part_of_what_a_scenario_is(tmp_path: Path) -> None:
    one = Scenario.read(scenario(tmp_path))
    other = Scenario.read(scenario(tmp_path), ["population.model=m"])
    assert one == other
    assert one.digest == other.digest
