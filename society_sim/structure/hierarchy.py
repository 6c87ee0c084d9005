"""Hierarchy: lines of reporting, how long they are, how many end at one boss, and how near all of it is to a tree.

A line leads from a member to its boss: where the member has a tie of kind `report` to it, or it one of kind `command`
to the member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from society_sim.errors import SocietyError
from society_sim.structure.graphs import Ints, Ties, distinct
from society_sim.structure.shape import last_first, reaching, share

if TYPE_CHECKING:
    import networkx as nx

_NARROW = 64
"""Fewer parts than this are faster followed one by one."""
_MOST = 5000
"""Members among whom bosses in common are looked for."""


def depth(graph: nx.Graph | Ties) -> float:
    """Steps on the longest line of reporting: 0 without bosses, 1 if nobody's boss has one.

    Members who report in a circle are on one level.

    >>> import networkx as nx
    >>> depth(nx.DiGraph([(2, 1, {"kind": "report"}), (1, 0, {"kind": "report"})])), depth(nx.path_graph(3))
    (2.0, 0.0)
    """
    own = Ties.of(graph)
    return float(longest(own.lines, own.size))


def longest(lines: Ints, size: int) -> int:
    """Steps on the longest way along *lines*, rows (member, boss) among *size* members."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not len(lines):
        return 0
    steps, done = _peeled(lines, size)
    if done:
        return steps
    matrix = csr_array((np.ones(len(lines), np.int8), (lines[:, 0], lines[:, 1])), shape=(size, size))
    circles = np.asarray(connected_components(matrix, directed=True, connection="strong")[1], np.int64)
    between = circles[lines]
    across = between[between[:, 0] != between[:, 1]]
    return _peeled(distinct(across[:, 0], across[:, 1], size), size)[0]


def _peeled(lines: Ints, size: int) -> tuple[int, bool]:
    """Steps until nobody is left when all without reports go, again and again; and whether nobody is left."""
    order = np.argsort(lines[:, 0], kind="stable")
    bosses, first = lines[order, 1], np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(lines[:, 0], minlength=size), out=first[1:])
    waits = np.bincount(lines[:, 1], minlength=size)
    front = np.flatnonzero((waits == 0) & (np.diff(first) > 0))
    gone, steps = 0, 0
    while len(front):
        counts = first[front + 1] - first[front]
        gone += int(counts.sum())
        if not counts.any():
            break
        steps += 1
        where = np.repeat(first[front] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        over = bosses[where + np.arange(len(where))]
        np.subtract.at(waits, over, 1)
        front = np.unique(over[waits[over] == 0])
        if len(front) < _NARROW:
            more, taken = _one_by_one(front.tolist(), bosses, first, waits)
            return steps + more, gone + taken == len(lines)
    return steps, gone == len(lines)


def _one_by_one(front: list[int], bosses: Ints, first: Ints, waits: Ints) -> tuple[int, int]:
    steps = gone = 0
    while front:
        after = []
        for member in front:
            for boss in bosses[first[member] : first[member + 1]].tolist():
                gone += 1
                waits[boss] -= 1
                if not waits[boss]:
                    after.append(boss)
        steps += any(first[member + 1] > first[member] for member in front)
        front = after
    return steps, gone


def bosses(graph: nx.Graph | Ties) -> float:
    """How many members somebody reports to."""
    return float(np.count_nonzero(_reports(Ties.of(graph))))


def span(graph: nx.Graph | Ties) -> float:
    """Mean number of direct reports of those who have any; not a number without bosses."""
    reports = _reports(Ties.of(graph))
    return share(int(reports.sum()), int(np.count_nonzero(reports)))


def widest_span(graph: nx.Graph | Ties) -> float:
    """Most direct reports of one member; not a number without bosses."""
    return float(_reports(Ties.of(graph)).max(initial=0)) or float("nan")


def formal_share(graph: nx.Graph | Ties) -> float:
    """Share of pairs of tied members that have a line of reporting between them: how formal the organisation is."""
    own = Ties.of(graph)
    return share(lined_pairs(own), len(own.pairs))


def lined_pairs(own: Ties) -> int:
    """Pairs of members with a line of reporting between them, one way or both."""
    return len(distinct(own.lines.min(axis=1), own.lines.max(axis=1), own.size))


def _reports(own: Ties) -> Ints:
    return np.bincount(own.lines[:, 1], minlength=own.size)


def connectedness(graph: nx.Graph | Ties) -> float:
    """Share of pairs of members that are in one component, directions aside: Krackhardt (1994), 1 in a tree."""
    own = Ties.of(graph)
    sizes, n = own.sizes(own.weak), own.members
    return share(int((sizes * (sizes - 1)).sum()), n * (n - 1))


def one_sidedness(graph: nx.Graph | Ties) -> float:
    """Of pairs of members of whom one can reach the other, the share in which the other cannot: Krackhardt's hierarchy.

    1 in a tree whose ties all lead upwards, 0 where whoever reaches is reached. Krackhardt (1994).
    """
    own = Ties.of(graph)
    sizes = own.sizes(own.strong)
    mutual = int((sizes * (sizes - 1)).sum()) / 2
    either = reaching(own) - mutual
    return share(either - mutual, either)


def efficiency(graph: nx.Graph | Ties) -> float:
    """1 if no component has more ties than it needs, 0 if all pairs in it are tied, directions aside.

    Krackhardt (1994): 1 less the share of the possible ties in excess of a tree that are there.
    """
    own = Ties.of(graph)
    sizes = own.sizes(own.weak)
    needed = int((sizes - 1).sum())
    most = int((sizes * (sizes - 1) // 2).sum()) - needed
    return 1.0 - share(len(own.pairs) - needed, most)


def least_upper_bounds(graph: nx.Graph | Ties) -> float:
    """Of the pairs of members that could go without a nearest boss in common, the share that has one: 1 in a tree.

    Ties lead upwards here. A member is its own boss; the nearest of two members' bosses in common reaches all others.
    In a component of k members, (k - 1) (k - 2) / 2 pairs could go without. Krackhardt (1994). Up to 5,000 members.
    """
    own = Ties.of(graph)
    if own.members > _MOST:
        raise SocietyError(f"least_upper_bounds looks at all pairs of at most {_MOST:,} members, not {own.members:,}")
    label, above = own.strong, _above(own)
    known = set(above)
    lacking = possible = 0
    parts: dict[int, list[int]] = {}
    for seat in np.flatnonzero(own.there).tolist():
        parts.setdefault(int(own.weak[seat]), []).append(above[label[seat]])
    for ups in parts.values():
        possible += (len(ups) - 1) * (len(ups) - 2) // 2
        for place, up in enumerate(ups):
            lacking += sum((up & other) not in known for other in ups[:place])  # all in common are above one of them
    return 1.0 - share(lacking, possible)


def _above(own: Ties) -> list[int]:
    """What each strong component reaches, itself among them, as bits."""
    label = own.strong
    parts = int(label.max(initial=-1)) + 1
    across = label[own.source] != label[own.target]
    below: dict[int, list[int]] = {}
    for source, target in distinct(label[own.source][across], label[own.target][across], parts).tolist():
        below.setdefault(source, []).append(target)
    reached = [1 << part for part in range(parts)]
    for part in last_first(below):
        for other in below.get(part, ()):
            reached[part] |= reached[other]
    return reached
