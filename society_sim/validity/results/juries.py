"""A: what a vote makes of many judgements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from math import comb, fsum, log, prod
from typing import Any

from society_sim.mechanisms.lots import lot_of
from society_sim.rules.plurality import plurality
from society_sim.validity.findings import Finding, share
from society_sim.validity.rows import Bench, another, mutant, replaced, row
from society_sim.validity.voters import answers, jury, majority, right
from society_sim.values import Outcome

_RULE = "society_sim.rules.plurality.plurality"

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
