"""A directed graph with kinds of ties, as arrays: what all measures of structure read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from society_sim.errors import SocietyError

if TYPE_CHECKING:
    import networkx as nx
    from scipy.sparse import csr_array

Ints: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"

TALK, COMMAND, REPORT = 0, 1, 2
_CODES = {"command": COMMAND, "report": REPORT}
"""All other kinds of ties are talk: they make nobody anybody's boss."""


def code(kind: str) -> int:
    """The number of a *kind* of tie."""
    return _CODES.get(kind, TALK)


@dataclass(frozen=True)
class Ties:
    """A graph of *size* members: tie number i lets `source[i]` speak to `target[i]`.

    *kind* is `TALK`, `COMMAND` or `REPORT` for each tie, *weight* its weight. *community* is the number of each
    member's community, -1 for a member without one. *there* says who is there: members who have left have no ties and
    do not count. A *line* of reporting leads from a member to its boss: it reports, or the boss commands, or both.

    >>> import networkx as nx
    >>> Ties.of(nx.path_graph(3)).pairs.tolist()
    [[0, 1], [1, 2]]
    """

    size: int
    source: Ints
    target: Ints
    kind: Ints
    weight: Floats
    community: Ints
    there: np.ndarray[Any, np.dtype[np.bool_]]

    @classmethod
    def of(cls, graph: nx.Graph | Ties) -> Ties:
        """*graph* as arrays; an undirected tie counts both ways, a tie to oneself not at all.

        Members are numbered in the order of the graph's nodes. Attributes read: `kind` and `weight` of a tie,
        `community` of a node.
        """
        if isinstance(graph, Ties):
            return graph
        number = {node: place for place, node in enumerate(graph)}
        both = graph if graph.is_directed() else graph.to_directed(as_view=True)
        ties = [(number[u], number[v], data.get("kind", "talk"), data.get("weight", 1.0))
                for u, v, data in both.edges(data=True)]  # fmt: skip
        return cls.listed(len(number), ties, {number[u]: data for u, data in graph.nodes(data=True)})

    @classmethod
    def listed(cls, size: int, ties: Iterable[Any], nodes: Mapping[Any, Mapping[str, Any]]) -> Ties:
        """*ties* as a record lists them: (source, target, kind, weight)."""
        kept = [tie for tie in ties if tie[0] != tie[1]]
        source = np.fromiter((tie[0] for tie in kept), np.int64, len(kept))
        target = np.fromiter((tie[1] for tie in kept), np.int64, len(kept))
        ends = np.concatenate([source, target])
        if ((ends < 0) | (ends >= size)).any():
            raise SocietyError(f"a graph of {size} members has a tie of a member that is not one of 0 to {size - 1}")
        kind = np.fromiter((code(tie[2]) for tie in kept), np.int64, len(kept))
        weight = np.fromiter((tie[3] for tie in kept), np.float64, len(kept))
        community = communities_of(size, {int(seat): data.get("community") for seat, data in nodes.items()})
        return cls(size, source, target, kind, weight, community, np.ones(size, bool))

    @cached_property
    def members(self) -> int:
        """How many are there."""
        return int(self.there.sum())

    @cached_property
    def pairs(self) -> Ints:
        """Each two members that are tied, in one direction or both: rows (low, high), sorted, each once."""
        low, high = np.minimum(self.source, self.target), np.maximum(self.source, self.target)
        return distinct(low, high, self.size)

    @cached_property
    def degrees(self) -> Ints:
        """With how many others each member is tied, in one direction or both."""
        return np.bincount(self.pairs.ravel(), minlength=self.size)

    @cached_property
    def lines(self) -> Ints:
        """The lines of reporting: rows (member, boss), sorted, each once."""
        up, down = self.kind == REPORT, self.kind == COMMAND
        low = np.concatenate([self.source[up], self.target[down]])
        high = np.concatenate([self.target[up], self.source[down]])
        return distinct(low, high, self.size)

    @cached_property
    def directed(self) -> csr_array:
        """The directed graph as a sparse matrix of ones."""
        return _sparse(self.source, self.target, self.size)

    @cached_property
    def undirected(self) -> csr_array:
        """The same without directions: symmetric."""
        low, high = self.pairs.T
        return _sparse(np.concatenate([low, high]), np.concatenate([high, low]), self.size)

    @cached_property
    def weak(self) -> Ints:
        """The number of each member's component, directions aside."""
        return _components(self.directed, "weak")

    @cached_property
    def strong(self) -> Ints:
        """The number of each member's component within which everyone reaches everyone."""
        return _components(self.directed, "strong")

    def sizes(self, labels: Ints) -> Ints:
        """How many of those who are there each component of *labels* has; components of none are left out."""
        counts = np.bincount(labels[self.there])
        return counts[counts > 0]


def communities_of(size: int, named: Mapping[int, Any], numbers: dict[str, int] | None = None) -> Ints:
    """Communities by number, whatever they are called; -1 where there is none. *numbers* keeps what is what."""
    numbers = {} if numbers is None else numbers
    found = np.full(size, -1, np.int64)
    for seat, name in named.items():
        if name is not None:
            found[seat] = numbers.setdefault(repr(name), len(numbers))
    return found


def distinct(one: Ints, other: Ints, size: int) -> Ints:
    """Rows (one, other) among *size* members, sorted, each once."""
    keys = np.sort(one * size + other)  # `np.unique` takes ten times as long
    keys = keys[np.diff(keys, prepend=-1) > 0]
    return np.stack(np.divmod(keys, max(size, 1)), axis=1)


def _sparse(source: Ints, target: Ints, size: int) -> csr_array:
    from scipy.sparse import csr_array

    keys = np.sort(source * size + target)
    ends = np.zeros(size + 1, np.int32)
    np.cumsum(np.bincount(source, minlength=size), out=ends[1:])
    return csr_array((np.ones(len(keys)), (keys % max(size, 1)).astype(np.int32), ends), shape=(size, size))


def _components(matrix: csr_array, connection: str) -> Ints:
    from scipy.sparse.csgraph import connected_components

    if matrix.shape[0] == 0:
        return np.zeros(0, np.int64)
    return np.asarray(connected_components(matrix, directed=True, connection=connection)[1], np.int64)
