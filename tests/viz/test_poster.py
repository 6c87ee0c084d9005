"""Posters: what a run came to, in one picture, as SVG and as PNG."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import payloads
import pytest
import samples
from PIL import Image
from society_viz import VizError, poster

Run = Callable[..., Path]
SVG = "{http://www.w3.org/2000/svg}"


def words(file: Path) -> str:
    return "\n".join(filter(None, map(str.strip, ElementTree.parse(file).getroot().itertext())))


@pytest.mark.parametrize("name", samples.ALL)
def test_each_shape_has_one_that_tells_the_run(name: str, run: Run, tmp_path: Path) -> None:
    entries = samples.ALL[name]()
    to = poster(run(entries), tmp_path / "a.svg")
    told, root = words(to), ElementTree.parse(to).getroot()
    kinds = [entry["kind"] for entry in entries]
    assert f"members\n{kinds.count('member')}" in told
    assert f"questions settled\n{kinds.count('outcome')}" in told
    assert f"answers asked for\n{kinds.count('answer')}" in told
    for name, of in (("messages", ["message"]), ("refused or lost", ["refused", "lost"]),
                     ("ties changed", ["link", "unlink", "reweight"])):  # fmt: skip
        many = sum(map(kinds.count, of))
        assert (f"{name}\n{many:,}\n" in told) if many else f"{name}\n" not in told
    assert entries[0]["name"] in told and f"seed {entries[0]['seed']}" in told
    assert len(root.findall(f"{SVG}circle")) >= kinds.count("member")
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", "-1")) <= 960 and 0 <= float(text.get("y", "-1")) <= 640


@pytest.mark.slow
def test_png_and_svg_are_the_same_every_time(run: Run, tmp_path: Path) -> None:
    folder = run(samples.panel())
    for ending in ("svg", "png"):
        one, other = (poster(folder, tmp_path / f"{name}.{ending}").read_bytes() for name in "ab")
        assert one == other
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (1920, 1280)
        colours = image.convert("RGB").getcolors(1 << 20)
        assert colours and len(colours) > 50


def test_the_question_on_which_they_differ_most_is_shown(run: Run, tmp_path: Path) -> None:
    entries = samples.panel(questions=3)
    for entry in entries:
        if entry["kind"] == "answer":
            first = entry["about"] == next(one["about"] for one in entries if one["kind"] == "question")
            entry["value"] = "AB"[entry["member"] % 2] if first else "A"
    asked = [entry["text"] for entry in entries if entry["kind"] == "question"]
    assert asked[0][:40] in words(poster(run(entries), tmp_path / "a.svg"))


def test_hostile_words_are_words(run: Run, tmp_path: Path) -> None:
    to = poster(run(payloads.record(payloads.SCRIPTS)), tmp_path / "a.svg")
    root = ElementTree.parse(to).getroot()
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "rect", "polyline", "polygon", "circle", "text"}  # fmt: skip
    names = {name for element in root.iter() for name in element.attrib}
    assert not any(re.match("on|href|style|src", name) for name in names)


def test_what_cannot_be_made_is_told(run: Run, tmp_path: Path) -> None:
    folder = run(samples.panel())
    with pytest.raises(VizError, match=r"ends in \.svg, \.pdf or \.png"):
        poster(folder, tmp_path / "a.gif")
    (tmp_path / "taken").write_text("")
    with pytest.raises(VizError, match="cannot write"):
        poster(folder, tmp_path / "taken" / "a.svg")
    with pytest.raises(VizError):
        poster(tmp_path / "nowhere", tmp_path / "a.svg")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("n", [1, 2])
def test_few_members(n: int, run: Run, tmp_path: Path) -> None:
    assert f"members\n{n}" in words(poster(run(samples.panel(n=n)), tmp_path / "a.svg"))


def test_a_record_that_was_cut_short_shows_what_there_is(run: Run, tmp_path: Path) -> None:
    entries = samples.panel(questions=3)
    cut = next(place for place, entry in enumerate(entries) if entry["kind"] == "outcome")
    assert "questions settled\n0" in words(poster(run(entries[: cut - 2]), tmp_path / "a.svg"))
