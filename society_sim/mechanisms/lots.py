"""Lots: what names the draw among equals where a count ends in a tie."""

from __future__ import annotations

from society_sim.society import Society
from society_sim.streams import seed_of
from society_sim.values import Question


def lot_of(society: Society, question: Question, *names: str | int) -> int:
    """The lot of a count of this *question*; *names* tell several counts apart."""
    return seed_of(society.seed, "tie", question.id, *society.within, *names)
