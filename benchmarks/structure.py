"""Structure measures of a large organisation that is rewired tick after tick."""

from __future__ import annotations

import random
from statistics import median

import networkx as nx

from benchmarks.common import Row, cpu
from society_sim.structure import DEFAULT, structure_over_time


def rewired(members: int, degree: int, ticks: int, changes: int) -> list[dict]:
    """A record: small world under a hierarchy; in each tick so many ties go or come, a tenth of them lines."""
    luck = random.Random(1)
    graph = nx.watts_strogatz_graph(members, degree, 0.1, seed=1).to_directed()
    nx.set_edge_attributes(graph, "talk", "kind")
    for seat in range(1, members):
        graph.add_edge(seat, (seat - 1) // 6, kind="report")
    ties = [(u, v, data["kind"], 1.0) for u, v, data in graph.edges(data=True)]
    nodes = {seat: {"community": seat * 50 // members} for seat in range(members)}
    record = [{"t": 0.0, "kind": "graph", "nodes": nodes, "ties": ties}]
    there, known = [tie[:2] for tie in ties], {tie[:2] for tie in ties}
    for tick in range(1, ticks + 1):
        for change in range(changes // 2):
            at = luck.randrange(len(there))
            gone, there[at] = there[at], there[-1]
            there.pop()
            known.remove(gone)
            record.append({"t": float(tick), "kind": "unlink", "source": gone[0], "target": gone[1]})
            come = (luck.randrange(members), luck.randrange(members))
            if come[0] != come[1] and come not in known:
                known.add(come)
                there.append(come)
                tie = "report" if change % 10 == 0 else "talk"
                record.append({"t": float(tick), "kind": "link", "source": come[0], "target": come[1], "tie": tie,
                               "weight": 1.0})  # fmt: skip
    return record


def structure(quick: bool) -> list[Row]:
    """Seconds for all default measures after a tick of changes; and for each measure that takes its time."""
    ticks, members = (3, 2_000) if quick else (20, 10_000)
    record = rewired(members, 10, ticks, 1_000)
    ties = len(record[0]["ties"])
    first = seconds(record[:1], DEFAULT)
    whole = (seconds(record, DEFAULT) - first) / ticks
    rows = [Row(f"all measures after a tick, {ties:,} ties, 1,000 changes", whole, "s", "< 0.2"),
            Row("the same, of the first tick", first, "s")]  # fmt: skip
    for name in ("ties", "clustering", "modularity", "depth", "reachability", "algebraic_connectivity"):
        each = (seconds(record, (name,)) - seconds(record[:1], (name,))) / ticks
        rows.append(Row(f"{name} after a tick", each, "s"))
    rows.append(Row("bottleneck from 256 members, once", seconds(record[:1], ("bottleneck",)), "s"))
    return rows


def seconds(record: list[dict], names: tuple[str, ...]) -> float:
    """CPU seconds for the table of *record*: the median of three."""

    def once() -> float:
        with cpu() as spent:
            structure_over_time(record, 1.0, names)
            return spent()

    return median(once() for _ in range(3))
