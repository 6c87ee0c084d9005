"""Fit the weights of `rules/prospects.py` to real formations: a conditional logit, and its held-out accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import minimize

from benchmarks.coalition_data import Case
from society_sim.rules.prospects import MARKS, Array, coalitions, marks

RIDGE = 0.5
FOLDS = 8


def tables(cases: Sequence[Case]) -> list[tuple[Array, int | None]]:
    """Marks of every coalition, and the row of the one that formed (`None`: it has more parties than are looked at)."""
    found = []
    for one in cases:
        table = coalitions(len(one.house.parties))
        formed = np.zeros(table.shape[1], dtype=bool)
        formed[list(one.government)] = True
        rows = np.flatnonzero((table == formed).all(1))
        found.append((marks(one.house, table), int(rows[0]) if len(rows) else None))
    return found


def fit(data: Sequence[tuple[Array, int | None]]) -> Array:
    """Maximum-likelihood weights with a small ridge on standardised marks, so that rare marks stay small."""
    spread = np.sqrt(np.mean([x.var(0) for x, _ in data], 0)) + 1e-9
    known = [(x, row) for x, row in data if row is not None]

    def cost(weights: Array) -> tuple[float, Array]:
        value, slope = 0.0, np.zeros(len(MARKS))
        for x, row in known:
            score = x @ weights
            raised = np.exp(score - score.max())
            value -= score[row] - score.max() - np.log(raised.sum())
            slope -= x[row] - raised @ x / raised.sum()
        return value + RIDGE * ((weights * spread) ** 2).sum() / 2, slope + RIDGE * weights * spread**2

    return minimize(cost, np.zeros(len(MARKS)), jac=True, method="L-BFGS-B").x


def folds(cases: Sequence[Case]) -> Iterator[tuple[list[int], list[int]]]:
    """(train, test): whole countries are held out, never single elections."""
    countries = sorted({one.country for one in cases})
    for k in range(FOLDS):
        held = set(countries[k::FOLDS])
        yield ([i for i, one in enumerate(cases) if one.country not in held],
               [i for i, one in enumerate(cases) if one.country in held])  # fmt: skip
