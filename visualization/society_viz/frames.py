"""SVG pictures, one of each moment: what a GIF shows, as lines and letters of any size."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from society_viz.errors import VizError
from society_viz.film import Film
from society_viz.legends import frame, legend
from society_viz.look import FONT
from society_viz.scene import Scene
from society_viz.sheet import Sheet
from society_viz.writing import styled

_NAME = re.compile(r"\d{4,}\.svg")
_FAMILY = re.compile(f"(font[^\"<>]*)'{FONT}'")


def write_frames(film: Film, to: Path, fps: int, frames: int, dpi: int) -> None:
    """Write the folder *to*: `0001.svg` and so on, what each beat of *film* came to.

    *fps*, *frames* and *dpi* say nothing of such pictures: there is one for each beat.
    """
    to.mkdir()
    with styled():
        scene = Scene(Sheet(film))
        for place in range(len(film.beats)):
            _frame(film, place, scene, to / f"{place + 1:04}.svg")


def _frame(film: Film, place: int, scene: Scene, to: Path) -> None:
    beat, form = film.beats[place], film.turn(place)[1]
    sheet = scene.canvas = Sheet(film)
    frame(sheet)
    if scene.form is not form:
        scene.stand(form)
    scene.regions(form)
    scene.ties(scene.tied(place))
    scene.flows_and_members(beat, place)
    scene.arrived(beat)
    legend(sheet, beat)
    sheet.words(place, beat)
    told: Any = {"Title": film.title, "Description": " ".join(beat.lines), "Date": None, "Creator": None}
    sheet.figure.savefig(to, format="svg", metadata=told)
    text = to.read_text(encoding="utf-8")  # who has not our font sees another one of its width
    to.write_text(_FAMILY.sub(rf"\1'{FONT}', Verdana, sans-serif", text), encoding="utf-8", newline="\n")


def replaceable(to: Path) -> None:
    """Raise `VizError` if *to* is anything but a folder of such pictures, or nothing yet."""
    if not to.name:
        raise VizError("a folder for SVG pictures needs a name of its own")
    if to.is_dir():
        other = next((one.name for one in to.iterdir() if not _NAME.fullmatch(one.name)), None)
        if other is not None:
            raise VizError(f"{to} holds something else than pictures ({other!r}): name a folder that is not there yet")
    elif to.exists():
        raise VizError(f"{to} is a file: name a folder for SVG pictures, or a file that ends in .gif, .mp4 or .html")
