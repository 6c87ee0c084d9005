"""Rewirings in scenarios: one or several, each at its own pace and with its own luck."""

from __future__ import annotations

import orjson
import pytest

from society_sim.building import build
from society_sim.errors import ScenarioError
from society_sim.scenario import Scenario

BASE = {"name": "d",
        "models": {"m": {"synthetic": {"preset": "independent"}}, "liar": {"synthetic": {"preset": "adversarial"}}},
        "population": {"plain": {"size": 7, "model": "m"}}, "topology": "hierarchical",
        "task": {"multiple_choice": {"rounds": 8, "options": 4}}, "mechanism": "relay"}  # fmt: skip
LIST = [{"removal": {"at": 2.0, "count": 1, "every": 0.5}}, {"removal": {"at": 4.0, "position": "root"}},
        {"hierarchy_by_competence": {"least": 1, "rate": 2.0}}]  # fmt: skip


def run(**more):
    chunks: list[bytes] = []
    society = build(Scenario.of(**BASE, **more), 3, write=chunks.append)
    society.run()
    return society, [orjson.loads(line) for line in b"".join(chunks).splitlines()]


def test_several_rewirings_go_on_side_by_side():
    society, record = run(rewiring=LIST)
    left = [(entry["t"], entry["why"]) for entry in record if entry["kind"] == "leave"]
    assert left == [(2.0, "removal"), (4.0, "removal")]
    assert len(society.present) == 5
    assert sum(kind == "report" for *_, kind in society.graph.edges(data="kind")) == 4  # the tree is whole again


def test_a_list_of_one_is_that_one_and_another_beside_it_leaves_its_luck_alone():
    one = {"triadic_closure": {"rate": 0.2}}
    alone, listed = Scenario.of(**BASE, rewiring=one), Scenario.of(**BASE, rewiring=[one])
    assert alone.digest == listed.digest and alone.dump() == listed.dump()
    flat = {"topology": {"small_world": {"k": 2, "p": 0.0}}}

    def links(rewirings):
        chunks: list[bytes] = []
        build(Scenario.of(**{**BASE, **flat}, rewiring=rewirings), 3, write=chunks.append).run()
        return [line for line in map(orjson.loads, b"".join(chunks).splitlines()) if line["kind"] == "link"]

    late = {"substitution": {"at": 1.0, "model": "liar"}}
    later = {"corruption": {"at": 2.0, "model": "liar", "seats": [1]}}
    assert links([late, one]) == links([later, one]) != []


def test_lists_are_addressed_changed_written_and_read_again():
    scenario = Scenario.of(**BASE, rewiring=LIST)
    assert scenario.set("rewiring.1.at", 5.0).rewirings["removal-2"][1]["at"] == 5.0
    changed = scenario.set("rewiring.hierarchy_by_competence.span", 2)
    assert changed.rewirings["hierarchy_by_competence"][1]["span"] == 2 and changed.digest != scenario.digest
    assert set(scenario.rewirings) == {"removal", "removal-2", "hierarchy_by_competence"}
    assert scenario.rewirings["removal"][1]["every"] == 0.5 and scenario.rewirings["removal-2"][1]["every"] == 1.0
    again = Scenario.of(**{**BASE, "rewiring": LIST}).set("rewiring", LIST)
    assert again.digest == scenario.digest
    assert scenario.set("rewiring", "competence").rewirings[""][0].name == "competence"
    forked = scenario.changed(3.0, ["rewiring.hierarchy_by_competence.rate=9"])
    assert forked.at(4.0).rewirings["hierarchy_by_competence"][1]["rate"] == 9.0
    assert scenario.set("rewiring", None).rewirings == {}


@pytest.mark.parametrize(("address", "value", "told"), [
    ("rewiring.removal.at", 1.0, "there 2 times; write rewiring.0 or rewiring.1"),
    ("rewiring.decay.after", 1.0, "rewiring has no 'decay'"),
    ("rewiring.removal", 1.0, "there 2 times"), ("rewiring.2", 1.0, "write rewiring.2.parameter=value"),
    ("rewiring", [], "an empty list"), ("rewiring", ["competense"], "did you mean 'competence'"),
    ("rewiring.0.att", 1.0, "no 'att'"),
])  # fmt: skip
def test_what_is_wrong_with_a_list_is_told(address, value, told):
    with pytest.raises(ScenarioError, match=told):
        Scenario.of(**BASE, rewiring=LIST).set(address, value)


def test_a_model_that_is_not_there_is_told_before_any_call():
    with pytest.raises(ScenarioError, match=r"rewiring 'corruption': there is no model 'lier'; did you mean 'liar'"):
        build(Scenario.of(**BASE, rewiring={"corruption": {"model": "lier"}}))


def test_corruption_of_the_root_is_recorded_and_hurts():
    _, honest = run()
    _, corrupt = run(rewiring={"corruption": {"model": "liar", "every": 0.25}})
    assert [(e["member"], e["model"]) for e in corrupt if e["kind"] == "assign"] == [(0, "liar")]
    right = [sum(e["correct"] for e in record if e["kind"] == "outcome") for record in (honest, corrupt)]
    assert right[1] <= right[0]
