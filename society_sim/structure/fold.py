"""The structure of a society as a fold over its record: each change costs what it touches, not what there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from society_sim.errors import SocietyError
from society_sim.structure import shape
from society_sim.structure.graphs import COMMAND, REPORT, Floats, Ints, Ties, code, communities_of
from society_sim.structure.hierarchy import lined_pairs, longest
from society_sim.structure.spectrum import fiedler
from society_sim.structure.traffic import Traffic

if TYPE_CHECKING:
    import networkx as nx

_NONE = -1


class Structure:
    """A graph that changes entry by entry (`take`), and what is known of it at any moment.

    Counts (ties, pairs, degrees, triangles, lines of reporting, reports) follow each change. What no change can tell by
    itself is computed when it is asked for and something has changed: components and reachability from the graph, the
    algebraic connectivity from its last eigenvector on, with an absolute error below *tolerance*.

    *changes* counts ties that appeared, disappeared or got another weight; *version* goes up with every change of
    anything; *traffic* counts messages, until it is exchanged for a new one.
    """

    def __init__(self, graph: nx.Graph | Ties, *, tolerance: float = 1e-4) -> None:
        """*graph*: members 0 to n - 1, as it is at first."""
        self.tolerance = tolerance
        self.changes = self.version = 0
        self.traffic = Traffic()
        self._near_vector: Floats | None = None
        self._numbers: dict[str, int] = {}
        self._begin(Ties.of(graph))

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any], *, tolerance: float = 1e-4) -> Structure:
        """The structure that a record's entry of kind `graph` describes."""
        own = cls(_listed(entry), tolerance=tolerance)
        own._name_communities(entry)
        return own

    def _begin(self, base: Ties) -> None:
        self._base = base
        keys = base.source * base.size + base.target
        order = np.argsort(keys)
        self._key, self._kind, self._weight = keys[order], base.kind[order], base.weight[order]
        self._first = self._key.copy()  # sorted: where the ties of the beginning are, as long as they are there
        self._place: dict[int, int] = {}  # and where later ones are
        self._free: list[int] = []
        self._around: dict[int, set[int]] = {}
        self._over: dict[int, set[int]] = {}
        self._community, self._there = base.community.copy(), base.there.copy()
        self.ties, self.pairs = len(keys), len(base.pairs)
        self.degrees = base.degrees.astype(np.int64)
        self.lines = len(base.lines)
        self.reports = np.bincount(base.lines[:, 1], minlength=base.size)
        self.formal_pairs = lined_pairs(base)
        self._triangles: int | None = None  # counted when first asked for, and followed from then on
        self._depth: int | None = None
        self._now: Ties | None = base
        self._connectivity: float | None = None

    def take(self, entry: Mapping[str, Any]) -> None:
        """Follow one entry of a record; kinds that change no tie and say nothing are passed over.

        `graph`, `link`, `unlink`, `reweight`, `place`, `message`; `leave` takes a member and all its ties away, `join`
        brings it back without any. Raises `SocietyError` at a change that makes no sense on the graph.
        """
        match entry["kind"]:
            case "message":
                self._said(entry["from"], entry["to"])
            case "link":
                self.link(entry["source"], entry["target"], entry.get("tie", "talk"), entry.get("weight", 1.0))
            case "unlink":
                self.unlink(entry["source"], entry["target"])
            case "reweight":
                self.reweight(entry["source"], entry["target"], entry["weight"])
            case "place":
                self._place_member(entry["member"], entry.get("attributes", {}))
            case "leave":
                self.leave(entry["member"])
            case "join":
                self.join(entry["member"])
            case "graph":
                self._begin(replace(_listed(entry), there=self._there))  # who has left is not back in another form
                self._name_communities(entry)

    def link(self, source: int, target: int, kind: str = "talk", weight: float = 1.0) -> None:
        """A tie appears."""
        for seat in (source, target):
            self._check(seat)
        if source == target or self._at(source, target) != _NONE:
            raise SocietyError(f"link {source} to {target}: a tie joins two members who do not have it yet")
        self._set(source, target, code(kind), weight)
        self.changes += 1

    def unlink(self, source: int, target: int) -> None:
        """A tie disappears."""
        self._known(source, target, "unlink")
        self._set(source, target, _NONE, 0.0)
        self.changes += 1

    def reweight(self, source: int, target: int, weight: float) -> None:
        """A tie gets another weight."""
        self._weight[self._known(source, target, "reweight")] = weight
        self.changes += 1
        self._stale(shape=False)

    def leave(self, member: int) -> None:
        """A member goes, and all its ties with it."""
        self._check(member)
        for other in sorted(self._neighbours(member)):
            for ends in ((member, other), (other, member)):
                if self._at(*ends) != _NONE:
                    self._set(*ends, _NONE, 0.0)
                    self.changes += 1
        self._there[member] = False
        self._stale()

    def join(self, member: int) -> None:
        """A member comes back, or another in its seat and community; it has no ties yet."""
        if not 0 <= member < self._base.size or self._there[member]:
            raise SocietyError(f"join {member}: not the seat of a member who has left")
        self._there[member] = True
        self._stale()

    @property
    def graph(self) -> Ties:
        """The graph as it is now."""
        if self._now is None:
            kept = self._key >= 0
            key, size = self._key[kept], self._base.size
            self._now = Ties(size, key // size, key % size, self._kind[kept], self._weight[kept],
                             self._community.copy(), self._there.copy())  # fmt: skip
        return self._now

    @property
    def members(self) -> int:
        """How many are there."""
        return int(self._there.sum())

    @property
    def triangles(self) -> int:
        """How many triangles there are, directions aside."""
        if self._triangles is None:
            self._triangles = shape.triangles(self.graph)
        return self._triangles

    @property
    def depth(self) -> int:
        """Steps on the longest line of reporting."""
        if self._depth is None:
            self._depth = longest(self._lines_now(), self._base.size) if self.lines else 0
        return self._depth

    @property
    def algebraic_connectivity(self) -> float:
        """Second smallest eigenvalue of the normalised Laplacian."""
        if self._connectivity is None:
            self._connectivity, vector = fiedler(self.graph, self.tolerance, self._near_vector)
            self._near_vector = self._near_vector if vector is None else vector
        return self._connectivity

    def _lines_now(self) -> Ints:
        """Rows (member, boss); one that is told from both ends may be there twice."""
        formal = (self._key >= 0) & (self._kind != 0)
        key, up = self._key[formal], self._kind[formal] == REPORT
        source, target = key // self._base.size, key % self._base.size
        return np.stack([np.where(up, source, target), np.where(up, target, source)], axis=1)

    def _check(self, seat: int) -> None:
        if not (0 <= seat < self._base.size and self._there[seat]):
            raise SocietyError(f"there is no member {seat}; seats are 0 to {self._base.size - 1}, less who has left")

    def _known(self, source: int, target: int, what: str) -> int:
        place = self._at(source, target)
        if place == _NONE:
            raise SocietyError(f"{what} {source} to {target}: there is no such tie")
        return place

    def _at(self, source: int, target: int) -> int:
        """Where the tie is among the arrays, or `_NONE`."""
        size = self._base.size
        if not (0 <= source < size and 0 <= target < size):
            return _NONE
        key = source * size + target
        place = self._place.get(key, _NONE)
        if place == _NONE and len(self._first):
            place = int(self._first.searchsorted(key))
            if place == len(self._first) or self._key[place] != key:
                return _NONE
        return place

    def _kind_of(self, source: int, target: int) -> int:
        place = self._at(source, target)
        return _NONE if place == _NONE else int(self._kind[place])

    def _set(self, source: int, target: int, kind: int, weight: float) -> None:
        """Put the tie, or take it away if *kind* is `_NONE`, and keep all counts up."""
        there, back = self._kind_of(source, target), self._kind_of(target, source)
        self._write(source, target, kind, weight)
        self.ties += (kind != _NONE) - (there != _NONE)
        if back == _NONE:
            self._paired(source, target, kind != _NONE)
        for low, high, was, now in (
            (source, target, there == REPORT or back == COMMAND, kind == REPORT or back == COMMAND),
            (target, source, back == REPORT or there == COMMAND, back == REPORT or kind == COMMAND),
        ):
            if was != now:
                self._lined(low, high, now)
        self.formal_pairs += (kind > 0 or back > 0) - (there > 0 or back > 0)
        self._stale()

    def _write(self, source: int, target: int, kind: int, weight: float) -> None:
        key, place = source * self._base.size + target, self._at(source, target)
        if kind == _NONE:
            self._key[place] = _NONE
            self._place.pop(key, None)
            self._free.append(place)
            return
        if not self._free:
            self._grow()
        place = self._free.pop()
        self._key[place], self._kind[place], self._weight[place] = key, kind, weight
        self._place[key] = place

    def _grow(self) -> None:
        old = len(self._key)
        more = max(16, old // 2)
        self._key = np.concatenate([self._key, np.full(more, _NONE, np.int64)])
        self._kind = np.concatenate([self._kind, np.zeros(more, np.int64)])
        self._weight = np.concatenate([self._weight, np.zeros(more)])
        self._free.extend(range(old + more - 1, old - 1, -1))

    def _paired(self, one: int, other: int, now: bool) -> None:
        near, far = self._neighbours(one), self._neighbours(other)
        step = 1 if now else -1
        if self._triangles is not None:
            self._triangles += step * len(near & far)
        if now:
            near.add(other)
            far.add(one)
        else:
            near.discard(other)
            far.discard(one)
        self.pairs += step
        self.degrees[one] += step
        self.degrees[other] += step

    def _lined(self, low: int, high: int, now: bool) -> None:
        bosses = self._bosses(low)
        if now:
            bosses.add(high)
        else:
            bosses.discard(high)
        self.lines += 1 if now else -1
        self.reports[high] += 1 if now else -1
        self._depth = None

    def _neighbours(self, seat: int) -> set[int]:
        """Who is tied with a member; read off the beginning until a change touches it."""
        if seat not in self._around:
            links = self._base.undirected
            self._around[seat] = set(links.indices[links.indptr[seat] : links.indptr[seat + 1]].tolist())
        return self._around[seat]

    def _bosses(self, seat: int) -> set[int]:
        """To whom a member reports; likewise."""
        if seat not in self._over:
            first, last = np.searchsorted(self._base.lines[:, 0], [seat, seat + 1])
            self._over[seat] = set(self._base.lines[first:last, 1].tolist())
        return self._over[seat]

    def _said(self, sender: int, target: int) -> None:
        line = sibling = False
        if self.lines:
            over, other = self._bosses(sender), self._bosses(target)
            line, sibling = target in over or sender in other, not over.isdisjoint(other)
        one, two = self._community[sender], self._community[target]
        same = bool(one == two) if one >= 0 and two >= 0 else None
        self.traffic.count(sender, target, line=line, sibling=sibling, same=same)

    def _place_member(self, seat: int, attributes: Mapping[str, Any]) -> None:
        self._check(seat)
        name = attributes.get("community")
        self._community[seat] = _NONE if name is None else self._numbers.setdefault(repr(name), len(self._numbers))
        self._stale(shape=False)

    def _name_communities(self, entry: Mapping[str, Any]) -> None:
        names = {int(seat): data.get("community") for seat, data in entry["nodes"].items()}
        self._numbers = {}
        self._community = communities_of(self._base.size, names, self._numbers)
        self._stale(shape=False)

    def _stale(self, *, shape: bool = True) -> None:
        """What was computed of the graph holds no longer; without *shape*, only what depends on weights and names."""
        self.version += 1
        self._now = None
        if shape:
            self._connectivity = None


def _listed(entry: Mapping[str, Any]) -> Ties:
    return Ties.listed(len(entry["nodes"]), entry["ties"], entry["nodes"])
