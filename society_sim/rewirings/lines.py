"""Lines of reporting as rewirings see them: who leads whom, and what a new line or the end of one changes.

>>> from society_sim.topologies.hierarchical import hierarchical
>>> lines = Lines(Frame(1.0, hierarchical(5, None, span=2), {}))
>>> lines.bosses[4], lines.reports[1], lines.top(), lines.levels(0)
([1], [3, 4], 0, {0: 0, 1: 1, 2: 1, 3: 2, 4: 2})
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from society_sim.changes import Change, Link, Place, Unlink
from society_sim.frame import Frame, Standing
from society_sim.rewirings.acts import Pair, kind_of

FORMAL = frozenset({"command", "report"})
"""Kinds of ties that are lines of an organisation."""
_NOBODY = Standing()


class Lines:
    """Who reports to whom among the members present, and the changes that are proposed to it."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.graph = frame, frame.graph
        self.bosses: dict[int, list[int]] = {}
        self.reports: dict[int, list[int]] = {}
        for low, near in frame.graph.adjacency():
            for high, data in near.items():
                if data.get("kind") == "report":
                    self.bosses.setdefault(low, []).append(high)
                    self.reports.setdefault(high, []).append(low)
        self._new: dict[Pair, str | None] = {}  # the kind a tie shall have, or None for no tie

    def top(self, order: Iterable[int] = ()) -> int | None:
        """Of those who report to nobody the one that leads most; of equals the first in *order*, then by seats."""
        free = [seat for seat in self.frame.present if seat not in self.bosses]
        rank = {seat: place for place, seat in enumerate(order)}
        return min(free, key=lambda seat: (-self._below(seat), rank.get(seat, len(rank)), seat), default=None)

    def _below(self, seat: int) -> int:
        return len(self.levels(seat)) if seat in self.reports else 0

    def levels(self, top: int) -> dict[int, int]:
        """The level of all below *top*, from the top down."""
        levels, todo = {top: 0}, [top]
        for seat in todo:
            for low in sorted(self.reports.get(seat, ())):
                if low not in levels:
                    levels[low] = levels[seat] + 1
                    todo.append(low)
        return levels

    def put(self, low: int, high: int) -> None:
        """Let *low* report to *high*, who commands it."""
        self.bosses.setdefault(low, []).append(high)
        self.reports.setdefault(high, []).append(low)
        self._new[low, high], self._new[high, low] = "report", "command"

    def command(self) -> bool:
        """Let every boss command those that report to it; whether some did not yet."""
        for high, lows in self.reports.items():
            for low in lows:
                back = self.graph.get_edge_data(high, low)
                if back is None or back.get("kind") != "command":
                    self._new[high, low] = "command"
        return bool(self._new)

    def end(self, low: int, high: int) -> None:
        """Let *low* report to *high* no more."""
        for table, one, other in ((self.bosses, low, high), (self.reports, high, low)):
            table[one].remove(other)
            if not table[one]:
                del table[one]
        for way in ((low, high), (high, low)):
            if self.graph.has_edge(*way) and kind_of(self.graph, *way) in FORMAL:
                self._new[way] = None

    def talk(self, one: int, other: int) -> None:
        """Let the two talk, both ways, where no tie joins them or a line just ended."""
        for way in ((one, other), (other, one)):
            if self._new.get(way, "") is None or not self.graph.has_edge(*way):
                self._new[way] = "talk"

    def hush(self, seat: int, others: frozenset[int] | set[int]) -> None:
        """Let *seat* and *others* talk no more except along lines."""
        near = {*self.graph.adj[seat], *self.graph.pred[seat]} & others
        for other in sorted(near):
            for way in ((seat, other), (other, seat)):
                if self.graph.has_edge(*way) and kind_of(self.graph, *way) == "talk" and way not in self._new:
                    self._new[way] = None

    def changes(self, levels: dict[int, int | None]) -> list[Change]:
        """What is proposed: ties that go, ties that come, and the *levels* (`None`: none) of those whose is new."""
        graph = self.graph
        gone, come = [], []
        for (u, v), kind in sorted(self._new.items()):
            old = kind_of(graph, u, v) if graph.has_edge(u, v) else None
            if old == kind:
                continue
            if old is not None:
                gone.append(Unlink(u, v))
            if kind is not None:
                come.append(Link(u, v, kind))
        places: list[Place] = []
        for seat, level in sorted(levels.items()):
            own: dict[str, Any] = dict(graph.nodes[seat])
            new = {name: value for name, value in own.items() if name != "level"}
            new |= {} if level is None else {"level": level}
            if new != own:
                places.append(Place(seat, new))
        return [*gone, *come, *places]


def ranked(frame: Frame, rng: np.random.Generator, least: int = 0) -> list[int]:
    """The members present who were asked *least* questions, the best first by their share of right answers.

    The share is (right + 1) / (asked + 2): who was asked little is thought neither good nor bad. A fair lot
    ranks equals.
    """
    luck = rng.random(len(frame.present)).tolist()
    keys = []
    for seat, lot in zip(frame.present, luck, strict=True):
        standing = frame.standing.get(seat, _NOBODY)
        if standing.asked >= least:
            keys.append((-(standing.right + 1) / (standing.asked + 2), lot, seat))
    return [seat for *_, seat in sorted(keys)]
