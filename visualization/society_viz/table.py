"""A question on the table: what may be answered, what was answered so far, who leads, how it was settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from society_viz.answering import BID, BIDS, STANCES, answered, stance
from society_viz.floor import Floor
from society_viz.marking import Standing
from society_viz.reading import Entry


@dataclass(slots=True)
class Table:
    """One question, and how things stand in it. Several may be under way at once."""

    about: str = ""
    """What the record calls it."""
    number: int = 0
    """How many questions were put up to it; 0 is before any."""
    question: str = ""
    options: tuple[str, ...] = ()
    """What may be answered to the question, if it says so."""
    things: frozenset[str] = frozenset()
    """What may be bid for, if the question says so."""
    familiar: tuple[str, ...] = ()
    """Labels of the last question that said nothing of options: their colours stay if they come again."""
    found: list[str] = field(default_factory=list)
    values: dict[int, str | None] = field(default_factory=dict)
    numbers: dict[int, float] = field(default_factory=dict)
    heading: str = "Answers"
    """What the legend of the answers is called."""
    aside: tuple[list[str], dict[int, str | None], dict[int, float], str] = field(
        default_factory=lambda: ([], {}, {}, "Answers"))
    """What was answered, and how, before bids were asked for."""
    awarded: bool = False
    """Whether the bids that stand are for something that has been given to somebody since."""
    won: dict[int, list[str]] = field(default_factory=dict)
    """What was given to whom."""
    marks: Standing = field(default_factory=dict)
    """Marks that stay until the next question is put."""
    communities: dict[str, str] = field(default_factory=dict)
    """What each community decided."""
    decision: str = ""
    """How it was settled; empty as long as it is under way."""
    right: bool | None = None
    house: float = 0
    chair: int = -1
    proposed: tuple[int, ...] = ()
    governing: tuple[int, ...] = ()
    begun: float = 0.0
    """When it was put."""
    floor: Floor | None = None
    """The market in which it is settled, if it is in one."""

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
