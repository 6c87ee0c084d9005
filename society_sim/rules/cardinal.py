"""Rules that add up numbers: approval, range, and quadratic voting.

>>> approval(Ratings.approvals([("A", "B"), ("B",), ("C",)], "ABC")).winners
('B',)
>>> range_voting(Ratings.of([{"A": 9, "B": 8}, {"A": 0, "B": 7}], "AB")).winners
('B',)
"""

from __future__ import annotations

import numpy as np

from society_sim.rules.ballots import NEARLY, Order, Ratings, Tally, tallied


def approval(ratings: Ratings, order: Order = None) -> Tally:
    """Most approvals (Brams and Fishburn 1978): of *ratings* that are 1 or 0. If nobody approves of anything, none."""
    given = ratings.values[~np.isnan(ratings.values)]
    if not ((given == 0) | (given == 1)).all():
        raise ValueError("a ballot approves of an option (1) or does not (0)")
    if not (given == 1).any():
        return Tally((), dict.fromkeys(ratings.options, 0.0))
    found = range_voting(ratings, order)
    return Tally(found.winners, found.scores, found.scores, (), found.ties)


def range_voting(ratings: Ratings, order: Order = None) -> Tally:
    """The largest sum of ratings (Smith 2000); an option that a ballot does not rate gets nothing from it."""
    if not len(ratings.values):
        return Tally((), dict.fromkeys(ratings.options, 0.0))
    return tallied(ratings.options, ratings.weights @ np.nan_to_num(ratings.values), order)


def quadratic(ratings: Ratings, order: Order = None, *, credit: float = 100) -> Tally:
    """Votes for or against, of which v cost v squared out of *credit*; the largest sum wins (Posner and Weyl 2018).

    `ValueError` names the first ballot that spends more.
    """
    spent = np.square(np.nan_to_num(ratings.values)).sum(1)
    over = np.flatnonzero(spent > credit * (1 + NEARLY))
    if len(over):
        raise ValueError(f"ballot {over[0]} spends {spent[over[0]]:g} of a credit of {credit:g}")
    return range_voting(ratings, order)
