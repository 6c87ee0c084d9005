"""Estimates beside what runs then took: whether intervals hold them at the stated rate, and whether a bound is passed.

Twenty scenarios (mechanisms x organisations x rounds) go over HTTP to a server that draws the length of each answer by
itself and fails at times. In the first case the estimate is told the distribution that the server draws from, and not
what it draws; in the second it knows nothing but its own assumptions; in the third the server writes three times as
much as they say.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.common import Row
from society_sim import Scenario, run
from society_sim.errors import OutOfBudget
from society_sim.estimating import Assumptions, Estimate, assumptions, estimate
from society_sim.ledger import Cost
from society_sim.runs import folder_of
from society_sim.statistics import acceptance
from society_sim.tapes import look

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "endpoints"))
from endpoint_server import Endpoint

LEVEL = 0.9
TREE, TEAMS = {"hierarchical": {"span": 2}}, {"federated": {"communities": 2}}
RING, STAR, CHAIN = "ring", "star", "chain"
SMALL, ODD = {"small_world": {"k": 2, "p": 0.3}}, {"random": {"p": 0.5}}
DESIGNS: dict[str, tuple[int, int, Any, Any]] = {  # name -> members, questions, organisation, mechanism
    "votes": (5, 3, "flat", "plurality"),
    "second look": (6, 2, SMALL, {"second_look": {"rounds": 2}}),
    "deliberation": (4, 2, "flat", "deliberation"),
    "deliberation on a ring": (6, 2, RING, {"deliberation": {"rounds": 1}}),
    "deliberation until agreed": (4, 3, "flat", {"deliberation": {"rounds": 3, "until_unanimous": True}}),
    "debate": (4, 2, "flat", "debate"),
    "debate around a star": (5, 2, STAR, "debate"),
    "judged debate": (4, 2, "flat", "judged_debate"),
    "reconcile": (4, 2, "flat", "reconcile"),
    "chateval": (4, 2, "flat", "chateval"),
    "delphi": (4, 2, "flat", "delphi"),
    "jury": (4, 2, "flat", "jury"),
    "blackboard": (4, 2, "flat", "blackboard"),
    "moderated floor": (4, 2, "flat", "moderated_floor"),
    "relay up a tree": (7, 3, TREE, "relay"),
    "federation": (6, 3, TEAMS, "federation"),
    "gossip": (5, 2, ODD, "gossip"),
    "chain relay": (5, 3, CHAIN, "chain_relay"),
    "delegated": (5, 3, TREE, "delegated"),
    "cascade": (6, 4, "flat", "cascade"),
}
FAULTS = "server_error, unavailable, rate_limited, reset, gateway_timeout"
QUANTITIES = ("requests", "read", "written", "tokens", "micro_usd")


class Case(NamedTuple):
    """What the server does, and what the estimate is told of it."""

    name: str
    written: float
    sigma: float
    fails: float
    told: Assumptions


CASES = (
    Case("told the distribution", 60, 0.7, 0.05,
         assumptions(["written=60", "spread=0.7", "failures=0.05", "characters=4", "cached=0", "preset=independent",
                      "accuracy=0.25"])),
    Case("told nothing", 120, 0.9, 0.03, Assumptions()),
    Case("three times as long as assumed", 700, 0.5, 0.05, Assumptions()),
)  # fmt: skip


def scenario_of(name: str, url: str) -> Scenario:
    """The design called *name*, at the server *url*."""
    members, rounds, topology, mechanism = DESIGNS[name]
    model = {"model": "m", "base_url": url, "price": {"in": 2.0, "out": 8.0, "cached": 1.0}, "backoff": 0.01}
    return Scenario.of(
        name="estimated", models={"panel": {"openai_compatible": model}}, topology=topology, mechanism=mechanism,
        population={"plain": {"size": members, "model": "panel"}},
        task={"multiple_choice": {"rounds": rounds, "options": 4}},
    )  # fmt: skip


class Compared(NamedTuple):
    """An estimate, and what the run then took: by quantity, and all that counts against its bound."""

    estimate: Estimate
    took: Mapping[str, float]
    spent: tuple[Cost, ...]
    """What was gone, all that is in doubt included, each time that the run stopped at its bound, and at its end."""

    def holds(self, name: str) -> bool:
        """Whether the interval of *name* holds it."""
        found = self.estimate.total[name]
        return found.low <= self.took[name] <= found.high

    @property
    def passed(self) -> bool:
        """Whether the bound was passed."""
        most, before = self.estimate.most, (Cost(), *self.spent)
        return most is None or any(not now.minus(gone).within(most)
                                   for gone, now in zip(before, self.spent, strict=False))  # fmt: skip


def compared(server: Endpoint, name: str, case: Case, seed: int, most: int = 20) -> Compared:
    """Estimate the design *name*, run it, and see."""
    server.configure(seed=1000 * seed + len(name), written_tokens=float(case.written), written_sigma=case.sigma,
                     fault=FAULTS, fault_rate=case.fails)  # fmt: skip
    server.reset()
    scenario = scenario_of(name, server.base_url)
    with tempfile.TemporaryDirectory() as out:
        found = estimate(scenario, seed=seed, out=out, level=LEVEL, assumed=case.told, most=most)
        spent: list[Cost] = []
        for _ in range(9):
            try:
                micro_usd = run(scenario, seed=seed, out=out).micro_usd
            except OutOfBudget:  # requests that broke off count at their worst: taken up again, as one would
                micro_usd = -1
            tape = look(folder_of(scenario, seed, out))
            spent.append(tape.spent.plus(tape.doubtful))
            if micro_usd >= 0:
                break
    took = {"requests": tape.attempts, "read": tape.tokens_in, "written": tape.tokens_out,
            "tokens": tape.tokens_in + tape.tokens_out, "micro_usd": micro_usd}  # fmt: skip
    return Compared(found, took, tuple(spent))


def all_compared(case: Case, names: list[str], seeds: int) -> Iterator[Compared]:
    """Every design with every seed."""
    with Endpoint(brain="choose", retry_after_s=0.01) as server:
        for name in names:
            for seed in range(seeds):
                yield compared(server, name, case, seed)


def coverage(quick: bool) -> list[Row]:
    """How often intervals of 90 % hold what a run took, and how often a bound was passed."""
    names, seeds = (list(DESIGNS)[2:4], 1) if quick else (list(DESIGNS), 5)
    rows = []
    for place, case in enumerate(CASES):
        held, passed, stopped, of, begun = Counter[str](), 0, 0, 0, time.perf_counter()
        for one in all_compared(case, names, seeds if place == 0 or quick else max(1, seeds // 2)):
            of += 1
            passed, stopped = passed + one.passed, stopped + (len(one.spent) > 1)
            held.update(name for name in QUANTITIES if one.holds(name))
        least = acceptance(LEVEL, of)[0]
        goal = f">= {least / of:.2f}" if place == 0 else "none: it was told otherwise"
        rows += [Row(f"{case.name}: {name} within its interval, of {of}", held[name] / of, "share", goal)
                 for name in QUANTITIES]  # fmt: skip
        rows += [Row("  bounds passed", passed, "runs", "0"), Row("  runs that stopped at theirs", stopped, "runs"),
                 Row("  wall time of an estimate and its run", (time.perf_counter() - begun) / of, "s")]  # fmt: skip
    return rows
