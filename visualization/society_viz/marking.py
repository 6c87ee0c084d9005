"""Marks: what entries of a record look like, in every picture of it. One function in one file, found by its decorator.

>>> from society_viz.stage import Stage
>>> @mark
... def warning(entry, stage):
...     '''Warned by the chair.'''
...     yield At(entry["member"], "!", stays="question")
>>> stage = Stage(names={0: "Ann", 1: "Bo"})
>>> draw(stage, {"kind": "warning", "t": 3.0, "member": "Bo"})
True
>>> list(standing(stage))
[('warning', At(member=1, sign='!', stays='question'))]

The first line of its docstring is its row of the legend. It tells in a caption as well who is marked, unless the mark
yields words of its own. A mark is a picture of the record and changes nothing in it.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from society_sim.errors import ScenarioError, hint
from society_sim.registry import F, Kind, Part
from society_viz.errors import VizError
from society_viz.film import Mark
from society_viz.words import clean, spoken

if TYPE_CHECKING:
    from society_viz.reading import Entry
    from society_viz.stage import Stage

Stay = Literal["moment", "question", "run"]
"""How long a mark is seen: as long as the moment that brings it, until the next question is put, or to the end."""
Standing = dict[tuple[str, int], tuple["At | Along", ...]]
"""What is seen under a name at a seat: what the newest entry brought there, with seats for members."""
_SIGN, _SAID, _MOST = 2, 300, 100_000


@dataclass(frozen=True, slots=True)
class At:
    """At *member* (its seat or its name): a badge with a *sign* of one or two letters, or a ring if there is none."""

    member: Any
    sign: str = ""
    stays: Stay = "moment"

    def __post_init__(self) -> None:
        _check(self.stays)


@dataclass(frozen=True, slots=True)
class Along:
    """An arrow from one member to another (their seats or names), whether or not a tie joins them.

    *told*: whether the messages along it tell no more than it shows, and are not drawn beside it.
    """

    source: Any
    target: Any
    stays: Stay = "moment"
    told: bool = False

    def __post_init__(self) -> None:
        _check(self.stays)


@dataclass(frozen=True, slots=True)
class Off:
    """Takes this mark off *member*, with the arrows that begin there."""

    member: Any


def _check(stays: Any) -> None:
    if stays not in get_args(Stay):
        raise VizError(f"a mark stays for the 'moment', the 'question' or the 'run', not {clean(repr(stays), 40)}")


class _Marks(Kind):
    """The decorator `mark`, which knows as well which marks look at which kind of entry."""

    def __init__(self, name: str, package: str) -> None:
        super().__init__(name, package, often=True)
        self._looks: dict[str, str] = {}  # at which kind of entry each mark looks
        self._known: dict[str, tuple[Part, ...]] | None = None
        self._lock = threading.Lock()  # pictures are drawn on some threads, and scenarios' code is run on others

    @overload
    def __call__(self, function: F) -> F: ...

    @overload
    def __call__(self, *, of: str) -> Callable[[F], F]: ...

    def __call__(self, function: Any = None, *, of: str = "") -> Any:
        """Register *function* as a mark of entries of the kind *of*; if left out, of its own name."""
        if function is None:
            return lambda decorated: self._add(decorated, of)
        return self._add(function, of)

    def _add(self, function: F, of: str) -> F:
        part = Part(self.name, function.__name__, function)
        takes = inspect.signature(function).parameters.values()
        if len(takes) != 2 or any(one.kind not in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in takes):
            raise ScenarioError(f"{part.place}: the mark {part.name!r} takes an entry and a stage, and nothing else; "
                                "which kind of entry it looks at is said by @mark(of=...)")  # fmt: skip
        if not str(function.__module__).startswith("society_viz."):
            self._load()  # those of the package come first, so that a second one of a name is told here
        with self._lock:
            super().__call__(function)
            self._looks[part.name] = of or part.name
            self._known = None
        return function

    def of(self, kind: str) -> tuple[Part, ...]:
        """The marks that look at entries of *kind*."""
        known = self._known
        if known is None:
            self._load()  # outside of the lock, which those that are loaded take
            with self._lock:
                known = {}
                for name, part in sorted(self._parts.items()):
                    of = self._looks.get(name, name)
                    known[of] = (*known.get(of, ()), part)
                self._known = known
        return known.get(kind, ())


mark = _Marks("mark", "society_viz.marks")
"""Registers a mark: a function of an entry and of how things stand with it (a `Stage`), which yields `At`, `Along`,
`Off`, and words. It is shown the entries of the kind that it is called itself, or with `@mark(of="answer")` of that."""


def draw(stage: Stage, entry: Entry) -> bool:
    """Let the marks of *entry* be seen on *stage*; whether there were any.

    What an entry brings under one name stands at a member (or begins there) in the place of what an earlier one
    brought. Members that are not there have no marks. Raises `VizError`, with its place, if the function of a mark
    fails, or gives what is none.
    """
    drawn = False
    for part in mark.of(entry["kind"]):
        given, words = _given(part, entry, stage)
        for line in words:
            stage.moment.tell(line)
        _put(stage, part.name, given, not words)
        drawn = drawn or bool(words or given)
    return drawn


def standing(stage: Stage) -> Iterator[tuple[str, At | Along]]:
    """The marks that are seen now, each with its name; members are seats."""
    for room in (stage.marks, stage.table.marks, stage.moment.marks):
        for (name, _), some in room.items():
            yield from ((name, one) for one in some)


def label(name: str) -> str:
    """What the mark *name* is called in a legend: the first line of its docstring; its name, if it has none."""
    words = clean(mark.get(name).about.rstrip("."), 60) or name.replace("_", " ")
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def marks(stage: Stage) -> tuple[tuple[tuple[int, int, int], ...], tuple[tuple[int, str, int], ...]]:
    """What is seen now, as plain values: arrows (from, to, which), and badges and rings (at, sign, which)."""
    which = {name: at for at, name in enumerate(stage.kinds_of_marks)}
    arrows, badges = [], []
    for name, one in standing(stage):
        if isinstance(one, Along):
            arrows.append((one.source, one.target, which[name]))
        else:
            badges.append((one.member, one.sign, which[name]))
    return tuple(sorted(arrows)), tuple(sorted(badges))


def named(
    names: Sequence[str], arrows: Iterable[Sequence[Any]], badges: Iterable[Sequence[Any]]
) -> tuple[Mark, ...]:
    """The rows that a legend has for marks: what each is called, and what it looks like where it is first seen."""
    looks: dict[int, tuple[str, str]] = {}
    for _, sign, which in badges:
        looks.setdefault(which, ("badge" if sign else "ring", sign))
    for _, _, which in arrows:
        looks.setdefault(which, ("arrow", ""))
    return tuple(Mark(label(name), *looks.get(at, ("", ""))) for at, name in enumerate(names))


def _given(part: Part, entry: Entry, stage: Stage) -> tuple[list[At | Along | Off], list[str]]:
    """What the mark gives, with seats for members, of whom nobody is missing; and its words."""
    placed: list[At | Along | Off] = []
    words: list[str] = []
    try:
        given = part.function(entry, stage)
        several = [given] if isinstance(given, (str, At, Along, Off)) else given or ()
        for at, one in enumerate(islice(several, _MOST + 1)):
            if at == _MOST:
                raise VizError(f"it gives more than {_MOST:,} marks of one entry")
            if isinstance(one, str):
                words.append(clean(one, _SAID))
            elif isinstance(one, (At, Along, Off)):
                placed += _placed(stage, one)
            elif one is not None:
                raise VizError(f"it gives {clean(repr(one), 40)}; a mark gives At, Along, Off, or words")
    except Exception as error:  # a function of a user: whatever it raises is told, with its place
        what = f"an entry {clean(entry['kind'], 40)!r} of t = {clean(entry.get('t', 0), 20)}"
        why = clean(error, 200) if isinstance(error, VizError) else (
            clean(f"{type(error).__name__}: {error}{hint(error)}", 400))
        raise VizError(f"{part.place}: the mark {part.name!r} fails at {what}: {why}") from error
    return placed, words


def _placed(stage: Stage, one: At | Along | Off) -> Iterator[At | Along | Off]:
    """*one* with seats for members, and a sign that can be read; nothing where somebody is not there."""
    if isinstance(one, Along):
        source, target = _seat(stage, one.source), _seat(stage, one.target)
        if source is not None and target is not None and source != target:
            yield replace(one, source=source, target=target)
    elif (seat := _seat(stage, one.member)) is not None:
        sign = "" if isinstance(one, Off) or one.sign is None else spoken(one.sign, _SIGN)
        yield Off(seat) if isinstance(one, Off) else replace(one, member=seat, sign=sign)


def _seat(stage: Stage, member: Any) -> int | None:
    """The seat of *member*; a number may be written as a text, as the keys of a record are."""
    seat = stage.seat(member)
    written = seat is None and isinstance(member, str) and member.isdecimal() and len(member) < 9
    return stage.seat(int(member)) if written else seat


def _put(stage: Stage, name: str, given: Sequence[At | Along | Off], told: bool) -> None:
    """Let what one entry gave under *name* stand on *stage*; who is marked is *told*, unless the mark did."""
    new: dict[int, dict[int | None, At | Along]] = {}
    for one in given:
        if isinstance(one, Off):
            new[one.member] = {}
        elif isinstance(one, Along):
            new.setdefault(one.source, {})[one.target] = one
        else:
            new.setdefault(one.member, {})[None] = one
    rooms: dict[Stay, Standing] = {"moment": stage.moment.marks, "question": stage.table.marks, "run": stage.marks}
    for seat, some in new.items():
        for stays, room in rooms.items():
            room.pop((name, seat), None)
            if own := tuple(one for one in some.values() if one.stays == stays):
                room[name, seat] = own
        if some:
            stage.moment.active.add(seat)
        for to in some if told else ():
            stage.moment.mark(name, seat, to)
    if any(new.values()) and name not in stage.kinds_of_marks:
        stage.kinds_of_marks.append(name)
