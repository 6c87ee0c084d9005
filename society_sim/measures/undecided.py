"""How often the society decided nothing."""

from __future__ import annotations

from society_sim.measures.reading import share
from society_sim.registry import measure
from society_sim.values import Record


@measure
def undecided(record: Record) -> float:
    """Share of questions, 0 to 1, that were left without a decision.

    >>> undecided([{"kind": "outcome", "decision": None}, {"kind": "outcome", "decision": "B"}])
    0.5
    """
    all_, none = 0, 0
    for entry in record:
        if entry["kind"] == "outcome":
            all_ += 1
            none += entry.get("decision") is None
    return share(none, all_)
