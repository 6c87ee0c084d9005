"""Flat: everyone may speak to everyone."""

from __future__ import annotations

import networkx as nx
import numpy as np

from society_sim.registry import topology


@topology
def flat(n: int, rng: np.random.Generator) -> nx.DiGraph:
    """Everyone may speak to everyone: n (n - 1) directed ties of kind `talk`.

    >>> flat(4, None).number_of_edges()
    12
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(((u, v) for u in range(n) for v in range(n) if u != v), kind="talk")
    return graph
