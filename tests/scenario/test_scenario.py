"""Scenarios from real files: what is read, what is refused and where, what changes, and what a digest is of."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from society_sim import Scenario, mechanism
from society_sim.errors import ScenarioError
from society_sim.scenario.sections import SECTIONS
from society_sim.scenario.using import page

Edited = Callable[[str, str], Path]


def test_what_a_scenario_holds(small: Path) -> None:
    scenario = Scenario.read(small)
    assert (scenario.name, scenario.about, scenario.seeds) == ("small", "Two riddles for three.", 1)
    part, parameters = scenario.part("mechanism")
    assert (part.kind, part.name, parameters) == ("mechanism", "test_poll", {"looks": 1})
    assert {name: (part.name, parameters) for name, (part, parameters) in scenario.models.items()} == {
        "m": ("test_model", {"preset": "low"})
    }
    assert [(name, part.kind, parameters) for name, part, parameters in scenario.measures] == [
        ("test_settled", "measure", {})
    ]
    assert list(scenario.sections) == [name for name in SECTIONS if name in scenario.sections]
    assert "rewiring" not in scenario.sections


def test_parameters_handed_out_are_copies(small: Path) -> None:
    scenario = Scenario.read(small, ["mechanism={test_odd: {weights: [1], prices: {a: 1}}}"])
    parameters = scenario.part("mechanism")[1]
    parameters["weights"].append(2)
    parameters.pop("prices")
    assert scenario.part("mechanism")[1] == {"weights": [1.0], "prices": {"a": 1.0}}


def test_read_and_made_in_python_are_the_same(small: Path) -> None:
    made = Scenario.of(
        name="small",
        about="Two riddles for three.",
        models={"m": {"test_model": {"preset": "low"}}},
        population={"test_plain": {"size": 3}},
        topology={"test_ring": {"k": 1}},
        task={"test_riddles": {"rounds": 2}},
        mechanism={"test_poll": {"looks": 1}},
        measures=["test_settled"],
    )
    assert made == Scenario.read(small)
    assert made.digest == Scenario.read(small).digest


WRONG = {
    ("mechanism", "mechanism: {test_pol: {looks: 1}}"): "7:13: no mechanism 'test_pol'; did you mean 'test_poll'?",
    ("mechanism", "mechanism: test_pol"): "7:12: no mechanism 'test_pol'; did you mean 'test_poll'?",
    (
        "mechanism",
        "mechanism: {test_poll: {look: 1}}",
    ): "7:25: mechanism 'test_poll' has no 'look'; did you mean 'looks'? it takes: looks, quorum, open_vote",
    (
        "mechanism",
        "mechanism: {test_poll: {zzz: 1}}",
    ): "7:25: mechanism 'test_poll' has no 'zzz'; it takes: looks, quorum, open_vote",
    ("topology", "topology: {test_flat: {k: 1}}"): "5:24: topology 'test_flat' has no 'k'; it takes: no parameters",
    (
        "mechanism",
        "mechanism: {test_poll: {looks: three}}",
    ): "7:32: mechanism 'test_poll': looks is a whole number, not the text 'three'",
    (
        "mechanism",
        "mechanism: {test_poll: {open_vote: no}}",
    ): "7:36: mechanism 'test_poll': open_vote is true or false, not the text 'no'; write false",
    (
        "mechanism",
        "mechanism: {test_odd: {weights: [1, x]}}",
    ): "7:37: mechanism 'test_odd': weights[1] is a number, not the text 'x'",
    (
        "mechanism",
        "mechanism: {test_odd: {steps: {1: [true, 0]}}}",
    ): "7:42: mechanism 'test_odd': steps[1][1] is true or false, not the number 0",
    (
        "mechanism",
        "mechanism: {test_odd: {style: opne}}",
    ): "7:31: mechanism 'test_odd': style is 'open' or 'secret' or the number 3, not the text 'opne'; "
    "did you mean 'open'?",
    (
        "mechanism",
        "mechanism: {test_untold: {helper: 1}}",
    ): "7:35: mechanism 'test_untold': helper is Query, which a scenario cannot give",
    (
        "mechanism",
        "mechanism: {test_poll: [1]}",
    ): "7:24: the parameters of mechanism 'test_poll' are a mapping, not a list; it takes: looks, quorum, open_vote",
    (
        "mechanism",
        "mechanism: {test_poll: {}, test_odd: {}}",
    ): "7:12: mechanism is the name of a part, or one part with its parameters, not 2 of them",
    (
        "mechanism",
        "mechanism: 3",
    ): "7:12: mechanism is the name of a part, or one part with its parameters, not the number 3",
    ("mechanism", "mechanism:"): "1:1: the section 'mechanism' is missing",
    ("mechanisms", "mechanisms: x"): "9:1: a scenario has no section 'mechanisms'; did you mean 'mechanism'?",
    ("models", "models: {}"): "3:9: models are a mapping of names to parts, not nothing",
    ("models", "models: test_model"): "3:9: models are a mapping of names to parts, not the text 'test_model'",
    (
        "models",
        "models: {a/b: test_model}",
    ): "3:10: a name in models has 1 to 60 letters, digits, - and _, not the text 'a/b'",
    (
        "models",
        "models: {m: {test_model: {presett: x}}}",
    ): "3:27: backend 'test_model' has no 'presett'; did you mean 'preset'? it takes: answers, preset, policies",
    ("measures", "measures: test_settled"): "8:11: measures are a list of names, not the text 'test_settled'",
    ("measures", "measures: [test_nothing, {test_nothing: {}}]"): "8:26: measure 'test_nothing' is there twice",
    ("measures", "measures: [test_noting]"): "8:12: no measure 'test_noting'; did you mean 'test_nothing'?",
    ("name", "name: Small one"): "1:7: name has 1 to 60 small letters, digits, - and _, not the text 'Small one'",
    (
        "name",
        f"name: {'x' * 61}",
    ): f"1:7: name has 1 to 60 small letters, digits, - and _, not the text '{'x' * 55}...'",
    ("name", "name: 12"): "1:7: name is text, not the number 12",
    ("name", "name: ../x"): "1:7: name has 1 to 60 small letters, digits, - and _, not the text '../x'",
    ("about", "about: [a]"): "2:8: about is text, not a list",
    ("seeds", "seeds: 0"): "9:8: seeds is at least 1, not 0",
    ("seeds", "seeds: ten"): "9:8: seeds is a whole number, not the text 'ten'",
    ("rewiring", "rewiring: {test_still: {every: 0}}"):
        "9:32: rewiring 'test_still': every is a number of 0.001 or more, not the number 0",
    (
        "rewiring",
        "rewiring: {test_still: {evry: 1}}",
    ): "9:25: rewiring 'test_still' has no 'evry'; did you mean 'every'? it takes: rate, every",
    ("task", "task: test_asked"): "6:7: task 'test_asked' needs questions (a file's path), most (a whole number)",
    ("task", "task: {test_asked: {questions: small.yaml}}"): "6:20: task 'test_asked' needs most (a whole number)",
    (
        "task",
        "task: {test_riddles: {questions: nowhere.csv}}",
    ): "6:34: task 'test_riddles': questions: there is no file HOME/nowhere.csv",
    ("files", "files: [a]"): "9:8: files are a mapping of paths to their sha256 in hexadecimal",
}


@pytest.mark.parametrize(("section", "line"), WRONG)
def test_wrong_is_told_with_its_place(edited: Edited, section: str, line: str) -> None:
    file = edited(section, line)
    with pytest.raises(ScenarioError) as caught:
        Scenario.read(file)
    assert str(caught.value) == f"{file}:{WRONG[section, line].replace('HOME', str(file.parent))}"


def test_not_even_a_mapping(small: Path) -> None:
    for text, told in [
        ("- a", "1:1: a scenario is a mapping of sections, not a list"),
        ("{}", "1:1: the section 'name' is missing"),
        ("", "1:1: there is nothing in it"),
    ]:
        small.write_text(text)
        with pytest.raises(ScenarioError, match=re.escape(told)):
            Scenario.read(small)
    small.write_bytes(b"name: x\nabout: \xff")
    with pytest.raises(ScenarioError, match=r"small.yaml:2: not text in UTF-8"):
        Scenario.read(small)
    small.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(ScenarioError, match="longer than 1,048,576 bytes"):
        Scenario.read(small)


def test_sets(small: Path) -> None:
    scenario = Scenario.read(
        small,
        [
            "mechanism.looks=3",
            "population.size=9",
            "topology=test_flat",
            "models.m.preset=high",
            "models.other={test_model: {preset: odd}}",
            "rewiring=test_still",
            "rewiring.every=5",
            "measures.test_settled.share=true",
            "seeds=4",
            "about=",
        ],
    )
    assert scenario.part("mechanism")[1] == {"looks": 3}
    assert scenario.part("topology")[0].name == "test_flat"
    assert scenario.part("topology")[1] == {}, "the parameters of the part that went are gone"
    assert {name: parameters["preset"] for name, (_, parameters) in scenario.models.items()} == {
        "m": "high",
        "other": "odd",
    }
    assert scenario.part("rewiring")[1] == {"every": 5.0}
    assert scenario.measures[0][2] == {"share": True}
    assert (scenario.seeds, scenario.about) == (4, "")


def test_sections_parameters_of_their_own(small: Path) -> None:
    scenario = Scenario.read(small, ["rewiring={test_still: {rate: 0.5, every: 4}}"])
    assert scenario.part("rewiring")[1] == {"rate": 0.5, "every": 4.0}
    assert scenario.set("rewiring", "test_slow").part("rewiring")[1] == {"every": 4.0}, (
        "what is the section's own stays"
    )
    assert scenario.set("rewiring", {"test_still": {}}).part("rewiring")[1] == {"every": 1.0}
    assert scenario.set("rewiring", {"test_slow": {}}).part("rewiring")[1] == {"every": 10.0}, "what the part says"
    assert "rewiring" not in scenario.set("rewiring", None).sections


def test_a_part_that_is_there_keeps_its_parameters(small: Path) -> None:
    scenario = Scenario.read(small)
    assert scenario.set("mechanism", "test_poll") == scenario
    assert scenario.set("mechanism", {"test_poll": {}}).part("mechanism")[1] == {}


@pytest.mark.parametrize(
    ("said", "told"),
    {
        "mechanism.looks": "write section.parameter=value, or section=part",
        "mechanism.look=3": "mechanism 'test_poll' has no 'look'; did you mean 'looks'? it takes: looks, "
        "quorum, open_vote",
        "mechanism.looks=[": "not YAML: while parsing a flow node, did not find expected node content",
        "mechanism.looks=": "mechanism 'test_poll': looks is a whole number, not nothing",
        "mechanism.looks.deep=1": "mechanism.looks.deep is too deep; write mechanism.parameter=value",
        "mechanism=": "mechanism is the name of a part, or one part with its parameters, not nothing",
        "mechanism=test_pol": "no mechanism 'test_pol'; did you mean 'test_poll'?",
        "mechanim=test_poll": "a scenario has no section 'mechanim'; did you mean 'mechanism'?",
        "changes=[]": "a scenario has no section 'changes'; did you mean 'channel'?",
        "pace.median=1": "there is no pace yet; set pace=PART first",
        "models.x.preset=1": "models has no 'x'; known are: m",
        "models.=test_model": "a name in models has 1 to 60 letters, digits, - and _, not the text ''",
        "measures.test_nothing.x=1": "measures.test_nothing: known are: test_settled",
        "measures.test_settled=1": "measures.test_settled: write measures.test_settled.parameter=value",
        "name.x=1": "name has no parameters",
        "task.questions=/no/such": "there is no file /no/such",
        "": "write section.parameter=value, or section=part",
        "=": "a scenario has no section ''; known are: about, allowance, arms, arrivals, at_once, attention, budget, "
        "capacity, channel, compare, expect, grid, measures, mechanism, memory, models, money, name, on_failure, pace, "
        "population, rewiring, seeds, sensitivity, source, task, topology",
    }.items(),
)
def test_wrong_sets_are_quoted(small: Path, said: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.read(small, [said])
    assert str(caught.value) == f"--set {said}: {told}"


def test_a_missing_parameter_may_be_set(edited: Edited, tmp_path: Path) -> None:
    file = edited("task", "task: test_asked")
    questions = tmp_path / "q.txt"
    questions.write_text("Why?\n")
    assert Scenario.read(file, [f"task.questions={questions}", "task.most=1"]).part("task")[1]["questions"] == questions
    step = Scenario.read(file, [f"task.questions={questions}", "task.most=1"]).set("task", {"test_asked": {"most": 1}})
    with pytest.raises(ScenarioError, match="task 'test_asked' needs questions"):
        step.check()
    step.set("task.questions", questions).check()


def test_vary(small: Path) -> None:
    cells = list(
        Scenario.read(small).vary({"topology": ["test_flat", {"test_ring": {"k": 2}}], "mechanism.looks": [1, 3]})
    )
    assert [cell["mechanism.looks"] for cell, _ in cells] == [1, 3, 1, 3]
    assert [scenario.part("topology")[1] for _, scenario in cells] == [{}, {}, {"k": 2}, {"k": 2}]
    assert len({scenario.digest for _, scenario in cells}) == 4
    assert list(Scenario.read(small).vary({})) == [({}, Scenario.read(small))]


def test_types_that_cannot_be_read(small: Path) -> None:
    def test_torn(society: Any, question: Any, *, x: NoSuchType = 1) -> Any:  # noqa: F821
        """A signature for type checkers only."""

    mechanism(test_torn)
    with pytest.raises(ScenarioError, match="the types of mechanism 'test_torn' cannot be read: name 'NoSuchType'"):
        Scenario.read(small, ["mechanism=test_torn", "mechanism.x=1"])
    mechanism._parts.pop("test_torn")


def test_pages_of_parts() -> None:
    rows = {name: (words, default) for name, words, default in page(mechanism.get("test_odd"))}
    assert rows["style"] == ("'open' or 'secret' or the number 3", "open")
    assert rows["prices"] == ("a mapping of text to a number, or null", "null")


def test_a_section_that_is_not_there(small: Path) -> None:
    for section in ("pace", "models", "measures", "nothing", "name"):
        with pytest.raises(ScenarioError, match=f"has no part '{section}'"):
            Scenario.read(small).part(section)
