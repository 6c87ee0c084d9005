"""Hierarchical: everyone but the root has exactly one boss."""

from __future__ import annotations

import networkx as nx
import numpy as np

from society_sim.errors import ScenarioError
from society_sim.registry import topology


@topology
def hierarchical(n: int, rng: np.random.Generator, *, span: int = 3, teams: bool = False) -> nx.DiGraph:
    """A tree: bosses command downwards, reports go up; n - 1 ties of kind `command` and as many of kind `report`.

    *span*: with `teams: false` each boss has at most *span* direct reports, and the levels are filled one after
    another from the root, seat 0. With `teams: true` each *span* neighbouring seats are a team whose first seat is its
    head; the heads form teams again in the same way, until one head is left: `n: 9, span: 3` is the 3 x 3
    organisation, in which the root head leads a team of its own and the two other heads report to it.
    Node attribute `level`: 0 for the root, and one more for each step down; in teams, the step at which a seat stops
    being a head.

    Source: committees of committees, Boland (1989), Berg and Paroush (1998).

    >>> sorted(hierarchical(9, None, teams=True).predecessors(0))
    [1, 2, 3, 6]
    >>> [hierarchical(5, None, span=2).nodes[seat]["level"] for seat in range(5)]
    [0, 1, 1, 2, 2]
    """
    least = 2 if teams else 1
    if span < least:
        raise ScenarioError(f"topology 'hierarchical': span is {span}; it must be {least} or more")
    above = _teams(n, span) if teams else _tree(n, span)
    graph = nx.DiGraph()
    graph.add_nodes_from((seat, {"level": level}) for seat, (_, level) in enumerate(above))
    for seat, (boss, _) in enumerate(above[1:], 1):
        graph.add_edge(boss, seat, kind="command")
        graph.add_edge(seat, boss, kind="report")
    return graph


def _tree(n: int, span: int) -> list[tuple[int, int]]:
    """The boss and the level of each seat."""
    above = [(0, 0)]
    for seat in range(1, n):
        boss = (seat - 1) // span
        above.append((boss, above[boss][1] + 1))
    return above


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
