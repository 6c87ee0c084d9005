"""Requests per second through a model's server, and what standing in line costs an answer."""

from __future__ import annotations

import time

import networkx as nx
import numpy as np
import simpy
from simpy.events import Timeout

from benchmarks.common import Row, cpu, free, instant, polls
from society_sim import Server, Society
from society_sim.lines import Job, Line

DAY = 86_400.0


def queueing(quick: bool) -> list[Row]:
    """A day of an M/M/4 server in simulated seconds; priorities; a long line; answers with and without capacity."""
    requests = 20_000 if quick else 1_000_000
    rows = []
    for what, bound in (
        ("first come, first served", Server(slots=4)),
        ("three priorities", Server(slots=4, queue="priority")),
        ("three priorities, preemptive", Server(slots=4, queue="preemptive")),
    ):
        seconds, waited, busy = day(requests, bound, load=0.8)
        rows.append(Row(f"a day of M/M/4 at 80 %, {requests:,} requests, {what}", seconds, "s",
                        "< 15" if bound.queue == "fifo" else ""))  # fmt: skip
        rows.append(Row(f"the same, {what}", requests / seconds, "requests/s"))
        if bound.queue == "fifo":
            rows.append(Row("mean wait over mean service (Erlang C: 0.7455)", waited, "x"))
            rows.append(Row("utilisation", busy, "", "0.8"))
    short, long = (_line_of(waiting) for waiting in (100, 10_000 if quick else 100_000))
    rows.append(Row("priority queue: one request served among 100 waiting", 1e6 * short, "us"))
    rows.append(Row("the same among a thousand times as many, over that", long / short, "x", "<= 3"))
    rows.append(Row("answers with capacity over answers without, CPU", _through_members(200 if quick else 1_000), "x"))
    return rows


class _Request(Job):
    """A request without words; what it waited goes into *sums*."""

    __slots__ = ("_sums",)

    def __init__(self, env, lines, took, priority, sums):
        super().__init__(env, lines, took, priority)
        self._sums = sums

    def ends(self) -> None:
        self._sums[0] += self.waited
        self._sums[1] += self.took


def day(requests: int, bound: Server, *, load: float, seed: int = 1) -> tuple[float, float, float]:
    """CPU seconds, mean wait in mean services, utilisation, of a day of Poisson arrivals and exponential service."""
    rng = np.random.default_rng(seed)
    mean = load * bound.slots * DAY / requests
    gaps = iter(rng.exponential(DAY / requests, requests).tolist())
    services = zip(rng.exponential(mean, requests).tolist(), rng.integers(3, size=requests).tolist(), strict=True)
    env, sums = simpy.Environment(), [0.0, 0.0]
    lines = (Line(env, bound),)

    def arrive(_):
        for took, priority in services:
            _Request(env, lines, took, priority, sums).start()
            for gap in gaps:
                Timeout(env, gap).callbacks.append(arrive)
                return
            return

    Timeout(env, next(gaps)).callbacks.append(arrive)
    with cpu() as spent:
        env.run()
        seconds = spent()
    return seconds, sums[0] / requests / mean, sums[1] / (bound.slots * env.now)


def _line_of(waiting: int, served: int = 10_000) -> float:
    """CPU seconds for one request to join and one to be served, while *waiting* others stand in line."""
    rng = np.random.default_rng(2)
    env, sums = simpy.Environment(), [0.0, 0.0]
    lines = (Line(env, Server(slots=1, queue="priority")),)
    for priority in rng.random(waiting).tolist():
        _Request(env, lines, 1.0, priority, sums).start()
    priorities = rng.random(served).tolist()
    with cpu() as spent:
        for priority in priorities:
            _Request(env, lines, 1.0, priority, sums).start()
            env.run(until=env.now + 1.0)
        return spent() / served


def _through_members(rounds: int) -> float:
    """CPU per answer where members and their model are bounded, over that where nothing is."""
    best = {}
    for capacity in [None, {"members": Server(slots=1), "model": Server(slots=8)}] * 3:
        society = Society(nx.empty_graph(100), {"model": free(instant)}, capacity=capacity)
        begun = time.process_time()
        society.run(polls(society, rounds))
        bounded = capacity is not None
        best[bounded] = min(best.get(bounded, float("inf")), time.process_time() - begun)
    return best[True] / best[False]
