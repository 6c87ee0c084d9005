"""Small world: a ring of neighbours with some shortcuts."""

from __future__ import annotations

import networkx as nx
import numpy as np

from society_sim.errors import ScenarioError
from society_sim.registry import topology


@topology
def small_world(n: int, rng: np.random.Generator, *, k: int = 4, p: float = 0.1) -> nx.DiGraph:
    """Watts and Strogatz (1998): a ring in which each has *k* nearest neighbours, and shortcuts with probability *p*.

    *k* is even, or one less is taken; in a society of n members at most n - 1. Each of the n k / 2 ties has its far
    end moved with probability *p* to a seat drawn evenly among those it is not yet tied to. A draw that falls apart is
    drawn again, up to a hundred times; to the last one the ties between nearest neighbours are added back, so the
    graph is always connected. Ties go both ways, kind `talk`.

    >>> import numpy as np
    >>> small_world(10, np.random.default_rng(7), k=4, p=0.0).number_of_edges()
    40
    """
    if k < 2 or not 0 <= p <= 1:
        raise ScenarioError(f"topology 'small_world': needs k >= 2 and p from 0 to 1, not k = {k}, p = {p:g}")
    half = min(k, n - 1) // 2
    for _ in range(100):
        graph = _draw(n, half, p, rng)
        if n < 3 or nx.is_connected(graph):
            break
    else:
        graph.add_edges_from((u, (u + 1) % n) for u in range(n))
    if n == 2:
        graph.add_edge(0, 1)
    directed: nx.DiGraph = graph.to_directed()
    nx.set_edge_attributes(directed, "talk", "kind")
    return directed


def _draw(n: int, half: int, p: float, rng: np.random.Generator) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    ring = [(u, (u + d) % n) for d in range(1, half + 1) for u in range(n)]
    graph.add_edges_from(ring)
    if not p:
        return graph
    for u, v in ring:
        if rng.random() < p and graph.degree(u) < n - 1:
            w = int(rng.integers(n))
            while w == u or graph.has_edge(u, w):
                w = int(rng.integers(n))
            graph.remove_edge(u, v)
            graph.add_edge(u, w)
    return graph
