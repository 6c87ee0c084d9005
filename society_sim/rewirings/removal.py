"""Removal: a shock that takes members away."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from society_sim.bounds import Natural, Share
from society_sim.changes import Change, Leave
from society_sim.frame import Frame
from society_sim.registry import rewiring
from society_sim.rewirings.acts import due
from society_sim.rewirings.positions import Position, checked, chosen


@rewiring
def removal(
    frame: Frame,
    rng: np.random.Generator,
    *,
    at: float,
    position: Position = "random",
    share: Share = 0.1,
    count: Natural | None = None,
    seats: list[Natural] | None = None,
) -> Iterable[Change]:
    """At time *at*, once, members are lost with all their ties: a share of them by lot, or those in a position.

    *position*: `random`, `root` (leads somebody, reports to nobody), `boss` (leads somebody), `leaf` (reports, leads
    nobody), `head` (of a community), `gateway` (has a tie to another community); or in the order of all members `hub`
    (most ties first), `broker` (highest betweenness first; estimated in large societies) and `top` (by `level`, the
    root first). Of those in the position, or of all where it is `random` or an order, *share* are lost, rounded up, or
    *count* of them; which, a lot decides where no order does. *seats* names them instead. Where nobody holds the
    position nothing happens.

    It happens at the first proposal at or after *at*: `every` is how exactly that is met. The society may fall apart,
    and a tree that loses a boss has several roots; `hierarchy_by_competence` beside it mends that.

    Source: error and attack tolerance, Albert, Jeong and Barabasi (2000); betweenness from a sample, Brandes and Pich
    (2007).

    >>> import networkx as nx
    >>> star = nx.star_graph(4).to_directed()
    >>> list(removal(Frame(5.0, star, {}, before=4.0, number=4), np.random.default_rng(1), at=4.5, position="hub"))
    [Leave(member=0, why='removal')]
    """
    checked(frame, "removal", share, count, seats)
    if not due(frame, at):
        return []
    return [Leave(seat, "removal") for seat in chosen(frame, rng, "removal", position, share, count, seats)]
