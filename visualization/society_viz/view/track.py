"""A record as moments: read as it grows, and folded to any of them, forwards and backwards.

A moment is what belongs together: a question that is put, the answers of one time, what is said then, an outcome. How a
record is cut into moments depends on its entries alone, so a run that goes on and its record have the same ones. Of
entries nothing is kept but where in the file each moment begins; every so often the folded state is kept as well, so
that any moment is a short way from one.
"""

from __future__ import annotations

import math
import os
import weakref
from bisect import bisect_right
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from society_viz import captions
from society_viz.entries import fold, next_wave
from society_viz.errors import VizError
from society_viz.events import formation
from society_viz.floor import News
from society_viz.reading import FORMATS, Entry
from society_viz.stage import Moment as Happening
from society_viz.stage import Stage
from society_viz.survey import continued, group, time

OPENING, QUESTION, OUTCOME, END = "opening", "question", "outcome", "end"
"""Kinds of moments beside those of `survey.group` and the kinds that mechanisms log."""
_SETUP = frozenset({"header", "member", "graph"})
_CHUNK, _LONGEST_LINE = 1 << 18, 1 << 26
_SPARSE = 2_000  # entries between kept states, at least


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment: when (*t*), what *kind* of thing happens, and the caption of it.

    Its entries are those from number *first* on, from byte *start* of the file on. *question* counts from 1; 0 is
    before any.
    """

    t: float
    kind: str
    lines: tuple[str, ...]
    question: int
    first: int
    start: int


class Track:
    """The record in one file; `read` takes in what has been written since it was last called.

    One thread reads, any number of `Cursor`s look: what is there only grows.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.moments: list[Moment] = []
        self.trouble = ""
        """Why the record is read no further, if it is not what a record should be."""
        self.whole = False
        """Whether the record has come to its end."""
        self.entries = 0
        self.bytes = 0
        """How far the file has been read."""
        self._file: int | None = None
        self._head = Stage()
        self._last: tuple[float, str] | None = None
        self._kept: list[tuple[int, Stage]] = []  # (moment, the stage as it begins)
        self._since = 0

    def read(self, most: int | None = None) -> int:
        """Take in at most *most* entries that are new in the file; how many there were.

        Raises `VizError` if there is no such file, or if it does not begin as a record does.
        """
        if self.trouble or self.whole:
            return 0
        before, left = self.entries, math.inf if most is None else most
        size = _CHUNK
        while left > 0 and not self.whole and not self.trouble:
            data = self._more(size)
            lines = data.split(b"\n")
            torn = lines.pop()  # by a crash, or not written to its end yet
            if not lines:
                if len(data) < size:
                    break
                if size >= _LONGEST_LINE:
                    self.trouble = f"{self.path}:{self.entries + 1}: an entry of more than {_LONGEST_LINE >> 20} MiB"
                    break
                size *= 8
            for line in lines:
                if left <= 0 or self.whole or not self._take(line):
                    break
                left -= 1
            if len(data) < size and not torn:
                break
        self._tell()
        return self.entries - before

    def _more(self, size: int) -> bytes:
        """The next *size* bytes of the file, or as many as there are; it stays open, whatever it is called by then."""
        try:
            if self._file is None:
                self._file = file = os.open(self.path_now(), os.O_RDONLY | getattr(os, "O_BINARY", 0))
                weakref.finalize(self, os.close, file)
            os.lseek(self._file, self.bytes, os.SEEK_SET)  # `pread`, which does both, is not everywhere
            return os.read(self._file, size)
        except OSError as error:
            raise VizError(f"cannot read the record {self.path}: {error.strerror}") from None

    def _take(self, line: bytes) -> bool:
        try:
            entry = orjson.loads(line)
            if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
                raise ValueError('an entry is an object with a "kind"')
            if not self.entries and (entry["kind"] != "header" or entry.get("format") not in FORMATS):
                raise ValueError(f"a record begins with a header of format {FORMATS[0]}; this begins with "
                                 f"{entry['kind'][:40]!r} of format {str(entry.get('format'))[:20]}")  # fmt: skip
        except ValueError as error:
            self.trouble = f"{self.path}:{self.entries + 1}: not an entry of a record ({error})"
            return False
        stage = self._head
        turned = stage.turns(entry)
        run = _run(entry)
        kind = begins(stage, self._last, entry, run, turned, first=not self.moments)
        if kind:
            self._tell()
            self._open(entry, kind)
        if kind in (QUESTION, OUTCOME):
            self._last = None
        elif entry["kind"] not in _SETUP:
            self._last = continued(None if turned else self._last, run)
        fold(stage, entry)
        self.entries += 1
        self.bytes += len(line) + 1
        self.whole = entry["kind"] == "end"
        return True

    def _open(self, entry: Entry, kind: str) -> None:
        stage = self._head
        enter(stage)
        here = len(self.moments)
        room = max(_SPARSE, 2 * (len(stage.names) + len(stage.ties)))
        if here and self.entries - self._since >= room:
            self._kept.append((here, _copied(stage)))
            self._since = self.entries
        question = stage.asked + (kind == QUESTION)
        self.moments.append(Moment(time(entry), kind, (), question, self.entries, self.bytes))
        self._entry: Entry = entry

    def _tell(self) -> None:
        """Put the caption of the last moment into words, as far as it has been read."""
        if self.moments:
            last, stage = self.moments[-1], self._head
            lines = tuple(line[:400] for line in caption(stage, last.kind, self._entry))
            self.moments[-1] = Moment(last.t, last.kind, lines, last.question, last.first, last.start)

    def entries_of(self, first: int, last: int) -> Iterator[Entry]:
        """The entries of the moments from *first* up to *last*, both among them."""
        if not self.moments or first >= len(self.moments):
            return
        start, end = self.moments[first].start, self.end_of(last)
        with self.path_now().open("rb") as file:
            file.seek(start)
            while start < end and (line := file.readline(_LONGEST_LINE)):
                start += len(line)
                yield orjson.loads(line)

    def end_of(self, moment: int) -> int:
        """Where in the file *moment* ends, as far as it is there."""
        return self.moments[moment + 1].start if moment + 1 < len(self.moments) else self.bytes

    def path_now(self) -> Path:
        """Where the file lies by now: a run's record gets another name at its end."""
        if not self.path.exists() and self.path.name == "record.partial.jsonl":
            self.path = self.path.with_name("record.jsonl")
        return self.path

    def near(self, moment: int) -> tuple[int, Stage]:
        """The last kept state at or before the beginning of *moment*: (the moment that begins, a stage of its own)."""
        place = bisect_right(self._kept, moment, key=lambda kept: kept[0]) - 1
        if place < 0:
            return 0, Stage()
        here, state = self._kept[place]
        return here, _copied(state)


def _copied(stage: Stage) -> Stage:
    """A copy that goes its own way; what is large in it holds values that do not change, and needs no deep copy."""
    known: dict[int, Any] = {id(stage.opening): stage.opening, id(stage.header): stage.header}
    known |= {id(large): large.copy() for large in (stage.ties, stage.names, stage.values, stage.numbers)}
    return deepcopy(stage, known)


class Cursor:
    """A moment of a track and how things stand then: `stage`, whose `moment` holds what happens in it."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.stage = Stage()
        self.at = -1
        self._taken = 0  # entries folded

    def to(self, moment: int) -> Stage:
        """Go to *moment* (that nearest to it, if there is none) and give the stage as it is at its end."""
        track = self.track
        if not track.moments:
            return self.stage
        moment = min(max(moment, 0), len(track.moments) - 1)
        start, stage = self.at, self.stage
        if moment < self.at or moment - self.at > 1:
            kept, other = track.near(moment)
            if moment < self.at or kept > self.at:
                start, stage, self._taken = kept, other, track.moments[kept].first
        skip = self._taken - track.moments[max(start, 0)].first
        for place, entry in enumerate(track.entries_of(max(start, 0), moment)):
            if place < skip:
                continue
            while start < moment and track.moments[start + 1].first == self._taken:
                start += 1
                enter(stage)
            fold(stage, entry)
            self._taken += 1
        self.stage, self.at = stage, moment
        return stage


def begins(
    stage: Stage, last: tuple[float, str] | None, entry: Entry, run: tuple[float, str], turned: bool, *,
    first: bool = False,
) -> str:  # fmt: skip
    """The kind of the moment that *entry* begins; empty if it belongs to the one that goes on.

    *stage* is as it was before the entry, *run* its (time, group), *last* the one that goes on, `None` after a question
    or outcome.
    *turned*: the entry answers in another way than those before it.
    """
    kind = entry["kind"]
    if first:
        return OPENING
    if kind in _SETUP:
        return ""
    if kind in (QUESTION, OUTCOME, END):
        return str(kind)
    now = continued(last, run)
    if formation(entry) and last == (now[0], "answers") and stage.moment.forms == stage.moment.answers.seen:
        return ""
    if now != last or turned or next_wave(stage, entry):
        return now[1]
    return ""


def enter(stage: Stage) -> None:
    """A moment begins: what the last one brought is old."""
    stage.moment = Happening(t=stage.t)
    stage.beats += bool(stage.header)
    stage.closed.clear()  # the film's memory of ties; a cursor has moments for that
    if stage.floor is not None:
        stage.floor.news = News()


def caption(stage: Stage, kind: str, entry: Entry) -> list[str]:
    """What a moment of *kind*, which began with *entry*, brings, in words."""
    if kind == OPENING:
        return captions.opening(stage)
    if kind == QUESTION:
        return [f"Question {stage.asked:,}: {stage.question}"]
    if kind == OUTCOME:
        return captions.decided(stage, entry) + stage.moment.events
    if kind == END:
        return captions.closing(stage, True, [])
    return captions.describe(stage)


def _run(entry: Entry) -> tuple[float, str]:
    return time(entry), group(entry["kind"])
