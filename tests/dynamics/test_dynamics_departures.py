"""What becomes of a run when members go: in the middle of a question, all of them, or against the form."""

import pytest

from society_sim import Scenario, ScenarioError, SocietyError, run
from society_sim.building import build
from society_sim.registry import mechanism
from society_sim.structure import structure_over_time

NUMBERS = ("median_vote", "two_level_mean", "opinion_rounds", "pairwise_meetings")
TASKS = {**{name: {"opinions": {"rounds": 2}} for name in NUMBERS},
         **{name: {"goods": {"rounds": 2}} for name in ("sealed_bid", "clock_auction", "posted_price")},
         **{name: {"trade": {"rounds": 2}} for name in ("double_auction", "call_market")},
         "combinatorial_auction": {"bundles": {"rounds": 2}}, "public_project": {"project": {"rounds": 2}},
         "budget_division": {"claims": {"rounds": 2}}}  # fmt: skip
"""Mechanisms that settle a kind of question of their own."""
OTHERS = {name for name, part in mechanism.parts.items() if part.function.__module__.startswith("society_sim.")}
OTHERS -= {*NUMBERS, "government_formation", "search_relay"}


def scenario(**sections):
    name = sections.get("mechanism", "plurality")
    task = TASKS.get(name) if isinstance(name, str) else None
    return Scenario.of(
        name="departures", models={"m": "synthetic"}, population={"plain": {"size": sections.pop("size", 4)}},
        task=task or {"multiple_choice": {"rounds": 2, "options": 3}},
        **{"topology": "federated", "mechanism": "plurality", **sections},
    )  # fmt: skip


@pytest.mark.parametrize("at", [0.5, 1.5])
@pytest.mark.parametrize("share", [0.5, 1.0])
@pytest.mark.parametrize("name", sorted({*OTHERS, *NUMBERS}))
def test_members_go_while_a_question_is_on_the_table_and_the_run_goes_on(name, share, at):
    going = scenario(mechanism=name, rewiring={"removal": {"at": at, "share": share, "every": 0.5}})
    outcomes = run(going, seed=1, out=None).outcomes
    assert len(outcomes) == 2
    if share == 1.0 and at < 1 and name != "two_level_mean":  # whose first question takes no time
        assert outcomes[-1]["decision"] is None


def test_who_has_left_is_not_of_the_electorate():
    for name in ("vote", "liquid_democracy", "median_vote"):
        gone = scenario(mechanism=name, rewiring={"removal": {"at": 0.5, "count": 2, "every": 0.5}}, topology="flat")
        assert [outcome["electorate"] for outcome in run(gone, seed=1, out=None).outcomes] == [4, 2]


def test_fewer_are_left_than_are_to_be_drawn():
    gone = scenario(mechanism={"vote": {"drawn": 3}}, rewiring={"removal": {"at": 0.5, "count": 2, "every": 0.5}})
    assert [outcome["electorate"] for outcome in run(gone, seed=1, out=None).outcomes] == [3, 2]


def test_meetings_leave_out_who_joined_meanwhile():
    coming = {"turnover": {"rate": 1.0, "vacancy": 1}}
    going = scenario(mechanism={"pairwise_meetings": {"meetings": 30}}, rewiring=coming, topology="flat")
    for seed in range(4):
        assert len(run(going, seed=seed, out=None).outcomes) == 2


def test_a_proposal_against_the_form_is_not_carried_out_and_the_run_goes_on():
    sealed = scenario(size=6, topology={"federated": {"communities": 2, "sealed": True}}, rewiring="regrouping")
    result = run(sealed, seed=1, out=None)
    kept = [entry for entry in result.record if entry["kind"] == "kept"]
    assert kept[0]["rewiring"] == "regrouping" and "'gateways'" in kept[0]["why"]
    assert len(result.outcomes) == 2
    assert not [entry for entry in result.record if entry["kind"] in ("link", "unlink")]


@pytest.mark.parametrize("rewiring", [
    {"removal": {"at": 1000.0, "share": 2.0}}, {"removal": {"at": 1000.0, "seats": [9]}},
    {"corruption": {"model": "m", "at": 9.0, "count": -1}}, {"substitution": {"model": "m", "at": 9.0, "share": -1.0}},
    {"turnover": {"rate": -1.0}}, {"hierarchy_by_competence": {"span": 0}}, {"decay": {"after": -1.0}},
    [{"triadic_closure": {"rate": 0.1}}, {"homophily": {"rate": -1.0}}],
])  # fmt: skip
def test_a_rewirings_parameters_are_looked_at_before_anything_is_asked(rewiring):
    with pytest.raises(ScenarioError, match="rewiring '"):
        build(scenario(rewiring=rewiring))


@pytest.mark.parametrize(("sections", "message"), [
    ({"mechanism": "relay", "topology": "matrix", "size": 7}, "reports to 1, 3; a vote goes up one line, as in"),
    ({"mechanism": "two_level_mean", "topology": "linking_pins"}, "no heads of communities"),
])  # fmt: skip
def test_what_cannot_be_is_said_before_anybody_is_asked(sections, message):
    society = build(scenario(**sections))
    with pytest.raises(SocietyError, match=message):
        society.run()
    assert society.desk.asked == 0


def test_another_form_brings_nobody_back_in_what_is_read_from_the_record():
    ties = [[0, 1, "talk", 1.0], [1, 0, "talk", 1.0]]
    nodes = {str(seat): {} for seat in range(3)}
    record = [
        {"t": 0.0, "kind": "graph", "nodes": nodes, "ties": ties}, {"t": 1.0, "kind": "leave", "member": 2},
        {"t": 2.0, "kind": "graph", "nodes": nodes, "ties": ties}, {"t": 3.0, "kind": "join", "member": 2},
    ]  # fmt: skip
    reached = [row["reachability"] for row in structure_over_time(record, every=1.0, measures=("reachability",))]
    assert [round(share, 3) for share in reached] == [0.333, 1.0, 1.0, 0.333]
