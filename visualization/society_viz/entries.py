"""What each kind of entry of the engine does to the stage. Kinds that mechanisms log are in `events`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from society_viz import look, money, ties
from society_viz.answering import BID, BIDS, answered, asked_for, highest
from society_viz.events import happen, tell
from society_viz.film import MESSAGE, REFUSED, SAW
from society_viz.marking import Along, draw
from society_viz.reading import Entry
from society_viz.stage import _SAID, HISTORY, UNDECIDED, Said, Stage
from society_viz.survey import time
from society_viz.table import Table
from society_viz.words import clean, number, spoken

_NUMBER = re.compile(r"-?[0-9]{1,9}\.[0-9]{1,20}")
_SIZES = ("seats", "votes")  # what makes members parties; a weight of its vote makes nobody one
_PLACES = ("left_right", "position", "ideology")
_TIES_OF_AUTHORITY = ("command", "report")


def fold(stage: Stage, entry: Entry) -> None:
    """Let *entry* happen on *stage*; a kind nobody knows becomes a caption."""
    stage.t = stage.moment.t = time(entry)
    about = entry.get("about")
    if about != stage.table.about:
        stage.turn_to(about)
        if late := stage.late(entry):
            _late(stage, entry, late)
            return
    known = _FOLDS.get(entry["kind"])
    if known is not None:
        known(stage, entry)
        draw(stage, entry)
    elif not (happen(stage, entry) | draw(stage, entry)):
        tell(stage, entry)


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


def _question(stage: Stage, entry: Entry) -> None:
    stage.asked += 1
    options, facts = entry.get("options"), entry.get("facts")
    facts = facts if isinstance(facts, dict) else {}
    said = tuple(spoken(option, 60) for option in options[:200]) if isinstance(options, list) else ()
    items, last = facts.get("items"), stage.table
    known = not last.options and last.heading != BIDS and len(last.found) <= look.MOST_KEYS
    about = entry.get("about")
    stage.put(
        Table(
            about=about if isinstance(about, str) else "",
            number=stage.asked,
            question=clean(entry.get("text", ""), 400),
            options=said,
            things=frozenset(map(str, items[:200])) if isinstance(items, list) else frozenset(),
            familiar=tuple(last.found) if known else last.familiar,
            found=[*said],
            aside=([*said], {}, {}, "Answers"),
            house=_first_number(facts, ("house",)) or 0,
            begun=stage.t,
        )
    )


def stand(stage: Stage, entry: Entry) -> tuple[int, str | None, str | None, str, str] | None:
    """Let a member stand for what it has answered: its seat, that and what it stood for before, its words, its reason.

    `None` for what is no answer to the question, such as notes.
    """
    seat, bids = stage.seat(entry.get("member")), entry.get("purpose") == BID
    if seat is None or (entry.get("purpose") and not bids):
        return None
    stage.table.ready(entry)
    label, amount, whole, reason = answered(entry)
    dearest = highest(entry.get("value"), stage.table.things)
    if dearest is not None:
        (label, amount), stage.table.heading = dearest, "Highest bids"
    elif not stage.table.values:
        stage.table.heading = _HEADINGS.get(asked_for(entry), stage.table.heading)
    before = stage.table.values.get(seat)
    if label != "":
        stage.table.answer(seat, label)
    if amount is not None:
        stage.table.numbers[seat] = amount
    else:
        stage.table.numbers.pop(seat, None)
    stage.moment.forms += isinstance(entry.get("value"), dict) or label is None
    return seat, label, before, whole, reason


def _answer(stage: Stage, entry: Entry) -> None:
    stands = stand(stage, entry)
    if stands is None:
        return
    seat, label, before, whole, reason = stands
    moment = stage.moment
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


def _late(stage: Stage, entry: Entry, question: int) -> None:
    """It changes nothing in the question that is on the table by now."""
    seat = stage.seat(entry.get("member"))
    if seat is not None:
        stage.moment.active.add(seat)
        words = answered(entry)[2] or spoken(entry.get("value"))
        stage.moment.tell(f"{stage.name(seat)} answers question {question:,}, which is settled: {words}")


_HEADINGS = {"ranking": "First choices", "weights": "First choices", "approved": "Approved of"}


def _message(stage: Stage, entry: Entry) -> None:
    source, target = stage.seat(entry.get("from")), stage.seat(entry.get("to"))
    if source is None or target is None:
        return
    moment = stage.moment
    moment.delivered += 1
    moment.active.add(source)
    moment.heard.add(target)
    arrows = (one for name in stage.kinds_of_marks for one in stage.table.marks.get((name, source), ()))
    if not any(isinstance(one, Along) and one.told and one.target == target for one in arrows):
        moment.flows.add((source, target, MESSAGE))
    if len(moment.words) < 8 * _SAID:
        moment.words.append((source, target, _said(entry.get("words", ""))))


def _said(words: Any) -> str:
    """The words of a message; a number in as many digits as a reader wants."""
    said = clean(words, 300)
    return number(float(said)) if _NUMBER.fullmatch(said) else said


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


def _outcome(stage: Stage, entry: Entry) -> None:
    stage.settled += 1
    decision, gets = entry.get("decision"), money.shares(stage, entry)
    if gets:
        stage.table.won = {seat: [words] for seat, words in gets.items()}
    stage.table.decision = spoken(decision, 120) if decision is not None else money.given(stage, gets) or UNDECIDED
    if stage.table.decision in stage.decisions or len(stage.decisions) < 200:
        stage.decisions[stage.table.decision] = stage.decisions.get(stage.table.decision, 0) + 1
    for name, value in entry.items():
        if type(value) in (int, float) and name not in ("t", HISTORY) and abs(value) < 1e15:
            own = stage.sums.setdefault(name, [0.0, 0])
            own[0] += value
            own[1] += 1
    communities = entry.get("communities", entry.get("means", ties.committees(stage, entry)))
    if isinstance(communities, dict) and len(communities) <= ties.GROUPS:
        found = {name: "none" if value is None else spoken(value, 20) for name, value in communities.items()}
        stage.table.communities = found
    correct = entry.get("correct")
    stage.table.right = correct if isinstance(correct, bool) and HISTORY not in entry else None
    if stage.table.right is not None:
        stage.judged += 1
        stage.correct += stage.table.right


def _end(stage: Stage, entry: Entry) -> None:
    """Nothing happens at the end."""


_FOLDS: dict[str, Callable[[Stage, Entry], None]] = {
    "header": _header,
    "member": _member,
    "graph": ties.graph,
    "question": _question,
    "answer": _answer,
    "message": _message,
    "refused": _refused,
    "lost": _lost,
    "silence": _silence,
    "link": ties.link,
    "unlink": ties.unlink,
    "reweight": ties.reweight,
    "assign": ties.assign,
    "place": ties.place,
    "leave": ties.leave,
    "join": ties.join,
    "outcome": _outcome,
    "end": _end,
}
ADDRESSING = {kind: _FOLDS[kind] for kind in ("member", "graph", "question", "link", "unlink", "leave")}
"""Who there is, who is tied to whom, and what is asked: of all folds those that a record is cut into moments by."""
