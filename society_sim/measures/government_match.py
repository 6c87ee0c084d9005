"""Governments that formed in a record, beside those that did in history, and what it took to form them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from society_sim.registry import measure
from society_sim.values import Record


@measure
def government_exact(record: Record) -> float:
    """Share of formations that ended in exactly the historical government, 0 to 1; no government is no match.

    >>> formed = {"kind": "outcome", "type": "minority", "correct": True, "likeness": 1.0, "duration": 9.0}
    >>> government_exact([formed]), government_likeness([formed]), formation_time([formed])
    (1.0, 1.0, 9.0)
    """
    return _mean(float(entry["correct"]) for entry in _formations(record) if "likeness" in entry)


@measure
def government_likeness(record: Record) -> float:
    """Mean Jaccard index of the governments formed and the historical ones, 0 to 1; no government counts 0."""
    return _mean(entry["likeness"] for entry in _formations(record) if "likeness" in entry)


@measure
def government_formed(record: Record) -> float:
    """Share of formations that ended with a government, 0 to 1."""
    return _mean(float(entry["type"] != "none") for entry in _formations(record))


@measure
def government_surplus(record: Record) -> float:
    """Mean share of seats beyond half of the house that governments hold; negative for minorities."""
    size: dict[str, int] = {}
    beyond = []
    for entry in record:
        if entry["kind"] == "question":
            size[entry["about"]] = entry.get("facts", {}).get("house", 0)
        elif _is_formation(entry) and size.get(entry["about"]) and entry["type"] != "none":
            beyond.append(entry["seats"] / size[entry["about"]] - 0.5)
    return _mean(iter(beyond))


@measure
def formation_time(record: Record) -> float:
    """Mean time from the first recognition to the end of formations, in units of simulated time."""
    return _mean(entry["duration"] for entry in _formations(record))


@measure
def formateurs_tried(record: Record) -> float:
    """Mean number of parties that were asked to form a government, the one that did it included."""
    return _mean(float(len(entry["formateurs"])) for entry in _formations(record))


def _formations(record: Record) -> Iterator[Mapping[str, Any]]:
    return (entry for entry in record if _is_formation(entry))


def _is_formation(entry: Mapping[str, Any]) -> bool:
    return entry["kind"] == "outcome" and "type" in entry and "duration" in entry


def _mean(found: Iterator[float]) -> float:
    numbers = list(found)
    return sum(numbers) / len(numbers) if numbers else float("nan")
