"""F11: what spreads in an organisation, by its form: epidemics, and prompts that infect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from math import comb, cos, exp, pi, sqrt
from typing import Any

import numpy as np

from society_sim import structure
from society_sim.mechanisms.contagion import contagion
from society_sim.validity.findings import Finding, exact, mean, share
from society_sim.validity.results.structures import ONE_ASKED, graph, organisation
from society_sim.validity.rows import Bench, another, mutant, row

_THRESHOLDS: Mapping[str, tuple[int, Any, float, float]] = {
    "complete": (16, "flat", 15.0, 0.0667), "star": (16, "star", sqrt(15), 0.2582),
    "tree": (15, {"hierarchical": {"span": 2}}, 0.0, 0.4370), "ring": (16, "ring", 2.0, 0.5),
}  # fmt: skip


@row(
    "F11", "What infects dies out below a threshold, and above it reaches most",
    formula="threshold 1 / lambda_1 of infections per recovery; final size 1 - s = exp(-R s), R = 2",
    source="Kermack and McKendrick 1927; Wang et al. 2003; prompt infection: Lee and Tiwari 2024 (2410.07283)",
    cases=[*({"form": form} for form in _THRESHOLDS), {"form": "below"}, {"form": "above"}, {"form": "outbreak"}],
)  # fmt: skip
def epidemic(bench: Bench, form: str) -> Iterator[Finding]:
    """The largest eigenvalue of four forms, runs just below and above the threshold, and outbreaks among eighty."""
    if form == "outbreak":
        yield from _outbreak(bench)
        return
    if form in _NEAR:
        yield from _lasting(bench, _NEAR[form])
        return
    size, topology, largest, printed = _THRESHOLDS[form]
    result = bench.run(organisation(size, topology, ONE_ASKED))
    # A complete binary tree of four levels: the largest root of a path of four with ties of weight sqrt 2.
    known = largest or 2 * sqrt(2) * cos(pi / 5)
    yield exact("threshold", 1 / structure.spectral_radius(graph(result)), 1 / known, within=1e-9, reference=printed)
    yield exact("threshold in closed form", 1 / known, printed, within=6e-5)


def final_sizes(n: int, transmission: float) -> Any:
    """The distribution of how many ever carry it, among *n* who all hear one another: the chain of Reed and Frost.

    >>> chances = final_sizes(3, 0.5)
    >>> [round(float(chance), 4) for chance in chances]
    [0.0, 0.25, 0.25, 0.5]
    """
    alive = {(n - 1, 1): 1.0}
    sizes = np.zeros(n + 1)
    while alive:
        after: dict[tuple[int, int], float] = {}
        for (left, carriers), chance in alive.items():
            caught = 1 - (1 - transmission) ** carriers
            for new in range(left + 1):
                weight = chance * comb(left, new) * caught**new * (1 - caught) ** (left - new)
                if new == 0:
                    sizes[n - left] += weight
                elif weight > 1e-15:
                    after[left - new, new] = after.get((left - new, new), 0.0) + weight
        alive = after
    return sizes


_CROWD, _MAJOR = 80, 0.3


def _outbreak(bench: Bench) -> Iterator[Finding]:
    runs, transmission = bench.size(80), 2 / (_CROWD - 1)
    result = bench.run(organisation(_CROWD, "flat", {"contagion": {"transmission": transmission}}, rounds=runs))
    chances = final_sizes(_CROWD, transmission)
    least = round(_MAJOR * _CROWD)
    reached = [outcome["heard"] for outcome in result.outcomes]
    major = [one / _CROWD for one in reached if one >= least]
    likely = float(chances[least:].sum())
    yield share("outbreaks that reach three in ten", len(major), runs, likely)
    expected = float((chances[least:] * np.arange(least, _CROWD + 1)).sum()) / likely / _CROWD
    # The limit of a large crowd is .7968; among eighty the chain itself gives what is expected here.
    yield mean("share that such an outbreak reaches", major, expected, reference=0.7968)
    limit = 0.5
    for _ in range(200):
        limit = 1 - exp(-2 * limit)
    yield exact("the limit", limit, 0.7968, within=6e-5, reference=0.7968)


_NEAR = {"below": 0.9, "above": 1.4}
"""Infections per recovery, in units of the threshold."""
_GROUP, _RECOVERY, _LATE = 40, 0.5, 40


def carriers_at(n: int, transmission: float, recovery: float, rounds: int) -> Any:
    """The distribution of how many carry it after *rounds*, where *n* hear one another and nobody becomes immune.

    Each carrier recovers or not, and each of the others catches it from one of the carriers or not.

    >>> [round(float(chance), 4) for chance in carriers_at(2, 0.5, 0.5, 1)]
    [0.25, 0.5, 0.25]
    """

    def binomial(many: int, p: float) -> Any:
        return np.array([comb(many, k) * p**k * (1 - p) ** (many - k) for k in range(many + 1)])

    step = np.array([np.convolve(binomial(k, 1 - recovery), binomial(n - k, 1 - (1 - transmission) ** k))
                     for k in range(n + 1)])  # fmt: skip
    return np.linalg.matrix_power(step, rounds)[1]


def _lasting(bench: Bench, times: float) -> Iterator[Finding]:
    """How often it has died out after forty rounds, and how many carry it where it has not: the chain, exactly."""
    runs, transmission = bench.size(100), times * _RECOVERY / (_GROUP - 1)
    how = {"transmission": transmission, "recovery": _RECOVERY, "immune": False, "rounds": _LATE}
    result = bench.run(organisation(_GROUP, "flat", {"contagion": how}, rounds=runs))
    chances = carriers_at(_GROUP, transmission, _RECOVERY, _LATE)
    last = [outcome["carriers"][-1] for outcome in result.outcomes]
    yield share("runs in which it has died out", last.count(0), runs, float(chances[0]))
    if times > 1:
        expected = float((chances * np.arange(_GROUP + 1)).sum() / (1 - chances[0]))
        yield mean("carriers where it has not", [float(many) for many in last if many], expected)


@mutant("F11", "who has recovered is immune", form="above")
def always_immune() -> AbstractContextManager[None]:
    return another("mechanism", "contagion", lambda *given, **how: contagion(*given, **{**how, "immune": True}))


@mutant("F11", "who has recovered is infected again", form="outbreak")
def never_immune() -> AbstractContextManager[None]:
    return another("mechanism", "contagion",
                   lambda *given, **how: contagion(*given, **{**how, "immune": False, "rounds": 30}))  # fmt: skip
