"""Organisations of recorded models: communities by a trait, votes by size, free answers, halves of a bank."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panel_helpers import outcome, question, says, settle

from society_sim import Scenario, ScenarioError, experiment, replay, run
from society_sim.mechanisms.committees import committees
from society_sim.mechanisms.relay import relay
from society_sim.mechanisms.vote import vote
from society_sim.testing import check_topology
from society_sim.topologies.federated import federated
from society_sim.topologies.flat import flat
from society_sim.values import Profile

SCENARIO = Path(__file__).resolve().parents[2] / "scenarios" / "recorded_models.yaml"
FAMILIES = st.lists(st.sampled_from("xyz"), min_size=1, max_size=9)


def of(families):
    return [Profile(f"m{seat}", "m", traits={"family": name}) for seat, name in enumerate(families)]


@settings(deadline=None, max_examples=40)
@given(FAMILIES)
def test_communities_are_those_with_the_same_trait(families):
    graph = federated(len(families), None, of(families), by="family")
    assert list(graph) == list(range(len(families)))
    for one in graph:
        for other in graph:
            alike = graph.nodes[one]["community"] == graph.nodes[other]["community"]
            assert alike == (families[one] == families[other])
    heads = [families[seat] for seat in graph if graph.nodes[seat]["head"]]
    assert heads == list(dict.fromkeys(families))
    check_topology(lambda n, rng: federated(n, rng, of(families), by="family"), sizes=(len(families),))


def test_communities_by_a_trait_need_members_who_have_it():
    with pytest.raises(ScenarioError, match="no members are there to see"):
        federated(3, None, by="family")
    with pytest.raises(ScenarioError, match="m0 has no trait 'famly'; did you mean 'family'"):
        federated(2, None, of("xy"), by="famly")
    with pytest.raises(ScenarioError, match="not both"):
        federated(2, None, of("xy"), by="family", sizes=[1, 1])
    with pytest.raises(ScenarioError, match="seat 1, outside its community, which has the seats 0, 2"):
        federated(3, None, of("xyx"), by="family", heads=[1, 1])


@settings(deadline=None, max_examples=40)
@given(FAMILIES, st.data())
def test_votes_by_size_count_everybody_who_answered_once(families, data):
    votes = data.draw(st.lists(st.sampled_from(["A", "B", None]), min_size=len(families), max_size=len(families)))
    graph = federated(len(families), None, of(families), by="family")
    record, _ = settle(relay, graph, says(*votes), weights="size")
    sums = Counter()
    for name in dict.fromkeys(families):
        own = Counter(vote for vote, family in zip(votes, families, strict=True) if family == name and vote)
        if len(set(own.values())) < len(own):
            return  # a lot decides within the family
        if own:
            sums[own.most_common(1)[0][0]] += own.total()
    best = [option for option, size in sums.items() if size == max(sums.values())]
    assert outcome(record).get("decision") in (best or [None])


def test_one_large_family_outvotes_two_small_ones_by_size_alone():
    families, votes = "xxxxxyz", "AAAAABB"
    graph = federated(7, None, of(families), by="family")
    decided = {weights: outcome(settle(relay, graph, says(*votes), weights=weights)[0])["decision"]
               for weights in ("equal", "size")}  # fmt: skip
    assert decided == {"equal": "B", "size": "A"}


def test_free_answers_can_be_voted_on():
    free = question(gold="42", options=())
    model = lambda query: ["42", "41", "42", "", "7"][query.member]  # noqa: E731
    record, _ = settle(vote, flat(5, None), model, [free])
    assert outcome(record)["decision"] == "42" and outcome(record)["tally"] == {"42": 2, "41": 1, "7": 1}
    record, _ = settle(committees, flat(5, None), model, [free], size=3)
    assert outcome(record)["decision"] in {"42", "7"}
    record, _ = settle(vote, flat(2, None), lambda query: "", [free])
    assert outcome(record)["decision"] is None and outcome(record)["undecided"] == "no ballots"


@pytest.mark.slow
def test_the_experiment_runs_without_files_and_pools_its_halves(tmp_path):
    scenario = Scenario.read(SCENARIO, ["task.rounds=24"])
    found = experiment(scenario, out=tmp_path, seeds=1, workers=1)
    assert not found.failed
    arms = {(row["arm"], row["half"]): row for row in found.arms}
    assert len(arms) == 11 * 3
    for name in scenario.sections["arms"]:
        halves = [arms[name, half] for half in ("first", "second")]
        assert arms[name, "all"]["questions"] == sum(row["questions"] for row in halves) == 24
        assert arms[name, "all"]["accuracy"] == pytest.approx(sum(row["accuracy"] for row in halves) / 2)
        assert arms[name, "all"]["messages"] == pytest.approx(sum(row["messages"] for row in halves) / 2)
    assert arms["flat", "all"]["messages"] == arms["weighted", "all"]["messages"] == 0
    assert 5 < arms["tree by lot", "all"]["messages"] <= 7  # who abstains is silent
    assert 1 < arms["families equal", "all"]["messages"] <= 2
    pairs = {row["arm"]: row["pairs"] for row in found.comparisons if row["kind"] == "arm" and row["half"] == "all"}
    assert set(pairs.values()) == {24} and len(pairs) == 10


def test_pool_names_an_axis():
    with pytest.raises(ScenarioError, match="no axis 'halves' to pool; did you mean 'half'"):
        Scenario.read(SCENARIO, ["compare.pool=halves"])


def test_a_run_with_declared_traits_replays(tmp_path):
    sets = ["task.rounds=20", "population.order=accuracy", "topology={federated: {by: family}}", "mechanism=relay"]
    result = run(Scenario.read(SCENARIO, sets), seed=1, out=tmp_path)
    assert replay(result.folder).digest == result.digest


@pytest.mark.slow
def test_real_tables_give_what_the_page_says(data):
    """Two-fold weights on recorded answers: better than one vote each, and far below the best model alone."""
    answers = data / "public_mmlu_pro_answers.csv.gz"
    sets = [f"models.panel.answers={answers}", f"task.questions={data / 'public_mmlu_pro_questions.jsonl.gz'}",
            f"population.tested_on={answers}", f"population.traits={data / 'models_mmlu_pro.csv'}",
            "task.rounds=150", "task.half=1", "population.half=2"]  # fmt: skip
    flat, weighted, families = (
        run(Scenario.read(SCENARIO, [*sets, *more]), seed=0, out=None).measures["accuracy"]
        for more in ([], ["mechanism={vote: {weights: weight}}"],
                     ["topology={federated: {by: family}}", "mechanism=relay"])
    )  # fmt: skip
    assert 0.5 < flat < weighted < 0.86 and families > 0.5
