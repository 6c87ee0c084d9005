"""Scenarios kept: what a digest is of, what is written down, where scenarios are found, the code that they bring."""

from __future__ import annotations

import pickle
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from society_sim import Scenario, mechanism
from society_sim.errors import ScenarioError
from society_sim.scenario.sources import known

Edited = Callable[[str, str], Path]


def test_the_digest_is_of_what_shapes_a_record(edited: Edited) -> None:
    scenario = Scenario.read(edited("name", "name: small"))
    for same in ("about=Another word.", "measures=[]", "seeds=12"):
        assert scenario._said(same).digest == scenario.digest
    assert Scenario.read(edited("mechanism", "mechanism:\n  test_poll:\n    looks: 1 # one")).digest == scenario.digest
    others = [
        scenario._said(other).digest
        for other in (
            "name=other",
            "mechanism.looks=2",
            "mechanism.quorum=0.5",
            "population.size=4",
            "pace=constant",
            "rewiring=test_still",
            "models.n=test_model",
            "topology=test_flat",
        )
    ]
    assert len({*others, scenario.digest}) == len(others) + 1
    first = Scenario.read(edited("mechanism", "mechanism: {test_poll: {looks: 1, quorum: 1}}"))
    assert first.digest == Scenario.read(edited("mechanism", "mechanism: {test_poll: {quorum: 1.0, looks: 1}}")).digest


def test_the_digest_is_of_files_by_what_is_in_them(edited: Edited, tmp_path: Path) -> None:
    file = edited("task", "task: {test_riddles: {questions: q.csv}}")
    (file.parent / "q.csv").write_text("a")
    first = Scenario.read(file).digest
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("a")
    assert Scenario.read(file, [f"task.questions={elsewhere}"]).digest == first
    elsewhere.write_text("b")
    assert Scenario.read(file, [f"task.questions={elsewhere}"]).digest != first


def test_a_dump_is_the_same_scenario(small: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q 1.csv"
    questions.write_text("a")
    scenario = Scenario.read(
        small,
        [
            "mechanism={test_odd: {style: 3, weights: [1, 0.5], pair: [2, 'no'], names: [a, 'on'], prices: {x: 1}, "
            "steps: "
            "{1: [true]}, either: '3', whatever: {a: [null, 1e-7, 'é\"\\n'], b: 012}, test_odd: 3}}",
            f"task.questions={questions}",
            "rewiring=test_still",
            "pace=lognormal",
            "seeds=3",
        ],
    )
    kept = tmp_path / "runs" / "scenario.yaml"
    kept.parent.mkdir()
    kept.write_text(scenario.dump())
    again = Scenario.read(kept)
    assert again == scenario
    assert again.digest == scenario.digest
    assert again.dump() == scenario.dump()
    assert pickle.loads(pickle.dumps(scenario)) == scenario


@pytest.mark.slow
def test_what_is_too_large_to_write_down_is_told(small: Path) -> None:
    scenario = Scenario.read(small).set("mechanism", {"test_odd": {"weights": [1.0] * 100_000}})
    with pytest.raises(
        ScenarioError, match=r"too large to be written down .more than 100,000 values.; put the data in a file"
    ):
        scenario.dump()


def test_names_are_found(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small.parent)
    assert Scenario.read("small.yaml") == Scenario.read(small)
    for name, told in [
        ("nowhere.yaml", "the scenario 'nowhere.yaml' is not there"),
        (".", "the scenario '.' is a folder; name the .yaml file in it"),
        ("no-such-scenario", "no scenario 'no-such-scenario', neither a file nor a name"),
        ("a\0b", "neither a file nor a name"),
        ("x" * 5000, "is not a path"),
        (Path("small"), "is not there"),
    ]:
        with pytest.raises(ScenarioError, match=re.escape(told)):
            Scenario.read(name)
    assert all(file.stem == name for name, file in known().items())


CODE = """
    from dataclasses import dataclass
    from society_sim import Outcome, mechanism

    @dataclass
    class Own:
        times: int = 1

    @mechanism
    def test_own(society, question, *, times: int = 1):
        '''Settle nothing.'''
        yield society.env.timeout(Own(times).times)
        return Outcome(None)
"""


def test_code_beside_the_scenario(edited: Edited, tmp_path: Path) -> None:
    file = edited("mechanism", "mechanism: {test_own: {times: 2}}")
    with pytest.raises(ScenarioError, match="no mechanism 'test_own'"):
        Scenario.read(file)
    file.with_suffix(".py").write_text(textwrap.dedent(CODE))
    before = list(sys.path)
    scenario = Scenario.read(file)
    assert scenario.part("mechanism")[1] == {"times": 2}
    assert sys.path == before
    assert not (file.parent / "__pycache__").exists()
    assert scenario.code == textwrap.dedent(CODE)
    copy = tmp_path / "kept"
    copy.mkdir()
    (copy / "scenario.yaml").write_text(scenario.dump())
    (copy / "scenario.py").write_text(scenario.code)
    assert Scenario.read(copy / "scenario.yaml") == scenario, "the copy is the same, and is not another part"
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    file.with_suffix(".py").write_text(textwrap.dedent(CODE).replace("Settle nothing", "Settle naught"))
    assert Scenario.read(file).digest != scenario.digest
    assert scenario.part("mechanism")[0].function.__doc__ == "Settle nothing.", (
        "a scenario keeps the parts it was made with"
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def (", "small.py:1: the scenario's code fails: SyntaxError"),
        ("\n1/0", "small.py:2: the scenario's code fails: ZeroDivisionError: division by zero"),
        ("import no_such_module", "small.py:1: the scenario's code fails: ModuleNotFoundError"),
        (
            "from society_sim import pace\n@pace\ndef constant(draw):\n    '''Mine.'''\n    return 1.0\n",
            "there are two parts pace",
        ),
        ("\0", "fails"),
    ],
)
def test_code_that_fails(small: Path, code: str, told: str) -> None:
    small.with_suffix(".py").write_text(code)
    with pytest.raises(ScenarioError, match=re.escape(told)):
        Scenario.read(small)


def test_a_part_from_a_notebook_counts_by_its_source(small: Path) -> None:
    def digest(text: str) -> str:
        file = small.with_name(f"cell_{len(text)}.txt")
        file.write_text(text)
        space: dict[str, Any] = {"__name__": "cell", "mechanism": mechanism}
        exec(compile(text, str(file), "exec"), space)
        return Scenario.read(small, ["mechanism=test_cell"]).digest

    first = "@mechanism\ndef test_cell(society, question):\n    yield 1\n"
    assert digest(first) == digest(first)
    assert digest(first) != digest(first.replace("1", "1 + 1"))


def test_the_page_about_scenarios_shows_a_sound_one(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "scenarios.md").read_text()
    whole, changes = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    file = tmp_path / "second_look.yaml"
    file.write_text(whole + changes)
    scenario = Scenario.read(file)
    assert scenario.at(12).part("mechanism")[1] == {"rounds": 3}
    for said in re.findall(r"--set '?([^'`]+)'?`", page):
        scenario.changed(0, [said])
    (told,) = re.findall(r"^second_look.yaml:.*", page, re.MULTILINE)
    file.write_text(whole.replace("mechanism:  second_look", "mechanism:  {second_look: {round: 3}}"))
    with pytest.raises(ScenarioError, match=re.escape(told)):
        Scenario.read(file)
