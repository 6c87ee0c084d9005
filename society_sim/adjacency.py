"""The rows of a graph as NetworkX keeps them: the one place that knows of them.

Its own way for each tie looks at every node again, and takes up to ten times as long; a frozen graph has no way at all.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import networkx as nx

Rows: TypeAlias = dict[int, dict[int, dict[str, Any]]]


def rows(graph: nx.DiGraph) -> tuple[Rows, Rows]:
    """Who may speak to whom: speaker -> listener -> the tie, and listener -> speaker -> the same tie.

    They are the graph itself, and no copy. Whoever writes a tie writes it into both.

    >>> out, into = rows(nx.DiGraph([(0, 1), (2, 1)]))
    >>> sorted(out[0]), sorted(into[1])
    ([1], [0, 2])
    """
    return graph._succ, graph._pred


def put(graph: nx.DiGraph, source: int, target: int, tie: dict[str, Any]) -> None:
    """Make *tie* the one from *source* to *target*, both of whom are there; *graph* may be frozen."""
    out, into = rows(graph)
    out[source][target] = into[target][source] = tie


def cut(graph: nx.DiGraph, source: int, target: int) -> None:
    """Take away the tie from *source* to *target*, which is there; *graph* may be frozen."""
    out, into = rows(graph)
    del out[source][target], into[target][source]
