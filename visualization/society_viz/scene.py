"""The society itself: members, ties between them, and what passes along these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection, PolyCollection

from society_viz import furniture, labels, look
from society_viz.film import (
    ABSTAINED,
    DONE,
    DOOR,
    MESSAGE,
    NONE,
    REFUSED,
    REQUEST,
    SAW,
    SOLD,
    Beat,
    Form,
    Place,
)
from society_viz.furniture import ANCHORS, LEFT, TOP, called
from society_viz.geometry import Line, Path, along, head, lines, offer, path, pins
from society_viz.words import cut

if TYPE_CHECKING:
    from society_viz.sheet import Sheet

_CROWDED = 120  # flows; with more, answers that are shown to others have lines but no dots and arrows

Tied = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""Lines that are there, that are new in this beat, and that have just gone."""


def eased(part: float) -> float:
    """How far a thing has come after *part* of its time: it sets off slowly and arrives slowly."""
    return part * part * (3 - 2 * part)


class Scene:
    """Draws a film's scene on a canvas."""

    def __init__(self, canvas: Sheet) -> None:
        self.canvas, self.film = canvas, canvas.film
        self.lines = lines(canvas.film)
        self.stand(canvas.film.forms[0])
        self.shifts = {(line.source, line.target): line.shift for line in self.lines}
        self._all = tuple(range(len(self.lines)))
        self.rewired = any(line.first or line.last < len(canvas.film.beats) for line in self.lines)

    def stand(self, form: Form) -> None:
        """Let everybody stand where they do in *form*: all that is drawn from now on is drawn there."""
        self.form = form
        self.spots = np.array([(place.x + LEFT, place.y + TOP) for place in form.places]).reshape(-1, 2)
        self.radii = np.array([place.r for place in form.places])
        self.ways: dict[tuple[int, int], Path] = {}

    def regions(self, form: Form, alpha: float = 1.0) -> None:
        """Draw what lies behind the members in *form*."""
        discs = [region for region in form.regions if region.shape == "disc"]
        if discs:
            spots = [(region.x + LEFT, region.y + TOP) for region in discs]
            sizes = [region.size for region in discs]
            self.canvas.put(self._discs(spots, sizes, look.BAND, look.LINE, 0.8, alpha=alpha))
        for region in form.regions:
            x, y = region.x + LEFT, region.y + TOP
            if region.shape != "disc":
                band = [((x + 44, y), (x + 640, y))]
                style: Any = {"colors": look.ROW, "linewidths": 0.8, "alpha": alpha, "capstyle": "projecting"}
                self.canvas.put(LineCollection(band, **style))

    def named_regions(self, form: Form, beat: Beat) -> None:
        """Write what the regions in *form* are called, over the ties, and what communities have decided."""
        for region in form.regions:
            words, decided = called(region, beat)
            x, y, disc = region.x + LEFT, region.y + TOP, region.shape == "disc"
            self.canvas.write(x, y - region.size - 8 if disc else y, words, 7.5, halo=disc,
                              colour=look.INK if decided else look.SOFT, weight="bold" if decided else "normal",
                              anchor="center" if disc else "left")  # fmt: skip

    def _discs(self, spots: Any, radii: Any, face: Any, edge: Any, wide: float, **more: Any) -> EllipseCollection:
        sizes = 2 * np.asarray(radii, dtype=float)
        return EllipseCollection(
            sizes,
            sizes,
            0 * sizes,
            units="xy",
            offsets=np.asarray(spots, dtype=float).reshape(-1, 2),
            offset_transform=self.canvas.axes.transData,
            facecolors=face,
            edgecolors=edge,
            linewidths=wide,
            **more,
        )

    # --- ties -----------------------------------------------------------------------------------------------------

    def tied(self, beat: int) -> Tied:
        """Which lines are seen in *beat*."""
        if not self.rewired:
            return self._all, (), ()
        there: list[int] = []
        new: list[int] = []
        gone: list[int] = []
        for place, line in enumerate(self.lines):
            if line.first <= beat < line.last:
                (new if line.first == beat and beat else there).append(place)
            elif line.last == beat:
                gone.append(place)
        return tuple(there), tuple(new), tuple(gone)

    def ties(self, tied: Tied) -> None:
        """Draw the lines, new ones and lost ones standing out."""
        there, new, gone = ([self.lines[place] for place in part] for part in tied)
        kinds = sorted({line.kind for line in there})
        faint = 1.0 if len(there) < 250 else max(0.25, 250 / len(there))
        for kind in kinds:
            colour, wide, dashes = look.tie(kind)
            self._draw(
                [line for line in there if line.kind == kind],
                colour,
                wide * (0.6 + 0.4 * faint),
                dashes,
                max(faint, 0.35),
            )
        self._draw(gone, look.REMOVED, 1.4, (3.0, 3.0), 0.9)
        self._draw(new, look.ADDED, 2.2, (), 1.0)

    def _draw(self, some: list[Line], colour: str, wide: float, dashes: tuple[float, ...], alpha: float) -> None:
        if not some:
            return
        segments = [self._way(line.source, line.target) for line in some]
        style: Any = (0, dashes) if dashes else "solid"
        self.canvas.put(LineCollection(segments, colors=colour, linewidths=wide, linestyles=[style], alpha=alpha))
        heads = [head(part, 6.5) for part, line in zip(segments, some, strict=True) if line.arrow]
        if heads:
            self.canvas.put(PolyCollection(heads, facecolors=colour, edgecolors="none", alpha=alpha))

    def _way(self, source: int, target: int) -> Path:
        """The path of a tie or a flow on the page."""
        ends = source, target
        if ends not in self.ways:
            shift = self.shifts.get(ends, 0.0)
            one, other = (self._end(end) for end in ends)
            self.ways[ends] = tuple((x + LEFT, y + TOP) for x, y in path(self.form, one, other, shift))
        return self.ways[ends]

    def _end(self, at: int) -> Place:
        door = self.film.door
        return door if at == DOOR and door is not None else self.form.places[at]

    # --- members and what passes between them -----------------------------------------------------------------------

    def flows_and_members(self, beat: Beat, at: int) -> None:
        """Draw the beat: paths of what is said and seen, members in the colours of their answers, rings, names."""
        for what, colour, wide, dashes, alpha in (
            (SAW, look.SEEING, 0.9, (), 0.55),
            (MESSAGE, look.SAYING, 1.5, (), 0.5),
            (SOLD, look.SELLING, 2.0, (), 0.8),
            (DONE, look.SEEING, 0.9, (), 0.55),
            (REQUEST, look.SAYING, 1.5, (), 0.5),
        ):
            paths = [self._way(u, v) for u, v, kind in beat.flows if kind == what]
            if paths:
                thin = 1.0 if len(paths) < 60 else 0.6
                style: Any = (0, dashes) if dashes else "solid"
                self.canvas.put(
                    LineCollection(paths, colors=colour, linewidths=wide * thin, linestyles=[style], alpha=alpha * thin)
                )
        blocked = [
            (way[0], along(way, 0.5)) for u, v, kind in beat.flows if kind == REFUSED for way in [self._way(u, v)]
        ]
        if blocked:
            self.canvas.put(LineCollection(blocked, colors=look.BLOCKED, linewidths=1.4, linestyles=[(0, (3.0, 2.0))]))
            for _, end in blocked[:40]:
                self.canvas.write(*end, "×", 13, anchor="center", colour=look.BLOCKED, weight="bold")
        for which in sorted({which for _, _, which in beat.arrows}):
            ways = [self._way(u, v) for u, v, own in beat.arrows if own == which]
            colour, dashed = look.marked(which)
            line: Any = (0, dashed) if dashed else "solid"
            self.canvas.put(LineCollection(ways, colors=colour, linewidths=look.MARKED, linestyles=[line]))
            self.canvas.put(PolyCollection([head(way, 8.0) for way in ways], facecolors=colour, edgecolors="none"))
        self.members(beat, at)
        self._pinned(beat)
        self._given(beat)
        furniture.queues(self.canvas, beat)
        if self.film.seats is not None:
            furniture.parliament(self.canvas, beat, self.film.seats)

    def members(self, beat: Beat, at: int) -> None:
        """Draw the members in the colours of their answers, with their rings and names."""
        here = [place for place, node in enumerate(self.film.nodes) if node.since <= at]
        if not here:
            return
        self._rings(beat, here)
        keys = self.film.polls[beat.poll].keys
        colours = {NONE: look.UNASKED, ABSTAINED: look.ABSTAINING, **{at: key.colour for at, key in enumerate(keys)}}
        there = [place for place in here if place not in beat.gone]
        faces = [colours[beat.fills[place]] for place in there]
        edges = [look.FAINT if beat.fills[place] == NONE else look.INK for place in there]
        edges = [look.SOFT if edge == look.FAINT else edge for edge in edges]
        faint = [place for place in here if place in beat.gone]
        if faint:
            style: Any = [(0, (2.0, 2.0))]
            discs = self._discs(self.spots[faint], self.radii[faint], look.PAPER, look.FAINT, 0.9, linestyles=style)
            self.canvas.put(discs)
        dots = self.radii[there].max(initial=0.0) < look.DOT  # a rim would hide the colour of a dot
        edges = [face if dots and beat.fills[place] >= 0 else edge
                 for place, face, edge in zip(there, faces, edges, strict=True)]  # fmt: skip
        self.canvas.put(self._discs(self.spots[there], self.radii[there], faces, edges, 0.4 if dots else 0.9))
        quiet = [place for place in there if beat.fills[place] == ABSTAINED]
        if quiet:
            self.canvas.put(self._discs(self.spots[quiet], self.radii[quiet], "none", look.SOFT, 0.9, hatch="//////"))
        for place in there:
            self._inscribe(place, beat)
        for side, colour in ((False, look.BIDS), (True, look.ASKS)):
            made = [offer(self.form.places[place], sells) for place, sells in beat.offers if sells is side]
            if made:
                spots = [[(x + LEFT, y + TOP) for x, y in three] for three in made]
                self.canvas.put(PolyCollection(spots, facecolors=colour, edgecolors=look.PAPER, linewidths=0.7))
        self.named_regions(self.form, beat)
        for place in here:
            node = self.form.places[place]
            if node.label:
                weight = "bold" if place in beat.active and len(beat.active) < 0.5 * len(here) else "normal"
                self.canvas.write(
                    node.lx + LEFT,
                    node.ly + TOP,
                    node.label,
                    labels.SIZE,
                    anchor=ANCHORS[node.anchor],
                    weight=weight,
                    halo=True,
                )

    def _pinned(self, beat: Beat) -> None:
        """Badges and rings of marks."""
        pinned = list(pins(self.form.places, beat.badges))
        for signed in (False, True):
            some = [(x + LEFT, y + TOP, r, which) for x, y, r, sign, which in pinned if bool(sign) is signed]
            if some:
                hues = [look.marked(which)[0] for *_, which in some]
                face, edge, wide = (hues, look.PAPER, 0.8) if signed else ("none", hues, look.MARKED)
                spots, radii = [(x, y) for x, y, *_ in some], [r for _, _, r, _ in some]
                self.canvas.put(self._discs(spots, radii, face, edge, wide))
        for x, y, r, sign, _ in pinned:
            if points := labels.inscribed(sign, r / 0.8) if sign else 0.0:
                self.canvas.write(x + LEFT, y + TOP, sign, points, anchor="center", colour=look.PAPER, weight="bold")

    def _given(self, beat: Beat) -> None:
        """What was given to whom."""
        if len(beat.won) <= labels.BADGES:
            for place, words in beat.won:
                x, y, anchor = labels.badge(self.form.places[place])
                self.canvas.write(x + LEFT, y + TOP, words, 8, anchor=ANCHORS[anchor], colour=look.RIGHT,
                                  weight="bold", halo=True)  # fmt: skip

    def _inscribe(self, place: int, beat: Beat) -> None:
        mark, node = cut(beat.marks[place], 6), self.form.places[place]
        points = labels.inscribed(mark, node.r)
        if not mark or not points or beat.fills[place] == ABSTAINED:
            return
        keys = self.film.polls[beat.poll].keys
        dark = 0 <= beat.fills[place] < len(keys) and look.dark(keys[beat.fills[place]].colour)
        self.canvas.write(
            node.x + LEFT,
            node.y + TOP,
            mark,
            points,
            anchor="center",
            colour=look.PAPER if dark else look.INK,
            weight="bold",
        )

    def _rings(self, beat: Beat, here: list[int]) -> None:
        few = len(beat.active) < max(0.7 * len(here), 3)
        for places, grow, face, edge, wide, dashes in (
            (beat.active if few else (), 6.5, look.ACTIVE, "none", 0.0, ()),
            (beat.proposed, 4.0, "none", look.PROPOSING, 2.0, (3.0, 1.6)),
            (beat.governing, 4.0, "none", look.GOVERNING, 2.6, ()),
            ([node for node, _ in beat.won], 1.8, "none", look.WON, 2.6, ()),
        ):
            some = [place for place in places if place in here]
            if some:
                style: Any = [(0, dashes)] if dashes else ["solid"]
                discs = self._discs(self.spots[some], self.radii[some] + grow, face, edge, wide, linestyles=style)
                self.canvas.put(discs)
        if beat.chair in here:
            node = self.form.places[beat.chair]
            self.canvas.write(
                node.x + LEFT, node.y + TOP - node.r - 11, "★", 11, anchor="center", colour=look.PROPOSING
            )

    def dots(self, beat: Beat, part: float) -> None:
        """Draw what is on its way, at *part* of it."""
        part = eased(part)
        for what, face, edge, size in (
            (SAW, look.PAPER, look.SEEING, 2.2),
            (REFUSED, look.BLOCKED, look.PAPER, 3.4),
            (MESSAGE, look.SAYING, look.PAPER, 3.4),
            (SOLD, look.SELLING, look.PAPER, 4.0),
            (DONE, look.PAPER, look.SEEING, 2.8),
            (REQUEST, look.SAYING, look.PAPER, 4.0),
        ):
            ways = [self._way(u, v) for u, v, kind in self._moving(beat) if kind == what]
            if ways:
                spots = [along(way, part / 2 if what == REFUSED else part) for way in ways]
                self.canvas.put(self._discs(spots, [size] * len(spots), face, edge, 0.7))

    def arrived(self, beat: Beat) -> None:
        """Draw the arrows of what has arrived."""
        for what, colour, size in (
            (SAW, look.SEEING, 4.5),
            (DONE, look.SEEING, 4.5),
            (MESSAGE, look.SAYING, 7.0),
            (SOLD, look.SELLING, 7.0),
            (REQUEST, look.SAYING, 7.0),
        ):
            heads = [head(self._way(u, v), size) for u, v, kind in self._moving(beat) if kind == what]
            if heads:
                self.canvas.put(PolyCollection(heads, facecolors=colour, edgecolors="none", alpha=0.75))

    @staticmethod
    def _moving(beat: Beat) -> tuple[tuple[int, int, str], ...]:
        """The flows that get a dot and an arrow."""
        if len(beat.flows) <= _CROWDED:
            return beat.flows
        return tuple(flow for flow in beat.flows if flow[2] != SAW)
