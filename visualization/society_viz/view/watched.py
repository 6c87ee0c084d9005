"""What Mesa's page drives: somebody's place in a run, which `step` moves on by one moment."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mesa

from society_sim.backends.human import Seats
from society_sim.errors import SocietyError
from society_sim.registry import Part
from society_sim.scenario import Scenario
from society_viz.errors import VizError
from society_viz.reading import Entry
from society_viz.stage import Stage
from society_viz.view import form, known
from society_viz.view.cutting import QUESTION
from society_viz.view.sources import Live, Recorded, Source, going, live
from society_viz.view.track import Cursor, Moment

PATIENCE = 0.4
"""Seconds that a step waits for models at most; the page then says for whom it waits, and can be used."""


class Watched(mesa.Model):  # type: ignore[misc]  # Mesa ships no types
    """A run and a moment in it.

    *of*: a scenario's name or file, or a run's folder. A scenario is run with *seed* under *out* as it is watched, with
    `section.parameter` of *kwargs* set, values as in `--set`; what is on its tape is not asked again. *parent*, *at*
    and *change*: it is a fork of the run in that folder, which *change* parts from it at the simulated time *at*.
    *cell*: of an experiment, the arm and the levels of its grid, by their names.

    Whatever is wrong with any of it is said in `trouble`, and nothing raised: Mesa's page makes these from a form.
    """

    def __init__(
        self,
        of: str = "",
        seed: Any = 0,
        out: str = "runs",
        parent: str = "",
        at: float = 0.0,
        change: tuple[str, ...] = (),
        terms: Mapping[str, Any] | None = None,
        cell: tuple[tuple[str, str], ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(rng=0)
        self.of, self.out, self.parent = of, out, parent
        self.seed = 0
        self.plan: Scenario | None = None
        self.base: Scenario | None = None
        """The scenario as it was before anything was chosen or set: what has the arms and the grid."""
        self.source: Source | None = None
        self.wrong = ""
        self.place = -1
        """The number of the moment, from 0; -1 before there is any."""
        self.shown: int | None = None
        """The number of the moment that a page shows; `None` if none shows any."""
        self.can_be_changed = False
        """Whether it is a scenario that is run here, and can be run with other parameters."""
        self.parted = -1
        """The moment in which it first differs from a run beside it; -1 if there is none."""
        self.awaited = False
        """Whether a step has been asked for that could not be made yet."""
        self.keeps_to = 0
        """The number of the question that somebody looks at as long as it is under way; 0: that which is acted on."""
        try:
            self.source = self._opened(of, seed, Path(out), Path(parent) if parent else None, at, change,
                                       dict(terms or {}), dict(cell), kwargs)  # fmt: skip
            self.source.advance(1, 5.0)
        except (SocietyError, VizError) as error:
            self.wrong = str(error)
        except OSError as error:
            self.wrong = f"cannot open {of}: {error.strerror or error}"
        self._cursor = None if self.source is None else Cursor(self.source.track)
        self._facts = None if self.source is None else known.Facts(self.source.track)
        self._who: dict[int, Entry] = {}
        self._lock = threading.RLock()
        self.jump(0)

    def _opened(
        self, of: str, seed: Any, out: Path, parent: Path | None, at: float, change: tuple[str, ...],
        terms: dict[str, Any], cell: Mapping[str, str], sets: Mapping[str, Any],
    ) -> Source:  # fmt: skip
        path = Path(of)
        if path.is_dir() or path.name in ("record.jsonl", "record.partial.jsonl"):
            source = going(path) or Recorded(path)
            if (source.folder / "scenario.yaml").is_file():
                self.plan = _read(source.folder / "scenario.yaml")
            return source
        self.base = scenario = Scenario.read(of)
        if cell:
            scenario = form.chosen(scenario, cell)
        if sets:
            scenario = form.changed(scenario, sets)
        if parent is not None:
            scenario = scenario.changed(at, change)
        self.plan = scenario
        text = str(seed).strip() or "0"
        if not text.isdecimal() or len(text) > 18:
            raise SocietyError(f"a seed is a whole number from 0 to 2**63 - 1, not {text[:30]!r}")
        self.seed = int(text)
        self.can_be_changed = True
        return live(scenario, self.seed, out, parent, **terms)

    @property
    def backends(self) -> list[Part]:
        """The models' backends, of all that are in force at some time."""
        if self.plan is None:
            return []
        stages = [self.plan.at(at) for at in (0.0, *(change.at for change in self.plan.changes))]
        return [part for stage in stages for part, _ in stage.models.values()]

    @property
    def trouble(self) -> str:
        """What is wrong, if anything is."""
        return self.wrong or (self.source.trouble if self.source else "")

    @property
    def state(self) -> str:
        """Whom the run waits for."""
        return self.source.state if isinstance(self.source, Live) else ""

    @property
    def seats(self) -> Seats | None:
        """Where somebody answers for a member of this run, if it is carried out here."""
        return self.source.run.seats if isinstance(self.source, Live) else None

    @property
    def going(self) -> bool:
        """Whether there may be more moments than there are."""
        return self.source is not None and self.source.going

    @property
    def moments(self) -> list[Moment]:
        """All moments that there are by now."""
        return self.source.track.moments if self.source else []

    @property
    def moment(self) -> Moment | None:
        """Where we are."""
        return self.moments[self.place] if 0 <= self.place < len(self.moments) else None

    def lines(self, place: int) -> tuple[str, ...]:
        """What happens in moment number *place*, in words."""
        return self.source.told.lines(place) if self.source else ()

    @property
    def stage(self) -> Stage:
        """How things stand at this moment, in the question that is looked at."""
        if self._cursor is None:
            return Stage()
        with self._lock:
            return self._cursor.to(self.place).looking_at(self.keeps_to)

    def neighbour(self, way: int) -> int:
        """The place one step on (*way* 1) or back (-1), where there may be no moment yet.

        Who keeps to a question that is under way goes to its next moment, and passes over those of others.
        """
        moment, table = self.moment, self.stage.table if self.keeps_to else None
        if moment is None or table is None or table.number != self.keeps_to or table.decision:
            return self.place + way
        if way < 0 and (moment.kind, moment.question) == (QUESTION, self.keeps_to):
            return self.place - 1
        track, at = self.moments, self.place + way
        while 0 <= at < len(track) and track[at].question != self.keeps_to:
            at += way
        return at

    def keep_up(self, t: float) -> None:
        """Let a run that goes on here, and costs nothing, come to the simulated time *t*, to be looked at beside."""
        source = self.source
        while isinstance(source, Live) and source.going and source.free and self.moments[-1].t <= t:
            if not source.advance(len(self.moments) + 1, PATIENCE):
                return

    def leave(self) -> None:
        """Nobody looks at this any more: a file that may grow is not looked at again. A run is there for others too."""
        if isinstance(self.source, Recorded):
            self.source.close()

    def hand_over(self) -> None:
        """Let what models have answered so far be on disk, where it is looked for."""
        if isinstance(self.source, Live):
            self.source.run.hand_over()

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.source.folder if isinstance(self.source, (Live, Recorded)) else Path()

    @property
    def who(self) -> dict[int, Entry]:
        """What the record says of each member at its beginning."""
        with self._lock:
            if not self._who and self.source is not None:
                self._who = {entry["member"]: entry for entry in self.source.track.entries_of(0, 0)
                             if entry["kind"] == "member" and isinstance(entry.get("member"), int)}  # fmt: skip
            return self._who

    def known(self) -> known.Known | None:
        """All that is known at this moment; `None` before there is one. It is not moved on by steps and jumps."""
        moment, place = self.moment, self.place
        if moment is None or self.source is None or self._facts is None:
            return None
        with self._lock:
            stage = Cursor(self.source.track).to(place) if self._cursor is None else self._cursor.to(place)
            stage = stage.looking_at(self.keeps_to)
            return known.Known(stage, moment, place, *self._facts.until(place), self.source.track, self.who, self.plan,
                               self._facts.whole)  # fmt: skip

    @property
    def money(self) -> str:
        """What a run that goes on has spent up to this moment and in all, and what it may spend.

        Nothing for one that costs nothing. A run is ahead of whoever watches it: what it spent since is said as that.
        """
        if not isinstance(self.source, Live) or (run := self.source.run).society is None:
            return ""
        ledger = run.ledger
        spent = run.society.desk.micro_usd if ledger is None else ledger.spent.micro_usd
        if not spent and ledger is None:
            return ""
        here = min(self.source.track.spent(self.place), spent)
        cap = math.inf if ledger is None else ledger.budget.micro_usd
        most = "" if ledger is None else f" of {'no cap' if math.isinf(cap) else f'${cap / 1e6:,.2f}'}"
        paid = "spent" if self.source.paid else "by the models' price lists (nobody is paid)"
        if here == spent:
            return f"${spent / 1e6:,.4f}{most} {paid}"
        return f"${here / 1e6:,.4f} {paid} up to here; ${spent / 1e6:,.4f}{most} by the run, which is ahead"

    def step(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Go on to the next moment; a run that goes on brings it, if it is not there yet.

        *stopped*: whether whoever asked for it does not want it any more by the time it is there.
        """
        if self.source is None:
            self.running = False
            return
        there = self.source.advance(self.place + 2, PATIENCE)
        if stopped():
            return
        self.awaited = not there and self.source.going
        on = self.neighbour(1)
        self.jump(on if on < len(self.moments) else self.place + 1)

    def come_to(self, place: int) -> None:
        """Let a run come to the moment that was number *place* before it was changed there, and go to it."""
        if self.source is not None and place > self.place:
            self.source.advance(place + 2, 5.0)
            self.jump(place)
            if self.moment is not None and self.moment.kind == "change":  # what the fork adds
                self.jump(place + 1)

    def jump(self, place: int) -> None:
        """Go to moment number *place*, or as near as there is one."""
        self.place = min(max(place, 0), len(self.moments) - 1)
        more = self.place + 1 < len(self.moments)
        self.running = more or (self.going and not self.trouble)
        self.steps = max(self.place, 0)  # what Mesa's page calls a step


def _read(path: Path) -> Scenario | None:
    """The scenario in a run's folder; `None` if it cannot be read here, as the record can all the same."""
    try:
        return Scenario.read(path)
    except SocietyError:
        return None

