"""What came of assignments: how high on their lists people got what they got."""

from __future__ import annotations

from math import fsum

from society_sim.measures.reading import share
from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record


@measure
def mean_rank(record: Record) -> float:
    """The mean place of what was assigned on the list of who got it, 1 being the best: the mean over questions.

    Of two sides, on the lists of those who proposed. Who got nothing does not count; not a number if nobody got
    anything.

    >>> mean_rank([{"kind": "outcome", "mean_rank": 1.0}, {"kind": "outcome", "mean_rank": 1.5}])
    1.25
    """
    found = [entry["mean_rank"] for entry in only(record, "outcome") if entry.get("mean_rank") is not None]
    return share(fsum(found), len(found))
