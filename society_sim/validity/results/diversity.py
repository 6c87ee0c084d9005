"""A11, A12: what diversity is worth."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from society_sim.measures.crowd import diversity
from society_sim.mechanisms.search_relay import search_relay
from society_sim.results import Result
from society_sim.rules.search import landscape
from society_sim.scenario import Scenario
from society_sim.validity.findings import Finding, band, exact
from society_sim.validity.rows import Bench, another, mutant, row


@row("A11", "The diversity prediction theorem", formula="(mean - t)^2 = mean (x - t)^2 - variance of x",
     source="Page 2007")  # fmt: skip
def prediction(bench: Bench) -> Iterator[Finding]:
    """Seven members of the synthetic model answer with numbers."""
    bank = bench.folder / "numbers.csv"
    with bank.open("w", newline="") as file:
        csv.writer(file).writerows([["qid", "gold"], *([f"q{n}", 17 * n % 997 + 3] for n in range(bench.size(200)))])
    result = bench.run(Scenario.of(
        name="numbers", models={"m": {"synthetic": {"preset": "open-answer", "price": "free"}}},
        population={"plain": {"size": 7, "mix": "vendors"}}, topology="flat",
        task={"multiple_choice": {"questions": bank}}, mechanism="plurality",
        measures=["crowd_error", "member_error", "diversity"],
    ))  # fmt: skip
    found = result.measures
    yield exact("error of the crowd over that of a member less diversity", found["crowd_error"] / (
        found["member_error"] - found["diversity"]), 1.0)  # fmt: skip
    yield band("diversity", found["diversity"], 1e-3, math.inf, expected=found["diversity"])  # the identity is no 0 = 0


@mutant("A11", "the variance of a sample")
def sample_variance() -> AbstractContextManager[None]:
    return another("measure", "diversity", lambda record: diversity(record) * 7 / 6)


_LANDSCAPES = 24


@row(
    "A12", "Ten searchers at random find higher places than the ten best",
    formula="ring of 2,000, 3 looks up to 12 ahead, 1,320 heuristics", source="Hong and Page 2004",
)  # fmt: skip
def diverse_search(bench: Bench) -> Iterator[Finding]:
    """The same starting places on the same landscapes, by the ten strongest searchers and by ten drawn at random."""
    best: list[float] = []
    random: list[float] = []
    better = 0
    for number in range(1, _LANDSCAPES + 1):
        for pick, into in (("best", best), ("lot", random)):
            result = bench.run(_search(pick, 100 * bench.seed + number, bench.size(60)))
            into.append(result.measures["reached"])
            better += _unfinished(result, landscape(100 * bench.seed + number))
    lead = [there - here for here, there in zip(best, random, strict=True)]
    yield band("the ten best reach", sum(best) / len(best), 91.0, 93.5, expected=92.23, n=_LANDSCAPES, reference=92.23)
    yield band("ten at random reach", sum(random) / len(random), 93.5, 95.2, expected=94.34, n=_LANDSCAPES,
               reference=94.34)  # fmt: skip
    yield band("lead of those at random", sum(lead) / len(lead), 0.8, 3.5, expected=2.11, n=_LANDSCAPES, reference=2.11)
    yield exact("searches that end where a member sees something better", better, 0)
    yield band("landscapes on which they lead", sum(one > 0 for one in lead) / len(lead), 0.75, 1.0, expected=0.96,
               n=_LANDSCAPES, reference=0.96)  # fmt: skip


def _unfinished(result: Result, values: Any) -> int:
    """How many searches ended where a member sees something better."""
    looks = {look for entry in result.record if entry["kind"] == "member" for look in entry["traits"]["looks"]}
    ends = [outcome["place"] for outcome in result.outcomes]
    return sum(any(values[(end + look) % len(values)] > values[end] for look in looks) for end in ends)


def _search(pick: str, number: int, rounds: int) -> Scenario:
    return Scenario.of(
        name="search", models={"m": {"synthetic": {"price": "free"}}},
        population={"searchers": {"pick": pick, "number": number}}, topology="flat",
        task={"landscape": {"number": number, "rounds": rounds}}, mechanism="search_relay", measures=["reached"],
    )  # fmt: skip


@mutant("A12", "the relay stops after the first pass")
def first_pass() -> AbstractContextManager[None]:
    return another("mechanism", "search_relay", lambda *given: search_relay(*given, rounds=1))
