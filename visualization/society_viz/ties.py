"""Who is there and who may speak to whom: ties that come and go, members that leave and join."""

from __future__ import annotations

from typing import Any

from society_viz import layout
from society_viz.film import Tie
from society_viz.reading import Entry
from society_viz.stage import _SAID, Stage
from society_viz.words import clean, spoken

GROUPS = 60
"""More communities or committees than this are not drawn one by one."""


def graph(stage: Stage, entry: Entry) -> None:
    """The places there are and the ties between them."""
    nodes = entry.get("nodes")
    for name, attributes in (nodes if isinstance(nodes, dict) else {}).items():
        if str(name).isdecimal() and len(str(name)) < 9 and isinstance(attributes, dict):
            seat = int(name)
            plain = f"Member {seat}"
            if stage.names.setdefault(seat, plain) == plain and isinstance(attributes.get("name"), str):
                stage.names[seat] = clean(attributes["name"], 60) or plain  # of a file of ties, say
            stage.attributes[seat] = attributes
    found = entry.get("ties")
    for tie in found if isinstance(found, list) else []:
        if isinstance(tie, list) and len(tie) >= 2 and all(type(end) is int and end in stage.names for end in tie[:2]):
            kind = clean(tie[2], 20) if len(tie) > 2 else "talk"
            stage.ties[tie[0], tie[1]] = (kind, stage.beats)
    if not stage.beats:
        stage.opening = [(u, v, kind) for (u, v), (kind, _) in stage.ties.items()]


def committees(stage: Stage, entry: Entry) -> dict[str, Any]:
    """What each group of an outcome decided, if members sit by these groups.

    They do from now on where there are no communities; where others than these sit together, nothing is said of them.
    """
    groups = entry.get("groups")
    if not isinstance(groups, list) or not all(isinstance(one, dict) and "decision" in one for one in groups):
        return {}
    names = [one.get("group") if type(one.get("group")) is int else clean(one.get("group"), 40) for one in groups]
    of = {seat: name for one, name in zip(groups, names, strict=True) for seat in stage.seats(one.get("seats", []))}
    if not of:
        return {}  # a record that does not say who was in which
    if 1 < len(groups) <= GROUPS and not layout.communities(stage.attributes):
        for seat, name in of.items():
            stage.attributes[seat] = {**stage.attributes.get(seat, {}), "community": name, "grouping": "committee"}
        stage.turnover += 1
    known = layout.communities(stage.attributes)
    if any(seat not in known or str(known[seat][0]) != str(name) for seat, name in of.items()):
        return {}
    return {str(name): one["decision"] for one, name in zip(groups, names, strict=True)}


def link(stage: Stage, entry: Entry) -> None:
    """A tie comes."""
    ends = _ends(stage, entry)
    if ends and ends not in stage.ties:
        kind = clean(entry.get("tie") or "talk", 20)
        stage.ties[ends] = (kind, stage.beats)
        stage.turnover += 1
        stage.moment.linked.add((*ends, kind))


def unlink(stage: Stage, entry: Entry) -> None:
    """A tie goes."""
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


def reweight(stage: Stage, entry: Entry) -> None:
    """A tie gets another weight."""
    stage.moment.reweighted += 1


def place(stage: Stage, entry: Entry) -> None:
    """A member takes another's place: what its ties tell already, but for the community it is in."""
    seat, attributes = stage.seat(entry.get("member")), entry.get("attributes")
    if seat is not None and isinstance(attributes, dict):
        stage.attributes[seat] = dict(attributes)
        stage.turnover += 1


def assign(stage: Stage, entry: Entry) -> None:
    """A member is played by another model."""
    seat = stage.seat(entry.get("member"))
    if seat is not None and len(stage.moment.assigned) < _SAID:
        stage.moment.assigned.append((seat, spoken(entry.get("model"), 60)))


def leave(stage: Stage, entry: Entry) -> None:
    """A member is lost: its seat fades, and its ties go."""
    seat = stage.seat(entry.get("member"))
    if seat is None:
        return
    stage.gone.add(seat)
    own = [pair for pair in stage.ties if seat in pair]
    stage.vacant[seat] = [(*pair, stage.ties[pair][0]) for pair in own]
    for pair in own:
        unlink(stage, {"source": pair[0], "target": pair[1]})
    why = spoken(entry.get("why") or "", 40)
    stage.moment.tell(f"{stage.name(seat)} leaves{f' ({why})' if why else ''}")


def join(stage: Stage, entry: Entry) -> None:
    """Somebody new takes a seat."""
    seat = stage.seat(entry.get("member"))
    if seat is None:
        return
    again = seat not in stage.gone
    stage.gone.discard(seat)
    stage.vacant.pop(seat, None)
    stage.turnover += 1
    stage.table.values.pop(seat, None)
    place(stage, entry)
    stage.moment.tell(f"Somebody new {'replaces' if again else 'takes the seat of'} {stage.name(seat)}")
