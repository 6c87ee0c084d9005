"""Invariants of who may talk to whom."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim.errors import ScenarioError
from society_sim.streams import stream
from society_sim.testing import check_topology
from society_sim.topologies.federated import federated
from society_sim.topologies.flat import flat
from society_sim.topologies.hierarchical import hierarchical
from society_sim.topologies.small_world import small_world

SIZES = st.integers(1, 90)


def bosses(graph, seat):
    return [high for high in graph.succ[seat] if graph.edges[seat, high]["kind"] == "report"]


@pytest.mark.parametrize(("topology", "parameters"), [
    (flat, {}), (hierarchical, {}), (hierarchical, {"span": 2, "teams": True}), (federated, {"communities": 4}),
    (small_world, {}), (small_world, {"k": 2, "p": 1.0}), (small_world, {"k": 5, "p": 0.5}),
])  # fmt: skip
def test_contract(topology, parameters):
    check_topology(topology, sizes=(1, 2, 3, 4, 7, 9, 25), **parameters)
    for n in (1, 2, 3, 4, 5, 9, 26):
        assert nx.is_strongly_connected(topology(n, stream(1, "t"), **parameters))


@given(SIZES, st.integers(1, 6))
def test_a_tree_has_spans_levels_and_one_boss_each(n, span):
    graph = hierarchical(n, None, span=span)
    assert [seat for seat in graph if not bosses(graph, seat)] == [0]
    for seat in graph:
        below = [v for v in graph.succ[seat] if graph.edges[seat, v]["kind"] == "command"]
        assert len(below) <= span
        assert all(graph.nodes[v]["level"] == graph.nodes[seat]["level"] + 1 for v in below)
        assert all(bosses(graph, v) == [seat] for v in below)
    assert graph.number_of_edges() == 2 * (n - 1)


@given(SIZES, st.integers(2, 6))
def test_teams_are_teams_of_teams(n, span):
    graph = hierarchical(n, None, span=span, teams=True)
    assert [seat for seat in graph if len(bosses(graph, seat)) != 1] == [0]
    assert graph.number_of_edges() == 2 * (n - 1)
    for seat in graph:
        levels = [graph.nodes[low]["level"] for low in graph.pred[seat] if bosses(graph, low) == [seat]]
        assert all(level > graph.nodes[seat]["level"] for level in levels)
        assert all(levels.count(level) < span for level in levels)


def test_three_teams_of_three():
    graph = hierarchical(9, None, teams=True)
    assert {seat: bosses(graph, seat) for seat in graph} == {
        0: [], 1: [0], 2: [0], 3: [0], 4: [3], 5: [3], 6: [0], 7: [6], 8: [6]}  # fmt: skip
    assert [graph.nodes[seat]["level"] for seat in graph] == [0, 2, 2, 1, 2, 2, 1, 2, 2]


@given(SIZES, st.integers(1, 8))
def test_federations(n, k):
    graph = federated(n, None, communities=k)
    k = min(k, n)
    sizes = [sum(graph.nodes[seat]["community"] == c for seat in graph) for c in range(k)]
    heads = [seat for seat in graph if graph.nodes[seat]["head"]]
    assert sum(sizes) == n and max(sizes) - min(sizes) <= 1 and len(heads) == k
    assert graph.number_of_edges() == sum(m * (m - 1) for m in sizes) + k * (k - 1)
    for u, v in graph.edges:
        same = graph.nodes[u]["community"] == graph.nodes[v]["community"]
        assert same or {u, v} <= set(heads)
        assert (graph.edges[u, v]["kind"] == "report") == (same and v in heads)


@pytest.mark.parametrize(("n", "ties"), [(64, (4032, 126, 128, 504)), (256, (65280, 510, 512, 4080))])
def test_ties_are_the_messages_of_a_round(n, ties):
    """Flat n (n - 1), tree 2 (n - 1), ring 2 n, federation k m (m - 1) + k (k - 1) with k = sqrt n."""
    root = int(n**0.5)
    ring = small_world(n, stream(1, "t"), k=2, p=0.0)
    graphs = (flat(n, None), hierarchical(n, None), ring, federated(n, None, communities=root))
    assert tuple(graph.number_of_edges() for graph in graphs) == ties


def test_small_worlds_are_small():
    """Watts and Strogatz: clustering 2/3 and long ways on the ring of 1000 with k = 10; shortcuts shorten the ways."""
    ring = small_world(300, stream(1, "t"), k=10, p=0.0).to_undirected()
    small = small_world(300, stream(1, "t"), k=10, p=0.1).to_undirected()
    assert nx.average_clustering(ring) == pytest.approx(2 / 3)
    assert nx.average_clustering(small) == pytest.approx(2 / 3 * 0.9**3, abs=0.05)
    assert nx.average_shortest_path_length(small) < nx.average_shortest_path_length(ring) / 3
    assert small.number_of_edges() == ring.number_of_edges() == 1500


@pytest.mark.parametrize("call", [
    lambda: hierarchical(5, None, span=0), lambda: hierarchical(5, None, span=1, teams=True),
    lambda: federated(5, None, communities=0), lambda: small_world(5, stream(1, "t"), k=1),
    lambda: small_world(5, stream(1, "t"), p=1.5),
])  # fmt: skip
def test_impossible_parameters(call):
    with pytest.raises(ScenarioError):
        call()
