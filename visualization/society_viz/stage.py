"""How things stand while a record is read: who is there, who is tied to whom, what they answer, who governs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar

from society_viz.film import Tie
from society_viz.floor import Floor
from society_viz.reading import Entry
from society_viz.words import clean, spoken

T = TypeVar("T")
_SAID, _ANSWERS = 24, 400
_ANSWER_FIELDS = ("answer", "choice", "vote", "stance", "reply", "action", "option", "decision", "value")
HISTORY = "likeness"
"""An outcome with this field stands beside what happened in fact, which is not what would have been right."""
_STANCE_FIELDS = ("reply", "stance", "answer", "action", "value", "vote")
_REASON_FIELDS = ("reason", "because", "why", "explanation")


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
    question: str = ""
    asked: int = 0
    settled: int = 0
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
        """Whether *entry* answers in another way than before: a reply after ballots, or a ballot after replies."""
        kind = entry["kind"]
        if not self.found or kind not in ("answer", "reply"):
            return False
        label = answered(entry)[0] if kind == "answer" else stance(entry)
        return bool(label) and (label in STANCES) != (self.found[0] in STANCES)

    def answer(self, seat: int, label: str | None) -> None:
        """Let *seat* stand for *label* from now on (`None`: it abstains)."""
        self.values[seat] = label
        if label is not None and label not in self.found and len(self.found) < 200:
            self.found.append(label)


def answered(entry: Entry) -> tuple[str | None, float | None, str, str]:
    """What an answer comes down to: a label, a number if it is one, the whole of it in words, and its reason.

    A ranking comes down to what it puts first.

    >>> answered({"kind": "answer", "value": {"ranking": ["C", "A"]}})
    ('C', None, 'ranking C, A', '')
    """
    value = entry.get("value")
    if value is None:
        return None, None, "", ""
    if isinstance(value, (int, float)) or (isinstance(value, str) and len(value) < 200):
        return _plainly(value)
    whole, reason = spoken(value, 120), ""
    if isinstance(value, dict):
        reason = next((clean(value[key], 200) for key in _REASON_FIELDS if isinstance(value.get(key), str)), "")
        confidence = value.get("confidence")
        inner = next((value[key] for key in _ANSWER_FIELDS if value.get(key) is not None), None)
        ranking = value.get("ranking")
        if inner is None and isinstance(ranking, list) and ranking:
            return spoken(ranking[0], 60), None, whole, reason
        if inner is None:
            return "", None, whole, reason  # a form of many fields: words, but no ballot
        if inner is not None:
            whole = spoken(inner, 80)
            if isinstance(confidence, (int, float)) and 0 <= confidence <= 100:
                whole += f" ({confidence * (100 if confidence <= 1 else 1):.0f}%)"
            value = inner
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return spoken(value, 60), None, whole, reason
    return spoken(value, 60), float(value), whole, reason


@lru_cache(4_096, typed=True)
def _plainly(value: str | float) -> tuple[str, float | None, str, str]:
    """`answered` for a value that is no form: of these the same few come again and again."""
    amount = None if isinstance(value, (bool, str)) else float(value)
    return spoken(value, 60), amount, spoken(value, 120), ""


STANCES = ("support", "oppose", "refine", "compromise")
"""What a reply to a proposal comes down to (Moghimifar et al. 2024)."""
_STANCES = {
    "accept": "support", "accepts": "support", "agree": "support", "sign": "support", "support": "support",
    "oppose": "oppose", "reject": "oppose", "rejects": "oppose", "refuse": "oppose", "decline": "oppose",
    "refine": "refine", "amend": "refine", "revise": "refine", "counter": "refine", "compromise": "compromise",
}  # fmt: skip


def stance(entry: Entry) -> str | None:
    """What a party's reply comes down to: one of `STANCES`, or its own word; `None` if it said nothing."""
    said = first_of(entry, _STANCE_FIELDS)
    if said is None:
        return None
    words = spoken(said, 40).casefold()
    return _STANCES.get(words.split(" ")[0].strip(".,:"), words)


def first_of(entry: Entry, keys: tuple[str, ...]) -> Any:
    """The first of *keys* that the entry says something under."""
    return next((entry[key] for key in keys if entry.get(key) not in (None, "", [], {})), None)
