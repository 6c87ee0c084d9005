"""Federated: communities that talk among themselves, and to one another through their heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, Literal

import networkx as nx
import numpy as np

from society_sim.bounds import Positive
from society_sim.errors import ScenarioError, nearest
from society_sim.invariants import declare
from society_sim.registry import topology
from society_sim.topologies import drawing
from society_sim.values import Profile

Inside = Literal["flat", "star", "ring", "tree"]
Tie = tuple[int, int, str]


@topology
def federated(
    n: int,
    rng: np.random.Generator,
    profiles: Sequence[Profile] = (),
    *,
    by: str | None = None,
    communities: Positive = 3,
    sizes: list[Positive] | None = None,
    heads: list[int] | None = None,
    delegates: Positive = 1,
    council: Literal["complete", "ring", "star"] = "complete",
    inside: Inside | list[Inside] = "flat",
    span: Positive = 3,
    sealed: bool = False,
) -> nx.DiGraph:
    """*communities* cliques of nearly equal size; the first seat of each is its head, and the heads form a clique.

    With k communities of m members there are k m (m - 1) + k (k - 1) directed ties. Inside a community everyone talks
    to everyone, and the tie of a member to its head is of kind `report`: that is how the head comes to speak for the
    community. All others are of kind `talk`. Neighbouring seats share a community; with fewer members than
    communities each member is one. Node attributes: `community` (from 0) and `head` (true or false).

    *by*: a trait of the members, such as `family`; those with the same value are a community, wherever they sit, in
    place of *communities* and *sizes*.
    *sizes*: how many members each community has, in place of *communities*; together they are all members.
    *heads*: the seat that heads each community, in place of the first. *delegates*: how many of each community sit in
    the council: its head, and the lowest other seats; with more than one, each node says `delegate` (true or false).
    *council*: the delegates' ties among one another: `complete`, a `ring` in the order of their seats, or a `star`
    around the first. *inside*: the form of each community, or a list of one for each. `flat`: a clique. `star`: its
    head and each member. `ring`: neighbours; each reports to the one that is nearer to the head. `tree`: as in
    `hierarchical`, with at most *span* direct reports. However they are made, reports lead to the head.

    Invariants: `delegates`, `connected`; with *sealed* also `gateways`: no tie may come to lead past the delegates.

    >>> graph = federated(9, None)
    >>> graph.number_of_edges() == 3 * 3 * 2 + 3 * 2
    True
    >>> [seat for seat in graph if graph.nodes[seat]["head"]]
    [0, 3, 6]
    >>> graph = federated(12, None, sizes=[3, 4, 5], inside=["flat", "star", "tree"], council="star", delegates=2)
    >>> [seat for seat in graph if graph.nodes[seat]["delegate"]]
    [0, 1, 3, 4, 7, 8]
    """
    parts = _borders(n, communities, sizes) if by is None else _alike(n, profiles, by, sizes)
    k = len(parts)
    heads = _heads(parts, heads)
    forms = inside if isinstance(inside, list) else [inside] * k
    if len(forms) != k:
        raise ScenarioError(f"topology 'federated': {len(forms)} forms are given inside {k} communities")
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    sitting: list[int] = []
    for c, (head, form) in enumerate(zip(heads, forms, strict=True)):
        order = [head, *(seat for seat in parts[c] if seat != head)]
        speak = set(order[:delegates])
        sitting += sorted(speak)
        for seat in sorted(order):
            graph.add_node(seat, community=c, head=seat == head)
            if delegates > 1:
                graph.nodes[seat]["delegate"] = seat in speak
        graph.add_edges_from((u, v, {"kind": kind}) for u, v, kind in _FORMS[form](order, span))
    drawing.council(graph, sitting, council)
    return declare(graph, "federated", delegates={}, connected={}, **({"gateways": {}} if sealed else {}))


def _borders(n: int, communities: int, sizes: list[int] | None) -> list[Sequence[int]]:
    """The seats of each community: neighbours."""
    if sizes is None:
        k = min(communities, n)
        return [range(low, high) for low, high in pairwise(c * n // k for c in range(k + 1))]
    for c, size in enumerate(sizes):
        if size < 1:
            raise ScenarioError(f"topology 'federated': sizes[{c}] is {size}; a community has 1 member or more")
    if sum(sizes) != n:
        raise ScenarioError(f"topology 'federated': the sizes {sizes} are those of {sum(sizes)} members, not of {n}")
    return [range(low, high) for low, high in pairwise([0, *accumulate(sizes)])]


def _alike(n: int, profiles: Sequence[Profile], by: str, sizes: list[int] | None) -> list[Sequence[int]]:
    """The seats of each community: those with the same trait *by*, in the order of first seats."""
    if sizes is not None:
        raise ScenarioError("topology 'federated': give by or sizes, not both")
    if len(profiles) != n:
        raise ScenarioError(f"topology 'federated': by is {by!r}, a trait of members, and no members are there to see")
    found: dict[Any, list[int]] = {}
    for seat, profile in enumerate(profiles):
        if by not in profile.traits:
            raise ScenarioError(f"topology 'federated': {profile.name} has no trait {by!r}; "
                                f"{nearest(by, profile.traits)}")  # fmt: skip
        found.setdefault(profile.traits[by], []).append(seat)
    return list(found.values())


def _heads(parts: Sequence[Sequence[int]], heads: list[int] | None) -> list[int]:
    if heads is None:
        return [part[0] for part in parts]
    if len(heads) != len(parts):
        raise ScenarioError(f"topology 'federated': {len(heads)} heads are given for {len(parts)} communities")
    for c, (part, head) in enumerate(zip(parts, heads, strict=True)):
        if head not in part:
            seats = f"{part[0]} to {part[-1]}" if isinstance(part, range) else ", ".join(map(str, part))
            raise ScenarioError(f"topology 'federated': heads[{c}] is seat {head}, outside its community, which has "
                                f"the seats {seats}")  # fmt: skip
    return heads


# --- within a community, whose head is the first in *order* -----------------------------------------------------------


def _flat(order: Sequence[int], span: int) -> Iterator[Tie]:
    head = order[0]
    return ((u, v, "report" if v == head else "talk") for u in order for v in order if u != v)


def _star(order: Sequence[int], span: int) -> Iterator[Tie]:
    for seat in order[1:]:
        yield order[0], seat, "talk"
        yield seat, order[0], "report"


def _ring(order: Sequence[int], span: int) -> Iterator[Tie]:
    head, *others = order
    ring = [head, *sorted(others)]
    m = len(ring)
    steps = range(m) if m > 2 else range(m - 1)
    for low, high in ((at, (at + 1) % m) for at in steps):
        yield ring[low], ring[high], "report" if low > m // 2 else "talk"
        yield ring[high], ring[low], "report" if 0 < high <= m // 2 else "talk"


def _tree(order: Sequence[int], span: int) -> Iterator[Tie]:
    for at, (boss, _) in enumerate(drawing.tree(len(order), span)[1:], 1):
        yield order[boss], order[at], "command"
        yield order[at], order[boss], "report"


_FORMS: dict[str, Callable[[Sequence[int], int], Iterator[Tie]]] = {
    "flat": _flat, "star": _star, "ring": _ring, "tree": _tree,
}  # fmt: skip
