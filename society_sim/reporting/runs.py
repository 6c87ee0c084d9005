"""The page of a single run: smaller, for one run compares nothing."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from society_sim import statistics
from society_sim.errors import ScenarioError, StoreError
from society_sim.ledger import money
from society_sim.reporting import wording
from society_sim.reporting.assumed import assumed
from society_sim.reporting.over_time import structure
from society_sim.reporting.page import Block, Cell, Code, Page, Section, Table, Words
from society_sim.reporting.reading import presets
from society_sim.reporting.wording import between, cell, number, percent, share
from society_sim.store import RecordFile, find_record

_OUTCOMES, _MEMBERS = 20, 60
_TOLD = frozenset({"accuracy", "tokens", "messages", "abstentions"})
"""Measures that the page has anyway."""
_REWIRES = frozenset({"link", "unlink", "reweight", "leave", "join"})


@dataclass(slots=True)
class _Read:
    """What is in a record, in one pass."""

    header: Mapping[str, Any] = field(default_factory=dict)
    members: list[Mapping[str, Any]] = field(default_factory=list)
    outcomes: list[Mapping[str, Any]] = field(default_factory=list)
    settled: int = 0
    judged: int = 0
    right: int = 0
    calls: int = 0
    tokens: int = 0
    micro_usd: int = 0
    messages: int = 0
    rewired: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    time: float = 0.0
    whole: bool = False


def run_page(folder: Path | str, measures: Mapping[str, float] | None = None) -> Page:
    """What the run in *folder* came to, from its record. *measures*: what whoever asks has measured in it already.

    Raises `ScenarioError` for a folder without a record.
    """
    folder = Path(folder)
    try:
        record = RecordFile(find_record(folder))
        read = _read(record)
    except StoreError as error:
        raise ScenarioError(str(error)) from None
    marks = [f"{name}: {mark}" for name, mark in (read.header.get("models") or {}).items()]
    synthetic = any(mark.partition(": ")[2].startswith("synthetic") for mark in marks)
    told = _told(read, marks, synthetic)
    parts = [
        ("What came of it", _outcome(read, measures, told, synthetic)),
        ("Who took part", _members(read)),
        ("Structure over time",
         structure(folder, f"seed {read.header.get('seed')}", told) if read.rewired else iter(())),
        ("What is assumed", assumed(presets(marks), synthetic)),
        ("Provenance", _provenance(read, record.path, folder, marks)),
    ]  # fmt: skip
    sections = tuple(Section(title, blocks) for title, made in parts if (blocks := tuple(made)))
    line = (f"One run, seed {read.header.get('seed', '?')}: {wording.count(read.settled, 'question')} settled. "
            f"society_sim {read.header.get('version', '?')}.")  # fmt: skip
    return Page(wording.shown(str(read.header.get("name") or "a run"), 200), line, sections)


def _read(record: RecordFile) -> _Read:
    read = _Read()
    for entry in record:
        kind = entry["kind"]
        read.time = max(read.time, float(entry.get("t", 0.0)))
        if kind == "header":
            read.header = entry
        elif kind == "member":
            read.members.append(entry)
        elif kind == "answer":
            read.calls += 1
            read.tokens += sum(entry.get("tokens", ()))
            read.micro_usd += entry.get("micro_usd", 0)
            if "reason" in entry:
                read.reasons[str(entry["reason"])] += 1
        elif kind == "message":
            read.messages += 1
        elif kind in _REWIRES:
            read.rewired += 1
        elif kind == "outcome":
            read.settled += 1
            if isinstance(entry.get("correct"), bool):
                read.judged += 1
                read.right += entry["correct"]
            if len(read.outcomes) < _OUTCOMES:
                read.outcomes.append(entry)
        elif kind == "end":
            read.whole = True
    return read


def _told(read: _Read, marks: list[str], synthetic: bool) -> str:
    backends = ", ".join(sorted({mark.partition(": ")[2].split(" ")[0] for mark in marks})) or "none"
    names = ", ".join(presets(marks))
    end = " Synthetic results are consequences of the preset." if synthetic else ""
    return wording.shown(f"Backend: {backends}{f'; preset: {names}' if names else ''}; seed "
                         f"{read.header.get('seed', '?')}.{end}")  # fmt: skip


def _outcome(read: _Read, measures: Mapping[str, float] | None, told: str, synthetic: bool) -> Iterator[Block]:
    if not read.whole:
        yield Words("This run was broken off: what it has of a record is shown. society-sim resume goes on with it.",
                    "warning")  # fmt: skip
    if synthetic:
        yield Words("The members are synthetic: a declared null model without intelligence. Synthetic results are "
                    "consequences of the preset; what it assumes is listed below.", "warning")  # fmt: skip
    rows: list[tuple[Cell, ...]] = [(Cell("questions settled"), cell(read.settled, f"{read.settled:,}"))]
    if read.judged:
        low, high = statistics.clopper_pearson(read.right, read.judged)
        rows.append((Cell("decided rightly"), cell(
            read.right / read.judged, f"{read.right:,} of {read.judged:,}: {share(read.right / read.judged)} "
                                      f"{between(low, high, shares=True)}")))  # fmt: skip
    rows += [(Cell(name.replace("_", " ")), cell(float(value), number(float(value))))
             for name, value in (measures or {}).items() if name not in _TOLD]  # fmt: skip
    none = read.reasons.total()
    rows += [
        (Cell("calls"), cell(read.calls, f"{read.calls:,}")), (Cell("tokens"), cell(read.tokens, f"{read.tokens:,}")),
        (Cell("messages"), cell(read.messages, f"{read.messages:,}")),
        (Cell("money"), cell(read.micro_usd, money(read.micro_usd))),
        (Cell("simulated time"), cell(read.time, number(read.time))),
        (Cell("calls without an answer"),
         cell(none, f"{none:,} ({percent(none / read.calls)})" if read.calls else "–")),
        *((Cell(f"of these: {wording.shown(reason, 80)}"), cell(many, f"{many:,}"))
          for reason, many in sorted(read.reasons.items())),
    ]  # fmt: skip
    yield Table(f"What the run came to; interval: 95 % Clopper-Pearson, of this run's questions alone. {told}",
                ("what", "value"), tuple(rows))  # fmt: skip
    if measures is None:
        yield Words("The scenario's measures are not shown: its parts could not be read.", "soft")
    if read.outcomes:
        gold = any("gold" in one for one in read.outcomes)
        table = tuple(
            (Cell(wording.shown(one.get("about", ""), 60)), Cell(_value(one.get("decision"), "undecided")),
             *((Cell(_value(one.get("gold"), "–")), Cell(_right(one.get("correct")))) if gold else ()))
            for one in read.outcomes
        )  # fmt: skip
        more = f" The first {len(read.outcomes)} of {read.settled:,}." if read.settled > len(read.outcomes) else ""
        yield Table(f"What was decided.{more} {told}",
                    ("question", "decision", *(("known answer", "verdict") if gold else ())), table, 1,
                    (1, 2, 3) if gold else (1,))  # fmt: skip


def _members(read: _Read) -> Iterator[Block]:
    shown = read.members[:_MEMBERS]
    more = f" The first {len(shown)} of {len(read.members):,}." if len(read.members) > len(shown) else ""
    yield Table(f"Who took part, and whose model each spoke with.{more}", ("seat", "name", "model"),
                tuple((Cell(str(one.get("member"))), Cell(wording.shown(one.get("name", ""), 80)),
                       Cell(wording.shown(one.get("model", ""), 80))) for one in shown), 1, (1, 2))  # fmt: skip


def _provenance(read: _Read, record: Path, folder: Path, marks: list[str]) -> Iterator[Block]:
    digest = sha256()
    with record.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    facts = [("society_sim", str(read.header.get("version", "?"))),
             ("scenario", str(read.header.get("scenario", "?"))[:16]), ("seed", str(read.header.get("seed", "?"))),
             ("record", f"sha256 {digest.hexdigest()}"), *(("model", mark) for mark in marks)]  # fmt: skip
    yield Table("Where this comes from.", ("what", "is"), tuple((Cell(name), Cell(wording.shown(value, 500)))
                for name, value in facts), 1, (1,))  # fmt: skip
    scenario = folder / "scenario.yaml"
    if scenario.is_file():
        yield Code(wording.shown(scenario.read_text(encoding="utf-8", errors="replace"), 100_000), "The scenario")
    yield Words("To prove it: from its answers alone, the same record byte by byte.")
    yield Code(f"society-sim replay {shlex.quote('/'.join(folder.absolute().parts[-2:]))}")


def _value(value: Any, none: str) -> str:
    if value is None:
        return none
    if isinstance(value, float):
        return number(value) if math.isfinite(value) else "–"
    if isinstance(value, (list, tuple)):
        return wording.shown(", ".join(_value(one, none) for one in value), 200)
    if isinstance(value, dict):
        return wording.shown(", ".join(f"{name} {_value(one, none)}" for name, one in value.items()), 200)
    return wording.shown(value, 200)


def _right(correct: Any) -> str:
    return {True: "right", False: "wrong"}.get(correct, "–") if isinstance(correct, bool) else "–"
