"""A run's record, read once for its page: counts, and what is shown of it; whatever a field holds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from society_sim.errors import ScenarioError, StoreError
from society_sim.scenario import plainyaml
from society_sim.store import FORMAT, RecordFile, find_record

OUTCOMES = 20
"""So many decisions are shown."""
PICTURE = ("The run: the society when a question had been settled, who answered what and who heard whom about it, and "
           "the figures of the whole run. Below it all that happened, to be played. ")  # fmt: skip
"""What the picture of a run shows."""
ODD = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, ZeroDivisionError)
"""What reading an entry comes to that is not as a run writes it."""
_REWIRES = frozenset({"link", "unlink", "reweight", "rewire", "leave", "join"})


@dataclass(slots=True)
class Taken:
    """What was asked of one model."""

    calls: int = 0
    tokens: int = 0
    micro_usd: float = 0.0
    silent: int = 0


@dataclass(slots=True)
class Run:
    """What is in the record of the run in *folder*, in one pass."""

    folder: Path
    record: RecordFile
    header: Mapping[str, Any]
    scenario: str = ""
    members: list[Mapping[str, Any]] = field(default_factory=list)
    outcomes: list[Mapping[str, Any]] = field(default_factory=list)
    settled: int = 0
    judged: int = 0
    right: int = 0
    messages: int = 0
    rewired: int = 0
    taken: dict[str, Taken] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    time: float = 0.0
    whole: bool = False

    @property
    def sections(self) -> Mapping[str, Any]:
        """The scenario's sections; none, if its file cannot be read as one."""
        return plainyaml.mapping(self.scenario)

    @property
    def marks(self) -> list[str]:
        """Each model's name and watermark."""
        models = self.header.get("models")
        return [f"{name}: {mark}" for name, mark in models.items()] if isinstance(models, dict) else []

    @property
    def synthetic(self) -> bool:
        """Whether a member is the synthetic model."""
        return any(mark.partition(": ")[2].startswith("synthetic") for mark in self.marks)

    @property
    def calls(self) -> int:
        """How often a model was asked."""
        return sum(one.calls for one in self.taken.values())

    @property
    def tokens(self) -> int:
        """What all models read and wrote."""
        return sum(one.tokens for one in self.taken.values())

    @property
    def micro_usd(self) -> float:
        """What all models cost."""
        return sum(one.micro_usd for one in self.taken.values())


def read(folder: Path) -> Run:
    """Read the run in *folder*. Raises `ScenarioError` where there is no record, or none that this version reads."""
    try:
        record = RecordFile(find_record(folder))
        entries = iter(record)
        run = Run(folder, record, _header(record, entries))
        scenario = folder / "scenario.yaml"
        if scenario.is_file():
            run.scenario = scenario.read_text(encoding="utf-8", errors="replace")
        spoken: dict[Any, str] = {}
        for entry in entries:
            _take(run, entry, spoken)
    except StoreError as error:
        raise ScenarioError(str(error)) from None
    except OSError as error:
        raise ScenarioError(f"cannot read {error.filename or folder}: {error.strerror}") from None
    return run


def _header(record: RecordFile, entries: Iterator[Mapping[str, Any]]) -> Mapping[str, Any]:
    first = next(entries, None)
    if first is None:
        raise ScenarioError(f"{record.path} is empty: nothing was recorded; run the scenario again")
    if first.get("kind") != "header":
        raise ScenarioError(f"{record.path}:1: a record begins with its header; this begins with "
                            f"{str(first.get('kind'))[:40]!r}")  # fmt: skip
    if first.get("format") != FORMAT:
        raise ScenarioError(f"{record.path}:1: this record has format {repr(first.get('format'))[:40]}; this version "
                            f"reads format {FORMAT}")  # fmt: skip
    return first


def _take(run: Run, entry: Mapping[str, Any], spoken: dict[Any, str]) -> None:
    kind = entry.get("kind")
    run.time = max(run.time, amount(entry.get("t")))
    match kind:
        case "member" | "join" | "assign":
            if isinstance(entry.get("member"), int):
                spoken[entry["member"]] = str(entry.get("model", ""))
            if kind == "member":
                run.members.append(entry)
        case "answer":
            member = entry.get("member")
            model = str(entry.get("fallback") or (spoken.get(member, "?") if isinstance(member, int) else "?"))
            taken = run.taken.setdefault(model, Taken())
            taken.calls += 1
            tokens = entry.get("tokens")
            taken.tokens += sum(int(amount(one)) for one in tokens) if isinstance(tokens, list) else 0
            taken.micro_usd += amount(entry.get("micro_usd"))
            if "reason" in entry:
                taken.silent += 1
                run.reasons[str(entry["reason"])] += 1
        case "message":
            run.messages += 1
        case "outcome":
            run.settled += 1
            if isinstance(entry.get("correct"), bool):
                run.judged += 1
                run.right += entry["correct"]
            if len(run.outcomes) < OUTCOMES:
                run.outcomes.append(entry)
        case "end":
            run.whole = True
    if isinstance(kind, str) and kind in _REWIRES:
        run.rewired += 1


def amount(value: Any) -> float:
    """*value* if it is a number that can be added up, else 0.

    >>> amount(2), amount("<b>"), amount(True), amount(float("inf"))
    (2.0, 0.0, 0.0, 0.0)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    try:
        return float(value) if math.isfinite(value) else 0.0
    except OverflowError:
        return 0.0


