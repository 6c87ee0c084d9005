"""Whatever a record holds: a picture or a clear message, through every way of showing a run."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import payloads
import pytest
import samples
from samples import Entry
from society_viz import VizError, animate, poster, report, writing
from typer.testing import CliRunner

from society_sim.cli.commands import app

Run = Callable[[list[Entry]], Path]
WAYS: dict[str, Callable[[Path, Path], object]] = {
    "gif": lambda run, to: animate(run, to / "a.gif", seconds=2, dpi=30),
    "player": lambda run, to: animate(run, to / "a.html"),
    "frames": lambda run, to: animate(run, to / "frames", seconds=2),
    "svg": lambda run, to: poster(run, to / "a.svg"),
    "pdf": lambda run, to: poster(run, to / "a.pdf"),
    "page": lambda run, to: report(run, to / "b.html"),
    "markdown": lambda run, to: report(run, to / "b.md"),
}
every_way = pytest.mark.parametrize("way", WAYS)


def nested(value: object, words: str) -> object:
    """*value* with *words* in every place: keys, and all that stands under them."""
    if isinstance(value, dict):
        return {f"{key} {words}" if key not in KEPT else key: nested(inner, words) for key, inner in value.items()}
    return [nested(inner, words) for inner in value] if isinstance(value, list) else words


KEPT = {"kind", "member", "name", "model", "models", "about", "value", "decision", "gold", "source", "target", "text"}


def hostile(words: str) -> list[Entry]:
    """A record that is one in its kinds alone: every field of every entry holds *words*."""
    entries = samples.closing([*samples.hierarchy(), *samples.federation()[1:], *samples.formation()[1:]])
    spoilt: list[Entry] = [entries[0]]
    for entry in entries[1:]:
        odd = {key: entry[key] if key == "kind" else nested(value, words) for key, value in entry.items()}
        spoilt += [entry, odd] if entry["kind"] in ("member", "graph") else [odd]
    return spoilt


@every_way
@pytest.mark.parametrize("words", [payloads.SCRIPTS[0], "\u202e\x1b[31m\x00 $x_1$ ]]>"])
def test_hostile_words_in_every_field(way: str, words: str, run: Run, tmp_path: Path) -> None:
    folder = run(hostile(words))
    WAYS[way](folder, tmp_path)
    for made in tmp_path.glob("*.html"):
        assert "<script>alert" not in made.read_text()


@pytest.mark.slow
@every_way
@pytest.mark.parametrize("n", [0, 1])
def test_nobody_and_somebody_alone(way: str, n: int, run: Run, tmp_path: Path) -> None:
    entries = samples.panel(1, max(n, 1)) if n else samples.closing(samples.opening("nobody", [], []))
    WAYS[way](run(entries), tmp_path)
    assert list(tmp_path.iterdir())


@pytest.mark.slow
@every_way
def test_five_thousand_members(way: str, run: Run, tmp_path: Path) -> None:
    names = [f"Member {seat}" for seat in range(5000)]
    entries = samples.opening("crowd", names, [(seat, seat + 1, "talk") for seat in range(4999)])
    entries.append({"t": 0, "kind": "question", "about": "q", "text": "Which?", "options": ["A", "B"]})
    entries += [samples.answer(1, "q", seat, "AB"[seat % 2]) for seat in range(5000)]
    entries.append({"t": 1, "kind": "outcome", "about": "q", "decision": "A", "gold": "A", "correct": True})
    WAYS[way](run(samples.closing(entries)), tmp_path)


@pytest.mark.slow
@every_way
def test_a_record_cut_short_anywhere_is_shown_so_far(way: str, run: Run, tmp_path: Path) -> None:
    text = (run(samples.hierarchy()) / "record.jsonl").read_bytes()
    for at in (len(text) // 3, len(text) // 2 + 7):
        folder = tmp_path / f"cut{at}"
        folder.mkdir()
        (folder / "record.partial.jsonl").write_bytes(text[:at])
        WAYS[way](folder, tmp_path)
    if way == "page":
        assert "broken off" in (tmp_path / "b.html").read_text()


@every_way
def test_another_format_is_told_and_leaves_nothing_behind(way: str, run: Run, tmp_path: Path) -> None:
    entries = samples.panel(1)
    for old in ({**entries[0], "format": 0}, {key: value for key, value in entries[0].items() if key != "format"}):
        with pytest.raises(VizError, match=r"record\.jsonl:1: this record has format"):
            WAYS[way](run([old, *entries[1:]]), tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".gif", ".html", ".svg", ".pdf", ".md")]


@every_way
def test_an_entry_that_is_none_is_named_with_its_line(way: str, run: Run, tmp_path: Path) -> None:
    folder = run(samples.panel(1))
    lines = (folder / "record.jsonl").read_bytes().splitlines(keepends=True)
    for bad in (b"{not json}\n", b"[1]\n"):
        (folder / "record.jsonl").write_bytes(b"".join([*lines[:4], bad, *lines[4:]]))
        with pytest.raises(VizError, match=r"record\.jsonl:5: "):
            WAYS[way](folder, tmp_path)


@pytest.mark.parametrize("way", ["gif", "frames", "svg"])
def test_a_missing_font_is_told(way: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing._glyphs.cache_clear()
    monkeypatch.setattr(writing.matplotlib, "get_data_path", lambda: str(tmp_path / "nowhere"))
    folder = run(payloads.record(["Zoë"]))
    with pytest.raises(VizError, match=r"the font DejaVu Sans is not where .* install matplotlib again"):
        WAYS[way](folder, tmp_path)
    writing._glyphs.cache_clear()


@pytest.mark.slow
def test_letters_that_no_font_has_are_boxes_and_not_a_warning(run: Run, tmp_path: Path) -> None:
    folder = run(payloads.record(["会议 \U0001f600 \u0e01"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for way in ("gif", "pdf", "frames"):
            WAYS[way](folder, tmp_path)
    assert "▯" in (tmp_path / "frames" / "0001.svg").read_text()


def test_the_command_line_never_shows_a_traceback(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    good, odd = run(samples.panel(1)), tmp_path / "odd"
    samples.write([{"t": 0, "kind": "header", "format": 99}], odd)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    for words, said in (
        (["animate", str(good), "--to", str(tmp_path / "a.mp4")], "ffmpeg, which is not installed"),
        (["animate", str(good), "--to", str(tmp_path / "full")], "holds something else than pictures ('mine.txt')"),
        (["animate", str(good), "--to", str(tmp_path / "a.svg")], "without an ending it is a folder of SVG pictures"),
        (["animate", str(odd), "--to", str(tmp_path / "a.gif")], "this record has format 99"),
        (["poster", str(odd), "--to", str(tmp_path / "a.svg")], "this record has format 99"),
        (["report", str(odd)], "this record has format 99"),
        (["report", str(tmp_path / "nowhere")], "there is no folder"),
    ):
        told = CliRunner().invoke(app, words)
        assert told.exit_code == 2, words
        assert said in " ".join(told.output.split()), told.output
        assert "Traceback" not in told.output


@pytest.mark.slow
def test_frames_are_the_moments_and_are_replaced_whole(run: Run, tmp_path: Path) -> None:
    to = tmp_path / "frames"
    animate(run(samples.panel(2, 3)), to, seconds=9)
    many = sorted(path.name for path in to.iterdir())
    assert many == [f"{place:04}.svg" for place in range(1, len(many) + 1)]
    first = (to / "0002.svg").read_bytes()
    animate(run(samples.panel(1, 3)), to, seconds=1)
    fewer = sorted(path.name for path in to.iterdir())
    assert 0 < len(fewer) < len(many)
    animate(run(samples.panel(2, 3)), to, seconds=9)
    assert (to / "0002.svg").read_bytes() == first
    assert not list(tmp_path.glob(".*"))
    assert "Member 0" in (to / "0003.svg").read_text()
