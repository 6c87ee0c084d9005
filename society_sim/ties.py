"""Who may speak to whom, and how that changes: the graph is the only truth about ties."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import networkx as nx

from society_sim.errors import SocietyError
from society_sim.values import Assign, Constitute, Link, Place, Reweight, Unlink

if TYPE_CHECKING:
    from society_sim.society import Society


def directed(graph: nx.Graph) -> nx.DiGraph:
    """*graph* with a kind and a weight on every tie, both ways if it was undirected, and frozen."""
    own = nx.DiGraph(**{key: graph.graph[key] for key in ("name", "invariants") if key in graph.graph})
    own.add_nodes_from((node, dict(graph.nodes[node])) for node in sorted(graph))
    pairs = graph.edges(data=True) if graph.is_directed() else graph.to_directed().edges(data=True)
    for source, target, data in sorted(pairs, key=lambda pair: pair[:2]):
        if source != target:
            own.add_edge(source, target, **{"kind": "talk", "weight": 1.0, **data})
    return nx.freeze(own)


def _edge(society: Society, change: Link | Unlink | Reweight, there: bool) -> nx.DiGraph:
    """The graph, when *change* makes sense on it: the tie must be *there*, or must not be."""
    graph, source, target = society.graph, change.source, change.target
    if source == target or source not in graph or target not in graph:
        raise SocietyError(f"{change}: a tie joins two different members, 0 to {len(graph) - 1}")
    if graph.has_edge(source, target) != there:
        raise SocietyError(f"{change}: there is {'no' if there else 'already a'} tie from {source} to {target}")
    society.members[target].forget_ties()
    return graph


def _link(society: Society, change: Link) -> None:
    graph = _edge(society, change, there=False)
    nx.DiGraph.add_edge(graph, change.source, change.target, kind=change.kind, weight=change.weight)  # it is frozen
    society.log("link", source=change.source, target=change.target, tie=change.kind, weight=change.weight)


def _unlink(society: Society, change: Unlink) -> None:
    nx.DiGraph.remove_edge(_edge(society, change, there=True), change.source, change.target)
    society.log("unlink", source=change.source, target=change.target)


def _reweight(society: Society, change: Reweight) -> None:
    _edge(society, change, there=True).edges[change.source, change.target]["weight"] = change.weight
    society.log("reweight", source=change.source, target=change.target, weight=change.weight)


def _assign(society: Society, change: Assign) -> None:
    if not 0 <= change.member < len(society.members):
        raise SocietyError(f"{change}: there is no such member; seats are 0 to {len(society.members) - 1}")
    society.members[change.member].speak_as(change.model)
    society.log("assign", member=change.member, model=change.model)


def _place(society: Society, change: Place) -> None:
    if change.member not in society.graph:
        raise SocietyError(f"{change}: there is no such member; seats are 0 to {len(society.members) - 1}")
    node = society.graph.nodes[change.member]
    node.clear()
    node.update(change.attributes)
    society.log("place", member=change.member, attributes=dict(change.attributes))


def _constitute(society: Society, change: Constitute) -> None:
    invariants = {name: dict(said) for name, said in change.invariants.items()}
    society.graph.graph.update(name=change.name, invariants=invariants)
    society.log("form", name=change.name, invariants=invariants)


APPLY: dict[type, Callable[[Society, Any], None]] = {
    Link: _link, Unlink: _unlink, Reweight: _reweight, Assign: _assign, Place: _place,
    Constitute: _constitute,
}  # fmt: skip
"""How each kind of change is carried out."""
