"""Promotion by standing."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from society_sim import Society, inline
from society_sim.frame import Frame, Standing
from society_sim.rewirings.competence import competence
from society_sim.streams import stream
from society_sim.testing import check_rewiring, scripted
from society_sim.topologies.federated import federated
from society_sim.topologies.flat import flat
from society_sim.topologies.hierarchical import hierarchical


def frame(graph, **right):
    graph = graph.copy()
    standing = {seat: Standing(20, 20, right.get(f"m{seat}", 10)) for seat in graph}
    return Frame(5.0, graph, standing)


def applied(graph, changes):
    society = Society(graph, inline(scripted))
    society.apply(*changes)
    return society.graph


def test_contract():
    check_rewiring(competence)
    check_rewiring(competence, margin=0.2, least=1)


@pytest.mark.parametrize("graph", [hierarchical(13, None), hierarchical(9, None, teams=True), federated(9, None)])
def test_the_better_report_changes_places_with_its_boss(graph):
    after = applied(graph, competence(frame(graph, m4=15, m0=20, m1=20, m3=11), stream(1, "r"), margin=0.1))
    boss = 1 if graph.number_of_nodes() == 13 else 3
    if boss == 1:
        assert list(competence(frame(graph, m4=15, m0=20, m1=20), stream(1, "r"), margin=0.1)) == []
        return
    swapped = nx.relabel_nodes(graph, {boss: 4, 4: boss})
    assert {(u, v, d["kind"]) for u, v, d in after.edges(data=True)} == {
        (u, v, d["kind"]) for u, v, d in swapped.edges(data=True)}  # fmt: skip


def test_nobody_moves_without_a_reason():
    tree = hierarchical(13, None)
    assert list(competence(frame(tree), stream(1, "r"), margin=0.05)) == []
    assert list(competence(frame(tree, m4=20), stream(1, "r"), least=21)) == []
    assert list(competence(frame(flat(5, None), m4=20), stream(1, "r"))) == []


def test_one_place_at_a_time_from_the_top():
    tree = hierarchical(13, None)  # 0 leads 1, 2, 3; 1 leads 4, 5, 6
    after = applied(tree, competence(frame(tree, m1=15, m4=20, m0=10), stream(1, "r"), margin=0.1))
    assert sorted(after.pred[1]) == [0, 2, 3] and sorted(after.pred[0]) == [1, 4, 5, 6]


@pytest.mark.slow
@pytest.mark.parametrize(("tasks", "expected"), [(10, 0.685), (50, 0.863), (100, 0.939), (200, 0.986)])
def test_the_better_of_two_leads(tasks, expected):
    """Accuracies .75 and .65: P(more right answers) + P(as many) / 2."""
    luck, trials = np.random.default_rng(3), 3000
    tree = hierarchical(2, None)
    right = luck.binomial(tasks, (0.65, 0.75), size=(trials, 2))
    promoted = 0
    for trial, (boss, report) in enumerate(right.tolist()):
        here = Frame(1.0, tree, {0: Standing(tasks, tasks, boss), 1: Standing(tasks, tasks, report)})
        promoted += bool(list(competence(here, stream(trial, "r"))))
    assert promoted / trials == pytest.approx(expected, abs=3.3 * (expected * (1 - expected) / trials) ** 0.5)
