"""Substitution: a shock that gives members another model."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from society_sim.bounds import Natural, Share
from society_sim.changes import Assign, Change
from society_sim.frame import Frame
from society_sim.registry import rewiring
from society_sim.rewirings.acts import due
from society_sim.rewirings.positions import Position, checked, chosen


@rewiring
def substitution(
    frame: Frame,
    rng: np.random.Generator,
    *,
    at: float,
    model: str,
    position: Position = "random",
    share: Share = 0.5,
    count: Natural | None = None,
    seats: list[Natural] | None = None,
) -> Iterable[Change]:
    """At time *at*, once, members get another *model*: a new release, a cheaper one, one of another provider.

    They stay who they are: memory, standing and ties are kept. *position*, *share*, *count* and *seats* say who, as in
    `removal`; who speaks with *model* already is left out. It happens at the first proposal at or after *at*.

    Source: models that change under their users, Chen, Zaharia and Zou (2023).

    >>> import networkx as nx
    >>> frame = Frame(5.0, nx.path_graph(3).to_directed(), {}, models={0: "new", 1: "old", 2: "old"})
    >>> list(substitution(frame, np.random.default_rng(1), at=2.0, model="new", share=1.0))
    [Assign(member=1, model='new'), Assign(member=2, model='new')]
    """
    checked(frame, "substitution", share, count, seats)
    if not due(frame, at):
        return []
    hit = chosen(frame, rng, "substitution", position, share, count, seats)
    return [Assign(seat, model) for seat in hit if frame.models.get(seat) != model]
