"""What led to an answer and what came of it, from a run's folder: message, memory, prompt, answer, reading, effect."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from society_sim.display import steps
from society_sim.errors import nearest
from society_viz.errors import VizError
from society_viz.reading import find_record
from society_viz.view.known import Facts, Known
from society_viz.view.member import chain
from society_viz.view.track import Cursor, Track
from society_viz.words import clean


@dataclass(frozen=True, slots=True)
class Explained:
    """Steps in order, each with its lines, of one answer of the member *name* to the question *about*."""

    name: str
    about: str
    steps: tuple[tuple[str, tuple[str, ...]], ...]

    def __repr__(self) -> str:
        shown = [f"{step}\n" + "\n".join(f"  {line}" for line in lines) for step, lines in self.steps]
        return "\n".join([f"{self.name} on {self.about}", *shown])

    def _repr_html_(self) -> str:
        return steps(f"{self.name} on {self.about}", self.steps)


def explain(run: Path | str, member: int | str, about: str = "", number: int = -1) -> Explained:
    """What led to an answer of *member* (a seat or a name) in the run at *run*, its folder.

    *about*: the id of the question; the last that it answered, if left out. *number*: which of its answers to that
    question, from 0; -1 is the last. Prompt and answer come from the tape, the rest from the record; nobody is asked.
    `VizError` if there is no such member or answer, or no record that can be read to its end.
    """
    record = find_record(Path(run))
    track = Track(record)
    track.read()
    if track.trouble:
        raise VizError(track.trouble)
    if not track.moments:
        raise VizError(f"{record} has no moments yet: the run has not begun")
    last = len(track.moments) - 1
    stage = Cursor(track).to(last)
    known = Known(stage, track.moments[last], last, *Facts(track).until(last), track)
    seat = next((seat for seat in stage.names if member in (seat, stage.name(seat))), None)
    if seat is None:
        raise VizError(f"there is no member {member!r}; seats are 0 to {max(stage.names, default=0)}, and names: "
                       f"{nearest(str(member), stage.names.values())[:300]}")  # fmt: skip
    theirs = [entry for entry in known.only("answer") if entry.get("member") == seat]
    about = about or str(theirs[-1].get("about", "")) if theirs else about
    acts = [entry for entry in theirs if str(entry.get("about", "")) == about]
    if not acts:
        raise VizError(f"{stage.name(seat)} gave no answer about {about or 'anything'!r}; "
                       f"{nearest(about, {str(entry.get('about', '')) for entry in theirs})[:300]}")  # fmt: skip
    if not -len(acts) <= number < len(acts):
        raise VizError(f"{stage.name(seat)} gave {len(acts)} answers about {about}; there is no number {number}")
    rows = chain(known, seat, str(acts[number].get("key", "")), record.parent)
    named = tuple((str(step), tuple(map(str, lines))) for step, lines in rows)
    return Explained(stage.name(seat), clean(about, 60), named)
