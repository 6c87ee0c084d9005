"""Arms and grids in scenario files: read, checked with place, written down, and no part of what a run is."""

from __future__ import annotations

import pickle

import pytest
from laboratory_samples import ARMS, small

from society_sim import Scenario, ScenarioError

FILE = """\
name: designed
models:     {crowd: {synthetic: {}}}
population: {plain: {size: 4}}
topology:   flat
task:       {multiple_choice: {rounds: 3}}
mechanism:  plurality
arms:
  flat: {}
  tree: {topology: {hierarchical: {span: 3}}, mechanism: relay}
grid:
  crowd:
    weak: {models.crowd.preset: helm-weak}
    strong: {models.crowd.preset: helm-strong, population.mix: vendors}
  task.options: [2, 4]
compare: {baseline: flat}
"""


@pytest.fixture
def file(tmp_path):
    def write(old: str = "", new: str = ""):
        (tmp_path / "designed.yaml").write_text(FILE.replace(old, new) if old else FILE)
        return tmp_path / "designed.yaml"

    return write


def test_cells_are_arms_times_grid(file):
    cells = Scenario.read(file()).cells()
    assert [(cell.arm, *cell.point.values()) for cell in cells] == [
        (arm, crowd, options)
        for arm in ("flat", "tree") for crowd in ("weak", "strong") for options in ("2", "4")]  # fmt: skip
    assert len({cell.scenario.digest for cell in cells}) == 8
    assert cells[0].beside == cells[4].beside != cells[1].beside
    last = cells[-1].scenario
    assert (last.part("topology")[1]["span"], last.part("task")[1]["options"]) == (3, 4)
    assert last.models["crowd"][1] == {"preset": "helm-strong"}
    assert not {"arms", "grid", "compare", "seeds"} & last.sections.keys()


def test_a_run_takes_no_note_of_the_design(file):
    read = Scenario.read(file())
    plain = read.set("arms", None).set("grid", None).set("compare", None)
    assert plain.digest == read.digest
    assert plain.cells()[0].arm == "base"


def test_a_design_survives_being_written_down(file):
    read = Scenario.read(file())
    for other in (Scenario.parse(read.dump(), file=file()), pickle.loads(pickle.dumps(read))):
        assert other.dump() == read.dump()
        assert [cell.scenario.digest for cell in other.cells()] == [cell.scenario.digest for cell in read.cells()]


def test_files_in_arms_are_found_beside_the_scenario(tmp_path, file):
    (tmp_path / "bank.jsonl").write_text('{"qid": "a", "question": "?", "options": ["x", "y"], "gold": "A"}\n')
    path = file("flat: {}", "flat: {task.questions: bank.jsonl}")
    (found,) = {cell.scenario.part("task")[1].get("questions") for cell in Scenario.read(path).cells()[:4]}
    assert found == tmp_path / "bank.jsonl"
    with pytest.raises(ScenarioError, match=r"designed.yaml:8:26: path outside the scenario's folder"):
        Scenario.read(file("flat: {}", "flat: {task.questions: ../bank.jsonl}"))


@pytest.mark.parametrize(("old", "new", "told"), [
    ("span: 3", "spam: 3", r"designed.yaml:9:36: topology 'hierarchical' has no 'spam'; did you mean 'span'\?"),
    ("flat: {}", "flat: plurality", r"designed.yaml:8:9: arms.flat is a mapping of what it changes"),
    ("flat: {}", "flat: {seeds: 3}", r"designed.yaml:8:10: seeds is the same in all arms"),
    ("flat: {}", "flat: {mechansm: relay}", r"designed.yaml:8:20: a scenario has no section 'mechansm'; did you mean"),
    ("flat: {}", "'a/b': {}", r"designed.yaml:8:3: a name in arms has 1 to 60 letters"),
    ("[2, 4]", "[]", r"designed.yaml:14:17: grid.task.options is a list of values"),
    ("[2, 4]", "[2, two]", r"designed.yaml:14:21: task 'multiple_choice': options is a whole number"),
    ("[2, 4]", "[2, 2]", r"designed.yaml:14:17: grid.task.options has 2 twice"),
    ("task.options", "mechanism.rounds", r"mechanism 'plurality' has no 'rounds'"),
    ("baseline: flat", "baseline: flt", r"designed.yaml:15:21: there is no arm 'flt'; did you mean 'flat'\?"),
    ("baseline: flat", "base: flat", r"designed.yaml:15:11: compare has no 'base'; did you mean 'baseline'\?"),
    ("baseline: flat", "alpha: 1", r"designed.yaml:15:18: compare.alpha is between 0 and 0.5, not 1"),
    ("baseline: flat", "margin: 0", r"designed.yaml:15:19: compare.margin is more than 0"),
    ("baseline: flat", "measures: []", r"designed.yaml:15:21: compare.measures names nothing"),
])  # fmt: skip
def test_mistakes_are_told_with_their_place(file, old, new, told):
    with pytest.raises(ScenarioError, match=told):
        Scenario.read(file(old, new))


def test_a_design_can_be_set(file):
    read = Scenario.read(file(), ["grid.task.options=[3]", "arms.ring={topology: {small_world: {k: 2}}}",
                                  "grid.crowd=null", "compare.margin=0.01"])  # fmt: skip
    assert [(cell.arm, dict(cell.point)) for cell in read.cells()] == [
        (arm, {"task.options": "3"}) for arm in ("flat", "tree", "ring")]  # fmt: skip
    with pytest.raises(ScenarioError, match=r"--set grid.task.optons=\[3\]: .* has no 'optons'"):
        Scenario.read(file(), ["grid.task.optons=[3]"])


def test_too_many_cells_are_refused():
    wide = small(arms=None, grid={name: list(range(1, 401)) for name in ("task.rounds", "population.size")})
    with pytest.raises(ScenarioError, match="160,000 cells"):
        wide.cells()


def test_cells_are_what_setting_by_hand_gives():
    base = small()
    by_hand = base.set("topology", ARMS["tree"]["topology"]).set("mechanism", "relay")
    assert base.cells()[1].scenario.digest == by_hand.digest


def test_resamples_are_one_model_in_every_seat():
    from society_sim.populations.resamples import resamples

    members = resamples({"m": None}, None, model="m/vendor-1/model-1", size=3)
    assert {member.model for member in members} == {"m/vendor-1/model-1"}
    for wrong in ({"model": "n"}, {"model": "m", "size": 0}):
        with pytest.raises(ScenarioError, match="population 'resamples'"):
            resamples({"m": None}, None, **wrong)
