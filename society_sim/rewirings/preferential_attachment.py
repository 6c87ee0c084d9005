"""Preferential attachment: who is listened to by many is soon listened to by more."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from society_sim.bounds import NonNegative
from society_sim.changes import Proposal
from society_sim.frame import Frame
from society_sim.registry import rewiring
from society_sim.rewirings.acts import Draft, actors, pick, seats_of

_TRIES = 10


@rewiring
def preferential_attachment(
    frame: Frame, rng: np.random.Generator, *, rate: NonNegative = 0.1, appeal: NonNegative = 1.0, move: bool = True
) -> Iterable[Proposal]:
    """A member ties itself to one that is chosen by how many ties it has.

    Each member acts at *rate* per unit of time: another one is drawn with a probability proportional to the number of
    those that may speak to it, plus *appeal* (so that those without ties have a chance; the larger it is, the more
    even the choice). With `move: true` a random talk tie of its own is moved there, and the number of ties stays; with
    `move: false` there is one more, both ways. Whom it is tied to already is drawn again, ten times at most.

    Hubs form. Nobody loses its last tie, but the whole may fall apart. Ties of other kinds than `talk` count as ties,
    and stay.

    Source: Price (1976), Barabasi and Albert (1999); with an initial appeal Dorogovtsev, Mendes and Samukhin (2000).

    >>> import networkx as nx
    >>> frame = Frame(1.0, nx.star_graph(9).to_directed(), {}, before=0.9)
    >>> new = preferential_attachment(frame, np.random.default_rng(1), rate=1.0, move=False)
    >>> [(tie.source, tie.target) for both in new for tie in both]
    [(7, 9), (9, 7)]
    """
    acting = actors(frame, rng, rate)
    if not acting:
        return []
    draft, seats = Draft(frame), seats_of(frame)
    pred = frame.graph.pred
    pull = np.cumsum(np.fromiter((len(pred[seat]) for seat in seats), dtype=float, count=len(seats)) + appeal)
    if not pull[-1] > 0:
        return []
    draws = np.searchsorted(pull, rng.random((len(acting), _TRIES)) * pull[-1], side="right")
    for seat, places in zip(acting, np.minimum(draws, len(seats) - 1).tolist(), strict=True):
        new = next((seats[place] for place in places if not draft.tied(seat, seats[place])), None)
        if new is None:
            continue
        if not move:
            draft.tie(seat, new)
        elif own := draft.contacts(seat):
            draft.move(seat, pick(own, rng), new)
    return draft.changes()
