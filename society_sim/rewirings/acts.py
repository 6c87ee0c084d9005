"""What rewirings share: who acts when, and changes in the making.

>>> import networkx as nx
>>> from society_sim.ties import directed
>>> draft = Draft(Frame(1.0, directed(nx.path_graph(4)), {}))
>>> draft.move(1, 0, 3), draft.move(2, 1, 0)  # seat 0 keeps its last tie
(False, True)
>>> draft.changes() == [(Unlink(1, 2), Unlink(2, 1), Link(0, 2), Link(2, 0))]
True
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeVar

import networkx as nx
import numpy as np

from society_sim.changes import Link, Unlink
from society_sim.frame import Frame

T = TypeVar("T")
Pair = tuple[int, int]


def due(frame: Frame, at: float) -> bool:
    """Whether this is the first proposal at or after time *at*."""
    return frame.now >= at and (frame.before < at or frame.number == 0)


def chance(frame: Frame, rate: float) -> float:
    """The probability that what happens at *rate* per unit of time has happened since the last proposal."""
    return -math.expm1(-rate * max(frame.now - frame.before, 0.0))


def steps(frame: Frame, rate: float) -> int:
    """How many steps are due since the last proposal, at exactly *rate* per unit of time."""
    return math.floor(rate * frame.now + 1e-9) - math.floor(rate * frame.before + 1e-9)


def actors(frame: Frame, rng: np.random.Generator, rate: float) -> list[int]:
    """Those of the members present who act in this interval, each at *rate* per unit of time; in order of seats."""
    seats = seats_of(frame)
    many = int(rng.binomial(len(seats), chance(frame, rate)))
    return [seats[place] for place in np.sort(rng.choice(len(seats), many, replace=False)).tolist()] if many else []


def seats_of(frame: Frame) -> Sequence[int]:
    """The seats of the members present."""
    return frame.present if isinstance(frame.present, Sequence) else tuple(frame.present)


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """One of *options* by a fair lot."""
    return options[int(rng.integers(len(options)))]


def kind_of(graph: nx.DiGraph, source: int, target: int) -> str:
    """The kind of a tie."""
    return str(graph.get_edge_data(source, target).get("kind", "talk"))  # graph.edges[...] takes ten times as long


class Draft:
    """Changes of talk ties in the making: of each pair of members at most one, so that their order does not matter.

    Ties of other kinds belong to the organisation and stay as they are. The last tie of a member is never cut. A tie
    that goes both ways comes and goes both ways. Each cut, tie or move is a proposal that stands alone; a cut that
    leaves somebody only ties that are to come belongs together with those by which they come.
    """

    def __init__(self, frame: Frame) -> None:
        self.graph = frame.graph
        self._succ, self._pred = frame.graph.adj, frame.graph.pred
        self._touched: set[Pair] = set()
        self._proposals: list[tuple[Link | Unlink, ...]] = []
        self._less: dict[int, int] = {}  # directed ties that a seat loses
        self._more: dict[int, int] = {}  # those that it gets
        self._gifts: dict[int, list[int]] = {}  # the places of the proposals by which it gets them
        self._bonds: list[Pair] = []  # places of proposals that belong together

    def tied(self, seat: int, other: int) -> bool:
        """Whether there is a tie between the two, or was at the beginning, or they are one."""
        there = self.graph.has_edge
        return seat == other or there(seat, other) or there(other, seat) or self._known(seat, other)

    def _known(self, seat: int, other: int) -> bool:
        return (min(seat, other), max(seat, other)) in self._touched

    def contacts(self, seat: int) -> list[int]:
        """Those to whom *seat* has a talk tie, which was not touched yet."""
        return [other for other, data in self._succ[seat].items()
                if data.get("kind", "talk") == "talk" and not self._known(seat, other)]  # fmt: skip

    def degree(self, seat: int) -> int:
        """How many ties *seat* has by now, each way counted."""
        return self._old(seat) + self._more.get(seat, 0)

    def _old(self, seat: int) -> int:
        """How many ties of the graph *seat* has left by now."""
        return len(self._succ[seat]) + len(self._pred[seat]) - self._less.get(seat, 0)

    def ways(self, seat: int, other: int) -> list[Pair]:
        """The talk ties between the two in the graph; none if another tie joins them."""
        there = [(u, v) for u, v in ((seat, other), (other, seat)) if self.graph.has_edge(u, v)]
        return there if all(kind_of(self.graph, u, v) == "talk" for u, v in there) else []

    def cut(self, seat: int, other: int) -> bool:
        """Let the talk ties between the two go, unless one of them would have no tie left; whether they go."""
        there = self.ways(seat, other)
        if not there or self._known(seat, other) or min(self.degree(seat), self.degree(other)) <= len(there):
            return False
        self._propose(there, ())
        return True

    def cut_way(self, source: int, target: int) -> bool:
        """Let one way of a talk tie go, unless one of the two would have no tie left; whether it goes."""
        if self._known(source, target) or min(self.degree(source), self.degree(target)) < 2:
            return False
        self._propose([(source, target)], ())
        return True

    def tie(self, seat: int, other: int, *, mutual: bool = True) -> bool:
        """Let *seat* speak to *other* (*mutual*: and the other way round), if no tie joins them; whether that is so."""
        if self.tied(seat, other):
            return False
        self._propose((), [(seat, other), (other, seat)] if mutual else [(seat, other)])
        return True

    def move(self, seat: int, old: int, new: int) -> bool:
        """Let a tie of *seat* end at *new* instead of *old*; whether it does."""
        there = self.ways(seat, old)
        if self.tied(seat, new) or not there or self._known(seat, old) or self.degree(old) <= len(there):
            return False  # seat itself loses one and gets one
        self._propose(there, [(seat, new) if u == seat else (new, seat) for u, _ in there])
        return True

    def _propose(self, gone: Sequence[Pair], come: Sequence[Pair]) -> None:
        """Let the ties *gone* go and *come* come, together."""
        place = len(self._proposals)
        self._proposals.append((*(Unlink(*pair) for pair in sorted(gone)), *(Link(*pair) for pair in sorted(come))))
        self._touched.update((min(pair), max(pair)) for pair in (*gone, *come))
        for pair in come:
            for end in pair:
                self._more[end] = self._more.get(end, 0) + 1
                self._gifts.setdefault(end, []).append(place)
        for pair in gone:
            for end in pair:
                self._less[end] = self._less.get(end, 0) + 1
                gifts = self._gifts.get(end)
                if gifts and self._old(end) < 1 and place not in gifts:
                    self._bonds.append((place, gifts[0]))

    def changes(self) -> Sequence[tuple[Link | Unlink, ...]]:
        """What is proposed: those proposals that stand alone, in the order in which they were made."""
        if not self._bonds:
            return self._proposals
        bound = nx.Graph(self._bonds)
        bound.add_nodes_from(range(len(self._proposals)))
        groups = sorted(sorted(group) for group in nx.connected_components(bound))
        return [tuple(sorted((tie for place in group for tie in self._proposals[place]), key=_place))
                for group in groups]  # fmt: skip


def _place(tie: Link | Unlink) -> tuple[bool, int, int]:
    return isinstance(tie, Link), tie.source, tie.target


def strangers(draft: Draft, seat: int, seats: Sequence[int], looks: int, rng: np.random.Generator) -> Iterable[int]:
    """Up to *looks* random members to whom *seat* has no tie, one after the other."""
    for place in rng.integers(len(seats), size=looks).tolist():
        if not draft.tied(seat, seats[place]):
            yield seats[place]
