"""Which coalitions theory expects, from seats and places alone: minimal winning, smallest, narrowest, connected.

A coalition is a sorted tuple of indices of parties. *quota* is the number of seats that wins.

>>> bundestag_2005 = (226, 222, 61, 54, 51)  # CDU/CSU, SPD, FDP, Left, Greens
>>> len(minimal_winning(bundestag_2005, 308)), smallest(bundestag_2005, 308)
(7, [(1, 3, 4)])
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

Coalition = tuple[int, ...]


def minimal_winning(seats: Sequence[int], quota: int) -> list[Coalition]:
    """All coalitions that win and would lose without any one of their members (von Neumann and Morgenstern 1944).

    Parties are tried from the largest down, so a coalition is whole as soon as it wins: its last member is its
    smallest, and it is minimal if it loses without that one. Ordered by size of members' tuple.
    """
    if quota < 1:
        raise ValueError(f"a quota is at least 1 seat, not {quota}")
    order = sorted((i for i, own in enumerate(seats) if own > 0), key=lambda i: (-seats[i], i))
    left = [0]
    for i in reversed(order):
        left.append(left[-1] + seats[i])
    left.reverse()  # left[k]: the seats of order[k:]

    def grow(start: int, members: Coalition, won: int) -> Iterator[Coalition]:
        for k in range(start, len(order)):
            if won + left[k] < quota:
                return
            i = order[k]
            if won + seats[i] >= quota:  # it loses without its smallest member, hence without any
                yield tuple(sorted((*members, i)))
            else:
                yield from grow(k + 1, (*members, i), won + seats[i])

    return sorted(grow(0, (), 0), key=lambda members: (len(members), members))


def smallest(seats: Sequence[int], quota: int) -> list[Coalition]:
    """The winning coalitions with the fewest seats (Riker 1962, the size principle); several if they tie."""
    return _least([(sum(seats[i] for i in c), c) for c in minimal_winning(seats, quota)])


def narrowest(seats: Sequence[int], quota: int, at: Sequence[float | None]) -> list[Coalition]:
    """The minimal winning coalitions with the smallest range on one scale (De Swaan 1973); several if they tie.

    A party whose place in *at* is `None` is in none of them.
    """
    known = [own if place is not None else 0 for own, place in zip(seats, at, strict=True)]
    return _least([(spread(c, at), c) for c in minimal_winning(known, quota)])


def spread(coalition: Sequence[int], at: Sequence[float | None]) -> float:
    """The range of *coalition* on one scale, over the members whose place is known; 0 if none is."""
    places = [place for i in coalition if (place := at[i]) is not None]
    return max(places) - min(places) if places else 0.0


def connected(seats: Sequence[int], quota: int, order: Sequence[int]) -> list[Coalition]:
    """The minimal connected winning coalitions: neighbours on the scale, none of the ends can go (Axelrod 1970).

    *order* lists the parties from one end of the scale to the other.

    >>> connected((226, 222, 61, 54, 51), 308, (3, 4, 1, 0, 2))
    [(0, 1), (1, 3, 4)]
    """
    found = []
    for low in range(len(order)):
        won = 0
        for high in range(low, len(order)):
            won += seats[order[high]]
            if won >= quota:
                if won - seats[order[low]] < quota or low == high:
                    found.append(tuple(sorted(order[low : high + 1])))
                break
    return sorted(found, key=lambda members: (len(members), members))


def kind(coalition: Sequence[int], seats: Sequence[int], quota: int) -> str:
    """What sort of government it is: single-party majority, minority, minimal winning or surplus.

    >>> kind((0,), (60, 40), 51), kind((0, 1), (60, 40), 51), kind((1,), (60, 40), 51)
    ('single-party majority', 'surplus', 'minority')
    """
    won = sum(seats[i] for i in coalition)
    if won < quota:
        return "minority"
    if len(coalition) == 1:
        return "single-party majority"
    return "surplus" if won - min(seats[i] for i in coalition) >= quota else "minimal winning"


def likeness(one: Collection[str], other: Collection[str]) -> float:
    """The Jaccard index of two governments: the parties in both over the parties in either; 0 if both are empty.

    >>> likeness(["SPD", "FDP", "Greens"], ["SPD", "Greens"])
    0.6666666666666666
    """
    either = set(one) | set(other)
    return len(set(one) & set(other)) / len(either) if either else 0.0


def _least(rated: list[tuple[float, Coalition]]) -> list[Coalition]:
    best = min((value for value, _ in rated), default=0.0)
    return [coalition for value, coalition in rated if value <= best + 1e-9]
