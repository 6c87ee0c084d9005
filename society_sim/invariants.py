"""What a form of organisation must keep: checked when it is made, and before every batch of changes is carried out.

A graph declares its invariants as plain data, name -> parameters; one that declares none may become anything.

>>> import networkx as nx
>>> graph = declare(nx.DiGraph([(1, 0, {"kind": "report"}), (0, 1, {"kind": "command"})]), "pair", tree={"span": 1})
>>> check(graph)
>>> graph.add_edge(2, 0, kind="report")
>>> check(graph)
Traceback (most recent call last):
    ...
society_sim.errors.ScenarioError: topology 'pair' breaks its invariant 'tree': seat 0 has 2 direct reports, more than 1

| invariant | parameters | what holds |
|---|---|---|
| `tree` | `span`, `depth` | one root, at most one boss each, no circle in the lines of reporting; at most *span* direct reports, at most *depth* levels below the root |
| `bosses` | `most` | at most so many bosses each (1, if left out), and no circle in the lines of reporting |
| `mirrored` | | who commands is reported to, and the other way round |
| `delegates` | | every community has a head, every head a community, and nobody reports to another community |
| `gateways` | | ties from one community to another join delegates alone |
| `connected` | | everybody is reached from everybody along ties, taken either way |

A batch of changes is judged by what it leaves behind, so its order does not matter, and only the seats are looked at
that it touches: it costs what it holds, and not what the graph holds. A breach that was there before does not stand in
its way, so that what a loss of members has broken can be mended step by step.
"""  # noqa: E501 - a table

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import networkx as nx

from society_sim.errors import ScenarioError, SocietyError, nearest
from society_sim.overlay import Overlay
from society_sim.values import Assign, Change, Constitute, Link, Place, Reweight, Unlink

G = TypeVar("G", bound=nx.Graph)
Declared = Mapping[str, Mapping[str, Any]]
Breach = tuple[int, str]
"""A seat, and what is wrong there."""
_PROPOSALS = (Link, Unlink, Reweight, Assign, Place, Constitute)


def declare(graph: G, name: str, **invariants: Mapping[str, Any]) -> G:
    """*graph*, called *name*, with what it must keep. A parameter that is `None` is left out."""
    graph.graph["name"] = name
    if invariants:
        graph.graph["invariants"] = {
            key: {parameter: value for parameter, value in said.items() if value is not None}
            for key, said in invariants.items()
        }
    return graph


def declared(graph: nx.Graph) -> Declared:
    """What *graph* must keep: name of the invariant -> parameters."""
    found: Declared = graph.graph.get("invariants") or {}
    return found


def delegate(attributes: Mapping[str, Any]) -> bool:
    """Whether a node's *attributes* say that it speaks for its community: `delegate`, or else `head`."""
    return attributes.get("delegate", attributes.get("head")) is True


def check(graph: nx.DiGraph) -> None:
    """`ScenarioError` if *graph* does not keep what it declares; it names topology, invariant and seat."""
    if invariants := declared(graph):
        conform(invariants)
        for name, (_, words) in _breaches(invariants, None, Overlay(graph)):
            raise ScenarioError(f"{_called(graph)} breaks its invariant {name!r}: {words}")


def refuse(graph: nx.DiGraph, changes: Sequence[Change], absent: Collection[int] = ()) -> None:
    """`SocietyError` if *changes*, all done, would break what *graph* declares; nothing is done here.

    *absent* are seats at which nobody is: they have no place in the form.

    What merely happens to a society asks nobody: a batch with a change that is no proposal (`Link`, `Unlink`,
    `Reweight`, `Assign`, `Place`, `Constitute` are) is let through.
    """
    form: Constitute | None = None
    for change in changes:
        if not isinstance(change, _PROPOSALS):
            return
        if isinstance(change, Constitute):
            form = change
            conform(change.invariants)
    invariants = declared(graph) if form is None else form.invariants
    if not invariants:
        return
    then, now = Overlay(graph, changes, absent), Overlay(graph, (), absent) if form is None else None
    if now is None:
        then.everywhere()
    for name, (seat, words) in _breaches(invariants, now, then):
        what = _called(graph) if form is None else f"the new form {form.name!r}" if form.name else "the new form"
        raise SocietyError(f"{form or then.touched[seat]} would break the invariant {name!r} of {what}: {words}")


def refused(graph: nx.DiGraph, changes: Sequence[Change], absent: Collection[int] = ()) -> str | None:
    """Why a society with *graph* would refuse *changes*; for a rewiring that wants to propose what can be done."""
    try:
        refuse(graph, changes, absent)
    except SocietyError as error:
        return str(error)
    return None


def conform(invariants: Any) -> None:
    """`ScenarioError` if *invariants* are none that are known, or have parameters that they do not take."""
    if not isinstance(invariants, Mapping):
        raise ScenarioError(f"invariants are a mapping of names to parameters, not {invariants!r}")
    for name, said in invariants.items():
        if name not in _CHECKS:
            raise ScenarioError(f"no invariant {name!r}; {nearest(str(name), _CHECKS)}")
        takes = [key for key, each in inspect.signature(_CHECKS[name]).parameters.items()
                 if each.kind is each.KEYWORD_ONLY]  # fmt: skip
        if not isinstance(said, Mapping) or set(said) - set(takes):
            raise ScenarioError(f"invariant {name!r} takes {', '.join(takes) or 'no parameters'}, not {said!r}")
        for key, value in said.items():
            least = 0 if key == "depth" else 1
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ScenarioError(f"invariant {name!r}: {key} is a whole number from {least}, not {value!r}")


def _called(graph: nx.Graph) -> str:
    return f"topology {graph.graph['name']!r}" if graph.graph.get("name") else "the graph"


def _breaches(invariants: Declared, now: Overlay | None, then: Overlay) -> Iterator[tuple[str, Breach]]:
    for name, said in invariants.items():
        for breach in _CHECKS[name](now, then, **said):
            yield name, breach


# --- lines of reporting: *now* is `None` when all of the graph is looked at -------------------------------------------


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
                yield seat, f"{then.name(seat)} has {below} direct reports, more than {span}"
    if len(roots) > max(1, before) or (now is not None and len(roots) > before):
        everywhere = roots if now is None else [seat for seat in then.seats if not then.bosses(seat)]
        for other in everywhere:
            if other != roots[-1]:
                yield roots[-1], f"{then.name(roots[-1])} reports to nobody, nor does {then.name(other)}: two roots"
                break
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
            yield seat, f"{then.name(row[0])} is {at} levels below the root, more than {depth}"


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
            yield seat, f"{then.name(seat)} reports to {told}; it may have {most} boss{'es' * (most > 1)} at most"
    circle = _circle(then)
    steps = list(pairwise(circle))
    if circle and (now is None or not all(now.kind(*step) == "report" for step in steps)):
        seat = next((seat for seat in circle if seat in then.touched), circle[0])
        yield seat, f"the lines of reporting go round in a circle: {' -> '.join(map(str, circle))}"


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
    for pair in then.pairs:
        for high, low in (pair, pair[::-1]):
            commands, reports = _lines(then, high, low)
            if commands == reports or (now is not None and len(set(_lines(now, high, low))) > 1):
                continue
            if commands:
                yield low, f"{then.name(high)} commands {then.name(low)}, which does not report to it"
            else:
                yield low, f"{then.name(low)} reports to {then.name(high)}, which does not command it"


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
                yield seat, f"{then.name(seat)} is a delegate without a community"
        if own is not None:
            members.setdefault(own, seat)
        if now is not None and (before := now.node(seat).get("community")) is not None:
            members.setdefault(before, seat)
    headless = [community for community in members if community not in heads]
    if headless:
        yield from _headless(now, then, {community: members[community] for community in headless})
    for seat in dict.fromkeys([*then.lines, *then.places]):
        for boss in then.bosses(seat):
            yield from _abroad(now, then, seat, boss, seat)
        for low in then.reports(seat) if now is not None else ():
            yield from _abroad(now, then, low, seat, seat)


def _headless(now: Overlay | None, then: Overlay, seats: Mapping[Any, int]) -> Iterator[Breach]:
    """Those of some communities (with a touched seat each) that have members and no head, but had one before."""
    there = _peopled(then, seats)
    if all(there.values()):
        return
    before = {} if now is None else _peopled(now, seats)
    for community, seat in seats.items():
        if not there.get(community, True) and before.get(community, True):
            yield seat, f"community {community!r} has no head; {then.name(seat)} is one of it or has just left it"


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


def _abroad(now: Overlay | None, then: Overlay, low: int, high: int, touched: int) -> Iterator[Breach]:
    own, other = _community(then, low), _community(then, high)
    if own == other:
        return
    if now is not None and now.kind(low, high) == "report" and _community(now, low) != _community(now, high):
        return
    yield touched, (f"{then.name(low)} of community {own!r} reports to {then.name(high)} of community {other!r}: a "
                    "delegate outside its community")  # fmt: skip


def _community(view: Overlay, seat: int) -> Any:
    return view.node(seat).get("community")


def _gateways(now: Overlay | None, then: Overlay) -> Iterator[Breach]:
    pairs = dict.fromkeys((pair, pair[0]) for pair in then.pairs)
    if now is not None:  # all of the ties of those who move
        pairs |= dict.fromkeys(((seat, other), seat) for seat in then.places for other in then.out(seat))
        pairs |= dict.fromkeys(((other, seat), seat) for seat in then.places for other in then.into(seat))
    for (source, target), touched in pairs:
        if _trespass(then, source, target) and (now is None or not _trespass(now, source, target)):
            yield touched, (f"the tie from {then.name(source)} to {then.name(target)} leads from one community to "
                            "another past their delegates")  # fmt: skip


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
            yield one, f"{then.name(other)} cannot be reached from {then.name(one)}"
        return
    piece = then.pieces()
    first = next(iter(piece.values()), 0)
    for seat, start in piece.items():
        if start != first:
            yield seat, f"{then.name(seat)} cannot be reached from {then.name(first)}"
            return


_CHECKS: dict[str, Callable[..., Iterator[Breach]]] = {
    "tree": _tree, "bosses": _bosses, "mirrored": _mirrored, "delegates": _delegates, "gateways": _gateways,
    "connected": _connected,
}  # fmt: skip
