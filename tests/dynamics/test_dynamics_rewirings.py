"""What each rewiring does to a society."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Society, inline
from society_sim.changes import Join, Leave
from society_sim.errors import ScenarioError
from society_sim.frame import Frame, Said, Standing, Use, Verdict
from society_sim.proposals import together
from society_sim.registry import rewiring
from society_sim.rewirings.positions import chosen
from society_sim.streams import stream
from society_sim.testing import scripted
from society_sim.topologies.federated import federated
from society_sim.topologies.flat import flat
from society_sim.topologies.hierarchical import hierarchical

INFORMAL = ("homophily", "triadic_closure", "preferential_attachment", "decay", "trust", "bounded_confidence")


def society_of(graph):
    return Society(graph, {"model": inline(scripted), "other": inline(scripted)}, seed=1)


def evolve(society, name, times, *, standing=None, facts=None, **parameters):
    """Let a rewiring act at times 1, 2, ..."""
    part = rewiring.get(name).function
    for number in range(times):
        frame = Frame(number + 1.0, society.graph, standing or society.frame().standing, number=number,
                      before=float(number), present=society.presence.seats, **(facts or {}))  # fmt: skip
        society.apply(*together(part(frame, stream(5, name, number), **parameters)))
    return society.graph


def skilled(n, order=lambda seat: seat):
    return {seat: Standing(100, 100, 20 + order(seat)) for seat in range(n)}


def bosses(graph):
    return {u: v for u, v, kind in graph.edges(data="kind") if kind == "report"}


@settings(max_examples=40)
@given(st.integers(2, 22), st.integers(1, 4), st.sampled_from(["flat", "tree", "federated", "ring", "none"]),
       st.integers(0, 9), st.booleans())  # fmt: skip
def test_any_form_becomes_a_valid_tree(n, span, form, luck, talk):
    graphs = {"flat": flat(n, None), "tree": hierarchical(n, None, span=5), "federated": federated(n, None),
              "ring": nx.cycle_graph(n) if n > 2 else nx.path_graph(n), "none": nx.empty_graph(n)}  # fmt: skip
    society = society_of(graphs[form])
    leaving = [seat for seat in range(n) if (seat * 7 + luck) % 5 == 0 and n > 6]
    society.apply(*map(Leave, leaving))
    graph = evolve(society, "hierarchy_by_competence", 40, standing=skilled(n), span=span, rate=3.0, talk=talk)
    there = list(society.presence.seats)
    up = bosses(graph)
    assert len(up) == len(there) - 1 == sum(kind == "command" for *_, kind in graph.edges(data="kind"))
    assert all(graph.edges[v, u]["kind"] == "command" for u, v in up.items())
    assert max([list(up.values()).count(boss) for boss in there], default=0) <= span
    lines = nx.DiGraph(up.items())
    assert nx.is_directed_acyclic_graph(lines)
    assert all(graph.nodes[low]["level"] == graph.nodes[high]["level"] + 1 for low, high in up.items())
    if form != "federated" and not talk:
        assert graph.number_of_edges() == 2 * len(up) or form == "ring"


def test_who_stands_better_sits_higher_and_one_at_a_time():
    society = society_of(flat(13, None))
    standing = skilled(13, lambda seat: 5 * seat % 13)
    graph = evolve(society, "hierarchy_by_competence", 3, standing=standing, rate=1.0)
    assert len(bosses(graph)) == 3
    evolve(society, "hierarchy_by_competence", 20, standing=standing, rate=1.0)
    up = bosses(society.graph)
    assert all(standing[low].right < standing[high].right for low, high in up.items()) and len(up) == 12
    assert not list(rewiring.get("hierarchy_by_competence").function(
        Frame(9.0, flat(4, None), skilled(4)), stream(1, "x"), least=101))  # fmt: skip


@pytest.mark.parametrize("mesh", [True, False])
def test_a_tree_becomes_flat_again(mesh):
    society = society_of(hierarchical(13, None))
    graph = evolve(society, "flattening", 30, mesh=mesh, rate=0.5)
    assert not bosses(graph) and {kind for *_, kind in graph.edges(data="kind")} == {"talk"}
    assert graph.number_of_edges() == (13 * 12 if mesh else 24) and nx.is_strongly_connected(graph)
    assert not any("level" in data for _, data in graph.nodes(data=True))


@settings(max_examples=20)
@given(st.sampled_from(INFORMAL), st.integers(0, 50))
def test_formal_lines_stay_and_nobody_loses_its_last_tie(name, luck):
    graph = hierarchical(12, None)
    graph.add_edges_from(nx.gnp_random_graph(12, 0.3, seed=luck, directed=True).edges - graph.edges)
    society = society_of(graph)
    before = bosses(society.graph)
    facts = {"said": {seat: Said("q", seat / 12, 0.0) for seat in range(12)},
             "verdicts": {seat: Verdict("q", seat % 2 == 0, 1e9) for seat in range(12)}}  # fmt: skip
    eager = {"trust": {"cut": 1.0, "spoken": False}, "decay": {"after": 0.0}}.get(name, {"rate": 3.0})
    evolve(society, name, 5, facts=facts, **eager)
    assert bosses(society.graph) == before
    assert all(society.graph.degree(seat) for seat in society.graph)


@settings(max_examples=25)
@given(st.sampled_from(["homophily", "preferential_attachment", "bounded_confidence"]), st.integers(0, 99))
def test_ties_that_move_stay_as_many(name, luck):
    society = society_of(nx.gnp_random_graph(20, 0.2, seed=luck))
    many = society.graph.number_of_edges()
    said = {seat: Said("q", seat % 2 if name == "bounded_confidence" else "AB"[seat % 2], 0.0) for seat in range(20)}
    graph = evolve(society, name, 8, facts={"said": said}, rate=2.0)
    assert graph.number_of_edges() == many and all(graph.has_edge(v, u) for u, v in graph.edges)


def test_homophily_and_bounded_confidence_make_camps():
    for name, value in (("homophily", "AB"), ("bounded_confidence", (0.1, 0.9))):
        society = society_of(nx.watts_strogatz_graph(40, 6, 0.5, seed=3))
        said = {seat: Said("q", value[seat % 2], 0.0) for seat in range(40)}
        unlike = [sum((u - v) % 2 for u, v in society.graph.edges)]
        unlike.append(sum((u - v) % 2 for u, v in evolve(society, name, 40, facts={"said": said}, rate=0.5).edges))
        assert unlike[1] < 0.2 * unlike[0]


def test_triadic_closure_clusters_and_preferential_attachment_makes_hubs():
    ring = nx.watts_strogatz_graph(60, 4, 1.0, seed=2)
    closed = evolve(society_of(ring), "triadic_closure", 30, rate=0.3, give_up=True)
    assert nx.average_clustering(closed.to_undirected()) > 2 * nx.average_clustering(ring)
    assert closed.number_of_edges() == 2 * ring.number_of_edges()
    hubs = evolve(society_of(ring), "preferential_attachment", 60, rate=0.3)
    spread = [np.var(list(dict(degrees).values())) for degrees in (ring.degree, hubs.in_degree)]
    assert spread[1] > 2 * spread[0] and hubs.number_of_edges() == 2 * ring.number_of_edges()


def test_decay_cuts_what_was_not_used():
    society = society_of(nx.cycle_graph(6))
    frame = Frame(10.0, society.graph, {}, number=1, before=9.0, used={(0, 1): Use(8.0, 1), (3, 2): Use(7.0, 2)})
    society.apply(*together(rewiring.get("decay").function(frame, stream(1, "d"), after=5.0, rate=1e9)))
    assert society.graph.has_edge(1, 0) and society.graph.has_edge(2, 3)
    assert society.graph.number_of_edges() < 12 and all(society.graph.degree(seat) for seat in range(6))


def test_trust_tends_to_the_accuracy_of_who_speaks_and_cuts_the_rest():
    society = society_of(nx.complete_graph(3))
    luck = np.random.default_rng(1)
    part = rewiring.get("trust").function
    for number in range(400):
        verdicts = {seat: Verdict("q", bool(luck.random() < p), number + 0.5) for seat, p in enumerate((0.9, 0.6, 0.0))}
        used = {pair: Use(number + 0.2, number + 1) for pair in society.graph.edges if pair != (0, 2)}
        frame = Frame(number + 1.0, society.graph, {}, number, float(number), verdicts=verdicts, used=used)
        society.apply(*together(part(frame, None, rate=0.05, cut=0.1)))
    weights = {pair: society.graph.edges[pair]["weight"] for pair in society.graph.edges}
    assert weights[0, 1] == pytest.approx(0.9, abs=0.2) and weights[1, 0] == pytest.approx(0.6, abs=0.25)
    assert weights[0, 2] == 1.0  # never used
    assert (2, 0) not in weights and (2, 1) not in weights


def test_regrouping_gives_each_team_somebody_who_knows_and_then_rests():
    society = society_of(flat(12, None))
    traits = {seat: {"knows": ["law"] if seat in (3, 7, 9) else ["art"]} for seat in range(12)}
    facts = {"traits": traits, "facts": {"category": "law"}}
    graph = evolve(society, "regrouping", 1, facts=facts, skill="knows")
    experts = {3, 7, 9}
    assert nx.is_strongly_connected(graph)
    assert all((set(graph.adj[seat]) & experts) or seat in experts for seat in graph)
    many = graph.number_of_edges()
    evolve(society, "regrouping", 3, facts=facts, skill="knows")
    assert graph.number_of_edges() == many == 3 * 4 * 3 + 3 * 2


def test_turnover_at_its_rate_with_and_without_vacancies():
    part = rewiring.get("turnover").function
    frame = Frame(2.0, nx.empty_graph(2000, nx.DiGraph), {}, before=0.0)
    lost = list(part(frame, stream(1, "t"), rate=0.1, models=["a", "b"]))
    assert len(lost) / 2000 == pytest.approx(1 - np.exp(-0.2), abs=0.03)
    assert {change.model for change in lost} == {"a", "b"} and {type(change) for change in lost} == {Join}
    society = society_of(nx.cycle_graph(30))
    evolve(society, "turnover", 30, rate=0.1, vacancy=3.0)
    assert 0 < len(society.presence.left) < 20 and society.presence.joins > 5


def test_positions():
    tree, union = Frame(1.0, hierarchical(13, None), {}), Frame(1.0, federated(9, None), {})
    rng = np.random.default_rng(1)
    assert chosen(tree, rng, "x", "root") == [0] and chosen(tree, rng, "x", "boss") == [0, 1, 2, 3]
    assert chosen(tree, rng, "x", "leaf") == list(range(4, 13)) and len(chosen(tree, rng, "x", "leaf", 0.5)) == 5
    assert chosen(union, rng, "x", "head") == [0, 3, 6] == chosen(union, rng, "x", "gateway")
    for order in ("hub", "broker"):
        assert chosen(Frame(1.0, nx.star_graph(5).to_directed(), {}), rng, "x", order, count=1) == [0]
    assert chosen(tree, rng, "x", "top", count=4) == [0, 1, 2, 3]
    assert chosen(tree, rng, "x", "random", seats=[5, 2]) == [2, 5]
    assert chosen(Frame(1.0, flat(4, None), {}), rng, "x", "root") == []
    with pytest.raises(ScenarioError, match="rewiring 'x'"):
        chosen(tree, rng, "x", "random", seats=[99])
    for wrong in ({"share": 1.5}, {"count": -1}):
        with pytest.raises(ScenarioError, match="rewiring 'removal'"):
            rewiring.get("removal").function(tree, rng, at=0.0, **wrong)


@pytest.mark.parametrize("name", ["removal", "substitution", "corruption"])
def test_a_shock_happens_once_at_its_time(name):
    society = society_of(hierarchical(13, None))
    given = {} if name == "removal" else {"model": "other"}
    happened = []
    for number in range(6):
        frame = society.frame(number, 0.75 * number)
        frame = Frame(0.75 * (number + 1), frame.graph, {}, number=number, before=frame.before, models=frame.models)
        changes = list(rewiring.get(name).function(frame, stream(1, "s"), at=2.5, position="boss", share=1.0, **given))
        happened.append(len(changes))
    assert happened == [0, 0, 0, 4, 0, 0]
