"""Decay: ties that nobody uses are lost."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from society_sim.bounds import NonNegative
from society_sim.changes import Proposal
from society_sim.frame import Frame, Use
from society_sim.registry import rewiring
from society_sim.rewirings.acts import Draft, chance

_NEVER = Use(0.0, 0)


@rewiring
def decay(
    frame: Frame, rng: np.random.Generator, *, after: NonNegative = 10.0, rate: NonNegative = 1.0
) -> Iterable[Proposal]:
    """Talk ties along which nothing was said for *after* units of time are lost, each at *rate* per unit of time.

    A tie that goes both ways counts as used when words passed either way, and is lost both ways. A new tie has *after*
    units of time to be used. Only messages count: a mechanism that merely shows members the answers of others, such as
    `second_look`, uses no tie, and decay then thins out everything.

    Nobody loses its last tie, but the society may fall apart. Ties of other kinds than `talk` stay.

    Source: Burt (2000) on the decay of ties; Kossinets and Watts (2006) on ties as what was used lately.

    >>> import networkx as nx
    >>> frame = Frame(20.0, nx.complete_graph(3).to_directed(), {}, used={(0, 1): Use(15.0, 3)}, before=19.0)
    >>> sorted({(cut.source, cut.target) for cuts in decay(frame, np.random.default_rng(1), rate=1e9) for cut in cuts})
    [(0, 2), (2, 0)]
    """
    graph, used, limit = frame.graph, frame.used, frame.now - after
    if limit < 0:
        return []
    idle = []
    for u, near in graph.adjacency():
        for v, data in near.items():
            if used.get((u, v), _NEVER)[0] > limit or data.get("kind", "talk") != "talk":
                continue
            back = graph.has_edge(v, u)
            if not back or (u < v and used.get((v, u), _NEVER)[0] <= limit):  # one that goes both ways is one
                idle.append((u, v))
    draft = Draft(frame)
    for place in np.flatnonzero(rng.random(len(idle)) < chance(frame, rate)).tolist():
        draft.cut(*idle[place])
    return draft.changes()
