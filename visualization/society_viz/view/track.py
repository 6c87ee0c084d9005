"""A record as moments: read as it grows, and folded to any of them, forwards and backwards.

A moment is what belongs together: a question that is put, the answers of one time, what is said then, an outcome. How a
record is cut into moments depends on its entries alone, so a run that goes on and its record have the same ones. Of
entries nothing is kept but where in the file each moment begins; every so often the folded state is kept as well, so
that any moment is a short way from one.
"""

from __future__ import annotations

import math
import os
import threading
import weakref
from bisect import bisect_right
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from society_viz.entries import fold
from society_viz.errors import VizError
from society_viz.floor import News
from society_viz.reading import FORMATS, Entry
from society_viz.stage import Moment as Happening
from society_viz.stage import Stage
from society_viz.survey import time
from society_viz.view.cutting import Cut
from society_viz.words import clean

_CHUNK, _LONGEST_LINE = 1 << 18, 1 << 26


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment: when (*t*), and what *kind* of thing happens.

    Its entries are those from number *first* on, from byte *start* of the file on. They are about one *question*, by
    its number from 1 on; 0 is before any. *spent*: micro-dollars that the answers before it took.
    """

    t: float
    kind: str
    question: int
    first: int
    start: int
    spent: float = 0


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
        self._cut = Cut()
        self._reading = threading.Lock()
        self._spent = 0.0
        self.kept: list[tuple[int, Stage]] = []
        """States kept on the way: (moment, the stage as it begins)."""

    def read(self, most: int | None = None) -> int:
        """Take in at most *most* entries that are new in the file; how many there were.

        Raises `VizError` if there is no such file, or if it does not begin as a record does.
        """
        if self.trouble or self.whole:
            return 0
        before, left = self.entries, math.inf if most is None else most
        size = _CHUNK
        while left > 0 and not self.whole and not self.trouble:
            data = self._more(size, self.bytes)
            lines = data.split(b"\n")
            torn = lines.pop()  # by a crash, or not written to its end yet
            if not lines:
                if len(data) < size:
                    break
                if size >= _LONGEST_LINE:
                    self.trouble = f"{self.path}:{self.entries + 1}: an entry of more than {_LONGEST_LINE >> 20} MiB"
                size *= 8
            for line in lines:
                if left <= 0 or self.whole or not self._take(line):
                    break
                left -= 1
            if len(data) < size and not torn:
                break
        return self.entries - before

    def _more(self, size: int, at: int) -> bytes:
        """*size* bytes of the file from *at* on, or as many as there are; it stays open, by whatever name."""
        try:
            if self._file is None:
                self._file = file = os.open(self.path_now(), os.O_RDONLY | getattr(os, "O_BINARY", 0))
                weakref.finalize(self, os.close, file)
            with self._reading:  # `pread`, which needs no lock, is not everywhere
                os.lseek(self._file, at, os.SEEK_SET)
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
        kind = self._cut.take(entry)
        if kind:
            self.moments.append(Moment(time(entry), kind, self._cut.question, self.entries, self.bytes, self._spent))
        cost = entry.get("micro_usd")
        self._spent += cost if isinstance(cost, (int, float)) and 0 <= cost < 1e15 else 0
        self.entries += 1
        self.bytes += len(line) + 1
        self.whole = entry["kind"] == "end"
        return True

    def spent(self, moment: int) -> float:
        """Micro-dollars that the answers up to the end of *moment* took, as far as they are there."""
        return self.moments[moment + 1].spent if moment + 1 < len(self.moments) else self._spent

    def entries_of(self, first: int, last: int) -> Iterator[Entry]:
        """The entries of the moments from *first* up to *last*, both among them."""
        if not self.moments or first >= len(self.moments):
            return
        for entry, _ in self.between(self.moments[first].start, self.end_of(last)):
            yield entry

    def between(self, start: int, end: int) -> Iterator[tuple[Entry, int]]:
        """The entries in the bytes from *start* to *end*, each with the byte at which it ends."""
        size, torn = _CHUNK, b""
        at = start
        while at < end and (data := self._more(min(size, end - at), at)):
            at += len(data)
            *lines, torn = (torn + data).split(b"\n")
            if not lines:
                size *= 8  # an entry longer than that
            for line in lines:
                start += len(line) + 1
                yield orjson.loads(line), start

    def end_of(self, moment: int) -> int:
        """Where in the file *moment* ends, as far as it is there."""
        return self.moments[moment + 1].start if moment + 1 < len(self.moments) else self.bytes

    def path_now(self) -> Path:
        """Where the file lies by now: a run's record gets another name at its end."""
        if not self.path.exists() and self.path.name == "record.partial.jsonl":
            self.path = self.path.with_name("record.jsonl")
        return self.path

    def near(self, moment: int) -> tuple[int, Stage]:
        """The last kept state at or before the beginning of *moment*: (the moment that begins, the stage)."""
        place = bisect_right(self.kept, moment, key=lambda kept: kept[0]) - 1
        if place < 0:
            return 0, Stage()
        return self.kept[place]


def copied(stage: Stage) -> Stage:
    """A copy that goes its own way; what is large in it holds values that do not change, and needs no deep copy."""
    known: dict[int, Any] = {id(stage.opening): stage.opening, id(stage.header): stage.header}
    large: list[dict[Any, Any]] = [stage.ties, stage.names, stage.marks, stage.over]
    for one in (stage.table, *stage.tables.values()):
        large += [one.values, one.numbers, one.marks]
    known |= {id(one): one.copy() for one in large}
    return deepcopy(stage, known)


class Cursor:
    """A moment of a track and how things stand then: `stage`, whose `moment` holds what happens in it."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.stage = Stage()
        self.at = -1
        self._taken = self._byte = 0  # entries folded, and where in the file the next one begins

    def to(self, moment: int) -> Stage:
        """Go to *moment* (that nearest to it, if there is none) and give the stage as it is at its end."""
        track = self.track
        if not track.moments:
            return self.stage
        moment = min(max(moment, 0), len(track.moments) - 1)
        if moment < self.at or moment - self.at > 1:
            kept, other = track.near(moment)
            if moment < self.at or kept > self.at:
                self.at, self.stage, self._taken = kept, copied(other), track.moments[kept].first
                self._byte = track.moments[kept].start
        stage = self.stage
        for entry, byte in track.between(self._byte, track.end_of(moment)):
            while self.at < moment and track.moments[self.at + 1].first == self._taken:
                if self.at >= 0:
                    self._ends(self.at, stage)
                self.at += 1
                enter(stage)
                self._begins(self.at, stage, entry)
            try:
                fold(stage, entry)
            except VizError as error:  # a mark that fails, after all else of the entry: that is said there
                stage.moment.tell(clean(error, 300))
            self._taken, self._byte = self._taken + 1, byte
        return stage

    def _ends(self, moment: int, stage: Stage) -> None:
        """*moment* is over."""

    def _begins(self, moment: int, stage: Stage, entry: Entry) -> None:
        """*moment* begins with *entry*."""


def enter(stage: Stage) -> None:
    """A moment begins: what the last one brought is old."""
    stage.moment = Happening(t=stage.t)
    stage.beats += bool(stage.header)
    stage.closed.clear()  # the film's memory of ties; a cursor has moments for that
    if stage.table.floor is not None:
        stage.table.floor.news = News()
