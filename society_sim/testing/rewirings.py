"""The contract of rewirings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import networkx as nx
import orjson

from society_sim.backends.pools import inline
from society_sim.backends.scripted import scripted
from society_sim.changes import Leave
from society_sim.errors import SocietyError
from society_sim.frame import Frame, Said, Standing, Use, Verdict
from society_sim.proposals import alone, together
from society_sim.society import Society
from society_sim.streams import seed_of, stream
from society_sim.testing.contract import ContractError, edges_of, named, ties_of, told_of
from society_sim.testing.watching import watched


def check_rewiring(rewiring: Callable[..., Any], *, members: int = 9, **parameters: Any) -> None:
    """Prove *rewiring*: it proposes changes that can be applied, edits nothing, and draws its generator's luck alone.

    It is tried with *parameters* on a complete graph and on a ring of *members*, on a directed tree, on a
    federation, on members without ties, and where a third of the members have left; each time twice in sequence, the
    second time after the first proposal was applied, with answers, standing, verdicts and used ties in the frame.
    `ContractError` says what it does wrong and where.
    """
    breaches: dict[str, str] = {}
    for where, graph, leaving in _societies(members):
        for breach in _rewired(rewiring, graph, leaving, parameters):
            breaches.setdefault(breach, where)
    if breaches:
        raise ContractError(named("rewiring", rewiring), [f"on {where}: {told}" for told, where in breaches.items()])


def _societies(size: int) -> Iterator[tuple[str, nx.Graph, range]]:
    """Graphs to try a rewiring on, in words and as they are, and who leaves before."""
    tree, federation = nx.DiGraph(), nx.DiGraph()
    tree.add_nodes_from((seat, {"level": (seat + 1).bit_length() - 1}) for seat in range(size))
    for seat in range(1, size):
        tree.add_edge(seat, (seat - 1) // 2, kind="report")
        tree.add_edge((seat - 1) // 2, seat, kind="command")
    federation.add_nodes_from((seat, {"community": seat % 3, "head": seat < 3}) for seat in range(size))
    federation.add_edges_from((u, v, {"kind": "report" if v < 3 and u % 3 == v % 3 else "talk"})
                              for u in range(size) for v in range(size)
                              if u != v and (u % 3 == v % 3 or max(u, v) < 3))  # fmt: skip
    nobody = range(0)
    yield "a complete graph", nx.complete_graph(size), nobody
    yield "a ring", nx.cycle_graph(size), nobody
    yield "a tree", tree, nobody
    yield "a federation", federation, nobody
    yield "members without ties", nx.empty_graph(size), nobody
    yield "a ring that a third have left", nx.cycle_graph(size), range(0, size, 3)
    yield "a tree that a third have left", tree, range(0, size, 3)


def _rewired(
    rewiring: Callable[..., Any], graph: nx.Graph, leaving: range, parameters: Mapping[str, Any]
) -> Iterator[str]:
    """What *rewiring* does wrong with two proposals in sequence."""
    chunks: list[bytes] = []
    named = [str(parameters.get("model") or ""), *map(str, parameters.get("models") or ())]
    models = {name.partition("/")[0]: inline(scripted) for name in ["model", *named] if name}
    society = Society(graph, models, seed=1, write=chunks.append)
    society.log("graph", ties=[(u, v, d["kind"], d["weight"]) for u, v, d in society.graph.edges(data=True)])
    society.apply(*(Leave(seat) for seat in leaving))
    for number in range(2):
        frame = _frame(society, number)
        before = _whole(frame.graph)
        luck, wrong = [stream(3, "check", number) for _ in range(2)], list[str]()
        try:
            with watched(wrong):
                first, second = [list(rewiring(frame, rng, **parameters)) for rng in luck]
        except Exception as error:
            yield f"fails: {told_of(error)}"
            return
        yield from wrong
        if first != second:
            yield "proposes other changes for the same frame and generator"
        if _whole(frame.graph) != before:
            yield "edits the graph of its frame; it proposes, the society applies"
            return
        try:
            for changes in reversed(alone(first)) if number else [together(first)]:  # in the end, each by itself
                society.apply(*changes)
        except (SocietyError, KeyError, TypeError) as error:
            yield f"proposes what cannot be done: {told_of(error)}"
            return
    society.record.flush()
    entries = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    if ties_of(entries) != {(u, v, d["kind"], d["weight"]) for u, v, d in society.graph.edges(data=True)}:
        yield "leaves a record that does not tell of all ties"


def _whole(graph: nx.Graph) -> tuple[list[Any], dict[int, dict[str, Any]]]:
    return edges_of(graph), {seat: dict(data) for seat, data in graph.nodes(data=True)}


def _frame(society: Society, number: int) -> Frame:
    """A frame of *society* with something in every field: answers of two kinds, abstentions, ties used and unused."""
    graph, now = society.graph, 4.0 * (number + 1)
    lots = {seat: seed_of("check", number, seat) for seat in graph}
    return Frame(
        now,
        graph,
        {seat: Standing(20 * (number + 1), 20 * (number + 1), lot % 21) for seat, lot in lots.items()},
        number=number,
        before=now - 4.0,
        present=society.presence.seats,
        said={seat: Said("q", None if lot % 7 == 0 else lot % 100 / 100 if number else "AB"[lot % 2], now - 1.0)
              for seat, lot in lots.items()},
        verdicts={seat: Verdict("q", lot % 3 > 0, now - 1.0) for seat, lot in lots.items()},
        used={(u, v): Use(now - (u + v) % 5, 1 + u) for u, v in graph.edges if (u + 2 * v) % 3},
        names=society.names,
        traits={seat: {"skill": "abc"[seat % 3]} for seat in graph},
        models={seat: member.speaks for seat, member in enumerate(society.members)},
        facts={"category": "abc"[number]},
    )  # fmt: skip
