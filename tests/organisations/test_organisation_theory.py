"""What is known of the forms in closed form, or was computed once and for all by other code."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from society_sim.streams import stream
from society_sim.topologies.chain import chain
from society_sim.topologies.federated import federated
from society_sim.topologies.flat import flat
from society_sim.topologies.hierarchical import hierarchical
from society_sim.topologies.random import random
from society_sim.topologies.ring import ring
from society_sim.topologies.scale_free import scale_free
from society_sim.topologies.small_world import small_world
from society_sim.topologies.star import star


@pytest.mark.parametrize(("n", "flat_", "tree", "ring_", "federation"), [(64, 4032, 126, 128, 504),
                                                                        (256, 65280, 510, 512, 4080)])  # fmt: skip
def test_messages_of_a_round(n, flat_, tree, ring_, federation):
    """Flat n (n - 1), star and tree 2 (n - 1), ring 2 n, federation k m (m - 1) + k (k - 1) with k = sqrt n."""
    k = round(n**0.5)
    assert flat(n, None).number_of_edges() == flat_
    for graph in (hierarchical(n, None), hierarchical(n, None, depth=2), star(n, None), chain(n, None)):
        assert graph.number_of_edges() == tree
    assert ring(n, None).number_of_edges() == ring_
    assert federated(n, None, communities=k).number_of_edges() == federation
    m = n // k
    for inside, ties in (("star", 2 * (m - 1)), ("tree", 2 * (m - 1)), ("ring", 2 * m)):
        for council, among in (("complete", k * (k - 1)), ("ring", 2 * k), ("star", 2 * (k - 1))):
            graph = federated(n, None, communities=k, inside=inside, council=council)
            assert graph.number_of_edges() == k * ties + among


def adjacency(graph):
    table = np.zeros((len(graph), len(graph)), np.float32)
    ends = np.array(graph.edges)
    table[ends[:, 0], ends[:, 1]] = 1
    return table


def clustering(table):
    degree = table.sum(1)
    return float(np.mean(np.einsum("ij,ji->i", table @ table, table) / (degree * (degree - 1))))


def path_length(table, seats):
    """The mean distance from *seats* to all others."""
    near = np.zeros((len(seats), len(table)), np.float32)
    near[np.arange(len(seats)), seats] = 1
    total, step = 0, 0
    while not near.all():
        total += float((near == 0).sum())  # one more step for all who are not reached yet
        near = np.minimum(near + near @ table, 1)
        step += 1
    return total / (len(seats) * (len(table) - 1))


def test_ring_of_a_thousand():
    table = adjacency(small_world(1000, stream(1, "t"), k=10, p=0.0))
    assert clustering(table) == pytest.approx(2 / 3, abs=1e-6)
    assert path_length(table, [0]) == pytest.approx(50.450, abs=1e-3)


@pytest.mark.parametrize(("p", "c", "length"), [(0.1, 0.4902, 4.433), (0.3, 0.2363, 3.612)])
def test_small_worlds_of_a_thousand(p, c, length):
    """Watts and Strogatz: C(p) is about C(0) (1 - p)^3, and ways are short long before that is small."""
    tables = [adjacency(small_world(1000, stream(draw, "t"), k=10, p=p)) for draw in range(5)]
    assert np.mean([clustering(table) for table in tables]) == pytest.approx(c, rel=0.03)
    assert np.mean([path_length(table, range(0, 1000, 4)) for table in tables]) == pytest.approx(length, rel=0.03)


def test_degrees_of_preferential_attachment():
    """P(k) = 2 m (m + 1) / (k (k + 1) (k + 2)); the tail's exponent is not tested: it is biased in any finite graph."""
    graph = scale_free(20_000, stream(1, "t"), m=3)
    degrees = np.array([degree for _, degree in graph.out_degree])
    for k, share in ((3, 0.4), (4, 0.2), (5, 0.11429), (10, 0.01818)):
        assert np.mean(degrees == k) == pytest.approx(share, abs=0.006)
    assert degrees.min() == 3 and degrees.sum() == 2 * 3 * (20_000 - 3)


def test_attachment_prefers_the_tied():
    """With m = 1 and three members, the third chooses either end of the one tie; in four, in proportion to ties."""
    draws = [dict(scale_free(4, stream(draw, "t"), m=1).out_degree) for draw in range(4000)]
    chosen = [max(degrees.values()) for degrees in draws]
    assert np.mean(np.array(chosen) == 3) == pytest.approx(0.5, abs=3.3 * 0.5 / 4000**0.5)  # star of four: 2 of 4 ends


def giant(graph, gone=()):
    """How many are in the largest piece when those in *gone* have left."""
    left = np.ones(len(graph), bool)
    left[list(gone)] = False
    ends = np.array(graph.edges)
    ends = ends[left[ends].all(1)]
    ties = coo_array((np.ones(len(ends)), ends.T), shape=(len(graph), len(graph)))
    _, piece = connected_components(ties, directed=False)
    return int(np.bincount(piece[left]).max())


@pytest.mark.parametrize(("f", "share"), [(0.2, 0.7620), (0.4, 0.5272), (0.6, 0.2568)])
def test_random_removal(f, share):
    """S = (1 - f) (1 - exp(-4 S)) in a random graph of mean degree 4."""
    shares = []
    for draw in range(10):
        graph = random(2000, stream(draw, "t"), degree=4.0, connected=False)
        gone = stream(draw, "gone").choice(2000, int(2000 * f), replace=False)
        shares.append(giant(graph, gone) / 2000)
    error = np.std(shares, ddof=1) / 10**0.5
    assert abs(np.mean(shares) - share) < 4 * error + 0.004  # a finite graph is a little off


@pytest.mark.slow
def test_targeted_removal():
    assert giant(star(50, None), [0]) / 49 == 1 / 49
    top, luck = [], []
    for draw in range(10):
        graph = scale_free(2000, stream(draw, "t"), m=2)
        hubs = sorted(graph, key=lambda seat: -graph.out_degree[seat])[:100]
        top.append(giant(graph, hubs) / 2000)
        luck.append(giant(graph, stream(draw, "gone").choice(2000, 100, replace=False)) / 2000)
    assert np.mean(top) == pytest.approx(0.846, abs=0.01)
    assert np.mean(luck) == pytest.approx(0.949, abs=0.01)


@pytest.mark.slow
def test_random_graphs_have_the_ties_they_should():
    """The number of ties is binomial, and every pair is as likely as another."""
    counts = np.zeros((12, 12))
    draws = 3000
    for draw in range(draws):
        counts += adjacency(random(12, stream(draw, "t"), p=0.3, connected=False))
    off = counts[~np.eye(12, dtype=bool)] / draws
    assert (counts == counts.T).all()
    assert abs(off - 0.3).max() < 4.5 * (0.21 / draws) ** 0.5
    sizes = [random(40, stream(draw, "s"), p=0.1, connected=False).number_of_edges() / 2 for draw in range(400)]
    assert np.mean(sizes) == pytest.approx(78, abs=4 * (70.2 / 400) ** 0.5)
    assert np.var(sizes) == pytest.approx(70.2, rel=0.3)
