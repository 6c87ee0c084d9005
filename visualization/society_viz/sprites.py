"""Writing that is drawn once and put down many times: names and letters are the same from picture to picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

_LONGEST = 24  # letters; what is longer is a sentence, and seldom the same again
_ROOM = 32 << 20  # bytes of pictures of writing that are kept
_RIM = 3  # pixels around what matplotlib says a text covers: its halo and the blur of its edges

Look = tuple[str, float, str, str, str, bool]
"""Words, size in points, anchor, colour, weight, halo."""


class Sprites:
    """Pictures of words for a page of *wide* x *high* units of 1/100 inch, at *dpi*."""

    def __init__(self, wide: int, high: int, dpi: int) -> None:
        self._scale = dpi / 100
        figure = Figure(figsize=(wide / 100, high / 100), dpi=dpi)
        self._agg = cast(Any, FigureCanvasAgg(figure))  # its methods have no types
        self._axes = figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, wide)
        self._axes.set_ylim(high, 0)
        self._axes.axis("off")
        self._agg.draw()
        self._page = np.asarray(self._agg.buffer_rgba())
        self._page[...] = 0
        self._middle = round(wide * self._scale / 2), round(high * self._scale / 2)
        self._known: dict[Look, tuple[int, int, np.ndarray, np.ndarray]] = {}
        self._taken = 0

    def put(self, onto: np.ndarray, x: float, y: float, look: Look, text: Callable[..., Text]) -> bool:
        """Put the words of *look* onto the picture *onto* (rows, columns, at least 3 bytes) at (x, y).

        *text* makes the text, given axes and a place, where it is not known yet. `False` for words too long to keep.
        """
        if len(look[0]) > _LONGEST:
            return False
        known = self._known.get(look)
        if known is None:
            known = self._known[look] = self._drawn(text)
        dx, dy, colour, through = known
        left, top = round(x * self._scale) + dx, round(y * self._scale) + dy
        first, up = max(-left, 0), max(-top, 0)
        part = onto[max(top, 0) : top + colour.shape[0], max(left, 0) : left + colour.shape[1], :3]
        high, wide = part.shape[:2]
        if high and wide:
            rows, columns = slice(up, up + high), slice(first, first + wide)
            kept = part * (255 - through[rows, columns]) + colour[rows, columns]
            part[...] = (kept + 127) // 255
        return True

    def _drawn(self, text: Callable[..., Text]) -> tuple[int, int, np.ndarray, np.ndarray]:
        """Where the picture begins as seen from the words' place, its colours times their alpha, and that."""
        middle = self._middle
        made = text(self._axes, middle[0] / self._scale, middle[1] / self._scale)
        self._axes.draw_artist(made)
        box = made.get_window_extent(self._agg.get_renderer())
        made.remove()
        high, wide = self._page.shape[:2]
        rows = slice(max(int(high - box.y1) - _RIM, 0), min(int(high - box.y0) + 1 + _RIM, high))
        columns = slice(max(int(box.x0) - _RIM, 0), min(int(box.x1) + 1 + _RIM, wide))
        drawn = self._page[rows, columns].astype(np.uint32)
        self._page[rows, columns] = 0
        through = drawn[..., 3:]
        if self._taken > _ROOM:
            self._known.clear()
            self._taken = 0
        self._taken += 2 * drawn.nbytes
        return columns.start - middle[0], rows.start - middle[1], drawn[..., :3] * through, through
