"""Bounded confidence: ties to those who think too differently are broken."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from society_sim.bounds import Natural, NonNegative
from society_sim.changes import Proposal
from society_sim.frame import Frame
from society_sim.registry import rewiring
from society_sim.rewirings.acts import Draft, actors, pick, seats_of, strangers


@rewiring
def bounded_confidence(
    frame: Frame,
    rng: np.random.Generator,
    *,
    epsilon: NonNegative = 0.2,
    rate: NonNegative = 0.1,
    looks: Natural = 10,
    move: bool = True,
) -> Iterable[Proposal]:
    """A member breaks with one whose opinion is further than *epsilon* from its own.

    Opinions are last answers that are numbers, in their own units; who has none (or abstained) is left alone. Each
    member acts at *rate* per unit of time: of its talk ties to those beyond *epsilon* it takes one at random. With
    `move: true` it looks at *looks* random strangers, and moves the tie to the first within *epsilon*; if none is, it
    stays. With `move: false` the tie is cut. Reading opinions waits for the answers of those who are looked at.

    With a mechanism in which opinions move towards one another, opinions and ties shape each other; the society falls
    into camps when *epsilon* is small. Nobody loses its last tie; ties of other kinds than `talk` stay.

    Source: Deffuant et al. (2000), Hegselmann and Krause (2002); with ties that adapt Kozma and Barrat (2008).

    >>> import networkx as nx
    >>> from society_sim.frame import Said
    >>> said = {seat: Said("q", opinion, 1.0) for seat, opinion in enumerate([0.1, 0.2, 0.9, 0.3])}
    >>> frame = Frame(1.0, nx.complete_graph(4).to_directed(), {}, said=said)
    >>> cuts = bounded_confidence(frame, np.random.default_rng(1), rate=1e9, move=False)
    >>> all(2 in (cut.source, cut.target) for both in cuts for cut in both), len(cuts)
    (True, 2)
    """
    draft, seats = Draft(frame), seats_of(frame)
    for seat in actors(frame, rng, rate):
        own = frame.opinion(seat)
        if own is None:
            continue
        beyond = [other for other in draft.contacts(seat)
                  if (their := frame.opinion(other)) is not None and abs(their - own) > epsilon]  # fmt: skip
        if not beyond:
            continue
        old = pick(beyond, rng)
        if not move:
            draft.cut(seat, old)
            continue
        for new in strangers(draft, seat, seats, looks, rng):
            their = frame.opinion(new)
            if their is not None and abs(their - own) <= epsilon:
                draft.move(seat, old, new)
                break
    return draft.changes()
