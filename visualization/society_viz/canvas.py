"""Pictures of a film's beats with matplotlib: what stays is drawn once, what changes is drawn over it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg

from society_viz import look
from society_viz.film import Film, Form
from society_viz.legends import frame, legend
from society_viz.scene import Scene, eased
from society_viz.sheet import HIGH, WIDE, Sheet, text
from society_viz.sprites import Sprites
from society_viz.writing import drawable


class Canvas(Sheet):
    """One film, drawn beat by beat on one page."""

    def __init__(self, film: Film, dpi: int) -> None:
        """*dpi*: 100 gives pictures of 960 x 640 pixels."""
        super().__init__(film, dpi)
        self._agg = cast(Any, FigureCanvasAgg(self.figure))  # its methods have no types
        self._sprites = Sprites(WIDE, HIGH, dpi)
        self._scene = Scene(self)
        frame(self)
        self._agg.draw()
        self._pixels = np.asarray(self._agg.buffer_rgba())
        self._still = self._agg.copy_from_bbox(self.figure.bbox)
        self._tied: tuple[Any, Any] | None = None

    def frames(self, beat: int, glide: int, steps: int) -> Iterator[np.ndarray]:
        """Beat number *beat*: *glide* pictures of members on their way, *steps* of words, one of what it came to.

        A picture is rows x columns x red, green, blue and alpha, which is 255; the next one is drawn over it.
        """
        scene, now = self._scene, self.film.beats[beat]
        before, form = self.film.turn(beat)
        if before is not form and glide:
            yield from self._gliding(before, form, beat, glide)
        self._under(beat, form)
        scene.flows_and_members(now, beat)
        legend(self, now)
        self.words(beat, now)
        over = self._agg.copy_from_bbox(self.figure.bbox)
        for step in range(steps):
            scene.dots(now, (step + 1) / (steps + 1))
            yield self._pixels
            self._agg.restore_region(over)
        scene.arrived(now)
        yield self._pixels

    def _under(self, beat: int, form: Form) -> None:
        """The page, the regions and the ties, drawn anew only when ties or places have changed."""
        scene = self._scene
        if scene.form is not form:
            scene.stand(form)
            self._tied = None
        ties = scene.tied(beat)
        if self._tied is None or self._tied[0] != ties:
            self._agg.restore_region(self._still)
            scene.regions(form)
            scene.ties(ties)
            self._tied = ties, self._agg.copy_from_bbox(self.figure.bbox)
        self._agg.restore_region(self._tied[1])

    def _gliding(self, before: Form, form: Form, beat: int, pictures: int) -> Iterator[np.ndarray]:
        """Pictures of everybody on the way from *before* to *form*, with their ties and what lies behind them."""
        scene, now = self._scene, self.film.beats[beat]
        self._agg.restore_region(self._still)
        legend(self, now)
        self.words(beat, now)
        beside = self._agg.copy_from_bbox(self.figure.bbox)
        for step in range(pictures):
            part = eased((step + 1) / (pictures + 1))
            self._agg.restore_region(beside)
            scene.regions(before, 1 - part)
            scene.regions(form, part)
            scene.stand(before.between(form, part))
            scene.ties(scene.tied(beat))
            scene.members(now, beat)
            yield self._pixels

    def put(self, artist: Artist, still: bool = False) -> None:
        """Draw *artist* at its place: for good if *still*, else once, over what is there."""
        super().put(artist, still)
        if not still:
            self._draw(artist)

    def write(
        self, x: float, y: float, words: str, points: float, *, anchor: str = "left", colour: str = look.INK,
        weight: str = "normal", still: bool = False, halo: bool = False,
    ) -> None:  # fmt: skip
        """Write *words* as `Sheet.write` does: for good if *still*, else once."""
        if still:
            super().write(x, y, words, points, anchor=anchor, colour=colour, weight=weight, still=True, halo=halo)
            return
        words = drawable(words)
        made = partial(text, words=words, points=points, anchor=anchor, colour=colour, weight=weight, halo=halo)
        if not self._sprites.put(self._pixels, x, y, (words, points, anchor, colour, weight, halo), made):
            self._draw(made(self.axes, x, y))

    def _draw(self, artist: Artist) -> None:
        self.axes.draw_artist(artist)
        artist.remove()
