"""What it cost."""

from __future__ import annotations

from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record


@measure
def cost(record: Record) -> float:
    """US dollars paid for answers, in all. Models without a price count as free.

    >>> cost([{"kind": "answer", "micro_usd": 250}, {"kind": "answer"}])
    0.00025
    """
    return float(sum(entry.get("micro_usd", 0) for entry in only(record, "answer"))) / 1_000_000
