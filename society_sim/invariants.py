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
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import networkx as nx

from society_sim.breaches import CHECKS, Breach, delegate
from society_sim.changes import Assign, Change, Constitute, Link, Place, Reweight, Unlink
from society_sim.errors import FormError, ScenarioError, SocietyError, nearest
from society_sim.overlay import Overlay

__all__ = ["Declared", "check", "conform", "declare", "declared", "delegate", "given_up", "refuse", "refused"]
G = TypeVar("G", bound=nx.Graph)
Declared = Mapping[str, Mapping[str, Any]]
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


def check(graph: nx.DiGraph) -> None:
    """`ScenarioError` if *graph* does not keep what it declares; it names topology, invariant and seat."""
    if invariants := declared(graph):
        conform(invariants)
        for name, (_, words) in _breaches(invariants, None, Overlay(graph)):
            raise ScenarioError(f"{_called(graph)} breaks its invariant {name!r}: {words}")


def refuse(graph: nx.DiGraph, changes: Sequence[Change], absent: Collection[int] = ()) -> None:
    """`FormError` if *changes*, all done, would break what *graph* declares; nothing is done here.

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
    for name, (places, words) in _breaches(invariants, now, then):
        what = _called(graph) if form is None else f"the new form {form.name!r}" if form.name else "the new form"
        raise FormError(f"{form or then.by(places)} would break the invariant {name!r} of {what}: {words}")


def refused(graph: nx.DiGraph, changes: Sequence[Change], absent: Collection[int] = ()) -> str | None:
    """Why a society with *graph* would refuse *changes*; for a rewiring that wants to propose what can be done."""
    try:
        refuse(graph, changes, absent)
    except SocietyError as error:
        return str(error)
    return None


def given_up(graph: nx.Graph) -> list[Constitute]:
    """The change by which a society with *graph* gives up the form that it has, if it has one."""
    return [Constitute()] if declared(graph) else []


def conform(invariants: Any) -> None:
    """`ScenarioError` if *invariants* are none that are known, or have parameters that they do not take."""
    if not isinstance(invariants, Mapping):
        raise ScenarioError(f"invariants are a mapping of names to parameters, not {invariants!r}")
    for name, said in invariants.items():
        if name not in CHECKS:
            raise ScenarioError(f"no invariant {name!r}; {nearest(str(name), CHECKS)}")
        takes = [key for key, each in inspect.signature(CHECKS[name]).parameters.items()
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
        for breach in CHECKS[name](now, then, **said):
            yield name, breach
