"""Running deliberation and opinion dynamics on small societies, and reading what came of it."""

from __future__ import annotations

from collections import defaultdict

import networkx as nx
import orjson

from society_sim import Profile, Scenario, Society, inline
from society_sim.backends.synthetic import synthetic
from society_sim.building import build
from society_sim.registry import mechanism, task
from society_sim.streams import stream


def entries(chunks):
    return [orjson.loads(line) for line in b"".join(chunks).splitlines()]


def kinds(record, kind):
    return [entry for entry in record if entry["kind"] == kind]


def scenario(seed=1, **sections):
    """The record of a scenario, run by the ordinary path."""
    chunks = []
    build(Scenario.of(name="t", **sections), seed, write=chunks.append).run()
    return entries(chunks)


def put(graph, model, name, questions, seed=1, memory=128, prompts=None, **parameters):
    """The record of mechanism *name* on *graph*; *model* is a backend or a function; *prompts* collects the texts."""
    chunks, part = [], mechanism.get(name).function

    def noted(query):
        if prompts is not None:
            prompts.append((query.member, query.text))
        return model(query) if callable(model) else model.submit(query).result()

    def agenda(society):
        for one in questions:
            yield from society.settle(one, part, **parameters)

    backend = inline(noted, watermark="model", reads_items=True)
    profiles = [Profile(f"Member {seat}", f"m/family-{seat}/model-1") for seat in range(len(graph))]
    society = Society(graph, {"m": backend}, profiles, seed=seed, memory=memory, write=chunks.append)
    society.run(agenda(society))
    return entries(chunks)


def dynamics(graph, policy, name, start, seed=1, prompts=None, **parameters):
    """The record of opinions that change by *policy* (`{name: settings}`), starting as *start* says to `opinions`."""
    questions = list(task.get("opinions").function(stream(seed, "task"), **start))
    model = synthetic(policies=policy, price="free")
    return put(graph, model, name, questions, seed, prompts=prompts, **parameters)


def histories(record):
    """{question: {seat: what it held, first to last}}."""
    held = defaultdict(lambda: defaultdict(list))
    for entry in record:
        if entry["kind"] == "opinions":
            for seat, value in entry["opinions"].items():
                held[entry["about"]][int(seat)].append(value)
        if entry["kind"] == "answer":
            held[entry["about"]][entry["member"]].append(entry["value"])
    return held


def last(record, about="opinion-1"):
    seats = histories(record)[about]
    return [seats[seat][-1] for seat in sorted(seats)]


def gateways(communities=4, size=4):
    """Cliques whose first seats form a ring."""
    graph = nx.disjoint_union_all([nx.complete_graph(size)] * communities)
    graph.add_edges_from((c * size, (c + 1) % communities * size) for c in range(communities))
    return graph
