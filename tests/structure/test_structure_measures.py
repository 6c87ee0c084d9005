"""Structure measures of a graph: closed forms, published values, and NetworkX as the judge of random graphs."""

from __future__ import annotations

import csv
import gzip
import math
from collections import defaultdict

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import structure
from society_sim.errors import SocietyError
from society_sim.structure import Structure, Ties
from society_sim.topologies.federated import federated
from society_sim.topologies.flat import flat
from society_sim.topologies.hierarchical import hierarchical


@st.composite
def graphs(draw):
    """Directed graphs of up to nine members with kinds, weights and communities."""
    size = draw(st.integers(3, 9))
    pairs = [(u, v) for u in range(size) for v in range(size) if u != v]
    graph = nx.DiGraph()
    graph.add_nodes_from((seat, {"community": seat % 3}) for seat in range(size))
    for u, v in draw(st.sets(st.sampled_from(pairs), min_size=1)):
        kind = draw(st.sampled_from(["talk", "talk", "command", "report"]))
        graph.add_edge(u, v, kind=kind, weight=draw(st.sampled_from([0.5, 1.0, 3.0])))
    return graph


def by_community(graph):
    groups = defaultdict(set)
    for seat, name in graph.nodes(data="community"):
        groups[name].add(seat)
    return list(groups.values())


@given(graphs())
@settings(max_examples=40)
def test_networkx_says_the_same(graph):
    both = graph.to_undirected()
    n = len(graph)
    reached = {u: nx.descendants(graph, u) for u in graph}
    steps = [d for u in graph for v, d in nx.single_source_shortest_path_length(graph, u).items() if v != u]
    centrality = nx.degree_centrality(both).values()
    laplacian = np.linalg.eigvalsh(nx.normalized_laplacian_matrix(both, weight=None).toarray())
    assert structure.density(graph) == pytest.approx(nx.density(graph))
    assert structure.reciprocity(graph) == pytest.approx(nx.reciprocity(graph))
    assert structure.triangles(graph) == sum(nx.triangles(both).values()) / 3
    assert np.nan_to_num(structure.clustering(graph)) == pytest.approx(nx.transitivity(both))
    assert structure.components(graph) == nx.number_connected_components(both)
    assert structure.giant_share(graph) == pytest.approx(max(map(len, nx.connected_components(both))) / n)
    assert structure.reachability(graph) == pytest.approx(sum(map(len, reached.values())) / (n * (n - 1)))
    assert structure.mean_path(graph) == pytest.approx(sum(steps) / len(steps))
    assert structure.betweenness(graph) == pytest.approx(list(nx.betweenness_centrality(graph).values()))
    assert structure.modularity(graph) == pytest.approx(nx.community.modularity(graph, by_community(graph)))
    assert structure.centralisation(graph) == pytest.approx(
        sum(max(centrality) - one for one in centrality) * (n - 1) / ((n - 1) * (n - 2)))  # fmt: skip
    assert structure.spectral_radius(graph) == pytest.approx(max(nx.adjacency_spectrum(both, weight=None).real))
    assert structure.algebraic_connectivity(graph) == pytest.approx(
        laplacian[1] if nx.is_connected(both) else 0.0, abs=1e-9)  # fmt: skip


@given(graphs())
@settings(max_examples=40)
def test_hierarchy_by_its_definitions(graph):
    lines = nx.DiGraph([(u, v) if kind == "report" else (v, u)
                        for u, v, kind in graph.edges(data="kind") if kind != "talk"])  # fmt: skip
    levels = nx.condensation(lines) if lines else nx.DiGraph()
    assert structure.depth(graph) == nx.dag_longest_path_length(levels)
    spans = [count for _, count in lines.in_degree() if count]
    assert structure.bosses(graph) == len(spans)
    if spans:
        assert structure.span(graph) == pytest.approx(np.mean(spans))
        assert structure.widest_span(graph) == max(spans)
    up = {u: {u} | nx.descendants(graph, u) for u in graph}
    pairs = [(u, v) for u in graph for v in graph if u < v]
    either = [(u, v) for u, v in pairs if v in up[u] or u in up[v]]
    assert structure.one_sidedness(graph) == pytest.approx(
        sum(not (v in up[u] and u in up[v]) for u, v in either) / len(either))  # fmt: skip
    whole = list(nx.weakly_connected_components(graph))
    lacking = sum(not any((up[u] & up[v]) <= up[top] for top in up[u] & up[v])
                  for part in whole for u, v in pairs if {u, v} <= part)  # fmt: skip
    possible = sum((len(part) - 1) * (len(part) - 2) // 2 for part in whole)
    if possible:
        assert structure.least_upper_bounds(graph) == pytest.approx(1 - lacking / possible)


@pytest.mark.parametrize("n", [4, 16, 230])
def test_algebraic_connectivity_in_closed_form(n):
    """Chung (1997), chapter 1; both sides of the size beyond which it is found by iteration."""
    assert structure.algebraic_connectivity(nx.complete_graph(n)) == pytest.approx(n / (n - 1), abs=1e-6)
    assert structure.algebraic_connectivity(nx.star_graph(n - 1)) == pytest.approx(1, abs=1e-6)
    assert structure.algebraic_connectivity(nx.cycle_graph(n)) == pytest.approx(1 - math.cos(2 * math.pi / n), abs=1e-6)
    assert structure.algebraic_connectivity(nx.path_graph(n)) == pytest.approx(
        1 - math.cos(math.pi / (n - 1)), abs=1e-6)  # fmt: skip


@pytest.mark.parametrize("dimension", [2, 5, 9])
def test_algebraic_connectivity_of_a_hypercube(dimension):
    graph = nx.convert_node_labels_to_integers(nx.hypercube_graph(dimension))
    assert structure.algebraic_connectivity(graph) == pytest.approx(2 / dimension, abs=1e-6)


def test_centralisation_is_one_for_a_star_and_none_for_equals():
    assert structure.centralisation(nx.star_graph(7)) == pytest.approx(1)
    assert structure.centralisation(nx.cycle_graph(8)) == 0 == structure.centralisation(nx.complete_graph(8))


def test_the_karate_club():
    """Freeman's centralisation and the modularity of the two factions: Zachary (1977), Newman and Girvan (2004)."""
    club = nx.karate_club_graph()
    for _, data in club.nodes(data=True):
        data["community"] = data["club"]
    for _, _, data in club.edges(data=True):
        del data["weight"]
    assert structure.modularity(club) == pytest.approx(0.3582, abs=1e-4)  # of the split as it is in the data
    assert structure.modularity(club, structure.found_communities(club)) == pytest.approx(0.42, abs=0.01)
    assert structure.centralisation(club) == pytest.approx(0.3996, abs=1e-4)
    assert structure.clustering(club) == pytest.approx(0.2557, abs=1e-4)
    assert structure.mean_path(club) == pytest.approx(2.4082, abs=1e-4)
    assert structure.bottleneck(club) == pytest.approx(0.4376, abs=1e-4)


@pytest.mark.parametrize(("graph", "threshold"), [
    (nx.complete_graph(16), 0.0667), (nx.star_graph(15), 0.2582), (nx.balanced_tree(2, 3), 0.4370),
    (nx.cycle_graph(16), 0.5),
])  # fmt: skip
def test_epidemic_thresholds(graph, threshold):
    """What spreads dies out below one over the spectral radius: Wang et al. (2003)."""
    assert 1 / structure.spectral_radius(graph) == pytest.approx(threshold, abs=1e-4)


@pytest.mark.parametrize("lost", [0.2, 0.4, 0.6])
def test_percolation(lost):
    """Random removal from random graphs of mean degree 4: S = (1 - f) (1 - exp(-4 S)), Erdos and Renyi (1960)."""
    shares = []
    for seed in range(3):
        graph = nx.fast_gnp_random_graph(2000, 4 / 1999, seed=seed)
        now = Structure(graph)
        for seat in np.random.default_rng(seed).permutation(2000)[: int(2000 * lost)].tolist():
            now.leave(seat)
        shares.append(structure.giant_share(now.graph) * (1 - lost))
    expected = {0.2: 0.7620, 0.4: 0.5272, 0.6: 0.2568}[lost]
    assert np.mean(shares) == pytest.approx(expected, abs=0.03)


def test_a_tree_is_krackhardts_ideal_and_each_flaw_lowers_its_own_dimension():
    tree = nx.DiGraph((seat, (seat - 1) // 3) for seat in range(1, 13))

    def four(graph):
        return (structure.connectedness(graph), structure.one_sidedness(graph), structure.efficiency(graph),
                structure.least_upper_bounds(graph))  # fmt: skip

    assert four(tree) == (1, 1, 1, 1)
    apart, mutual, extra, two_heads = tree.copy(), tree.copy(), tree.copy(), tree.copy()
    apart.remove_edge(1, 0)
    assert four(apart)[0] < 1 == four(apart)[1]
    mutual.add_edge(0, 1)
    assert four(mutual)[1] < 1 == four(mutual)[0] == four(mutual)[2]
    extra.add_edge(12, 0)
    assert four(extra)[2] < 1 == four(extra)[3]
    two_heads.add_edge(4, 13)
    assert four(two_heads)[3] < 1 == four(two_heads)[2]


def test_common_bosses_of_too_many_are_not_looked_for():
    with pytest.raises(SocietyError, match="5,000"):
        structure.least_upper_bounds(nx.empty_graph(5001))


def test_built_in_organisations():
    teams = hierarchical(9, None, teams=True)
    assert (structure.depth(teams), structure.bosses(teams), structure.widest_span(teams)) == (2, 3, 4)
    assert structure.formal_share(teams) == structure.reciprocity(teams) == 1
    assert structure.algebraic_connectivity(flat(9, None)) == pytest.approx(9 / 8)
    assert structure.depth(flat(9, None)) == 0
    assert math.isnan(structure.span(flat(9, None)))
    federation = federated(9, None)
    assert structure.modularity(federation) == pytest.approx(18 / 24 - 3 * (8 / 24) ** 2)
    assert structure.formal_share(federation) == pytest.approx(6 / 12)


def test_chains_and_circles_of_any_length():
    chain = nx.DiGraph()
    chain.add_edges_from(((seat, seat + 1) for seat in range(3000)), kind="report")
    assert structure.depth(chain) == 3000
    chain.add_edge(2000, 1000, kind="report")  # 1001 members in a circle: one level
    assert structure.depth(chain) == 3000 - 1000
    assert structure.reachability(chain) == pytest.approx((3001 * 3000 / 2 + 1001 * 1000 / 2) / (3001 * 3000))


def test_samples_are_near_what_they_stand_for():
    graph = nx.barabasi_albert_graph(400, 3, seed=2)
    exact = structure.betweenness(graph)
    assert structure.bottleneck(graph, sources=100) == pytest.approx(exact.max(), rel=0.25)
    assert structure.bottleneck(graph, sources=100) == structure.bottleneck(graph, sources=100)
    assert structure.mean_path(graph, sources=100) == pytest.approx(structure.mean_path(graph), rel=0.05)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_the_smallest_graphs_have_no_shares(size):
    graph = nx.empty_graph(size)
    for name in ("density", "reciprocity", "centralisation", "clustering", "modularity", "span", "mean_path"):
        if not (name == "density" and size == 2):
            assert math.isnan(getattr(structure, name)(graph)), name
    assert structure.depth(graph) == structure.ties(graph) == 0
    assert structure.components(graph) == size
    assert Ties.of(graph).members == size


def _rows(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.data
def test_the_manufacturing_company(data):
    """Nurek and Michalski (2020): the lines of reporting, and how many mails run along them."""
    nodes = _rows(data / "org_manufacturing_nodes.csv.gz")
    number = {row["id"]: seat for seat, row in enumerate(nodes)}
    company = nx.DiGraph()
    company.add_nodes_from(range(len(nodes)))
    company.add_edges_from(((number[row["id"]], number[row["reports_to"]]) for row in nodes if row["reports_to"]),
                           kind="report")  # fmt: skip
    assert company.size() == 153
    assert (structure.depth(company), structure.bosses(company), structure.widest_span(company)) == (5, 34, 13)
    assert structure.span(company) == pytest.approx(4.5)
    assert structure.least_upper_bounds(company) == structure.one_sidedness(company) == 1
    now = Structure(company)
    for mail in _rows(data / "org_manufacturing_emails.csv.gz"):
        entry = {"kind": "message", "from": number[mail["src"]], "to": number[mail["dst"]]}
        for _ in range(int(mail["n_emails"])):
            now.take(entry)
    assert now.traffic.messages == 82_876
    assert now.traffic.formality == pytest.approx(0.158, abs=0.0005)
    assert now.traffic.sibling_share == pytest.approx(0.130, abs=0.0005)


@pytest.mark.data
def test_the_workplace(data):
    """Genois and Barrat (2018): three quarters of the time that people spend together is within departments."""
    office = nx.Graph()
    department = {row["id"]: row["department"] for row in _rows(data / "org_workplace2015_nodes.csv.gz")}
    for row in _rows(data / "org_workplace2015_contacts.csv.gz"):
        office.add_edge(row["a"], row["b"], weight=float(row["seconds"]))
    for person, attributes in office.nodes(data=True):
        attributes["community"] = department[person]
    total = sum(seconds for *_, seconds in office.edges(data="weight"))
    inside = sum(seconds for a, b, seconds in office.edges(data="weight") if department[a] == department[b])
    assert len(office) == 217
    assert inside / total == pytest.approx(0.76, abs=0.005)
    assert structure.modularity(office) == pytest.approx(0.62, abs=0.005)
