"""What each kind of entry of the engine does to the stage. Kinds that mechanisms log are in `events`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from society_viz.events import happen
from society_viz.film import MESSAGE, REFUSED, SAW, Tie
from society_viz.reading import Entry
from society_viz.stage import _SAID, HISTORY, Said, Stage, answered
from society_viz.survey import time
from society_viz.words import clean, spoken

_SIZES = ("seats", "votes")  # what makes members parties; a weight of its vote makes nobody one
_PLACES = ("left_right", "position", "ideology")
_TIES_OF_AUTHORITY = ("command", "report")


def fold(stage: Stage, entry: Entry) -> None:
    """Let *entry* happen on *stage*; a kind nobody knows becomes a caption."""
    stage.t = stage.moment.t = time(entry)
    _FOLDS.get(entry["kind"], happen)(stage, entry)


def next_wave(stage: Stage, entry: Entry) -> bool:
    """Whether this message passes on what its sender has heard in this very moment: it is then shown after it."""
    if entry["kind"] != "message":
        return False
    sender, target = stage.seat(entry.get("from")), stage.seat(entry.get("to"))
    if sender is None or target is None:
        return False
    tie = stage.ties.get((sender, target))
    return tie is not None and tie[0] in _TIES_OF_AUTHORITY and sender in stage.moment.heard


def _header(stage: Stage, entry: Entry) -> None:
    stage.header = dict(entry)


def _member(stage: Stage, entry: Entry) -> None:
    seat = entry.get("member")
    if not isinstance(seat, int) or isinstance(seat, bool) or seat < 0:
        return
    stage.names[seat] = clean(entry.get("name") or f"Member {seat}", 60) or f"Member {seat}"
    traits = entry.get("traits")
    traits = traits if isinstance(traits, dict) else {}
    stage.attributes.setdefault(seat, {})
    stage.turnover += 1
    size, place = _first_number(traits, _SIZES), _first_number(traits, _PLACES)
    if size is not None and size >= 0:
        stage.weights[seat] = size
    if place is not None:
        stage.order[seat] = place
    if stage.beats:
        stage.since[seat] = stage.beats


def _first_number(traits: dict[str, Any], names: tuple[str, ...]) -> float | None:
    for name in names:
        value = traits.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12:
            return float(value)
    return None


def _graph(stage: Stage, entry: Entry) -> None:
    nodes = entry.get("nodes")
    for name, attributes in (nodes if isinstance(nodes, dict) else {}).items():
        if str(name).isdecimal() and len(str(name)) < 9 and isinstance(attributes, dict):
            stage.names.setdefault(int(name), f"Member {int(name)}")
            stage.attributes[int(name)] = attributes
    ties = entry.get("ties")
    for tie in ties if isinstance(ties, list) else []:
        if isinstance(tie, list) and len(tie) >= 2 and all(type(end) is int and end in stage.names for end in tie[:2]):
            kind = clean(tie[2], 20) if len(tie) > 2 else "talk"
            stage.ties[tie[0], tie[1]] = (kind, stage.beats)
    if not stage.beats:
        stage.opening = [(u, v, kind) for (u, v), (kind, _) in stage.ties.items()]


def _question(stage: Stage, entry: Entry) -> None:
    stage.asked += 1
    stage.question = clean(entry.get("text", ""), 400)
    options = entry.get("options")
    stage.found = [spoken(option, 60) for option in options[:200]] if isinstance(options, list) else []
    stage.values, stage.numbers = {}, {}
    stage.decision, stage.right = "", None
    stage.chair, stage.proposed, stage.governing = -1, (), ()
    stage.floor, stage.begun = None, stage.t
    facts = entry.get("facts")
    stage.house = _first_number(facts, ("house",)) or 0 if isinstance(facts, dict) else 0


def _answer(stage: Stage, entry: Entry) -> None:
    seat = stage.seat(entry.get("member"))
    if seat is None or entry.get("purpose"):  # notes are no answer to the question
        return
    moment = stage.moment
    label, amount, whole, reason = answered(entry)
    before = stage.values.get(seat)
    if label != "":
        stage.answer(seat, label)
    if amount is not None:
        stage.numbers[seat] = amount
    else:
        stage.numbers.pop(seat, None)
    saw = stage.seats(entry["saw"]) if isinstance(entry.get("saw"), list) else []
    for other in saw:
        if other != seat:
            moment.flows.add((other, seat, SAW))
    if label is None:
        why = spoken(entry.get("reason") or "no reason given", 40)
        moment.abstained[why] = moment.abstained.get(why, 0) + 1
    elif label and len(moment.tally) < 200:
        moment.tally[label] = moment.tally.get(label, 0) + 1
    moment.changed += bool(before and label and before != label)
    moment.seeing += bool(saw)
    moment.active.add(seat)
    moment.forms += isinstance(entry.get("value"), dict) or label is None
    moment.answers.add(
        Said(
            seat,
            label,
            before,
            whole,
            reason if label is not None else spoken(entry.get("reason") or "", 40),
            bool(saw),
        )
    )


def _message(stage: Stage, entry: Entry) -> None:
    source, target = stage.seat(entry.get("from")), stage.seat(entry.get("to"))
    if source is None or target is None:
        return
    moment = stage.moment
    moment.delivered += 1
    moment.active.add(source)
    moment.heard.add(target)
    moment.flows.add((source, target, MESSAGE))
    if len(moment.words) < 8 * _SAID:
        moment.words.append((source, target, clean(entry.get("words", ""), 300)))


def _refused(stage: Stage, entry: Entry) -> None:
    source, target = stage.seat(entry.get("from")), stage.seat(entry.get("to"))
    moment = stage.moment
    moment.turned_away += 1
    if source is None:
        return
    moment.active.add(source)
    if target is not None:
        moment.flows.add((source, target, REFUSED))
    if len(moment.refused) < 4:
        moment.refused.append((source, -1 if target is None else target, spoken(entry.get("why") or "", 60)))


def _lost(stage: Stage, entry: Entry) -> None:
    source, target = stage.seat(entry.get("from")), stage.seat(entry.get("to"))
    stage.moment.lost += 1
    if source is not None and target is not None:
        stage.moment.active.add(source)
        stage.moment.flows.add((source, target, REFUSED))


def _silence(stage: Stage, entry: Entry) -> None:
    stage.moment.silent += 1


def _link(stage: Stage, entry: Entry) -> None:
    ends = _ends(stage, entry)
    if ends and ends not in stage.ties:
        kind = clean(entry.get("tie") or "talk", 20)
        stage.ties[ends] = (kind, stage.beats)
        stage.turnover += 1
        stage.moment.linked.add((*ends, kind))


def _unlink(stage: Stage, entry: Entry) -> None:
    ends = _ends(stage, entry)
    if ends and ends in stage.ties:
        kind, first = stage.ties.pop(ends)
        stage.turnover += 1
        if stage.beats > first or first == 0:
            stage.closed.append(Tie(*ends, kind, first, stage.beats))
        stage.moment.unlinked.add((*ends, kind))


def _ends(stage: Stage, entry: Entry) -> tuple[int, int] | None:
    source, target = entry.get("source"), entry.get("target")
    if type(source) is not int or type(target) is not int or min(source, target) < 0 or max(source, target) > 10**8:
        return None
    for seat in (source, target):
        if seat not in stage.names:
            stage.names[seat] = f"Member {seat}"
            stage.attributes[seat] = {}
            stage.since[seat] = stage.beats
    return source, target


def _reweight(stage: Stage, entry: Entry) -> None:
    stage.moment.reweighted += 1


def _place(stage: Stage, entry: Entry) -> None:
    """A member takes another's place: what its ties tell already, but for the community it is in."""
    seat, attributes = stage.seat(entry.get("member")), entry.get("attributes")
    if seat is not None and isinstance(attributes, dict):
        stage.attributes[seat] = dict(attributes)
        stage.turnover += 1


def _assign(stage: Stage, entry: Entry) -> None:
    seat = stage.seat(entry.get("member"))
    if seat is not None and len(stage.moment.assigned) < _SAID:
        stage.moment.assigned.append((seat, spoken(entry.get("model"), 60)))


def _leave(stage: Stage, entry: Entry) -> None:
    """A member is lost: its seat fades, and its ties go."""
    seat = stage.seat(entry.get("member"))
    if seat is None:
        return
    stage.gone.add(seat)
    own = [pair for pair in stage.ties if seat in pair]
    stage.vacant[seat] = [(*pair, stage.ties[pair][0]) for pair in own]
    for pair in own:
        _unlink(stage, {"source": pair[0], "target": pair[1]})
    why = spoken(entry.get("why") or "", 40)
    stage.moment.tell(f"{stage.name(seat)} leaves{f' ({why})' if why else ''}")


def _join(stage: Stage, entry: Entry) -> None:
    """Somebody new takes a seat."""
    seat = stage.seat(entry.get("member"))
    if seat is None:
        return
    again = seat not in stage.gone
    stage.gone.discard(seat)
    stage.vacant.pop(seat, None)
    stage.turnover += 1
    stage.values.pop(seat, None)
    _place(stage, entry)
    stage.moment.tell(f"Somebody new {'replaces' if again else 'takes the seat of'} {stage.name(seat)}")


def _outcome(stage: Stage, entry: Entry) -> None:
    stage.settled += 1
    decision = entry.get("decision")
    stage.decision = "no decision" if decision is None else spoken(decision, 120)
    correct = entry.get("correct")
    stage.right = correct if isinstance(correct, bool) and HISTORY not in entry else None
    if stage.right is not None:
        stage.judged += 1
        stage.correct += stage.right


def _end(stage: Stage, entry: Entry) -> None:
    """Nothing happens at the end."""


_FOLDS: dict[str, Callable[[Stage, Entry], None]] = {
    "header": _header,
    "member": _member,
    "graph": _graph,
    "question": _question,
    "answer": _answer,
    "message": _message,
    "refused": _refused,
    "lost": _lost,
    "silence": _silence,
    "link": _link,
    "unlink": _unlink,
    "reweight": _reweight,
    "assign": _assign,
    "place": _place,
    "leave": _leave,
    "join": _join,
    "outcome": _outcome,
    "end": _end,
}
ADDRESSING = {kind: _FOLDS[kind] for kind in ("member", "graph", "question", "link", "unlink", "leave")}
"""Who there is, who is tied to whom, and what is asked: of all folds those that a record is cut into moments by."""
