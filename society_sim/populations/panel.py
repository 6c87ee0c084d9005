"""A panel: one member for each variant of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from society_sim.backends.recorded import UNREAD
from society_sim.backends.tables import csv_rows, half_of, stamp
from society_sim.errors import ScenarioError, nearest
from society_sim.registry import population
from society_sim.rules.weights import log_odds
from society_sim.values import Backend, Profile

Facts = dict[str, dict[str, Any]]
FREE = 10
"""A free answer counts as one among so many, in the weight of a vote."""


@population
def panel(
    models: Mapping[str, Backend],
    rng: np.random.Generator,
    *,
    model: str = "panel",
    columns: list[str] | None = None,
    traits: Path | None = None,
    tested_on: Path | None = None,
    half: int | None = None,
    order: str = "columns",
) -> list[Profile]:
    """One member for each variant of *model*, named after it: a panel of recorded models sits down at one table.

    *columns*: the variants that take part; all if left out. No personas: recorded answers were given without.
    *traits*: a CSV file with a column `model`; its other columns (`family`, a price, ...) are the members' traits.
    *tested_on*: a table of answers with the column `gold`, as `recorded` reads; the share of it that each one answered
    rightly is its trait `accuracy`, an abstention being wrong and a question that it was not run on left out, and the
    log odds of that (`rules.weights.log_odds`, with as many options as the questions have on average; a free answer
    counts as one among ten) its trait `weight`: what `vote` weighs it by with `weights: weight`. Below chance it is 0.
    *half*: only the first, third, ... (1) or the second, fourth, ... (2) of its questions; let the task ask the other.
    The stand-in declares `family`, `accuracy` and `weight` of its models; what the files say counts before that.
    *order* of seats, on which the topology builds: `columns` as they are named, `lot` by a draw of the run's seed, or a
    trait: numbers from the largest down, words so that those with the same sit side by side, the largest group first.

    `ScenarioError` for a model that is not there, one without variants, a variant or a trait that it does not have.
    """
    if model not in models:
        raise ScenarioError(f"population 'panel': there is no model {model!r}; {nearest(model, models)}")
    variants = tuple(getattr(models[model], "variants", ()))
    if not variants:
        raise ScenarioError(f"population 'panel': model {model!r} has no variants to seat; use population 'plain'")
    for name in columns or ():
        if name not in variants:
            raise ScenarioError(f"population 'panel': model {model!r} has no {name!r}; {nearest(name, variants)}")
    declared: Mapping[str, Mapping[str, Any]] = getattr(models[model], "traits", {})
    if half is not None and tested_on is None and not declared:
        raise ScenarioError("population 'panel': half is of the questions in tested_on; name that table too")
    seats = list(dict.fromkeys(columns)) if columns is not None else list(variants)
    facts: Facts = {name: dict(declared.get(name, {})) for name in seats}
    if traits is not None:
        _read_traits(traits, facts)
    if tested_on is not None:
        _test(tested_on, half, facts)
    return [Profile(name, f"{model}/{name}", traits=facts[name]) for name in _ordered(seats, facts, order, rng)]


def _ordered(seats: list[str], facts: Facts, order: str, rng: np.random.Generator) -> list[str]:
    if order == "columns":
        return seats
    if order == "lot":
        return [seats[int(place)] for place in rng.permutation(len(seats))]
    known = sorted({name for own in facts.values() for name in own})
    if order not in known:
        there = nearest(order, ["columns", "lot", *known])
        raise ScenarioError(f"population 'panel': there is no order {order!r}; {there}")
    values = {name: facts[name].get(order) for name in seats}
    if all(isinstance(value, (int, float)) for value in values.values()):
        return sorted(seats, key=lambda name: -values[name])  # type: ignore[operator]
    sizes = Counter(values.values())
    return sorted(seats, key=lambda name: (-sizes[values[name]], str(values[name]), seats.index(name)))


def _read_traits(path: Path, facts: Facts) -> None:
    rows = csv_rows(path)
    line, head = next(rows)
    if "model" not in head:
        raise ScenarioError(f"there is no column 'model'; {nearest('model', head)}", file=path, line=line)
    at = head.index("model")
    for _, row in rows:
        if row[at] in facts:
            facts[row[at]] |= {name: _plain(cell) for name, cell in zip(head, row, strict=True)
                               if name != "model" and cell}  # fmt: skip


def _plain(cell: str) -> str | float:
    try:
        number = float(cell)
    except ValueError:
        return cell
    return number if np.isfinite(number) else cell


def _test(path: Path, half: int | None, facts: Facts) -> None:
    """Give each of *facts* its accuracy on the questions in *path*."""
    for name, worth in zip(facts, _tested(path, stamp(path), half, tuple(facts)), strict=True):
        facts[name] |= worth


@lru_cache(maxsize=16)
def _tested(path: Path, stamped: tuple[int, int], half: int | None, names: tuple[str, ...]) -> list[dict[str, float]]:
    """Accuracy and weight of each of *names* on the questions in *path*."""
    rows = csv_rows(path)
    line, head = next(rows)
    for name in ("gold", *names):
        if name not in head:
            raise ScenarioError(f"there is no column {name!r}; {nearest(name, head)}", file=path, line=line)
    gold, places = head.index("gold"), {name: head.index(name) for name in names}
    right, asked = Counter[str](), Counter[str]()
    offers = head.index("n_options") if "n_options" in head else None
    offered = known = 0
    for _, row in half_of(rows, half):
        many = row[offers] if offers is not None else ""
        offered, known = offered + (int(many) if many.isdecimal() else FREE), known + 1
        for name, place in places.items():
            if cell := row[place].strip():
                asked[name] += 1
                right[name] += cell not in UNREAD and cell == row[gold].strip()
    options = max(2.0, offered / known) if known else 2.0
    return [{"accuracy": right[name] / asked[name] if asked[name] else 0.0,
             "weight": max(0.0, log_odds(right[name], asked[name], options))} for name in names]  # fmt: skip
