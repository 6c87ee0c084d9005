"""A record's moments in words, made when somebody wants to read them."""

from __future__ import annotations

import threading

from society_viz import captions
from society_viz.reading import Entry
from society_viz.stage import Stage
from society_viz.survey import group
from society_viz.view.cutting import END, OPENING, OUTCOME, QUESTION
from society_viz.view.track import Cursor, Track, copied
from society_viz.words import cut, spoken

_LONGEST = 700  # letters of a line
_SPARSE = 2_000  # entries between kept states, at least


class Teller(Cursor):
    """Goes through a track once, forwards, and no further than it is asked about; on its way it keeps states.

    What follows a run reads its record as fast as that grows, so putting every moment into words is left to those who
    look at them. Any thread may ask.
    """

    def __init__(self, track: Track) -> None:
        super().__init__(track)
        self._lines: list[tuple[str, ...]] = []  # of the moments that are over
        self._entry: Entry = {}
        self._since = 0
        self._latest: tuple[int, tuple[str, ...]] = -1, ()  # what was told last, and of how many entries
        self._lock = threading.Lock()

    def lines(self, moment: int) -> tuple[str, ...]:
        """The caption of *moment*, as far as it has been read."""
        with self._lock:
            if moment < 0 or not self.track.moments:
                return ()
            if moment >= len(self._lines):
                self.to(moment)
            return self._lines[moment] if moment < len(self._lines) else self._told(self.at, self.stage)

    def _told(self, moment: int, stage: Stage) -> tuple[str, ...]:
        if self._latest[0] != self._taken:
            made = caption(stage, self.track.moments[moment].kind, self._entry)
            self._latest = self._taken, tuple(cut(line, _LONGEST) for line in made)
        return self._latest[1]

    def _ends(self, moment: int, stage: Stage) -> None:
        self._lines.append(self._told(moment, stage))

    def _begins(self, moment: int, stage: Stage, entry: Entry) -> None:
        self._entry = entry
        room = max(_SPARSE, 2 * (len(stage.names) + len(stage.ties)))
        if self._taken - self._since >= room:
            self.track.kept.append((moment, copied(stage)))
            self._since = self._taken


def caption(stage: Stage, kind: str, entry: Entry) -> list[str]:
    """What a moment of *kind*, which began with *entry*, brings, in words; of several questions it says which it is."""
    lines = _lines(stage, kind, entry)
    of_one = "about" in entry or kind == group("message")
    if lines and len(stage.tables) > 1 and of_one and not stage.late(entry) and kind not in (OPENING, QUESTION, END):
        lines[0] = f"Question {stage.table.number:,}: {lines[0]}"
    return lines


def _lines(stage: Stage, kind: str, entry: Entry) -> list[str]:
    if kind == OPENING:
        return captions.opening(stage)
    if kind == QUESTION:
        return [f"Question {stage.table.number:,}: {stage.table.question}"]
    if kind == OUTCOME:
        return captions.decided(stage, entry) + stage.moment.events
    if kind == END:
        return captions.closing(stage, True, [])
    return captions.describe(stage) or _aside(stage, entry)


def _aside(stage: Stage, entry: Entry) -> list[str]:
    """What somebody was asked for that is no answer to the question: notes, to whom it is to be referred."""
    seat, purpose = stage.seat(entry.get("member")), entry.get("purpose")
    if not purpose or seat is None:
        return []
    return [f"{stage.name(seat)}, {spoken(purpose, 30)}: {spoken(entry.get('value'), 120)}"]
