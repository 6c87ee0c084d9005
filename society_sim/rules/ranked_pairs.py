"""Ranked pairs: victories are locked in, the largest first, unless they would close a circle.

>>> from society_sim.rules.ballots import Ballots
>>> ballots = Ballots.of(["ABC"] * 4 + ["BCA"] * 3 + ["CAB"] * 2, "ABC")
>>> ranked_pairs(ballots).winners
('A',)
"""

from __future__ import annotations

from collections.abc import Iterator

from society_sim.rules.ballots import NEARLY, Ballots, Order, Tally
from society_sim.rules.pairwise import margins

_UNIVERSES = 20_000
Closure = tuple[int, ...]
"""For each option, whom it stands above by what has been locked in: a set of bits."""


def ranked_pairs(ballots: Ballots, order: Order = None) -> Tally:
    """Tideman (1987): the largest margins are locked in first, and one that contradicts those before is left out.

    Among equal margins, without an *order* all sequences are followed, and who comes out on top in one of them is a
    winner (Tideman's own reading; Brill and Fischer 2012). With one, the pair goes first whose winner is preferred,
    and among these the one whose loser is least preferred (Zavist and Tideman 1989). Pairs that draw lock nothing in.
    `ValueError` if there are more than 20,000 ways, which takes many equal margins among many options.
    Scores: how many options each one stands above, in the way in which ties go by the order of the options.
    """
    options = ballots.options
    if not len(ballots.weights):
        return Tally((), dict.fromkeys(options, 0.0))
    groups = list(_groups(ballots))
    own = options if order is None else tuple(order)
    settled = _one_way(groups, options, own)
    scores = {option: float(below.bit_count()) for option, below in zip(options, settled, strict=True)}
    if order is not None:
        return Tally(_top(settled, options), scores).settled(order)
    states = {tuple([0] * len(options))}
    for group in groups:
        states = _all_ways(states, group)
    won = {option for state in states for option in _top(state, options)}
    return Tally(tuple(option for option in options if option in won), scores)


def _groups(ballots: Ballots) -> Iterator[list[tuple[int, int]]]:
    """Pairs (winner, loser) of equal margin, the largest margins first."""
    edge = margins(ballots)
    count = len(edge)
    pairs = sorted((-edge[i, j], i, j) for i in range(count) for j in range(count) if edge[i, j] > 0)
    group: list[tuple[int, int]] = []
    last = 0.0
    for size, i, j in pairs:
        if group and size > last + NEARLY * max(1.0, abs(last)):
            yield group
            group = []
        group.append((i, j))
        last = size
    if group:
        yield group


def _all_ways(states: set[Closure], group: list[tuple[int, int]]) -> set[Closure]:
    """What all sequences of locking in *group* can lead to. What follows depends on the closure so far alone."""
    done: set[Closure] = set()
    seen, todo = set(states), list(states)
    while todo:
        state = todo.pop()
        free = [(i, j) for i, j in group if not state[i] >> j & 1 and not state[j] >> i & 1]
        if not free:
            done.add(state)
            continue
        safe = [pair for pair in free if not _in_a_circle(state, free, pair)]
        for pair in safe[:1] or free:  # a pair in no circle is locked in sooner or later, whatever the sequence
            after = _locked(state, *pair)
            if after not in seen:
                seen.add(after)
                todo.append(after)
                if len(seen) > _UNIVERSES:
                    raise ValueError(f"ranked pairs: equal margins can be locked in in more than {_UNIVERSES:,} ways; "
                                     "give an order of preference to settle them")  # fmt: skip
    return done


def _in_a_circle(state: Closure, free: list[tuple[int, int]], pair: tuple[int, int]) -> bool:
    """Whether there is a way back from the loser of *pair* to its winner through *state* and what is still free."""
    start, goal = pair[1], pair[0]
    reached, todo = {start}, [start]
    while todo:
        at = todo.pop()
        nexts = [j for j in range(len(state)) if state[at] >> j & 1] + [j for i, j in free if i == at]
        for to in nexts:
            if to == goal:
                return True
            if to not in reached:
                reached.add(to)
                todo.append(to)
    return False


def _one_way(groups: list[list[tuple[int, int]]], options: tuple[str, ...], order: tuple[str, ...]) -> Closure:
    place = [order.index(option) for option in options]
    state: Closure = tuple([0] * len(options))
    for group in groups:
        for i, j in sorted(group, key=lambda pair: (place[pair[0]], -place[pair[1]])):
            if not state[j] >> i & 1:
                state = _locked(state, i, j)
    return state


def _locked(state: Closure, i: int, j: int) -> Closure:
    """*state* when *i* stands above *j*, and so above all below it."""
    below = state[j] | 1 << j
    return tuple(own | below if at == i or own >> i & 1 else own for at, own in enumerate(state))


def _top(state: Closure, options: tuple[str, ...]) -> tuple[str, ...]:
    beaten = 0
    for below in state:
        beaten |= below
    return tuple(option for at, option in enumerate(options) if not beaten >> at & 1)
