"""How many tokens it took."""

from __future__ import annotations

from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record


@measure
def tokens(record: Record) -> float:
    """Tokens read and written by the models, in all.

    >>> tokens([{"kind": "answer", "tokens": [100, 20]}, {"kind": "answer", "reason": "missing"}])
    120.0
    """
    return float(sum(sum(entry.get("tokens", ())) for entry in only(record, "answer")))
