"""Invariants: checked when a form is made and before every change, at the seats that it touches alone."""

from __future__ import annotations

import networkx as nx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import (
    Assign,
    Constitute,
    Link,
    Place,
    Reweight,
    ScenarioError,
    Society,
    SocietyError,
    Unlink,
    inline,
    invariants,
    ties,
)
from society_sim.backends.scripted import scripted
from society_sim.topologies.federated import federated
from society_sim.topologies.flat import flat
from society_sim.topologies.hierarchical import hierarchical
from society_sim.topologies.linking_pins import linking_pins
from society_sim.topologies.matrix import matrix


def society(graph, **more):
    return Society(graph, inline(scripted), **more)


def under(boss, seat):
    return [Link(boss, seat, "command"), Link(seat, boss, "report")]


def away(boss, seat):
    return [Unlink(boss, seat), Unlink(seat, boss)]


def state(group):
    graph = group.graph
    return {(u, v, d["kind"], d["weight"]) for u, v, d in graph.edges(data=True)}, dict(graph.nodes(data=True))


TREE = hierarchical(13, None)  # 0 leads 1, 2, 3; 1 leads 4, 5, 6; 2 leads 7, 8, 9; 3 leads 10, 11, 12
FEDERATION = federated(9, None, sealed=True)  # heads 0, 3, 6


@pytest.mark.parametrize(("graph", "changes", "named"), [
    (TREE, [Link(4, 2, "report"), Link(2, 4, "command")], ["tree", "seat 4", "1, 2", "hierarchical"]),
    (TREE, [*away(1, 4)], ["tree", "seat 4", "nobody", "two roots"]),
    (TREE, [*away(1, 4), *under(2, 4)], ["tree", "seat 2", "4 direct reports, more than 3"]),
    (TREE, [*away(0, 1), *away(1, 4), *under(4, 1), *under(0, 4), *under(5, 0)], ["tree", "circle"]),
    (TREE, [Unlink(0, 1)], ["mirrored", "seat 1", "seat 0", "does not command"]),
    (TREE, [Link(4, 5, "command")], ["mirrored", "seat 5", "does not report"]),
    (hierarchical(13, None, depth=2), [*away(0, 3), *away(1, 4), *under(4, 3), *under(0, 4)], [
        "tree", "seat 3", "3 levels"]),
    (matrix(9, None), under(2, 5), ["bosses", "seat 5", "1, 2, 3"]),
    (matrix(9, None), under(5, 0), ["bosses", "circle"]),
    (linking_pins(13, None), [*away(1, 4), *under(2, 4)], ["tree", "seat 2", "more than 3"]),
    (FEDERATION, [Link(1, 4)], ["gateways", "seat 1", "seat 4"]),
    (FEDERATION, [Link(1, 6, "report")], ["delegates", "seat 1", "seat 6", "outside its community"]),
    (FEDERATION, [Place(1, {"community": 1, "head": False})], ["delegates", "seat 1", "outside its community"]),
    (FEDERATION, [Place(0, {"community": 0, "head": False})], ["delegates", "community 0 has no head"]),
    (FEDERATION, [Place(1, {"community": 7, "head": False})], ["delegates", "community 7 has no head"]),
    (FEDERATION, [Place(1, {"head": True})], ["delegates", "seat 1", "without a community"]),
    (federated(9, None), [Unlink(u, v) for u, v in [(0, 3), (3, 0), (0, 6), (6, 0)]], [
        "connected", "cannot be reached"]),
    (FEDERATION, [Unlink(u, v) for u, v in FEDERATION.edges if 1 in (u, v)], ["connected", "seat 1"]),
])  # fmt: skip
def test_a_batch_that_breaks_the_form_is_refused_whole(graph, changes, named):
    chunks: list[bytes] = []
    group = society(graph, write=chunks.append)
    before, entries = state(group), group.record.entries
    with pytest.raises(SocietyError) as refusal:
        group.apply(Assign(0, "model"), *changes)
    for words in (*named, "would break the invariant", f"topology '{graph.graph['name']}'"):
        assert words in str(refusal.value), refusal.value
    assert any(repr(change) in str(refusal.value) for change in changes)
    assert state(group) == before and group.record.entries == entries
    assert invariants.refused(group.graph, [Assign(0, "model"), *changes]) == str(refusal.value)
    assert invariants.refused(group.graph, []) is None


@pytest.mark.parametrize(("graph", "changes"), [
    (TREE, [*under(4, 7), *away(2, 7)]),  # the order within a batch does not matter
    (TREE, [Link(4, 12), Link(12, 4), Reweight(0, 1, 3.0), Place(4, {"level": 9})]),
    (TREE, [*away(0, 1), *away(1, 4), *under(0, 4), *under(4, 1)]),
    (TREE, [*away(0, 1), *away(1, 6), *under(1, 0), *under(2, 6), *away(2, 7), *under(0, 7), *away(0, 3),
            *under(4, 3)]),
    (FEDERATION, [Place(0, {"community": 0, "head": False}), Place(1, {"community": 0, "head": True}), *(
        Unlink(0, head) for head in (3, 6)), *(Unlink(head, 0) for head in (3, 6)), Link(1, 3), Link(3, 1)]),
    (FEDERATION, [Unlink(0, 3), Unlink(3, 0)]),  # there is another way round
    (federated(9, None), [Link(1, 4), Link(4, 1)]),
    (flat(5, None), [Unlink(u, v) for u, v in flat(5, None).edges]),
])  # fmt: skip
def test_what_keeps_the_form_goes_through(graph, changes):
    group = society(graph)
    group.apply(*changes)
    invariants.check(group.graph)


@pytest.mark.parametrize(("graph", "named"), [
    ({"tree": {}}, "two roots"), ({"tree": {"span": 0}}, "span is a whole number from 1, not 0"),
    ({"tre": {}}, "did you mean 'tree'"), ({"tree": {"spam": 1}}, "takes span, depth"),
    ({"connected": {}}, "seat 1 cannot be reached from seat 0"), ([], None),
    ({"bosses": {"most": 1.5}}, "whole number"),
    (["tree"], "mapping"),
])  # fmt: skip
def test_a_graph_that_does_not_keep_its_word(graph, named):
    given = nx.empty_graph(2, nx.DiGraph)
    given.graph["invariants"] = graph
    if named is None:
        society(given)
        return
    with pytest.raises(ScenarioError, match=named):
        society(given)
    group = society(flat(2, None))
    with pytest.raises(ScenarioError, match=named):
        group.reorganise(given)
    assert group.graph.number_of_edges() == 2


def test_a_circle_and_a_headless_community_are_seen_at_the_start():
    circle = nx.DiGraph()
    for seat in range(3):
        circle.add_edge(seat, (seat + 1) % 3, kind="report")
    with pytest.raises(ScenarioError, match="circle: 0 -> 1 -> 2 -> 0"):
        society(invariants.declare(circle, "circle", bosses={}))
    graph = federated(6, None, communities=2)
    graph.nodes[3]["head"] = False
    with pytest.raises(ScenarioError, match="community 1 has no head"):
        society(graph)


def test_another_form_by_decision():
    """Flat becomes a tree, tells so, and from then on is one; and it may give that up again."""
    chunks: list[bytes] = []
    group = society(flat(4, None), write=chunks.append)
    tree = hierarchical(4, None)
    change = [Unlink(u, v) for u, v in flat(4, None).edges]
    change += [Link(u, v, d["kind"]) for u, v, d in tree.edges(data=True)]
    with pytest.raises(SocietyError, match=r"Constitute.* the invariant 'tree' of the new form 'mine': seat 3"):
        group.apply(*change, *away(0, 3), Constitute({"tree": {}}, "mine"))
    with pytest.raises(ScenarioError, match="no invariant 'branch'"):
        group.apply(*change, Constitute({"branch": {}}))
    group.apply(Constitute({"tree": {"span": 3}, "mirrored": {}}, "hierarchical"), *change)
    with pytest.raises(SocietyError, match="topology 'hierarchical'"):
        group.apply(*away(0, 3))
    assert group.frame().graph.graph["invariants"]["tree"] == {"span": 3}
    group.apply(Constitute(), *away(0, 3))
    group.record.flush()
    forms = [entry for entry in map(orjson.loads, b"".join(chunks).splitlines()) if entry["kind"] == "form"]
    assert [(form["name"], form["invariants"]) for form in forms] == [
        ("hierarchical", {"tree": {"span": 3}, "mirrored": {}}), ("", {})]  # fmt: skip


def test_a_breach_that_was_there_may_be_mended_step_by_step():
    graph = ties.directed(invariants.declare(hierarchical(13, None), "mine", tree={}))
    nx.DiGraph.remove_edges_from(graph, [(0, s) for s in (1, 2, 3)] + [(s, 0) for s in (1, 2, 3)])  # seat 0 is lost
    assert invariants.refused(graph, [*under(1, 2)]) is None  # one root less
    assert "two roots" in invariants.refused(graph, [*away(1, 4)])
    with pytest.raises(ScenarioError):
        invariants.check(graph)
    assert invariants.refused(graph, [*away(1, 6), *under(1, 2), *under(1, 3)]) is None  # one root more, two less
    mended = [*away(1, 6), *under(1, 2), *under(1, 3), *under(4, 6)]
    assert invariants.refused(graph, [*mended, Constitute({"tree": {}})], absent={0}) is None
    assert "two roots" in invariants.refused(graph, [*mended, Constitute({"tree": {}})])


class Quake:
    """Something that happens, and asks nobody."""


def test_events_are_not_refused():
    graph = ties.directed(TREE)
    assert invariants.refused(graph, [*away(1, 4)])
    assert invariants.refused(graph, [*away(1, 4), Quake()]) is None


FORMS = [hierarchical(13, None), hierarchical(13, None, depth=3, peers=True), matrix(13, None),
         linking_pins(10, None, size=3),
         federated(12, None), federated(12, None, sealed=True, inside="tree", delegates=2),
         federated(10, None, inside="ring", council="ring")]  # fmt: skip


def whole(graph, changes):
    """Whether *changes* leave what keeps all that it declares, seen on the whole graph."""
    after = graph.copy()
    for change in changes:
        match change:
            case Link(u, v, kind):
                after.add_edge(u, v, kind=kind, weight=1.0)
            case Unlink(u, v):
                after.remove_edge(u, v)
            case Place(seat, attributes):
                after.nodes[seat].clear()
                after.nodes[seat].update(attributes)
    try:
        invariants.check(after)
    except ScenarioError:
        return False
    return True


@given(st.data())
@settings(max_examples=300)
def test_looking_at_the_touched_seats_is_enough(data):
    """Batches drawn at random, most of them small repairs: refused if, and only if, the whole graph would be wrong."""
    graph = ties.directed(data.draw(st.sampled_from(FORMS)))
    seats = st.integers(0, len(graph) - 1)
    edges, batch = set(graph.edges), []
    for _ in range(data.draw(st.integers(1, 5))):
        u, v = data.draw(seats), data.draw(seats)
        match data.draw(st.sampled_from(["move", "talk", "cut", "cut", "place", "swap"])):
            case "talk" if u != v and (u, v) not in edges:
                batch.append(Link(u, v, data.draw(st.sampled_from(["talk", "talk", "report", "command"]))))
                edges.add((u, v))
            case "cut" if edges:
                pair = data.draw(st.sampled_from(sorted(edges)))
                edges.discard(pair)
                batch.append(Unlink(*pair))
            case "move":
                above = [b for b in graph.succ[u] if graph.edges[u, b]["kind"] == "report" and (u, b) in edges]
                boss = above[0] if above else None
                if boss is None or v in (u, boss) or {(u, v), (v, u)} & edges or (boss, u) not in edges:
                    continue
                batch += [*away(boss, u), *under(v, u)]
                edges -= {(u, boss), (boss, u)}
                edges |= {(u, v), (v, u)}
            case "place":
                batch.append(Place(u, dict(graph.nodes[v])))
            case "swap":
                batch += [Place(u, dict(graph.nodes[v])), Place(v, dict(graph.nodes[u]))]
    assert (invariants.refused(graph, batch) is None) == whole(graph, batch), batch


def test_the_cost_is_that_of_the_batch(monkeypatch):
    """Adding, and moving leaves, in a large tree looks at the touched seats and the way above them, no more."""
    graph = ties.directed(hierarchical(4000, None, span=4, depth=8))
    looked = 0

    def counted(self, seat, real=invariants.Overlay.out):
        nonlocal looked
        looked += 1
        return real(self, seat)

    monkeypatch.setattr(invariants.Overlay, "out", counted)
    batch = []
    for seat in range(3000, 3040):
        batch += [*away((seat - 1) // 4, seat), *under(seat - 1500, seat)]
    assert invariants.refused(graph, batch) is None
    assert looked < 40 * 60
