"""Federated: communities that talk among themselves, and to one another through their heads."""

from __future__ import annotations

import networkx as nx
import numpy as np

from society_sim.errors import ScenarioError
from society_sim.registry import topology


@topology
def federated(n: int, rng: np.random.Generator, *, communities: int = 3) -> nx.DiGraph:
    """*communities* cliques of nearly equal size; the first seat of each is its head, and the heads form a clique.

    With k communities of m members there are k m (m - 1) + k (k - 1) directed ties. Inside a community everyone talks
    to everyone, and the tie of a member to its head is of kind `report`: that is how the head comes to speak for the
    community. All others are of kind `talk`. Neighbouring seats share a community; with fewer members than
    communities each member is one. Node attributes: `community` (from 0) and `head` (true or false).

    >>> graph = federated(9, None)
    >>> graph.number_of_edges() == 3 * 3 * 2 + 3 * 2
    True
    >>> [seat for seat in graph if graph.nodes[seat]["head"]]
    [0, 3, 6]
    """
    if communities < 1:
        raise ScenarioError(f"topology 'federated': communities is {communities}; it must be 1 or more")
    k = min(communities, n)
    first = [c * n // k for c in range(k)] + [n]
    graph = nx.DiGraph()
    for c in range(k):
        seats = range(first[c], first[c + 1])
        graph.add_nodes_from((seat, {"community": c, "head": seat == first[c]}) for seat in seats)
        graph.add_edges_from(
            (u, v, {"kind": "report" if v == first[c] else "talk"}) for u in seats for v in seats if u != v
        )
    graph.add_edges_from(((u, v) for u in first[:k] for v in first[:k] if u != v), kind="talk")
    return graph
