"""Answers per second and core, and whether the cost of one answer depends on how many members there are."""

from __future__ import annotations

import gc
import tempfile
import tracemalloc
from pathlib import Path
from statistics import median

import networkx as nx

from benchmarks.common import Row, cpu, free, instant, polled
from society_sim import Scenario, Society
from society_sim.runs import run


def answers(quick: bool) -> list[Row]:
    """Answers per second with an instant model and with `synthetic`, record on disk included."""
    rounds = 50 if quick else 400
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        seconds = median(polled(folder / f"i{k}", 100, rounds)[0] for k in range(3))
        rate = 100 * rounds / seconds
        rows.append(Row("instant model, a choice to parse, 100 members", rate, "answers/s", ">= 25,000"))
        crowd = Scenario.of(
            name="synthetic-crowd",
            models={"crowd": {"synthetic": {}}},
            population={"plain": {"size": 100, "model": "crowd"}},
            topology="flat",
            task={"multiple_choice": {"rounds": rounds, "options": 4}},
            mechanism="plurality",
        )
        with cpu() as spent:
            run(crowd, out=folder / "runs")
            seconds = spent()
        rows.append(Row("synthetic model, plurality of 100 members", 100 * rounds / seconds, "answers/s", ">= 10,000"))
    return rows


def flatness(quick: bool) -> list[Row]:
    """CPU per answer from 10 to 10,000 members, over that of 100."""
    total = 20_000 if quick else 100_000
    costs = {}
    with tempfile.TemporaryDirectory() as place:
        for members in (100, 10, 1_000, 10_000):
            gc.collect()
            costs[members] = min(
                polled(Path(place) / f"{members}-{k}", members, total // members)[0] / total for k in range(3)
            )
    rows = [Row("CPU per answer, 100 members", 1e6 * costs[100], "us")]
    rows += [Row(f"CPU per answer, {m:,} members, over that", costs[m] / costs[100], "x", "<= 1.2")
             for m in (10, 1_000, 10_000)]  # fmt: skip
    return rows


def memory(quick: bool) -> list[Row]:
    """Bytes that a member takes, on a sparse graph."""
    size = 2_000 if quick else 20_000
    graph = nx.circulant_graph(size, [1, 2])
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    society = Society(graph, free(instant))
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    each = (after - before) / size / 1024
    return [Row(f"memory per member ({len(society.members):,} members, 4 ties each)", each, "KiB")]
