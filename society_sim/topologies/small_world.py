"""Small world: a ring of neighbours with some shortcuts."""

from __future__ import annotations

import itertools
from typing import Annotated, Any

import networkx as nx
import numpy as np

from society_sim.adjacency import rows
from society_sim.bounds import Share, at_least
from society_sim.registry import topology


@topology
def small_world(n: int, rng: np.random.Generator, *, k: Annotated[int, at_least(2)] = 4, p: Share = 0.1) -> nx.DiGraph:
    """Watts and Strogatz (1998): a ring in which each has *k* nearest neighbours, and shortcuts with probability *p*.

    *k* is even, or one less is taken; in a society of n members at most n - 1. Each of the n k / 2 ties has its far
    end moved with probability *p* to a seat drawn evenly among those it is not yet tied to. A draw that falls apart is
    drawn again, up to a hundred times; to the last one the ties between nearest neighbours are added back, so the
    graph is always connected. Ties go both ways, kind `talk`.

    >>> import numpy as np
    >>> small_world(10, np.random.default_rng(7), k=4, p=0.0).number_of_edges()
    40
    """
    half = min(k, n - 1) // 2
    for _ in range(100):
        near = _neighbours(n, _draw(n, half, p, rng))
        if n < 3 or _connected(near):
            break
    else:
        near = _neighbours(n, _mended(n, near))
    if n == 2:
        near = [[1], [0]]
    return _both_ways(near)


def _draw(n: int, half: int, p: float, rng: np.random.Generator) -> set[int]:
    """The ties of one draw, each as one number: that of its lower end times n, and of its higher end.

    A set of numbers, and an array of degrees: for a million members a graph would take ten times as long.
    """
    seats = np.arange(n)
    tied: set[int] = set()
    for d in range(1, half + 1):
        tied.update(_ties(n, seats, (seats + d) % n))
    if not p:
        return tied
    degree = [2 * half] * n
    random, integers = rng.random, rng.integers
    for d in range(1, half + 1):
        for u in range(n):
            if random() < p and degree[u] < n - 1:
                v, w = (u + d) % n, int(integers(n))
                while w == u or _tie(n, u, w) in tied:
                    w = int(integers(n))
                tied.remove(_tie(n, u, v))
                tied.add(_tie(n, u, w))
                degree[v] -= 1
                degree[w] += 1
    return tied


def _tie(n: int, u: int, v: int) -> int:
    return u * n + v if u < v else v * n + u


def _ties(n: int, u: Any, v: Any) -> list[int]:
    return (np.minimum(u, v) * n + np.maximum(u, v)).tolist()  # type: ignore[no-any-return]


def _mended(n: int, near: list[list[int]]) -> set[int]:
    """The ties that *near* has, and those between nearest neighbours."""
    seats = np.arange(n)
    return {_tie(n, u, v) for u in range(n) for v in near[u]}.union(_ties(n, seats, (seats + 1) % n))


def _neighbours(n: int, tied: set[int]) -> list[list[int]]:
    """The neighbours of each seat, in order."""
    low, high = np.divmod(np.fromiter(tied, dtype=np.int64, count=len(tied)), n)
    ends = np.sort(np.concatenate([low * n + high, high * n + low]))
    flat: list[int] = (ends % n).tolist()
    bounds = np.searchsorted(ends, np.arange(n + 1) * n).tolist()
    return [flat[start:stop] for start, stop in itertools.pairwise(bounds)]


def _connected(near: list[list[int]]) -> bool:
    """Whether everybody can be reached from seat 0."""
    reached = bytearray(len(near))
    reached[0] = 1
    todo = [0]
    for seat in todo:
        for other in near[seat]:
            if not reached[other]:
                reached[other] = 1
                todo.append(other)
    return len(todo) == len(near)


def _both_ways(near: list[list[int]]) -> nx.DiGraph:
    """The graph in which each seat has ties of kind `talk` to its neighbours, and they to it."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(near)))
    succ, pred = rows(graph)
    for seat, others in enumerate(near):
        succ[seat].update((other, {"kind": "talk"}) for other in others)
    for seat, others in enumerate(near):
        pred[seat].update((other, succ[other][seat]) for other in others)
    return graph
