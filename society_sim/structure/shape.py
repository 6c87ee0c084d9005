"""The shape of a graph: how dense, how central, how clustered it is, and who can reach whom.

Pure functions of a graph (NetworkX, or `Ties`). A share of nothing is not a number. Ties of all kinds count, since all
of them let members speak; `degree`, `clustering` and components leave directions aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from society_sim.streams import stream
from society_sim.structure.graphs import Ints, Ties, distinct

if TYPE_CHECKING:
    import networkx as nx

_BITS = 1 << 31
"""What reachability may take to be exact, in bits: a quarter of a gigabyte."""
_SOURCES = 512


def share(part: float, whole: float) -> float:
    """*part* of *whole*; not a number when there is nothing to count."""
    return float(part / whole) if whole else float("nan")


def ties(graph: nx.Graph | Ties) -> float:
    """How many directed ties there are."""
    return float(len(Ties.of(graph).source))


def density(graph: nx.Graph | Ties) -> float:
    """Share of the n (n - 1) possible directed ties that are there."""
    own = Ties.of(graph)
    return share(len(own.source), own.members * (own.members - 1))


def reciprocity(graph: nx.Graph | Ties) -> float:
    """Share of directed ties that are answered by one the other way."""
    own = Ties.of(graph)
    return share(2 * (len(own.source) - len(own.pairs)), len(own.source))


def centralisation(graph: nx.Graph | Ties) -> float:
    """Degree centralisation of Freeman (1979), directions aside: 1 for a star, 0 where all have as many ties.

    The sum over members of what they have fewer ties than the best tied, over (n - 1) (n - 2), which a star has.
    """
    own = Ties.of(graph)
    degrees, n = own.degrees[own.there], own.members
    return share(float(n * degrees.max(initial=0) - degrees.sum()), (n - 1) * (n - 2) if n > 2 else 0)


def clustering(graph: nx.Graph | Ties) -> float:
    """Share of the paths of two ties that are closed to a triangle, directions aside (transitivity).

    Newman, Watts and Strogatz (2002). Not a number where there is no such path.
    """
    own = Ties.of(graph)
    return share(6 * triangles(own), float((own.degrees * (own.degrees - 1)).sum()))


def triangles(graph: nx.Graph | Ties) -> int:
    """How many triangles there are, directions aside."""
    own = Ties.of(graph)
    rank = np.empty(own.size, np.int64)
    rank[np.lexsort((np.arange(own.size), own.degrees))] = np.arange(own.size)
    low, high = own.pairs.T
    swap = rank[low] > rank[high]  # from the less to the better tied: then hubs have few ties to look through
    ahead = Ties(own.size, np.where(swap, high, low), np.where(swap, low, high), low, low, low, own.there).directed
    return int(((ahead @ ahead) * ahead).sum())


def modularity(graph: nx.Graph | Ties, communities: Sequence[int] | Ints | None = None) -> float:
    """How much more weight lies within communities than chance would put there: Newman and Girvan (2004), weighted.

    *communities*: the number of each member's community; if left out, node attribute `community`. A member without one
    is a community of its own. With directions, as Leicht and Newman (2008). Not a number where nobody has a community,
    or there is no tie.
    """
    own = Ties.of(graph)
    given = np.where(own.there, own.community if communities is None else np.asarray(communities, np.int64), -1)
    if not (given >= 0).any():
        return float("nan")
    label = np.where(given >= 0, given, given.max() + 1 + np.arange(own.size))
    total = float(own.weight.sum())
    if not total:
        return float("nan")
    source, target = label[own.source], label[own.target]
    out = np.bincount(source, own.weight, label.max() + 1)
    into = np.bincount(target, own.weight, label.max() + 1)
    return float(own.weight[source == target].sum() / total - out @ into / total**2)


def found_communities(graph: nx.Graph | Ties, seed: int = 0) -> Ints:
    """Communities by the method of Louvain, Blondel et al. (2008), from the weights of ties both ways; by *seed*."""
    import networkx as nx

    own = Ties.of(graph)
    both = nx.Graph()
    both.add_nodes_from(range(own.size))
    for u, v, weight in zip(own.source.tolist(), own.target.tolist(), own.weight.tolist(), strict=True):
        before = both.edges[u, v]["weight"] if both.has_edge(u, v) else 0.0
        both.add_edge(u, v, weight=before + weight)
    found = np.empty(own.size, np.int64)
    for number, group in enumerate(sorted(map(sorted, nx.community.louvain_communities(both, seed=seed)))):
        found[group] = number
    return found


def components(graph: nx.Graph | Ties) -> float:
    """In how many parts the graph falls, directions aside."""
    own = Ties.of(graph)
    return float(len(own.sizes(own.weak)))


def giant_share(graph: nx.Graph | Ties) -> float:
    """Share of members in the largest component, directions aside."""
    own = Ties.of(graph)
    return share(int(own.sizes(own.weak).max(initial=0)), own.members)


def reachability(graph: nx.Graph | Ties, seed: int = 0) -> float:
    """Share of ordered pairs of members of whom the first can reach the second along ties.

    Exact, unless more than 46,340 parts of the graph do not reach one another back and forth; then it is the share of
    512 members drawn by *seed*, with a standard error of at most .023.
    """
    own = Ties.of(graph)
    return share(reaching(own, seed), own.members * (own.members - 1))


def reaching(own: Ties, seed: int = 0) -> float:
    """Ordered pairs of members of whom the first can reach the second."""
    label = own.strong
    sizes = np.bincount(label[own.there], minlength=int(label.max(initial=-1)) + 1)
    source, target = label[own.source], label[own.target]
    across = source != target
    pairs = int((sizes * (sizes - 1)).sum())
    if not across.any():
        return float(pairs)
    below: dict[int, list[int]] = {}
    for over, under in distinct(source[across], target[across], len(sizes)).tolist():
        below.setdefault(over, []).append(under)
    parts = len(set(below).union(*below.values()))
    if parts * parts > _BITS:
        return _sampled_reaching(own, seed)
    return float(pairs + _ahead(below, sizes))


def _ahead(below: dict[int, list[int]], sizes: Ints) -> int:
    """Pairs between components: bit sets of what each part reaches, from the last parts to the first."""
    place: dict[int, int] = {}  # of a part among the bits; parts of one member come first, to be counted at once
    involved = sorted(set(below).union(*below.values()), key=lambda part: (sizes[part] != 1, part))
    place = {part: bit for bit, part in enumerate(involved)}
    single = (1 << sum(int(sizes[part] == 1) for part in involved)) - 1
    large = [(1 << place[part], int(sizes[part])) for part in involved if sizes[part] != 1]
    reached: dict[int, int] = {}
    total = 0
    for part in last_first(below):
        bits = 0
        for other in below.get(part, ()):
            bits |= reached[other] | 1 << place[other]
        reached[part] = bits
        total += int(sizes[part]) * ((bits & single).bit_count() + sum(size for bit, size in large if bits & bit))
    return total


def last_first(below: dict[int, list[int]]) -> list[int]:
    """All parts of an acyclic graph, each after all that it leads to."""
    above: dict[int, list[int]] = {}
    for part, others in below.items():
        above.setdefault(part, [])
        for other in others:
            above.setdefault(other, []).append(part)
    left = {part: len(below.get(part, ())) for part in above}
    order = [part for part, count in left.items() if count == 0]
    for part in order:
        for over in above[part]:
            left[over] -= 1
            if not left[over]:
                order.append(over)
    return order


def _sampled_reaching(own: Ties, seed: int) -> float:
    from scipy.sparse.csgraph import breadth_first_order

    seats = np.flatnonzero(own.there)
    drawn = stream(seed, "structure", "reachability").choice(seats, _SOURCES, replace=False)
    matrix = own.directed
    found = sum(len(breadth_first_order(matrix, int(seat), return_predecessors=False)) - 1 for seat in drawn)
    return found / _SOURCES * len(seats)
