"""GIF and MP4, as they lie on disk."""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import samples
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from society_viz import VizError, animate, moving
from society_viz.film import Film
from society_viz.moving import shots
from society_viz.scene import Scene
from society_viz.story import tell

Run = Callable[..., Path]


def frames(path: Path) -> tuple[list[np.ndarray], list[int]]:
    pictures, lasts = [], []
    with Image.open(path) as image:
        for at in range(image.n_frames):
            image.seek(at)
            pictures.append(np.asarray(image.convert("RGB")))
            lasts.append(image.info["duration"])
    return pictures, lasts


@pytest.mark.slow
@pytest.mark.parametrize("name", samples.ALL)
def test_each_shape_gives_a_gif_of_sensible_length(name: str, run: Run, tmp_path: Path) -> None:
    to = animate(run(samples.ALL[name]()), tmp_path / "a.gif", dpi=50)
    with Image.open(to) as image:
        assert image.size == (480, 320)
        assert 6 <= image.n_frames <= 240
        total = 0
        for at in range(image.n_frames):
            image.seek(at)
            total += image.info["duration"]
        assert image.info["loop"] == 0
    assert 10_000 <= total <= 33_000


@pytest.mark.slow
def test_the_same_record_gives_the_same_gif(run: Run, tmp_path: Path) -> None:
    folder = run(samples.rewiring(3))
    one, two = (animate(folder, tmp_path / name, dpi=50).read_bytes() for name in ("a.gif", "b.gif"))
    assert one == two


@pytest.mark.slow
def test_what_is_written_is_what_was_drawn(run: Run, tmp_path: Path) -> None:
    """Changes only are stored: put together again they are the pictures, in the palette's nearest colours."""
    film = tell(lambda: iter(samples.hierarchy()), 20)
    drawn = [picture[..., :3].astype(int) for picture, _ in shots(film, 10, 240, 50)]
    kept, _ = frames(animate(run(samples.hierarchy()), tmp_path / "a.gif", dpi=50, seconds=20))
    assert len(kept) == len(drawn)
    for one, other in zip(drawn, kept, strict=True):
        assert np.abs(one - other).mean() < 2.5


@pytest.mark.slow
def test_long_captions_stay_in_their_box(run: Run, tmp_path: Path) -> None:
    entries = samples.panel(1)
    entries[-2]["rule"], entries[-2]["more"] = "Wide words overflow " * 3, dict.fromkeys("abcdefgh", "MW" * 9)
    kept, _ = frames(animate(run(entries), tmp_path / "a.gif"))
    assert all((picture[545:605, 938:] > 250).all() for picture in kept)


@pytest.mark.slow
def test_seconds_and_fps_are_kept(run: Run, tmp_path: Path) -> None:
    _, lasts = frames(animate(run(samples.hierarchy()), tmp_path / "a.gif", dpi=40, seconds=12, fps=20))
    assert sum(lasts) == pytest.approx(12_000, abs=200)
    assert min(lasts) == 50


@pytest.mark.slow
def test_a_users_settings_change_nothing(run: Run, tmp_path: Path) -> None:
    import matplotlib

    folder = run(samples.hierarchy())
    plain = animate(folder, tmp_path / "a.gif", dpi=40).read_bytes()
    with matplotlib.rc_context({"text.usetex": True, "font.size": 30, "axes.facecolor": "red", "lines.linewidth": 9}):
        assert animate(folder, tmp_path / "b.gif", dpi=40).read_bytes() == plain


@pytest.mark.slow
def test_words_of_all_kinds_are_drawn_without_a_warning(run: Run, tmp_path: Path) -> None:
    odd = [
        "$\\frac{1}{0}$",
        "名前",
        "\U0001f600\U0001f468\u200d\U0001f469",
        "\x1b[31m",
        "\u202eabc",
        "שלום",
        "$",
        "a_b^c",
        "%",
    ]
    entries = samples.opening("$x$ " + "".join(odd), odd, samples.everyone(len(odd)))
    entries.append({"t": 0, "kind": "question", "about": "q", "text": "$" + odd[0] * 30, "options": odd})
    entries += [samples.answer(1, "q", seat, value) for seat, value in enumerate(odd)]
    entries += [{"t": 2, "kind": "message", "from": 0, "to": 1, "words": " ".join(odd) * 20}]
    entries += [{"t": 3, "kind": word, word: word} for word in odd]
    entries += [{"t": 4, "kind": "outcome", "about": "q", "decision": odd[0]}]
    animate(run(samples.closing(entries)), tmp_path / "a.gif", dpi=40)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_record(run: Run, tmp_path: Path) -> None:
    import tracemalloc

    peaks = []
    for questions in (50, 500):
        folder = run(samples.panel(questions, 8, paced=False))
        tracemalloc.start()
        animate(folder, tmp_path / "a.html", seconds=30)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.6 * peaks[0] + 1_000_000


@pytest.mark.slow
def test_what_stays_from_picture_to_picture_is_not_drawn_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: Counter[str] = Counter()

    def counted(name: str) -> None:
        draw = getattr(Scene, name)
        monkeypatch.setattr(Scene, name, lambda *given: (drawn.update([name]), draw(*given))[1])

    for name in ("ties", "members", "dots"):
        counted(name)
    record = samples.panel(8, 60)
    to, film = animate(run(record), tmp_path / "a.gif", seconds=30), tell(lambda: iter(record), 30)
    with Image.open(to) as image:
        assert image.n_frames > 60
        assert drawn["members"] + drawn["dots"] >= image.n_frames > drawn["dots"] > len(film.beats)
    assert drawn["ties"] == len(film.forms) == 1 and drawn["members"] == len(film.beats)
    assert to.stat().st_size < 3_000_000


def test_a_video_plays_as_long_as_was_asked_and_shows_what_the_gif_shows(run: Run, tmp_path: Path) -> None:
    to = animate(run(samples.hierarchy()), tmp_path / "a.mp4", dpi=50, seconds=5)
    decode = [get_ffmpeg_exe(), "-i", str(to), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    read = subprocess.run(decode, capture_output=True, check=True)  # our own words, no shell
    about = read.stderr.decode()
    assert re.search(r"Video: h264 .*yuv420p", about)  # what browsers and slides play
    minutes, seconds = re.search(r"Duration: 00:(\d\d):([\d.]+)", about).groups()
    assert 60 * int(minutes) + float(seconds) == pytest.approx(5, abs=0.5)
    with Image.open(animate(run(samples.hierarchy()), tmp_path / "a.gif", dpi=50, seconds=5)) as gif:
        gif.seek(gif.n_frames - 1)
        shown = np.asarray(gif.convert("RGB"))
    high, wide = shown.shape[0] // 2 * 2, shown.shape[1] // 2 * 2
    last = np.frombuffer(read.stdout, np.uint8).reshape(-1, high, wide, 3)[-1]
    shown = shown[:high, :wide]
    assert np.abs(last.astype(int) - shown).mean() < 4  # of 255: what the codec rounds


TAKING = """\
import os, pathlib, sys
pathlib.Path(__file__).with_suffix(".pid").write_text(str(os.getpid()))
if {fails}:
    sys.exit("Unknown encoder 'libx264'")
sys.stdin.buffer.read()
pathlib.Path(sys.argv[-1]).write_text("half")
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], Path]:
    """Puts a program in the place of ffmpeg that takes what there is, or fails at once."""

    def put(fails: bool) -> Path:
        file = tmp_path / "bin" / "ffmpeg"
        file.parent.mkdir()
        file.write_text(f"#!{sys.executable}\n{TAKING.format(fails=fails)}")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", str(file.parent))
        return file.with_suffix(".pid")

    return put


def ended(pid: Path) -> bool:
    try:
        os.kill(int(pid.read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def test_what_the_program_does_not_like_is_told(program: Callable[[bool], Path], run: Run, tmp_path: Path) -> None:
    pid = program(True)
    with pytest.raises(VizError, match=r"could not write .*: Unknown encoder 'libx264'; a \.gif"):
        animate(run(samples.panel()), tmp_path / "a.mp4", dpi=50)
    assert ended(pid) and not list(tmp_path.glob("*.mp4*")) and not list(tmp_path.glob(".*"))


def test_a_video_that_is_interrupted_leaves_no_program_and_no_file(
    program: Callable[[bool], Path], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = program(False)
    drawn = moving.shots

    def broken_off(*how: Any) -> Iterator[Any]:
        yield from islice(drawn(*how), 3)
        while not pid.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(moving, "shots", broken_off)
    with pytest.raises(KeyboardInterrupt):
        animate(run(samples.panel()), tmp_path / "a.mp4", dpi=20)
    assert ended(pid) and not list(tmp_path.glob("*.mp4*")) and not list(tmp_path.glob(".*"))


def test_films_are_plain_values() -> None:
    one, two = (tell(lambda: iter(samples.formation()), 30) for _ in range(2))
    assert isinstance(one, Film)
    assert one == two
