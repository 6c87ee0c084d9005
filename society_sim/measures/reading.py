"""Reading a record question by question: what measures of quality have in common.

One pass, and no more in memory than the questions that are on the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from society_sim.scoring import choice_of, judged
from society_sim.store import only
from society_sim.values import Record


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: the choice in it, or `None` and the reason; *model* is what the member spoke with."""

    member: int
    model: str
    choice: Any
    reason: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A question that was settled. *first* and *last* are each member's first and last answer to it, by seat.

    *gold* is `None` if no answer is known to be right.
    """

    about: str
    options: tuple[str, ...]
    first: dict[int, Said] = field(default_factory=dict)
    last: dict[int, Said] = field(default_factory=dict)
    decision: Any = None
    gold: Any = None
    correct: bool = False

    def right(self, choice: Any) -> bool:
        """Whether *choice* is the gold answer; an abstention (`None`) is not."""
        return judged(choice, self.gold)


def settled(record: Record) -> Iterator[Settled]:
    """The questions of *record* that were settled, in the order in which they were.

    >>> list(settled([{"kind": "question", "about": "q"}, {"kind": "outcome", "about": "q", "decision": None}]))[0].gold

    What a member speaks with changes with `assign`, and with who takes its seat.

    >>> said = {"kind": "answer", "about": "q", "member": 0, "value": "A"}
    >>> told = [{"kind": "member", "member": 0, "model": "old"}, {"kind": "question", "about": "q"},
    ...         {"kind": "join", "member": 0, "model": "new"}, said, {"kind": "outcome", "about": "q", "decision": "A"}]
    >>> list(settled(told))[0].last[0].model
    'new'
    """
    models: dict[int, str] = {}
    tables: dict[str, Settled] = {}
    for entry in only(record, "member", "assign", "join", "question", "answer", "outcome"):
        match entry["kind"]:
            case "member" | "assign" | "join":
                models[entry["member"]] = entry["model"]
            case "question":
                tables[entry["about"]] = Settled(entry["about"], tuple(entry.get("options", ())))
            case "answer" if entry["about"] in tables and "purpose" not in entry:
                member, table = entry["member"], tables[entry["about"]]
                said = Said(member, models.get(member, ""), choice(entry["value"]), entry.get("reason"))
                table.first.setdefault(member, said)
                table.last[member] = said
            case "outcome" if entry["about"] in tables:
                table = tables.pop(entry["about"])
                decision, gold = entry.get("decision"), entry.get("gold")
                correct = bool(entry.get("correct", False))
                yield Settled(table.about, table.options, table.first, table.last, decision, gold, correct)


def choice(value: Any) -> Any:
    """The choice within an answer as the record has it: with a confidence, among fields, or plain.

    >>> choice({"value": "A", "confidence": 0.8}), choice({"answer": "B", "reason": "so"}), choice("C")
    ('A', 'B', 'C')
    """
    value = choice_of(value)
    return tuple(value) if isinstance(value, list) else value


def share(part: float, whole: int) -> float:
    """*part* of *whole*; not a number when there is nothing to count."""
    return part / whole if whole else float("nan")


def seed(record: Record) -> int:
    """The run's seed, from the head of its record."""
    return int(next(iter(record)).get("seed", 0))
