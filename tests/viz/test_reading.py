"""A record that cannot be shown is answered with a sentence, never with a traceback."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import samples
import society_viz.reading
import society_viz.view.track
from society_viz import VizError, animate
from society_viz.files import whole
from society_viz.reading import entries, find_record
from society_viz.view.track import Track

Run = Callable[..., Path]
HEADER = json.dumps(samples.panel()[0])


def test_a_whole_record_is_preferred_to_a_partial_one(run: Run) -> None:
    folder = run(samples.panel(), "record.partial.jsonl")
    assert find_record(folder).name == "record.partial.jsonl"
    run(samples.panel())
    assert find_record(folder).name == "record.jsonl"
    assert find_record(folder / "record.partial.jsonl").name == "record.partial.jsonl"


def test_a_torn_last_line_is_left_out(run: Run) -> None:
    path = find_record(run(samples.panel()))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert len(list(entries(path))) == len(samples.panel()) - 1


def test_an_entry_that_is_too_long_is_told_and_nothing_after_it_is_lost(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for what a crash left of the last one."""
    record = samples.panel()
    record.insert(9, {"t": 0, "kind": "note", "words": "x" * 900_000})
    path = find_record(run(record))
    monkeypatch.setattr(society_viz.reading, "_LONGEST_LINE", 1 << 19)
    monkeypatch.setattr(society_viz.view.track, "_LONGEST_LINE", 1 << 19)
    monkeypatch.setattr(society_viz.view.track, "_CHUNK", 1 << 16)
    with pytest.raises(VizError, match=r"record\.jsonl:10: not an entry"):
        list(entries(path))
    track = Track(path)
    assert track.read() == 9 and "record.jsonl:10: an entry of more than" in track.trouble


def test_a_mistake_in_a_drawing_is_not_said_to_be_one_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="x and y"), whole(tmp_path / "a.svg") as beside:
        beside.write_text("half")
        raise ValueError("x and y must have the same length")
    with pytest.raises(VizError, match="cannot write"), whole(tmp_path / "a\0.svg"):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("not json\n", ":1: not an entry of a record"),
        ("not json", ":1: not an entry of a record"),
        ("[1]\n", ':1: an entry is an object with a "kind"'),
        ('{"kind": 3}\n', ':1: an entry is an object with a "kind"'),
        ('{"kind": "answer", "t": 0}\n', "begins with its header"),
        ('{"kind": "header", "format": 99}\n', "has format 99"),
        (HEADER + "\n{\n" + HEADER + "\n", ":2: not an entry of a record"),
        ("\x00\x01\x02\n", ":1: not an entry"),
    ],
)
def test_a_foreign_file_is_named_with_line_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "record.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(VizError, match=r"record\.jsonl") as caught:
        animate(tmp_path, tmp_path / "a.gif")
    assert said in str(caught.value)
    assert not list(tmp_path.glob("*.gif*"))


def test_missing_runs_and_unknown_endings(tmp_path: Path, run: Run) -> None:
    with pytest.raises(VizError, match="there is no run"):
        animate(tmp_path / "nowhere", tmp_path / "a.gif")
    with pytest.raises(VizError, match=r"holds no record.*record\.jsonl"):
        animate(tmp_path, tmp_path / "a.gif")
    with pytest.raises(VizError, match=r"\.gif, \.mp4 or \.html"):
        animate(run(samples.panel()), tmp_path / "a.avi")
    with pytest.raises(VizError, match="from 1 to 3600 seconds"):
        animate(run(samples.panel()), tmp_path / "a.gif", seconds=float("nan"))
    with pytest.raises(VizError, match="fps is from 1 to 50"):
        animate(run(samples.panel()), tmp_path / "a.gif", fps=0)
    with pytest.raises(VizError, match="there is no run"):
        animate(Path("a\0b"), tmp_path / "a.gif")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VizError, match=r"cannot write .*file"):
        animate(run(samples.panel()), tmp_path / "file" / "a.html")


def test_no_ffmpeg_says_what_to_install(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(VizError, match=r"ffmpeg, which is not installed.*society-sim\[video\].*\.gif"):
        animate(run(samples.panel()), tmp_path / "a.mp4")
    assert not list(tmp_path.glob("*.mp4*"))
