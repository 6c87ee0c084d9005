"""Places for societies whose form has a name: federations, matrices and stars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import cos, hypot, pi, sin
from typing import Any

from society_viz.film import HEIGHT, WIDTH, Region
from society_viz.words import clean, cut

Spot = tuple[float, float]
_X, _Y = WIDTH / 2, HEIGHT / 2
_NAMED = 6  # more communities than this are numbered: there is no room for their names
_LETTER = 6.0  # how wide a letter of a name is, about
_ROOM = 15.0  # above a community, for its name


def clusters(
    seats: Sequence[int], attributes: Mapping[int, Mapping[str, Any]]
) -> tuple[dict[int, Spot], float, list[Region]]:
    """Communities as discs on a ring; in each the members on a circle, the head nearest to the middle.

    Those with numbers come before those with names.
    """
    groups: dict[int | str, list[int]] = {}
    for seat in seats:
        groups.setdefault(attributes[seat]["community"], []).append(seat)
    k, most = len(groups), max(len(group) for group in groups.values())
    turns = [2 * pi * place / k + (pi if k == 2 else -3 * pi / 4 if k == 4 else -pi / 2) for place in range(k)]
    middles = [_middle(k, turn) for turn in turns]
    apart = min(hypot(a[0] - b[0], a[1] - b[1]) for a, b in combinations(middles, 2))
    reach = min(140.0, apart / 2 - 2, *(min(y - _ROOM, HEIGHT - y - 3) for _, y in middles))
    size = max(2.0, min(16.0, 0.44 * reach * sin(pi / max(most, 3))))
    spots: dict[int, Spot] = {}
    regions = []
    ranked = sorted(groups.items(), key=lambda group: (isinstance(group[0], str), group[0]))
    for (name, group), turn, (x, y) in zip(ranked, turns, middles, strict=True):
        heads = [seat for seat in group if attributes[seat].get("head") is True]
        around = heads + [seat for seat in group if seat not in heads]
        inner = 0.94 * (reach - size - 6) if len(group) > 1 else 0.0
        for step, seat in enumerate(around):
            angle = pi + turn + 2 * pi * step / len(group)
            spots[seat] = x + inner * cos(angle), y + inner * sin(angle)
        what = next((own["grouping"] for own in map(attributes.get, group) if own and "grouping" in own), "community")
        words = community(name, what) if k <= _NAMED or isinstance(name, str) else str(name + 1)
        words = cut(words, max(int(2 * reach / _LETTER), 4))
        regions.append(Region("disc", round(x, 1), round(y, 1), round(reach, 1), words, str(name)))
    return spots, size, regions


def community(name: int | str, what: str = "community") -> str:
    """What a community is called: by its name, or by its number, counted from 1.

    >>> community(0), community("North"), community("0"), community(2, "committee")
    ('community 1', 'North', 'community 0', 'committee 3')
    """
    if isinstance(name, int):
        return f"{what} {name + 1}"
    return f"{what} {name}" if name.isdecimal() else clean(name, 40)


def _middle(many: int, turn: float) -> Spot:
    """Where the community in this direction is, one of so many."""
    if many == 2:
        return _X + 165.0 * cos(turn), _Y
    if many == 3:
        return _X + 190.0 * cos(turn), 234.0 + 113.0 * sin(turn)
    if many == 4:
        return _X + (170.0 if cos(turn) > 0 else -170.0), _Y + 8 + (111.0 if sin(turn) > 0 else -111.0)
    return _X + 226.0 * cos(turn), _Y + 6 + 132.0 * sin(turn)


def matrix(seats: Sequence[int], attributes: Mapping[int, Mapping[str, Any]]) -> tuple[dict[int, Spot], float] | None:
    """A grid: a column for each line, under its boss, a row for each project, beside its boss.

    `None` for those who are in no such form.
    """
    found = {seat: [own.get("line"), own.get("project")] for seat in seats for own in [attributes[seat]]}
    within = {seat: (line, project) for seat, (line, project) in found.items()
              if type(line) is int and type(project) is int}  # fmt: skip
    if len(within) < max(4, len(seats) / 3):
        return None
    columns, rows = (sorted({places[at] for places in within.values()}) for at in (0, 1))
    wide, high = (WIDTH - 130) / len(columns), (HEIGHT - 110) / len(rows)
    spots: dict[int, Spot] = {}
    cells: dict[tuple[int, int], list[int]] = {}
    for seat, cell in within.items():
        cells.setdefault(cell, []).append(seat)
    for (line, project), group in cells.items():
        x, y = 110 + wide * (columns.index(line) + 0.5), 80 + high * (rows.index(project) + 0.5)
        for at, seat in enumerate(group):  # aslant, so that no line of command runs through another member
            part = (at + 0.5) / len(group) - 0.5
            spots[seat] = x + 0.72 * wide * part, y + 0.6 * high * part
    above = 0
    for seat in seats:
        if seat in spots:
            continue
        column, row = found[seat]
        if column in columns:
            spots[seat] = 110 + wide * (columns.index(column) + 0.5), 34.0
        elif row in rows:
            spots[seat] = 56.0, 80 + high * (rows.index(row) + 0.5)
        else:
            spots[seat] = 56.0 + 34 * above, 34.0
            above += 1
    largest = max(map(len, cells.values()))
    return spots, max(2.0, min(17.0, 0.25 * hypot(0.72 * wide, 0.6 * high) / largest, 0.3 * high))


def hub(seats: Sequence[int], ties: Iterable[tuple[int, int, str]]) -> int | None:
    """The one to whom all ties are, if everybody else has one to it and to nobody else."""
    pairs = {(min(u, v), max(u, v)) for u, v, _ in ties}
    if len(seats) < 4 or len(pairs) != len(seats) - 1:
        return None
    return next((seat for seat in seats if all(seat in pair for pair in pairs)), None)
