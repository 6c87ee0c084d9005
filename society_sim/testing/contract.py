"""What a breach of a contract is, and how graphs and records are held against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import networkx as nx


class ContractError(AssertionError):
    """A part does not do what parts of its kind must do; the text lists each breach."""

    def __init__(self, what: str, breaches: Sequence[str]) -> None:
        super().__init__(f"{what} breaks its contract:\n" + "\n".join(f"- {breach}" for breach in breaches))
        self.breaches = tuple(breaches)


def ties_of(entries: Any) -> set[tuple[int, int, str, float]]:
    """The ties at the end of a record: the fold over its changes, as (source, target, kind, weight)."""
    ties: dict[tuple[int, int], tuple[str, float]] = {}
    for entry in entries:
        match entry["kind"]:
            case "graph":
                ties = {(source, target): (kind, weight) for source, target, kind, weight in entry["ties"]}
            case "link":
                ties[entry["source"], entry["target"]] = (entry["tie"], entry["weight"])
            case "unlink":
                del ties[entry["source"], entry["target"]]
            case "leave":
                ties = {pair: tie for pair, tie in ties.items() if entry["member"] not in pair}
            case "reweight":
                pair = entry["source"], entry["target"]
                ties[pair] = (ties[pair][0], entry["weight"])
    return {(*pair, *rest) for pair, rest in ties.items()}


def edges_of(graph: nx.Graph) -> list[Any]:
    """The ties of *graph* with all that is said of them, in order."""
    return sorted((u, v, sorted(data.items())) for u, v, data in graph.edges(data=True))


def named(kind: str, function: Callable[..., Any]) -> str:
    """What a part is called in an error."""
    return f"{kind} {getattr(function, '__name__', str(function))!r}"


def told_of(error: BaseException) -> str:
    """An exception in words."""
    text = str(error)
    if "Frozen graph" in text or "through society.apply alone" in text:
        return "it edits the graph directly (use society.apply)"
    return f"{type(error).__name__}: {text}"
