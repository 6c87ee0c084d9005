"""Who goes with whom, or gets what, without money: by what both sides want, by turns, by trade, or by what costs least.

>>> workers = {"Ann": ["x", "y"], "Bob": ["x", "y"], "Cid": ["y", "x"]}
>>> places = {"x": ["Cid", "Bob", "Ann"], "y": ["Ann", "Bob", "Cid"]}
>>> met = deferred_acceptance(workers, places)
>>> met.given, blocking_pairs(met.given, workers, places)
({'Ann': 'y', 'Bob': None, 'Cid': 'x'}, [])

Preferences are lists, best first; whatever is not on a list is worse than nothing, and who abstains has an empty one.
They are strict: a tie has to be broken (by a lot, say) before it gets here. `ValueError` for a name twice on a list.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np

from society_sim.rules.amounts import luck, shuffled, table, whole
from society_sim.rules.ballots import Array

A = TypeVar("A", bound=Hashable)
B = TypeVar("B", bound=Hashable)
Best = Literal["least", "most"]


@dataclass(frozen=True, slots=True)
class Matching(Generic[A, B]):
    """*given*: whom each of the proposing side is with, `None` for nobody; *proposals*: how many were made."""

    given: Mapping[A, B | None]
    proposals: int

    def held(self) -> dict[B, tuple[A, ...]]:
        """The same from the other side: who is with each of those who have somebody."""
        found: dict[B, tuple[A, ...]] = {}
        for one, other in self.given.items():
            if other is not None:
                found[other] = (*found.get(other, ()), one)
        return found


def deferred_acceptance(
    proposers: Mapping[A, Sequence[B]], receivers: Mapping[B, Sequence[A]], quotas: Mapping[B, int] | None = None
) -> Matching[A, B]:
    """Each proposes down its list; whoever is proposed to holds the best so far, up to its quota (Gale, Shapley 1962).

    The result does not depend on who proposes first. It is stable, no stable one is better for any proposer or worse
    than it for anybody on the other side, and no proposer gains by another list than its own (Roth 1982); those who
    receive may. A quota is 1 where *quotas* has none.

    >>> deferred_acceptance({1: "ab", 2: "ab", 3: "a"}, {"a": [3, 1, 2], "b": [2, 1]}, {"a": 2}).given
    {1: 'a', 2: 'b', 3: 'a'}
    """
    rule = "deferred_acceptance"
    rank = _ranks(proposers, receivers, rule)
    room = _quotas(receivers, quotas, rule)
    held: dict[B, list[A]] = {other: [] for other in receivers}
    turns = {one: iter(wanted) for one, wanted in proposers.items()}
    free, proposals = deque(proposers), 0
    while free:
        one = free.popleft()
        other = next(turns[one], None)
        if other is None:
            continue
        proposals += 1
        own = rank[other]
        if one not in own or not room[other]:
            free.append(one)
            continue
        held[other].append(one)
        if len(held[other]) > room[other]:
            worst = max(held[other], key=own.__getitem__)
            held[other].remove(worst)
            free.append(worst)
    given: dict[A, B | None] = dict.fromkeys(proposers)
    for other, ones in held.items():
        given |= dict.fromkeys(ones, other)
    return Matching(given, proposals)


def blocking_pairs(
    given: Mapping[A, B | None],
    proposers: Mapping[A, Sequence[B]],
    receivers: Mapping[B, Sequence[A]],
    quotas: Mapping[B, int] | None = None,
) -> list[tuple[A, B | None]]:
    """What speaks against *given* being stable; empty if it is stable (Gale and Shapley 1962; Roth and Sotomayor 1990).

    A pair blocks if both would rather be together: one prefers the other to whom it has, and the other has room, or
    prefers it to one that it has. One with `None` has somebody whom it, or who, does not want it at all. `ValueError`
    if more are with somebody than its quota.

    >>> blocking_pairs({1: "b", 2: "a"}, {1: "ab", 2: "ba"}, {"a": [1, 2], "b": [2, 1]})
    [(1, 'a'), (2, 'b')]
    """
    rule = "blocking_pairs"
    rank = _ranks(proposers, receivers, rule)
    room = _quotas(receivers, quotas, rule)
    held = Matching(given, 0).held()
    for other, ones in held.items():
        if len(ones) > room.get(other, 0):
            raise ValueError(f"{rule}: {len(ones)} are with {other}, which has room for {room.get(other, 0)}")
    found: list[tuple[A, B | None]] = []
    for one, wanted in proposers.items():
        now = given.get(one)
        if now is not None and (now not in wanted or one not in rank[now]):
            found.append((one, None))
        for other in wanted:
            if other == now:
                break
            own = rank[other]
            ones = held.get(other, ())
            bad = len(own)
            if one in own and (len(ones) < room[other] or any(own.get(has, bad) > own[one] for has in ones)):
                found.append((one, other))
    return found


def serial_dictatorship(
    preferences: Mapping[A, Sequence[B]],
    quotas: Mapping[B, int] | None = None,
    order: Iterable[A] | None = None,
    lot: int = 0,
) -> dict[A, B | None]:
    """One after the other takes the best of what is left (random: Abdulkadiroglu and Sonmez 1998).

    In the *order* given, or else in one that the *lot* draws. Nobody gains by another list than its own, and no other
    result is better for one and worse for nobody. There is one of each thing where *quotas* has no number.

    >>> serial_dictatorship({"Ann": ["x", "y"], "Bob": ["x"]}, order=["Bob", "Ann"])
    {'Ann': 'y', 'Bob': 'x'}
    """
    rule = "serial_dictatorship"
    _lists(preferences, rule)
    things = dict.fromkeys(thing for wanted in preferences.values() for thing in wanted)
    left = _quotas(things, quotas, rule)
    turns = shuffled(preferences, lot, rule) if order is None else list(order)
    if len(turns) != len(preferences) or set(turns) != set(preferences):
        raise ValueError(f"{rule}: the order names everybody once, and nobody else")
    given: dict[A, B | None] = dict.fromkeys(preferences)
    for one in turns:
        given[one] = next((thing for thing in preferences[one] if left[thing]), None)
        if (thing := given[one]) is not None:
            left[thing] -= 1
    return given


def top_trading_cycles(preferences: Mapping[A, Sequence[B]], owns: Mapping[A, B]) -> dict[A, B]:
    """Owners swap in circles, each pointing to who has what it likes best of what is left (Shapley and Scarf 1974).

    Everybody ends with something at least as good as its own; no group could do better with what it owns, and nobody
    gains by another list than its own (Roth 1982). Who abstains keeps what it has.

    >>> top_trading_cycles({1: "ba", 2: "cab", 3: "ac"}, {1: "a", 2: "b", 3: "c"})
    {1: 'b', 2: 'c', 3: 'a'}
    """
    rule = "top_trading_cycles"
    _lists(preferences, rule)
    if homeless := [one for one in preferences if one not in owns]:
        raise ValueError(f"{rule}: {homeless[0]} owns nothing to swap")
    owner = {thing: one for one, thing in owns.items()}
    if len(owner) < len(owns):
        raise ValueError(f"{rule}: a thing has two owners")
    turns = {one: iter(preferences.get(one, ())) for one in owns}
    best = {one: next(turns[one], owns[one]) for one in owns}
    given: dict[A, B] = {}

    def wants(one: A) -> A:
        """Who has what *one* likes best of what is left."""
        while (best[one] not in owner or owner[best[one]] in given) and best[one] != owns[one]:
            best[one] = next(turns[one], owns[one])
        return owner[best[one]]

    for start in owns:
        path: list[A] = []
        at = start
        while start not in given:
            path.append(at)
            at = wants(at)
            if at in path:  # a circle: it swaps, and who pointed to it looks again
                for one in path[path.index(at) :]:
                    given[one] = best[one]
                path, at = [], start
    return {one: given[one] for one in owns}


def optimal_assignment(values: Any, best: Best = "least", lot: int = 0) -> tuple[int | None, ...]:
    """For each row of *values* the column that it gets, so that all of them together cost least, or are worth most.

    Each row gets one column, and each column goes to one row, as far as there are enough; `None` is none (Kuhn 1955,
    solved as in Crouse 2016). With *best* "most" nobody gets what is worth 0 to it. Of several equally good ones the
    *lot* decides, by the order in which rows and columns are looked at.

    >>> optimal_assignment([[4, 1, 3], [2, 0, 5], [3, 2, 2]])
    (1, 0, 2)
    """
    from scipy.optimize import linear_sum_assignment

    own = table(values, "optimal_assignment", "values")
    if own.dtype.kind == "i" and own.size and own.max() > 2**53:
        raise ValueError("optimal_assignment: whole values are at most 2^53")
    if best not in ("least", "most"):
        raise ValueError(f"optimal_assignment: best is 'least' or 'most', not {best!r}")
    rows, columns = (
        np.array(sorted(range(size), key=lambda place: luck(place, lot, side)), dtype=np.intp)
        for size, side in zip(own.shape, ("row", "column"), strict=True)
    )
    given: list[int | None] = [None] * len(own)
    found = linear_sum_assignment(own[rows][:, columns], maximize=best == "most")
    for row, column in zip(rows[found[0]].tolist(), columns[found[1]].tolist(), strict=True):
        if best == "least" or own[row, column] > 0:
            given[row] = column
    return tuple(given)


def one_by_one(costs: Any) -> Array:
    """For each task, in order, the member who does it: of those who are still free the one with the lowest cost.

    *costs* are members x tasks, or runs x members x tasks; of equal ones the first row's. Members are at least as many
    as tasks. What contract nets do that announce one task at a time (Smith 1980): with n members, n tasks and costs
    that are exponential with mean 1 they cost 1 + 1/2 + ... + 1/n on average, the best assignment 1 + 1/4 + ... + 1/n^2
    (Parisi 1998; Linusson and Wastlund 2004).

    >>> one_by_one([[4, 1, 3], [2, 0, 5], [3, 2, 2]]).tolist(), optimal_assignment([[4, 2, 3], [1, 0, 5], [3, 4, 2]])
    ([1, 0, 2], (1, 0, 2))
    """
    own = table(costs, "one_by_one", "costs", axes=np.ndim(costs) if np.ndim(costs) == 3 else 2)
    many = own if own.ndim == 3 else own[None]
    runs, members, tasks = many.shape
    if tasks > members:
        raise ValueError(f"one_by_one: {tasks} tasks need as many members, not {members}")
    taken = np.inf if many.dtype.kind == "f" else np.iinfo(np.int64).max
    free = np.ones((runs, members), dtype=bool)
    given = np.empty((runs, tasks), dtype=np.intp)
    for task in range(tasks):
        given[:, task] = np.where(free, many[:, :, task], taken).argmin(1)
        free[np.arange(runs), given[:, task]] = False
    return given if own.ndim == 3 else given[0]


def _lists(preferences: Mapping[Any, Sequence[Any]], rule: str) -> None:
    for one, wanted in preferences.items():
        if len(set(wanted)) < len(wanted):
            raise ValueError(f"{rule}: {one} names something twice")


def _ranks(proposers: Mapping[A, Sequence[B]], receivers: Mapping[B, Sequence[A]], rule: str) -> dict[B, dict[A, int]]:
    """The place of each proposer on each receiver's list."""
    _lists(proposers, rule)
    _lists(receivers, rule)
    for one, wanted in proposers.items():
        for other in wanted:
            if other not in receivers:
                raise ValueError(f"{rule}: {one} names {other}, which is not there")
    return {other: {one: place for place, one in enumerate(wanted)} for other, wanted in receivers.items()}


def _quotas(things: Iterable[B], quotas: Mapping[B, int] | None, rule: str) -> dict[B, int]:
    own = quotas or {}
    return {thing: whole(own.get(thing, 1), rule, f"the quota of {thing}") for thing in things}
