"""A page of a film as matplotlib's artists, one above the other in the order in which they come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

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
_CAPTION_MIDDLE, _CAPTION_WIDE = 575, 884


class Type(NamedTuple):
    """Type in which a caption may be written: its size, how many rows of it have room, and how far these are apart."""

    points: float
    rows: int
    apart: float


_TYPES = (Type(10.5, 3, 19.0), Type(9.0, 4, 15.5), Type(8.0, 5, 12.6))


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
        shown, size = captioned([line for line in beat.lines if line])
        top = _CAPTION_MIDDLE - size.apart / 2 * (len(shown) - 1)
        for row, line in enumerate(shown):
            self.write(38, top + size.apart * row, line, size.points, colour=look.INK)


def captioned(lines: Sequence[str]) -> tuple[list[str], Type]:
    """The caption's *lines* as they are written, and in which type: the largest in which all of it has room.

    Where none is small enough, they are written large: wrapped as far as there is room, else each cut to one line.
    """
    for size in _TYPES:
        for some in (lines, _joined(lines, size)):
            whole = [part for line in some for part in wrapped(line, _CAPTION_WIDE, size.points, size.rows + 1)]
            if len(whole) <= size.rows:
                return whole, size
    return _cut(lines, _TYPES[0]), _TYPES[0]


def _joined(lines: Sequence[str], size: Type) -> list[str]:
    """The same, short ones beside one another."""
    joined: list[str] = []
    for line in lines:
        longer = f"{joined[-1]}{' ' if joined[-1].endswith('.') else ' · '}{line}" if joined else line
        if joined and len(lines) > 1 and width(longer, size.points) <= _CAPTION_WIDE:
            joined[-1] = longer
        else:
            joined.append(line)
    return joined


def _cut(lines: Sequence[str], size: Type) -> list[str]:
    joined, shown = _joined(lines, size), list[str]()
    if len(joined) <= size.rows:  # those that need it have the lines that others leave
        for place, line in enumerate(joined):
            left = size.rows - len(shown) - (len(joined) - place - 1)
            shown += wrapped(line, _CAPTION_WIDE, size.points, left)
        return shown
    shown = [fitted(line, _CAPTION_WIDE, size.points) for line in lines[: size.rows]]
    more = f"  (+{len(lines) - size.rows} more)"
    room = _CAPTION_WIDE - width(more, size.points)
    shown[-1] = fitted(lines[size.rows - 1], room, size.points) + more
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
