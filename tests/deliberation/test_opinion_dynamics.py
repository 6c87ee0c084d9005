"""Opinion dynamics over the ordinary path of messages and prompts give what theory says."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from deliberation_helpers import dynamics, gateways, histories, kinds, last, scenario
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Query
from society_sim.backends.synthetic import synthetic
from society_sim.errors import ScenarioError
from society_sim.forms import Number
from society_sim.measures.opinions import clusters, consensus, spread_of_opinion
from society_sim.mechanisms.opinion_dynamics import worded
from society_sim.rules import opinions as rules

GRAPHS = {
    "complete": nx.complete_graph(16), "star": nx.star_graph(15), "ring": nx.cycle_graph(16),
    "tree": nx.balanced_tree(2, 3), "federated": gateways(), "small world": nx.watts_strogatz_graph(16, 4, 0.2, seed=1),
}  # fmt: skip
RATES = {"complete": 0.0, "star": 0.5, "ring": 0.949253, "tree": 0.963943, "federated": 0.916667,
         "small world": 0.869875}  # fmt: skip


def degroot_matrix(graph):
    closed = nx.to_numpy_array(graph) + np.eye(len(graph))
    return closed / closed.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", GRAPHS)
def test_degroot_is_the_matrix_to_the_last_digits(name):
    graph, rounds = GRAPHS[name], 6
    record = dynamics(graph, {"degroot": {}}, "opinion_rounds", {"start": "uniform"}, rounds=rounds)
    held = histories(record)["opinion-1"]
    start = np.array([held[seat][0] for seat in range(len(graph))])
    matrix = degroot_matrix(graph)
    assert np.abs(np.linalg.matrix_power(matrix, rounds) @ start - last(record)).max() < 1e-12
    values = np.sort(np.abs(np.linalg.eigvals(matrix)))
    assert values[-2] == pytest.approx(RATES[name], abs=1e-6)


def test_the_hub_of_a_star_has_the_weight_of_its_degree():
    """Left eigenvector: (d + 1) / sum (d + 1); one-hot openings read it off seat by seat."""
    record = dynamics(GRAPHS["star"], {"degroot": {}}, "opinion_rounds", {"start": "one_hot", "rounds": 2}, rounds=45)
    decided = [entry["decision"] for entry in kinds(record, "outcome")]
    assert decided == pytest.approx([16 / 46, 2 / 46], abs=1e-9)
    complete = dynamics(GRAPHS["complete"], {"degroot": {}}, "opinion_rounds", {"start": "one_hot"}, rounds=2)
    assert last(complete) == pytest.approx([0.0625] * 16, abs=1e-12)


def test_a_ring_converges_at_the_rate_of_its_second_eigenvalue():
    record = dynamics(GRAPHS["ring"], {"degroot": {}}, "opinion_rounds", {"start": "one_hot"}, rounds=44)
    held = histories(record)["opinion-1"]
    spread = [np.ptp([held[seat][step] for seat in held]) for step in (30, 44)]
    assert (spread[1] / spread[0]) ** (1 / 14) == pytest.approx(RATES["ring"], rel=0.01)


@pytest.mark.parametrize("stubborn, expected", [
    (0.2, [0.36, 0.16, 0.16, 0.16, 0.16]),
    ({"family-0": 0.8, **{f"family-{seat}": 0.1 for seat in range(1, 5)}}, [0.93333333, *[0.6] * 4]),
])  # fmt: skip
def test_friedkin_johnsen_settles_at_its_fixed_point(stubborn, expected):
    policy = {"friedkin_johnsen": {"stubbornness": stubborn}}
    record = dynamics(nx.complete_graph(5), policy, "opinion_rounds", {"start": "one_hot"}, rounds=70)
    assert last(record) == pytest.approx(expected, abs=1e-6)


def bounded(n, eps, rounds):
    x = np.linspace(0, 1, n)
    for _ in range(rounds):
        near = np.abs(x[:, None] - x) <= eps
        x = (near * x).sum(axis=1) / near.sum(axis=1)
    return x


@pytest.mark.parametrize("eps", [0.11, 0.26])
def test_bounded_confidence_forms_the_clusters_of_the_equations(eps):
    policy = {"hegselmann_krause": {"eps": eps}}
    record = dynamics(nx.complete_graph(21), policy, "opinion_rounds", {"start": "spaced"}, rounds=9)
    assert last(record) == pytest.approx(list(bounded(21, eps, 9)), abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("eps, expected", [(0.055, 7), (0.105, 4), (0.155, 3), (0.205, 2), (0.255, 1), (0.305, 1)])
def test_bounded_confidence_of_a_hundred_and_one(eps, expected):
    policy = {"hegselmann_krause": {"eps": eps}}
    record = dynamics(nx.complete_graph(101), policy, "opinion_rounds", {"start": "spaced"}, rounds=40, within=1e-9)
    assert clusters(record) == expected


def replayed(record, eps, mu):
    """The meetings of a record by the equations of the model, from who said what to whom."""
    held = {int(seat): value for seat, value in kinds(record, "opinions")[0]["opinions"].items()}
    for met in zip(*[iter(kinds(record, "message"))] * 2, strict=True):
        (a, b), (c, d) = [(one["from"], one["to"]) for one in met]
        assert (a, b) == (d, c)
        x, y = held[a], held[b]
        if abs(x - y) < eps:
            held[a], held[b] = x + mu * (y - x), y + mu * (x - y)
    return [held[seat] for seat in sorted(held)]


@pytest.mark.parametrize("mu", [0.5, 0.3])
def test_meetings_move_both_by_mu_where_they_are_near(mu):
    policy = {"deffuant": {"eps": 0.3, "mu": mu}}
    record = dynamics(nx.complete_graph(12), policy, "pairwise_meetings", {"start": "uniform"}, meetings=150)
    assert last(record) == pytest.approx(replayed(record, 0.3, mu), abs=1e-12)
    assert len(kinds(record, "message")) == 300 and kinds(record, "outcome")[0]["meetings"] == 150


@pytest.mark.slow
def test_wide_confidence_brings_one_cluster_and_narrow_several():
    def ends(eps, runs, n=50):
        for seed in range(runs):
            policy = {"deffuant": {"eps": eps}}
            start = {"start": "uniform"}
            yield dynamics(nx.complete_graph(n), policy, "pairwise_meetings", start, seed, meetings=20 * n, within=1e-2)

    assert all(clusters(record, gap=0.05) == 1 for record in ends(0.5, 2))
    for record in ends(0.2, 4):  # about 1 / (2 eps) large ones, and a few stragglers: so in a plain loop over pairs
        large = [size for size in rules.clusters(last(record), 0.05) if size >= 5]
        assert len(large) in (2, 3) and clusters(record, gap=0.05) <= 5


def wins(draw, runs, seed=1):
    graph = nx.star_graph(9)
    start = {"options": ["yes", "no"], "start": "given", "values": ["yes"], "others": "no", "rounds": runs}
    record = dynamics(graph, {"voter": {}}, "pairwise_meetings", start, seed, meetings=3000, draw=draw, both=False,
                      within=0)  # fmt: skip
    assert consensus(record) == 1
    return np.mean([entry["decision"] == "yes" for entry in kinds(record, "outcome")])


@pytest.mark.slow
def test_the_hub_of_the_voter_model_wins_half_of_the_time_if_listeners_are_drawn():
    assert wins("member", 60) == pytest.approx(0.5, abs=3.29 * math.sqrt(0.25 / 60))


@pytest.mark.slow
def test_the_voter_model_counts_degrees_or_heads():
    assert wins("member", 300) == pytest.approx(0.5, abs=3.29 * math.sqrt(0.25 / 300))
    assert wins("tie", 300) == pytest.approx(0.1, abs=3.29 * math.sqrt(0.09 / 300))


def test_communities_weighted_by_size_give_the_mean_of_all():
    sections = {"models": {"m": "synthetic"}, "population": {"plain": {"size": 11}},
                "topology": {"federated": {"communities": 3}}, "task": {"opinions": {"rounds": 5}}}  # fmt: skip
    for weights in ("size", "equal"):
        record = scenario(**sections, mechanism={"two_level_mean": {"weights": weights}})
        gaps = [abs(outcome["decision"] - math.fsum(held["opinions"].values()) / 11)
                for outcome, held in zip(kinds(record, "outcome"), kinds(record, "opinions"), strict=True)]  # fmt: skip
        assert max(gaps) < 1e-12 if weights == "size" else max(gaps) > 1e-4


# --- what travels, and what does not ------------------------------------------------------------------------------


def test_a_message_that_no_tie_allows_moves_nobody():
    graph = nx.DiGraph([(0, 1), (1, 2)])
    record = dynamics(graph, {"degroot": {}}, "opinion_rounds", {"start": "one_hot"}, rounds=3)
    held = histories(record)["opinion-1"]
    assert held[0] == [1, 1, 1, 1] and held[1] == [0, 0.5, 0.75, 0.875] and held[2] == [0, 0, 0.25, 0.5]


def test_ties_that_weigh_more_are_told_as_trust():
    graph = nx.DiGraph()
    graph.add_edge(0, 1, weight=3.0)
    prompts = []
    record = dynamics(graph, {"degroot": {}}, "opinion_rounds", {"start": "one_hot"}, prompts=prompts, rounds=1)
    assert last(record) == [1.0, 0.75]
    assert "Member 0 (trust 3): 1.0" in dict(prompts)[1]


def test_without_a_policy_members_average_as_the_persuasion_preset_says():
    record = dynamics(nx.complete_graph(2), {}, "opinion_rounds", {"start": "one_hot"}, rounds=1)
    assert last(record) == pytest.approx([2 / 3, 1 / 3])


@given(own=st.floats(0, 1), others=st.lists(st.floats(0, 1), min_size=1, max_size=5))
@settings(max_examples=60)
def test_numbers_travel_in_full(own, others):
    form = Number(0, 1)
    lines = ["Where do you stand?", f"Your first opinion: {worded(own)}", f"Your opinion so far: {worded(own)}",
             "Others say:", *(f"Member {seat}: {worded(x)}" for seat, x in enumerate(others)), form.hint()]  # fmt: skip
    query = Query(member=0, occurrence=0, model="m", system="", text="\n".join(lines), form=form, seed=3, key="0")
    said = form.parse(synthetic(policies={"degroot": {}}).submit(query).result().text)
    wanted = own
    for one in others:
        wanted += one
    wanted /= 1 + len(others)
    assert said == (wanted if wanted >= 1e-99 else 0)


def test_one_account_of_a_thing_at_a_time():
    with pytest.raises(ScenarioError, match="'degroot' and 'voter' are two accounts of the same thing"):
        synthetic(policies={"degroot": {}, "voter": {}})
    with pytest.raises(ScenarioError, match="policy 'deffuant' has no 'epsilon'"):
        synthetic(policies={"deffuant": {"epsilon": 0.1}})


@pytest.mark.parametrize("task, words", [
    ({"low": 1, "high": 0}, "no opinion lies between"), ({"start": "given"}, "values"),
    ({"start": "given", "values": [2.0]}, "not from 0 to 1"), ({"options": ["a"]}, "two or more"),
    ({"options": ["a", "b"], "start": "spaced"}, "no order"), ({"rounds": 0}, "1 or more"),
    ({"start": "given", "values": [0.5]}, "1 starting opinions for 3 members"),
])  # fmt: skip
def test_bad_openings_are_told_before_anybody_is_asked(task, words):
    sections = {"models": {"m": "synthetic"}, "population": {"plain": {"size": 3}}, "topology": "flat"}
    with pytest.raises(ScenarioError, match=words):
        scenario(**sections, task={"opinions": task}, mechanism="opinion_rounds")


def test_two_levels_need_heads():
    sections = {"models": {"m": "synthetic"}, "population": {"plain": {"size": 2}}, "topology": "flat"}
    with pytest.raises(ScenarioError, match="no heads of communities"):
        scenario(**sections, task="opinions", mechanism="two_level_mean")


def test_measures_read_the_last_opinions():
    record = [{"kind": "question", "about": "q"},
              {"kind": "opinions", "about": "q", "opinions": {"0": 0.0, "1": 1.0}},
              {"kind": "answer", "about": "q", "member": 1, "value": 0.005},
              {"kind": "outcome", "about": "q"}]  # fmt: skip
    assert (spread_of_opinion(record), clusters(record), consensus(record)) == (0.0025, 1, 1)
    assert consensus(record, gap=0.001) == 0
    assert math.isnan(spread_of_opinion([]))


def test_meetings_are_as_many_as_the_members_that_are_there_need():
    for n in (4, 9):
        record = dynamics(nx.complete_graph(n), {"deffuant": {}}, "pairwise_meetings", {"start": "uniform"})
        assert kinds(record, "outcome")[0]["meetings"] == 10 * n
