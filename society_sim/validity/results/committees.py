"""A: what committees of committees make of many judgements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from society_sim.mechanisms.plurality import plurality as ask_once
from society_sim.rules.plurality import plurality
from society_sim.scenario import Scenario
from society_sim.validity.findings import Finding, mean, share
from society_sim.validity.rows import Bench, another, mutant, replaced, row
from society_sim.validity.voters import jury, majority, right


def committees(n: int, span: int, questions: int, p: float) -> Scenario:
    """Committees of *span* that send their majorities to committees of *span*, up to one."""
    return jury(n, questions, accuracy=p).set("topology", {"hierarchical": {"span": span, "teams": True}}).set(
        "mechanism", "relay")  # fmt: skip


@row(
    "A5", "An indirect majority is worse than a direct one", formula="P(m, P(m, p)) < P(m^2, p)",
    source="Boland 1989; Berg and Paroush 1998", cases=[{"span": 3}, {"span": 9}],
)  # fmt: skip
def indirect(bench: Bench, span: int) -> Iterator[Finding]:
    """The same voters with the same errors, asked directly and through committees."""
    n, p = span * span, 0.6
    questions = bench.size(1200 if span == 3 else 250)
    direct = bench.run(jury(n, questions, accuracy=p))
    through = bench.run(committees(n, span, questions, p))
    apart, both = majority(n, p), majority(span, majority(span, p))
    printed = {3: (0.73343, 0.71552, 0.0179), 9: (0.96593, 0.93701, 0.0289)}[span]
    yield share("direct", right(direct), questions, apart, reference=printed[0])
    yield share("through committees", right(through), questions, both, reference=printed[1])
    pairs = zip(direct.outcomes, through.outcomes, strict=True)
    lost = [float(one["correct"]) - float(other["correct"]) for one, other in pairs]
    yield mean("paired difference", lost, apart - both, reference=printed[2])


@mutant("A5", "the hierarchy pools its leaves", span=9)
def pooled() -> AbstractContextManager[None]:
    return another("mechanism", "relay", ask_once)


@row(
    "A6", "A tree of committees of three", formula="p -> 3 p^2 - 2 p^3", source="Boland 1989",
    cases=[{"p": 0.6, "depth": 1}, {"p": 0.6, "depth": 2}, {"p": 0.6, "depth": 3}, {"p": 0.6, "depth": 4},
           {"p": 0.45, "depth": 2}],
)  # fmt: skip
def tree_of_triples(bench: Bench, p: float, depth: int) -> Iterator[Finding]:
    """Each step up helps voters who are better than a coin, and harms those who are worse."""
    questions, expected = bench.size({1: 2000, 2: 1200, 3: 500, 4: 200}[depth]), p
    for _ in range(depth):
        expected = majority(3, expected)
    result = bench.run(committees(3**depth, 3, questions, p))
    printed = {1: 0.648, 2: 0.71552, 3: 0.80325, 4: 0.89910}[depth] if p > 0.5 else 0.38871
    yield share("right decisions", right(result), questions, expected, reference=printed)


@mutant("A6", "each committee ignores a branch", p=0.6, depth=3)
def ignored_branch() -> AbstractContextManager[None]:
    def rule(ballots: Any, lot: int = 0) -> Any:
        own = list(ballots)
        return plurality(own[:-1] or own, lot)

    return replaced(**{"society_sim.mechanisms.relay.plurality": rule})
