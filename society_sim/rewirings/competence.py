"""Competence: whoever stands better takes the boss's place."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import networkx as nx
import numpy as np

from society_sim.bounds import Natural, NonNegative
from society_sim.changes import Change, Link, Place, Unlink
from society_sim.frame import Frame, Standing
from society_sim.registry import rewiring


@rewiring
def competence(
    frame: Frame, rng: np.random.Generator, *, margin: NonNegative = 0.0, least: Natural = 10
) -> Iterable[Change]:
    """Promote the best-standing direct report over its boss, and put the boss in its place.

    Standing is the share of right answers among all scored questions that the member was asked; an abstention is not
    right. The report changes places with its boss, ties and all, when its share is more than *margin* larger; when it
    is larger by *margin* exactly, a fair coin decides. With *margin* 0 the better of the two leads, whoever led before.
    Neither moves before both were asked *least* questions. Bosses are looked at from the top down, and nobody moves
    twice at once. Bosses are those with ties of kind `report` to them; without such ties nothing changes.

    Two members of accuracy .75 and .65: after 50 questions each the better one leads with probability .863.
    """
    seats = sorted(frame.graph)
    reports = {seat: [u for u in sorted(frame.graph.pred[seat]) if _reports(frame.graph, u, seat)] for seat in seats}
    holder = {seat: seat for seat in seats}  # who holds the place of seat
    moved: set[int] = set()
    for place in _from_the_top(reports):
        there = [below for below in reports[place] if below not in moved and _asked(frame, below) >= least]
        if place in moved or not there or _asked(frame, place) < least:
            continue
        order = [there[int(at)] for at in rng.permutation(len(there))]
        best = max(order, key=lambda seat: _share(frame, seat))
        lead = _share(frame, best) - _share(frame, place) - Fraction(str(margin))
        if lead > 0 or (lead == 0 and rng.random() < 0.5):
            holder[place], holder[best] = best, place
            moved |= {place, best}
    return _changes(frame.graph, holder) if moved else []


def _reports(graph: nx.DiGraph, low: int, high: int) -> bool:
    return bool(graph.get_edge_data(low, high).get("kind") == "report")


def _asked(frame: Frame, seat: int) -> int:
    return frame.standing.get(seat, Standing()).asked


def _share(frame: Frame, seat: int) -> Fraction:
    standing = frame.standing.get(seat, Standing())
    return Fraction(standing.right, standing.asked or 1)


def _from_the_top(reports: dict[int, list[int]]) -> list[int]:
    """All places, bosses before their reports; places that report in a circle come last."""
    below = {low for lows in reports.values() for low in lows}
    order = dict.fromkeys(place for place in reports if place not in below)
    todo = list(order)
    for place in todo:
        for low in reports[place]:
            if low not in order:
                order[low] = None
                todo.append(low)
    return [*order, *(place for place in reports if place not in order)]


def _changes(graph: nx.DiGraph, holder: dict[int, int]) -> list[Change]:
    """What turns *graph* into the one in which each place has its new holder."""
    moved = [place for place, seat in sorted(holder.items()) if seat != place]
    near = [*graph.out_edges(moved, data=True), *graph.in_edges(moved, data=True)]  # no other tie changes
    old = {(u, v): (d.get("kind", "talk"), d.get("weight", 1.0)) for u, v, d in near}
    new = {(holder[u], holder[v]): tie for (u, v), tie in old.items()}
    gone = [Unlink(*ends) for ends, tie in sorted(old.items()) if new.get(ends) != tie]
    come = [Link(*ends, *tie) for ends, tie in sorted(new.items()) if old.get(ends) != tie]
    places = [Place(holder[place], dict(graph.nodes[place])) for place in moved
              if graph.nodes[holder[place]] != graph.nodes[place]]  # fmt: skip
    return [*gone, *come, *places]
