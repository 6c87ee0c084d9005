"""How many messages were delivered."""

from __future__ import annotations

from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record


@measure
def messages(record: Record) -> float:
    """Messages delivered along ties, in all; one said to three members counts three times. Silence does not count.

    >>> messages([{"kind": "message"}, {"kind": "silence"}, {"kind": "refused"}])
    1.0
    """
    return float(sum(1 for _ in only(record, "message")))
