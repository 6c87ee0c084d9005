"""The page of a single run: question, design, what came of it and how sure that is, the run itself, what it took."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from society_sim import statistics
from society_sim.errors import SocietyError
from society_sim.ledger import money
from society_sim.measures.reading import Settled, settled
from society_sim.reporting import wording
from society_sim.reporting.assumed import assumed
from society_sim.reporting.design import sections_table
from society_sim.reporting.drawings import Bar, Group, Intervals
from society_sim.reporting.over_time import structure
from society_sim.reporting.page import Block, Cell, Code, Figure, Page, Played, Points, Section, Table, Words
from society_sim.reporting.reading import presets
from society_sim.reporting.run_reading import ODD, OUTCOMES, PICTURE, Run, amount, read
from society_sim.reporting.wording import between, cell, number, percent, share
from society_sim.store import TAPE

_MEMBERS, _BARS = 60, 40
_TOLD = frozenset({"accuracy", "tokens", "messages", "abstentions", "cost"})
"""Measures that the page has anyway."""


def run_page(folder: Path | str, measures: Mapping[str, float] | None = None) -> Page:
    """What the run in *folder* came to, from its record. *measures*: what whoever asks has measured in it already.

    Raises `ScenarioError` for a folder without a record, or with one that this version does not read.
    """
    run = read(Path(folder))
    words = _told(run)
    parts = [
        ("Question", _question(run)),
        ("In short", _in_short(run)),
        ("Design", _design(run)),
        ("What came of it", _outcome(run, measures, words)),
        ("The run", _shown(run, words)),
        ("Cost", _cost(run)),
        ("Non-response", _silent(run)),
        ("Who took part", _members(run)),
        ("Structure over time", _structure(run, words)),
        ("What is assumed", assumed(presets(run.marks), run.synthetic)),
        ("Provenance", _provenance(run)),
        ("To reproduce it", _again(run)),
    ]
    sections = tuple(Section(title, blocks) for title, made in parts if (blocks := tuple(made)))
    line = (f"One run, seed {_field(run, 'seed')}: {wording.count(run.settled, 'question')} settled. "
            f"society_sim {_field(run, 'version')}.")  # fmt: skip
    return Page(wording.shown(str(run.header.get("name") or "a run"), 200), line, sections)


def _field(run: Run, name: str) -> str:
    return wording.shown(str(run.header.get(name, "?")), 80)


def _told(run: Run) -> str:
    backends = ", ".join(sorted({mark.partition(": ")[2].split(" ")[0] for mark in run.marks})) or "none"
    names = ", ".join(presets(run.marks))
    end = " Synthetic results are consequences of the preset." if run.synthetic else ""
    return wording.shown(f"Backend: {backends}{f'; preset: {names}' if names else ''}; seed "
                         f"{run.header.get('seed', '?')}.{end}")  # fmt: skip


def _question(run: Run) -> Iterator[Block]:
    sections = run.sections
    yield Words(wording.shown(sections.get("about") or "The scenario does not say what it asks (`about`)."))
    if sections.get("source"):
        yield Words(f"Source: {wording.shown(sections['source'])}", "soft")
    if not run.whole:
        on = "society-sim resume goes on with it" if (run.folder / TAPE).is_file() else "It has no tape to go on from"
        yield Words(f"This run was broken off: what it has of a record is shown. {on}.", "warning")
    if run.synthetic:
        yield Words("The members are synthetic: a declared null model without intelligence. Synthetic results are "
                    "consequences of the preset; what it assumes is listed below.", "warning")  # fmt: skip


def _in_short(run: Run) -> Iterator[Block]:
    said = [f"{wording.count(run.settled, 'question')} settled by {wording.count(len(run.members), 'member')} "
            f"in {number(run.time)} units of simulated time."]  # fmt: skip
    if run.judged:
        low, high = statistics.clopper_pearson(run.right, run.judged)
        said.append(f"{run.right:,} of {run.judged:,} were decided rightly: {share(run.right / run.judged)} "
                    f"{between(low, high, shares=True)}, 95 % Clopper-Pearson.")  # fmt: skip
    silent = run.reasons.total()
    said.append(f"{run.calls:,} calls, {run.tokens:,} tokens, {money(round(run.micro_usd))}; "
                + (f"{silent:,} calls were not answered." if silent else "every call was answered."))  # fmt: skip
    said.append("One run says nothing about other seeds: society-sim experiment repeats it.")
    yield Points(tuple(said))


def _design(run: Run) -> Iterator[Block]:
    yield from sections_table("What the scenario says.", run.sections)
    if run.scenario:
        yield Code(wording.shown(run.scenario, 100_000), "The whole scenario")


def _outcome(run: Run, measures: Mapping[str, float] | None, words: str) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = [(Cell("questions settled"), cell(run.settled, f"{run.settled:,}"))]
    if run.judged:
        low, high = statistics.clopper_pearson(run.right, run.judged)
        rows.append((Cell("decided rightly"), cell(
            run.right / run.judged, f"{run.right:,} of {run.judged:,}: {share(run.right / run.judged)} "
                                    f"{between(low, high, shares=True)}")))  # fmt: skip
    rows += [(Cell(name.replace("_", " ")), cell(float(value), number(float(value))))
             for name, value in (measures or {}).items() if name not in _TOLD]  # fmt: skip
    yield Table(f"What the run came to; interval: 95 % Clopper-Pearson, of this run's questions alone. {words}",
                ("what", "value"), tuple(rows))  # fmt: skip
    if measures is None:
        yield Words("The scenario's measures are not shown: its parts could not be read.", "soft")
    yield from _rightly(run, words)
    if run.outcomes:
        gold = any("gold" in one for one in run.outcomes)
        table = tuple(
            (Cell(wording.shown(one.get("about", ""), 60)), Cell(_value(one.get("decision"), "undecided")),
             *((Cell(_value(one.get("gold"), "–")), Cell(_right(one.get("correct")))) if gold else ()))
            for one in run.outcomes
        )  # fmt: skip
        more = f" The first {OUTCOMES} of {run.settled:,}." if run.settled > OUTCOMES else ""
        yield Table(f"What was decided.{more} {words}",
                    ("question", "decision", *(("known answer", "verdict") if gold else ())), table, 1,
                    (1, 2, 3) if gold else (1,))  # fmt: skip


def _rightly(run: Run, words: str) -> Iterator[Block]:
    """How often the society was right, and its members at first: all of them, or of a large society its models."""
    if not run.judged:
        return
    single = len(run.members) <= _BARS
    asked: dict[Any, int] = {}
    right: dict[Any, int] = {}
    try:
        for question in settled(run.record):
            _judge(question, single, asked, right)
        names = {one["member"]: str(one.get("name", one["member"])) for one in run.members} if single else {}
    except (*ODD, SocietyError):
        yield Words("How often each member was right is not shown: the record has entries that are not as a run "
                    "writes them.", "soft")  # fmt: skip
        return
    if not asked or len(asked) > _BARS:
        return
    order = sorted(asked, key=lambda key: (-right[key] / asked[key], str(key)))
    bars = [_bar(wording.shown(names.get(key, str(key)), 40), 1, right[key], asked[key]) for key in order]
    groups = (Group("decided together", (_bar("the society", 0, run.right, run.judged),)),
              Group(f"each {'member' if single else 'model'} alone, before it saw or heard anybody", tuple(bars)))
    yield Figure("How often they were right", Intervals("share that is right", groups, column="right"),
                 f"How often the society decided rightly, and how often the first answer of each "
                 f"{'member' if single else 'model'} was right; an abstention is not. Intervals: 95 % Clopper-Pearson, "
                 f"of this run's questions alone, each for itself. {words}")  # fmt: skip


def _judge(question: Settled, single: bool, asked: dict[Any, int], right: dict[Any, int]) -> None:
    if question.gold is not None:
        for member, said in question.first.items():
            key = member if single else said.model
            asked[key] = asked.get(key, 0) + 1
            right[key] = right.get(key, 0) + question.right(said.choice)


def _bar(label: str, series: int, right: int, many: int) -> Bar:
    low, high = statistics.clopper_pearson(right, many)
    return Bar(label, series, right / many, low, high, f"{share(right / many)} {between(low, high, shares=True)}")


def _shown(run: Run, words: str) -> Iterator[Block]:
    yield Played("the run", run.record.path, PICTURE + words)


def _cost(run: Run) -> Iterator[Block]:
    each = max(run.settled, 1)
    rows = [(Cell(wording.shown(model, 80)), cell(one.calls, f"{one.calls:,}"), cell(one.tokens, f"{one.tokens:,}"),
             cell(one.micro_usd, money(round(one.micro_usd))), cell(one.silent, f"{one.silent:,}"))
            for model, one in sorted(run.taken.items(), key=lambda item: _natural(item[0]))[:_BARS]]  # fmt: skip
    more = f" The first {_BARS} of {len(run.taken):,} models." if len(run.taken) > _BARS else ""
    calls, tokens, paid, silent = run.calls, run.tokens, run.micro_usd, run.reasons.total()
    if len(rows) > 1:
        rows.append((Cell("all"), cell(calls, f"{calls:,}"), cell(tokens, f"{tokens:,}"),
                     cell(paid, money(round(paid))), cell(silent, f"{silent:,}")))  # fmt: skip
    rows.append((Cell("for a question"), cell(calls / each, number(calls / each)),
                 cell(tokens / each, number(tokens / each)), cell(paid / each, money(round(paid / each))),
                 cell(silent / each, number(silent / each))))  # fmt: skip
    yield Table(f"What it took, by model: calls, tokens read and written, money, calls without an answer.{more}",
                ("model", "calls", "tokens", "money", "no answer"), tuple(rows))  # fmt: skip
    yield Words(f"{wording.count(run.messages, 'message')} passed between members; the run took {number(run.time)} "
                "units of simulated time.")  # fmt: skip


def _silent(run: Run) -> Iterator[Block]:
    calls, none = run.calls, run.reasons.total()
    if not none:
        yield Words(f"None: all {calls:,} calls were answered in a form that could be read." if calls
                    else "Nobody was asked anything.")  # fmt: skip
        return
    rows = [(Cell(wording.shown(reason, 80)), cell(many, f"{many:,}"), cell(many / calls, percent(many / calls)))
            for reason, many in sorted(run.reasons.items(), key=lambda item: (-item[1], item[0]))[:_BARS]]
    yield Table(f"Calls without an answer, by reason: {none:,} of {calls:,}; nothing is filled in for them.",
                ("reason", "calls", "share"), tuple(rows))  # fmt: skip


def _members(run: Run) -> Iterator[Block]:
    shown = run.members[:_MEMBERS]
    if not shown:
        yield Words("Nobody took part.")
        return
    more = f" The first {len(shown)} of {len(run.members):,}." if len(run.members) > len(shown) else ""
    yield Table(f"Who took part, and whose model each spoke with.{more}", ("seat", "name", "model"),
                tuple((Cell(wording.shown(one.get("member"), 20)), Cell(wording.shown(one.get("name", ""), 80)),
                       Cell(wording.shown(one.get("model", ""), 80))) for one in shown), 1, (1, 2))  # fmt: skip


def _structure(run: Run, words: str) -> Iterator[Block]:
    if run.rewired:
        try:
            yield from structure(run.folder, f"seed {_field(run, 'seed')}", words)
        except ODD:
            yield Words("Structure over time is not shown: the record has entries that are not as a run writes them.")


def _provenance(run: Run) -> Iterator[Block]:
    digest = sha256()
    with run.record.path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    names = ", ".join(presets(run.marks))
    facts = [("society_sim", _field(run, "version")), ("record format", _field(run, "format")),
             ("scenario", _field(run, "scenario")[:16]), ("seed", _field(run, "seed")),
             ("record", f"sha256 {digest.hexdigest()}{'' if run.whole else ', broken off'}"),
             *(("backend and model", mark) for mark in run.marks), *([("preset", names)] if names else []),
             ("assumed", "see What is assumed" if run.synthetic else "nothing by a preset")]  # fmt: skip
    yield Table("Where this comes from: versions, digests, and who answered.", ("what", "is"),
                tuple((Cell(name), Cell(wording.shown(value, 500))) for name, value in facts), 1, (1,))  # fmt: skip


def _again(run: Run) -> Iterator[Block]:
    where = "/".join(run.folder.absolute().parts[-2:])
    yield Words("The whole run, in one command; --out keeps it apart from this one:"
                + ("" if run.synthetic else " models that are sampled anew may answer otherwise."))  # fmt: skip
    yield Code(f"society-sim run {shlex.quote(f'{where}/scenario.yaml')} --seed {int(amount(run.header.get('seed')))} "
               "--out again")  # fmt: skip
    yield Words("To prove this record: from its answers alone, the same one byte by byte. And this page:")
    yield Code(f"society-sim replay {shlex.quote(where)}\nsociety-sim report {shlex.quote(where)}")


def _value(value: Any, none: str) -> str:
    if value is None:
        return none
    if isinstance(value, float):
        return number(value) if math.isfinite(value) else "–"
    if isinstance(value, (list, tuple)):
        return wording.shown(", ".join(_value(one, none) for one in value[:50]), 200)
    if isinstance(value, dict):
        return wording.shown(", ".join(f"{name} {_value(one, none)}" for name, one in list(value.items())[:50]), 200)
    return wording.shown(value, 200)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """What puts `model-2` before `model-10`."""
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
            for part in re.findall(r"[0-9]{1,18}|[^0-9]+", name)]  # fmt: skip


def _right(correct: Any) -> str:
    return {True: "right", False: "wrong"}.get(correct, "–") if isinstance(correct, bool) else "–"
