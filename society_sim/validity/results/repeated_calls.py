"""A: what more calls of one model are worth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache
from math import exp, factorial, fsum, lgamma, log
from typing import Any

from society_sim.streams import stream
from society_sim.validity.findings import Finding, share
from society_sim.validity.results.juries import ties_to_the_first
from society_sim.validity.rows import Bench, mutant, replaced, row
from society_sim.validity.voters import majority, recorded_jury, right

_CELL = "society_sim.validity.voters.cell_shares"


@row(
    "A7", "More calls can hurt", formula="F(K) = a maj(K, p1) + (1 - a) maj(K, p2), a = .6, p1 = .85, p2 = .4",
    source="Chen et al. 2024 (2403.02419)", cases=[{"calls": 1}, {"calls": 5}, {"calls": 101}],
)  # fmt: skip
def more_calls(bench: Bench, calls: int) -> Iterator[Finding]:
    """Easy items and hard ones, answered by one recorded model again and again."""
    questions = bench.size(2500 if calls <= 5 else 250)
    easy = stream(bench.seed, "easy", calls).random(questions) < 0.6
    levels = [(0.85, 0.15) if one else (0.4, 0.6) for one in easy]
    result = bench.run(recorded_jury(bench, calls, levels))
    expected = 0.6 * majority(calls, 0.85) + 0.4 * majority(calls, 0.4)
    printed = {1: 0.67, 5: 0.71101, 101: 0.60836}[calls]
    yield share("right decisions", right(result), questions, expected, reference=printed)


@mutant("A7", "difficulty is drawn anew for every call", calls=101)
def difficulty_for_each_call() -> AbstractContextManager[None]:
    return replaced(**{_CELL: lambda shares, luck: (0.67, 0.33)})


@cache
def plurality_of(n: int, shares: tuple[float, ...]) -> float:
    """How often the first of the options wins among *n* independent votes, drawn with *shares*; ties are tossed.

    >>> round(plurality_of(5, (0.4, 0.2, 0.2, 0.2)), 4), round(plurality_of(40, (0.35, 0.45, 0.1, 0.1)), 4)
    (0.5094, 0.2391)
    """

    def ways(left: int, options: int) -> Iterator[tuple[int, ...]]:
        if options == 1:
            yield (left,)
            return
        for k in range(left + 1):
            yield from ((k, *rest) for rest in ways(left - k, options - 1))

    logs = [log(share) for share in shares]
    whole = []
    for counts in ways(n, len(shares)):
        if counts[0] == max(counts):
            chance = log(factorial(n)) + fsum(k * one - lgamma(k + 1) for k, one in zip(counts, logs, strict=True))
            whole.append(exp(chance) / counts.count(counts[0]))
    return fsum(whole)


_MULTINOMIAL = {
    ("right", 1): 0.4, ("right", 5): 0.5094, ("right", 10): 0.6168, ("right", 40): 0.89,
    ("wrong", 5): 0.3629, ("wrong", 40): 0.2391,
}  # fmt: skip


@row(
    "A8", "Plurality of many answers finds the popular one, right or wrong", formula="multinomial, ties tossed, m = 4",
    source="Wang et al. 2022 (2203.11171)",
    cases=[{"popular": popular, "n": n} for popular, n in _MULTINOMIAL],
)  # fmt: skip
def self_consistency(bench: Bench, popular: str, n: int) -> Iterator[Finding]:
    """Self-consistency on four options when the most likely answer is right, and when it is wrong."""
    shares = (0.4, 0.2, 0.2, 0.2) if popular == "right" else (0.35, 0.45, 0.1, 0.1)
    questions = bench.size(2000 if n <= 10 else 500)
    result = bench.run(recorded_jury(bench, n, [shares] * questions))
    printed = _MULTINOMIAL[popular, n]
    yield share("right decisions", right(result), questions, plurality_of(n, shares), reference=printed)


@mutant("A8", "ties go to the first letter", popular="right", n=5)
def ties_to_the_first_letter() -> Any:
    return ties_to_the_first()
