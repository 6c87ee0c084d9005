"""The contract of topologies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import networkx as nx
import orjson

from society_sim import invariants, ties
from society_sim.errors import SocietyError
from society_sim.streams import stream
from society_sim.testing.contract import ContractError, edges_of, named

_KINDS = frozenset({"talk", "command", "report"})


def check_topology(
    topology: Callable[..., nx.Graph], *, sizes: Sequence[int] = (1, 2, 7, 25, 200), **parameters: Any
) -> None:
    """Prove *topology*: nodes 0..n-1 for every size, plain attributes, the same graph for the same generator.

    Ties are of kind `talk`, `command` or `report` and have weights from 0, and the graph keeps the invariants that it
    declares.
    """
    breaches: list[str] = []
    for size in sizes:
        first, second = (topology(size, stream(3, "check"), **parameters) for _ in range(2))
        if set(first) != set(range(size)):
            breaches.append(f"gives nodes {sorted(first, key=str)[:5]}... for {size} members, not 0 to {size - 1}")
        if list(nx.selfloop_edges(first)):
            breaches.append(f"ties a member to itself ({size} members)")
        if edges_of(first) != edges_of(second):
            breaches.append(f"gives another graph for the same generator ({size} members)")
        try:
            orjson.dumps([list(first.nodes(data=True)), list(first.edges(data=True))])
        except orjson.JSONEncodeError as error:
            breaches.append(f"has attributes that cannot be recorded: {error}")
        breaches += _breaches_of_form(first, size)
    if breaches:
        raise ContractError(named("topology", topology), breaches)


def _breaches_of_form(graph: nx.Graph, size: int) -> list[str]:
    """What is wrong with the ties of a topology's *graph*, and with what it says of itself."""
    own = ties.directed(graph)
    breaches = []
    kinds = {str(kind) for _, _, kind in own.edges(data="kind")} - _KINDS
    if kinds:
        breaches.append(f"has ties of kind {', '.join(sorted(kinds))}; known are: {', '.join(sorted(_KINDS))}")
    weights = [weight for _, _, weight in own.edges(data="weight")]
    bad = next((w for w in weights if not isinstance(w, (int, float)) or not 0 <= w < float("inf")), None)
    if bad is not None:
        breaches.append(f"has a tie of weight {bad!r}; it is a number of 0 or more")
    try:
        invariants.check(own)
    except SocietyError as error:
        breaches.append(f"declares what it does not keep ({size} members): {error}")
    return breaches
