"""What topologies are made of: ties both ways, and lines of command and reporting."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import partial

import networkx as nx
import numpy as np

from society_sim import errors
from society_sim.adjacency import rows


def seats(n: int) -> nx.DiGraph:
    """*n* seats without ties."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    return graph


def mutual(graph: nx.DiGraph, pairs: Iterable[tuple[int, int]], kind: str = "talk") -> None:
    """Ties of *kind* both ways for each of *pairs*, whose seats are there."""
    succ, pred = rows(graph)
    for u, v in pairs:
        succ[u][v] = pred[v][u] = {"kind": kind}
        succ[v][u] = pred[u][v] = {"kind": kind}


def under(graph: nx.DiGraph, boss: int, seat: int) -> None:
    """*boss* commands *seat*, and *seat* reports to it."""
    graph.add_edge(boss, seat, kind="command")
    graph.add_edge(seat, boss, kind="report")


def council(graph: nx.DiGraph, members: Sequence[int], form: str) -> None:
    """Ties of kind `talk` both ways among *members*: `complete`, `ring` or `star`; those that are there stay."""
    if form == "complete":
        pairs = list(itertools.combinations(members, 2))
    elif form == "ring":
        pairs = [*itertools.pairwise(members), *([(members[-1], members[0])] if len(members) > 2 else [])]
    else:
        pairs = [(members[0], other) for other in members[1:]]
    graph.add_edges_from(
        ((u, v) for pair in pairs for u, v in (pair, pair[::-1]) if not graph.has_edge(u, v)), kind="talk"
    )


def pairs_of(ends: np.ndarray, others: np.ndarray) -> list[tuple[int, int]]:
    """Two arrays of seats as pairs of plain whole numbers."""
    return list(zip(ends.tolist(), others.tolist(), strict=True))


at_least = partial(errors.at_least, "topology")
"""`ScenarioError` in the name of a topology for the first number that is less than the least."""


def tree(n: int, span: int) -> list[tuple[int, int]]:
    """The boss and the level of each seat in a tree that is filled level by level; the root is its own."""
    above = [(0, 0)]
    for seat in range(1, n):
        boss = (seat - 1) // span
        above.append((boss, above[boss][1] + 1))
    return above


def narrowest(n: int, depth: int, least: int = 1) -> int:
    """The smallest span, at least *least*, at which a tree of *depth* levels below its root has room for *n*."""
    span = least
    while room(span, depth, n) < n:
        span += 1
    return span


def room(span: int, depth: int, enough: int) -> int:
    """How many seats a tree has; counted no further than *enough*."""
    total = row = 1
    for _ in range(depth):
        row *= span
        total += row
        if total >= enough:
            break
    return total
