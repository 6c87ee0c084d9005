"""Wall time over the dependency critical path, under log-normal delays of an in-process model."""

from __future__ import annotations

import hashlib
import math
import time
from functools import partial

import networkx as nx

from benchmarks.common import QUESTION, Row
from society_sim import Society, delayed, inline, normal, uniforms
from society_sim.paces import lognormal

LOOKS, SIGMA = 7, 0.6


def deliberation(society: Society):
    """Vote, look at the neighbours' votes, vote again: eight rounds."""
    ballot = QUESTION.form
    votes = yield from society.ask_all("Round 0.", ballot)
    for look in range(1, LOOKS + 1):
        votes = yield from society.ask_all(lambda m: f"Round {look}. They say: {', '.join(m.view(votes))}.", ballot)
    return votes.values()


def _answer(query):
    return f"ANSWER: {'ABCD'[hashlib.sha256(f'{query.text}{query.seed}'.encode()).digest()[0] % 4]}"


def _delay(network: int, mean: float, member: int, turn: int) -> float:
    return mean * math.exp(SIGMA * normal(uniforms(network, "delay", member, turn)[0]) - SIGMA**2 / 2)


def _late(network: int, mean: float, query) -> float:
    return _delay(network, mean, query.member, int(query.text[6 : query.text.index(".")]))


def critical_path(graph: nx.Graph, network: int, mean: float) -> float:
    """Seconds until the last answer, if every prompt leaves as soon as what it shows is there."""
    done = {m: _delay(network, mean, m, 0) for m in graph}
    for turn in range(1, LOOKS + 1):
        done = {m: max(done[n] for n in graph[m]) + _delay(network, mean, m, turn) for m in graph}
    return max(done.values())


def overlap(quick: bool) -> list[Row]:
    """Wall time over the critical path: reading waits, nothing else does; and one record over every network."""
    members, mean, networks = (64, 0.05, 2) if quick else (256, 0.2, 3)
    graph = nx.watts_strogatz_graph(members, 4, 0.1, seed=1)
    ratios, serial, digests = [], [], set()
    for network in range(1, networks + 1):
        model = delayed(inline(_answer, watermark="model"), partial(_late, network, mean))
        society = Society(graph, model, seed=3, pace=partial(lognormal, sigma=0.5), concurrency=members * 8)
        begun = time.perf_counter()
        society.run(deliberation(society))
        wall = time.perf_counter() - begun
        path = critical_path(graph, network, mean)
        ratios.append(wall / path)
        serial.append(sum(_delay(network, mean, m, t) for m in graph for t in range(LOOKS + 1)) / path)
        digests.add(society.record.digest)
    name = f"{members} members, {LOOKS + 1} rounds, log-normal delays (sigma {SIGMA}, mean {mean:g} s)"
    return [
        Row(f"wall over critical path: {name}", sum(ratios) / networks, "x", "<= 1.10"),
        Row("one call after the other would take", sum(serial) / networks, "x"),
        Row(f"different records over {networks} networks", len(digests), "", "1"),
    ]
