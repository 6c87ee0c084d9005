"""GIF and MP4: pictures written one after another, so that memory does not grow with their number."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from PIL import GifImagePlugin, Image

from society_viz import look
from society_viz.canvas import Canvas
from society_viz.errors import VizError
from society_viz.film import Film
from society_viz.writing import styled

Shot = tuple[np.ndarray, int]
"""A picture (rows x columns x red, green, blue, alpha), and how many hundredths of a second it is seen."""
_Corner = tuple[int, int]
_STEPS = 6  # pictures of words on their way, at most
_GLIDE = 9  # and of members on their way to another place
_CLEAR = 255  # the palette's place for "as before"


def shots(film: Film, fps: int, frames: int, dpi: int) -> Iterator[Shot]:
    """The pictures of *film*: about *frames* at most, those of movement at *fps* in each second."""
    moving = sum(bool(beat.flows) for beat in film.beats)
    turns = {form.first for form in film.forms[1:]}
    left = max(frames - len(film.beats), 0)
    glide = min(_GLIDE, left // (2 * max(len(turns), 1)))
    steps = min(_STEPS, (left - glide * len(turns)) // max(moving, 1))
    tick = max(round(100 / fps), 2)
    with styled():
        canvas = Canvas(film, dpi)
        for place, beat in enumerate(film.beats):
            whole = max(round(100 * beat.seconds), 2)
            most = max(whole // tick - 2, 0)
            first = min(glide, most) if place in turns else 0
            own = min(steps, most - first) if beat.flows else 0
            for picture in _last_known(canvas.frames(place, first, own)):
                seen, is_last = picture
                yield seen, whole - (first + own) * tick if is_last else tick


def _last_known(pictures: Iterator[np.ndarray]) -> Iterator[tuple[np.ndarray, bool]]:
    waiting: np.ndarray | None = None
    for picture in pictures:
        if waiting is not None:
            yield waiting, False
        waiting = picture.copy()
    if waiting is not None:
        yield waiting, True


# --- GIF ----------------------------------------------------------------------------------------------------------


def write_gif(film: Film, to: Path, fps: int, frames: int, dpi: int) -> None:
    """Write *film* as an endless GIF with one palette; each picture holds only what has changed."""
    palette, table = _palette()
    last: np.ndarray | None = None
    before = np.zeros((0, 0), dtype=np.uint8)
    with to.open("wb") as file:
        for picture, hundredths in shots(film, fps, frames, dpi):
            if last is None:
                file.write(_gif_head(picture.shape[1], picture.shape[0], palette))
                before = _indexed(picture, table)
                _gif_frame(file, before, (0, 0), hundredths)
            else:
                _gif_frame(file, *_changed(picture, last, before, table), hundredths)
            last = picture
        file.write(b";")


def _palette() -> tuple[np.ndarray, np.ndarray]:
    """The colours of all pictures with their blends into paper, and the nearest of them for each 15-bit colour."""
    plain = [
        look.INK,
        look.SOFT,
        look.FAINT,
        look.TINT,
        look.BAND,
        look.ABSTAINING,
        look.ADDED,
        look.REMOVED,
        look.SAYING,
        look.PROPOSING,
        *(colour for colour, _ in look.MARKS),
        look.RIGHT,
        look.WRONG,
        look.OTHER,
        *look.THIN.values(),
        look.ACTIVE,
        look.REST,
        *(colour for colour, *_ in (*look.TIES.values(), look.OTHER_TIE)),
        look.LINE,
        *look.ANSWERS,
        *look.STEPS,
    ]
    rows: list[tuple[int, ...]] = [(255, 255, 255), (0, 0, 0)]
    for colour in dict.fromkeys(plain):
        base = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], dtype=float)
        rows += [tuple(np.rint(base * part + 255 * (1 - part)).astype(int)) for part in (1.0, 0.8, 0.6, 0.4, 0.2)]
        if max(base) > 60:
            rows += [tuple(np.rint(base * 0.65 + 0.35 * np.array([27, 39, 51])).astype(int))]
    rows = list(dict.fromkeys(tuple(int(part) for part in row) for row in rows))[:_CLEAR]
    palette = np.zeros((256, 3), dtype=np.uint8)
    palette[: len(rows)] = rows
    steps = np.arange(32) * 255 / 31
    cells = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 1, 3)
    known = np.array(rows, dtype=float)[None]
    table = np.concatenate([((part - known) ** 2).sum(-1).argmin(1) for part in np.array_split(cells, 16)]).astype(
        np.uint8
    )
    return palette, table


def _indexed(picture: np.ndarray, table: np.ndarray) -> np.ndarray:
    parts = ((picture.astype(np.uint16) * 31 + 127) // 255).astype(np.uint16)
    found: np.ndarray = table[(parts[..., 0] << 10) | (parts[..., 1] << 5) | parts[..., 2]]
    return found


def _gif_head(wide: int, high: int, palette: np.ndarray) -> bytes:
    size = wide.to_bytes(2, "little") + high.to_bytes(2, "little")
    return b"GIF89a" + size + b"\xf7\x00\x00" + palette.tobytes() + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def _changed(
    picture: np.ndarray, last: np.ndarray, before: np.ndarray, table: np.ndarray
) -> tuple[np.ndarray, _Corner]:
    """The smallest part with all that *picture* has other than *last*, and its corner; *before* is kept up with it."""
    window = _around((picture.view(np.uint32) != last.view(np.uint32))[..., 0])
    if window is not None:
        now = _indexed(picture[window], table)
        inner = _around(now != before[window])
        if inner is not None:
            top, left = window[0].start + inner[0].start, window[1].start + inner[1].start
            part = np.where(now[inner] != before[window][inner], now[inner], _CLEAR).astype(np.uint8)
            before[window] = now
            return part, (left, top)
    return np.full((1, 1), _CLEAR, dtype=np.uint8), (0, 0)


def _around(changed: np.ndarray) -> tuple[slice, slice] | None:
    """The smallest rectangle of rows and columns around what is true."""
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _gif_frame(file: IO[bytes], part: np.ndarray, corner: _Corner, hundredths: int) -> None:
    delay = min(hundredths, 65535).to_bytes(2, "little")
    file.write(b"\x21\xf9\x04\x05" + delay + bytes([_CLEAR]) + b"\x00")
    for chunk in GifImagePlugin.getdata(Image.fromarray(np.ascontiguousarray(part)), corner):
        file.write(chunk)


# --- MP4 ----------------------------------------------------------------------------------------------------------


def write_mp4(film: Film, to: Path, fps: int, frames: int, dpi: int) -> None:
    """Write *film* as a video, by the program ffmpeg."""
    program = _program()
    process: subprocess.Popen[bytes] | None = None
    try:
        clock, written = 0, 0
        for picture, hundredths in shots(film, fps, frames, dpi):
            high, wide = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
            if process is None:
                process = _ffmpeg(program, to, wide, high, fps)
            clock += hundredths
            data = np.ascontiguousarray(picture[:high, :wide, :3]).tobytes()
            while written * 100 < clock * fps:
                if process.stdin is not None:
                    process.stdin.write(data)
                written += 1
    except BrokenPipeError:
        pass  # ffmpeg says below what it did not like
    finally:
        said = process.communicate()[1] if process is not None else b""
    if process is None or process.returncode:
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason given"]
        raise VizError(f"ffmpeg could not write {to.name}: {last[0][:200]}; a .gif or an .html needs no ffmpeg")


def _program() -> str:
    """Where ffmpeg is: the machine's own, or else the one that the extra `video` brings."""
    if own := shutil.which("ffmpeg"):
        return own
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError):  # RuntimeError: installed, but without a program for this kind of machine
        raise VizError(
            "an .mp4 is made by the program ffmpeg, which is not installed here: pip install 'society-sim[video]' "
            "brings it (or apt-get install ffmpeg, or brew install ffmpeg); a .gif or an .html needs none"
        ) from None


def _ffmpeg(program: str, to: Path, wide: int, high: int, fps: int) -> subprocess.Popen[bytes]:
    command = [
        program,
        "-loglevel",
        "error",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{wide}x{high}",
        "-r",
        str(fps),
        "-i",
        "-",
        "-an",
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-crf",
        "20",
        "-movflags",
        "+faststart",
        "-fflags",
        "+bitexact",
        "-f",
        "mp4",
        str(to.absolute()),
    ]
    return subprocess.Popen(  # noqa: S603  # the program by its path, our own words, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
