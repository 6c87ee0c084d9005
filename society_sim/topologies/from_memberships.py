"""From memberships: whoever is in a group with another may speak to it."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Literal

import networkx as nx
import numpy as np

from society_sim.errors import ScenarioError
from society_sim.invariants import declare
from society_sim.registry import topology
from society_sim.topologies import drawing
from society_sim.topologies.reading import rows


@topology
def from_memberships(
    n: int,
    rng: np.random.Generator,
    *,
    file: Path,
    member: str = "member",
    group: str = "group",
    role: str = "role",
    roles: list[str] | None = None,
    heads: list[str] | None = None,
    council: Literal["none", "complete", "ring", "star"] = "none",
) -> nx.DiGraph:
    """A federation of groups that overlap in people, from a table of who is in which group.

    *file*: a table (`.csv`, or `.tsv` with tabs; may be gzipped) with a row for each membership. Its columns *member*
    and *group* name the two, and *role*, which is needed for *roles* and *heads* alone, says what the member is there.
    *roles*: the only roles that count, all if left out. *heads*: the roles whose holders head the group.
    Members of a group are tied both ways, by ties of kind `talk` whose weight is the number of groups that they share.
    *council*: how the heads of different groups speak to one another besides.

    Seats are given out in the order in which the file names people first. Node attributes: `name`; `groups`, all of
    its groups, in order; `community`, the first group that it heads, or else its first; `head`, whether it heads that;
    `delegate`, whether it heads any group or is a member of several. With a *council* the invariant `connected` is
    declared, so groups that nothing joins are an error; without, there are no invariants.
    `ScenarioError`, with file and line, for a membership that is there twice, and for another number of members than
    the population has. Source: the duality of persons and groups, Breiger (1974).

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "leads.csv")
    ...     _ = file.write_text("group,member\\ndocs,Ann\\ndocs,Bob\\nrelease,Bob\\nrelease,Cem\\n")
    ...     graph = from_memberships(3, None, file=file)
    >>> graph.nodes[1]["groups"], sorted(graph.successors(1)), graph.has_edge(0, 2)
    (['docs', 'release'], [0, 2], False)
    """
    by_role = roles is not None or heads is not None
    groups: dict[str, dict[str, None]] = {}
    people: dict[str, dict[str, bool]] = {}  # name -> group -> whether it heads it
    seen: dict[tuple[str, ...], int] = {}
    known: set[str] = set()
    for line, row in rows(file, [member, group, *([role] if by_role else [])]):
        what = row[role] if by_role else ""
        known.add(what)
        entry = row[member], row[group], what
        if not row[member] or not row[group]:
            raise ScenarioError(f"nobody is named in the column {member if not row[member] else group!r}", file=file,
                                line=line)  # fmt: skip
        if entry in seen:
            raise ScenarioError(f"{row[member]!r} is in {row[group]!r} twice, first on line {seen[entry]}", file=file,
                                line=line)  # fmt: skip
        seen[entry] = line
        if roles is not None and what not in roles:
            continue
        groups.setdefault(row[group], {})[row[member]] = None
        own = people.setdefault(row[member], {})
        own[row[group]] = own.get(row[group], False) or (heads is not None and what in heads)
    for name in (*(roles or ()), *(heads or ())):
        if name not in known:
            raise ScenarioError(f"nobody has the role {name!r}; there are: {', '.join(sorted(known))}", file=file)
    if len(people) != n:
        raise ScenarioError(f"names {len(people)} members, and the population has {n}; give the population a size of "
                            f"{len(people)}", file=file)  # fmt: skip
    return _graph(file.name, people, groups, council)


def _graph(
    name: str, people: dict[str, dict[str, bool]], groups: dict[str, dict[str, None]], council: str
) -> nx.DiGraph:
    graph = nx.DiGraph()
    seats = {person: seat for seat, person in enumerate(people)}
    for person, own in people.items():
        headed = [group for group, leads in own.items() if leads]
        graph.add_node(seats[person], name=person, groups=list(own), community=(headed or list(own))[0],
                       head=bool(headed), delegate=bool(headed) or len(own) > 1)  # fmt: skip
    for group in groups.values():
        for one, other in combinations([seats[person] for person in group], 2):
            shared = graph.edges[one, other]["weight"] if graph.has_edge(one, other) else 0.0
            graph.add_edge(one, other, kind="talk", weight=shared + 1.0)
            graph.add_edge(other, one, kind="talk", weight=shared + 1.0)
    if council == "none":
        return declare(graph, name)
    drawing.council(graph, [seat for seat in graph if graph.nodes[seat]["head"]], council)
    return declare(graph, name, connected={})
