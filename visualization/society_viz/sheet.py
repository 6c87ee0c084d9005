"""A page of a film as matplotlib's artists, one above the other in the order in which they come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from society_viz import look
from society_viz.film import Beat, Film
from society_viz.look import FONT
from society_viz.writing import drawable, fitted, width, wrapped

WIDE, HIGH = 960, 640
"""The page, in units of one pixel at 100 dpi; y grows downwards."""
_CAPTION, _CAPTION_LINES, _CAPTION_TOP, _CAPTION_WIDE = 10.5, 3, 556, 884


class Sheet:
    """A page that keeps all that is drawn on it."""

    def __init__(self, film: Film, dpi: int = 100) -> None:
        """*dpi*: 100 gives 960 x 640 pixels."""
        self.film = film
        self.figure = Figure(figsize=(WIDE / 100, HIGH / 100), dpi=dpi, facecolor=look.PAPER)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, WIDE)
        self.axes.set_ylim(HIGH, 0)
        self.axes.axis("off")
        self._order = count(10)

    def put(self, artist: Artist, still: bool = False) -> None:  # noqa: ARG002  # for one picture
        """Draw *artist* at its place, over what is there; *still*: for all pictures of the film."""
        artist.set_zorder(next(self._order))
        self.axes.add_artist(artist)  # not `add_patch`, which looks how far it reaches: the page has its size

    def write(
        self, x: float, y: float, words: str, points: float, *, anchor: str = "left", colour: str = look.INK,
        weight: str = "normal", still: bool = False, halo: bool = False,  # noqa: ARG002
    ) -> None:  # fmt: skip
        """Write *words* with the middle of their line at (x, y); *halo*: legible over lines; *still* as in `put`."""
        made = text(self.axes, x, y, words=drawable(words), points=points, anchor=anchor, colour=colour,
                    weight=weight, halo=halo)  # fmt: skip
        made.set_zorder(next(self._order))

    def tile(self, x: float, y: float, size: float, colour: str, still: bool = False) -> None:
        """A filled square with a thin rim from (x, y) to the right and down."""
        self._box(x, y, size, size, still, facecolor=colour, edgecolor=look.INK, lw=0.6)

    def bar(self, x: float, y: float, wide: float, high: float, colour: str, still: bool = False) -> None:
        """A filled bar from (x, y) to the right and down."""
        self._box(x, y, wide, high, still, color=colour, lw=0)

    def _box(self, x: float, y: float, wide: float, high: float, still: bool, **looks: Any) -> None:
        self.put(Polygon(((x, y), (x + wide, y), (x + wide, y + high), (x, y + high)), **looks), still)

    def words(self, place: int, beat: Beat) -> None:
        """Clock, progress, question and caption."""
        self.write(936, 26, f"t = {beat.t:,.6g}", 10.5, anchor="right", colour=look.SOFT)
        done = (place + 1) / len(self.film.beats)
        self.bar(24, 43, 912 * done, 2.5, look.INK)
        question = self.film.polls[beat.poll].text
        for row, line in enumerate(wrapped(question, 912, 9.5, 2) if question else []):
            self.write(24, 62 + 17 * row, line, 9.5, colour=look.INK)
        shown = captioned([line for line in beat.lines if line])
        top = _CAPTION_TOP + 9.5 * (_CAPTION_LINES - len(shown))
        for row, line in enumerate(shown):
            self.write(38, top + 19 * row, line, _CAPTION, colour=look.INK)


def captioned(lines: Sequence[str]) -> list[str]:
    """The caption's *lines* as they are written: wrapped as far as there is room, else each cut to one line."""
    joined: list[str] = []
    for line in lines:
        longer = f"{joined[-1]}{' ' if joined[-1].endswith('.') else ' · '}{line}" if joined else line
        if joined and len(lines) > 1 and width(longer, _CAPTION) <= _CAPTION_WIDE:
            joined[-1] = longer
        else:
            joined.append(line)
    for some in (lines, joined):
        whole = [part for line in some for part in wrapped(line, _CAPTION_WIDE, _CAPTION, _CAPTION_LINES)]
        if len(whole) <= _CAPTION_LINES or len(some) == 1:
            return whole[:_CAPTION_LINES]
    if len(joined) <= _CAPTION_LINES:  # those that need it have the lines that others leave
        shown: list[str] = []
        for place, line in enumerate(joined):
            left = _CAPTION_LINES - len(shown) - (len(joined) - place - 1)
            shown += wrapped(line, _CAPTION_WIDE, _CAPTION, left)
        return shown
    shown = [fitted(line, _CAPTION_WIDE, _CAPTION) for line in lines[:_CAPTION_LINES]]
    more = f"  (+{len(lines) - _CAPTION_LINES} more)"
    shown[-1] = fitted(lines[_CAPTION_LINES - 1], _CAPTION_WIDE - width(more, _CAPTION), _CAPTION) + more
    return shown


def text(
    axes: Axes, x: float, y: float, *, words: str, points: float, anchor: str, colour: str, weight: str, halo: bool
) -> Text:
    """*words* on *axes*, with the middle of their line at (x, y)."""
    return axes.text(
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
        path_effects=[withStroke(linewidth=2.6, foreground=look.PAPER)] if halo else None,
    )
