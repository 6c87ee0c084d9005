"""What a run came to, read from its record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from society_sim.backends.taped import Count
from society_sim.errors import FAILURES, NOT_CALLED, ScenarioError
from society_sim.ledger import money
from society_sim.readable import number, place
from society_sim.rows import Rows
from society_sim.scenario import Scenario
from society_sim.store import RECORD, RecordFile, RecordKept, Store, only
from society_sim.values import Record


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to. *digest* is the sha256 of its record; *abstentions* counts answers that were none."""

    folder: Path | None
    digest: str
    outcomes: Rows
    measures: dict[str, float]
    asked: int
    reused: int
    tokens: int
    micro_usd: int
    abstentions: dict[str, int]
    record: RecordFile | RecordKept = field(repr=False)
    trouble: str = ""
    """What to look into, if answers failed or nobody answered anything."""
    doubtful: int = 0
    """Micro-dollars that calls may have cost, at most, which broke off after they were sent; *micro_usd* has none."""
    answers: int = 0
    """How many answers the record has, abstentions among them."""
    lost: str = ""
    """How many of them are not on the tape, in words: a tape that was cut, or taken away."""
    mended: str = ""
    """What was wrong with the record, if it was made anew from the tape."""

    @property
    def unreached(self) -> bool:
        """Whether nobody was reached: calls failed, and none brought anything."""
        return unreached(self.answers, self.abstentions)

    def __repr__(self) -> str:
        measured = "".join(f"{name}={number(value)}, " for name, value in self.measures.items())
        kept = place(self.folder) if self.folder else "in memory"
        return (f"<Result {measured}{len(self.outcomes):,} outcomes, {self.asked:,} asked, {self.reused:,} reused, "
                f"{money(self.micro_usd)}, {kept}, {self.digest[:8]}>")  # fmt: skip

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.result(self)


def unreached(answers: int, abstentions: Mapping[str, int]) -> bool:
    """Whether, of so many *answers*, some calls failed and none brought anything.

    >>> unreached(3, {"unreachable": 2, "out of budget": 1}), unreached(3, {"unreachable": 2, "unreadable": 1})
    (True, False)
    """
    failed = sum(count for reason, count in abstentions.items() if reason in FAILURES)
    uncalled = sum(count for reason, count in abstentions.items() if reason in NOT_CALLED)
    return failed > 0 and failed + uncalled == answers


def measure(scenario: Scenario, record: Record) -> dict[str, float]:
    """The scenario's measures of *record*."""
    found = {}
    for name, part, parameters in scenario.measures:
        with scenario.placing("measures", name):
            found[name] = _number(name, part.function(record, **parameters))
    return found


def _number(measure: str, given: Any) -> float:
    try:
        return float(given)
    except (TypeError, ValueError):
        raise ScenarioError(f"measure {measure!r} must return a number; it gave {type(given).__name__}") from None


def result_of(
    scenario: Scenario, folder: Path | None, record: RecordFile | RecordKept, digest: str, count: Count
) -> Result:
    """The result of the run of *scenario* that left *record*, with what was counted on the way."""
    outcomes, abstentions, tokens, micro_usd, answers = Rows(), Counter[str](), 0, 0, 0
    for entry in only(record, "answer", "unheard", "outcome"):
        if entry["kind"] == "answer":
            answers += 1
            tokens += sum(entry.get("tokens", ()))
            micro_usd += entry.get("micro_usd", 0)
            if "reason" in entry:
                abstentions[entry["reason"]] += 1
        elif entry["kind"] == "unheard":
            tokens += entry["tokens"]
            micro_usd += entry["micro_usd"]
        elif entry["kind"] == "outcome":
            outcomes.append({name: value for name, value in entry.items() if name != "kind"})
    return Result(folder, digest, outcomes, measure(scenario, record), count.asked, count.reused, tokens, micro_usd,
                  dict(sorted(abstentions.items())), record, _trouble(answers, abstentions, count.failure),
                  answers=answers)  # fmt: skip


def _trouble(answers: int, abstentions: Counter[str], failure: str) -> str:
    words = []
    if answers and sum(abstentions.values()) == answers:
        told = ", ".join(f"{count:,} {reason}" for reason, count in abstentions.items())
        words.append(f"nobody answered anything ({told})")
    if failed := sum(count for reason, count in abstentions.items() if reason in FAILURES):
        words.append(f"{failed:,} answers failed" + (f"; the first: {failure}" if failure else ""))
    return "; ".join(words)


def finished(scenario: Scenario, store: Store) -> Result:
    """The result of a run that is in *store* whole."""
    record, count, digest = RecordFile(store.folder / RECORD), Count(), sha256()
    with record.path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    count.add(reused=sum(1 for _ in only(record, "answer")))
    result = result_of(scenario, store.folder, record, digest.hexdigest(), count)
    if not store.lost:
        return result
    words = f"{store.lost}: it can be shown and measured, but not replayed"
    return replace(result, lost=store.lost, trouble="; ".join(filter(None, (result.trouble, words))))
