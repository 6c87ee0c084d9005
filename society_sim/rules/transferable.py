"""Several winners from rankings: the single transferable vote, and the best by a score.

>>> ballots = Ballots.of(["ABC"] * 5 + ["CBA"] * 4, "ABC")
>>> single_transferable(ballots, 2).winners
('A', 'C')
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from society_sim.rules.ballots import NEARLY, Ballots, Order, Tally, preferred


def single_transferable(ballots: Ballots, seats: int, order: Order = None) -> Tally:
    """Who reaches the quota is elected, and its surplus passes on; if nobody does, the last is eliminated.

    Quota: the whole number above votes / (seats + 1) (Droop 1881), or this share itself where weights are no whole
    numbers. A surplus passes on all ballots of the elected, each at the same fraction of its value (weighted inclusive
    Gregory method; Tideman 1995); the largest surplus goes first. When as many are left as seats, they are elected.
    Options that a ballot ranks alike share it. Ties, of surplus and of elimination, go by *order*; by that of the
    options, if there is none. Winners are in the order of the options; `rounds` has the counts.
    """
    options = ballots.options
    if not 1 <= seats <= len(options):
        raise ValueError(f"{seats} seats for {len(options)} options")
    own = options if order is None else tuple(order)
    weights = ballots.weights.copy()
    whole = bool((weights == np.round(weights)).all())
    quota = np.floor(weights.sum() / (seats + 1)) + 1 if whole else weights.sum() / (seats + 1)
    alive = list(range(len(options)))
    elected: list[int] = []
    rounds: list[Mapping[str, float]] = []
    ties: list[tuple[str, ...]] = []

    def pick(tied: list[int], last: bool) -> int:
        if len(tied) > 1:
            ties.append(tuple(options[place] for place in tied))
        names = [options[place] for place in tied]
        return options.index(preferred(names, own[::-1] if last else own))

    if not len(weights):
        return Tally((), dict.fromkeys(options, 0.0))
    while len(elected) < seats:
        if len(elected) + len(alive) <= seats:
            elected += alive
            break
        counts = Ballots(options, ballots.ranks, weights).tops(np.array(alive))
        rounds.append({options[place]: float(count) for place, count in zip(alive, counts, strict=True)})
        most = float(counts.max())
        if most >= quota - NEARLY * max(1.0, float(quota)):
            first = pick([alive[at] for at in np.flatnonzero(counts >= most - NEARLY * max(1.0, most))], last=False)
            rows = ballots.ranks.T[alive]
            top = rows == rows.min(0)
            part = top[alive.index(first)] * (rows.min(0) <= len(options)) / top.sum(0)
            weights = weights * (1 - part * (quota / most))
            elected.append(first)
            alive.remove(first)
        else:
            least = float(counts.min())
            low = [alive[at] for at in np.flatnonzero(counts <= least + NEARLY * max(1.0, least))]
            alive.remove(pick(low, last=True))
    scores = rounds[-1] if rounds else dict.fromkeys(options, 0.0)
    return Tally(tuple(options[place] for place in sorted(elected)), scores, {}, tuple(rounds[:-1]), tuple(ties))


def best_of(count: Tally, seats: int, order: Order = None) -> Tally:
    """The *seats* options with the highest scores in *count*: plurality's give the single non-transferable vote.

    >>> best_of(Tally(("A",), {"A": 5.0, "B": 2.0, "C": 2.0}), 2, order="CBA").winners
    ('A', 'C')
    """
    options = list(count.scores)
    if not 1 <= seats <= len(options):
        raise ValueError(f"{seats} seats for {len(options)} options")
    if not count.winners:
        return count
    own = options if order is None else list(order)
    ranked = sorted(options, key=lambda option: (-round(count.scores[option], 9), own.index(option)))
    chosen = ranked[:seats]
    level = round(count.scores[chosen[-1]], 9)
    tied = tuple(option for option in options if round(count.scores[option], 9) == level)
    undone = any(option not in chosen for option in tied)
    won = tuple(option for option in options if option in chosen)
    return Tally(won, count.scores, count.support, (), (tied,) if undone else ())
