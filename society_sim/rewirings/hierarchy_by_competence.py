"""Hierarchy by competence: lines of reporting grow, step by step, towards those who stand better."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from society_sim.bounds import Natural, NonNegative, Positive
from society_sim.changes import Change, Constitute
from society_sim.frame import Frame
from society_sim.invariants import declared, given_up
from society_sim.registry import rewiring
from society_sim.rewirings.acts import steps
from society_sim.rewirings.competence import competence
from society_sim.rewirings.lines import Lines, ranked


@rewiring
def hierarchy_by_competence(
    frame: Frame,
    rng: np.random.Generator,
    *,
    span: Positive = 3,
    rate: NonNegative = 1.0,
    least: Natural = 10,
    margin: NonNegative = 0.0,
    talk: bool = False,
) -> Iterable[Change]:
    """Turn any form into a tree: *rate* members per unit of time come to report to somebody who stands better.

    The best-standing member becomes the root (where lines of reporting exist, whoever leads most); then the best of
    those without a boss gets the highest place that is free, under a boss with fewer than *span* reports, and so on:
    who stands better sits higher. Nobody moves before being asked *least* questions. With `talk: false` a member that
    has got its boss no longer talks with others that have; with `talk: true` its talk ties stay beside the lines. Of
    a boss with more than *span* reports those who stand worst look for another one, and so does whoever is left
    without a boss by a removal, with all below it; of two bosses the second is given up last.

    Once everybody is in the tree, it goes on as `competence` does: the best direct report whose share of right answers
    is more than *margin* larger changes places with its boss. So the form ends as one tree in which nobody has more
    than *span* reports; while it grows, those without a boss are as they were. `level` is kept up: 0 for the root.
    The invariants of the old form are given up with the first change; the tree, once whole, declares its own.

    Source: self-organising hierarchies, in which who does better rises (Bonabeau, Theraulaz and Deneubourg 1995);
    committees of committees, Boland (1989).

    >>> from society_sim.topologies.flat import flat
    >>> from society_sim.frame import Standing
    >>> frame = Frame(9.0, flat(4, None), {seat: Standing(20, 20, 10 + seat) for seat in range(4)})
    >>> changes = list(hierarchy_by_competence(frame, np.random.default_rng(1)))
    >>> sorted((tie.source, tie.target) for tie in changes if getattr(tie, "kind", "") == "report")
    [(0, 3), (1, 3), (2, 3)]
    """
    many = steps(frame, rate)
    lines = Lines(frame)
    order = ranked(frame, rng, least)
    top = lines.top(order)
    if top is None or (not lines.reports and top not in order):
        return []  # nobody is there, or nobody is known well enough to lead
    rank = {seat: place for place, seat in enumerate(order)}
    loose = [seat for seat in order if seat != top and seat not in lines.bosses]
    for boss, below in lines.reports.items():
        if len(below) > span:
            worst = sorted(below, key=lambda seat: rank.get(seat, len(rank)))[span:]
            loose += [seat for seat in worst if seat in rank and lines.bosses[seat] == [boss]]
    doubled = sorted((seat, boss) for seat, bosses in lines.bosses.items() for boss in sorted(bosses)[1:])
    if not loose and not doubled and not lines.command():
        if not _whole(lines, top):
            return []
        kept = [] if declared(frame.graph) else [Constitute({"tree": {"span": span}}, "hierarchy_by_competence")]
        return [*kept, *competence(frame, rng, margin=margin, least=least)]
    moving = sorted(loose, key=rank.__getitem__)[:many]
    for seat in moving:
        for boss in list(lines.bosses.get(seat, ())):
            lines.end(seat, boss)
    tree = list(lines.levels(top))
    place = 0
    for seat in moving:
        while len(lines.reports.get(tree[place], ())) >= span:
            place += 1
        boss = tree[place]
        there = set(tree)
        lines.put(seat, boss)
        tree += [low for low in lines.levels(seat) if low not in there]
        if not talk:
            lines.hush(seat, there)
    for seat, boss in doubled[: max(many - len(moving), 0)]:
        lines.end(seat, boss)
    lines.command()
    return [*given_up(frame.graph), *lines.changes(dict(lines.levels(top)))]


def _whole(lines: Lines, top: int) -> bool:
    return len(lines.levels(top)) == len(list(lines.frame.present))
