"""Corruption: from some time on, members in some position speak with an adversary's model."""

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
def corruption(
    frame: Frame,
    rng: np.random.Generator,
    *,
    model: str,
    at: float = 0.0,
    position: Position = "root",
    share: Share = 1.0,
    count: Natural | None = None,
    seats: list[Natural] | None = None,
) -> Iterable[Change]:
    """From time *at* on the members in a position speak with *model*, an adversary.

    *model*: a model of the scenario, such as `{synthetic: {preset: adversarial}}`.
    *position*: `root`, `boss`, `leaf`, `head`, `gateway`, `hub`, `broker`, `top` or `random`, as in `removal`; all of
    those who hold it, or the *share* or *count* of them; *seats* names them instead. Where the position is an order or
    `random`, say how many. They are chosen once: who is promoted stays corrupt, and who takes the place is not.

    It happens at the first proposal at or after *at*: with `every` 1, what is asked before time 1 is answered by the
    honest models. Where nobody holds the position (there is no root in a flat society) nothing happens.

    Source: Byzantine faults, Lamport, Shostak and Pease (1982); faulty members by position, Huang et al. (2024).

    >>> from society_sim.topologies.hierarchical import hierarchical
    >>> frame = Frame(1.0, hierarchical(4, None), {})
    >>> list(corruption(frame, np.random.default_rng(1), model="liar"))
    [Assign(member=0, model='liar')]
    """
    checked(frame, "corruption", share, count, seats)
    if not due(frame, at):
        return []
    return [Assign(seat, model) for seat in chosen(frame, rng, "corruption", position, share, count, seats)]
