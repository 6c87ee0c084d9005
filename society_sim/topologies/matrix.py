"""Matrix: everyone who works has two bosses, one of the line and one of the project."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np

from society_sim.bounds import Positive
from society_sim.invariants import declare
from society_sim.registry import topology
from society_sim.topologies import drawing


@topology
def matrix(
    n: int, rng: np.random.Generator, *, lines: Positive = 2, projects: Positive = 2, peers: bool = False
) -> nx.DiGraph:
    """A director, *lines* line bosses, *projects* project bosses; everyone else reports to one of each.

    Seat 0 directs. The next seats are the bosses of the lines and then those of the projects, who report to seat 0.
    The others are dealt out over the cells of line and project in turn, so that cells differ by one member at most.
    Both bosses' ties are of kind `command` downwards and `report` upwards: for w who work and b bosses, 2 w + b each.
    Too few members for all bosses leave the last places of bosses empty, and there is nobody to have two.
    *peers*: those of one project speak to one another, ties of kind `talk`.
    Node attributes: `level` (0, 1, 2), and `line` and `project` (from 0) for who leads or works in one.

    A mechanism that sends one vote up one line, such as `relay`, refuses it. Invariants: `bosses` (at most two, no
    circle) and `mirrored`. Source: Galbraith (1971), Davis and Lawrence (1977).

    >>> graph = matrix(9, None)
    >>> sorted(graph.predecessors(5)), graph.nodes[5]
    ([1, 3], {'level': 2, 'line': 0, 'project': 0})
    """
    graph = nx.DiGraph()
    graph.add_node(0, level=0)
    for seat in range(1, n):
        at = seat - 1
        if at < lines:
            graph.add_node(seat, level=1, line=at)
        elif at < lines + projects:
            graph.add_node(seat, level=1, project=at - lines)
        else:
            place = at - lines - projects
            line, project = place % lines, place // lines % projects
            graph.add_node(seat, level=2, line=line, project=project)
            drawing.under(graph, 1 + line, seat)
            drawing.under(graph, 1 + lines + project, seat)
            continue
        drawing.under(graph, 0, seat)
    if peers:
        teams: dict[int, list[int]] = {}
        for seat in range(1 + lines + projects, n):
            teams.setdefault(graph.nodes[seat]["project"], []).append(seat)
        drawing.mutual(graph, itertools.chain(*(itertools.combinations(team, 2) for team in teams.values())))
    return declare(graph, "matrix", bosses={"most": 2}, mirrored={})
