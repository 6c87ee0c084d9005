"""Rules that compare options two by two: Condorcet's, Copeland's, minimax, and Schulze's.

>>> ballots = Ballots.of(["ABC", "BCA", "CAB", "ABC"], "ABC")
>>> margins(ballots).tolist()
[[0.0, 2.0, 0.0], [-2.0, 0.0, 2.0], [0.0, -2.0, 0.0]]
>>> condorcet_winner(ballots), schulze(ballots).winners
(None, ('A',))

What is ranked beats what is not; options that a ballot ranks alike get nothing from it. Strength is the margin, the
ballots for minus those against. All of these elect the option that beats every other, if there is one (Condorcet 1785).
"""

from __future__ import annotations

import numpy as np

from society_sim.rules.ballots import NEARLY, Array, Ballots, Order, Tally, tallied


def preferring(ballots: Ballots) -> Array:
    """Options x options: the weight of the ballots that rank the one of the row above the one of the column."""
    columns = ballots.ranks.T
    return np.array([(own < columns) @ ballots.weights for own in columns])


def margins(ballots: Ballots) -> Array:
    """Options x options: how much more weight prefers the one of the row than the one of the column."""
    wins = preferring(ballots)
    found: Array = wins - wins.T
    found[np.abs(found) <= NEARLY * max(1.0, float(np.abs(ballots.weights).sum()))] = 0.0
    return found


def condorcet_winner(ballots: Ballots) -> str | None:
    """The option that a majority prefers to every other one; `None` if there is none."""
    beats = margins(ballots) > 0
    places = np.flatnonzero(beats.sum(1) == len(ballots.options) - 1)
    return ballots.options[places[0]] if len(places) and len(ballots.weights) else None


def condorcet(ballots: Ballots, order: Order = None) -> Tally:
    """The option that beats every other one, or nobody: *order* is not asked. Scores: the smallest margin of each."""
    worst = _worst(ballots)
    winner = condorcet_winner(ballots)
    scores = {option: float(score) for option, score in zip(ballots.options, worst, strict=True)}
    return Tally(() if winner is None else (winner,), scores)


def copeland(ballots: Ballots, order: Order = None) -> Tally:
    """Most comparisons won, less those lost (Copeland 1951); a draw counts for neither."""
    sign = np.sign(margins(ballots))
    return _tallied(ballots, sign.sum(1), order)


def minimax(ballots: Ballots, order: Order = None) -> Tally:
    """The smallest worst defeat, by margins (Simpson 1969; Kramer 1977). Scores: the smallest margin of each."""
    return _tallied(ballots, _worst(ballots), order)


def schulze(ballots: Ballots, order: Order = None) -> Tally:
    """Who is beaten by nobody along the strongest paths (Schulze 2011); a path is as strong as its weakest margin.

    Scores: the least by which the strongest path to an option is exceeded by its own, over all others.
    """
    edge = margins(ballots)
    path = np.where(edge > 0, edge, 0.0)
    for through in range(len(path)):
        path = np.maximum(path, np.minimum(path[:, [through]], path[[through], :]))
    lead = path - path.T
    np.fill_diagonal(lead, np.inf)
    worst = np.minimum(lead.min(1), 0.0)  # 0: nobody has a stronger path
    return _tallied(ballots, worst, order)


def _worst(ballots: Ballots) -> Array:
    edge = margins(ballots)
    np.fill_diagonal(edge, np.inf)
    worst = edge.min(1)
    return np.where(np.isinf(worst), ballots.total, worst)  # the only option


def _tallied(ballots: Ballots, scores: Array, order: Order) -> Tally:
    if not len(ballots.weights):
        return Tally((), dict.fromkeys(ballots.options, 0.0))
    return tallied(ballots.options, scores, order)
