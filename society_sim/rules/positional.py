"""Scoring rules: each place on a ballot is worth so many points, and the option with the most points wins.

>>> ballots = Ballots.of([("A", "B", "C"), ("A", "C", "B"), ("B", "C", "A")], "ABC")
>>> first_places(ballots).winners, dict(borda(ballots).scores)
(('A',), {'A': 4.0, 'B': 3.0, 'C': 2.0})

Options that a ballot ranks alike share the points of the places that they hold together; so do those that it does not
rank, which hold the last ones (as in Emerson 2013's comparison of ways to count a partial Borda ballot, the one that is
neutral between naming more and naming fewer). Scoring rules are the ones that are anonymous, neutral and consistent
when electorates are joined (Young 1975).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from society_sim.rules.ballots import Array, Ballots, Order, Tally, tallied


def positional(ballots: Ballots, points: Sequence[float], order: Order = None) -> Tally:
    """The most points win: *points* has a number for each place, the first one first.

    >>> positional(Ballots.of(["AB", "BA", "BA"], "AB"), [2, 1]).scores["B"]
    5.0
    """
    if len(points) != len(ballots.options):
        raise ValueError(f"{len(ballots.options)} places need as many points, not {len(points)}")
    if not len(ballots.weights):
        return Tally((), dict.fromkeys(ballots.options, 0.0))
    return tallied(ballots.options, _sums(ballots, points), order)


def first_places(ballots: Ballots, order: Order = None) -> Tally:
    """Plurality: most first places (Condorcet 1785). Options that share the top of a ballot share its vote.

    An option that is first on no ballot cannot win, whatever the weights.
    """
    counts = ballots.tops(np.arange(len(ballots.options)))
    told = {option: float(count) for option, count in zip(ballots.options, counts, strict=True)}
    named = [place for place, column in enumerate(ballots.ranks.T) if (column == 1).any()]
    if not named:
        return Tally((), told, told)
    top = tallied([ballots.options[place] for place in named], counts[named], order)
    return Tally(top.winners, told, told, (), top.ties)


def anti_plurality(ballots: Ballots, order: Order = None) -> Tally:
    """Fewest last places: one point for every place but the last (also called veto)."""
    count = len(ballots.options)
    return positional(ballots, [*[1.0] * (count - 1), 0.0], order)


def borda(ballots: Ballots, order: Order = None) -> Tally:
    """As many points as there are options below; the most win (Borda 1781)."""
    return positional(ballots, range(len(ballots.options) - 1, -1, -1), order)


def _sums(ballots: Ballots, points: Sequence[float]) -> Array:
    """The points of each option."""
    sums = np.concatenate([[0.0], np.cumsum(np.asarray(points, dtype=float))])
    columns = ballots.ranks.T
    strict = len(columns) * (len(columns) + 1) // 2  # what ranks add up to where nobody ties
    if (columns.sum(0) == strict).all() and (columns.max(0) == len(columns)).all() and _distinct(columns):
        worth = np.asarray(points, dtype=float)
        return np.array([np.bincount(column, ballots.weights, len(columns) + 1)[1:] @ worth for column in columns])
    found = np.zeros(len(columns))
    for place, own in enumerate(columns):
        before = (columns < own).sum(0)
        alike = (columns == own).sum(0)
        found[place] = ballots.weights @ ((sums[before + alike] - sums[before]) / alike)
    return found


def _distinct(columns: Array) -> bool:
    """Whether no ballot ranks two options alike."""
    seen = np.zeros(columns.shape[1], dtype=np.int64)
    for column in columns:
        seen |= np.left_shift(1, np.minimum(column, 62), dtype=np.int64)
    return bool((seen == (1 << (len(columns) + 1)) - 2).all()) if len(columns) < 60 else False
