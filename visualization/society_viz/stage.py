"""How things stand while a record is read: who is there, who is tied to whom, what they answer, who governs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from society_viz.film import Tie
from society_viz.marking import Standing
from society_viz.reading import Entry
from society_viz.table import Table
from society_viz.words import clean

T = TypeVar("T")
_SAID, _ANSWERS, _TABLES = 24, 400, 1_000
UNDECIDED = "no decision"
HISTORY = "likeness"
"""An outcome with this field stands beside what happened in fact, which is not what would have been right."""


class Sample(Generic[T]):
    """At most *most* of the items added, evenly spread; `seen` counts them all.

    >>> few = Sample(4)
    >>> for item in range(10): few.add(item)
    >>> few.seen, list(few)
    (10, [0, 4, 8])
    """

    __slots__ = ("_items", "_stride", "most", "seen")

    def __init__(self, most: int) -> None:
        self.most, self.seen, self._stride = most, 0, 1
        self._items: list[T] = []

    def add(self, item: T) -> None:
        """Take note of one more item."""
        if self.seen % self._stride == 0:
            self._items.append(item)
            if len(self._items) > self.most:
                self._items = self._items[::2]
                self._stride *= 2
        self.seen += 1

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


@dataclass(slots=True)
class Said:
    """An answer: what it comes down to (`None`: an abstention), what it was before, and why."""

    seat: int
    label: str | None
    before: str | None
    full: str
    reason: str
    saw: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that changes hands, between seats or other accounts; *amount* is in the smallest parts of its unit."""

    source: int | str
    target: int | str
    amount: float
    unit: str
    why: str


@dataclass(slots=True)
class Moment:
    """What has happened since the last beat."""

    t: float = 0.0
    runs: int = 0
    answers: Sample[Said] = field(default_factory=lambda: Sample(_ANSWERS))
    tally: dict[str, int] = field(default_factory=dict)
    abstained: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    seeing: int = 0
    marks: Standing = field(default_factory=dict)
    """Marks that are over with it."""
    marked: dict[str, Sample[tuple[int, int | None]]] = field(default_factory=dict)
    """Which marks say nothing of themselves: at whom they are new, and to whom they lead."""
    words: list[tuple[int, int, str]] = field(default_factory=list)
    delivered: int = 0
    silent: int = 0
    lost: int = 0
    refused: list[tuple[int, int, str]] = field(default_factory=list)
    turned_away: int = 0
    flows: Sample[tuple[int, int, str]] = field(default_factory=lambda: Sample(400))
    linked: Sample[tuple[int, int, str]] = field(default_factory=lambda: Sample(6))
    unlinked: Sample[tuple[int, int, str]] = field(default_factory=lambda: Sample(6))
    reweighted: int = 0
    assigned: list[tuple[int, str]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    hidden: int = 0
    told: bool = False
    """Whether the events say what was answered and said already."""
    forms: int = 0
    """How many of the answers were forms of several fields."""
    active: set[int] = field(default_factory=set)
    heard: set[int] = field(default_factory=set)
    paid: Sample[Payment] = field(default_factory=lambda: Sample(6))
    dealt: bool = False
    """Whether anything happened in a market, which says what was answered."""

    @property
    def empty(self) -> bool:
        """Whether nothing has happened that would be worth a beat."""
        return not (
            self.answers.seen
            or self.delivered
            or self.silent
            or self.turned_away
            or self.lost
            or self.linked.seen
            or self.unlinked.seen
            or self.reweighted
            or self.assigned
            or self.events
            or self.marked
            or self.paid.seen
            or self.dealt
        )

    def mark(self, name: str, seat: int, to: int | None) -> None:
        """Note that the mark *name* is new at *seat*, and leads to the seat *to*."""
        self.marked.setdefault(name, Sample(6)).add((seat, to))

    def tell(self, line: str) -> None:
        """Add a caption of a logged event."""
        if not line:
            return
        if len(self.events) < _SAID:
            self.events.append(line)
        else:
            self.hidden += 1


@dataclass(slots=True)
class Stage:
    """The state that the entries of a record are folded into."""

    names: dict[int, str] = field(default_factory=dict)
    weights: dict[int, float] = field(default_factory=dict)
    order: dict[int, float] = field(default_factory=dict)
    attributes: dict[int, dict[str, Any]] = field(default_factory=dict)
    ties: dict[tuple[int, int], tuple[str, int]] = field(default_factory=dict)
    opening: list[tuple[int, int, str]] = field(default_factory=list)
    closed: list[Tie] = field(default_factory=list)
    since: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    """Seats that are vacant."""
    vacant: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)
    """The ties that each vacant seat had when it was left."""
    turnover: int = 0
    """How often anything changed that the places in the picture depend on."""
    header: dict[str, Any] = field(default_factory=dict)
    asked: int = 0
    settled: int = 0
    sums: dict[str, list[float]] = field(default_factory=dict)
    """Of each number that outcomes have: its sum, and how many have it."""
    decisions: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    """How many of what accounts count make one coin, or one of another unit."""
    judged: int = 0
    correct: int = 0
    beats: int = 0
    t: float = 0.0
    marks: Standing = field(default_factory=dict)
    """Marks that stay to the end."""
    kinds_of_marks: list[str] = field(default_factory=list)
    """The names of all marks so far, in the order in which they came: each has its look by its place here."""
    moment: Moment = field(default_factory=Moment)
    table: Table = field(default_factory=Table)
    """The question that the last entry was about."""
    tables: dict[str, Table] = field(default_factory=dict)
    """The questions under way, by what the record calls them, and that which was just settled."""
    over: dict[str, int] = field(default_factory=dict)
    """The numbers of the last questions that were settled, by what the record calls them."""

    def seat(self, value: Any) -> int | None:
        """The seat that *value* (a seat or a member's name) stands for; `None` if nobody's."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value if value in self.names else None
        if isinstance(value, str):
            named = clean(value, 60)
            return next((seat for seat, name in self.names.items() if name == named), None)
        return None

    def seats(self, values: Any) -> list[int]:
        """The seats that *values* (one or several, by seat or name) stand for."""
        several = values if isinstance(values, list) else list(values) if isinstance(values, dict) else [values]
        several = [int(one) if isinstance(one, str) and one.isdecimal() and len(one) < 9 else one for one in several]
        return [seat for one in several if (seat := self.seat(one)) is not None]

    def name(self, seat: int) -> str:
        """A member's name."""
        return self.names.get(seat) or f"member {seat}"

    def called(self, seats: Iterable[int]) -> list[str]:
        """The names of members."""
        return [self.name(seat) for seat in seats]

    def put(self, table: Table) -> None:
        """Put another question on the table; those that are not settled stay under way."""
        self._leave()
        self.table = table
        self.tables[table.about] = table
        self.over.pop(table.about, None)
        for known in (self.tables, self.over):
            while len(known) > _TABLES:  # a record that settles nothing, or very much
                del known[next(iter(known))]

    def turn_to(self, about: Any) -> bool:
        """Turn to the question that the record calls *about*; whether it is under way, and another than before.

        An entry that says nothing of a question goes with the one before it.
        """
        table = self.tables.get(about) if isinstance(about, str) else None
        if table is None or table is self.table:
            return False
        self._leave()
        self.table = table
        return True

    def _leave(self) -> None:
        if self.table.decision:
            self.tables.pop(self.table.about, None)
            self.over[self.table.about] = self.table.number

    def late(self, entry: Entry) -> int:
        """The number of the question that *entry* answers although another came after it was settled; 0 if it does not.

        A mechanism need not wait for all whom it has asked.
        """
        about = entry.get("about")
        if entry["kind"] != "answer" or not isinstance(about, str) or about in self.tables:
            return 0
        return self.over.get(about, 0)

    def looking_at(self, number: int) -> Stage:
        """How things stand for who looks at question *number*, if it is under way; else at the last that was acted on.

        Of what happens in another question there is nothing to be seen but ties that come and go.
        """
        table = next((one for one in self.tables.values() if one.number == number), self.table)
        if table is self.table:
            return self
        moment = Moment(t=self.t, linked=self.moment.linked, unlinked=self.moment.unlinked)
        return replace(self, table=table, moment=moment)
