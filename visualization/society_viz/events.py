"""What mechanisms log: government formation in full, any other kind as a caption with its fields.

A handler may change who leads (`chair`), which government is on offer (`proposed`) and which one stands (`governing`), and
what a party's reply is; it tells the moment what to say. Fields are looked up under the names that are in use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from society_viz.film import MESSAGE
from society_viz.reading import Entry
from society_viz.stage import Stage
from society_viz.words import clean, listed, number, spoken

_ACTOR = ("member", "by", "party", "formateur", "from", "proposer", "speaker", "who")
_GROUP = ("parties", "coalition", "government", "cabinet", "partners", "members", "to")
_WORDS = ("words", "text", "reason", "because", "why", "terms", "policy", "platform", "statement")
_STANCE = ("reply", "stance", "answer", "action", "value", "vote")
_ONE = frozenset(_ACTOR) | {"to", "winner", "loser", "buyer", "seller", "head", "target", "source", "sender", "receiver"}
_MANY = frozenset(_GROUP) | {"winners", "opposition", "supporters", "yes", "no", "abstain", "against", "in_favour"}
_STANCES = {
    "support": "accept", "accept": "accept", "accepts": "accept", "agree": "accept", "yes": "accept", "compromise": "accept",
    "oppose": "reject", "reject": "reject", "rejects": "reject", "refuse": "reject", "decline": "reject", "no": "reject",
    "refine": "refine", "amend": "refine", "revise": "refine", "counter": "refine",
}  # fmt: skip

def happen(stage: Stage, entry: Entry) -> None:
    """Let an entry that a mechanism logged happen on the stage."""
    try:
        _EVENTS.get(entry["kind"], _anything)(stage, entry)
    except (TypeError, ValueError, KeyError, AttributeError):  # known kind, other fields: another mechanism's word
        _anything(stage, entry)


def _actor(stage: Stage, entry: Entry) -> int | None:
    return next((seat for key in _ACTOR if (seat := stage.seat(entry.get(key))) is not None), None)


def _group(stage: Stage, entry: Entry) -> list[int]:
    for key in _GROUP:
        if key in entry and (seats := stage.seats(entry[key])):
            return seats
    return []


def _first(entry: Entry, keys: tuple[str, ...]) -> Any:
    return next((entry[key] for key in keys if entry.get(key) not in (None, "", [], {})), None)


def _because(entry: Entry) -> str:
    words = _first(entry, _WORDS)
    if words is None:
        return ""
    said = spoken(words, 200)
    return f", {said}" if said.casefold().startswith("because ") else f" - {said}"


def _coalition(stage: Stage, seats: list[int]) -> str:
    names = "+".join(stage.called(seats))
    held = sum(stage.weights.get(seat, 0) for seat in seats)
    return f"{names} ({number(held)} seats)" if held else names


def _recognition(stage: Stage, entry: Entry) -> None:
    seat = _actor(stage, entry)
    if seat is None:
        return _anything(stage, entry)
    stage.chair, stage.proposed = seat, ()
    stage.values = {}
    stage.moment.active.add(seat)
    stage.moment.tell(f"{stage.name(seat)} is asked to form a government{_because(entry)}")


def _proposal(stage: Stage, entry: Entry, verb: str = "proposes") -> None:
    seat, group = _actor(stage, entry), _group(stage, entry)
    if seat is None or not group:
        return _anything(stage, entry)
    if seat not in group:
        group = [seat, *group]
    stage.chair, stage.proposed = seat, tuple(group)
    stage.values = {}
    stage.moment.active.add(seat)
    for other in group:
        if other != seat:
            stage.moment.flows.add((seat, other, MESSAGE))
    stage.moment.tell(f"{stage.name(seat)} {verb} {_coalition(stage, group)}{_because(entry)}")


def _revision(stage: Stage, entry: Entry) -> None:
    if not _group(stage, entry) and (seat := _actor(stage, entry)) is not None:
        stage.moment.active.add(seat)
        stage.moment.tell(f"{stage.name(seat)} revises the proposal{_because(entry)}")
        return
    _proposal(stage, entry, "revises:")


def _reply(stage: Stage, entry: Entry) -> None:
    seat, stance = _actor(stage, entry), _first(entry, _STANCE)
    if seat is None:
        return _anything(stage, entry)
    said = spoken(stance, 40).casefold() if stance is not None else ""
    label = _STANCES.get(said.split(" ")[0].strip(".,:"), said or None)
    stage.answer(seat, label)
    stage.moment.active.add(seat)
    if stage.chair >= 0 and stage.chair != seat:
        stage.moment.flows.add((seat, stage.chair, MESSAGE))
    stage.moment.tell(f"{stage.name(seat)}: {said or 'no reply'}{_because(entry)}")


def _agreement(stage: Stage, entry: Entry) -> None:
    group = _group(stage, entry) or list(stage.proposed)
    if not group:
        return _anything(stage, entry)
    stage.proposed = tuple(group)
    stage.moment.active.update(group)
    stage.moment.tell(f"Agreed: {_coalition(stage, group)}{_because(entry)}")


def _failure(stage: Stage, entry: Entry) -> None:
    who = f"{stage.name(stage.chair)} fails" if stage.chair >= 0 else "The attempt fails"
    stage.proposed = ()
    stage.moment.tell(f"{who}{_because(entry)}")


def _investiture(stage: Stage, entry: Entry) -> None:
    group = _group(stage, entry) or list(stage.proposed)
    passed = _first(entry, ("passed", "invested", "carried", "elected", "result", "success"))
    if isinstance(passed, str):
        passed = passed.casefold() in ("passed", "yes", "carried", "invested", "won")
    if passed is None and "passed" not in entry:
        passed = True
    counts = [f"{clean(key, 20)} {_votes(stage, entry[key])}" for key in ("yes", "no", "abstain", "in_favour", "against", "for")
              if entry.get(key) is not None]  # fmt: skip
    told = f" ({', '.join(counts)})" if counts else ""
    stage.governing, stage.proposed = (tuple(group), ()) if passed else ((), ())
    stage.moment.active.update(group)
    verb = "is invested" if passed else "is voted down"
    stage.moment.tell(f"The government of {listed(stage.called(group), 8) or 'nobody'} {verb}{told}")


def _votes(stage: Stage, value: Any) -> str:
    return str(len(value)) if isinstance(value, (list, dict)) else spoken(value, 12)


def _anything(stage: Stage, entry: Entry) -> None:
    """A kind that nobody knows: its name and its fields, members by their names."""
    parts = []
    for key, value in entry.items():
        if key in ("t", "kind", "about", "key") or value in (None, "", [], {}):
            continue
        one = stage.seat(value) if key in _ONE else None
        many = stage.seats(value) if key in _MANY and isinstance(value, list) else []
        if one is not None:
            stage.moment.active.add(one)
            told = stage.name(one)
        elif many and len(many) == len(value):
            stage.moment.active.update(many)
            told = listed(stage.called(many), 8)
        else:
            told = spoken(value, 80)
        parts.append(f"{clean(key, 24).replace('_', ' ')} {told}")
    source, target = stage.seat(entry.get("from")), stage.seat(entry.get("to"))
    if source is not None and target is not None and source != target:
        stage.moment.flows.add((source, target, MESSAGE))
    name = clean(entry["kind"], 40).replace("_", " ")
    stage.moment.tell(f"{name[:1].upper()}{name[1:]}{': ' if parts else ''}{'; '.join(parts[:8])}")


_EVENTS: dict[str, Callable[[Stage, Entry], None]] = {
    "recognition": _recognition, "proposal": _proposal, "revision": _revision, "reply": _reply, "agreement": _agreement,
    "failure": _failure, "investiture": _investiture,
}  # fmt: skip
