"""Structure over time: from a record to a table, one row for each moment."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeAlias

import numpy as np

from society_sim.errors import ScenarioError, nearest
from society_sim.structure import hierarchy, paths, shape, spectrum
from society_sim.structure.fold import Structure
from society_sim.structure.shape import share
from society_sim.structure.traffic import Traffic
from society_sim.values import Record

Row: TypeAlias = dict[str, float]
SOURCES = 256
"""From so many members shortest paths are followed in a society that is larger."""


def _centralisation(now: Structure) -> float:
    n = now.members
    most = int(now.degrees.max(initial=0))  # who has left has none
    return share(n * most - int(now.degrees.sum()), (n - 1) * (n - 2) if n > 2 else 0)


def _clustering(now: Structure) -> float:
    return share(6 * now.triangles, int((now.degrees * (now.degrees - 1)).sum()))


def _found_modularity(now: Structure) -> float:
    return shape.modularity(now.graph, shape.found_communities(now.graph))


STATE: Mapping[str, Callable[[Structure], float]] = {
    "members": lambda now: float(now.members),
    "ties": lambda now: float(now.ties),
    "density": lambda now: share(now.ties, now.members * (now.members - 1)),
    "reciprocity": lambda now: share(2 * (now.ties - now.pairs), now.ties),
    "centralisation": _centralisation,
    "clustering": _clustering,
    "modularity": lambda now: shape.modularity(now.graph),
    "found_modularity": _found_modularity,
    "algebraic_connectivity": lambda now: now.algebraic_connectivity,
    "spectral_radius": lambda now: spectrum.spectral_radius(now.graph),
    "reachability": lambda now: shape.reachability(now.graph),
    "components": lambda now: shape.components(now.graph),
    "giant_share": lambda now: shape.giant_share(now.graph),
    "mean_path": lambda now: paths.mean_path(now.graph, sources=SOURCES),
    "bottleneck": lambda now: paths.bottleneck(now.graph, sources=SOURCES),
    "depth": lambda now: float(now.depth),
    "bosses": lambda now: float(np.count_nonzero(now.reports)),
    "span": lambda now: share(now.lines, int(np.count_nonzero(now.reports))),
    "widest_span": lambda now: float(now.reports.max(initial=0)) or float("nan"),
    "formal_share": lambda now: share(now.formal_pairs, now.pairs),
    "connectedness": lambda now: hierarchy.connectedness(now.graph),
    "one_sidedness": lambda now: hierarchy.one_sidedness(now.graph),
    "efficiency": lambda now: hierarchy.efficiency(now.graph),
    "least_upper_bounds": lambda now: hierarchy.least_upper_bounds(now.graph),
}
"""What the graph is like at a moment."""
FLOW: Mapping[str, Callable[[Traffic], float]] = {
    "messages": lambda said: float(said.messages),
    "formality": lambda said: said.formality,
    "sibling_share": lambda said: said.sibling_share,
    "external_internal": lambda said: said.external_internal,
    "busiest": lambda said: said.busiest,
}
"""What was said since the moment before."""
DEFAULT = (
    "ties", "density", "reciprocity", "centralisation", "clustering", "modularity", "algebraic_connectivity",
    "reachability", "components", "depth", "span", "widest_span", "formal_share", "rewired", "messages", "formality",
    "sibling_share", "busiest",
)  # fmt: skip
"""All that is cheap enough to be looked at after every tick of a large society."""
KNOWN = (*STATE, *FLOW, "rewired")


def structure_over_time(
    record: Record, every: float = 1.0, measures: Sequence[str] = DEFAULT, *, tolerance: float = 1e-4
) -> list[Row]:
    """A row for each moment 0, *every*, 2 *every*, ... of simulated time, and one for the end; `t` is the moment.

    A row tells the state after all that happened up to its moment. `messages`, `formality`, `sibling_share`,
    `external_internal`, `busiest` and `rewired` (ties that appeared, disappeared or changed their weight) tell what
    happened since the row before. *measures* are names among `KNOWN`. In societies of more than 256 members,
    `bottleneck` and `mean_path` are estimated from paths that begin at 256 of them; of more than 200,
    `algebraic_connectivity` has an absolute error below *tolerance*.

    A record without a graph has no rows. Raises `ScenarioError` for names that are not known and an *every* that is not
    positive, `SocietyError` for a change that makes no sense on the graph.
    """
    return list(rows(record, every, measures, tolerance=tolerance))


def rows(
    record: Record, every: float | None, measures: Sequence[str] = DEFAULT, *, tolerance: float = 1e-4
) -> Iterator[Row]:
    """The same, one row at a time; with *every* `None` that of the end alone."""
    if every is not None and not 0 < every < float("inf"):
        raise ScenarioError(f"every is {every}; rows are a positive stretch of simulated time apart")
    for name in measures:
        if name not in KNOWN:
            raise ScenarioError(f"no structure measure {name!r}; {nearest(name, KNOWN)}")
    teller = _Teller(measures)
    now: Structure | None = None
    listens, number, time, told = any(name in FLOW for name in measures), 0, 0.0, -1.0
    for entry in record:
        kind, time = entry["kind"], float(entry.get("t", time))
        while every is not None and now is not None and time > number * every:
            told = number * every
            yield teller.row(told, now)
            number += 1
        if now is not None:
            if kind != "message" or listens:
                now.take(entry)
        elif kind == "graph":
            now = Structure.of_entry(entry, tolerance=tolerance)
            number = int(-(-time // every)) if every else 0  # a society that begins later has its first row then
    if now is not None and time > told:
        yield teller.row(time, now)


class _Teller:
    """Makes rows; measures of the state are computed again only when the state has changed."""

    def __init__(self, measures: Sequence[str]) -> None:
        self._measures = measures
        self._seen = -1
        self._changes = 0
        self._state: Row = {}

    def row(self, time: float, now: Structure) -> Row:
        if self._seen != now.version:
            self._state = {name: STATE[name](now) for name in self._measures if name in STATE}
            self._seen = now.version
        said = now.traffic
        flow = {name: FLOW[name](said) for name in self._measures if name in FLOW}
        rewired, self._changes = float(now.changes - self._changes), now.changes
        now.traffic = Traffic()
        found = {**self._state, **flow, "rewired": rewired}
        return {"t": time, **{name: found[name] for name in self._measures}}


def write_csv(table: Iterable[Row], to: Path) -> Path:
    """*table* as a CSV file with a header; what is not a number stays empty.

    A row is in memory at a time, and there is no file unless *table* comes to its end.
    """
    writer = None
    with TemporaryFile("w+", newline="", encoding="utf-8") as made:
        for row in table:
            if writer is None:
                writer = csv.DictWriter(made, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow({name: "" if value != value else repr(value) for name, value in row.items()})
        if writer is None:
            made.write("t\n")
        made.seek(0)
        with Path(to).open("w", newline="", encoding="utf-8") as file:
            shutil.copyfileobj(made, file)
    return Path(to)


def final(record: Record, name: str) -> float:
    """The measure *name* at the end of *record*; of what was said, over all of it. Not a number without a graph."""
    last = float("nan")
    for row in rows(record, None, (name,), tolerance=1e-6):
        last = row[name]
    return last


def over_time(record: Record, name: str, every: float) -> float:
    """The mean of the measure *name* over the moments 0, *every*, 2 *every*, ... at which it is one; 0: `final`."""
    if not every:
        return final(record, name)
    values = [row[name] for row in rows(record, every, (name,), tolerance=1e-6)]
    known = [value for value in values if value == value]
    return share(sum(known), len(known))
