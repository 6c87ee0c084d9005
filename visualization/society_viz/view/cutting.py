"""Where a moment of a record begins. Of how things stand it keeps no more than that depends on, so it is quick."""

from __future__ import annotations

from collections.abc import Callable

from society_viz.entries import ADDRESSING, next_wave, stand
from society_viz.events import formation, happen
from society_viz.reading import Entry
from society_viz.stage import UNDECIDED, Stage
from society_viz.stage import Moment as Happening
from society_viz.survey import continued, group, time

OPENING, QUESTION, OUTCOME, END = "opening", "question", "outcome", "end"
"""Kinds of moments beside those of `survey.group` and the kinds that mechanisms log."""
_SETUP = frozenset({"header", "member", "graph"})


class Cut:
    """Takes the entries of a record in order; `asked` counts the questions among them."""

    def __init__(self) -> None:
        self._stage = Stage()
        self._last: tuple[float, str] | None = None
        self._begun = False

    @property
    def question(self) -> int:
        """The number of the question that the last entry was about, counted from 1; 0 is before any."""
        return self._stage.table.number

    @property
    def size(self) -> int:
        """How many members and ties there are."""
        return len(self._stage.names) + len(self._stage.ties)

    def take(self, entry: Entry) -> str:
        """The kind of the moment that *entry* begins; empty if it belongs to the one that goes on."""
        stage = self._stage
        about = entry.get("about")
        if about != stage.table.about and stage.turn_to(about):
            self._last = None  # a moment is about one question
        late = stage.late(entry)
        turned = not late and stage.table.turns(entry)
        run = time(entry), group(entry["kind"])
        kind = self._begins(entry, run, turned)
        if kind:
            self._enter()
        if kind in (QUESTION, OUTCOME):
            self._last = None
        elif entry["kind"] not in _SETUP:
            self._last = continued(None if turned else self._last, run)
        fold = _FOLDS.get(entry["kind"])
        if fold is not None and not late:
            fold(stage, entry)
        return kind

    def _begins(self, entry: Entry, run: tuple[float, str], turned: bool) -> str:
        kind, stage, last = entry["kind"], self._stage, self._last
        if not self._begun:
            return OPENING
        if kind in _SETUP:
            return ""
        if kind in (QUESTION, OUTCOME, END):
            return str(kind)
        now = continued(last, run)
        if formation(entry) and last == (now[0], "answers") and stage.moment.forms == stage.moment.answers.seen:
            return ""
        return now[1] if now != last or turned or next_wave(stage, entry) else ""

    def _enter(self) -> None:
        stage, moment = self._stage, self._stage.moment
        if moment.active:  # a mechanism's word, which leaves more behind
            stage.moment = Happening()
        moment.forms = moment.answers.seen = 0
        moment.heard.clear()
        stage.closed.clear()
        stage.beats, self._begun = 1, True


def _answer(stage: Stage, entry: Entry) -> None:
    stage.moment.answers.seen += stand(stage, entry) is not None


def _outcome(stage: Stage, entry: Entry) -> None:
    stage.table.decision = UNDECIDED  # whatever it is


def _message(stage: Stage, entry: Entry) -> None:
    source, target = stage.seat(entry.get("from")), stage.seat(entry.get("to"))
    if source is not None and target is not None:
        stage.moment.heard.add(target)


_SAID = ("recognition", "proposal", "revision", "reply", "opinions", "award")
"""What mechanisms log that changes what members stand for, or ends what is bid for."""
_FOLDS: dict[str, Callable[[Stage, Entry], object]] = {
    **ADDRESSING, "answer": _answer, "message": _message, "outcome": _outcome,
    **dict.fromkeys(_SAID, happen)}  # fmt: skip
