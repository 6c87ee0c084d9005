"""Scale-free: newcomers tie themselves to those who have many ties already."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np

from society_sim.bounds import Positive
from society_sim.registry import topology
from society_sim.topologies import drawing


@topology
def scale_free(n: int, rng: np.random.Generator, *, m: Positive = 2) -> nx.DiGraph:
    """Barabasi and Albert (1999): one seat after another comes, and is tied to *m* others by preferential attachment.

    It begins with seat 0 tied to each of the seats 1 to m. Each later seat is tied to *m* different ones before it,
    drawn in proportion to the ties that they have. In a large society the share of seats with k ties tends to
    2 m (m + 1) / (k (k + 1) (k + 2)), for k >= m; the first seats are the hubs. With n <= m + 1 it is a star.
    m (n - m) ties, both ways, of kind `talk`. It may become anything: no invariants. Takes time proportional to the
    number of ties. A new NumPy may draw another graph.

    >>> import numpy as np
    >>> scale_free(100, np.random.default_rng(7), m=2).number_of_edges()
    392
    """
    graph = drawing.seats(n)
    drawing.mutual(graph, _grown(n, min(m, n - 1), rng))
    return graph


def _grown(n: int, m: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    pairs = [(0, seat) for seat in range(1, m + 1)]
    ends = [end for pair in pairs for end in pair]  # each seat as often as it has ties: a fair draw prefers the tied
    block = min(65_536, 2 * m * n)
    luck: Iterator[float] = iter(())
    for seat in range(m + 1, n):
        chosen: dict[int, None] = {}
        many = len(ends)
        while len(chosen) < m:
            draw = next(luck, None)
            if draw is None:
                luck = iter(rng.random(block).tolist())
                draw = next(luck)
            chosen[ends[int(draw * many)]] = None
        for other in chosen:
            pairs.append((other, seat))
            ends.append(other)
        ends += [seat] * m
    return pairs
