"""Who may speak to whom, and how that changes: the graph is the only truth about ties."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import networkx as nx

from society_sim.adjacency import cut, put, rows
from society_sim.changes import Assign, Constitute, Join, Leave, Link, Place, Reweight, Unlink
from society_sim.errors import SocietyError

if TYPE_CHECKING:
    from society_sim.member import Member
    from society_sim.society import Society


class Tie(dict[str, Any]):
    """The kind, weight and whatever else of a tie; frozen, so that equal ties may share one. A copy of it is free."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> Any:
        raise SocietyError("a tie changes through society.apply alone, as in Reweight(source, target, weight)")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return deepcopy(dict(self), memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def directed(graph: nx.Graph) -> nx.DiGraph:
    """*graph* with a kind and a weight on every tie, both ways if it was undirected, and frozen."""
    if graph.is_multigraph():
        graph = (nx.DiGraph if graph.is_directed() else nx.Graph)(graph)
    own = nx.DiGraph(**{key: graph.graph[key] for key in ("name", "invariants") if key in graph.graph})
    seats = sorted(graph)
    own.add_nodes_from((node, dict(graph.nodes[node])) for node in seats)
    adjacency, (succ, pred) = dict(graph.adjacency()), rows(own)
    shared: dict[str, Tie] = {}
    for source in seats:
        near, row = adjacency[source], succ[source]
        for target in sorted(near):
            if source != target:
                row[target] = pred[target][source] = _tie(near[target], shared)
    return nx.freeze(own)


def _tie(data: Mapping[str, Any], shared: dict[str, Tie]) -> Tie:
    """What *data* says of a tie; those that say no more than a kind are *shared*."""
    kind = data.get("kind", "talk")
    if type(kind) is not str or len(data) > ("kind" in data):
        return Tie({"kind": "talk", "weight": 1.0, **data})
    known = shared.get(kind)
    if known is None:
        known = shared[kind] = Tie(kind=kind, weight=1.0)
    return known


def _edge(society: Society, change: Link | Unlink | Reweight, there: bool) -> nx.DiGraph:
    """The graph, when *change* makes sense on it: the tie must be *there*, or must not be."""
    graph, source, target = society.graph, change.source, change.target
    if source == target or source not in graph or target not in graph:
        raise SocietyError(f"{change}: a tie joins two different members, 0 to {len(graph) - 1}")
    if there is False and not society.presence.left.isdisjoint((source, target)):
        raise SocietyError(f"{change}: nobody is there any more; a tie joins two members who are")
    if (target in rows(graph)[0][source]) != there:
        raise SocietyError(f"{change}: there is {'no' if there else 'already a'} tie from {source} to {target}")
    society.members[source].forget_ties()
    society.members[target].forget_ties()
    return graph


def _link(society: Society, change: Link) -> None:
    graph = _edge(society, change, there=False)
    put(graph, change.source, change.target, Tie(kind=change.kind, weight=change.weight))
    society.traces.tied((change.source, change.target), society.now)
    society.log("link", source=change.source, target=change.target, tie=change.kind, weight=change.weight)


def _unlink(society: Society, change: Unlink) -> None:
    cut(_edge(society, change, there=True), change.source, change.target)
    society.traces.untied((change.source, change.target))
    society.log("unlink", source=change.source, target=change.target)


def _reweight(society: Society, change: Reweight) -> None:
    graph = _edge(society, change, there=True)
    tie = graph.edges[change.source, change.target]
    put(graph, change.source, change.target, Tie({**tie, "weight": change.weight}))
    society.log("reweight", source=change.source, target=change.target, weight=change.weight)


def _seat(society: Society, change: Assign | Place | Leave | Join, *, vacant: bool = False) -> Member:
    """The member that *change* is about, who must be there unless its seat may be *vacant*."""
    if change.member not in society.graph:
        raise SocietyError(f"{change}: there is no such member; seats are 0 to {len(society.members) - 1}")
    if not vacant and change.member in society.presence.left:
        raise SocietyError(f"{change}: this member has left; somebody has to join in its place first")
    return society.members[change.member]


def _assign(society: Society, change: Assign) -> None:
    _seat(society, change).speak_as(change.model)
    society.log("assign", member=change.member, model=change.model)


def _place(society: Society, change: Place) -> None:
    node = society.graph.nodes[_seat(society, change).id]
    node.clear()
    node.update(change.attributes)
    society.log("place", member=change.member, attributes=dict(change.attributes))


def _constitute(society: Society, change: Constitute) -> None:
    invariants = {name: dict(said) for name, said in change.invariants.items()}
    society.graph.graph.update(name=change.name, invariants=invariants)
    society.log("form", name=change.name, invariants=invariants)


def _leave(society: Society, change: Leave) -> None:
    member, graph = _seat(society, change), society.graph
    lost = [*graph.in_edges(member.id), *graph.out_edges(member.id)]
    for source, target in lost:
        society.members[source].forget_ties()
        society.members[target].forget_ties()
        society.traces.untied((source, target))
    nx.DiGraph.remove_edges_from(graph, lost)
    society.presence.leave(member.id)
    society.log("leave", member=member.id, why=change.why)


def _join(society: Society, change: Join) -> None:
    member = _seat(society, change, vacant=True)
    for tie in change.ties:
        if member.id not in (tie.source, tie.target):
            raise SocietyError(f"{change}: the ties of a member who joins are from it or to it")
    member.begin_anew(change.model or member.speaks)
    society.presence.join(member.id)
    society.traces.forget(member.id)
    facts = {} if change.attributes is None else {"attributes": dict(change.attributes)}
    if facts:
        node = society.graph.nodes[member.id]
        node.clear()
        node.update(facts["attributes"])
    society.log("join", member=member.id, model=member.speaks, **facts)
    for tie in change.ties:
        _link(society, tie)


def without(graph: nx.DiGraph, seats: Collection[int]) -> nx.DiGraph:
    """*graph*, made by `directed`, with no ties of *seats* any more."""
    nx.DiGraph.remove_edges_from(graph, [*graph.in_edges(seats), *graph.out_edges(seats)])
    return graph


APPLY: dict[type, Callable[[Society, Any], None]] = {
    Link: _link, Unlink: _unlink, Reweight: _reweight, Assign: _assign, Place: _place,
    Constitute: _constitute, Leave: _leave, Join: _join,
}  # fmt: skip
"""How each kind of change is carried out."""
