"""Ring: everyone speaks to the neighbour on either side."""

from __future__ import annotations

import networkx as nx
import numpy as np

from society_sim.registry import topology
from society_sim.topologies import drawing


@topology
def ring(n: int, rng: np.random.Generator, *, one_way: bool = False) -> nx.DiGraph:
    """Each seat is tied to the next, the last to the first: 2 n ties of kind `talk`; n of them, if *one_way*.

    With *one_way*, a seat may speak to the next one alone, and words go round. It may become anything: no invariants.
    Source: communication nets, Bavelas (1950), Leavitt (1951).

    >>> sorted(ring(5, None).successors(0)), sorted(ring(5, None, one_way=True).successors(0))
    ([1, 4], [1])
    """
    graph = drawing.seats(n)
    steps = [(seat, (seat + 1) % n) for seat in range(n)] if n > 1 else []
    if one_way:
        graph.add_edges_from(steps, kind="talk")
    else:
        drawing.mutual(graph, steps)
    return graph
