"""Writing in pictures: measured, wrapped, and only with glyphs that the font has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import TextToPath

from society_viz import look
from society_viz.errors import VizError
from society_viz.look import FONT

_TEXT = TextToPath()
_HINTED = 1.045  # letters fitted to pixels are wider than their outlines


@contextmanager
def styled(style: Mapping[str, Any] = look.STYLE) -> Iterator[None]:
    """Draw in our *style*: a user's settings (TeX, fonts) are for other pictures."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(dict[Any, Any](style))
        yield


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    try:
        return frozenset(FT2Font(str(path)).get_charmap())
    except (OSError, RuntimeError) as error:
        raise VizError(f"the font {FONT} is not where matplotlib keeps it ({path}): install matplotlib again, with: "
                       "python -m pip install --force-reinstall matplotlib") from error  # fmt: skip


def drawable(text: str) -> str:
    """*text* with a box for each letter that the font cannot draw.

    >>> drawable("a\u4e00b")
    'a▯b'
    """
    if text.isascii():
        return text
    known = _glyphs()
    return "".join(letter if ord(letter) in known else "▯" for letter in text)


@lru_cache(maxsize=50_000)
def width(text: str, points: float, weight: str = "normal") -> float:
    """How wide *text* is, in units of one pixel at 100 dpi."""
    font = FontProperties(family=[FONT], size=points, weight=weight)
    return float(_TEXT.get_text_width_height_descent(drawable(text), font, ismath=False)[0]) * 100 / 72 * _HINTED


def fitted(text: str, room: float, points: float, weight: str = "normal") -> str:
    """*text*, or as much of its beginning as fits into *room* with an ellipsis."""
    if width(text, points, weight) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle].rstrip() + "…", points, weight) <= room else (low, middle - 1)
    return text[:low].rstrip() + "…"


def wrapped(text: str, room: float, points: float, most: int) -> list[str]:
    """*text* in at most *most* lines no wider than *room*; the last ends in an ellipsis if there was more."""
    lines: list[str] = []
    words = text.split(" ")
    while words:
        if len(lines) == most - 1:
            return [*lines, fitted(" ".join(words), room, points)]
        taken = 1
        while taken < len(words) and width(" ".join(words[: taken + 1]), points) <= room:
            taken += 1
        lines.append(fitted(" ".join(words[:taken]), room, points))
        words = words[taken:]
    return lines


def whole(text: str, room: float, points: float, most: int) -> list[str]:
    """*text* in at most *most* lines as `wrapped` has it, without the sentences that find no room."""
    stops = [at + 1 for at in range(len(text) - 1) if text[at] in ".?!" and text[at + 1] == " "]
    ends = [len(text), *reversed(stops)]
    for end in ends:
        lines = wrapped(text[:end], room, points, most + 1)
        if len(lines) <= most:
            return lines
    return wrapped(text, room, points, most)
