"""Chains of command as trees: who has which boss, on which level, and in what order they sit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Point = tuple[float, float]
LINES = ("command", "report")
"""The kinds of ties that chains of command are made of."""
NOBODY = -1
"""The boss of those who have none."""


def bosses(ties: Iterable[tuple[int, int, str]]) -> dict[int, int]:
    """The boss of each seat that has one: of several the one whose line comes first."""
    boss: dict[int, int] = {}
    for u, v, kind in ties:
        if kind == "command":
            boss.setdefault(v, u)
        elif kind == "report":
            boss.setdefault(u, v)
    return boss


def levels(seats: Iterable[int], boss: Mapping[int, int]) -> dict[int, int] | None:
    """How many bosses each seat has over it; `None` if lines run in a circle.

    >>> levels(range(3), {1: 0, 2: 1}), levels(range(2), {0: 1, 1: 0})
    ({0: 0, 1: 1, 2: 2}, None)
    """
    found: dict[int, int] = {}
    for seat in seats:
        way = {seat: None}  # in order, and quick to search: a chain may be long
        last = seat
        while last not in found and last in boss:
            last = boss[last]
            if last in way:
                return None
            way[last] = None
        depth = found.get(last, 0)
        for step, one in enumerate(reversed(way)):
            found[one] = depth + step
    return found


def ordered(
    seats: Sequence[int], boss: Mapping[int, int], spots: Mapping[int, Point], old: Mapping[int, Sequence[int]]
) -> dict[int, list[int]]:
    """Those under each boss, and under `NOBODY`, from left to right.

    Who stays under a boss keeps the place; who comes takes the place of somebody who went, or sits down where it comes
    from: *spots* are the places so far, and *old* is the order so far.

    >>> ordered(range(4), {1: 0, 2: 0, 3: 0}, {}, {})
    {-1: [0], 0: [1, 2, 3]}
    >>> was = {-1: [0], 0: [1, 2, 3]}
    >>> ordered(range(4), {0: 2, 1: 2, 3: 2}, {0: (5, 0), 1: (1, 9), 2: (5, 9), 3: (9, 9)}, was)
    {-1: [2], 2: [1, 0, 3]}
    """
    kids: dict[int, list[int]] = {NOBODY: []}
    for seat in seats:
        kids.setdefault(boss.get(seat, NOBODY), []).append(seat)
    found: dict[int, list[int]] = {}
    holder = {NOBODY: NOBODY}  # whose place each boss has taken
    todo = [NOBODY]
    for one in todo:
        own = kids[one]
        before = max((old.get(place, ()) for place in (holder[one], one)), key=lambda row: len({*row} & {*own}))
        found[one], taken = _row(own, before, spots)
        holder |= taken
        todo += [seat for seat in found[one] if seat in kids]
    return found


def _row(own: Sequence[int], before: Sequence[int], spots: Mapping[int, Point]) -> tuple[list[int], dict[int, int]]:
    """*own* in order, and whose place each of them has: its own, or that of one of *before* who went."""
    here = {*own}
    staying = here & {*before}
    coming = sorted((seat for seat in own if seat not in staying), key=lambda seat: (_across(seat, spots), seat))
    vacant = [seat for seat in before if seat not in here]
    taken = {seat: seat for seat in own} | dict(zip(coming, vacant, strict=False))
    return sorted(own, key=lambda seat: (_across(taken[seat], spots), seat)), taken


def _across(seat: int, spots: Mapping[int, Point]) -> float:
    return spots[seat][0] if seat in spots else float("inf")


def columns(under: Mapping[int, Sequence[int]]) -> tuple[dict[int, float], int]:
    """The column of each seat, leaves side by side and bosses in the middle over theirs; how many columns there are."""
    found: dict[int, float] = {}
    width = 0
    stack = [(seat, False) for seat in reversed(under[NOBODY])]
    while stack:  # children first, without recursion: a chain may be long
        seat, done = stack.pop()
        below = under.get(seat, ())
        if below and not done:
            stack.append((seat, True))
            stack.extend((one, False) for one in reversed(below))
        elif below:
            found[seat] = (found[below[0]] + found[below[-1]]) / 2
        else:
            found[seat] = width
            width += 1
    return found, width
