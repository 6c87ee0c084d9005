"""The contract of mechanisms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import networkx as nx
import orjson

from society_sim.backends.pools import delayed, inline
from society_sim.backends.scripted import scripted
from society_sim.errors import MISSING, NoAnswer
from society_sim.paces import lognormal
from society_sim.servers import Server
from society_sim.society import Society
from society_sim.streams import uniforms
from society_sim.testing.contract import ContractError, named, ties_of, told_of
from society_sim.testing.watching import watched
from society_sim.values import Answer, Backend, Profile, Query, Question

_ABSTAINERS = {"when a member abstains": (0,), "when half of the members abstain": range(0, 99, 2),
               "when all members abstain": range(99)}  # fmt: skip


def check_mechanism(
    mechanism: Callable[..., Any],
    *,
    question: Question | None = None,
    profiles: Sequence[Profile] | None = None,
    graph: nx.Graph | None = None,
    model: Callable[[Query], Answer] = scripted,
    capacity: Mapping[str, Server] | None = None,
    **parameters: Any,
) -> None:
    """Prove *mechanism*: run with *parameters* on a small society, eagerly, late, and with members who abstain.

    `ContractError` if it edits the graph itself, reads the wall clock, draws unseeded luck, cannot bear abstentions,
    gives another record when answers come late or in another order, or ends without an `Outcome`. *question*, *graph*
    and *profiles* (each naming the model `model`) default to a choice of four put to seven members on a ring with
    two chords. *capacity* bounds what these, and `model`, can do at a time. What it cannot see: luck that comes from
    the order of a set of strings.
    """
    if question is None:
        question = Question("q", "Which of the four is it?", ("A", "B", "C", "D"))
    if graph is None:
        graph = nx.cycle_graph(7)
        graph.add_edges_from([(0, 3), (2, 6)])
    run = partial(_run, mechanism, question, graph, profiles, parameters, capacity)
    breaches: list[str] = []
    digests = set()
    for attempt in range(2):
        try:
            with watched(breaches) if attempt == 0 else nullcontext():  # to watch is slow, and once is enough
                digest, breach = run(inline(model, watermark="model"))
        except Exception as error:
            raise ContractError(named("mechanism", mechanism), [*breaches, f"fails: {told_of(error)}"]) from error
        digests.add(digest)
        breaches += [b for b in breach if b not in breaches]
    if len(digests) > 1:
        breaches.append("gives another record the second time: it draws luck of its own (use society.lot or streams)")
    for network in range(3):
        late = delayed(inline(model, watermark="model"), partial(_latency, network))
        try:
            digest, _ = run(late)
        except Exception as error:
            breaches.append(f"fails when answers come late: {told_of(error)}")
            break
        if digest not in digests:
            breaches.append("gives another record when answers come late or in another order: a prompt function or a "
                            "branch reads something that moves on")  # fmt: skip
            break
    for when, silent in _ABSTAINERS.items():
        try:
            run(inline(partial(_abstaining, model, frozenset(silent)), watermark="model"))
        except Exception as error:
            breaches.append(f"fails {when}: {told_of(error)}")
            break
    if breaches:
        raise ContractError(named("mechanism", mechanism), breaches[:3] if len(breaches) > 6 else breaches)


def _run(
    mechanism: Callable[..., Any],
    question: Question,
    graph: nx.Graph,
    profiles: Sequence[Profile] | None,
    parameters: Mapping[str, Any],
    capacity: Mapping[str, Server] | None,
    model: Backend,
) -> tuple[str, list[str]]:
    chunks: list[bytes] = []
    society = Society(graph, {"model": model}, profiles, seed=11, pace=lognormal, write=chunks.append,
                      capacity=capacity)  # fmt: skip
    society.run(society.settle(question, mechanism, **parameters))
    entries = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    breaches = []
    if ties_of(entries) != {(u, v, d["kind"], d["weight"]) for u, v, d in society.graph.edges(data=True)}:
        breaches.append("edits the graph directly: the record does not know of it (use society.apply)")
    return society.record.digest, breaches


def _latency(network: int, query: Query) -> float:
    return 0.004 * uniforms(network, "latency", query.key)[0]


def _abstaining(model: Callable[[Query], Answer], silent: frozenset[int], query: Query) -> Answer:
    if query.member in silent:
        raise NoAnswer(MISSING)
    return model(query)
