"""Random: every two members are tied with the same probability."""

from __future__ import annotations

import networkx as nx
import numpy as np

from society_sim.bounds import NonNegative, Share
from society_sim.registry import topology
from society_sim.topologies import drawing


@topology
def random(
    n: int, rng: np.random.Generator, *, degree: NonNegative = 4.0, p: Share | None = None, connected: bool = True
) -> nx.DiGraph:
    """Erdos and Renyi (1959), G(n, p): each pair of seats is tied, both ways, with probability *p* by itself.

    *degree*: the expected number of neighbours; it stands for p = degree / (n - 1), at most 1, unless *p* is given.
    *connected*: a draw in which some cannot be reached is mended: one after the other, in the order of their lowest
    seats, each piece is tied to those before it, between two seats drawn evenly. This adds one tie for each piece too
    many, so where degrees and thresholds have to be those of the theory, take `connected: false`.
    Ties are of kind `talk`. It may become anything: no invariants. Takes time proportional to the number of ties
    (Batagelj and Brandes 2005). A new NumPy may draw another graph.

    >>> import numpy as np
    >>> graph = random(100, np.random.default_rng(7), degree=3)
    >>> nx.is_strongly_connected(graph), random(4, np.random.default_rng(7), p=1.0).number_of_edges()
    (True, 12)
    """
    chance = min(1.0, degree / max(1, n - 1)) if p is None else p
    ends, others = _pairs(n, chance, rng)
    if connected and n > 1:
        bridges = np.array(_bridges(n, ends, others, rng), dtype=np.int64).reshape(-1, 2)
        ends, others = np.concatenate([ends, bridges[:, 0]]), np.concatenate([others, bridges[:, 1]])
    graph = drawing.seats(n)
    drawing.mutual(graph, drawing.pairs_of(ends, others))
    return graph


def _pairs(n: int, chance: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Each pair with probability *chance*: pairs are numbered, and the steps from one tie to the next are geometric."""
    total = n * (n - 1) // 2
    if not total or not chance:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if chance == 1:
        numbers = np.arange(total)
    else:
        found, last = [], -1
        while last < total:
            block = int((total - last) * chance * 1.1) + 100
            steps = np.minimum(rng.geometric(chance, block), total + 1).cumsum() + last
            found.append(steps)
            last = int(steps[-1])
        numbers = np.concatenate(found)
        numbers = numbers[numbers < total]
    high = ((1 + np.sqrt(1 + 8 * numbers.astype(np.float64))) / 2).astype(np.int64)  # pairs below `high` come first
    high -= high * (high - 1) // 2 > numbers
    high += (high + 1) * high // 2 <= numbers
    return numbers - high * (high - 1) // 2, high


def _bridges(n: int, ends: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Pairs of seats that tie all pieces together."""
    piece = _pieces(n, ends, others)
    order = np.argsort(piece, kind="stable")  # piece after piece
    begins = np.append(np.flatnonzero(np.diff(piece[order], prepend=-1)), n)
    first, size = begins[1:-1], np.diff(begins)[1:]
    mine = order[first + (rng.random(len(first)) * size).astype(np.int64)]
    before = order[(rng.random(len(first)) * first).astype(np.int64)]
    return drawing.pairs_of(before, mine)


def _pieces(n: int, ends: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The lowest seat of the connected piece that each seat is in."""
    piece = np.arange(n)
    while True:
        one, other = piece[ends], piece[others]
        apart = one != other
        if not apart.any():
            return piece
        np.minimum.at(piece, np.maximum(one, other)[apart], np.minimum(one, other)[apart])
        while (piece[piece] != piece).any():
            piece = piece[piece]
