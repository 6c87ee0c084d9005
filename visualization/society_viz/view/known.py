"""What is known at a moment: how things stand, and everything that has happened up to it. What panels are made of."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from society_sim.scenario import Scenario
from society_viz.reading import Entry
from society_viz.stage import Stage
from society_viz.view.track import Moment, Track

_BULK = frozenset({"header", "member", "graph", "message", "silence"})
"""Kinds of which there are many, or large ones: they are read from the file when they are asked for."""
_MOST = 300_000


class Facts:
    """The entries of a track that panels ask for, but for bulk, kept as they are come upon; any prefix of them."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self._entries: list[Entry] = []
        self._moments: list[int] = []
        self._lock = threading.Lock()
        self._next = 0  # the first moment that is not in it

    def until(self, moment: int) -> tuple[list[Entry], list[int]]:
        """What has happened up to the end of *moment*, bulk apart, and the moment of each.

        Of a very long record these are the first `_MOST` of them.
        """
        with self._lock:
            return self._until(moment)

    @property
    def whole(self) -> bool:
        """Whether nothing was left out so far."""
        return len(self._entries) < _MOST or self._next >= len(self.track.moments)

    def _until(self, moment: int) -> tuple[list[Entry], list[int]]:
        last = len(self.track.moments) - 1
        if self._next <= min(moment, last) and len(self._entries) < _MOST:
            at = bisect_left(self._moments, self._next)  # the last moment may have grown: it is read once more
            del self._entries[at:], self._moments[at:]
            here, end = self._next, min(moment, last)
            moments, number = self.track.moments, self.track.moments[here].first
            for entry in self.track.entries_of(here, end):
                while here < end and moments[here + 1].first <= number:
                    here += 1
                number += 1
                if entry["kind"] not in _BULK:
                    self._entries.append(entry)
                    self._moments.append(here)
            self._next = min(moment, last) + (moment < last or self.track.whole)
        end = bisect_right(self._moments, moment)
        return self._entries[:end], self._moments[:end]


@dataclass(frozen=True, slots=True)
class Known:
    """A moment of a run, as a panel sees it. *entries* are all up to its end but messages and who is there.

    Where several questions are under way, *stage* shows the one that is looked at.
    """

    stage: Stage
    moment: Moment
    place: int
    entries: list[Entry]
    moments: list[int]
    """In which moment each of *entries* is."""
    track: Track
    who: Mapping[int, Entry] = field(default_factory=dict)
    """What the record says of each member at its beginning: `name`, `model`, `persona`, `traits`."""
    plan: Scenario | None = None
    whole: bool = True
    """Whether *entries* has all that happened, and not the first of very many."""

    def only(self, *kinds: str) -> Iterator[Entry]:
        """The entries of *kinds*, in order."""
        return (entry for entry in self.entries if entry["kind"] in kinds)

    def since(self, *kinds: str) -> Iterator[Entry]:
        """The same, about the question on the table alone, since it was put."""
        put = 0
        for at in range(len(self.entries) - 1, -1, -1):
            if self.entries[at]["kind"] == "question" and self._own(at):
                put = at
                break
        return (entry for at, entry in enumerate(self.entries[put:], put) if entry["kind"] in kinds and self._own(at))

    def _own(self, at: int) -> bool:
        return self.question(at) == self.stage.table.number

    def question(self, at: int) -> int:
        """The number of the question that entry number *at* is about."""
        return self.stage.late(self.entries[at]) or self.track.moments[self.moments[at]].question


def whole(number: Any, other: float = 0) -> float:
    """*number* if it is one that can be drawn.

    >>> whole(3), whole(True), whole("3"), whole(1e99)
    (3, 0, 0, 0)
    """
    known = isinstance(number, (int, float)) and not isinstance(number, bool) and abs(number) < 1e15
    return number if known else other
