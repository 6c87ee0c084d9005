"""Pictures of a film's beats with matplotlib: what stays is drawn once, what changes is drawn over it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from society_viz import look
from society_viz.film import Beat, Film, Form
from society_viz.panel import frame, legend
from society_viz.scene import Scene, eased
from society_viz.writing import FONT, drawable, fitted, width, wrapped

WIDE, HIGH = 960, 640
"""The page, in units of one pixel at 100 dpi; y grows downwards."""
_CAPTION, _CAPTION_LINES, _CAPTION_TOP = 10.5, 3, 556


class Canvas:
    """One film, drawn beat by beat."""

    def __init__(self, film: Film, dpi: int) -> None:
        """*dpi*: 100 gives pictures of 960 x 640 pixels."""
        self.film = film
        figure = Figure(figsize=(WIDE / 100, HIGH / 100), dpi=dpi, facecolor=look.PAPER)
        self._agg = cast(Any, FigureCanvasAgg(figure))  # its methods have no types
        self.axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, WIDE)
        self.axes.set_ylim(HIGH, 0)
        self.axes.axis("off")
        self._writing: dict[tuple[Any, ...], Text] = {}
        self._scene = Scene(self)
        frame(self)
        self._agg.draw()
        self._still = self._agg.copy_from_bbox(figure.bbox)
        self._tied: tuple[Any, Any] | None = None

    def frames(self, beat: int, glide: int, steps: int) -> Iterator[np.ndarray]:
        """Beat number *beat*: *glide* pictures of members on their way, *steps* of words, one of what it came to."""
        scene, now = self._scene, self.film.beats[beat]
        before, form = self.film.turn(beat)
        if before is not form and glide:
            yield from self._gliding(before, form, beat, glide)
        self._under(beat, form)
        scene.flows_and_members(now, beat)
        legend(self, now)
        self._words(beat, now)
        over = self._agg.copy_from_bbox(self.axes.figure.bbox)
        for step in range(steps):
            scene.dots(now, (step + 1) / (steps + 1))
            yield self._picture()
            self._agg.restore_region(over)
        scene.arrived(now)
        yield self._picture()

    def _picture(self) -> np.ndarray:
        return np.asarray(self._agg.buffer_rgba())[..., :3]

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
            self._tied = ties, self._agg.copy_from_bbox(self.axes.figure.bbox)
        self._agg.restore_region(self._tied[1])

    def _gliding(self, before: Form, form: Form, beat: int, pictures: int) -> Iterator[np.ndarray]:
        """Pictures of everybody on the way from *before* to *form*, with their ties and what lies behind them."""
        scene, now = self._scene, self.film.beats[beat]
        self._agg.restore_region(self._still)
        legend(self, now)
        self._words(beat, now)
        beside = self._agg.copy_from_bbox(self.axes.figure.bbox)
        for step in range(pictures):
            part = eased((step + 1) / (pictures + 1))
            self._agg.restore_region(beside)
            scene.regions(before, 1 - part)
            scene.regions(form, part)
            scene.stand(before.between(form, part))
            scene.ties(scene.tied(beat))
            scene.members(now, beat)
            yield self._picture()

    def _words(self, place: int, beat: Beat) -> None:
        """Clock, progress, question and caption."""
        self.write(936, 26, f"t = {beat.t:,.6g}", 10.5, anchor="right", colour=look.SOFT)
        done = (place + 1) / len(self.film.beats)
        self.bar(24, 43, 912 * done, 2.5, look.INK)
        question = self.film.polls[beat.poll].text
        for row, line in enumerate(wrapped(question, 912, 9.5, 2) if question else []):
            self.write(24, 62 + 17 * row, line, 9.5, colour=look.INK)
        lines = [line for line in beat.lines if line]
        if len(lines) == 1:
            shown = wrapped(lines[0], 884, _CAPTION, _CAPTION_LINES)
        else:
            shown = [fitted(line, 884, _CAPTION) for line in lines[:_CAPTION_LINES]]
            if len(lines) > _CAPTION_LINES:
                more = f"  (+{len(lines) - _CAPTION_LINES} more)"
                shown[-1] = fitted(lines[_CAPTION_LINES - 1], 884 - width(more, _CAPTION), _CAPTION) + more
        top = _CAPTION_TOP + 9.5 * (_CAPTION_LINES - len(shown))
        for row, line in enumerate(shown):
            self.write(38, top + 19 * row, line, _CAPTION, colour=look.INK)

    def show(self, artist: Artist) -> None:
        """Draw *artist* now, over what is there."""
        self.axes.draw_artist(artist)

    def write(
        self,
        x: float,
        y: float,
        words: str,
        points: float,
        *,
        anchor: str = "left",
        colour: str = look.INK,
        weight: str = "normal",
        still: bool = False,
        halo: bool = False,
    ) -> None:
        """Write *words* with the middle of their line at (x, y); *still*: for good; *halo*: legible over lines."""
        words = drawable(words)
        if still:
            self.axes.text(
                x,
                y,
                words,
                size=points,
                color=colour,
                weight=weight,
                ha=anchor,
                va="center_baseline",
                family=FONT,
                parse_math=False,
                usetex=False,
            )
            return
        kind = (points, anchor, weight, halo)
        text = self._writing.get(kind)
        if text is None:
            text = self._writing[kind] = self.axes.text(
                0,
                0,
                "",
                size=points,
                ha=anchor,
                va="center_baseline",
                weight=weight,
                family=FONT,
                parse_math=False,
                usetex=False,
                animated=True,
                path_effects=[withStroke(linewidth=2.6, foreground=look.PAPER)] if halo else None,
            )
        text.set_position((x, y))
        text.set_text(words)
        text.set_color(colour)
        self.show(text)

    def tile(self, x: float, y: float, size: float, colour: str, still: bool = False) -> None:
        """A filled square with a thin rim from (x, y) to the right and down."""
        xs, ys = (x, x + size, x + size, x), (y, y, y + size, y + size)
        artist = self.axes.fill(xs, ys, facecolor=colour, edgecolor=look.INK, lw=0.6, animated=not still)[0]
        if not still:
            self.show(artist)
            artist.remove()

    def bar(self, x: float, y: float, wide: float, high: float, colour: str, still: bool = False) -> None:
        """A filled bar from (x, y) to the right and down."""
        artist = self.axes.fill(
            (x, x + wide, x + wide, x), (y, y, y + high, y + high), color=colour, lw=0, animated=not still
        )[0]
        if not still:
            self.show(artist)
            artist.remove()
