"""Star: all talk goes through one member."""

from __future__ import annotations

import networkx as nx
import numpy as np

from society_sim.bounds import Natural
from society_sim.errors import ScenarioError
from society_sim.registry import topology
from society_sim.topologies import drawing


@topology
def star(n: int, rng: np.random.Generator, *, hub: Natural = 0) -> nx.DiGraph:
    """The seat *hub* speaks to all others and they to it, and nobody else to anybody: 2 (n - 1) ties of kind `talk`.

    The degenerate case of a flat organisation: nobody commands, and everything depends on one. Without the hub, each
    of the others is alone. Node attribute `head`: whether it is the hub. It may become anything: no invariants.
    Source: communication nets, Bavelas (1950), Leavitt (1951).

    >>> sorted(star(4, None, hub=2).edges)
    [(0, 2), (1, 2), (2, 0), (2, 1), (2, 3), (3, 2)]
    """
    if not 0 <= hub < n:
        raise ScenarioError(f"topology 'star': hub is seat {hub}; seats are 0 to {n - 1}")
    graph = nx.DiGraph()
    graph.add_nodes_from((seat, {"head": seat == hub}) for seat in range(n))
    drawing.mutual(graph, ((hub, seat) for seat in range(n) if seat != hub))
    return graph
