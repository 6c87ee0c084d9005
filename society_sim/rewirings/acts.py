"""What rewirings share: who acts when, and changes in the making.

>>> import networkx as nx
>>> from society_sim.ties import directed
>>> draft = Draft(Frame(1.0, directed(nx.path_graph(4)), {}))
>>> draft.move(1, 0, 3), draft.move(2, 1, 0)  # seat 0 keeps its last tie
(False, True)
>>> draft.changes()
[Unlink(source=1, target=2), Unlink(source=2, target=1), Link(source=0, target=2, kind='talk', weight=1.0), \
Link(source=2, target=0, kind='talk', weight=1.0)]
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TypeVar

import networkx as nx
import numpy as np

from society_sim import errors
from society_sim.changes import Change, Link, Unlink
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


at_least = partial(errors.at_least, "rewiring")
"""`ScenarioError` in the name of a rewiring for the first number that is less than the least."""


def kind_of(graph: nx.DiGraph, source: int, target: int) -> str:
    """The kind of a tie."""
    return str(graph.get_edge_data(source, target).get("kind", "talk"))  # graph.edges[...] takes ten times as long


class Draft:
    """Changes of talk ties in the making: of each pair of members at most one, so that their order does not matter.

    Ties of other kinds belong to the organisation and stay as they are. The last tie of a member is never cut. A tie
    that goes both ways comes and goes both ways.
    """

    def __init__(self, frame: Frame) -> None:
        self.graph = frame.graph
        self._succ, self._pred = frame.graph.adj, frame.graph.pred
        self._touched: set[Pair] = set()
        self._cut: list[Unlink] = []
        self._come: list[Link] = []
        self._more: dict[int, int] = {}  # directed ties of a seat, compared with the graph

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
        return len(self._succ[seat]) + len(self._pred[seat]) + self._more.get(seat, 0)

    def ways(self, seat: int, other: int) -> list[Pair]:
        """The talk ties between the two in the graph; none if another tie joins them."""
        there = [(u, v) for u, v in ((seat, other), (other, seat)) if self.graph.has_edge(u, v)]
        return there if all(kind_of(self.graph, u, v) == "talk" for u, v in there) else []

    def cut(self, seat: int, other: int) -> bool:
        """Let the talk ties between the two go, unless one of them would have no tie left; whether they go."""
        there = self.ways(seat, other)
        if not there or self._known(seat, other) or min(self.degree(seat), self.degree(other)) <= len(there):
            return False
        self._cut += [Unlink(u, v) for u, v in there]
        self._touch(seat, other, -len(there))
        return True

    def cut_way(self, source: int, target: int) -> bool:
        """Let one way of a talk tie go, unless one of the two would have no tie left; whether it goes."""
        if self._known(source, target) or min(self.degree(source), self.degree(target)) < 2:
            return False
        self._cut.append(Unlink(source, target))
        self._touch(source, target, -1)
        return True

    def tie(self, seat: int, other: int, *, mutual: bool = True) -> bool:
        """Let *seat* speak to *other* (*mutual*: and the other way round), if no tie joins them; whether that is so."""
        if self.tied(seat, other):
            return False
        ways = [(seat, other), (other, seat)] if mutual else [(seat, other)]
        self._come += [Link(u, v) for u, v in ways]
        self._touch(seat, other, len(ways))
        return True

    def move(self, seat: int, old: int, new: int) -> bool:
        """Let a tie of *seat* end at *new* instead of *old*; whether it does."""
        there = self.ways(seat, old)
        if self.tied(seat, new) or not there or self._known(seat, old) or self.degree(old) <= len(there):
            return False  # seat itself loses one and gets one
        self._cut += [Unlink(u, v) for u, v in there]
        self._come += [Link(*((seat, new) if u == seat else (new, seat))) for u, _ in there]
        self._touch(seat, old, -len(there))
        self._touch(seat, new, len(there))
        return True

    def _touch(self, seat: int, other: int, more: int) -> None:
        self._touched.add((min(seat, other), max(seat, other)))
        for end in (seat, other):
            self._more[end] = self._more.get(end, 0) + more

    def changes(self) -> list[Change]:
        """What is proposed: first what goes, then what comes, by seats."""
        return [*sorted(self._cut, key=_ends), *sorted(self._come, key=_ends)]


def _ends(tie: Link | Unlink) -> Pair:
    return tie.source, tie.target


def strangers(draft: Draft, seat: int, seats: Sequence[int], looks: int, rng: np.random.Generator) -> Iterable[int]:
    """Up to *looks* random members to whom *seat* has no tie, one after the other."""
    for place in rng.integers(len(seats), size=looks).tolist():
        if not draft.tied(seat, seats[place]):
            yield seats[place]
