"""Experiments on two processes against one: how much of the second core they use."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.common import Row
from society_sim import Scenario, experiment, statistics

ARMS = {"flat": {}, "tree": {"topology": {"hierarchical": {"teams": True}}, "mechanism": "relay"}}


def laboratory(quick: bool) -> list[Row]:
    """One experiment on one process and on two, beside what this machine gives two processes that only count."""
    rounds, seeds = (40, 2) if quick else (1000, 16)
    scenario = Scenario.of(
        name="bench", models={"m": {"synthetic": {"preset": "helm-mid", "price": "free"}}},
        population={"plain": {"size": 9, "mix": "vendors"}}, topology="flat", mechanism="plurality", arms=ARMS,
        task={"multiple_choice": {"rounds": rounds, "options": 4}}, compare={"matched": False}, seeds=seeds,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        one, cpu_one = _taken(scenario, Path(folder) / "one", 1)
        two, cpu_two = _taken(scenario, Path(folder) / "two", 2)
        again, _ = _taken(scenario, Path(folder) / "two", 2)
    answers = 2 * seeds * rounds * 9
    begun = time.process_time()
    statistics.bca([1, 0, 0, -1] * 2500)
    interval = time.process_time() - begun
    return [
        Row("two processes against one, wall, start-up included", one / two, "x", ">= 1.8"),
        Row("the same for loops that only count, now", _counting(quick), "x"),
        Row("CPU of two processes against one, start-up included", cpu_two / cpu_one, "x", "near 1"),
        Row("answers a second on two processes, wall", answers / two, "/s"),
        Row("the same experiment once more, all runs there, wall", again / two, "x"),
        Row("a BCa interval of 10,000 differences", interval, "s", "< 0.1"),
    ]


def _taken(scenario: Scenario, out: Path, workers: int) -> tuple[float, float]:
    """Wall and CPU seconds, those of the workers included."""
    begun, before = time.monotonic(), _cpu()
    experiment(scenario, out=out, workers=workers)
    return time.monotonic() - begun, _cpu() - before


def _cpu() -> float:
    return sum(usage.ru_utime + usage.ru_stime
               for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))  # fmt: skip


def _counting(quick: bool) -> float:
    """How much faster two processes count than one: what the machine has left at this moment."""
    work = [2_000_000 if quick else 20_000_000] * 2
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(os.path.exists, ["."] * 2))
        begun = time.monotonic()
        for number in work:
            pool.submit(_count, number).result()
        middle = time.monotonic()
        list(pool.map(_count, work))
        return (middle - begun) / (time.monotonic() - middle)


def _count(number: int) -> int:
    total = 0
    for one in range(number):
        total += one
    return total
