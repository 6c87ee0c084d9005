"""Voters to hold a formula against: juries of the synthetic model, or of recorded answers, and what they decide."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from math import comb, fsum
from typing import Any

from society_sim.results import Result
from society_sim.scenario import Scenario
from society_sim.streams import stream
from society_sim.tasks.multiple_choice import LETTERS
from society_sim.validity.rows import Bench


def jury(n: int, questions: int, *, options: int = 2, name: str = "jury", **model: Any) -> Scenario:
    """*n* members who err independently, unless *model* says otherwise, and vote on *questions*."""
    return Scenario.of(
        name=name,
        models={"m": {"synthetic": {"preset": "independent", "price": "free", **model}}},
        population={"plain": {"size": n, "model": "m"}},
        topology="flat",
        task={"multiple_choice": {"rounds": questions, "options": options}},
        mechanism="plurality",
    )


def right(result: Result) -> int:
    """How many decisions were right."""
    return sum(outcome["correct"] for outcome in result.outcomes)


def answers(result: Result) -> dict[str, list[Any]]:
    """Question -> what was answered to it, in the order of the record."""
    said: dict[str, list[Any]] = {}
    for entry in result.record:
        if entry["kind"] == "answer":
            said.setdefault(entry["about"], []).append(entry["value"])
    return said


def majority(n: int, p: float) -> float:
    """P(Bin(n, p) > n / 2), and half of P(Bin(n, p) = n / 2).

    >>> round(majority(9, 0.6), 5), round(majority(10, 0.6), 5)
    (0.73343, 0.73343)
    """
    whole = fsum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1, n + 1))
    return whole if n % 2 else whole + comb(n, n // 2) * (p * (1 - p)) ** (n // 2) / 2


def recorded_jury(bench: Bench, n: int, shares: Sequence[Sequence[float]]) -> Scenario:
    """*n* recorded voters: for each question the probability of each option, the last letter being the right one."""
    options = len(shares[0])
    table, gold = bench.folder / "answers.csv", LETTERS[options - 1]
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["qid", "gold", "n_options", *(f"v{seat}" for seat in range(n))])
        for number, own in enumerate(shares):
            luck = stream(bench.seed, "cells", number).random(n)
            writer.writerow([f"q{number}", gold, options, *(_drawn(cell_shares(own, one), one) for one in luck)])
    return Scenario.of(
        name="recorded-jury",
        models={"panel": {"recorded": {"answers": table}}},
        population="panel",
        topology="flat",
        task={"multiple_choice": {"questions": table}},
        mechanism="plurality",
    )


def cell_shares(shares: Sequence[float], luck: float) -> Sequence[float]:
    """The probabilities by which one cell is drawn: those of its question, the right option first."""
    return shares


def _drawn(shares: Sequence[float], luck: float) -> str:
    """The letter at *luck*; the right option, which comes first in *shares*, is the last letter."""
    place, before = 0, shares[0]
    while luck >= before and place < len(shares) - 1:
        place += 1
        before += shares[place]
    return LETTERS[len(shares) - 1 - place]
