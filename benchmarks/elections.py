"""How the null model of government formation does on real elections, beside simple baselines.

    python -m benchmarks.elections fit PARTIES FORMATIONS       weights of the choice model (for parameters.yaml)
    python -m benchmarks.elections hold PARTIES FORMATIONS      whole countries held out: choice model, talks, baselines
    python -m benchmarks.elections score PARTIES FORMATIONS     the shipped weights on elections of another table
    python -m benchmarks.elections styles PARTIES FORMATIONS    the same for every bargaining style
    python -m benchmarks.elections scenarios [SEEDS]            the scenarios government_*.yaml, 50 seeds each

PARTIES and FORMATIONS are tables such as public_coalition_{parties,formations}.csv.gz; they are read where they lie.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from benchmarks.coalition_data import Case, read
from benchmarks.coalition_fit import fit, folds, tables
from society_sim.backends.synthetic import synthetic
from society_sim.backends.synthetic.concessions import STYLES
from society_sim.backends.synthetic.parameters import row
from society_sim.mechanisms.government_formation import government_formation
from society_sim.populations.parties import parties
from society_sim.rules.coalitions import likeness, minimal_winning, narrowest, smallest
from society_sim.rules.parliament import SCALES, Parliament, Party, places
from society_sim.rules.prospects import MARKS, prospects, weights_of
from society_sim.society import Society
from society_sim.tasks.election import election
from society_sim.values import Outcome

ROOT = Path(__file__).resolve().parent.parent
SEEDS = 10
Scores = list[tuple[float, float]]
"""(exact, Jaccard) per election; of baselines that tie, and over seeds, the means."""


def beside(formed: Iterable[Iterable[str]], real: Iterable[str]) -> tuple[float, float]:
    """Mean exact match and Jaccard of the governments *formed* with the *real* one."""
    real = set(real)
    pairs = [(set(one) == real, likeness(set(one), real)) for one in formed]
    return float(np.mean([p[0] for p in pairs])), float(np.mean([p[1] for p in pairs]))


def baselines(house: Parliament, real: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Of minimal winning coalitions a random one, the smallest, the narrowest; and the outgoing government again."""
    at = [party.places[0] for party in house.parties]
    quota = house.majority
    again = [party.name for party in house.parties if party.role != "opposition"]
    found = {
        "random minimal winning": minimal_winning(house.seats, quota),
        "smallest (Riker)": smallest(house.seats, quota),
        "narrowest (De Swaan)": narrowest(house.seats, quota, at) or narrowest(house.seats, quota, [0.0] * len(at)),
    }
    named = {name: beside([house.names(c) for c in cs], real) for name, cs in found.items()}
    return {**named, "outgoing again": beside([again], real)}


def negotiate(house: Parliament, seed: int, **settings: Any) -> Outcome:
    """How a government forms on the synthetic model, through the ordinary mechanism."""
    models = {"m": synthetic(price="free", policies={"negotiates": settings})}
    facts = {p.name: {"seats": p.seats, "title": p.title or p.name, "role": p.role,
                      **dict(zip(SCALES, p.places, strict=True))} for p in house.parties}  # fmt: skip
    society = Society(nx.complete_graph(len(facts)), models, parties(models, None, parties=facts), seed=seed)
    [question] = election(None, name=house.name, house=house.house, investiture=list(house.investiture))
    outcome: Outcome = society.run(society.settle(question, government_formation))
    return outcome


def measured(cases: Sequence[Case], weights_for: Callable[[int], Mapping[str, float]]) -> dict[str, Scores]:
    """Scores of the choice model, of the talks and of baselines on *cases*, with the weights that each may have."""
    found: dict[str, Scores] = {}
    for number, one in enumerate(cases):
        weights = dict(weights_for(number))
        real = sorted(one.names)
        conduct = row("negotiation", "conduct")
        likely = prospects(one.house, weights_of(weights), float(conduct["tolerance"]))
        best = np.flatnonzero(likely.table[int(np.where(likely.stands, likely.score, -np.inf).argmax())])
        formed = [negotiate(one.house, seed, marks=weights).decision or [] for seed in range(SEEDS)]
        usual = Counter(map(tuple, formed)).most_common(1)[0][0]
        truth = np.isin(np.arange(len(one.house.parties)), one.government)
        alike = (likely.table & truth).sum(1) / (likely.table | truth).sum(1)
        mine = {
            **baselines(one.house, real),
            "choice model, likeliest": beside([one.house.names(best.tolist())], real),
            "choice model, mean over its chances": (float(likely.chance @ (alike == 1)), float(likely.chance @ alike)),
            f"talks, mean of {SEEDS} seeds": beside(formed, real),
            "talks, most frequent": beside([usual], real),
        }  # fmt: skip
        for name, pair in mine.items():
            found.setdefault(name, []).append(pair)
    return found


def show(found: Mapping[str, Scores], groups: Sequence[str]) -> None:
    """Print means with 95 % intervals by resampling whole *groups* (countries)."""
    print(f"{'':40s} {'exact %':>22s} {'Jaccard':>22s}")
    for name, pairs in found.items():
        cells = []
        for k, scale, digits in ((0, 100, 1), (1, 1, 2)):
            values = np.array([pair[k] for pair in pairs]) * scale
            low, high = interval(values, groups)
            cells.append(f"{np.nanmean(values):.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]")
        print(f"{name:40s} {cells[0]:>22s} {cells[1]:>22s}")


def interval(values: Any, groups: Sequence[str]) -> tuple[float, float]:
    """The 2.5 and 97.5 percent points of the mean when *groups* are drawn again."""
    draw = random.Random(7)
    index: dict[str, list[int]] = {}
    for i, group in enumerate(groups):
        index.setdefault(group, []).append(i)
    names = sorted(index)
    means = []
    for _ in range(2000):
        chosen = [i for name in draw.choices(names, k=len(names)) for i in index[name]]
        means.append(np.nanmean(values[chosen]))
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def versus(found: Mapping[str, Scores], one: str, other: str, groups: Sequence[str]) -> str:
    """The paired difference of two rows, with an interval."""
    told = []
    for k, scale, digits in ((0, 100, 1), (1, 1, 2)):
        values = (np.array([p[k] for p in found[one]]) - np.array([p[k] for p in found[other]])) * scale
        low, high = interval(values, groups)
        told.append(f"{np.nanmean(values):+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]")
    return f"{one} - {other}: exact {told[0]}, Jaccard {told[1]}"


def main(arguments: Sequence[str]) -> None:
    what, rest = arguments[0], arguments[1:]
    COMMANDS[what](*rest)


def _fit(parties_file: str, formations_file: str) -> None:
    cases = list(read(Path(parties_file), Path(formations_file)))
    weights = fit(tables(cases))
    print(f"{len(cases)} formations")
    for mark, weight in zip(MARKS, weights, strict=True):
        print(f"  {mark}: {weight:.2f}")


def _hold(parties_file: str, formations_file: str) -> None:
    cases = list(read(Path(parties_file), Path(formations_file)))
    data = tables(cases)
    weights: dict[int, Mapping[str, float]] = {}
    for train, test in folds(cases):
        fitted = dict(zip(MARKS, fit([data[i] for i in train]).tolist(), strict=True))
        weights |= dict.fromkeys(test, fitted)
    print(f"{len(cases)} formations, weights fitted to other countries")
    _report(cases, measured(cases, weights.__getitem__))


def _score(parties_file: str, formations_file: str) -> None:
    cases = list(read(Path(parties_file), Path(formations_file)))
    print(f"{len(cases)} formations, weights as shipped")
    _report(cases, measured(cases, lambda _: row("negotiation", "marks")))


def _styles(parties_file: str, formations_file: str) -> None:
    cases = list(read(Path(parties_file), Path(formations_file)))
    print(f"{'style':16s} {'exact %':>8s} {'Jaccard':>8s} {'rounds':>7s} {'formateurs':>11s} {'first fails %':>14s} "
          f"{'none %':>7s}")  # fmt: skip
    for style in STYLES:
        ran = [(negotiate(one.house, seed, style=style), sorted(one.names)) for one in cases for seed in range(2)]
        pairs = np.array([beside([outcome.decision or []], real) for outcome, real in ran]).mean(0)
        rounds = np.mean([outcome.facts["rounds"] for outcome, _ in ran])
        tried = np.array([len(outcome.facts["formateurs"]) for outcome, _ in ran])
        none = np.mean([outcome.decision is None for outcome, _ in ran])
        print(f"{style:16s} {100 * pairs[0]:8.1f} {pairs[1]:8.2f} {rounds:7.2f} {tried.mean():11.2f} "
              f"{100 * (tried > 1).mean():14.1f} {100 * none:7.1f}")  # fmt: skip


def _report(cases: Sequence[Case], found: Mapping[str, Scores]) -> None:
    countries = [one.country for one in cases]
    show(found, countries)
    for name in ("narrowest (De Swaan)", "outgoing again"):
        print(versus(found, f"talks, mean of {SEEDS} seeds", name, countries))


def _scenarios(seeds: str = "50") -> None:
    from society_sim import Scenario, run

    for file in sorted((ROOT / "scenarios").glob("government_*.yaml")):
        scenario = Scenario.read(file)
        outcomes = [run(scenario, seed=seed, out=None).outcomes[0] for seed in range(int(seeds))]
        formed = Counter("+".join(one["decision"] or ["(none)"]) for one in outcomes)
        real = outcomes[0]["gold"]
        house = house_of(scenario)
        hits = sum(one["correct"] for one in outcomes)
        low, high = wilson(hits, len(outcomes))
        print(f"\n{scenario.name}: history {'+'.join(real)}; most frequent {formed.most_common(3)}")
        print(f"  exact {hits}/{len(outcomes)} [{low:.2f}, {high:.2f}], "
              f"Jaccard {np.mean([one['likeness'] for one in outcomes]):.2f}, "
              f"formateurs {np.mean([len(one['formateurs']) for one in outcomes]):.2f}, "
              f"rounds {np.mean([one['rounds'] for one in outcomes]):.2f}, types "
              f"{dict(Counter(one['type'] for one in outcomes))}")  # fmt: skip
        print("  " + "; ".join(f"{name} {pair[0]:.2f}/{pair[1]:.2f}" for name, pair in baselines(house, real).items()))


def house_of(scenario: Any) -> Parliament:
    """The parliament in a scenario file."""
    told = scenario.part("population")[1]["parties"]
    facts = scenario.part("task")[1]
    return Parliament(
        tuple(Party(name, f["seats"], places(**{s: f.get(s) for s in SCALES}), "", f.get("role", "opposition"))
              for name, f in told.items()), facts["house"], name=facts["name"])  # fmt: skip


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson interval of a share."""
    p, w = hits / n, 1 + z * z / n
    half = z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
    return (p + z * z / (2 * n) - half) / w, (p + z * z / (2 * n) + half) / w


COMMANDS = {"fit": _fit, "hold": _hold, "score": _score, "styles": _styles, "scenarios": _scenarios}

if __name__ == "__main__":
    main(sys.argv[1:] or ["scenarios"])
