"""A graph as a batch of changes would leave it, laid over the graph as it is, which stays untouched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import networkx as nx

from society_sim.adjacency import rows
from society_sim.changes import Change, Link, Place, Unlink


class Overlay:
    """What *graph* would be after *changes*, and where they touch it; without changes, all of it as it is.

    *pairs* are the ties that change, *lines* the seats whose lines of reporting do, *places* those whose attributes
    do. Nobody is at the *absent* seats, which count for nothing. Making one costs what the touched seats have of ties.
    """

    def __init__(
        self, graph: nx.DiGraph, changes: Sequence[Change] | None = None, absent: Collection[int] = ()
    ) -> None:
        self.graph, self._absent = graph, absent
        self._succ, self._pred = rows(graph)
        self.pairs: Iterable[tuple[int, int]] = graph.edges
        self.lines: Iterable[int] = graph
        self.places: Iterable[int] = graph
        self._touched: dict[int | tuple[int, int], Change] = {}
        self._out: dict[int, dict[int, Any]] = {}
        self._into: dict[int, dict[int, Any]] = {}
        self._nodes: dict[int, Mapping[str, Any]] = {}
        if changes is not None:
            self._follow(changes)

    def _follow(self, changes: Sequence[Change]) -> None:
        pairs: dict[tuple[int, int], None] = {}
        lines: dict[int, None] = {}
        places: dict[int, None] = {}
        graph, touched = self.graph, self._touched
        for change in changes:
            if isinstance(change, (Link, Unlink)):
                source, target = pair = change.source, change.target
                if source in graph and target in graph:
                    if self._tie(change) == "report":
                        lines[source] = lines[target] = None
                    pairs[pair] = None
                    touched[pair] = change
                    touched.setdefault(source, change)
                    touched.setdefault(target, change)
            elif isinstance(change, Place) and change.member in graph:
                self._nodes[change.member] = change.attributes
                places[change.member] = None
                touched.setdefault(change.member, change)
        self.pairs, self.lines, self.places = pairs, lines, places

    def _tie(self, change: Link | Unlink) -> str | None:
        """Do *change*; what kind of tie comes or goes."""
        source, target = change.source, change.target
        out = self._out.get(source)
        if out is None:
            out = self._out[source] = self._succ[source].copy()
        into = self._into.get(target)
        if into is None:
            into = self._into[target] = self._pred[target].copy()
        if isinstance(change, Link):
            out[target] = into[source] = {"kind": change.kind}
            return change.kind
        into.pop(source, None)
        gone = out.pop(target, None)
        return None if gone is None else gone.get("kind")

    def by(self, places: Iterable[int | tuple[int, int]]) -> Change | None:
        """The change that touches the first of *places*, ties or seats, that any does."""
        return next((self._touched[place] for place in places if place in self._touched), None)

    def everywhere(self) -> None:
        """Touch all that there is."""
        self.pairs = [(seat, other) for seat in self.graph for other in self.out(seat)]
        self.lines = self.places = self.seats

    @property
    def seats(self) -> Collection[int]:
        """The seats that are taken."""
        absent = self._absent
        return [seat for seat in self.graph if seat not in absent] if absent else self.graph

    def node(self, seat: int) -> Mapping[str, Any]:
        """The attributes of a seat."""
        found: Mapping[str, Any] = self._nodes[seat] if seat in self._nodes else self.graph.nodes[seat]
        return found

    def attributes(self) -> Iterator[Mapping[str, Any]]:
        """The attributes of all seats."""
        changed, absent = self._nodes, self._absent
        for seat, attributes in self.graph.nodes(data=True):
            if seat not in absent:
                yield changed.get(seat, attributes)

    def out(self, seat: int) -> Mapping[int, Mapping[str, Any]]:
        """The ties from a seat: target -> attributes."""
        found: Mapping[int, Mapping[str, Any]] = self._out[seat] if seat in self._out else self._succ[seat]
        return found

    def into(self, seat: int) -> Mapping[int, Mapping[str, Any]]:
        """The ties to a seat: source -> attributes."""
        found: Mapping[int, Mapping[str, Any]] = self._into[seat] if seat in self._into else self._pred[seat]
        return found

    def kind(self, source: int, target: int) -> Any:
        """The kind of the tie from *source* to *target*; `None` if there is none."""
        tie = self.out(source).get(target)
        return None if tie is None else tie.get("kind", "talk")

    def bosses(self, seat: int) -> list[int]:
        """Whom a seat reports to."""
        return [other for other, tie in self.out(seat).items() if tie.get("kind") == "report"]

    def reports(self, seat: int) -> list[int]:
        """Who reports to a seat."""
        return [other for other, tie in self.into(seat).items() if tie.get("kind") == "report"]

    def name(self, seat: int) -> str:
        """A seat in the words of an error."""
        name = self.node(seat).get("name")
        return f"seat {seat}" if name is None else f"seat {seat} ({name!r})"

    def parted(self, pairs: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
        """The first of *pairs* whose two seats cannot reach one another along ties, either way."""
        pairs = [pair for pair in pairs if pair[0] not in self.out(pair[1]) and pair[1] not in self.out(pair[0])]
        left = len(self.graph)  # seats that may be looked at before it is cheaper to look at all of them once
        for place, (one, other) in enumerate(pairs):
            looked, apart = self._search(one, other, left)
            if apart:
                return one, other
            left -= looked
            if left <= 0:
                piece = self.pieces()
                return next((pair for pair in pairs[place:] if piece[pair[0]] != piece[pair[1]]), None)
        return None

    def _search(self, one: int, other: int, most: int) -> tuple[int, bool]:
        """How many ties were looked at until *one* and *other* met (*most*, if they had not met by then).

        And whether they are known to be apart, since all that one of them reaches was looked at.
        """
        ends: tuple[set[int], set[int]] = ({one}, {other})
        rims: list[list[int]] = [[one], [other]]
        looked = 0
        while rims[0] and rims[1] and looked < most:
            side = len(rims[0]) > len(rims[1])
            mine, others, rim = ends[side], ends[not side], []
            for seat in rims[side]:
                for near in (*self.out(seat), *self.into(seat)):
                    looked += 1
                    if near in others:
                        return looked, False
                    if near not in mine:
                        mine.add(near)
                        rim.append(near)
                if looked >= most:
                    return most, False
            rims[side] = rim
        return most, not (rims[0] and rims[1])

    def pieces(self) -> dict[int, int]:
        """The number of the connected piece that each seat is in, ties taken either way."""
        piece: dict[int, int] = {}
        for start in self.seats:
            if start in piece:
                continue
            piece[start], todo = start, [start]
            while todo:
                seat = todo.pop()
                for ends in (self.out(seat), self.into(seat)):
                    for near in ends:
                        if near not in piece:
                            piece[near] = start
                            todo.append(near)
        return piece
