"""How often members gave no answer."""

from __future__ import annotations

from society_sim.measures.reading import share
from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record


@measure
def abstentions(record: Record) -> float:
    """Share of questions put to members, 0 to 1, that brought no answer, for whatever reason.

    >>> abstentions([{"kind": "answer", "value": "A"}, {"kind": "answer", "value": None, "reason": "unreadable"}])
    0.5
    """
    asked = none = 0
    for entry in only(record, "answer"):
        asked += 1
        none += entry["value"] is None
    return share(none, asked)
