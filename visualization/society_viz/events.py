"""What mechanisms log: government formation in full, any other kind as a caption with its fields.

A handler may change who leads (`chair`), which government is on offer (`proposed`), which one stands (`governing`) and
what a party's reply is; it tells the moment what to say. Fields are looked up under the names that are in use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from society_viz import deals, money
from society_viz.answering import first_of, stance
from society_viz.film import MESSAGE
from society_viz.reading import Entry
from society_viz.stage import Stage
from society_viz.words import clean, listed, number, spoken

_ACTOR = ("party", "member", "formateur", "proposer", "speaker", "from", "who", "by")
_GROUP = ("parties", "partners", "coalition", "government", "cabinet", "members")
_WORDS = ("why", "reason", "because", "words", "text", "statement")
_ELECTED = ("elected", "passed", "invested", "carried")
_SIDES = ("yes", "no", "abstain")
_ONE = frozenset(_ACTOR) | {
    "to",
    "winner",
    "loser",
    "buyer",
    "seller",
    "head",
    "target",
    "source",
    "sender",
    "receiver",
}
_MANY = frozenset(_GROUP) | {"winners", "opposition", "supporters", "against", "in_favour"}


def happen(stage: Stage, entry: Entry) -> bool:
    """Let an entry that a mechanism logged happen on the stage; whether it is known what it does.

    It is not where a known kind has other fields: that is another mechanism's word.
    """
    known = _EVENTS.get(entry["kind"])
    return known is not None and known(stage, entry)


def formation(entry: Entry) -> bool:
    """Whether this entry tells what a party has just said: its answer and its message need not be told beside it."""
    return entry["kind"] in ("proposal", "revision", "reply", "failure")


def _actor(stage: Stage, entry: Entry) -> int | None:
    return next((seat for key in _ACTOR if (seat := stage.seat(entry.get(key))) is not None), None)


def _group(stage: Stage, entry: Entry) -> list[int] | None:
    """The parties that an entry names, its actor first; `None` if it names none."""
    key = next((key for key in _GROUP if isinstance(entry.get(key), list)), None)
    if key is None:
        return None
    seat = _actor(stage, entry)
    named = stage.seats(entry[key])
    return list(dict.fromkeys(named if seat is None else [seat, *named]))


def _because(entry: Entry) -> str:
    words = first_of(entry, _WORDS)
    if words is None:
        return ""
    said = spoken(words, 220).rstrip(".")
    return f", {said}" if said.casefold().startswith("because ") else f" - {said}"


def _coalition(stage: Stage, seats: list[int]) -> str:
    names = "+".join(stage.called(seats))
    held = sum(stage.weights.get(seat, 0) for seat in seats)
    return f"{names} ({number(held)} seats)" if held else names


def _terms(entry: Entry) -> str:
    """Policy and ministries in words, if the entry has them."""
    keys = [key for key in ("policy", "ministries") if isinstance(entry.get(key), dict) and entry[key]]
    return " ".join(f"{key.capitalize()}: {_places(entry[key])}." for key in keys)


def _places(value: Any) -> str:
    """Scales and places on them: `left-right 4.1, state-market 5`."""
    named = {str(key).replace("_", "-"): at for key, at in value.items()} if isinstance(value, dict) else value
    return spoken(named, 110)


def _recognition(stage: Stage, entry: Entry) -> bool:
    seat = _actor(stage, entry)
    if seat is None:
        return False
    stage.table.chair, stage.table.proposed, stage.table.values = seat, (), {}
    stage.moment.active.add(seat)
    nth = entry.get("attempt")
    again = f" (attempt {nth})" if isinstance(nth, int) and nth > 1 else ""
    stage.moment.tell(f"{stage.name(seat)} is asked to form a government{again}")
    return True


def _proposal(stage: Stage, entry: Entry) -> bool:
    seat, group = _actor(stage, entry), _group(stage, entry)
    if seat is None or group is None:
        return False
    verb = "now proposes" if entry["kind"] == "revision" else "proposes"
    stage.table.chair, stage.table.proposed, stage.table.values = seat, tuple(group), {}
    stage.moment.active.add(seat)
    stage.moment.told = True
    stage.moment.tell(f"{stage.name(seat)} {verb} {_coalition(stage, group)}{_because(entry)}")
    stage.moment.tell(_terms(entry))
    return True


def _reply(stage: Stage, entry: Entry) -> bool:
    seat, label = _actor(stage, entry), stance(entry)
    if seat is None:
        return False
    stage.table.ready(entry)
    stage.table.answer(seat, label)
    stage.moment.active.add(seat)
    stage.moment.told = True
    policy = entry.get("policy")
    would = f" (would sign {_places(policy)})" if label in ("refine", "compromise") and policy else ""
    stage.moment.tell(f"{stage.name(seat)}: {label or 'no reply'}{_because(entry)}{would}")
    return True


def _agreement(stage: Stage, entry: Entry) -> bool:
    group = _group(stage, entry) or list(stage.table.proposed)
    if not group:
        return False
    stage.table.proposed = tuple(group)
    stage.moment.active.update(group)
    stage.moment.tell(f"Agreed: {_coalition(stage, group)}{_because(entry)}")
    stage.moment.tell(_terms(entry))
    return True


def _failure(stage: Stage, entry: Entry) -> bool:
    seat = _actor(stage, entry)
    stage.table.proposed = ()
    stage.moment.tell(f"{'The attempt' if seat is None else stage.name(seat)} fails{_because(entry)}")
    return True


def _investiture(stage: Stage, entry: Entry) -> bool:
    group = _group(stage, entry) or list(stage.table.proposed)
    elected = first_of(entry, _ELECTED)
    if not isinstance(elected, bool):
        return False
    if elected:
        stage.table.governing, stage.table.proposed = tuple(group), ()
    stage.moment.active.update(group)
    counts = ", ".join(f"{side} {number(entry[side])}" for side in _SIDES if type(entry.get(side)) in (int, float))
    ballot = entry.get("ballot")
    nth = f"Ballot {ballot}: the" if isinstance(ballot, int) and ballot > 1 else "The"
    verb = "is invested" if elected else "is voted down"
    stage.moment.tell(
        f"{nth} government of {listed(stage.called(group), 8) or 'nobody'} {verb}{f' ({counts})' if counts else ''}"
    )
    return True


def _opinions(stage: Stage, entry: Entry) -> bool:
    """What each holds before anybody has spoken."""
    held = entry.get("opinions")
    if not isinstance(held, dict) or len(stage.seats(list(held))) < len(held):
        return False
    for seat, opinion in zip(stage.seats(list(held)), held.values(), strict=True):
        stage.table.hold(seat, opinion)
    amounts = sorted(stage.table.numbers[seat] for seat in stage.table.numbers)
    if amounts:
        ends = f"{number(amounts[0])} to {number(amounts[-1])}, median {number(amounts[len(amounts) // 2])}"
        stage.moment.tell(f"Opinions to begin with: {ends}")
    else:
        many = [f"{one} {times:,}" for one, times in Counter(stage.table.values.values()).most_common()]
        stage.moment.tell(f"Opinions to begin with: {listed(many, 8)}")
    return True


def tell(stage: Stage, entry: Entry) -> None:
    """Tell of an entry that nobody knows: its kind and its fields, members by their names."""
    parts = []
    for key, value in entry.items():
        if key in ("t", "kind", "about", "key") or value in (None, "", [], {}):
            continue
        parts.append(f"{clean(key, 24).replace('_', ' ')} {_field(stage, key, value)}")
    source, target = stage.seat(entry.get("from")), stage.seat(entry.get("to"))
    if source is not None and target is not None and source != target:
        stage.moment.flows.add((source, target, MESSAGE))
    name = clean(entry["kind"], 40).replace("_", " ")
    stage.moment.tell(f"{name[:1].upper()}{name[1:]}{': ' if parts else ''}{'; '.join(parts[:8])}")


def _field(stage: Stage, key: str, value: Any) -> str:
    one = stage.seat(value) if key in _ONE else None
    if one is not None:
        stage.moment.active.add(one)
        return stage.name(one)
    many = stage.seats(value) if key in _MANY and isinstance(value, list) else []
    if many and len(many) == len(value):
        stage.moment.active.update(many)
        return listed(stage.called(many), 8)
    return spoken(value, 80)


_EVENTS: dict[str, Callable[[Stage, Entry], bool]] = {
    "recognition": _recognition,
    "proposal": _proposal,
    "revision": _proposal,
    "reply": _reply,
    "agreement": _agreement,
    "failure": _failure,
    "investiture": _investiture,
    "market": deals.market,
    "book": deals.book,
    "trade": deals.trade,
    "clock": deals.clock,
    "award": deals.award,
    "sale": deals.sale,
    "transfer": money.transfer,
    "accounts": money.accounts,
    "opinions": _opinions,
}
