"""Chain: words pass from one to the next."""

from __future__ import annotations

import networkx as nx
import numpy as np

from society_sim.registry import topology
from society_sim.topologies import drawing


@topology
def chain(n: int, rng: np.random.Generator, *, one_way: bool = False) -> nx.DiGraph:
    """Each seat is tied to the next: 2 (n - 1) ties of kind `talk`; half of them, if *one_way*.

    With *one_way*, a seat may speak to the next one alone: the line along which a story is handed on and changes. For a
    chain of command, take `hierarchical` with a span of 1. It may become anything: no invariants.
    Source: serial reproduction, Bartlett (1932); communication nets, Bavelas (1950), Leavitt (1951).

    >>> sorted(chain(4, None).edges)
    [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)]
    >>> sorted(chain(4, None, one_way=True).edges)
    [(0, 1), (1, 2), (2, 3)]
    """
    graph = drawing.seats(n)
    steps = [(seat, seat + 1) for seat in range(n - 1)]
    if one_way:
        graph.add_edges_from(steps, kind="talk")
    else:
        drawing.mutual(graph, steps)
    return graph
