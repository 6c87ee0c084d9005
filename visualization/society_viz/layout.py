"""Where everybody sits: drawn from who may speak to whom, and again whenever the form of that has changed.

Parliaments are bubbles on a half circle, communities are clusters, two lines of command are a grid, one is a tree, a
hub is in the middle of the others, everything else sits on an ellipse or, if there are many, fills one. Members that
come later sit down among their neighbours. Ties that come and go move nobody; lines of command, communities and heads
do, and then only those whose place is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import cos, hypot, pi, sin, sqrt
from typing import Any

import networkx as nx
import numpy as np

from society_viz import shapes, trees
from society_viz.film import HEIGHT, WIDTH, Region

Spot = tuple[float, float]
_X, _Y = WIDTH / 2, HEIGHT / 2
_FEW, _RING, _CROWD = 12, 44, 400
"""More than these are laid out by springs where few are tied for good; do not fit on an ellipse; nor on springs."""
_GOLDEN = pi * (3 - sqrt(5))


@dataclass(frozen=True, slots=True)
class Layout:
    """The shape that was recognised, places and radii by seat, and the regions behind them."""

    shape: str
    spots: dict[int, Spot]
    radii: dict[int, float]
    regions: tuple[Region, ...] = ()
    middle: Spot = (_X, _Y)
    pull: float = 0.0
    leaders: frozenset[int] = frozenset()
    under: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """In a tree: who sits under each boss, from left to right; under `trees.NOBODY` those who have none."""


def arrange(
    attributes: Mapping[int, Mapping[str, Any]],
    ties: Iterable[tuple[int, int, str]],
    weights: Mapping[int, float],
    order: Mapping[int, float],
    lasting: bool = False,
) -> Layout:
    """Places for the seats in *attributes*; *weights*: seats in a parliament, *order*: left to right in it.

    *lasting*: the ties stay as they are, so that they may say who sits near whom in a small society too.
    """
    seats = sorted(attributes)
    ties = [tie for tie in ties if tie[0] in attributes and tie[1] in attributes]
    if not seats:
        return Layout("ring", {}, {})
    if len(seats) > 1 and weights and all(seat in weights for seat in seats):
        return _parliament(seats, weights, order)
    if len(communities(attributes)) == len(seats):
        return _clusters(seats, attributes)
    if (grid := shapes.matrix(seats, attributes)) is not None:
        return _laid("matrix", *grid)
    boss = trees.bosses(ties)
    levels = trees.levels(seats, boss)
    if levels and len(seats) > 2 and len(boss) >= 0.6 * (len(seats) - 1):
        return _tree(seats, boss, levels)
    return _shapeless(seats, ties, lasting)


def rearrange(
    before: Layout, attributes: Mapping[int, Mapping[str, Any]], ties: Iterable[tuple[int, int, str]]
) -> Layout:
    """Places for the same seats when they have another form, as near as can be to those that they had *before*.

    Whoever has no part in a tree yet, or none any more, sits under it. Those without a community, where others have
    one, are not seated; where the lines of command run in a circle, all stay where they are.
    """
    seats = sorted(attributes)
    ties = [tie for tie in ties if tie[0] in attributes and tie[1] in attributes]
    known = communities(attributes)
    if known:
        return _clusters(sorted(known), attributes)
    boss = trees.bosses(ties)
    levels = trees.levels(seats, boss)
    if levels is None:
        return before
    if not boss or len(seats) < 3:
        return _shapeless(seats, ties)
    return _tree(seats, boss, levels, before, _ring(seats, False) if len(seats) <= _RING else _field(seats))


def communities(attributes: Mapping[int, Mapping[str, Any]]) -> dict[int, tuple[int | str, bool]]:
    """The community of each seat that has one, and whether it heads it; of nobody where there are no communities.

    Communities have numbers, or names.
    """
    found = {
        seat: (own["community"], own.get("head") is True)
        for seat, own in attributes.items()
        if type(own.get("community")) in (int, str) and own["community"] != ""
    }
    several = 1 < len({community for community, _ in found.values()}) < len(found)
    return found if several and 2 * len(found) >= len(attributes) else {}


def grouped(attributes: Mapping[int, Mapping[str, Any]]) -> bool:
    """Whether the communities are groups that a mechanism made."""
    return bool(communities(attributes)) and any("grouping" in own for own in attributes.values())


def _shapeless(seats: Sequence[int], ties: Sequence[tuple[int, int, str]], lasting: bool = False) -> Layout:
    middle = shapes.hub(seats, ties)
    if middle is not None and len(seats) <= _RING:
        around = _ring([seat for seat in seats if seat != middle], False)
        return _laid("ring", {**around.spots, middle: (_X, _Y)}, {**around.radii, middle: max(around.radii.values())})
    sparse = len(ties) < 0.4 * len(seats) * (len(seats) - 1)
    if len(seats) <= (_FEW if lasting and sparse and ties else _RING) or _ringlike(seats, ties):
        return _ring(seats, sparse)
    if len(seats) <= _CROWD and len(ties) < 0.25 * len(seats) * len(seats):
        return _springs(seats, ties)
    return _field(seats)


def beside(seat: int, neighbours: Sequence[Spot], taken: Sequence[Spot], radius: float) -> Spot:
    """A place for a newcomer: the middle of its neighbours, moved along a spiral until it is free."""
    x = sum(spot[0] for spot in neighbours) / len(neighbours) if neighbours else _X
    y = sum(spot[1] for spot in neighbours) / len(neighbours) if neighbours else _Y
    for step in range(600):
        reach, turn = radius * 0.55 * sqrt(step), seat + step * _GOLDEN
        spot = (min(max(x + reach * cos(turn), 30), WIDTH - 30), min(max(y + reach * sin(turn), 30), HEIGHT - 30))
        if all(hypot(spot[0] - u, spot[1] - v) > 2.6 * radius for u, v in taken):
            break
    return round(spot[0], 1), round(spot[1], 1)


def _laid(
    shape: str, spots: Mapping[int, Spot], radii: Mapping[int, float] | float, regions: Sequence[Region] = ()
) -> Layout:
    sizes = radii if isinstance(radii, Mapping) else dict.fromkeys(spots, radii)
    return Layout(
        shape,
        {seat: (round(x, 1), round(y, 1)) for seat, (x, y) in sorted(spots.items())},
        {seat: round(r, 1) for seat, r in sizes.items()},
        tuple(regions),
    )


def _ring(seats: Sequence[int], sparse: bool) -> Layout:
    """An ellipse, seat 0 on top, at equal distances along it; where there are few ties, they are bent inwards."""
    n = len(seats)
    if n == 1:
        return _laid("ring", {seats[0]: (_X, _Y)}, 26)
    wide, high = (178, 158) if n <= 12 else (248, 172)
    steps = 720
    points = [(_X + wide * sin(2 * pi * k / steps), _Y - high * cos(2 * pi * k / steps)) for k in range(steps)]
    lengths = [0.0]
    for here, there in zip(points, [*points[1:], points[0]], strict=True):
        lengths.append(lengths[-1] + hypot(there[0] - here[0], there[1] - here[1]))
    place, spots = 0, {}
    for k, seat in enumerate(seats):
        while lengths[place] < lengths[-1] * k / n:
            place += 1
        spots[seat] = points[place % steps]
    size = max(min(22.0 if n <= 12 else 17.0, 0.34 * lengths[-1] / n), 2.0)
    return replace(_laid("ring", spots, size), pull=0.2 if sparse and n > 6 else 0.0)


def _field(seats: Sequence[int]) -> Layout:
    """Seeds of a sunflower: as much room for each of many as there can be."""
    n = len(seats)
    wide, high = WIDTH / 2 - 34, HEIGHT / 2 - 30
    spots = {}
    for k, seat in enumerate(seats):
        reach, turn = sqrt((k + 0.5) / n), k * _GOLDEN
        spots[seat] = (_X + wide * reach * cos(turn), _Y + high * reach * sin(turn))
    return _laid("field", spots, max(min(18.0, 0.32 * sqrt(pi * wide * high / n)), 1.2))


def _springs(seats: Sequence[int], ties: Iterable[tuple[int, int, str]]) -> Layout:
    graph = nx.Graph()
    graph.add_nodes_from(seats)
    graph.add_edges_from((u, v) for u, v, _ in ties)
    start = {seat: (x / WIDTH, y / HEIGHT) for seat, (x, y) in _field(seats).spots.items()}
    places = nx.spring_layout(graph, pos=start, seed=0, iterations=80, k=1.6 / sqrt(len(seats)))
    at = np.array([places[seat] for seat in seats]) - np.mean(list(places.values()), 0)
    if len(seats) > 2:  # the way it is longest lies across the page
        long = np.linalg.svd(at, full_matrices=False)[2][0]
        long = long if long[0] > 0 else -long
        at = at @ np.array([[long[0], -long[1]], [long[1], long[0]]])
    least, most = at.min(0), at.max(0)
    at = (36, 34) + (WIDTH - 72, HEIGHT - 68) * (at - least) / np.maximum(most - least, 1e-9)
    spots = {seat: (float(x), float(y)) for seat, (x, y) in zip(seats, at, strict=True)}
    size = max(2.0, min(13.0, 0.2 * sqrt(WIDTH * HEIGHT / len(seats))))
    return _laid("springs", _apart(spots, 2.5 * size), size)


def _apart(spots: Mapping[int, Spot], least: float) -> dict[int, Spot]:
    """The same places, moved until none is nearer than *least* to another, as far as that can be had."""
    at = np.array(list(spots.values()))
    for _ in range(60):
        way = at[:, None] - at[None]
        far = np.hypot(way[..., 0], way[..., 1])
        np.fill_diagonal(far, np.inf)
        if (short := np.clip(least - far, 0.0, None)).max() < 0.5:
            break
        at = at + (0.5 * short[..., None] * way / np.maximum(far, 1e-9)[..., None]).sum(1)
        at = np.clip(at, (32.0, 30.0), (WIDTH - 32.0, HEIGHT - 30.0))
    return {seat: (float(x), float(y)) for seat, (x, y) in zip(spots, at, strict=True)}


def _ringlike(seats: Sequence[int], ties: Sequence[tuple[int, int, str]]) -> bool:
    """Whether most ties join seats that would be near on a ring (and they would not be dots)."""
    n = len(seats)
    place = {seat: k for k, seat in enumerate(seats)}
    near = sum(min((place[u] - place[v]) % n, (place[v] - place[u]) % n) <= max(2, n // 12) for u, v, _ in ties)
    return n <= 90 and bool(ties) and near > 0.6 * len(ties)


def _clusters(seats: Sequence[int], attributes: Mapping[int, Mapping[str, Any]]) -> Layout:
    spots, size, regions = shapes.clusters(seats, attributes)
    return _laid("clusters", spots, size, regions)


def _tree(
    seats: Sequence[int],
    boss: Mapping[int, int],
    levels: Mapping[int, int],
    before: Layout | None = None,
    plain: Layout | None = None,
) -> Layout:
    """Levels as rows; each boss stands over the middle of those under it.

    After *before* the order in the rows is that of before, and who has no part in the tree has its place in *plain*,
    which is laid under the tree: so the rest do not move when one of them gets a boss.
    """
    loose = [seat for seat in seats if seat not in boss and seat not in boss.values()] if plain else []
    inside = [seat for seat in seats if seat not in loose]
    under = trees.ordered(inside, boss, before.spots if before else {}, before.under if before else {})
    columns, width = trees.columns(under)
    deep = max(levels[seat] for seat in inside)
    slot = (WIDTH - 96) / max(width - 1, 1)
    row = (HEIGHT - 104) / max(deep, 1) if not loose else min(90.0, 190.0 / deep)
    stagger = 2 if slot < 18 else 1  # a long row of leaves stands in two
    size = max(2.0, min(19.0, 0.36 * slot * stagger, 0.26 * row))
    spots = {}
    for seat, column in columns.items():
        shift = 0.35 * row * (round(column) % stagger) if seat not in under and stagger > 1 else 0.0
        x = _X if width == 1 else 62 + column * slot
        spots[seat] = (x, (42 + levels[seat] * row if deep else _Y) - shift)
    if loose and plain:
        top = 42 + deep * row + 58
        size = min(size, *plain.radii.values(), 13.0)
        for seat in loose:
            x, y = plain.spots[seat]
            spots[seat] = (_X + 0.62 * (x - _X), top + (HEIGHT - 30 - top) * (y - 30) / (HEIGHT - 60))
    bands = (
        [Region("band", 0, round(42 + level * row, 1), 0, f"level {level}") for level in range(deep + 1)]
        if deep < 8
        else []
    )
    leaders = frozenset(under) - {trees.NOBODY}
    return replace(_laid("tree", spots, size, bands), leaders=leaders, under=under)


def _parliament(seats: Sequence[int], weights: Mapping[int, float], order: Mapping[int, float]) -> Layout:
    """Bubbles whose areas are their seats, from left to right on a half circle."""
    known = sorted((seat for seat in seats if seat in order), key=lambda seat: (order[seat], seat))
    row = [*known, *(seat for seat in seats if seat not in order)] if 2 * len(known) >= len(seats) else list(seats)
    reach, gap = 218.0, 16.0
    if len(row) > 14:
        gap = 6.0
    roots = {seat: sqrt(max(weights[seat], 0)) for seat in row}
    room = pi * reach - gap * (len(row) - 1)
    scale = min(room / max(2 * sum(roots.values()), 1e-9), 44 / max(max(roots.values()), 1e-9))
    radii = {seat: max(roots[seat] * scale, min(9.0, 0.45 * room / len(row))) for seat in row}
    length = 2 * sum(radii.values())
    gap = (pi * reach - length) / max(len(row) - 1, 1) if len(row) > 1 else 0.0
    gap = min(gap, 60.0)
    whole = length + gap * (len(row) - 1)
    spots, along = {}, (pi * reach - whole) / 2
    for seat in row:
        angle = pi - (along + radii[seat]) / reach
        along += 2 * radii[seat] + gap
        spots[seat] = (_X + 1.16 * reach * cos(angle), 308 - 1.08 * reach * sin(angle))
    return replace(_laid("parliament", spots, radii), middle=(_X, 300.0), pull=0.16)
