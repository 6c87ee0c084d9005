"""What a form keeps out of a rewiring's proposals: what breaks it, and nothing else."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Constitute, Link, Place, Scenario, Society, Unlink, inline, invariants, run, ties
from society_sim.backends.scripted import scripted
from society_sim.frame import Frame
from society_sim.overlay import Overlay
from society_sim.proposals import alone, carry_out
from society_sim.registry import rewiring
from society_sim.rewirings.acts import Draft


def society(graph):
    return Society(graph, inline(scripted))


def joined(one, other):
    return Link(one, other), Link(other, one)


def sealed(n=9):
    """Three communities of three in a row each; only the delegates 0, 3, 6 are tied across."""
    graph = nx.Graph([(0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (0, 3), (3, 6)])
    for seat in graph:
        graph.nodes[seat].update(community=seat // 3, head=seat % 3 == 0)
    return invariants.declare(graph, "sealed", gateways={}, connected={})


def test_a_proposal_that_breaks_the_form_does_not_take_the_others_with_it():
    group = society(sealed())
    kept = list(carry_out(group, [joined(0, 2), joined(1, 4), joined(3, 5)]))
    assert [changes for changes, _ in kept] == [joined(1, 4)]
    assert "'gateways'" in kept[0][1] and "seat 1" in kept[0][1] and "seat 4" in kept[0][1]
    assert group.graph.has_edge(2, 0) and group.graph.has_edge(3, 5) and not group.graph.has_edge(1, 4)


def test_they_are_tried_in_order_each_on_what_those_before_have_left():
    ring = invariants.declare(nx.cycle_graph(4), "ring", connected={})
    cuts = [(Unlink(u, v), Unlink(v, u)) for u, v in ((0, 1), (1, 2), (2, 3))]
    for order in (cuts, cuts[::-1]):
        group = society(ring)
        kept = list(carry_out(group, order))
        assert [changes for changes, _ in kept] == order[1:]  # the first cut makes a chain, which none may part


@pytest.mark.parametrize("batch", [
    [*joined(1, 4), *joined(0, 2)], [(*joined(1, 4), *joined(0, 2))],
    [Constitute({"gateways": {}}, "narrow"), *joined(1, 4), Place(1, {})],
])  # fmt: skip
def test_what_belongs_together_is_made_all_or_none(batch):
    group = society(sealed())
    before = set(group.graph.edges), invariants.declared(group.graph)
    ((changes, _),) = carry_out(group, batch)
    assert list(changes) == (list(batch[0]) if isinstance(batch[0], tuple) else batch)
    assert (set(group.graph.edges), invariants.declared(group.graph)) == before


@pytest.mark.slow
@given(st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_carried_out_keeps_the_form_and_what_is_kept_out_would_have_broken_it(data):
    group = society(sealed())
    seats = st.integers(0, 8)
    pairs = data.draw(st.lists(st.tuples(seats, seats).filter(lambda pair: pair[0] < pair[1]), unique=True, max_size=8))
    batch = [tuple((Unlink if group.graph.has_edge(*pair) else Link)(*way) for way in (pair, pair[::-1]))
             for pair in pairs]  # fmt: skip
    refused = [changes for changes, _ in carry_out(group, batch)]
    invariants.check(ties.directed(group.graph))
    again = society(sealed())
    for changes in batch:  # by the whole graph, as it would be
        trial = ties.directed(again.graph)
        unfrozen = nx.DiGraph(trial)
        for change in changes:
            (unfrozen.add_edge if isinstance(change, Link) else unfrozen.remove_edge)(change.source, change.target)
        breaks = next(iter(_wrong(unfrozen)), None) is not None
        if refused:
            assert breaks == (changes in refused), changes
        if changes not in refused:
            again.apply(*changes) if refused else None


def _wrong(graph):
    try:
        invariants.check(ties.directed(graph))
    except Exception as error:
        yield error


def test_looking_at_proposals_one_by_one_does_not_look_at_the_whole_graph(monkeypatch):
    looks, many, out = 0, 3000, Overlay.out

    def counted(self, seat):
        nonlocal looks
        looks += 1
        return out(self, seat)

    graph = nx.circulant_graph(many, [1, 2])
    graph.add_edges_from((seat, many + seat) for seat in range(0, many, 30))  # each on one tie: cutting it parts
    group = society(invariants.declare(nx.convert_node_labels_to_integers(graph, ordering="sorted"), "x", connected={}))
    leaves = [seat for seat in group.graph if len(group.graph.adj[seat]) == 1]
    cuts = [(Unlink(seat, other), Unlink(other, seat)) for seat in leaves for other in group.graph.adj[seat]]
    chords = [(Unlink(seat, seat + 2), Unlink(seat + 2, seat)) for seat in range(0, 600, 7)]
    monkeypatch.setattr(Overlay, "out", counted)
    kept = list(carry_out(group, [*cuts, *chords]))
    assert [changes for changes, _ in kept] == cuts
    assert looks < 100 * len([*cuts, *chords])


@given(st.integers(0, 10**6), st.data())
@settings(max_examples=100, deadline=None)
def test_nobody_loses_the_last_tie_whatever_of_a_draft_is_kept_out(seed, data):
    graph = ties.directed(nx.gnm_random_graph(8, 9, seed=seed))
    draft = Draft(Frame(1.0, graph, {}))
    seats = st.integers(0, 7)
    for act, one, two, three in data.draw(
        st.lists(st.tuples(st.sampled_from("cmt"), seats, seats, seats), max_size=12)
    ):
        if act == "c" and one != two:
            draft.cut(one, two)
        elif act == "t":
            draft.tie(one, two)
        elif len({one, two, three}) == 3:
            draft.move(one, two, three)
    after = nx.DiGraph(graph)
    for changes in draft.changes():
        if data.draw(st.booleans()):
            for change in changes:
                (after.add_edge if isinstance(change, Link) else after.remove_edge)(change.source, change.target)
    assert all(after.degree(seat) for seat in graph if graph.degree(seat))


def test_a_run_goes_on_with_what_the_form_allows_and_its_record_says_what_was_kept_out():
    going = Scenario.of(
        name="sealed", models={"m": "synthetic"}, population={"plain": {"size": 12}}, mechanism="plurality",
        topology={"federated": {"communities": 3, "sealed": True, "inside": "ring"}},
        task={"multiple_choice": {"rounds": 6, "options": 3}}, rewiring={"preferential_attachment": {"rate": 0.5}},
    )  # fmt: skip
    record = list(run(going, seed=1, out=None).record)
    kept = [entry for entry in record if entry["kind"] == "kept"]
    assert kept and any(entry["kind"] == "link" for entry in record)
    for entry in kept:
        assert entry["rewiring"] == "preferential_attachment" and "invariant" in entry["why"]
        assert {change["change"] for change in entry["changes"]} == {"Link", "Unlink"}


def test_what_those_parts_give_that_move_talk_ties_stands_alone():
    frame = Frame(1.0, ties.directed(nx.random_regular_graph(6, 20, seed=1)), {})
    for name in ("preferential_attachment", "triadic_closure"):
        given = alone(rewiring.get(name).function(frame, np.random.default_rng(1), rate=2.0))
        assert len(given) > 3 and all(len(some) in (2, 4) for some in given)
