"""A member as it is at a moment, and what led to each of its acts: heard, remembered, asked, answered, read, done."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from society_sim import tapelines
from society_sim.errors import SocietyError
from society_sim.store import TAPE, RecordFile
from society_viz.answering import answered
from society_viz.reading import Entry
from society_viz.view.known import Known, whole
from society_viz.view.panels.accounts import balances
from society_viz.words import clean, number, spoken

_TIES, _HEARD, _ACTS, _LINES = 60, 32, 60, 400
_EFFECTS = frozenset({"book", "trade", "transfer", "declined", "proposal", "revision", "reply", "sale", "award", "loan",
                      "recognition", "failure", "delegation", "contract"})  # fmt: skip
_WHO = ("member", "party", "trader", "buyer", "seller", "source", "from", "formateur")


def member(known: Known, seat: int) -> dict[str, Any] | None:
    """Who sits on *seat*: persona, traits, purse, ties, what it heard last, and its acts (the last first)."""
    stage = known.stage
    if seat not in stage.names:
        return None
    entry = known.who.get(seat, {})
    traits = entry["traits"] if isinstance(entry.get("traits"), dict) else {}
    to = [[stage.name(v), kind] for (u, v), (kind, _) in stage.ties.items() if u == seat]
    by = [[stage.name(u), kind] for (u, v), (kind, _) in stage.ties.items() if v == seat]
    heard = [[entry.get("t", 0), stage.name(stage.seat(entry.get("from")) or 0), clean(entry.get("words", ""), 600)]
             for entry in _heard(known, seat)]  # fmt: skip
    return {
        "seat": seat,
        "name": stage.name(seat),
        "gone": seat in stage.gone,
        "model": clean(entry.get("model") or "", 60),
        "persona": clean(entry.get("persona") or "", 4_000),
        "traits": [[clean(key, 40), spoken(value, 200)] for key, value in traits.items()],
        "purse": _purse(known, seat),
        "to": to[:_TIES], "by": by[:_TIES], "many": [len(to), len(by)],
        "heard": heard[::-1],
        "notes": _notes(known, seat),
        "acts": _acts(known, seat)[::-1],
    }  # fmt: skip


def chain(known: Known, seat: int, key: str, folder: Path) -> list[list[Any]]:
    """What led to the answer with this *key* and what came of it: rows of (step, lines), in order."""
    found = next(((at, entry) for at, entry in enumerate(known.entries) if entry["kind"] == "answer"
                  and entry.get("key") == key and entry.get("member") == seat), None)  # fmt: skip
    if found is None:
        return []
    at, entry = found
    asked = whole(entry.get("asked"), _t(entry))
    stage, about = known.stage, entry.get("about")
    heard = [f"{stage.name(stage.seat(one.get('from')) or 0)}: {clean(one.get('words', ''), 600)}"
             for one in _heard(known, seat) if one.get("about") in (None, about) and _t(one) <= asked]  # fmt: skip
    notes = [clean(spoken(one.get("value"), 2_000), 2_000) for one in known.entries[:at]
             if _is_note(one, seat) and one.get("about") == entry.get("about")]  # fmt: skip
    saw = stage.called(stage.seats(entry["saw"])) if isinstance(entry.get("saw"), list) else []
    prompt, answer = on_tape(folder, key)
    rows: list[list[Any]] = [["Messages heard before", heard or ["none about this question"]]]
    remembered = [*notes[-1:], *([f"answers of {', '.join(saw[:20])}"] if saw else [])]
    rows.append(["Memory", remembered or ["nothing beside what it heard"]])
    rows.append(["Prompt", _lines(prompt.get("system", "")) + _lines(prompt.get("text", "")) or ["not on the tape"]])
    if entry.get("cut"):
        rows[-1][1].append(f"({spoken(entry['cut'])} characters of it were more than the member reads)")
    why_none = answer.get("reason", entry.get("reason", "nothing came"))
    rows.append(["Answer", _lines(answer.get("text", "")) or [f"none: {clean(why_none, 200)}"]])
    label, _, words, reason = answered(entry)
    if entry.get("value") is None:
        read = [f"an abstention: {clean(entry.get('reason', 'no reason given'), 100)}"]
    else:
        read = [words or label or spoken(entry.get("value"), 300), *([f"because {reason}"] if reason else [])]
    rows.append(["Read as", read])
    rows.append(["Effect", _effects(known, seat, at, entry) or ["none that the record says"]])
    return rows


def on_tape(folder: Path, key: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The prompt and the answer with this *key* on the tape in *folder*; empty where it has none."""
    answer: Mapping[str, Any] = {}
    prompt: Mapping[str, Any] = {}
    try:
        file = os.open(folder / TAPE, os.O_RDONLY)
    except OSError:
        return {}, {}
    try:
        places: dict[str, bytes] = {}
        for line in tapelines.lines(file):
            if line.prompt:
                places[line.prompt] = line.data
                if len(places) > 20_000:
                    places.pop(next(iter(places)))
            elif line.key == key:
                answer = orjson.loads(line.data)
                prompt = orjson.loads(places.get(str(answer.get("prompt")), b"{}"))
    except (OSError, ValueError):
        return {}, {}
    finally:
        os.close(file)
    return prompt, answer


def _heard(known: Known, seat: int) -> list[Entry]:
    record = RecordFile(known.track.path_now(), known.track.end_of(known.place))
    try:
        return list(deque((entry for entry in record.only("message") if entry.get("to") == seat), _HEARD))
    except SocietyError:
        return []


def _acts(known: Known, seat: int) -> list[list[Any]]:
    """The last acts of *seat*, in order, and to which of several questions each of them belongs."""
    own = [at for at, entry in enumerate(known.entries) if entry["kind"] == "answer" and entry.get("member") == seat]
    several = known.stage.asked > 1
    about = [known.question(at) if several else 0 for at in own[-_ACTS:]]
    return [_act(known.entries[at], number) for at, number in zip(own[-_ACTS:], about, strict=True)]


def _act(entry: Entry, question: int) -> list[Any]:
    label, _, words, _ = answered(entry)
    none = f"abstains ({clean(entry.get('reason') or 'no reason', 40)})"
    said = words or label or (none if entry.get("value") is None else spoken(entry["value"], 80))
    purpose = f"{clean(entry['purpose'], 20)}: " if entry.get("purpose") else ""
    told = f"question {question:,}, {purpose}{said}" if question else f"{purpose}{said}"
    return [number(_t(entry)), told, str(entry.get("key", ""))[:64]]


def _notes(known: Known, seat: int) -> str:
    last = ""
    for entry in known.since("answer"):
        if _is_note(entry, seat):
            last = clean(spoken(entry.get("value"), 2_000), 2_000)
    return last


def _is_note(entry: Entry, seat: int) -> bool:
    return entry["kind"] == "answer" and entry.get("member") == seat and entry.get("purpose") == "notes"


def _purse(known: Known, seat: int) -> list[list[str]]:
    parts, owned = balances(known)
    who = str(seat)
    return [[unit, number(own[who] / parts.get(unit, 1))] for unit, own in owned.items() if who in own]


def _effects(known: Known, seat: int, at: int, entry: Entry) -> list[str]:
    """What the record says this member did next with its answer, and how the question ended."""
    lines: list[str] = []
    for later in known.entries[at + 1 : at + 2_000]:
        if later["kind"] == "answer" and later.get("member") == seat and later.get("about") == entry.get("about"):
            break
        if later["kind"] == "outcome" and later.get("about") == entry.get("about"):
            decided, mine = later.get("decision"), answered(entry)[0]
            decision = "nothing was decided" if decided is None else f"decided: {spoken(decided, 120)}"
            same = mine is not None and decided is not None and spoken(decided, 60) == mine
            lines.append(f"{decision}{', as it answered' if same else ''}")
            break
        if later["kind"] in _EFFECTS and any(known.stage.seat(later.get(key)) == seat for key in _WHO if key in later):
            told = "; ".join(f"{key} {spoken(value, 60)}" for key, value in later.items()
                             if key not in ("t", "kind", "about", *_WHO) and value is not None)  # fmt: skip
            lines.append(f"{later['kind']}: {told}")
        if len(lines) > 8:
            break
    said = [f"to {known.stage.name(known.stage.seat(one.get('to')) or 0)}: {clean(one.get('words', ''), 300)}"
            for one in _said(known, seat, entry)]  # fmt: skip
    return [*said, *lines]


def _said(known: Known, seat: int, entry: Entry) -> list[Entry]:
    """What the member said at the very time at which its answer came."""
    record = RecordFile(known.track.path_now(), known.track.end_of(known.place))
    try:
        return [one for one in record.only("message") if one.get("from") == seat and one.get("t") == entry.get("t")
                and one.get("about") in (None, entry.get("about"))][:8]  # fmt: skip
    except SocietyError:
        return []


def _t(entry: Entry) -> float:
    t = entry.get("t", 0)
    return float(t) if isinstance(t, (int, float)) else 0.0


def _lines(text: Any) -> list[str]:
    found = [clean(line, 2_000) for line in str(text).splitlines()[:_LINES]] if text else []
    return found if any(found) else []
