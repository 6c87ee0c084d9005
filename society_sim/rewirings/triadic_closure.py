"""Triadic closure: friends of friends become friends."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from society_sim.bounds import NonNegative
from society_sim.changes import Proposal
from society_sim.frame import Frame
from society_sim.registry import rewiring
from society_sim.rewirings.acts import Draft, actors, pick


@rewiring
def triadic_closure(
    frame: Frame, rng: np.random.Generator, *, rate: NonNegative = 0.1, give_up: bool = False
) -> Iterable[Proposal]:
    """A member is introduced by one it speaks to to one that this one speaks to.

    Each member acts at *rate* per unit of time: a random contact of a random contact of its own becomes its contact,
    both ways; if it is one already, nothing changes. With `give_up: true` it gives up another tie for it, at random,
    so that the number of ties stays (but nobody loses its last one); else ties become ever more. Contacts are those
    with a tie of kind `talk`; other ties stay.

    Communities stay apart: nobody is introduced to somebody that no chain of talk leads to.

    Source: Rapoport (1953), Granovetter (1973); with a constant number of ties Davidsen, Ebel and Bornholdt (2002).

    >>> import networkx as nx
    >>> frame = Frame(1.0, nx.path_graph(3).to_directed(), {})
    >>> ((there, back),) = triadic_closure(frame, np.random.default_rng(1), rate=1e9)
    >>> [(tie.source, tie.target) for tie in (there, back)]
    [(0, 2), (2, 0)]
    """
    draft = Draft(frame)
    for seat in actors(frame, rng, rate):
        own = draft.contacts(seat)
        if not own:
            continue
        between = pick(own, rng)
        theirs = draft.contacts(between)
        if not theirs:
            continue
        new, rest = pick(theirs, rng), [other for other in own if other != between]
        if not give_up:
            draft.tie(seat, new)
        elif rest and new != seat:
            draft.move(seat, pick(rest, rng), new)
    return draft.changes()
