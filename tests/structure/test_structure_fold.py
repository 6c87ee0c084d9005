"""The fold over a record: after any changes, what it keeps equals what is computed from scratch."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from society_sim import Scenario, run, structure
from society_sim.errors import SocietyError
from society_sim.structure import Structure, Ties
from society_sim.structure.over_time import STATE

SEATS = 7
seats = st.integers(0, SEATS - 1)
kinds = st.sampled_from(["talk", "command", "report", "gossip"])
weights = st.sampled_from([0.5, 1.0, 2.0])
communities = st.sampled_from([None, "a", "b", 3])
PAIRS = [(u, v) for u in range(SEATS) for v in range(SEATS) if u != v]
SCRATCH = {name: getattr(structure, name) for name in STATE if hasattr(structure, name)}
LEFT_OUT = {"members", "found_modularity"}


class Changing(RuleBasedStateMachine):
    """Entries of a record, followed by the fold and, in a plain way, by NetworkX."""

    @initialize(ties=st.dictionaries(st.sampled_from(PAIRS), st.tuples(kinds, weights), max_size=20),
                named=st.lists(communities, min_size=SEATS, max_size=SEATS))  # fmt: skip
    def begin(self, ties, named):
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from((seat, {"community": name}) for seat, name in enumerate(named))
        self.graph.add_edges_from((u, v, {"kind": kind, "weight": w}) for (u, v), (kind, w) in ties.items())
        self.now = Structure.of_entry(self._entry())

    def _entry(self):
        ties = [(u, v, data["kind"], data["weight"]) for u, v, data in self.graph.edges(data=True)]
        nodes = {str(seat): dict(self.graph.nodes[seat]) for seat in self.graph}
        return {"kind": "graph", "nodes": nodes, "ties": ties}

    @rule(pair=st.sampled_from(PAIRS), kind=kinds, weight=weights)
    def link(self, pair, kind, weight):
        entry = {"kind": "link", "source": pair[0], "target": pair[1], "tie": kind, "weight": weight}
        if self.graph.has_edge(*pair) or not {*pair} <= {*self.graph}:
            with pytest.raises(SocietyError):
                self.now.take(entry)
        else:
            self.now.take(entry)
            self.graph.add_edge(*pair, kind=kind, weight=weight)

    @rule(data=st.data(), weight=weights, gone=st.booleans())
    @precondition(lambda self: self.graph.size())
    def unlink_or_reweight(self, data, weight, gone):
        u, v = data.draw(st.sampled_from(sorted(self.graph.edges)))
        self.now.take({"kind": "unlink" if gone else "reweight", "source": u, "target": v, "weight": weight})
        if gone:
            self.graph.remove_edge(u, v)
        else:
            self.graph.edges[u, v]["weight"] = weight

    @rule(seat=seats)
    def leave_or_join(self, seat):
        if seat in self.graph:
            self.now.take({"kind": "leave", "member": seat})
            self.graph.remove_node(seat)
        else:
            self.now.take({"kind": "join", "member": seat})
            self.graph.add_node(seat)
            self.now.take({"kind": "place", "member": seat, "attributes": {}})

    @rule(seat=seats, name=communities)
    def place(self, seat, name):
        if seat in self.graph:
            self.now.take({"kind": "place", "member": seat, "attributes": {"community": name, "level": 1}})
            self.graph.nodes[seat]["community"] = name

    @rule()
    @precondition(lambda self: len(self.graph) == SEATS)
    def reorganised(self):
        self.now.take(self._entry())

    @rule(pair=st.sampled_from(PAIRS))
    def message(self, pair):
        def over(u):
            lines = {(u, v) if kind == "report" else (v, u)
                     for u, v, kind in self.graph.edges(data="kind") if kind in ("report", "command")}  # fmt: skip
            return {high for low, high in lines if low == u}

        if not {*pair} <= {*self.graph}:
            return
        before = self.now.traffic.along, self.now.traffic.siblings
        self.now.take({"kind": "message", "from": pair[0], "to": pair[1], "words": "x"})
        u, v = pair
        line = v in over(u) or u in over(v)
        sibling = not line and bool(over(u) & over(v))
        assert (self.now.traffic.along, self.now.traffic.siblings) == (before[0] + line, before[1] + sibling)

    @invariant()
    def equals_what_is_computed_from_scratch(self):
        if not hasattr(self, "now"):
            return
        fresh = Ties.of(self.graph)
        assert self.now.members == len(self.graph)
        for name in SCRATCH:
            assert STATE[name](self.now) == pytest.approx(SCRATCH[name](fresh), abs=1e-9, nan_ok=True), name


BRIEF = settings(max_examples=5, stateful_step_count=15, phases=[Phase.generate])  # to shrink takes long


@pytest.mark.slow
def test_the_fold_equals_what_is_computed_from_scratch():
    run_state_machine_as_test(Changing, settings=BRIEF)


@pytest.mark.slow
def test_it_does_so_for_many_more_histories():
    run_state_machine_as_test(Changing, settings=settings(BRIEF, max_examples=30, stateful_step_count=30))


def test_every_measure_of_the_state_is_compared():
    assert set(STATE) == SCRATCH.keys() | LEFT_OUT


def test_a_large_graph_follows_its_changes_too():
    """Beyond the sizes at which everything is computed anew: warm starts, sparse components, many free places."""
    luck = np.random.default_rng(3)
    graph = nx.watts_strogatz_graph(600, 8, 0.2, seed=3).to_directed()
    nx.set_edge_attributes(graph, "talk", "kind")
    graph.add_edges_from(((seat, (seat - 1) // 4) for seat in range(1, 600)), kind="report")
    now = Structure(graph, tolerance=1e-7)
    now.algebraic_connectivity, now.triangles, now.depth  # noqa: B018
    for _ in range(4):
        for u, v in luck.permutation(sorted(graph.edges))[:150].tolist():
            now.unlink(u, v)
            graph.remove_edge(u, v)
        for u, v in luck.integers(600, size=(150, 2)).tolist():
            if u != v and not graph.has_edge(u, v):
                now.link(u, v, "report" if u < v else "talk")
                graph.add_edge(u, v, kind="report" if u < v else "talk")
        fresh = Ties.of(graph)
        for name in ("ties", "clustering", "depth", "span", "reachability", "formal_share", "algebraic_connectivity"):
            assert STATE[name](now) == pytest.approx(SCRATCH[name](fresh), abs=1e-6), name


@pytest.mark.parametrize("entry", [
    {"kind": "unlink", "source": 0, "target": 2}, {"kind": "reweight", "source": 0, "target": 9, "weight": 1.0},
    {"kind": "link", "source": 0, "target": 0}, {"kind": "link", "source": 0, "target": 1},
    {"kind": "link", "source": 0, "target": 9}, {"kind": "leave", "member": 9}, {"kind": "join", "member": 9},
    {"kind": "place", "member": -1, "attributes": {}},
])  # fmt: skip
def test_changes_that_make_no_sense_are_refused(entry):
    with pytest.raises(SocietyError):
        Structure(nx.path_graph(3)).take(entry)


def test_a_tie_of_nobody_is_refused():
    with pytest.raises(SocietyError, match="not one of 0 to 1"):
        Structure.of_entry({"kind": "graph", "nodes": {"0": {}, "1": {}}, "ties": [[0, 2, "talk", 1.0]]})


def test_who_replaces_a_member_takes_over_its_ties():
    now = Structure(nx.path_graph(3))
    now.take({"kind": "join", "member": 1, "model": "new", "attributes": {"community": "b"}})
    assert (now.members, now.ties, now.graph.community.tolist()) == (3, 4, [-1, 0, -1])


def test_another_graph_brings_nobody_back():
    graph = {"kind": "graph", "nodes": {"0": {}, "1": {}, "2": {}}, "ties": [[0, 1, "talk", 1.0]]}
    now = Structure.of_entry(graph)
    for entry in ({"kind": "leave", "member": 2}, graph):
        now.take(entry)
    assert (now.members, now.graph.there.tolist()) == (2, [True, True, False])


def test_structure_is_measured_while_members_are_replaced():
    base = Scenario.read("second_look", ["population.size=9", "task.rounds=6", "measures=[density, components]"])
    still = run(base, seed=1, out=None).measures
    for vacancy, same in ((0.0, True), (2.0, False)):
        found = run(base.set("rewiring", {"turnover": {"rate": 0.3, "vacancy": vacancy}}), seed=1, out=None)
        assert any(entry["kind"] == "join" for entry in found.record)
        assert (found.measures == still) == same
