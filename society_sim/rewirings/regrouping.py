"""Regrouping: teams are formed anew for what is on the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from society_sim.bounds import Positive
from society_sim.changes import Change, Link, Unlink
from society_sim.frame import Frame, Standing
from society_sim.registry import rewiring
from society_sim.rewirings.acts import Pair, kind_of, seats_of


@rewiring
def regrouping(
    frame: Frame, rng: np.random.Generator, *, size: Positive = 4, need: str = "category", skill: str = ""
) -> Iterable[Change]:
    """Members are dealt into teams of about *size*, so that each has somebody who knows what the question is about.

    *need*: the fact of the question that says what it takes (`category` is one that files of questions have); *skill*:
    the trait of members that says what they know, one value or a list of them. Those who know come first, then by
    standing; they are dealt out like cards, so that the teams have as much skill as one another, and what the members
    of one know differs. Without *skill*, or for a question that says nothing, standing alone counts.

    Within a team everyone may speak to everyone; the first of each team also, in a ring, to the first of the next, so
    that the society stays one. All other talk ties go; ties of other kinds stay. Nothing changes until the deal is
    another: with another need, or when the order of standing has changed.

    Source: task forces (Galbraith 1973); team assembly (Guimera et al. 2005); complementary skills (Hong and Page
    2004).

    >>> import networkx as nx
    >>> frame = Frame(1.0, nx.DiGraph({seat: [] for seat in range(4)}), {}, facts={"category": "law"},
    ...               traits={seat: {"knows": "law" if seat > 1 else "art"} for seat in range(4)})
    >>> sorted((tie.source, tie.target) for tie in regrouping(frame, None, size=2, skill="knows"))
    [(0, 3), (1, 2), (2, 1), (2, 3), (3, 0), (3, 2)]
    """
    wanted: dict[Pair, None] = {}
    teams = _teams(frame, size, need, skill)
    for team in teams:
        wanted.update(dict.fromkeys(permutations(team, 2)))
    heads = [team[0] for team in teams]
    for one, other in zip(heads, [*heads[1:], *heads[:1]], strict=True):
        if one != other:
            wanted[one, other] = wanted[other, one] = None
    graph = frame.graph
    gone = [Unlink(u, v) for u, v in sorted(graph.edges) if (u, v) not in wanted and kind_of(graph, u, v) == "talk"]
    return [*gone, *(Link(u, v) for u, v in sorted(wanted) if not graph.has_edge(u, v))]


def _teams(frame: Frame, size: int, need: str, skill: str) -> list[list[int]]:
    topic, seats = frame.facts.get(need), seats_of(frame)
    order = sorted(seats, key=lambda seat: (not _knows(frame, seat, skill, topic), -_worth(frame, seat), seat))
    many = max(round(len(seats) / size), 1)
    return _dealt(order, many) if seats else []


def _dealt(order: Sequence[int], many: int) -> list[list[int]]:
    """*order* in *many* teams, dealt to and fro so that late cards make up for early ones.

    >>> _dealt([0, 1, 2, 3, 4, 5, 6], 3)
    [[0, 5, 6], [1, 4], [2, 3]]
    """
    teams: list[list[int]] = [[] for _ in range(many)]
    for place, seat in enumerate(order):
        turn, at = divmod(place, many)
        teams[many - 1 - at if turn % 2 else at].append(seat)
    return teams


def _knows(frame: Frame, seat: int, skill: str, topic: Any) -> bool:
    if not skill or topic is None:
        return False
    own = frame.traits.get(seat, {}).get(skill)
    return topic in own if isinstance(own, (list, tuple)) else own == topic


def _worth(frame: Frame, seat: int) -> float:
    standing = frame.standing.get(seat, Standing())
    return (standing.right + 1) / (standing.asked + 2)
