"""From a file: a real organisation, or one made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import networkx as nx
import numpy as np

from society_sim import invariants as forms
from society_sim.errors import ScenarioError
from society_sim.registry import topology
from society_sim.topologies.reading import Columns, Node, Ties, nodes_of, ties_of, value


@topology
def from_file(
    n: int,
    rng: np.random.Generator,
    *,
    file: Path,
    nodes: Path | None = None,
    key: str = "id",
    source: str = "source",
    target: str = "target",
    weight: str | None = None,
    kind: str | None = None,
    directed: bool = True,
    boss: str | None = None,
    community: str | None = None,
    where: dict[str, str] | None = None,
    lone: Literal["keep", "drop"] = "keep",
    invariants: dict[str, dict[str, Any]] | None = None,
) -> nx.DiGraph:
    """The members and ties that *file* names, and what the table *nodes* says of the members.

    *file*: a table of ties (`.csv`, or `.tsv` with tabs) with a head; GraphML (`.graphml`); or a JSON object of each
    member's neighbours (`.json`), `{"Ann": ["Bob"], "Bob": {"Ann": {"kind": "report", "weight": 2}}}`. Any of them may
    be gzipped (`.gz`). *source* and *target* are the columns of a tie's ends, *weight* and *kind* those (or the
    attributes) of its weight, a number from 0, and its kind; left out, they are read where they have just these names,
    and are 1 and `talk` where they are not said. A tie lets its source speak to its target; with `directed: false`
    each goes both ways, and GraphML says itself which it is.
    *nodes*: a table of the members, whose column *key* names them and whose other columns become attributes. Of them
    *boss* is one that names whom each reports to, which makes a tie of kind `report` to that member and one of kind
    `command` back, and gives everyone a `level`; *community* is the one that becomes the attribute `community`.
    *where*: only the members in whose row each of these columns has just this text; ties of others are left out.
    *lone*: whether members without any tie stay. *invariants*: what must hold, name -> parameters, as in
    `{tree: {span: 9}, mirrored: {}}`; left out, it is `bosses` and `mirrored` where there is a *boss*, else nothing.

    Seats are given out in the order in which members are listed in *nodes*, else by the file itself, else in the order
    in which its ties name them first; each keeps its name as the attribute `name`. Where one pair has a line of
    reporting and a tie in *file*, the kind is that of the line and the weight that of the tie.
    `ScenarioError`, with file and line, for somebody unknown, a tie that is there twice, one from somebody to itself,
    and a file that names more or fewer members than the population has.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "ties.csv")
    ...     _ = file.write_text("source,target,weight\\nAnn,Bob,2\\nBob,Cem,1\\n")
    ...     graph = from_file(3, None, file=file)
    >>> [graph.nodes[seat]["name"] for seat in graph], sorted(graph.edges(data="weight"))
    (['Ann', 'Bob', 'Cem'], [(0, 1, 2.0), (1, 2, 1.0)])
    """
    given = ties_of(file, Columns(source, target, kind, weight))
    if nodes is None and (boss or community or where):
        raise ScenarioError("topology 'from_file': boss, community and where are about columns of a table of nodes")
    listed = given.nodes
    if nodes is not None:
        listed = nodes_of(nodes, key, [name for name in (boss, community, *(where or ())) if name])
    members = _listed(given, listed)
    chosen = {name: node for name, node in members.items()
              if all(str(node[2].get(column, "")) == text for column, text in (where or {}).items())}  # fmt: skip
    ties = _checked(given, members, not (given.directed if given.directed is not None else directed))
    ties = {ends: tie for ends, tie in ties.items() if ends[0] in chosen and ends[1] in chosen}
    if boss and nodes:
        _lines(ties, chosen, members, boss, nodes)
    if lone == "drop":
        tied = {end for ends in ties for end in ends}
        chosen = {name: node for name, node in chosen.items() if name in tied}
    if not members:
        raise ScenarioError("names nobody: there are no ties in it; what is expected is a line for each tie, with who "
                            f"speaks under {source!r} and who hears under {target!r}, or else a table of nodes that "
                            "says who is there", file=nodes or file)  # fmt: skip
    if len(chosen) != n:
        raise ScenarioError(f"names {len(chosen)} members, and the population has {n}; give the population a size of "
                            f"{len(chosen)}", file=nodes or file)  # fmt: skip
    graph = _graph(chosen, ties, boss, community)
    if invariants is None:
        invariants = {"bosses": {}, "mirrored": {}} if boss else {}
    forms.conform(invariants)
    return forms.declare(graph, file.name, **invariants)


def _listed(given: Ties, listed: list[Node] | None) -> dict[str, Node]:
    """Who there is, by name, in order of seats."""
    if listed is None:
        names = dict.fromkeys(name for tie in given.ties for name in (tie.source, tie.target))
        return {name: (0, name, {}) for name in names}
    members: dict[str, Node] = {}
    for node in listed:
        if node[1] in members:
            raise ScenarioError(f"{node[1]!r} is there twice", file=given.path, line=node[0])
        members[node[1]] = node
    return members


def _checked(given: Ties, members: Mapping[str, Node], both: bool) -> dict[tuple[str, str], dict[str, Any]]:
    """The ties by their ends, each once and between two of *members*."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    lines: dict[tuple[str, str], int | None] = {}
    for tie in given.ties:
        ends = tie.source, tie.target
        for end in ends:
            if end not in members:
                raise ScenarioError(f"{end!r} is not among the members", file=given.path, line=tie.line)
        if tie.source == tie.target:
            raise ScenarioError(f"{tie.source!r} is tied to itself", file=given.path, line=tie.line)
        if ends in found:
            raise ScenarioError(f"the tie from {tie.source!r} to {tie.target!r} is there twice, first on line "
                                f"{lines[ends]}", file=given.path, line=tie.line)  # fmt: skip
        said = {"kind": tie.kind or "talk", "weight": 1.0 if tie.weight is None else tie.weight}
        for way in (ends, ends[::-1]) if both else (ends,):
            found[way], lines[way] = dict(said), tie.line
    return found


def _lines(
    ties: dict[tuple[str, str], dict[str, Any]],
    chosen: Mapping[str, Node],
    members: Mapping[str, Node],
    boss: str,
    path: Path,
) -> None:
    """Add the lines of command and reporting that the column *boss* has."""
    for name, (line, _, said) in chosen.items():
        above = said.get(boss)
        if above is None or (above in members and above not in chosen):
            continue
        if above not in members:
            raise ScenarioError(f"{name!r} reports to {above!r}, who is not among the members", file=path, line=line)
        if above == name:
            raise ScenarioError(f"{name!r} reports to itself", file=path, line=line)
        for ends, kind in (((above, name), "command"), ((name, above), "report")):
            ties[ends] = {"kind": kind, "weight": ties[ends]["weight"] if ends in ties else 1.0}


def _graph(
    chosen: Mapping[str, Node], ties: Mapping[tuple[str, str], dict[str, Any]], boss: str | None, community: str | None
) -> nx.DiGraph:
    graph = nx.DiGraph()
    seats = {name: seat for seat, name in enumerate(chosen)}
    for name, (_, _, said) in chosen.items():
        own = {column: value(cell) for column, cell in said.items() if column not in (boss, community, "name")}
        if community and community in said:
            own["community"] = value(said[community])
        graph.add_node(seats[name], name=name, **own)
    graph.add_edges_from((seats[source], seats[target], said) for (source, target), said in ties.items())
    if boss:
        upwards = nx.DiGraph([ends for ends in graph.edges if graph.edges[ends]["kind"] == "command"])
        roots = [seat for seat in graph if not upwards.has_node(seat) or not upwards.pred[seat]]
        for level, row in enumerate(nx.bfs_layers(nx.compose(upwards, nx.empty_graph(roots, nx.DiGraph)), roots)):
            for seat in row:
                graph.nodes[seat]["level"] = level
    return graph
