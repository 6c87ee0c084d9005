"""Lines between members: from rim to rim, side by side where there are two, with arrows where it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import hypot

from society_viz.film import Film, Form, Place

Point = tuple[float, float]
Path = tuple[Point, ...]
_ARROWS = 400  # more lines than this are drawn without arrows
_APART = 3.2
WEB = 12
"""More members than this who all may speak to one another are drawn without ties."""
RING = 2.5
"""From the rim of a member to a ring around it."""
_BENDS = 10  # straight pieces of a bent line


@dataclass(frozen=True, slots=True)
class Line:
    """A tie as it is drawn; `shift` is how far it is moved to its right, `arrow` whether it has a head."""

    source: int
    target: int
    kind: str
    first: int
    last: int
    shift: float
    arrow: bool


def complete(film: Film) -> bool:
    """Whether everybody may always speak to everybody, and they are many: lines would say nothing and hide the rest."""
    many = len(film.nodes) * (len(film.nodes) - 1)
    if film.seats is not None:
        return len(film.ties) > 0.8 * many
    always = all(tie.first == 0 and tie.last == len(film.beats) for tie in film.ties)
    return len(film.nodes) > WEB and len(film.ties) == many and always and len({tie.kind for tie in film.ties}) == 1


def lines(film: Film) -> tuple[Line, ...]:
    """The ties of *film* as lines: two ties of one kind between two members are one line without arrows."""
    if complete(film):
        return ()
    found = {(tie.source, tie.target, tie.kind, tie.first, tie.last) for tie in film.ties}
    both = {(tie.source, tie.target) for tie in film.ties}
    arrows = len(film.ties) <= 2 * _ARROWS
    kept = []
    for tie in film.ties:
        mutual = (tie.target, tie.source, tie.kind, tie.first, tie.last) in found
        if mutual and tie.source > tie.target:
            continue
        shift = _APART if not mutual and (tie.target, tie.source) in both else 0.0
        kept.append(Line(tie.source, tie.target, tie.kind, tie.first, tie.last, shift, arrows and not mutual))
    return tuple(kept)


def curve(form: Form, a: Place, b: Place, shift: float = 0.0) -> tuple[Point, Point | None, Point]:
    """Where the way from *a* to *b* begins and ends, and the point it bends to; `None` if it is straight."""
    far = hypot(b.x - a.x, b.y - a.y) or 1.0
    sx, sy = -(b.y - a.y) / far * shift, (b.x - a.x) / far * shift
    x, y = (a.x + b.x) / 2, (a.y + b.y) / 2
    inwards = hypot(form.middle[0] - x, form.middle[1] - y)
    bend = min(2 * form.pull * far, inwards)
    if bend < 1:
        return _rim(a, b.x, b.y, 1.5, sx, sy), None, _rim(b, a.x, a.y, 2.0, sx, sy)
    x, y = x + bend * (form.middle[0] - x) / inwards, y + bend * (form.middle[1] - y) / inwards
    return _rim(a, x, y, 1.5, sx, sy), (x + sx, y + sy), _rim(b, x, y, 2.0, sx, sy)


def path(form: Form, a: Place, b: Place, shift: float = 0.0) -> Path:
    """The way from *a* to *b* in straight pieces."""
    (x, y), bend, (u, v) = curve(form, a, b, shift)
    if bend is None:
        return (x, y), (u, v)
    steps = [step / _BENDS for step in range(_BENDS + 1)]
    return tuple(
        (
            (1 - t) ** 2 * x + 2 * t * (1 - t) * bend[0] + t * t * u,
            (1 - t) ** 2 * y + 2 * t * (1 - t) * bend[1] + t * t * v,
        )
        for t in steps
    )


def _rim(place: Place, x: float, y: float, gap: float, sx: float, sy: float) -> Point:
    """Where a line from *place* towards (x, y) leaves it, moved by (sx, sy)."""
    far = hypot(x - place.x, y - place.y) or 1.0
    out = min(place.r + gap, far / 2)
    return place.x + (x - place.x) / far * out + sx, place.y + (y - place.y) / far * out + sy


def along(way: Path, part: float) -> Point:
    """The point at *part* (0 to 1) of *way*."""
    place = part * (len(way) - 1)
    step = min(int(place), len(way) - 2)
    (x, y), (u, v) = way[step], way[step + 1]
    return x + (u - x) * (place - step), y + (v - y) * (place - step)


def offer(place: Place, sells: bool) -> tuple[Point, Point, Point]:
    """The triangle at the upper right of a member that makes an offer: downwards to sell, upwards to buy."""
    x, y, size = place.x + 0.9 * place.r, place.y - 0.9 * place.r, max(3.5, 0.4 * place.r) * (1 if sells else -1)
    return (x - size, y - size * 0.8), (x + size, y - size * 0.8), (x, y + size)


def pins(
    places: Sequence[Place], badges: Iterable[tuple[int, str, int]]
) -> Iterator[tuple[float, float, float, str, int]]:
    """Where badges sit on their members' rims: (x, y, radius, sign, which mark); those without a sign are rings."""
    corners, taken = ((-1, -1), (1, 1), (-1, 1), (1, -1)), Counter[int]()
    for at, sign, which in badges:
        place = places[at]
        if not sign:
            yield place.x, place.y, place.r + RING + 3.4 * taken[at], "", which
        else:
            right, down = (0.74 * place.r * way for way in corners[taken[at] % 4])
            yield place.x + right, place.y + down, min(max(0.46 * place.r, 3.0), 9.0), sign, which
        taken[at] += 1


def head(way: Path, size: float = 6.0) -> tuple[Point, Point, Point]:
    """The triangle of an arrow at the end of *way*."""
    (x, y), (u, v) = way[-2], way[-1]
    far = hypot(u - x, v - y) or 1.0
    dx, dy = (u - x) / far, (v - y) / far
    bx, by = u - dx * size, v - dy * size
    return (u, v), (bx - dy * size * 0.42, by + dx * size * 0.42), (bx + dy * size * 0.42, by - dx * size * 0.42)
