"""A: what a vote makes of many judgements."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from math import comb, erfc, exp, factorial, fsum, lgamma, log, pi, prod, sqrt
from typing import Any

from society_sim.mechanisms.lots import lot_of
from society_sim.mechanisms.plurality import plurality as ask_once
from society_sim.results import Result
from society_sim.rules.plurality import plurality
from society_sim.scenario import Scenario
from society_sim.streams import normal, stream
from society_sim.tasks.multiple_choice import LETTERS
from society_sim.validity.findings import Finding, mean, share
from society_sim.validity.rows import Bench, another, mutant, replaced, row
from society_sim.values import Outcome

_RULE = "society_sim.rules.plurality.plurality"
_CELL = "society_sim.validity.results.juries.cell_shares"


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


# --- A1, A2: independent voters ---------------------------------------------------------------------------------------

_PRINTED = {1: 0.6, 3: 0.648, 9: 0.7334, 25: 0.8462, 51: 0.9265}


@row(
    "A1", "Condorcet's jury theorem", formula="P(Bin(n, p) > n/2)", source="Condorcet 1785",
    cases=[*({"p": 0.6, "n": n} for n in _PRINTED), {"p": 0.45, "n": 25}],
)  # fmt: skip
def condorcet(bench: Bench, p: float, n: int) -> Iterator[Finding]:
    """A majority of independent voters who are right with probability *p*."""
    questions = bench.size(2000 if n <= 9 else 800 if n <= 25 else 400)
    result = bench.run(jury(n, questions, accuracy=p))
    printed = _PRINTED[n] if p > 0.5 else 0.3063
    yield share("right decisions", right(result), questions, majority(n, p), reference=printed)


@mutant("A1", "the first reply wins", p=0.6, n=9)
def first_reply() -> AbstractContextManager[None]:
    return replaced(**{_RULE: lambda ballots, lot=0: next(iter(ballots))})


@mutant("A1", "half of the votes are enough", p=0.6, n=3)
def half_is_enough() -> AbstractContextManager[None]:
    def rule(ballots: Any, lot: int = 0) -> Any:
        votes = sorted(ballots)
        return next(one for one in votes if votes.count(one) >= len(votes) // 2)

    return replaced(**{_RULE: rule})


@row("A2", "An even jury with fair ties is as good as one voter fewer", formula="P(2m) = P(2m - 1)", source="exact")
def fair_ties(bench: Bench) -> Iterator[Finding]:
    """Ten voters; and of the ties as many go to the option that is named first as to the other."""
    questions = bench.size(2000)
    result = bench.run(jury(10, questions, accuracy=0.6))
    yield share("right decisions", right(result), questions, majority(10, 0.6), reference=0.73343)
    said = answers(result)
    tied = [entry["decision"] for entry in result.outcomes if said[entry["about"]].count("A") == 5]
    yield share("ties that go to the first option", tied.count("A"), len(tied), 0.5)


@mutant("A2", "ties go to the first option")
def ties_to_the_first() -> AbstractContextManager[None]:
    return replaced(**{_RULE: lambda ballots, lot=0: max(sorted(votes := list(ballots)), key=votes.count)})


@mutant("A2", "ties are lost")
def ties_are_lost() -> AbstractContextManager[None]:
    def rule(ballots: Any, lot: int = 0) -> Any:
        votes = list(ballots)
        best = max(set(votes), key=votes.count)
        return best if votes.count(best) > len(votes) / 2 else None

    return replaced(**{_RULE: rule})



# --- A3: voters who err together --------------------------------------------------------------------------------------


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


# --- A4: unequal voters -----------------------------------------------------------------------------------------------

_SKILLS = {"a": 0.9, "b": 0.9, "c": 0.6, "d": 0.6, "e": 0.6}


def weighted_majority(skills: Sequence[float], weights: Sequence[float]) -> float:
    """How often the weighted majority of independent voters is right; ties are tossed.

    >>> round(weighted_majority([0.9, 0.9, 0.6, 0.6, 0.6], [log(9), log(9), *[log(1.5)] * 3]), 5)
    0.92664
    """
    whole = []
    for ballots in range(2 ** len(skills)):
        says = [ballots >> seat & 1 for seat in range(len(skills))]
        chance = prod(p if yes else 1 - p for p, yes in zip(skills, says, strict=True))
        lead = fsum(w if yes else -w for w, yes in zip(weights, says, strict=True))
        whole.append(chance * (0.5 if abs(lead) < 1e-9 else lead > 0))
    return fsum(whole)


@row(
    "A4", "The best weights are log odds", formula="w = log(p / (1 - p))", source="Nitzan and Paroush 1982; "
    "Shapley and Grofman 1984",
)  # fmt: skip
def best_weights(bench: Bench) -> Iterator[Finding]:
    """Two good voters and three middling ones; the weights come from their record on other questions."""
    questions = bench.size(4500)
    base = jury(5, questions, accuracy=_SKILLS, variants=list(_SKILLS))
    result = bench.run(base.set("population", {"panel": {"model": "m"}}).set("measures", ["log_odds"]))
    skills = list(_SKILLS.values())
    one_each = weighted_majority(skills, [1] * 5)
    best = weighted_majority(skills, [log(p / (1 - p)) for p in skills])
    yield share("one voter, one vote", right(result), questions, one_each, reference=0.87696)
    weighted = round(result.measures["log_odds"] * questions)
    yield share("log-odds weights", weighted, questions, best, reference=0.92664)


@mutant("A4", "weights are proportional to accuracy")
def linear_weights() -> AbstractContextManager[None]:
    return replaced(**{"society_sim.rules.weights.log_odds": lambda right, answered, options=2: right / answered})


# --- A5, A6: committees of committees ---------------------------------------------------------------------------------


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


# --- A7, A8: more calls of one model ----------------------------------------------------------------------------------


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


# --- A13: faulty members ----------------------------------------------------------------------------------------------


@row(
    "A13", "Members who are always wrong", formula="P(Bin(n - f, p) > n/2), p = .8", source="Lamport et al. 1982",
    cases=[{"n": 5, "f": 1}, {"n": 9, "f": 2}, {"n": 9, "f": 3}, {"n": 15, "f": 3}],
)  # fmt: skip
def byzantine(bench: Bench, n: int, f: int) -> Iterator[Finding]:
    """*f* of *n* voters always name the wrong option."""
    questions = bench.size(1000)
    skills = {f"v{seat}": 0.8 if seat < n - f else 0.0 for seat in range(n)}
    base = jury(n, questions, accuracy=skills, variants=list(skills))
    result = bench.run(base.set("population", {"panel": {"model": "m"}}))
    expected = fsum(comb(n - f, k) * 0.8**k * 0.2 ** (n - f - k) for k in range(n // 2 + 1, n - f + 1))
    printed = {(5, 1): 0.8192, (9, 2): 0.8520, (9, 3): 0.6554, (15, 3): 0.9274}[n, f]
    yield share("right decisions", right(result), questions, expected, reference=printed)


@mutant("A13", "the faulty votes are not counted", n=9, f=3)
def faulty_discarded() -> AbstractContextManager[None]:
    def wise(society: Any, question: Any) -> Any:
        votes = yield from society.ask_all(question.text, question.form)
        return Outcome(plurality(votes.values()[:6], lot_of(society, question)), votes)

    return another("mechanism", "plurality", wise)
