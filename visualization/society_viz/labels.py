"""Names beside the members, where there is room: never over one another, never over somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from society_viz.film import HEIGHT, WIDTH, Place
from society_viz.layout import Layout, Spot
from society_viz.words import cut
from society_viz.writing import width

SIZE = 8.0
"""Points of the names in the scene."""
_HIGH = 14.0  # units of one line of them
_MOST = 90
BADGES = 40
"""With more members that get something, a ring says it without words."""
_LEGIBLE = 5.5  # points of the smallest letters on a member

Box = tuple[float, float, float, float]
Label = tuple[str, float, float, str]
"""Text, place of its middle line, and anchor: start, middle or end."""


def inscribed(mark: str, radius: float) -> float:
    """The size of *mark* on a member of this *radius*, in points; 0 where nobody could read it.

    >>> inscribed("A", 17.0), inscribed("1207", 13.0), inscribed("A", 4.0)
    (10.5, 6.0, 0.0)
    """
    points = int(min(10.5, 0.8 * radius, 1.97 * radius / max(len(mark), 1)) * 2) / 2
    return points if points >= _LEGIBLE else 0.0


def badge(spot: Place) -> tuple[float, float, str]:
    """Where it is written what was given to a member, and the anchor: away from its name."""
    gap = spot.r + 8
    if not spot.label:
        return spot.x, spot.y + gap + 6, "middle"
    if spot.anchor == "middle":
        return spot.x, spot.y + (gap + 6) * (-1 if spot.ly > spot.y else 1), "middle"
    return (spot.x - gap, spot.y, "end") if spot.anchor == "start" else (spot.x + gap, spot.y, "start")


def place(layout: Layout, names: Mapping[int, str], taken: Sequence[Box] = ()) -> dict[int, Label]:
    """A label for each seat, outside what is *taken*; an empty one where there is no room for even a short one."""
    boxes = [(x - r, y - r, x + r, y + r) for seat, (x, y) in layout.spots.items() for r in [layout.radii[seat] + 1]]
    boxes += [(r.x - 40, r.y - r.size - 14, r.x + 40, r.y - r.size) for r in layout.regions if r.shape == "disc"]
    boxes += [(0, r.y - 8, 40, r.y + 8) for r in layout.regions if r.shape == "band"]
    boxes += taken
    labels = {}
    discs = [(region.x, region.y) for region in layout.regions if region.shape == "disc"]
    for seat, spot in layout.spots.items():
        middle = (WIDTH / 2, HEIGHT / 2) if layout.shape == "ring" else None
        if discs:
            middle = min(discs, key=lambda disc: (disc[0] - spot[0]) ** 2 + (disc[1] - spot[1]) ** 2)
        leading = seat in layout.leaders
        label, box = _placed(
            names[seat],
            spot,
            layout.radii[seat],
            middle,
            leading,
            layout.shape == "parliament",
            boxes if len(names) <= _MOST else None,
        )
        labels[seat] = label
        if box is not None:
            boxes.append(box)
    return labels


def _placed(
    name: str,
    spot: Spot,
    radius: float,
    middle: Spot | None,
    leading: bool,
    ringed: bool,
    boxes: list[tuple[float, float, float, float]] | None,
) -> tuple[Label, tuple[float, float, float, float] | None]:
    x, y = spot
    if boxes is None or not name:
        return ("", x, y, "middle"), None
    gap = radius + (9 if ringed else 4)
    sides = {"below": (x, y + gap + 6, "middle"), "above": (x, y - gap - 6, "middle"),
             "right": (x + gap, y, "start"), "left": (x - gap, y, "end")}  # fmt: skip
    order = ["right", "left", "above", "below"] if leading else ["below", "right", "left", "above"]
    if middle is not None:
        away_x, away_y = x - middle[0], y - middle[1]
        upright = "above" if away_y < 0 else "below"
        aside = "right" if away_x > 0 else "left"
        steep = abs(away_y) > 1.6 * abs(away_x)
        order = [upright, aside] if steep else [aside, upright]
        order += [side for side in ("below", "right", "left", "above") if side not in order]
    for limit in (18, 12, 8, 5):
        text = cut(name, limit)
        wide = width(text, SIZE)
        for side in order:
            at_x, at_y, anchor = sides[side]
            left = at_x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
            box = (left - 1, at_y - _HIGH / 2, left + wide + 1, at_y + _HIGH / 2)
            inside = box[0] >= 0 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= HEIGHT
            if inside and not any(_overlap(box, other) for other in boxes):
                return (text, round(at_x, 1), round(at_y, 1), anchor), box
        if len(name) <= limit and limit == 5:
            break
    return ("", x, y, "middle"), None


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
