"""Shortest paths: how long they are, and through whom they run.

Breadth first from many members at once. All sources together cost as many steps as there are members times ties, which
is much for a large graph; *sources* then takes a sample of them, drawn by *seed*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from society_sim.streams import stream
from society_sim.structure.graphs import Floats, Ints, Ties
from society_sim.structure.shape import share

if TYPE_CHECKING:
    import networkx as nx
    from scipy.sparse import csr_array

_BLOCK = 1 << 21
"""Sources times members looked at together."""


@dataclass(frozen=True, slots=True)
class _Front:
    """What is reached in so many steps: from source number *row* member *column*, in so many *ways*."""

    row: Ints
    column: Ints
    ways: Floats

    def matrix(self, values: Floats, shape: tuple[int, int]) -> csr_array:
        from scipy.sparse import csr_array

        return csr_array((values, (self.row, self.column)), shape=shape)


def mean_path(graph: nx.Graph | Ties, *, sources: int = 0, seed: int = 0) -> float:
    """Mean number of ties on the shortest directed path, over the pairs of whom the first can reach the second."""
    own = Ties.of(graph)
    steps = pairs = 0
    for seats in _blocks(own, sources, seed, "mean_path"):
        for step, front in enumerate(_fronts(own, seats)):
            count = len(front.row) if step else 0
            steps, pairs = steps + step * count, pairs + count
    return share(steps, pairs)


def betweenness(graph: nx.Graph | Ties, *, sources: int = 0, seed: int = 0) -> Floats:
    """For each member, the share of ordered pairs of others whose shortest paths run through it: Freeman (1977).

    Of several shortest paths of a pair each counts in part. By the sums of Brandes (2001), and from a sample of sources
    as Brandes and Pich (2007).
    """
    own = Ties.of(graph)
    n, through, used = own.members, np.zeros(own.size), 0
    if n < 3:
        return through
    back = own.directed.T.tocsr()
    for seats in _blocks(own, sources, seed, "betweenness"):
        fronts, shape = list(_fronts(own, seats)), (len(seats), own.size)
        load, handed = np.zeros(shape), np.zeros(shape)
        for far, near in zip(fronts[:0:-1], fronts[-2::-1], strict=True):
            to_near = (far.matrix((1 + load[far.row, far.column]) / far.ways, shape) @ back).tocoo()
            handed[to_near.row, to_near.col] = to_near.data
            load[near.row, near.column] = near.ways * handed[near.row, near.column]
            handed[to_near.row, to_near.col] = 0.0
        load[np.arange(len(seats)), seats] = 0.0
        through += load.sum(axis=0)
        used += len(seats)
    return np.asarray(through * (n / used / ((n - 1) * (n - 2))))


def bottleneck(graph: nx.Graph | Ties, *, sources: int = 0, seed: int = 0) -> float:
    """The largest betweenness of a member: the share of shortest paths that run through it. 1 for the hub of a star.

    >>> import networkx as nx
    >>> bottleneck(nx.star_graph(5)), bottleneck(nx.complete_graph(5))
    (1.0, 0.0)
    """
    own = Ties.of(graph)
    if own.members < 3:
        return float("nan")
    return float(betweenness(own, sources=sources, seed=seed).max())


def _blocks(own: Ties, sources: int, seed: int, purpose: str) -> list[Ints]:
    """The members from which paths are followed, some at a time."""
    seats = np.flatnonzero(own.there)
    if 0 < sources < len(seats):
        seats = np.sort(stream(seed, "structure", purpose).choice(seats, sources, replace=False))
    width = max(1, _BLOCK // max(own.size, 1))
    return [seats[first : first + width] for first in range(0, len(seats), width)]


def _fronts(own: Ties, seats: Ints) -> Iterator[_Front]:
    """What is reached from *seats* in no step, in one, in two, and so on."""
    shape = (len(seats), own.size)
    seen = np.zeros(shape, bool)
    front = _Front(np.arange(len(seats)), seats, np.ones(len(seats)))
    while len(front.row):
        seen[front.row, front.column] = True
        yield front
        ahead = (front.matrix(front.ways, shape) @ own.directed).tocoo()
        new = ~seen[ahead.row, ahead.col]
        front = _Front(ahead.row[new], ahead.col[new], ahead.data[new])
