"""What breaks each invariant: pure functions of the graph as it is (*now*) and as it would be (*then*).

*now* is `None` where the whole graph is looked at, when a form is made. Else only what the changes touch is, and what
was as bad before is no breach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from society_sim.overlay import Overlay

Places = tuple[int | tuple[int, int], ...]
"""Seats and ties."""
Breach = tuple[Places, str]
"""Where, those first whose change may have brought it about, and what is wrong there."""


def delegate(attributes: Mapping[str, Any]) -> bool:
    """Whether a node's *attributes* say that it speaks for its community: `delegate`, or else `head`."""
    return attributes.get("delegate", attributes.get("head")) is True


# --- lines of reporting -----------------------------------------------------------------------------------------------


def _tree(now: Overlay | None, then: Overlay, *, span: int | None = None, depth: int | None = None) -> Iterator[Breach]:
    yield from _bosses(now, then)
    roots: list[int] = []
    before = 0
    for seat in then.lines:
        if not then.bosses(seat):
            roots.append(seat)
        if now is not None and not now.bosses(seat):
            before += 1
        if span is not None and (below := len(then.reports(seat))) > span:
            there = span if now is None else len(now.reports(seat))
            if below > there:
                places: Places = *((low, seat) for low in then.reports(seat)), seat
                yield places, f"{then.name(seat)} has {below} direct reports, more than {span}"
    if len(roots) > max(1, before) or (now is not None and len(roots) > before):
        everywhere = roots if now is None else [seat for seat in then.seats if not then.bosses(seat)]
        seat = next(iter(roots[::-1]), 0)
        other = next((other for other in everywhere if other != seat), None)
        if other is not None:
            around: Places = *((seat, boss) for boss in (now.bosses(seat) if now else ())), seat
            yield around, f"{then.name(seat)} reports to nobody, nor does {then.name(other)}: two roots"
    if depth is not None:
        yield from _depth(now, then, roots, depth)


def _depth(now: Overlay | None, then: Overlay, roots: list[int], depth: int) -> Iterator[Breach]:
    for seat in roots if now is None else then.lines:
        at = _level(then, seat)
        if now is not None and at <= _level(now, seat):
            continue  # nobody below it sinks through it
        row, seen = [seat], {seat}
        while row and at <= depth:
            row = [low for high in row for low in then.reports(high) if low not in seen]
            seen.update(row)
            at += 1
        if row:
            places: Places = *((seat, boss) for boss in then.bosses(seat)), seat
            low = then.name(row[0]) if row[0] == seat else f"{then.name(row[0])}, under {then.name(seat)},"
            yield places, f"{low} is {at} levels below the root, more than {depth}"


def _level(view: Overlay, seat: int) -> int:
    way = {seat}
    while (above := view.bosses(seat)) and above[0] not in way:
        seat = above[0]
        way.add(seat)
    return len(way) - 1


def _bosses(now: Overlay | None, then: Overlay, *, most: int = 1) -> Iterator[Breach]:
    for seat in then.lines:
        above = then.bosses(seat)
        if len(above) > most and (now is None or len(above) > len(now.bosses(seat))):
            told = ", ".join(map(str, sorted(above)))
            around: Places = *((seat, boss) for boss in above), seat
            yield around, f"{then.name(seat)} reports to {told}; it may have {most} boss{'es' * (most > 1)} at most"
    circle = _circle(then)
    steps = list(pairwise(circle))
    if circle and (now is None or not all(now.kind(*step) == "report" for step in steps)):
        places: Places = *steps, *circle
        yield places, f"the lines of reporting go round in a circle: {' -> '.join(map(str, circle))}"


def _circle(view: Overlay) -> list[int]:
    """A circle in the lines of reporting above the touched seats, its first seat again at its end."""
    done: set[int] = set()
    for start in view.lines:
        way: dict[int, Iterator[int]] = {}
        seat = start
        while seat not in done:
            above = way.setdefault(seat, iter(view.bosses(seat)))
            boss = next((boss for boss in above if boss not in done), None)
            if boss is None:
                done.add(seat)
                del way[seat]
                seat = next(reversed(way), start)
            elif boss in way:
                seats = list(way)
                return [*seats[seats.index(boss) :], boss]
            else:
                seat = boss
    return []


def _mirrored(now: Overlay | None, then: Overlay) -> Iterator[Breach]:
    seen: set[tuple[int, int]] = set()
    for pair in then.pairs:
        if pair in seen:  # looked at with the other way of it
            continue
        seen.add(pair[::-1])
        for high, low in (pair, pair[::-1]):
            commands, reports = _lines(then, high, low)
            places: Places = (high, low), (low, high), low
            if commands == reports or (now is not None and len(set(_lines(now, high, low))) > 1):
                continue
            if commands:
                yield places, f"{then.name(high)} commands {then.name(low)}, which does not report to it"
            else:
                yield places, f"{then.name(low)} reports to {then.name(high)}, which does not command it"


def _lines(view: Overlay, high: int, low: int) -> tuple[bool, bool]:
    return view.kind(high, low) == "command", view.kind(low, high) == "report"


# --- communities ------------------------------------------------------------------------------------------------------


def _delegates(now: Overlay | None, then: Overlay) -> Iterator[Breach]:
    heads: dict[Any, int] = {}
    members: dict[Any, int] = {}
    for seat in then.places:
        own = then.node(seat).get("community")
        if delegate(then.node(seat)):
            heads[own] = heads.get(own, 0) + 1
            if own is None:
                yield (seat,), f"{then.name(seat)} is a delegate without a community"
        if own is not None:
            members.setdefault(own, seat)
        if now is not None and (before := now.node(seat).get("community")) is not None:
            members.setdefault(before, seat)
    headless = [community for community in members if community not in heads]
    if headless:
        yield from _headless(now, then, {community: members[community] for community in headless})
    for seat in dict.fromkeys([*then.lines, *then.places]):
        for boss in then.bosses(seat):
            yield from _abroad(now, then, seat, boss)
        for low in then.reports(seat) if now is not None else ():
            yield from _abroad(now, then, low, seat)


def _headless(now: Overlay | None, then: Overlay, seats: Mapping[Any, int]) -> Iterator[Breach]:
    """Those of some communities (with a touched seat each) that have members and no head, but had one before."""
    there = _peopled(then, seats)
    if all(there.values()):
        return
    before = {} if now is None else _peopled(now, seats)
    for community, seat in seats.items():
        if not there.get(community, True) and before.get(community, True):
            yield (seat,), f"community {community!r} has no head; {then.name(seat)} is one of it or has just left it"


def _peopled(view: Overlay, which: Iterable[Any]) -> dict[Any, bool]:
    """Those of some communities that have members -> whether one is a head."""
    left, found = set(which), {}
    for attributes in view.attributes():
        own = attributes.get("community")
        if own in left:
            found[own] = delegate(attributes)
            if found[own]:
                left.discard(own)
                if not left:
                    break
    return found


def _abroad(now: Overlay | None, then: Overlay, low: int, high: int) -> Iterator[Breach]:
    own, other = _community(then, low), _community(then, high)
    if own == other:
        return
    if now is not None and now.kind(low, high) == "report" and _community(now, low) != _community(now, high):
        return
    words = f"{then.name(low)} of community {own!r} reports to {then.name(high)} of community {other!r}"
    yield ((low, high), low, high), f"{words}: a delegate outside its community"


def _community(view: Overlay, seat: int) -> Any:
    return view.node(seat).get("community")


def _gateways(now: Overlay | None, then: Overlay) -> Iterator[Breach]:
    pairs = dict.fromkeys(then.pairs)
    if now is not None:  # all of the ties of those who move
        pairs |= dict.fromkeys((seat, other) for seat in then.places for other in then.out(seat))
        pairs |= dict.fromkeys((other, seat) for seat in then.places for other in then.into(seat))
    for source, target in pairs:
        if _trespass(then, source, target) and (now is None or not _trespass(now, source, target)):
            words = f"the tie from {then.name(source)} to {then.name(target)} leads from one community to another"
            yield ((source, target), source, target), f"{words}, past their delegates"


def _trespass(view: Overlay, source: int, target: int) -> bool:
    if target not in view.out(source):
        return False
    one, other = view.node(source), view.node(target)
    return one.get("community") != other.get("community") and not (delegate(one) and delegate(other))


def _connected(now: Overlay | None, then: Overlay) -> Iterator[Breach]:
    if now is not None:
        parted = then.parted(pair for pair in then.pairs if pair[1] not in then.out(pair[0]))
        if parted and now.parted([parted]) is None:
            one, other = parted
            yield (parted, parted[::-1], one), f"{then.name(other)} cannot be reached from {then.name(one)}"
        return
    piece = then.pieces()
    first = next(iter(piece.values()), 0)
    for seat, start in piece.items():
        if start != first:
            yield (seat,), f"{then.name(seat)} cannot be reached from {then.name(first)}"
            return


CHECKS: dict[str, Callable[..., Iterator[Breach]]] = {
    "tree": _tree, "bosses": _bosses, "mirrored": _mirrored, "delegates": _delegates, "gateways": _gateways,
    "connected": _connected,
}  # fmt: skip
