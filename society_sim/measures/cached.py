"""How much of the prompts a provider had read before."""

from __future__ import annotations

from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record


@measure
def cached(record: Record) -> float:
    """Share of the tokens read, 0 to 1, that came from a provider's prefix cache; 0 if nothing was read.

    It is what providers say: one that says nothing counts as one without a cache.

    >>> cached([{"kind": "answer", "tokens": [100, 20], "cached": 60}, {"kind": "answer", "tokens": [20, 5]}])
    0.5
    """
    read = found = 0
    for entry in only(record, "answer"):
        if "tokens" in entry:
            read += entry["tokens"][0]
            found += entry.get("cached", 0)
    return found / read if read else 0.0
