"""The baseline that is always beside: one model, asked as often as the organisation's tokens allow.

Each question is put k times to one model, and the plurality is the decision: self-consistency (Wang et al. 2022). Of
the models of an arm it is the one whose first answers were right most often over all its runs (in hindsight, which
flatters the baseline), and k is the arm's tokens per question over the tokens of one first answer of that model,
rounded, and at least 1. Members, items and seeds are the same, so its first answers are those of the arm.
"""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType

from society_sim.experiments.comparing import Held
from society_sim.scenario.design import Cell

MOST = 10_000
"""How often one model is asked at most."""


def matched(held: Held) -> Cell | None:
    """The cell of one model that takes as many tokens as those of *held* took; `None` where there is nothing to match.

    There is nothing where no answer is known to be right, no run came to its end, or the models are recorded ones: a
    table holds one answer to each question, and to read it k times says nothing new.
    """
    asked, right, taken = Counter[str](), Counter[str](), Counter[str]()
    questions = tokens = 0
    for _, row in held.done():
        questions, tokens = questions + len(row.items), tokens + row.tokens
        for name, (times, hits, took) in row.models.items():
            asked[name] += times
            right[name] += hits
            taken[name] += took
    scenario = held.cell.scenario
    models = [name for name in asked if scenario.models[name.partition("/")[0]][0].name != "recorded"]
    if not questions or len(models) < len(asked) or not models:
        return None
    best = max(models, key=lambda name: right[name] / asked[name])
    each = taken[best] / asked[best]
    k = min(MOST, max(1, round(tokens / questions / each))) if each else 1
    alone = {"topology": {"hierarchical": {"span": k}}, "mechanism": "plurality", "rewiring": None, "allowance": None,
             "population": {"resamples": {"model": best, "size": k}}}  # fmt: skip
    for address, value in alone.items():  # a star: nobody speaks, and it has the fewest ties
        scenario = scenario.set(address, value)
    return Cell(f"{best} x {k}", MappingProxyType(dict(held.cell.point)), scenario, held.cell.beside)
