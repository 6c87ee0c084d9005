"""How often the society decided rightly."""

from __future__ import annotations

from society_sim.measures.reading import share
from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record


@measure
def accuracy(record: Record) -> float:
    """Share of right decisions, 0 to 1, among all questions with a known answer; an undecided question is wrong.

    >>> right, wrong = ({"kind": "outcome", "gold": "A", "correct": correct} for correct in (True, False))
    >>> accuracy([right, wrong])
    0.5
    """
    known = right = 0
    for entry in only(record, "outcome"):
        if "gold" in entry:
            known += 1
            right += bool(entry["correct"])
    return share(right, known)
