"""A: what a vote makes of judgements that err together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from math import comb, erfc, exp, fsum, lgamma, log, pi, sqrt

from society_sim.streams import normal, stream
from society_sim.validity.findings import Finding, share
from society_sim.validity.rows import Bench, mutant, replaced, row
from society_sim.validity.voters import jury, majority, recorded_jury, right

_CELL = "society_sim.validity.voters.cell_shares"


def probit_majority(n: int, p: float, r: float) -> float:
    """The majority of *n* voters whose latent errors have a common part of variance *r* (one-factor probit).

    >>> round(probit_majority(9, 0.6, 0.2), 4)
    0.6698
    """
    steps, most = 4000, 8.0
    width = 2 * most / steps
    points = [-most + width * (step + 0.5) for step in range(steps)]

    def given(z: float) -> float:
        return 0.5 * erfc(-(normal(p) - sqrt(r) * z) / sqrt(1 - r) / sqrt(2))

    return fsum(exp(-z * z / 2) / sqrt(2 * pi) * majority(n, given(z)) * width for z in points)


@row(
    "A3", "Voters who err together reach a plateau", source="Ladha 1992",
    formula="E[P(Bin(n, Phi((Phi^-1(p) - sqrt(r) Z) / sqrt(1 - r))) > n/2)] -> Phi(Phi^-1(p) / sqrt(r)) = .7145",
    cases=[{"r": 0.2, "n": 9}, {"r": 0.2, "n": 25}, {"r": 0.2, "n": 101}],
)  # fmt: skip
def plateau(bench: Bench, r: float, n: int) -> Iterator[Finding]:
    """Part *r* of the variance of every margin belongs to the item."""
    questions = bench.size(1500 if n <= 9 else 800 if n <= 25 else 200)
    result = bench.run(jury(n, questions, accuracy=0.6, margin=[r, 0, 0, 1 - r]))
    printed = {9: 0.6698, 25: 0.6940, 101: 0.7088}[n]
    yield share("right decisions", right(result), questions, probit_majority(n, 0.6, r), reference=printed)


@mutant("A3", "the common part is ignored", n=25)
def independent_after_all() -> AbstractContextManager[None]:
    return replaced(**{"society_sim.backends.synthetic.parameters._margin": lambda _: (0.0, 0.0, 0.0, 1.0)})


def beta_majority(n: int, a: float, b: float) -> float:
    """The majority of *n* voters who are right with a probability that an item draws from Beta(*a*, *b*); *n* is odd.

    >>> round(beta_majority(9, 5.4, 3.6), 4)
    0.6779
    """

    def log_beta(x: float, y: float) -> float:
        return lgamma(x) + lgamma(y) - lgamma(x + y)

    whole = range(n // 2 + 1, n + 1)
    return fsum(exp(log(comb(n, k)) + log_beta(k + a, n - k + b) - log_beta(a, b)) for k in whole)


@row(
    "A3b", "The same with items whose difficulty is Beta-distributed", formula="beta-binomial, a + b = 1/rho - 1",
    source="Ladha 1992", cases=[{"rho": 0.1, "n": 9}, {"rho": 0.1, "n": 25}],
)  # fmt: skip
def beta_plateau(bench: Bench, rho: float, n: int) -> Iterator[Finding]:
    """Recorded answers: a table in which each item has a probability of its own."""
    questions = bench.size(1500 if n <= 9 else 800)
    a, b = 0.6 * (1 / rho - 1), 0.4 * (1 / rho - 1)
    levels = stream(bench.seed, "beta", n).beta(a, b, size=questions)
    result = bench.run(recorded_jury(bench, n, [(p, 1 - p) for p in levels.tolist()]))
    printed = {9: 0.6779, 25: 0.7083}[n]
    yield share("right decisions", right(result), questions, beta_majority(n, a, b), reference=printed)


@mutant("A3b", "difficulty is drawn anew for every voter", n=25)
def difficulty_for_each_voter() -> AbstractContextManager[None]:
    return replaced(**{_CELL: lambda shares, luck: (0.6, 0.4)})
