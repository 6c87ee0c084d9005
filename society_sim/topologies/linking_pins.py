"""Linking pins: groups that overlap, each boss a member of the group it leads and of the group above."""

from __future__ import annotations

import itertools
from typing import Annotated

import networkx as nx
import numpy as np

from society_sim.bounds import at_least
from society_sim.invariants import declare
from society_sim.registry import topology
from society_sim.topologies import drawing


@topology
def linking_pins(n: int, rng: np.random.Generator, *, size: Annotated[int, at_least(2)] = 4) -> nx.DiGraph:
    """Groups of up to *size* members, the boss included; within a group everyone speaks to everyone.

    Seat 0 leads the first group. Its other members lead groups of their own, and so on, filled one after another: a
    boss is the pin between the group that it leads and the one in which it is led. Boss and member are tied by
    `command` and `report`, members of one group by `talk`; no tie leads past a pin.
    Node attributes: `level`; `groups`, the groups that the seat is a member of, those above first (a group has the
    number of the seat that leads it); `head`, whether it leads one.

    Invariants: `tree` (with span size - 1) and `mirrored`. Source: Likert (1961), New Patterns of Management.

    >>> graph = linking_pins(13, None)
    >>> graph.nodes[1]["groups"], sorted(graph.successors(1))
    ([0, 1], [0, 2, 3, 4, 5, 6])
    """
    graph = drawing.seats(n)
    below: dict[int, list[int]] = {}
    above = drawing.tree(n, size - 1)
    for seat, (boss, _) in enumerate(above[1:], 1):
        drawing.under(graph, boss, seat)
        below.setdefault(boss, []).append(seat)
    for seat, (boss, level) in enumerate(above):
        led = [seat] if seat in below else []
        graph.nodes[seat].update(level=level, groups=[boss, *led] if seat else [0], head=seat in below)
    drawing.mutual(graph, itertools.chain(*(itertools.combinations(group, 2) for group in below.values())))
    return declare(graph, "linking_pins", tree={"span": size - 1}, mirrored={})
