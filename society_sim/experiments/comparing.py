"""Arms side by side, pair by pair: what each comes to, what lies between them, and where the spread comes from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from society_sim import statistics
from society_sim.experiments.carrying import DONE, Row
from society_sim.experiments.tables import Table
from society_sim.scenario.design import Cell
from society_sim.scenario.designed import Comparison
from society_sim.statistics.bootstrap import clustered

CLUSTERS = 20
"""From so many seeds on, intervals are over seeds and not over questions."""
ENOUGH = 50
"""With fewer units, or fewer that differ, intervals are no bootstrap's: it covers 91 to 93 of 100 in place of 95."""
FEW = 10
"""With fewer right answers than that, or fewer wrong ones, the interval of a share is the exact one."""
ARM, SINGLE, MATCHED = "arm", "best single", "matched"
ALL = "all"
"""What the points of an axis are called that are taken together."""
Key = tuple[int, str]
"""A pair: the seed, and the question within it (nothing for what belongs to a whole run)."""


@dataclass(frozen=True)
class Held:
    """A cell and what its runs came to, by seed."""

    cell: Cell
    rows: Mapping[int, Row]

    def done(self) -> Iterator[tuple[int, Row]]:
        """The runs that came to their end."""
        return ((seed, row) for seed, row in self.rows.items() if row.status == DONE)

    def correct(self) -> dict[Key, float]:
        """Whether each question was decided rightly."""
        return {(seed, item.about): float(item.correct) for seed, row in self.done()
                for item in row.items if item.correct is not None}  # fmt: skip

    def single(self) -> dict[Key, float]:
        """Whether the best single model was right on each question that was put to it."""
        return {(seed, item.about): float(item.single) for seed, row in self.done()
                for item in row.items if item.correct is not None and item.single is not None}  # fmt: skip

    def values(self, measure: str) -> dict[Key, float]:
        """What is compared by *measure*: question by question for accuracy, else run by run."""
        if measure == "accuracy":
            return self.correct()
        return {(seed, ""): value for seed, row in self.done()
                if (value := value_of(row, measure)) is not None and math.isfinite(value)}  # fmt: skip


def pooled(held: Sequence[Held], axis: str | None) -> list[Held]:
    """For each arm at each point of the other axes one cell that has all points of *axis* together, called `all`.

    Its questions are those of all points, seed by seed; a measure belongs to one run alone, and is left out.
    """
    if axis is None or axis not in held[0].cell.point:
        return []
    groups: dict[tuple[str, ...], list[Held]] = {}
    for one in held:
        others = (level for name, level in one.cell.point.items() if name != axis)
        groups.setdefault((one.cell.arm, *others), []).append(one)
    whole = []
    for group in groups.values():
        cell = group[0].cell
        point = MappingProxyType({**cell.point, axis: ALL})
        both = replace(cell, point=point, beside=tuple(point.values()))
        whole.append(Held(both, {seed: _together([one.rows[seed] for one in group]) for seed in group[0].rows}))
    return whole


def _together(rows: Sequence[Row]) -> Row:
    """Several runs as one; a run that did not come to its end takes the whole with it."""
    broken = next((row for row in rows if row.status != DONE), None)
    if broken is not None:
        return broken
    abstentions = Counter[str]()
    for row in rows:
        abstentions.update(row.abstentions)
    return Row(
        rows[0].number, DONE, calls=sum(row.calls for row in rows), tokens=sum(row.tokens for row in rows),
        micro_usd=sum(row.micro_usd for row in rows), time=math.fsum(row.time for row in rows),
        messages=sum(row.messages for row in rows), abstentions=dict(abstentions),
        items=[item for row in rows for item in row.items],
    )  # fmt: skip


def value_of(row: Row, name: str) -> float | None:
    """A measure of a run, or one of the counts that every run has."""
    if name in row.measures:
        return row.measures[name]
    if name in ("calls", "tokens", "micro_usd", "time", "messages"):
        return float(getattr(row, name))
    return None


def arms_table(held: Sequence[Held], alpha: float) -> Table:
    """A row per cell: its accuracy with an interval, and what a question takes."""
    table = Table()
    for one in held:
        rows = [row for _, row in one.done()]
        questions = sum(len(row.items) for row in rows) or math.nan
        correct, single = one.correct(), one.single()
        interval = _interval(correct, alpha, f"arm {one.cell.arm}")
        calls = sum(row.calls for row in rows)
        table.append({
            "arm": one.cell.arm, **one.cell.point, "seeds": len(rows), "failed": len(one.rows) - len(rows),
            "questions": sum(len(row.items) for row in rows), "accuracy": interval.estimate, "low": interval.low,
            "high": interval.high, "level": interval.level,
            "single": math.fsum(single.values()) / len(single) if single else math.nan,
            "calls": calls / questions, "tokens": sum(row.tokens for row in rows) / questions,
            "micro_usd": sum(row.micro_usd for row in rows) / questions,
            "time": math.fsum(row.time for row in rows) / questions,
            "messages": sum(row.messages for row in rows) / questions,
            "abstained": sum(sum(row.abstentions.values()) for row in rows) / calls if calls else math.nan,
        })  # fmt: skip
    return table


def comparisons_table(held: Sequence[Held], matched: Mapping[int, Held], wanted: Comparison) -> Table:
    """A row per comparison: each arm with the baseline, with the best of its models alone, and with its match.

    *matched* has, by the place of a cell in *held*, the cell of one model that took as many tokens. Holm's correction
    goes over the comparisons of arms with the baseline, and over those with the two baselines that are always there.
    """
    table = Table()
    for group in _groups(held):
        base = next((one for one in group if one.cell.arm == wanted.baseline), group[0])
        for measure in wanted.measures:
            for one in group:
                if one is not base:
                    table.append(_compared(ARM, one.cell, base.cell.arm, measure, one.values(measure),
                                           base.values(measure), wanted))  # fmt: skip
    for place, one in enumerate(held):
        correct = one.correct()
        if "accuracy" not in wanted.measures:
            continue
        if wanted.best_single and any(item.single is not None for _, row in one.done() for item in row.items):
            table.append(_compared(SINGLE, one.cell, SINGLE, "accuracy", correct, one.single(), wanted))
        if place in matched:
            other = matched[place]
            table.append(_compared(MATCHED, one.cell, other.cell.arm, "accuracy", correct, other.correct(), wanted))
    for family in ((ARM,), (SINGLE, MATCHED)):
        rows = [row for row in table if row["kind"] in family]
        inside = statistics.holm([math.nan if row["p_equivalence"] is None else row["p_equivalence"] for row in rows])
        for row, p, within in zip(rows, statistics.holm([row["p"] for row in rows]), inside, strict=True):
            row["p_holm"] = p
            row["verdict"] = verdict(row, within, wanted)
    return table


def verdict(row: Mapping[str, Any], within: float, wanted: Comparison) -> str:
    """What a comparison says, in plain words; *within* is the p value of equivalence, corrected by Holm."""
    if not row["pairs"]:
        return "nothing to compare"
    if row["p_holm"] < wanted.alpha:
        return "higher" if row["difference"] > 0 else "lower"
    if within < wanted.alpha:
        return f"equivalent within {wanted.margin:g}"
    return "no difference shown"


def variance_table(held: Sequence[Held]) -> Table:
    """A row per cell and source of spread in first answers, right or wrong: the seed, the item, the model.

    What is left (`rest`) is the single answer's, and what model and item have only together. A source of which there is
    one alone is left out.
    """
    table = Table()
    for one in held:
        right: list[int] = []
        labels: dict[str, list[Hashable]] = {"seed": [], "item": [], "model": []}
        for seed, row in one.done():
            known = [item.about for item in row.items if item.correct is not None]
            for place, vote in enumerate(row.votes):
                if vote != 255:
                    right.append(vote)
                    labels["seed"].append(seed)
                    labels["item"].append(known[place // len(row.seats)])
                    labels["model"].append(row.seats[place % len(row.seats)])
        kept: dict[str, list[Hashable]] = {name: own for name, own in labels.items() if len(set(own)) > 1}
        if len(right) < 2:
            continue
        try:
            parts = statistics.components(right, kept)
        except ValueError:
            continue
        whole = math.fsum(max(0.0, part) for part in parts.values())
        table.extend({"arm": one.cell.arm, **one.cell.point, "source": source, "variance": part,
                      "share": max(0.0, part) / whole if whole > 0 else math.nan, "answers": len(right)}
                     for source, part in parts.items())  # fmt: skip
    return table


def _groups(held: Sequence[Held]) -> list[list[Held]]:
    groups: dict[tuple[str, ...], list[Held]] = {}
    for one in held:
        groups.setdefault(one.cell.beside, []).append(one)
    return list(groups.values())


def _interval(values: Mapping[Key, float], alpha: float, name: str) -> statistics.Interval:
    """The interval of a share: the exact one where few are right or few wrong, of which a bootstrap makes little."""
    found = statistics.bca(list(values.values()), clusters=_clusters(list(values)), level=1 - alpha, name=name)
    if not values or min(found.estimate, 1 - found.estimate) * len(values) >= FEW:
        return found
    low, high = statistics.clopper_pearson(found.estimate * found.units, found.units, 1 - alpha)
    return replace(found, low=low, high=high)


def _clusters(keys: Sequence[Key]) -> list[Hashable] | None:
    """What is drawn together: seeds, if there are enough; else what was asked under several seeds; else nothing."""
    if len({seed for seed, _ in keys}) >= CLUSTERS:
        return [seed for seed, _ in keys]
    questions = [question for _, question in keys]
    return list(questions) if any(questions) and len(set(questions)) < len(questions) else None


def _compared(
    kind: str, cell: Cell, baseline: str, measure: str, ours: Mapping[Key, float], theirs: Mapping[Key, float],
    wanted: Comparison,
) -> dict[str, Any]:  # fmt: skip
    keys = [key for key in ours if key in theirs]
    one, other = [ours[key] for key in keys], [theirs[key] for key in keys]
    differences = [a - b for a, b in zip(one, other, strict=True)]
    clusters, name = _clusters(keys), f"{cell.arm} {baseline} {measure}"
    better, worse = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    binary = measure == "accuracy"
    kind_of, interval = _around(differences, clusters, better + worse if binary else None, wanted, name)
    odds = statistics.odds_ratio(better, worse, 1 - wanted.alpha) if binary else statistics.OddsRatio(*[math.nan] * 3)
    if clusters is not None:  # its interval is one of independent pairs
        odds = statistics.OddsRatio(odds.estimate, math.nan, math.nan)
    sd = _spread(differences, clusters)
    there = bool(keys)
    return {
        "kind": kind, **cell.point, "measure": measure, "arm": cell.arm, "baseline": baseline, "pairs": len(keys),
        "units": interval.units, "unit": _unit(keys, clusters),
        "value": math.fsum(one) / len(one) if one else math.nan,
        "value_baseline": math.fsum(other) / len(other) if other else math.nan,
        "difference": interval.estimate, "low": interval.low, "high": interval.high, "level": interval.level,
        "interval": kind_of,
        "p": statistics.sign_flip(differences, clusters=clusters, name=name) if keys else math.nan, "p_holm": math.nan,
        "p_equivalence": _equivalence(differences, clusters, binary, wanted.margin)
        if wanted.margin is not None and keys else None,
        "better": better, "worse": worse, "d_z": statistics.cohens_dz(differences) if there else math.nan,
        "hedges_g": statistics.hedges_g(one, other) if there else math.nan,
        "cliffs_delta": statistics.cliffs_delta(one, other) if there else math.nan,
        "odds_ratio": odds.estimate, "odds_low": odds.low, "odds_high": odds.high,
        "pairs_needed": statistics.needed(interval.estimate, sd, alpha=wanted.alpha)
        if there and interval.estimate and sd else None,
        "verdict": "",
    }  # fmt: skip


def _around(
    differences: Sequence[float], clusters: Sequence[Hashable] | None, differing: int | None, wanted: Comparison,
    name: str,
) -> tuple[str, statistics.Interval]:  # fmt: skip
    """The interval of the mean difference, and which one it is. *differing* pairs there are, of right and wrong.

    A bootstrap promises too much where units are few, or where few of them differ: it can only draw what it has seen.
    """
    level = 1 - wanted.alpha
    found = statistics.bca(differences, clusters=clusters, level=level, name=name)
    if differing is not None and (differing == 0 or (clusters is None and differing < ENOUGH)):
        better = sum(d > 0 for d in differences)
        low, high = statistics.score_interval(better, differing - better, found.units, level)
        return "score", replace(found, low=low, high=high)
    sums, _ = clustered(np.asarray(differences), clusters)
    if found.units < ENOUGH or (differing is not None and np.count_nonzero(sums) < ENOUGH):
        low, high = statistics.permutation_interval(differences, clusters=clusters, level=level, name=name)
        return "permutation", replace(found, low=low, high=high)
    return "bca", found


def _equivalence(
    differences: Sequence[float], clusters: Sequence[Hashable] | None, binary: bool, margin: float
) -> float:
    """The p value of equivalence; of right and wrong the one that holds where few pairs differ, too."""
    if not binary:
        return statistics.equivalence(differences, margin, clusters=clusters)
    better, worse = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    if clusters is None:
        return statistics.score_equivalence(better, worse, len(differences), margin)
    if better + worse == 0:  # pairs of one cluster may all be alike, so that it counts as one
        return statistics.score_equivalence(0, 0, len(set(clusters)), margin)
    return max(statistics.score_equivalence(better, worse, len(differences), margin),
               statistics.equivalence(differences, margin, clusters=clusters))  # fmt: skip


def _spread(differences: Sequence[float], clusters: Sequence[Hashable] | None) -> float:
    """The standard deviation that independent pairs would need for the standard error that these ones have."""
    error = statistics.standard_error(differences, clusters=clusters)
    return error * math.sqrt(len(differences)) if math.isfinite(error) else 0.0


def _unit(keys: Sequence[Key], clusters: Sequence[Hashable] | None) -> str:
    if len({seed for seed, _ in keys}) >= CLUSTERS or not any(question for _, question in keys):
        return "seed"
    return "question" if clusters is None else "question over seeds"
