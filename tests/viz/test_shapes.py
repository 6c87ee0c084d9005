"""Layouts that mean something: federations, matrices, stars; and marks that can be told apart and read."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import hypot

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from society_viz import layout, look
from society_viz.ballots import legend
from society_viz.film import HEIGHT, WIDTH
from society_viz.labels import inscribed
from society_viz.words import number

from society_sim.topologies.federated import federated
from society_sim.topologies.matrix import matrix
from society_sim.topologies.star import star


def laid(graph: nx.DiGraph, lasting: bool = True) -> layout.Layout:
    ties = [(u, v, data["kind"]) for u, v, data in graph.edges(data=True)]
    return layout.arrange(dict(graph.nodes(data=True)), ties, {}, {}, lasting)


def apart(spots: layout.Layout) -> bool:
    """Whether no member stands on another, and all are on the picture."""
    inside = all(x - spots.radii[seat] >= 0 and x + spots.radii[seat] <= WIDTH and y - spots.radii[seat] >= 0
                 and y + spots.radii[seat] <= HEIGHT for seat, (x, y) in spots.spots.items())  # fmt: skip
    return inside and all(hypot(a[0] - b[0], a[1] - b[1]) >= spots.radii[u] + spots.radii[v]
                          for (u, a), (v, b) in combinations(spots.spots.items(), 2))  # fmt: skip


@pytest.mark.parametrize("many", range(2, 14))
def test_communities_are_rings_that_do_not_touch(many: int) -> None:
    graph = federated(5 * many, np.random.default_rng(0), communities=many)
    spots = laid(graph)
    assert spots.shape == "clusters" and apart(spots) and len(spots.regions) == many
    for one, other in combinations(spots.regions, 2):
        assert hypot(one.x - other.x, one.y - other.y) >= one.size + other.size
    for seat, (x, y) in spots.spots.items():
        own = next(region for region in spots.regions if region.community == str(graph.nodes[seat]["community"]))
        assert hypot(own.x - x, own.y - y) + spots.radii[seat] <= own.size


def test_communities_with_names_are_seated_as_those_with_numbers() -> None:
    graph = federated(20, np.random.default_rng(0), communities=4)
    numbered, names = laid(graph), ["East", "North", "South-West", "West"]
    for _, own in graph.nodes(data=True):
        own["community"] = names[own["community"]]
    named = laid(graph)
    assert (named.shape, named.spots, named.radii) == ("clusters", numbered.spots, numbered.radii)
    assert [(region.label, region.community) for region in named.regions] == [(name, name) for name in names]


@pytest.mark.parametrize(("n", "lines", "projects"), [(9, 2, 2), (30, 3, 3), (26, 4, 3), (60, 5, 4)])
def test_a_matrix_is_a_grid_of_lines_and_projects(n: int, lines: int, projects: int) -> None:
    graph = matrix(n, np.random.default_rng(0), lines=lines, projects=projects)
    spots = laid(graph)
    assert spots.shape == "matrix" and apart(spots)
    for axis, what in enumerate(("line", "project")):
        groups: dict[int, list[float]] = {}
        for seat, own in graph.nodes(data=True):
            if own["level"] == 2:
                groups.setdefault(own[what], []).append(spots.spots[seat][axis])
        ranges = sorted((min(group), max(group)) for group in groups.values())
        assert all(before[1] < after[0] for before, after in pairwise(ranges))


def test_a_hub_is_in_the_middle() -> None:
    for n in (4, 9, 30):
        spots = laid(star(n, np.random.default_rng(0)))
        assert apart(spots) and spots.spots[0] == (WIDTH / 2, HEIGHT / 2)


def test_few_who_are_tied_for_good_sit_near_those_they_are_tied_to() -> None:
    graph = nx.DiGraph(nx.connected_caveman_graph(4, 6).to_directed())
    nx.set_edge_attributes(graph, "talk", "kind")
    spots, ring = laid(graph), laid(graph, lasting=False)
    assert apart(spots) and ring.shape == "ring"
    tied, anybody = (np.mean([hypot(*np.subtract(spots.spots[u], spots.spots[v])) for u, v in pairs])
                     for pairs in (graph.edges, combinations(graph, 2)))  # fmt: skip
    assert tied < 0.5 * anybody


@given(st.lists(st.text("abcdefgh ", min_size=1, max_size=12), min_size=1, max_size=7, unique_by=str.casefold))
def test_what_stands_for_an_answer_is_short_and_its_own(labels: list[str]) -> None:
    found = look.letters(labels)
    assert len({one.casefold() for one in found}) == len(labels) and all(1 <= len(one) <= 3 for one in found)


@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), min_size=1, max_size=30))
def test_every_number_is_in_the_row_that_says_so(amounts: list[float]) -> None:
    rows = legend([number(value) for value in amounts], amounts)
    values, given_ = {seat: str(value) for seat, value in enumerate(amounts)}, dict(enumerate(amounts))
    fills = [rows.look(seat, values, given_)[0] for seat in given_]
    assert all(0 <= fill < len(rows.keys) <= len(look.STEPS) for fill in fills)
    ranked = sorted(zip(amounts, fills, strict=True))
    assert [fill for _, fill in ranked] == sorted(fills)  # a larger number is never in a lighter row
    if len({*amounts}) <= len(look.STEPS):
        assert len({*fills}) == len({*amounts})


@given(st.text(min_size=1, max_size=8), st.floats(0.5, 30))
def test_what_is_written_on_a_member_can_be_read_and_stays_on_it(mark: str, radius: float) -> None:
    points = inscribed(mark, radius)
    assert points == 0 or (points >= 5 and 0.62 * points * len(mark) * 100 / 72 <= 2 * radius)


def test_answers_that_name_a_colour_have_it() -> None:
    colours = {key.label: key.colour for key in look.keys(["red", "blue", "green", "gold"])}
    assert len({*colours.values()}) == 4 and colours == {label: look.HUES[label] for label in colours}
    assert {*look.HUES.values()} <= {*look.ANSWERS}
    assert [key.colour for key in look.keys(["gold", "orange"])] == list(look.ANSWERS[:2])  # one colour for two: not so
