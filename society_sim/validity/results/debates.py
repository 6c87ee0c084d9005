"""A9, A10: what members make of what others said before them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import product
from math import fsum
from typing import Any

import numpy as np

from society_sim.backends.synthetic.persuasion import RULES
from society_sim.results import Result
from society_sim.scenario import Scenario
from society_sim.topologies.star import star
from society_sim.validity.findings import Finding, exact, mean, share
from society_sim.validity.rows import Bench, another, mutant, replaced, row
from society_sim.validity.voters import answers

_URN = {"preset": "independent", "price": "free"}
_MEMBERS = 5


def rights(result: Result, members: int) -> Any:
    """Right or wrong (1.0 or 0.0): question x round x member, of answers that come round after round."""
    gold = {outcome["about"]: outcome["gold"] for outcome in result.outcomes}
    said = answers(result)
    return np.array([[value == gold[about] for value in said[about]] for about in gold], dtype=float).reshape(
        len(gold), -1, members
    )


# --- A9: debate as a martingale ---------------------------------------------------------------------------------------


def urn_majorities(rounds: int, prior: float, p: float, *, own: bool = False) -> list[float]:
    """How often the majority of five urns is right, round by round; each is shown what the others say, perhaps its own.

    Exact: what matters of a past is how often each member was right, in any order.

    >>> [round(share, 4) for share in urn_majorities(3, 5, 0.6)]
    [0.6826, 0.6709, 0.6659, 0.6631]
    >>> [round(share, 4) for share in urn_majorities(3, 5, 0.6, own=True)]
    [0.6826, 0.6673, 0.6619, 0.6591]
    """
    states = {(0,) * _MEMBERS: 1.0}
    found = []
    for step in range(rounds + 1):
        heard = step * (_MEMBERS if own else _MEMBERS - 1)
        after: defaultdict[tuple[int, ...], float] = defaultdict(float)
        majority = 0.0
        for state, weight in states.items():
            seen = [sum(state) - (0 if own else one) for one in state]
            chances = [(prior * p + one) / (prior + heard) for one in seen]
            for said in product((0, 1), repeat=_MEMBERS):
                chance = weight
                for one, right in zip(chances, said, strict=True):
                    chance *= one if right else 1 - one
                after[tuple(sorted(had + right for had, right in zip(state, said, strict=True)))] += chance
                majority += chance * (sum(said) > _MEMBERS / 2)
        states = after
        found.append(majority)
    return found


@row(
    "A9", "Debate is a martingale: it helps no member, and harms the majority",
    formula="Dirichlet-compound-multinomial urns, alpha = prior (p, 1 - p), p = .6, five members who hear one another",
    source="Choi, Zhu and Li 2025 (2508.17536)", cases=[{"prior": 5}, {"prior": 50}],
)  # fmt: skip
def martingale(bench: Bench, prior: int) -> Iterator[Finding]:
    """Four rounds of votes, all earlier ones being shown.

    The source's table (.682, .669, .663, .661) lies between two readings of who is heard: peers alone, which is the
    paper's update and what is run here (.6826, .6709, .6659, .6631), and one's own earlier answers as well (.6826,
    .6673, .6619, .6591). Both are exact; the table is a simulation, whose error is about .006.
    """
    questions = bench.size(800 if prior == 5 else 400)
    result = bench.run(Scenario.of(
        name="urns", models={"m": {"synthetic": {**_URN, "accuracy": 0.6, "prior": prior}}},
        population={"plain": {"size": _MEMBERS, "mix": "vendors"}}, topology="flat",
        task={"multiple_choice": {"rounds": questions, "options": 2}},
        mechanism={"second_look": {"rounds": 3, "history": True}},
    ))  # fmt: skip
    said = rights(result, _MEMBERS)
    printed: Sequence[float | None] = [0.682, 0.669, 0.663, 0.661] if prior == 5 else [0.681, None, None, 0.681]
    for step, expected in enumerate(urn_majorities(3, prior, 0.6)):
        yield mean(f"members who are right in round {step}", said[:, step].mean(axis=1).tolist(), 0.6, reference=0.6)
        won = int((said[:, step].sum(axis=1) > _MEMBERS / 2).sum())
        yield share(f"right majorities in round {step}", won, questions, expected, reference=printed[step])


@mutant("A9", "the strength of arguments is left on", prior=5)
def strength_left_on() -> AbstractContextManager[None]:
    """Whoever is right argues better, and is heeded for it: the rule of the other presets in place of the urn."""

    def sway(own: Any, social: Any, how: Any, seed: int) -> Any:
        from dataclasses import replace

        return RULES["weighing"](own, social, replace(how, crowd=1.07, keep=1.8, sure=0.8, unrest=0.0), seed)

    return replaced(**{"society_sim.backends.synthetic.thinking.RULES": {**RULES, "urn": sway}})


@row(
    "A9b", "Unequal members in a star learn by a linear map", formula="E[p'] = (alpha p + A p) / (alpha + degree)",
    source="Choi, Zhu and Li 2025 (2508.17536)",
)  # fmt: skip
def linear_map(bench: Bench) -> Iterator[Finding]:
    """A hub that is right nine times in ten, and four leaves who guess; each counts among its own neighbours."""
    questions, alone = bench.size(500), [0.9, 0.5, 0.5, 0.5, 0.5]
    model = {**_URN, "prior": 10, "own_voice": 1, "accuracy": {f"vendor-{k + 1}": p for k, p in enumerate(alone)}}
    result = bench.run(Scenario.of(
        name="star", models={"m": {"synthetic": model}}, population={"plain": {"size": _MEMBERS, "mix": "vendors"}},
        topology="star",
        task={"multiple_choice": {"rounds": questions, "options": 2}},
        mechanism={"second_look": {"rounds": 5, "history": True}},
    ))  # fmt: skip
    said = rights(result, _MEMBERS)
    printed = [0.58, 0.5853, 0.5898, 0.5932, 0.5958, 0.5979]
    for step, expected in enumerate(_learnt(alone, 10, 5)):
        yield exact(f"the map, round {step}", fsum(expected) / _MEMBERS, printed[step], within=6e-5)
        yield mean(f"members who are right in round {step}", said[:, step].mean(axis=1).tolist(),
                   fsum(expected) / _MEMBERS, reference=printed[step])  # fmt: skip
    yield mean("the hub in round 5", said[:, 5, 0].tolist(), expected[0])
    yield mean("leaves in round 5", said[:, 5, 1:].mean(axis=1).tolist(), fsum(expected[1:]) / 4)


def _learnt(alone: Sequence[float], prior: float, rounds: int) -> Iterator[list[float]]:
    """Accuracies round by round: seat 0 hears all, the others it alone, and everybody itself."""
    now, right, whole = list(alone), [prior * p for p in alone], [float(prior)] * len(alone)
    yield now
    for _ in range(rounds):
        heard = [[p for other, p in enumerate(now) if seat in (0, other) or other == 0] for seat in range(len(now))]
        right = [own + fsum(one) for own, one in zip(right, heard, strict=True)]
        whole = [own + len(one) for own, one in zip(whole, heard, strict=True)]
        now = [own / all_ for own, all_ in zip(right, whole, strict=True)]
        yield now


@mutant("A9b", "another member is the hub")
def wrong_neighbours() -> AbstractContextManager[None]:
    return another("topology", "star", lambda n, rng, *, hub=0: star(n, rng, hub=n - 1))


# --- A10: cascades ----------------------------------------------------------------------------------------------------


def cascade_by(p: float, n: int) -> float:
    """How often a right cascade has begun by the time that *n* members (an even number) have decided.

    >>> round(cascade_by(0.7, 2), 3), round(cascade_by(0.7, 10), 4), round(cascade_by(0.3, 10), 4)
    (0.595, 0.7529, 0.2467)
    """
    return float(p * (p + 1) * (1 - (p - p * p) ** (n / 2)) / (2 * (1 - p + p * p)))


@row(
    "A10", "Information cascades begin soon, and some are wrong",
    formula="p (p + 1) (1 - (p - p^2)^(n/2)) / (2 (1 - p + p^2))", source="Bikhchandani, Hirshleifer and Welch 1992",
    cases=[{"p": 0.7, "n": 2}, {"p": 0.7, "n": 10}, {"p": 0.6, "n": 10}],
)  # fmt: skip
def cascades(bench: Bench, p: float, n: int) -> Iterator[Finding]:
    """Members decide one after another; each sees the decisions before, and its own signal."""
    questions = bench.size(1000)
    model = {**_URN, "accuracy": p, "persuasion": "counting"}
    result = bench.run(Scenario.of(
        name="cascades", models={"m": {"synthetic": model}}, population={"plain": {"size": n}}, topology="flat",
        task={"multiple_choice": {"rounds": questions, "options": 2}}, mechanism="cascade",
    ))  # fmt: skip
    right = sum(outcome["cascade"] == outcome["gold"] for outcome in result.outcomes)
    wrong = sum(outcome["cascade"] not in (None, outcome["gold"]) for outcome in result.outcomes)
    # Of p = .6 the source's table has the limit, .6316; by the tenth member it is .6311.
    printed = {(0.7, 2): (0.595, None), (0.7, 10): (0.7529, 0.2468), (0.6, 10): (None, None)}[p, n]
    yield share("right cascades", right, questions, cascade_by(p, n), reference=printed[0])
    yield share("wrong cascades", wrong, questions, cascade_by(1 - p, n), reference=printed[1])


@mutant("A10", "members see private signals", p=0.7, n=10)
def private_signals() -> AbstractContextManager[None]:
    """Who decides shows its signal and not what it made of it: nobody's decision hides what it knew."""
    return replaced(**{"society_sim.mechanisms.cascade._turn": lambda question, me: question.text})
