"""Hierarchical: everyone but the root has exactly one boss."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np

from society_sim.bounds import Natural, Positive
from society_sim.errors import ScenarioError
from society_sim.invariants import declare
from society_sim.registry import topology
from society_sim.topologies import drawing


@topology
def hierarchical(
    n: int,
    rng: np.random.Generator,
    *,
    span: Positive | None = None,
    depth: Natural | None = None,
    teams: bool = False,
    peers: bool = False,
) -> nx.DiGraph:
    """A tree: bosses command downwards, reports go up; n - 1 ties of kind `command` and as many of kind `report`.

    *span*: with `teams: false` each boss has at most *span* direct reports, and the levels are filled one after
    another from the root, seat 0. With `teams: true` each *span* neighbouring seats are a team whose first seat is its
    head; the heads form teams again in the same way, until one head is left: `n: 9, span: 3` is the 3 x 3
    organisation, in which the root head leads a team of its own and the two other heads report to it.
    *depth*: at most so many levels below the root. With *depth* alone the span is the smallest that has room for all;
    with both, an organisation too large for them is an error; with neither, the span is 3.
    *peers*: those who share a boss and a level also speak to one another, ties of kind `talk`.
    Node attribute `level`: 0 for the root, and one more for each step down; in teams, the step at which a seat stops
    being a head.

    Invariants: `tree` (with *span*, but in teams, where a head leads a team on every step; with *depth*, if given) and
    `mirrored`. Source: committees of committees, Boland (1989), Berg and Paroush (1998); span of control, Graicunas
    (1933).

    >>> sorted(hierarchical(9, None, teams=True).predecessors(0))
    [1, 2, 3, 6]
    >>> [hierarchical(5, None, span=2).nodes[seat]["level"] for seat in range(5)]
    [0, 1, 1, 2, 2]
    >>> sorted(hierarchical(31, None, depth=2).successors(0))
    [1, 2, 3, 4, 5]
    """
    span = _span(n, span, depth, teams)
    above = _teams(n, span) if teams else drawing.tree(n, span)
    graph = nx.DiGraph()
    graph.add_nodes_from((seat, {"level": level}) for seat, (_, level) in enumerate(above))
    for seat, (boss, _) in enumerate(above[1:], 1):
        graph.add_edge(boss, seat, kind="command")
        graph.add_edge(seat, boss, kind="report")
    if peers:
        groups: dict[tuple[int, int], list[int]] = {}
        for seat, place in enumerate(above[1:], 1):
            groups.setdefault(place, []).append(seat)
        drawing.mutual(graph, itertools.chain(*(itertools.combinations(group, 2) for group in groups.values())))
    kept = {"span": None if teams else span, "depth": depth}
    return declare(graph, "hierarchical", tree=kept, mirrored={})


def _span(n: int, span: int | None, depth: int | None, teams: bool) -> int:
    """The span, given or found; `ScenarioError` for what cannot be, or has no room for *n*."""
    least = 2 if teams else 1
    drawing.at_least("hierarchical", least, span=span)
    drawing.at_least("hierarchical", 0 if n == 1 else 1, depth=depth)
    if depth is None:
        return 3 if span is None else span
    if span is None:
        if not teams:
            return drawing.narrowest(n, depth)
        span = next(span for span in itertools.count(least) if span**depth >= n)
    most = span**depth if teams else drawing.room(span, depth, n)
    if most < n:
        raise ScenarioError(f"topology 'hierarchical': {n} members do not fit a tree of span {span} and depth {depth}, "
                            f"which has room for {most}")  # fmt: skip
    return span


def _teams(n: int, span: int) -> list[tuple[int, int]]:
    """The boss and the level of each seat.

    Teams begin at multiples of the span, teams of heads at multiples of its square, and so on; a seat reports to the
    first of the smallest team in which it is not the first itself.
    """
    sizes = [span]
    while sizes[-1] < n:
        sizes.append(sizes[-1] * span)
    above = [(0, 0)]
    for seat in range(1, n):
        step, size = next((step, size) for step, size in enumerate(sizes) if seat % size)
        above.append((seat - seat % size, len(sizes) - step))
    return above
