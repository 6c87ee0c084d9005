"""Homophily: ties to those who answer otherwise are moved to those who answer alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from society_sim.bounds import Natural, NonNegative
from society_sim.changes import Proposal
from society_sim.frame import Frame
from society_sim.registry import rewiring
from society_sim.rewirings.acts import Draft, actors, pick, seats_of, strangers


@rewiring
def homophily(
    frame: Frame, rng: np.random.Generator, *, rate: NonNegative = 0.1, looks: Natural = 10, trait: str = ""
) -> Iterable[Proposal]:
    """A member who is tied to one unlike itself moves that tie to one like itself.

    Each member acts at *rate* per unit of time: it takes one of its talk ties to somebody unlike it, at random, looks
    at *looks* random strangers, and moves the tie to the first who is like it; if none is, it stays. Alike are those
    whose last answers to the same question are the same, or, with *trait*, those for whom that trait is. Who abstained
    or has no such trait is neither like nor unlike anybody.

    The number of ties stays. Groups of like members may lose touch with one another: that is what homophily does; but
    nobody loses its last tie. Ties of other kinds than `talk` stay.

    Source: Holme and Newman (2006); Centola, Gonzalez-Avella, Eguiluz and San Miguel (2007).

    >>> import networkx as nx
    >>> from society_sim.frame import Said
    >>> said = {seat: Said("q", choice, 1.0) for seat, choice in enumerate("ABAB")}
    >>> frame = Frame(1.0, nx.cycle_graph(4).to_directed(), {}, said=said)
    >>> len(homophily(frame, np.random.default_rng(1), rate=1e9)) > 0
    True
    """
    draft, seats = Draft(frame), seats_of(frame)
    for seat in actors(frame, rng, rate):
        own = _mark(frame, seat, trait)
        if own is None:
            continue
        unlike = [other for other in draft.contacts(seat) if _differ(own, _mark(frame, other, trait))]
        if not unlike:
            continue
        old = pick(unlike, rng)
        for new in strangers(draft, seat, seats, looks, rng):
            if _mark(frame, new, trait) == own:
                draft.move(seat, old, new)
                break
    return draft.changes()


def _mark(frame: Frame, seat: int, trait: str) -> tuple[str, Any] | None:
    """What a member is like or unlike others by: what it is about, and the value."""
    if trait:
        value = frame.traits.get(seat, {}).get(trait)
        return None if value is None else (trait, value)
    said = frame.said.get(seat)
    return None if said is None or said.choice is None else (said.about, said.choice)


def _differ(one: tuple[str, Any], other: tuple[str, Any] | None) -> bool:
    return other is not None and one[0] == other[0] and bool(one[1] != other[1])
