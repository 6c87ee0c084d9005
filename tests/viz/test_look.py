"""One look for all pictures: told apart by every common kind of colour vision, and named in one file."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import society_viz
from society_viz import look
from society_viz.charts import chart
from society_viz.printed import write_chart

from society_sim.reporting.drawings import Bar, Group, Intervals, Point, Scatter

SEEN = {
    "all colours": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                            [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
"""What is left of linear red, green and blue: Machado, Oliveira and Fernandes (2009), severity 1."""
TOGETHER = {
    "answers": look.ANSWERS, "series on light paper": look.SERIES_LIGHT, "series on dark paper": look.SERIES_DARK,
    "numbers": look.STEPS, "stances": [colour for colour, _ in look.STANCES.values()],
    "votes": [colour for colour, _ in look.VOTES.values()], "verdicts": [look.RIGHT, look.WRONG],
    "offers": [look.BIDS, look.ASKS], "ties that change": [look.ADDED, look.REMOVED],
    "what passes": [look.SAYING, look.SEEING, look.SELLING, *(colour for colour, _ in look.MARKS)],
    "what passes, at night": [look._PLAYER[name][1] for name in ("say", "see", "good", "m0", "m1", "m2", "m3")],
    "government": [look.GOVERNING, look.PROPOSING],
}  # fmt: skip
FAR, FAR_TRITAN = 14.0, 9.0
"""Distances in CIELAB; 2.3 is just seen. Tritanopia is a thousand times as rare as the other two."""


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: str) -> np.ndarray:
    """CIELAB under D65 of what somebody with this *vision* sees."""
    light = np.clip(SEEN[vision] @ linear(colour), 0, 1)
    to_xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                       [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
    xyz = to_xyz @ light / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vision", SEEN)
@pytest.mark.parametrize("what", TOGETHER)
def test_colours_are_told_apart(what: str, vision: str) -> None:
    for one, other in combinations(TOGETHER[what], 2):
        apart = float(np.linalg.norm(lab(one, vision) - lab(other, vision)))
        assert apart > (FAR_TRITAN if vision == "tritanopia" else FAR), (one, other)


def test_the_simulation_knows_colours_that_are_not_told_apart() -> None:
    for vision in ("protanopia", "deuteranopia"):
        red, green = (lab(colour, vision) for colour in ("#C25400", "#8A6D00"))
        assert np.linalg.norm(red - green) < FAR < np.linalg.norm(
            lab("#C25400", "all colours") - lab("#8A6D00", "all colours"))  # fmt: skip


def test_series_stand_out_from_their_paper() -> None:
    night = dict(re.findall(r"--(\w+):(#\w{6})", look.player_style().partition("@media")[2]))["paper"]
    assert min(contrast(colour, look.PAPER) for colour in look.SERIES_LIGHT) >= 3
    assert min(contrast(colour, night) for colour in look.SERIES_DARK) >= 3


def test_no_other_file_names_a_colour() -> None:
    folder = Path(society_viz.__file__).parent
    named = [path.name for path in (*folder.glob("*.py"), *folder.glob("*.js"), *folder.glob("*.css"))
             if path.name != "look.py" and re.search(r"#[0-9a-fA-F]{6}\b", path.read_text())]  # fmt: skip
    assert named == []


BARS = Intervals("accuracy", (Group("all", tuple(
    Bar(f"arm {n}", n, 0.5 + 0.02 * n, 0.4 + 0.02 * n, 0.6 + 0.02 * n, "x") for n in range(5))),))  # fmt: skip
POINTS = Scatter("tokens", "accuracy", (("", tuple(Point(f"arm {n}", n, 10.0 * (n + 1), 0.5, 0.4, 0.6)
                                                  for n in range(5))),))  # fmt: skip


@pytest.mark.parametrize("drawing", [BARS, POINTS])
def test_every_estimate_has_its_interval(drawing: Intervals | Scatter) -> None:
    """A group of its colour for each, with a mark and the line of its interval."""
    for place in range(5):
        group = re.search(rf'<g class="s{place}">(.*?)</g>', chart(drawing, "A chart"))
        assert group and re.search(r'<line [^>]*class="w"', group[1])


@pytest.mark.parametrize("drawing", [BARS, POINTS])
def test_charts_are_pdf_too_the_same_every_time(drawing: Intervals | Scatter, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        write_chart(chart(drawing, "A <chart> & 20 € for Zoë"), tmp_path / name)
    made = (tmp_path / "a.pdf").read_bytes()
    assert made[:5] == b"%PDF-" and b"/Subtype /Image" not in made
    assert made == (tmp_path / "b.pdf").read_bytes()


def test_scripts_and_style_sheets_draw_marks_as_pictures_do() -> None:
    """They cannot read `look`, so they say its colours and dashes again: nothing of that may part from it."""
    def read(name: str) -> str:
        return (Path(society_viz.__file__).parent / name).read_text(encoding="utf-8")

    colours, dashes = zip(*look.MARKS, strict=True)
    light, dark = (re.findall(r"--sv-m\d: (#\w{6})", half) for half in read("view/style.css").split("theme--dark", 1))
    assert tuple(light) == colours and tuple(dark) == look._MARKS_DARK
    said = re.search(r"const MARKS = \[(.*?)\]\.map", read("pens.js"))
    assert said and [tuple(map(float, one.split())) for one in re.findall(r'"([\d. ]*)"', said[1])] == list(dashes)
    drawn = re.search(r"setLineDash\((\[\[.*?\])\[which % (\d)\]\)", read("view/graph_lines.js"))
    assert drawn and [tuple(one) for one in json.loads(drawn[1])] == list(dashes) and int(drawn[2]) == len(dashes)
