"""How long counting takes: 100,000 random rankings of ten options, by every rule."""

from __future__ import annotations

import numpy as np

from benchmarks.common import Row, cpu
from society_sim.rules.ballots import Ballots, Ratings
from society_sim.rules.rulebook import RULEBOOK
from society_sim.rules.transferable import single_transferable

OPTIONS = "ABCDEFGHIJ"


def counting(quick: bool) -> list[Row]:
    """Seconds of CPU for each rule; ties are settled by the order of the options."""
    size = 1000 if quick else 100_000
    rng = np.random.default_rng(1)
    ranks = rng.random((size, len(OPTIONS))).argsort(1) + 1
    ballots = Ballots(OPTIONS, ranks)
    ratings = Ratings(OPTIONS, (ranks <= 3).astype(float))
    rows = []
    for name, rule in RULEBOOK.items():
        with cpu() as spent:
            rule.count(ballots if rule.asks in ("choice", "ranking") else ratings, OPTIONS)
            rows.append(Row(f"{name}, {size:,} ballots", spent(), "s", "< 1"))
    partial = Ballots(OPTIONS, np.where(ranks > 4, 99, ranks))
    for name in ("borda", "instant_runoff", "schulze"):
        with cpu() as spent:
            RULEBOOK[name].count(partial, None)
            rows.append(Row(f"{name}, four options ranked, no order", spent(), "s", "< 1"))
    with cpu() as spent:
        single_transferable(ballots, 4)
        rows.append(Row("single transferable vote, four seats", spent(), "s", "< 1"))
    return rows
