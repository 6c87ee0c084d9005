"""Turnover: members leave, and others take their seats."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from society_sim.bounds import Natural, NonNegative
from society_sim.changes import Change, Join, Leave, Link
from society_sim.frame import Frame
from society_sim.registry import rewiring
from society_sim.rewirings.acts import actors, chance, pick


@rewiring
def turnover(
    frame: Frame,
    rng: np.random.Generator,
    *,
    rate: NonNegative = 0.01,
    models: list[str] | None = None,
    vacancy: NonNegative = 0.0,
    contacts: Natural = 3,
) -> Iterable[Change]:
    """Members are lost, each at *rate* per unit of time; newcomers remember nothing and have no standing.

    *models*: what newcomers speak with, drawn evenly; what their predecessors did, if left out. With *vacancy* 0 a
    newcomer takes over seat and ties at once, and the form of the organisation stays. Else the ties are lost with the
    member and the seat is vacant for *vacancy* units of time on average; the newcomer then has talk ties, both ways, to
    *contacts* members drawn at random. A tree in which a boss was lost so is none any more: those below have no boss
    until another rewiring (`hierarchy_by_competence`) gives them one.

    Source: turnover of personnel in March (1991) and Carley (1992).

    >>> import networkx as nx
    >>> [change.member for change in turnover(Frame(1.0, nx.DiGraph({0: []}), {}), np.random.default_rng(1), rate=1e9)]
    [0]
    """
    lost = actors(frame, rng, rate)
    if not vacancy:
        return [Join(seat, _model(models, rng)) for seat in lost]
    gone, present = set(lost), set(frame.present)
    stay = [seat for seat in frame.present if seat not in gone]
    changes: list[Change] = [Leave(seat, "turnover") for seat in lost]
    vacant = [seat for seat in sorted(frame.graph) if seat not in present] if len(present) < len(frame.graph) else []
    filled = chance(frame, 1 / vacancy)
    for seat in vacant:
        if rng.random() < filled:
            met = rng.choice(len(stay), min(contacts, len(stay)), replace=False).tolist() if stay else []
            near = sorted(stay[place] for place in met)
            ties = tuple(Link(*way) for other in near for way in ((seat, other), (other, seat)))
            changes.append(Join(seat, _model(models, rng), ties))
    return changes


def _model(models: list[str] | None, rng: np.random.Generator) -> str:
    return pick(models, rng) if models else ""
