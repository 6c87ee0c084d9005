"""Where a record comes from: a run that goes on in this process, or a file, which somebody else may still write to.

Both have a track that grows, and are asked to bring more of it. A run goes on in a thread of its own, as far as anybody
who watches has asked for, so that a page never waits for a model.
"""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic
from typing import Any

from society_sim.backends.pools import Like
from society_sim.errors import SocietyError
from society_sim.making import models_of
from society_sim.runs import folder_of
from society_sim.scenario import Scenario
from society_sim.stepping import Stepped
from society_viz.errors import VizError
from society_viz.reading import find_record
from society_viz.view.telling import Teller
from society_viz.view.track import Track

_PORTION = 4_000  # entries read at a time, while others wait for the lock
_LOOK = 0.5  # seconds between looks at a file that may grow
_AHEAD, _FAR = 24, 400  # moments that a run which costs nothing is ahead of whoever watches, at first and at most
_AT_A_TIME = 0.02  # seconds, about, that such a run goes on before what it brings is read


class Source:
    """A track that grows in a thread of its own; `advance` asks for more, `close` ends it."""

    def __init__(self, path: Path) -> None:
        self.track = Track(path)
        self.told = Teller(self.track)
        self.trouble = ""
        """Why nothing more comes, if something is wrong."""
        self.going = True
        """Whether more may come."""
        self.ready = 0
        """How many moments are there whole, as far as is known: a moment that is still being read is not looked at."""
        self._wanted = self._ahead = 0
        self._closed = False
        self._changed = threading.Condition()
        self._reading = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def moments(self) -> int:
        """How many there are by now."""
        return len(self.track.moments)

    def advance(self, moments: int, patience: float) -> bool:
        """Ask for so many *moments*, and wait for them *patience* seconds at most; whether they are there."""
        if self.ready >= moments + self._ahead // 2:
            return True  # as it is with most: nobody is woken up
        with self._changed:
            if self._ahead:  # who has come far goes on: the more rarely a run is woken up, the less it costs
                self._ahead = max(_AHEAD, min(moments // 4, _FAR))
            self._wanted = max(self._wanted, moments + self._ahead)
            self._changed.notify_all()
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, daemon=True, name="society-view")
                self._thread.start()
            self._changed.wait_for(lambda: self.ready >= moments or not self.going, patience)
        if self.ready < moments and self.going:
            self._read(None)
        return self.ready >= moments

    def close(self) -> None:
        """Bring nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _read(self, most: int | None) -> int:
        with self._reading:
            new = self.track.read(most)
            self.ready = len(self.track.moments) - (most is not None and new >= most and not self.track.whole)
            return new

    def _work(self) -> None:
        try:
            self._bring()
        except (SocietyError, VizError, OSError) as error:
            self.trouble = str(error)
        except Exception as error:  # a user's part: it is told in the page, as a run tells it on the command line
            self.trouble = f"{type(error).__name__}: {error}"
        finally:
            with self._changed:
                self.going = False
                self._changed.notify_all()

    def _bring(self) -> None:
        raise NotImplementedError

    def _told(self) -> None:
        with self._changed:
            self._changed.notify_all()


class Recorded(Source):
    """The record of the run in *folder* (or in the file itself), read through once and then as it grows."""

    def __init__(self, folder: Path) -> None:
        super().__init__(find_record(folder))
        self.folder = self.track.path.parent

    def _bring(self) -> None:
        while not self._closed:
            new = self._read(_PORTION)
            self.told.lines(len(self.track.moments) - 1)  # so that nobody has to wait for it who goes to the end
            self._told()
            if self.track.whole or self.track.trouble or (not new and self.track.path_now().name == "record.jsonl"):
                self.trouble = self.track.trouble
                return
            if new < _PORTION:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, _LOOK)


class Live(Source):
    """A run that this process carries out, as far as it is asked to."""

    def __init__(self, run: Stepped) -> None:
        super().__init__(run.record)
        self.run, self.folder = run, run.folder
        self._ahead = _AHEAD if self.free else 0

    @property
    def state(self) -> str:
        """Whom a run waits for that has asked more than was answered; nothing if it waits for nobody."""
        society = self.run.society
        if society is None or not self.run.running or not (flying := society.desk.in_flight):
            return ""
        names = f": {', '.join(whom)}" if (whom := society.waiting(3)) else ""  # a person at a page is no endpoint
        why = f" ({society.state})" if society.state else ""
        return f"waiting for {flying:,} {'answer' if flying == 1 else 'answers'}{names}{why}"

    @property
    def free(self) -> bool:
        """Whether to go on costs nothing and asks nobody, now or later: its models compute their answers."""
        models = self._models()
        return bool(models) and all(model.free for model in models)

    @property
    def paid(self) -> bool:
        """Whether any of its models takes real money."""
        return any(model.paid for model in self._models())

    def _models(self) -> list[Like]:
        if self.run.society is None:
            return []
        later = [self.run.scenario.at(change.at) for change in self.run.scenario.changes]
        models = [*self.run.society.models.values(), *(one for stage in later for one in models_of(stage).values())]
        return [Like(model) for model in models]

    def _bring(self) -> None:
        try:
            self._read(None)
            self._told()
            units = 1  # of simulated time
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed or self._wanted > self.ready)
                    if self._closed:
                        return
                begun = monotonic()
                on = self.run.step(units)
                if self._ahead:
                    units = max(1, units // 2) if monotonic() - begun > _AT_A_TIME else min(2 * units, 64)
                self._read(None)
                self._told()
                if not on:
                    self._read(None)
                    self.trouble = self.track.trouble
                    return
        finally:
            self.run.close()
            with _lock:  # nobody joins it any more, and a page that is open has it
                if _shared.get(here := self.folder.resolve()) is self:
                    del _shared[here]


_shared: dict[Path, Live] = {}
_lock = threading.Lock()
_beginning = threading.Lock()  # a large society is not made in no time, and other pages do not wait for it


def live(scenario: Scenario, seed: int, out: Path, parent: Path | None = None, **terms: Any) -> Source:
    """The run of *scenario*: the one that goes on here already, a new one, or its record if it has come to its end.

    Raises what `Stepped` raises, before anything is asked.
    """
    folder = folder_of(scenario, seed, out).resolve()
    with _beginning:
        if known := going(folder):
            return known
        run = Stepped(scenario, seed=seed, out=out, parent=parent, **terms)
        if run.society is None:
            run.close()
            return Recorded(run.folder)
        source = Live(run)
        with _lock:
            _shared[folder] = source
        return source


def going(folder: Path) -> Live | None:
    """The run in *folder*, if it is this process that carries it out."""
    with _lock:
        found = _shared.get(folder.resolve())
    return found if found is not None and found.run.running and not found.trouble else None


def close_all() -> None:
    """Break off whatever goes on: what was answered is kept."""
    with _lock:
        on = list(_shared.values())
    for source in on:
        source.close()
    for source in on:
        if source._thread is not None:
            source._thread.join(5)


