"""What mechanisms log: government formation in full, any other kind as a caption with its fields.

A handler may change who leads (`chair`), which government is on offer (`proposed`), which one stands (`governing`) and
what a party's reply is; it tells the moment what to say. Fields are looked up under the names that are in use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

from society_viz import floor as floors
from society_viz.film import MESSAGE, SOLD
from society_viz.reading import Entry
from society_viz.stage import Stage, first_of, stance
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


def happen(stage: Stage, entry: Entry) -> None:
    """Let an entry that a mechanism logged happen on the stage."""
    if not _EVENTS.get(entry["kind"], _anything)(stage, entry):
        _anything(stage, entry)  # a known kind with other fields: another mechanism's word


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
    stage.chair, stage.proposed, stage.values = seat, (), {}
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
    stage.chair, stage.proposed, stage.values = seat, tuple(group), {}
    stage.moment.active.add(seat)
    stage.moment.told = True
    stage.moment.tell(f"{stage.name(seat)} {verb} {_coalition(stage, group)}{_because(entry)}")
    stage.moment.tell(_terms(entry))
    return True


def _reply(stage: Stage, entry: Entry) -> bool:
    seat, label = _actor(stage, entry), stance(entry)
    if seat is None:
        return False
    stage.answer(seat, label)
    stage.moment.active.add(seat)
    stage.moment.told = True
    policy = entry.get("policy")
    would = f" (would sign {_places(policy)})" if label in ("refine", "compromise") and policy else ""
    stage.moment.tell(f"{stage.name(seat)}: {label or 'no reply'}{_because(entry)}{would}")
    return True


def _agreement(stage: Stage, entry: Entry) -> bool:
    group = _group(stage, entry) or list(stage.proposed)
    if not group:
        return False
    stage.proposed = tuple(group)
    stage.moment.active.update(group)
    stage.moment.tell(f"Agreed: {_coalition(stage, group)}{_because(entry)}")
    stage.moment.tell(_terms(entry))
    return True


def _failure(stage: Stage, entry: Entry) -> bool:
    seat = _actor(stage, entry)
    stage.proposed = ()
    stage.moment.tell(f"{'The attempt' if seat is None else stage.name(seat)} fails{_because(entry)}")
    return True


def _investiture(stage: Stage, entry: Entry) -> bool:
    group = _group(stage, entry) or list(stage.proposed)
    elected = first_of(entry, _ELECTED)
    if not isinstance(elected, bool):
        return False
    if elected:
        stage.governing, stage.proposed = tuple(group), ()
    stage.moment.active.update(group)
    counts = ", ".join(f"{side} {number(entry[side])}" for side in _SIDES if type(entry.get(side)) in (int, float))
    ballot = entry.get("ballot")
    nth = f"Ballot {ballot}: the" if isinstance(ballot, int) and ballot > 1 else "The"
    verb = "is invested" if elected else "is voted down"
    stage.moment.tell(
        f"{nth} government of {listed(stage.called(group), 8) or 'nobody'} {verb}{f' ({counts})' if counts else ''}"
    )
    return True


def _market(stage: Stage, entry: Entry) -> bool:
    """A market with a book opens."""
    stage.floor = floors.opened(entry, stage.t)
    return stage.floor is not None


def _book(stage: Stage, entry: Entry) -> bool:
    """An offer comes or goes, or two of them meet."""
    if stage.floor is None or not stage.floor.tick:
        return False
    trader, buyer, seller = (stage.seat(entry.get(key)) for key in ("trader", "buyer", "seller"))
    if not floors.told(stage.floor, (trader, buyer, seller), entry, stage.t):
        return False
    moment = stage.moment
    moment.dealt = moment.dealt or stage.floor.news.any
    if buyer is not None and seller is not None and buyer != seller:
        moment.flows.add((seller, buyer, SOLD))
        moment.active.update((buyer, seller))
    elif trader is not None and entry.get("event") == "accepted":
        moment.active.add(trader)
    return True


def _trade(stage: Stage, entry: Entry) -> bool:
    """Somebody trades in a prediction market."""
    floor = floors.moved(stage.floor, entry, stage.begun, stage.t)
    seat = _actor(stage, entry)
    if floor is None or seat is None:
        return False
    stage.floor, bought = floor, entry.get("bought")
    stage.moment.active.add(seat)
    stage.moment.told = True
    shares = spoken(bought, 60) if isinstance(bought, dict) else "some"
    dearest = sorted(((points[-1][1], name) for name, points in floor.lines.items()), key=lambda one: -one[0])
    now = ", ".join(f"{name} {round(100 * price)} %" for price, name in dearest[:3])
    stage.moment.tell(f"{stage.name(seat)} buys shares ({shares}) for {spoken(entry.get('cost'), 20)}. Prices: {now}")
    return True


def _clock(stage: Stage, entry: Entry) -> bool:
    """A price is called: who takes it."""
    took = entry.get("took")
    if not isinstance(took, list) or not _amount(entry.get("price")):
        return False
    seats = stage.seats(took)
    stage.moment.active.update(seats)
    few = len(seats) <= 3
    who = listed(stage.called(seats)) if few else f"{len(seats):,} members"
    takes = f"{who} {'takes' if len(seats) == 1 else 'take'} it" if seats else "nobody takes it"
    stage.moment.tell(f"The clock stands at {number(entry['price'])}: {takes}")
    return True


def _award(stage: Stage, entry: Entry) -> bool:
    """Work, or a question, is given to whoever made the best offer."""
    seat, job, sure = stage.seat(entry.get("member")), entry.get("job"), entry.get("sure")
    if seat is None or not (_amount(entry.get("price")) or _amount(sure)):
        return False
    stage.moment.active.add(seat)
    if _amount(sure):
        stage.moment.tell(f"The question is given to {stage.name(seat)}, who is {number(sure)} % sure")
        return True
    what = f"Job {job + 1}" if isinstance(job, int) and 0 <= job < 10**6 else "The work"
    costs = f" (its cost: {number(entry['cost'])})" if _amount(entry.get("cost")) else ""
    stage.moment.tell(f"{what} is given to {stage.name(seat)} for {number(entry['price'])}{costs}")
    return True


def _sale(stage: Stage, entry: Entry) -> bool:
    """An answer is sold."""
    buyer, seller = stage.seat(entry.get("buyer")), stage.seat(entry.get("seller"))
    if buyer is None or seller is None or buyer == seller or not _amount(entry.get("price")):
        return False
    stage.moment.flows.add((seller, buyer, SOLD))
    stage.moment.active.update((buyer, seller))
    stage.moment.tell(f"{stage.name(buyer)} buys the answer of {stage.name(seller)} for {number(entry['price'])}")
    return True


def _amount(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12


def _transfer(stage: Stage, entry: Entry) -> bool:
    """Money or goods change hands; what is set aside, and given back, is the market's own affair."""
    ends = [entry.get(key) for key in ("source", "target")]
    if any(isinstance(end, str) and end.startswith("escrow:") for end in ends) or entry.get("why") == "endowment":
        return True
    return stage.floor is not None and entry.get("why") == "trade"


def _anything(stage: Stage, entry: Entry) -> bool:
    """A kind that nobody knows: its name and its fields, members by their names."""
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
    return True


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
    "market": _market,
    "book": _book,
    "trade": _trade,
    "clock": _clock,
    "award": _award,
    "sale": _sale,
    "transfer": _transfer,
}
