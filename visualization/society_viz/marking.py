"""Marks: what entries of a record look like, in every picture of it. One function in one file, found by its decorator.

>>> from society_viz.stage import Stage
>>> @mark
... def warning(entry, stage):
...     '''Warned by the chair.'''
...     yield At(entry["member"], "!", stays="question")
>>> stage = Stage(names={0: "Ann", 1: "Bo"})
>>> draw(stage, {"kind": "warning", "t": 3.0, "member": "Bo"})
True
>>> standing(stage)
{('warning', 1): At(member=1, sign='!', stays='question')}

The first line of its docstring is its row of the legend. It tells in a caption as well who is marked, unless the mark
yields words of its own. A mark is a picture of the record and changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from society_sim.registry import F, Kind, Part
from society_viz.errors import VizError
from society_viz.film import Mark
from society_viz.words import clean

if TYPE_CHECKING:
    from society_viz.reading import Entry
    from society_viz.stage import Stage

Stay = Literal["moment", "question", "run"]
"""How long a mark is seen: as long as the moment that brings it, until the next question is put, or to the end."""
_SIGN, _SAID = 2, 300


@dataclass(frozen=True, slots=True)
class At:
    """At *member* (its seat or its name): a badge with a *sign* of one or two letters, or a ring if there is none."""

    member: Any
    sign: str = ""
    stays: Stay = "moment"


@dataclass(frozen=True, slots=True)
class Along:
    """An arrow from one member to another (their seats or names), whether or not a tie joins them."""

    source: Any
    target: Any
    stays: Stay = "moment"


@dataclass(frozen=True, slots=True)
class Off:
    """Takes this mark off *member*, or the arrow that begins there."""

    member: Any


class _Marks(Kind):
    """The decorator `mark`, which knows as well which marks look at which kind of entry."""

    _of: dict[str, tuple[Part, ...]] | None = None

    def __call__(self, function: F) -> F:
        self._of = None
        return super().__call__(function)

    def of(self, kind: str) -> tuple[Part, ...]:
        """The marks that look at entries of *kind*."""
        if self._of is None:
            found: dict[str, tuple[Part, ...]] = {}
            for name, part in self.parts.items():
                of = str(part.parameters["of"].default) if "of" in part.parameters else name
                found[of] = (*found.get(of, ()), part)
            self._of = found
        return self._of.get(kind, ())


mark = _Marks("mark", "society_viz.marks", often=True)
"""Registers a mark: a function of an entry and of how things stand before it (a `Stage`), which yields `At`, `Along`,
`Off`, and words. It is shown the entries whose kind is its own name, or that which its parameter *of* is given."""


def draw(stage: Stage, entry: Entry) -> bool:
    """Let the marks of *entry* be seen on *stage*; whether there were any.

    One stands at a member (or begins there) under each name: a newer one takes its place. Members that are not there
    have no marks. Raises `VizError`, with its place, if the function of a mark fails.
    """
    drawn = False
    for part in mark.of(entry["kind"]):
        given = _given(part, entry, stage)
        told = [clean(one, _SAID) for one in given if isinstance(one, str)]
        for line in told:
            stage.moment.tell(line)
        new = [there for there in (_placed(stage, one) for one in given) if there is not None]
        for one in new:
            _put(stage, part.name, one, not told)
        drawn = drawn or bool(told or new)
    return drawn


def standing(stage: Stage) -> Mapping[tuple[str, int], At | Along]:
    """The marks that are seen now, by their name and the seat that they stand at."""
    return {**stage.marks, **stage.table.marks, **stage.moment.marks}


def lookup(name: str) -> str:
    """What the mark *name* is called in a legend."""
    words = clean(mark.get(name).about.rstrip("."), 60)
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def marks(stage: Stage) -> tuple[tuple[tuple[int, int, int], ...], tuple[tuple[int, str, int], ...]]:
    """What is seen now, as plain values: arrows (from, to, which), and badges and rings (at, sign, which)."""
    arrows, badges = [], []
    for (name, seat), one in sorted(standing(stage).items()):
        which = stage.kinds_of_marks.index(name)
        if isinstance(one, Along):
            arrows.append((seat, one.target, which))
        else:
            badges.append((seat, one.sign, which))
    return tuple(arrows), tuple(badges)


def named(
    names: Sequence[str], arrows: Iterable[Sequence[Any]], badges: Iterable[Sequence[Any]]
) -> tuple[Mark, ...]:
    """The rows that a legend has for marks: what each is called, and what it looks like where it is first seen."""
    looks: dict[int, tuple[str, str]] = {}
    for _, sign, which in badges:
        looks.setdefault(which, ("badge" if sign else "ring", sign))
    for _, _, which in arrows:
        looks.setdefault(which, ("arrow", ""))
    return tuple(Mark(lookup(name), *looks.get(at, ("", ""))) for at, name in enumerate(names))


def _given(part: Part, entry: Entry, stage: Stage) -> list[Any]:
    try:
        given = part.function(entry, stage)
        return [given] if isinstance(given, (str, At, Along, Off)) else list(given or ())
    except Exception as error:  # a function of a user: whatever it raises is told, with its place
        what = f"an entry {clean(entry['kind'], 40)!r} of t = {clean(entry.get('t', 0), 20)}"
        why = f"{type(error).__name__}: {clean(error, 200)}"
        raise VizError(f"{part.place}: the mark {part.name!r} fails at {what}: {why}") from error


def _placed(stage: Stage, one: Any) -> At | Along | Off | None:
    """*one* with seats for members; `None` for words, and where somebody is not there."""
    if isinstance(one, Along):
        source, target = stage.seat(one.source), stage.seat(one.target)
        there = source is not None and target is not None and source != target
        return replace(one, source=source, target=target) if there else None
    if isinstance(one, (At, Off)) and (seat := stage.seat(one.member)) is not None:
        return replace(one, member=seat, sign=clean(one.sign, _SIGN)) if isinstance(one, At) else Off(seat)
    return None


def _put(stage: Stage, name: str, one: At | Along | Off, told: bool) -> None:
    seat = one.source if isinstance(one, Along) else one.member
    rooms = {"moment": stage.moment.marks, "question": stage.table.marks, "run": stage.marks}
    for room in rooms.values():
        room.pop((name, seat), None)
    if isinstance(one, Off):
        return
    rooms[one.stays][name, seat] = one
    if name not in stage.kinds_of_marks:
        stage.kinds_of_marks.append(name)
    stage.moment.active.add(seat)
    if told:
        stage.moment.mark(name, seat, one.target if isinstance(one, Along) else None)
