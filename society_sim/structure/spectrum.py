"""The spectrum of a graph: how well it holds together, and how easily something spreads on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from society_sim.structure.graphs import Floats, Ties

if TYPE_CHECKING:
    import networkx as nx

_DENSE = 200
"""Up to so many members all eigenvalues are computed."""
_ROUGH = 0.05


def algebraic_connectivity(graph: nx.Graph | Ties, *, tolerance: float = 1e-6) -> float:
    """Second smallest eigenvalue of the normalised Laplacian, directions and weights aside: 0 if the graph falls apart.

    n / (n - 1) for a complete graph, 1 for a star, 1 - cos(2 pi / n) for a ring, 2 / d for a hypercube of dimension d;
    Chung (1997). Up to 200 members exact; beyond, the absolute error is below *tolerance*.

    >>> import networkx as nx
    >>> round(algebraic_connectivity(nx.complete_graph(5)), 12)
    1.25
    """
    return fiedler(Ties.of(graph), tolerance)[0]


def fiedler(own: Ties, tolerance: float, near: Floats | None = None) -> tuple[float, Floats | None]:
    """Algebraic connectivity, and its eigenvector; the search begins *near* that of a similar graph, if given."""
    if own.members < 2:
        return float("nan"), None
    if len(own.sizes(own.weak)) > 1:
        return 0.0, None
    degrees = own.degrees.astype(float)
    root = np.divide(1.0, np.sqrt(degrees), out=np.zeros_like(degrees), where=degrees > 0)
    if own.members <= _DENSE:
        seats = np.flatnonzero(own.there)
        scaled = own.undirected[seats][:, seats].toarray() * root[seats, None] * root[seats]
        return float(1.0 - np.linalg.eigvalsh(scaled)[-2]), None
    return _lanczos(own, root, tolerance, near)


def _lanczos(own: Ties, root: Floats, tolerance: float, near: Floats | None) -> tuple[float, Floats | None]:
    """The largest eigenvalue of the scaled adjacency beside the trivial one, which is moved out of the way."""
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import LinearOperator, eigsh

    links = own.undirected
    rows = np.repeat(np.arange(own.size), np.diff(links.indptr))
    scaled = csr_array((root[rows] * root[links.indices], links.indices, links.indptr), shape=links.shape)
    trivial = np.sqrt(own.degrees.astype(float))
    trivial /= np.linalg.norm(trivial)

    def without_trivial(vector: Floats) -> Floats:
        vector = vector.ravel()
        return np.asarray(scaled @ vector - (2.0 * (trivial @ vector)) * trivial)  # its 1 becomes -1: the other end

    rough = np.cos(np.arange(own.size) * 2.399963)  # the same everywhere, along no eigenvector
    start = rough if near is None else near + _ROUGH * rough / np.sqrt(own.size)
    start = np.where(own.there, start, 0.0)
    operator = LinearOperator(scaled.shape, matvec=without_trivial, dtype=np.float64)
    values, vectors = eigsh(operator, k=1, which="LA", tol=tolerance, v0=start, maxiter=50 * own.size)
    return max(0.0, float(1.0 - values[0])), np.asarray(vectors[:, 0])


def spectral_radius(graph: nx.Graph | Ties) -> float:
    """Largest eigenvalue of the adjacency, directions and weights aside: what spreads dies out below 1 over it.

    The threshold of an epidemic, in infections per recovery: Wang et al. (2003).

    >>> import networkx as nx
    >>> round(1 / spectral_radius(nx.star_graph(15)), 4)
    0.2582
    """
    from scipy.sparse.linalg import eigsh

    own = Ties.of(graph)
    if not len(own.pairs):
        return 0.0 if own.members else float("nan")
    if own.size <= _DENSE:
        return float(np.linalg.eigvalsh(own.undirected.toarray())[-1])
    start = own.degrees.astype(float)
    return float(eigsh(own.undirected, k=1, which="LA", v0=start, tol=1e-9, return_eigenvectors=False)[0])
