"""Flattening: lines of reporting are taken out from the bottom up, until nobody has a boss."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from society_sim.bounds import NonNegative
from society_sim.changes import Change
from society_sim.frame import Frame
from society_sim.invariants import given_up
from society_sim.registry import rewiring
from society_sim.rewirings.acts import steps
from society_sim.rewirings.lines import Lines, ranked


@rewiring
def flattening(
    frame: Frame, rng: np.random.Generator, *, rate: NonNegative = 1.0, mesh: bool = True
) -> Iterable[Change]:
    """Turn an organisation with bosses into a flat one: *rate* members per unit of time report to nobody any more.

    Those who lead nobody are freed first, the deepest and among them the best-standing; then the bosses who have nobody
    left to lead, up to the root. With `mesh: true` whoever is free may talk with all others who are, both ways: the end
    is a complete graph of n (n - 1) talk ties, which is dear for thousands of members. With `mesh: false` a line
    becomes a talk tie, and the end is a connected graph with as many ties as there were. A freed member has no `level`.
    The invariants of the old form are given up with the first line.

    The reverse of `hierarchy_by_competence`. Source: delayering, Rajan and Wulf (2006).

    >>> from society_sim.topologies.hierarchical import hierarchical
    >>> changes = flattening(Frame(9.0, hierarchical(3, None), {}), np.random.default_rng(1), rate=9)
    >>> sum(getattr(change, "kind", "") == "talk" for change in changes)
    6
    """
    lines, many = Lines(frame), steps(frame, rate)
    if not lines.bosses or not many:
        return []
    free = {seat for seat in frame.present if seat not in lines.bosses and seat not in lines.reports}
    rank = {seat: place for place, seat in enumerate(ranked(frame, rng))}
    depth: dict[int, int] = {}
    for top in sorted(seat for seat in lines.reports if seat not in lines.bosses):
        depth.update(lines.levels(top))
    order = sorted(lines.bosses, key=lambda seat: (-depth.get(seat, 0), rank.get(seat, 0)))  # all below come before
    freed: list[int] = []
    for seat in [seat for seat in order if seat not in lines.reports or depth.get(seat)][:many]:
        if seat in lines.reports:
            continue  # a circle of bosses is nobody's bottom
        for boss in list(lines.bosses[seat]):
            lines.end(seat, boss)
            lines.talk(seat, boss)
            if boss not in lines.reports and boss not in lines.bosses:
                freed.append(boss)
        freed.append(seat)
    if mesh:
        for seat in freed:
            for other in sorted(free):
                lines.talk(seat, other)
            free.add(seat)
    return [*given_up(frame.graph), *lines.changes(dict.fromkeys(freed))]
