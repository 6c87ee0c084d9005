"""Rules that count several times: runoff, instant runoff, and Bucklin.

Where several options tie for being eliminated, what follows depends on which one goes. Without an *order* all ways are
followed, and whoever wins in one of them is a winner (parallel universes; Conitzer, Rognlie and Xia 2009). With one,
the option goes that comes last in it. `rounds` tells the counts: of the one way there was, or, of several, of that in
which ties go by the order of the options.

>>> ballots = Ballots.of(["ABC", "ABC", "BCA", "CBA"], "ABC")
>>> instant_runoff(ballots).winners, instant_runoff(ballots, order="CAB").winners
(('A', 'B', 'C'), ('C',))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from society_sim.rules.ballots import NEARLY, Array, Ballots, Order, Tally, best, preferred

_UNIVERSES = 20_000


def runoff(ballots: Ballots, order: Order = None) -> Tally:
    """The two options with the most first places meet, and a majority decides (two-round voting on one ballot).

    An option that more than half put first wins such a meeting anyway.
    """
    options = ballots.options
    first = ballots.tops(np.arange(len(options)))
    if not len(ballots.weights):
        return Tally((), _told(options, first))
    if len(options) == 1:
        return Tally(options, _told(options, first), _told(options, first))
    leaders = best(first)
    fixed: tuple[int, ...] = ()
    if len(leaders) >= 2:
        rivals = leaders
    else:
        rest = [place for place in range(len(options)) if place not in leaders]
        fixed, rivals = tuple(leaders), [rest[place] for place in best(first[rest])]
    ties: list[tuple[str, ...]] = []
    if order is not None and len(fixed) + len(rivals) > 2:
        ties.append(tuple(options[place] for place in rivals))
        rivals = sorted(rivals, key=lambda place: list(order).index(options[place]))[: 2 - len(fixed)]
    pairs = list(combinations(rivals, 2)) if not fixed else [(fixed[0], rival) for rival in rivals]
    winners: set[int] = set()
    told: Mapping[str, float] = {}
    for pair in pairs:
        alive = np.array(sorted(pair))
        counts = ballots.tops(alive)
        winners |= {int(alive[place]) for place in best(counts)}
        told = told or _told([options[place] for place in alive], counts)
    won = tuple(options[place] for place in sorted(winners))
    return Tally(won, told, told, (_told(options, first),), tuple(ties)).settled(order)


def instant_runoff(ballots: Ballots, order: Order = None) -> Tally:
    """The option with the fewest first places is eliminated and its ballots pass on, until one is left (Ware 1871).

    A ballot whose options are all gone is exhausted and counts no more. Options that nobody puts first go together,
    which changes nothing for the others. `ValueError` if, without an order, more than 20,000 sets of options must be
    followed, which takes some 15 options that tie again and again.
    """
    options = ballots.options
    start = tuple(range(len(options)))
    if not len(ballots.weights):
        return Tally((), dict.fromkeys(options, 0.0))
    winners = _winners_of_some_way(ballots, start) if order is None else set()
    rounds, ties, last = _one_way(ballots, start, options if order is None else order)
    won = tuple(options[place] for place in sorted(winners)) if order is None else (last,)
    return Tally(won, rounds[-1], rounds[-1], tuple(rounds[:-1]), tuple(ties) if order is not None else ())


def _winners_of_some_way(ballots: Ballots, start: tuple[int, ...]) -> set[int]:
    """Who wins in some way to break the ties. Telling is NP-complete: as many ways as orders of those who tie.

    So what cannot change who wins is not followed (Jiang, Sikdar, Wang, Xia et al. 2017): a set twice, a set of which
    all have won already, what comes after a majority; and those whose first places together are fewer than the next
    one's go in one step, as each of them must before it.
    """
    winners: set[int] = set()
    seen, todo = {start}, [start]
    while todo:
        alive = todo.pop()
        if winners.issuperset(alive):
            continue
        counts, lowest = _lowest(ballots, alive)
        most = int(counts.argmax())
        if len(alive) == 1 or not counts.any():
            winners |= set(alive)
        elif counts[most] > counts.sum() / 2 + NEARLY * max(1.0, counts.sum()):
            winners.add(alive[most])
        else:
            together = _doomed(counts, alive)
            for out in [together] if together else [(one,) for one in lowest]:
                left = tuple(place for place in alive if place not in out)
                if left not in seen:
                    seen.add(left)
                    todo.append(left)
                if len(seen) > _UNIVERSES:
                    raise ValueError(f"instant runoff: ties for the last place leave more than {_UNIVERSES:,} sets of "
                                     "options to follow; give an order of preference to settle them")  # fmt: skip
    return winners


def _doomed(counts: Array, alive: tuple[int, ...]) -> tuple[int, ...]:
    """The most options whose first places together are fewer than those of each other one; none if there are none."""
    by_count = np.argsort(counts, kind="stable")
    fewer = np.cumsum(counts[by_count])[:-1] < counts[by_count][1:] - NEARLY * max(1.0, counts.sum())
    size = int(np.flatnonzero(fewer)[-1]) + 1 if fewer.any() else 0
    return tuple(alive[place] for place in by_count[:size])


def _lowest(ballots: Ballots, alive: tuple[int, ...]) -> tuple[Array, tuple[int, ...]]:
    counts = ballots.tops(np.array(alive))
    return counts, tuple(alive[place] for place in best(-counts))


def _one_way(
    ballots: Ballots, alive: tuple[int, ...], order: Sequence[str]
) -> tuple[list[Mapping[str, float]], list[tuple[str, ...]], str]:
    """The counts of the way in which ties go by *order*, who tied in it, and who wins. The last count is of two."""
    options, ties = ballots.options, []
    rounds: list[Mapping[str, float]] = []
    place_of = list(order).index
    while True:
        counts, lowest = _lowest(ballots, alive)
        rounds.append(_told([options[place] for place in alive], counts))
        out = lowest
        if len(lowest) == len(alive) or counts[alive.index(lowest[0])] > NEARLY:
            if len(lowest) > 1:
                ties.append(tuple(options[place] for place in lowest))
            out = (max(lowest, key=lambda place: place_of(options[place])),)
        left = tuple(place for place in alive if place not in out)
        if len(left) <= 1 or not counts.any():
            return rounds, ties, preferred([options[place] for place in left or alive], order)
        alive = left


def bucklin(ballots: Ballots, order: Order = None) -> Tally:
    """First places are counted; while nobody has more than half of the ballots, the next place is counted with them.

    The most ballots then win (Bucklin 1909). Options that a ballot ranks alike are counted together, those that it
    does not rank never; if nobody comes to more than half, the most ballots win in the end.
    """
    options, columns = ballots.options, ballots.ranks.T
    if not len(ballots.weights):
        return Tally((), dict.fromkeys(options, 0.0))
    place = np.array([(columns < own).sum(0) for own in columns])
    ranked = columns <= len(options)
    half = ballots.total / 2
    rounds: list[Array] = []
    for depth in range(len(options)):
        rounds.append((ranked & (place <= depth)) @ ballots.weights)
        if rounds[-1].max() > half + NEARLY * max(1.0, half):
            break
    told = [_told(options, counts) for counts in rounds]
    won = tuple(options[place] for place in best(rounds[-1]))
    return Tally(won, told[-1], told[-1], tuple(told[:-1])).settled(order)


def _told(options: Sequence[str], counts: Array) -> Mapping[str, float]:
    return {option: float(count) for option, count in zip(options, counts, strict=True)}
