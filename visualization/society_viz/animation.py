"""`animate`: a run's record as an animation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from society_viz.credits import paced
from society_viz.errors import VizError
from society_viz.files import whole
from society_viz.film import Film
from society_viz.frames import replaceable, write_frames
from society_viz.moving import write_gif, write_mp4
from society_viz.page import write_page
from society_viz.reading import entries, find_record
from society_viz.setting import brought, setting
from society_viz.story import tell

_SECONDS, _FRAMES = 30.0, 240  # of an animation, if nothing else is asked for
_PAGE_SECONDS = 900.0  # a page can be paused and searched, so it holds more

_Writer = Callable[[Film, Path, int, int, int], None]


def animate(run: Path, to: Path, *, seconds: float | None = None, fps: int = 10, dpi: int = 100) -> Path:
    """Show the run at *run* (its folder, or its record) as an animation, written to *to*; gives that path.

    The ending of *to* says what is made: `.gif`; `.mp4`, which needs the program ffmpeg; `.html`, one page with a
    player that needs nothing else and asks no network; without an ending, a folder of SVG pictures, `0001.svg` and so
    on, one of what each moment came to (such pictures that are there already are replaced). *seconds*: how long it
    plays; if left out, as long as reading takes, up to half a minute (a page: up to a quarter of an hour). What does
    not fit is merged or, question by question, left out, and the captions say so. *fps*: pictures in a second while
    something moves. *dpi*: 100 gives 960 x 640 pixels.

    Only the record is read; memory grows with what is shown, not with the record. The same record gives the same file.
    Raises `VizError`, whose text says what is wrong with the record, or with what was asked.
    """
    to = Path(to)
    writer = _WRITERS.get(to.suffix.lower())
    if writer is None:
        raise VizError(f"{to.name!r} does not say what to make: an animation's name ends in .gif, .mp4 or .html; "
                       "a name without an ending is a folder of SVG pictures")  # fmt: skip
    if not to.suffix:
        replaceable(to)
    if seconds is not None and not 1 <= seconds <= 3600:
        raise VizError(f"an animation takes from 1 to 3600 seconds, not {seconds:g}")
    if not 1 <= fps <= 50 or not 20 <= dpi <= 600:
        raise VizError(f"fps is from 1 to 50 and dpi from 20 to 600, not {fps} and {dpi}")
    record = find_record(run)
    page = to.suffix.lower() == ".html"
    brought(record)
    film = tell(partial(entries, record), seconds or (_PAGE_SECONDS if page else _SECONDS), setting(record))
    film = paced(film, seconds, _PAGE_SECONDS if page else _SECONDS)
    frames = _FRAMES if seconds is None else max(round(seconds * fps), len(film.beats))
    with whole(to) as beside:
        writer(film, beside, fps, frames, dpi)
    return to


_WRITERS: dict[str, _Writer] = {".gif": write_gif, ".mp4": write_mp4, ".html": write_page, "": write_frames}
