"""Who is hit by a shock: members by their position in the graph.

>>> from society_sim.topologies.hierarchical import hierarchical
>>> frame = Frame(1.0, hierarchical(7, None, span=2), {})
>>> [chosen(frame, np.random.default_rng(1), "removal", position) for position in ("root", "leaf")]
[[0], [3, 4, 5, 6]]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

import networkx as nx
import numpy as np

from society_sim.errors import ScenarioError
from society_sim.frame import Frame
from society_sim.rewirings.acts import seats_of

Position: TypeAlias = Literal["random", "root", "boss", "leaf", "head", "gateway", "hub", "broker", "top"]
"""Where somebody sits:

`random` anybody; `root` who leads somebody and reports to nobody; `boss` who leads somebody; `leaf` who reports to
somebody and leads nobody; `head` the head of a community; `gateway` who has a tie to another community; and, as an
order of all members: `hub` by how many ties they have, `broker` by betweenness, `top` by level from the root down.
"""
_EDGES = 500_000  # looked at to rank brokers: of larger societies shortest paths from some members alone


def checked(frame: Frame, part: str, share: float, count: int | None, seats: list[int] | None) -> None:
    """`ScenarioError` in the name of *part* for what cannot be, long before the shock comes."""
    for seat in seats or ():
        if seat not in frame.graph:
            last = len(frame.graph) - 1
            raise ScenarioError(f"rewiring {part!r}: there is no seat {seat}; seats are 0 to {last}")


def chosen(
    frame: Frame,
    rng: np.random.Generator,
    part: str,
    position: Position,
    share: float = 1.0,
    count: int | None = None,
    seats: list[int] | None = None,
) -> list[int]:
    """The members present that are hit: *count* of those in *position*, or the *share* of them, rounded up.

    Those ranked first where the position is an order, else by a fair lot. *seats*: these and no others.
    `ScenarioError` in the name of *part* for what cannot be.
    """
    checked(frame, part, share, count, seats)
    if seats is not None:
        return sorted({*seats} & {*frame.present})
    here = seats_of(frame)
    pool = [here[place] for place in rng.permutation(len(here)).tolist()]
    rank = _ORDERS.get(position)
    if rank is not None:
        worth = rank(frame, rng)
        pool.sort(key=lambda seat: -worth.get(seat, -math.inf))
    elif position != "random":
        there = _PLACES[position](frame)
        pool = [seat for seat in pool if seat in there]
    many = math.ceil(share * len(pool) - 1e-9) if count is None else count
    return sorted(pool[:many])


def _leaders(frame: Frame) -> tuple[set[int], set[int]]:
    """Those who lead somebody, and those who report to somebody."""
    lines = [(u, v) for u, v, kind in frame.graph.edges(data="kind") if kind == "report"]
    return {v for _, v in lines}, {u for u, _ in lines}


def _root(frame: Frame) -> set[int]:
    leading, reporting = _leaders(frame)
    return leading - reporting


def _boss(frame: Frame) -> set[int]:
    return _leaders(frame)[0]


def _leaf(frame: Frame) -> set[int]:
    leading, reporting = _leaders(frame)
    return reporting - leading


def _head(frame: Frame) -> set[int]:
    return {seat for seat, head in frame.graph.nodes(data="head") if head}


def _gateway(frame: Frame) -> set[int]:
    home = dict(frame.graph.nodes(data="community"))
    across = [(u, v) for u, v in frame.graph.edges if home[u] != home[v] and None not in (home[u], home[v])]
    return {end for tie in across for end in tie}


def _hub(frame: Frame, _: np.random.Generator) -> Mapping[int, float]:
    return dict(frame.graph.degree)


def _broker(frame: Frame, rng: np.random.Generator) -> Mapping[int, float]:
    n, edges = len(frame.graph), frame.graph.number_of_edges()
    some = max(min(n, _EDGES // max(edges + n, 1)), min(n, 10))
    luck = int(rng.integers(2**31))
    return dict(nx.betweenness_centrality(frame.graph, k=None if some == n else some, seed=luck))


def _top(frame: Frame, _: np.random.Generator) -> Mapping[int, float]:
    levels = frame.graph.nodes(data="level")
    return {seat: -float(level) for seat, level in levels if isinstance(level, (int, float))}


_PLACES: Mapping[str, Callable[[Frame], set[int]]] = {
    "root": _root, "boss": _boss, "leaf": _leaf, "head": _head, "gateway": _gateway,
}  # fmt: skip
_ORDERS: Mapping[str, Callable[[Frame, np.random.Generator], Mapping[int, float]]] = {
    "hub": _hub, "broker": _broker, "top": _top,
}
