"""How much the members agree in the end."""

from __future__ import annotations

from collections import Counter

from society_sim.measures.reading import settled, share
from society_sim.registry import measure
from society_sim.values import Record


@measure
def agreement(record: Record) -> float:
    """Share of pairs of members whose last answers to a question are the same, 0 to 1, averaged over questions.

    Abstentions are left out, and so are questions with fewer than two answers. The observed agreement of Fleiss (1971).
    """
    total, questions = 0.0, 0
    for question in settled(record):
        sizes = Counter(repr(said.choice) for said in question.last.values() if said.choice is not None)
        voters = sizes.total()
        if voters > 1:
            questions += 1
            total += sum(size * (size - 1) for size in sizes.values()) / (voters * (voters - 1))
    return share(total, questions)
