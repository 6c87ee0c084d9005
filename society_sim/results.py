"""What a run came to, read from its record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from society_sim.backends.taped import Count
from society_sim.errors import FAILURES
from society_sim.ledger import money
from society_sim.readable import number, place
from society_sim.rows import Rows
from society_sim.scenario import Scenario
from society_sim.store import RECORD, RecordFile, RecordKept, only
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

    def __repr__(self) -> str:
        measured = "".join(f"{name}={number(value)}, " for name, value in self.measures.items())
        kept = place(self.folder) if self.folder else "in memory"
        return (f"<Result {measured}{len(self.outcomes):,} outcomes, {self.asked:,} asked, {self.reused:,} reused, "
                f"{money(self.micro_usd)}, {kept}, {self.digest[:8]}>")  # fmt: skip

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.result(self)


def measure(scenario: Scenario, record: Record) -> dict[str, float]:
    """The scenario's measures of *record*."""
    return {name: float(part.function(record, **parameters)) for name, part, parameters in scenario.measures}


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
                  dict(sorted(abstentions.items())), record, _trouble(answers, abstentions, count.failure))  # fmt: skip


def _trouble(answers: int, abstentions: Counter[str], failure: str) -> str:
    words = []
    if answers and sum(abstentions.values()) == answers:
        told = ", ".join(f"{count:,} {reason}" for reason, count in abstentions.items())
        words.append(f"nobody answered anything ({told})")
    if failed := sum(count for reason, count in abstentions.items() if reason in FAILURES):
        words.append(f"{failed:,} answers failed" + (f"; the first: {failure}" if failure else ""))
    return "; ".join(words)


def finished(scenario: Scenario, folder: Path) -> Result:
    """The result of a run that is on disk whole."""
    record, count, digest = RecordFile(folder / RECORD), Count(), sha256()
    with (folder / RECORD).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    count.add(reused=sum(1 for _ in only(record, "answer")))
    return result_of(scenario, folder, record, digest.hexdigest(), count)
