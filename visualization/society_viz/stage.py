"""How things stand while a record is read: who is there, who is tied to whom, what they answer, who governs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from society_viz.answering import BID, BIDS, STANCES, answered, stance
from society_viz.film import Tie
from society_viz.floor import Floor
from society_viz.reading import Entry
from society_viz.words import clean

T = TypeVar("T")
_SAID, _ANSWERS = 24, 400
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
            or self.paid.seen
            or self.dealt
        )

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
    values: dict[int, str | None] = field(default_factory=dict)
    numbers: dict[int, float] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    options: tuple[str, ...] = ()
    """What may be answered to the question, if it says so."""
    things: frozenset[str] = frozenset()
    """What may be bid for, if the question says so."""
    heading: str = "Answers"
    """What the legend of the answers is called."""
    familiar: tuple[str, ...] = ()
    """Labels of the last question that said nothing of options: their colours stay if they come again."""
    aside: tuple[list[str], dict[int, str | None], dict[int, float], str] = field(
        default_factory=lambda: ([], {}, {}, "Answers"))
    """What was answered, and how, before bids were asked for."""
    awarded: bool = False
    """Whether the bids that stand are for something that has been given to somebody since."""
    won: dict[int, list[str]] = field(default_factory=dict)
    """What was given to whom about this question."""
    question: str = ""
    asked: int = 0
    settled: int = 0
    sums: dict[str, list[float]] = field(default_factory=dict)
    """Of each number that outcomes have: its sum, and how many have it."""
    decisions: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    """How many of what accounts count make one coin, or one of another unit."""
    communities: dict[int, str] = field(default_factory=dict)
    """What each community decided about the question."""
    judged: int = 0
    correct: int = 0
    decision: str = ""
    right: bool | None = None
    house: float = 0
    chair: int = -1
    proposed: tuple[int, ...] = ()
    governing: tuple[int, ...] = ()
    beats: int = 0
    t: float = 0.0
    begun: float = 0.0
    """When the question was put."""
    floor: Floor | None = None
    """The market in which the question is settled, if it is in one."""
    moment: Moment = field(default_factory=Moment)

    def seat(self, value: Any) -> int | None:
        """The seat that *value* (a seat or a member's name) stands for; `None` if nobody's."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value if value in self.names else None
        if isinstance(value, str):
            return next((seat for seat, name in self.names.items() if name == clean(value, 60)), None)
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

    def turns(self, entry: Entry) -> bool:
        """Whether *entry* answers in another way than before: a reply after ballots, a bid for the next thing."""
        kind = entry["kind"]
        if kind not in ("answer", "reply") or not self.values:
            return False
        bids = entry.get("purpose") == BID
        if kind == "answer" and entry.get("purpose") and not bids:
            return False
        if bids != (self.heading == BIDS) or (bids and self.awarded):
            return True
        if not self.found:
            return False
        label = answered(entry)[0] if kind == "answer" else stance(entry)
        return bool(label) and (label in STANCES) != (self.found[0] in STANCES)

    def hold(self, seat: int, opinion: Any) -> None:
        """Let *seat* stand for *opinion*, a number or a word."""
        label, amount, _, _ = answered({"value": opinion})
        self.answer(seat, label)
        if amount is not None:
            self.numbers[seat] = amount

    def ready(self, entry: Entry) -> None:
        """Make room for what *entry* answers: for bids, for stances, or for answers as there were before the bids."""
        turned, bids = self.turns(entry), entry.get("purpose") == BID
        if bids != (self.heading == BIDS):
            here = self.found, self.values, self.numbers, self.heading
            if bids:
                self.aside, self.heading = here, BIDS
                self.found, self.values, self.numbers = [], {}, {}
            else:
                self.found, self.values, self.numbers, self.heading = self.aside
        elif turned:
            self.found, self.values, self.numbers = [], {}, {}
        self.awarded = self.awarded and not turned

    def answer(self, seat: int, label: str | None) -> None:
        """Let *seat* stand for *label* from now on (`None`: it abstains)."""
        self.values[seat] = label
        if label is None or label in self.found or len(self.found) >= 200:
            return
        if not self.options and label in self.familiar:
            self.found = [*self.familiar, *(other for other in self.found if other not in self.familiar)]
        else:
            self.found.append(label)
