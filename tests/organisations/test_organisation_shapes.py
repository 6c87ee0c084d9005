"""The shape of each form: who commands whom, who talks to whom, what each seat is told of its place."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim import Outcome, Question, ScenarioError, Society, inline
from society_sim.backends.scripted import scripted
from society_sim.mechanisms.relay import relay
from society_sim.streams import stream
from society_sim.topologies.federated import federated
from society_sim.topologies.hierarchical import hierarchical
from society_sim.topologies.linking_pins import linking_pins
from society_sim.topologies.matrix import matrix
from society_sim.topologies.random import random
from society_sim.topologies.ring import ring
from society_sim.topologies.scale_free import scale_free
from society_sim.topologies.small_world import small_world
from society_sim.topologies.star import star

SMALL_WORLD = "3a1f1b11fec4d589"
SIZES = st.integers(1, 80)


def kinds(graph, kind):
    return {(u, v) for u, v, k in graph.edges(data="kind") if k == kind}


def bosses(graph, seat):
    return sorted(v for u, v in kinds(graph, "report") if u == seat)


@given(SIZES, st.integers(1, 6), st.booleans())
def test_a_tree_by_depth_is_no_deeper_and_no_wider_than_it_must(n, depth, teams):
    graph = hierarchical(n, None, depth=depth, teams=teams)
    ways = nx.single_source_shortest_path_length(nx.DiGraph(kinds(graph, "command")) if n > 1 else graph, 0)
    assert max(ways.values()) <= depth and len(ways) == n
    span = max((d for _, d in nx.DiGraph(kinds(graph, "command")).out_degree), default=0)
    if not teams and span > 1:
        with pytest.raises(ScenarioError, match=f"{n} members do not fit"):
            hierarchical(n, None, depth=depth, span=span - 1)


@given(SIZES, st.integers(2, 5), st.booleans())
def test_peers_are_those_of_one_boss_and_level(n, span, teams):
    plain = hierarchical(n, None, span=span, teams=teams)
    graph = hierarchical(n, None, span=span, teams=teams, peers=True)
    assert set(plain.edges) == kinds(graph, "command") | kinds(graph, "report")
    place = {seat: (bosses(graph, seat), graph.nodes[seat]["level"]) for seat in graph}
    assert kinds(graph, "talk") == {(u, v) for u in graph for v in graph if u != v and u and v and place[u] == place[v]}


@given(SIZES, st.integers(1, 4), st.integers(1, 4))
def test_a_matrix_has_two_bosses_each_and_even_cells(n, lines, projects):
    graph = matrix(n, None, lines=lines, projects=projects)
    cells = []
    for seat in graph:
        level = graph.nodes[seat]["level"]
        above = bosses(graph, seat)
        assert above == ([] if seat == 0 else [0] if level == 1 else above) and len(above) == level
        if level == 2:
            line, project = graph.nodes[seat]["line"], graph.nodes[seat]["project"]
            assert above == [1 + line, 1 + lines + project]
            cells.append((line, project))
    counts = [cells.count((line, project)) for line in range(lines) for project in range(projects)]
    assert kinds(graph, "command") == {(v, u) for u, v in kinds(graph, "report")}
    assert max(counts) - min(counts) <= 1


@given(SIZES, st.integers(2, 6))
def test_groups_overlap_in_their_pins_alone(n, size):
    graph = linking_pins(n, None, size=size)
    groups = {}
    for seat, own in graph.nodes(data="groups"):
        for group in own:
            groups.setdefault(group, set()).add(seat)
    for group, members in groups.items():
        assert group in members and len(members) <= size
        assert all(graph.has_edge(u, v) for u in members for v in members if u != v)
        assert all(len(members & others) <= 1 for other, others in groups.items() if other != group)
    within = {(u, v) for members in groups.values() for u in members for v in members if u != v}
    assert set(graph.edges) == within
    assert all(graph.nodes[seat]["head"] == (seat in groups and len(groups[seat]) > 1) for seat in graph)
    assert all(len(own) <= 2 for _, own in graph.nodes(data="groups"))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.data())
def test_federations_of_any_make(sizes, data):
    k, n = len(sizes), sum(sizes)
    first = [sum(sizes[:c]) for c in range(k)]
    heads = [low + data.draw(st.integers(0, size - 1)) for low, size in zip(first, sizes, strict=True)]
    inside = data.draw(st.lists(st.sampled_from(["flat", "star", "ring", "tree"]), min_size=k, max_size=k))
    delegates = data.draw(st.integers(1, 3))
    council = data.draw(st.sampled_from(["complete", "ring", "star"]))
    graph = federated(n, None, sizes=sizes, heads=heads, inside=inside, delegates=delegates, council=council,
                      sealed=True)  # fmt: skip
    Society(graph, inline(scripted))  # all invariants hold
    own = dict(graph.nodes(data="community"))
    assert [list(own.values()).count(c) for c in range(k)] == sizes
    assert [seat for seat in graph if graph.nodes[seat]["head"]] == heads
    sitting = [seat for seat in graph if graph.nodes[seat].get("delegate", graph.nodes[seat]["head"])]
    assert [sum(own[seat] == c for seat in sitting) for c in range(k)] == [min(delegates, size) for size in sizes]
    across = {(u, v) for u, v in graph.edges if own[u] != own[v]}
    expected = {
        "complete": {(u, v) for u in sitting for v in sitting},
        "ring": {(u, v) for a, b in pairwise([*sitting, sitting[0]]) for u, v in ((a, b), (b, a))},
        "star": {(u, v) for b in sitting for u, v in ((sitting[0], b), (b, sitting[0]))},
    }[council]
    assert across == {(u, v) for u, v in expected if own[u] != own[v]}
    for seat in graph:  # reports lead to the head
        way = [seat]
        while above := bosses(graph, way[-1]):
            way += above
            assert len(way) <= n
        assert way[-1] == heads[own[seat]]


def test_relay_works_in_federations_of_any_make():
    """Whatever the form within, votes go up to the heads, and one for each community is counted at the top."""
    for inside in ("flat", "star", "ring", "tree"):
        graph = federated(12, None, inside=inside)
        said = {seat: "A" if seat < 8 else "B" for seat in range(12)}
        society = Society(graph, lambda query, said=said: f"ANSWER: {said[query.member]}", seed=1)

        def agenda(society=society):
            return (yield from society.settle(Question("q", "A or B?", ("A", "B")), relay))

        outcome = society.run(agenda())
        assert isinstance(outcome, Outcome) and outcome.decision == "A"


def test_small_worlds_are_drawn_as_they_always_were():
    """One digest for each: a change here changes every published run on a small world."""
    drawn = small_world(60, stream(5, "t"), k=6, p=0.2)
    assert sha256(repr(sorted(drawn.edges)).encode()).hexdigest()[:16] == SMALL_WORLD


@pytest.mark.parametrize("draw", range(20))
def test_random_graphs_are_mended_with_one_tie_for_each_piece_too_many(draw):
    loose = random(60, stream(draw, "t"), degree=1.5, connected=False)
    whole = random(60, stream(draw, "t"), degree=1.5)
    pieces = nx.number_weakly_connected_components(loose)
    assert pieces > 1 and nx.is_strongly_connected(whole)
    assert set(loose.edges) < set(whole.edges)
    assert whole.number_of_edges() - loose.number_of_edges() == 2 * (pieces - 1)


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 10**6))
def test_newcomers_tie_themselves_to_different_ones_before_them(n, m, seed):
    graph = scale_free(n, stream(seed, "t"), m=m)
    m = min(m, n - 1)
    before = {seat: [v for v in graph.succ[seat] if v < seat] for seat in graph}
    assert all(len(before[seat]) == (m if seat > m else min(seat, 1)) for seat in graph)
    assert nx.is_strongly_connected(graph)


@pytest.mark.parametrize(("call", "told"), [
    (lambda: hierarchical(5, None, span=0), "span is a whole number of 1 or more, not the number 0"),
    (lambda: hierarchical(5, None, depth=0), "depth is 0"),
    (lambda: hierarchical(14, None, span=3, depth=2), "14 members do not fit a tree of span 3 and depth 2, .* for 13"),
    (lambda: hierarchical(10, None, span=3, depth=2, teams=True), "room for 9"),
    (lambda: matrix(5, None, lines=0), "lines is a whole number of 1 or more, not the number 0"),
    (lambda: linking_pins(5, None, size=1), "size is a whole number of 2 or more"),
    (lambda: star(5, None, hub=5), "hub is seat 5; seats are 0 to 4"),
    (lambda: random(5, stream(1, "t"), p=1.5), "p is a number from 0 to 1"),
    (lambda: random(5, stream(1, "t"), p=-0.1), "p is a number from 0"),
    (lambda: random(5, stream(1, "t"), degree=-1), "degree"),
    (lambda: scale_free(5, stream(1, "t"), m=0), "m is a whole number of 1 or more"),
    (lambda: federated(9, None, sizes=[3, 3]), "are those of 6 members, not of 9"),
    (lambda: federated(9, None, sizes=[9, 0]), r"sizes\[1\] is 0"),
    (lambda: federated(9, None, heads=[0, 3]), "2 heads are given for 3 communities"),
    (lambda: federated(9, None, heads=[0, 2, 6]), r"heads\[1\] is seat 2, outside its community, .* seats 3 to 5"),
    (lambda: federated(9, None, inside=["flat"]), "1 forms are given inside 3"),
    (lambda: federated(9, None, delegates=0), "delegates is a whole"),
    (lambda: federated(9, None, span=0), "span is a whole"),
    (lambda: small_world(5, stream(1, "t"), p=1.5), "p is a number from 0 to 1"),
])  # fmt: skip
def test_what_cannot_be(call, told):
    with pytest.raises(ScenarioError, match=told):
        call()


def test_rings_of_few():
    assert [sorted(ring(n, None).edges) for n in (1, 2)] == [[], [(0, 1), (1, 0)]]
    assert ring(2, None, one_way=True).number_of_edges() == 2
