"""What stands in a scene besides members and ties: requests that wait, and the bar of seats of a parliament."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Circle

from society_viz import labels, look
from society_viz.film import MANY, Beat, Region, Seats
from society_viz.words import cut, number
from society_viz.writing import width

if TYPE_CHECKING:
    from society_viz.sheet import Sheet

LEFT, TOP = 16, 96
"""Where the scene lies on the page."""
ANCHORS = {"start": "left", "middle": "center", "end": "right"}
"""Anchors of labels, as matplotlib calls them."""


def called(region: Region, beat: Beat) -> tuple[str, bool]:
    """What is written at *region*, and whether it says what was decided there."""
    decided = dict(beat.settled).get(region.community)
    return (region.label, False) if decided is None else (f"{region.label}: {decided}", True)


def queues(canvas: Sheet, beat: Beat) -> None:
    """Requests that wait, as tiles beside those they wait for, with their number where they are many."""
    film, door = canvas.film, canvas.film.door
    if door is not None:
        canvas.put(Circle((door.x + LEFT, door.y + TOP), door.r, fc=look.INK, ec=look.INK, lw=0.9))
        spot, anchor = (door.lx + LEFT, door.ly + TOP), ANCHORS[door.anchor]
        canvas.write(*spot, door.label, labels.SIZE, anchor=anchor, halo=True)
    for stack, many in zip(film.stacks, beat.waiting, strict=False):
        for x, y in stack.marks(many):
            canvas.tile(x + LEFT, y + TOP, stack.size, look.WAITING)
        if many > MANY:
            x, y, anchor = stack.count(many)
            canvas.write(x + LEFT, y + TOP, f"{many:,}", 9, anchor=ANCHORS[anchor], weight="bold", halo=True)


def parliament(canvas: Sheet, beat: Beat, seats: Seats) -> None:
    """The bar of seats and, in the half circle, the government there is or is on offer."""
    film = canvas.film
    inside = beat.proposed or beat.governing
    for place, left, wide in seats.parts:
        colour = (look.PROPOSING if beat.proposed else look.GOVERNING) if place in inside else look.REST
        canvas.bar(left + LEFT, seats.y + TOP, max(wide - 1.2, 0.6), 15, colour)
        name = film.nodes[place].name
        if width(name, 7) < wide:
            canvas.write(left + LEFT + wide / 2, seats.y + TOP - 8, name, 7, anchor="center", colour=look.SOFT)
    canvas.bar(seats.mark + LEFT - 1, seats.y + TOP - 1, 2, 21, look.INK)
    canvas.write(
        seats.mark + LEFT,
        seats.y + TOP + 28,
        f"{seats.majority:,} of {seats.total:,} seats are a majority",
        8,
        anchor="center",
        colour=look.SOFT,
    )
    if inside:
        held = sum(film.nodes[place].weight for place in inside)
        names = " + ".join(film.nodes[place].name for place in inside)
        points = next((size for size in (13.0, 11.0, 9.0) if width(names, size, "bold") < 330), 8.0)
        state = "in government" if not beat.proposed else "on offer"
        canvas.write(336, TOP + 250, state, 8.5, anchor="center", colour=look.SOFT)
        canvas.write(336, TOP + 272, cut(names, 60), points, anchor="center", weight="bold", halo=True)
        short = "a majority" if held >= seats.majority else f"{number(seats.majority - held)} short of a majority"
        canvas.write(336, TOP + 294, f"{number(held)} seats, {short}", 9, anchor="center")
