"""A linear mixed model with random intercepts: what an arm adds, where values nest in groups."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from society_sim.statistics.bootstrap import Array, Numbers
from society_sim.streams import normal


@dataclass(frozen=True, slots=True)
class Mixed:
    """What was fitted: *effect* of the arm with its standard *error*, and the variances between and within groups."""

    intercept: float
    effect: float
    error: float
    between: float
    within: float
    groups: int

    @property
    def share(self) -> float:
        """The share of the variance that is between groups (the intraclass correlation)."""
        whole = self.between + self.within
        return self.between / whole if whole > 0 else 0.0

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The normal interval of the effect."""
        half = -normal((1 - level) / 2) * self.error
        return self.effect - half, self.effect + half


def random_intercept(values: Numbers, treated: Numbers, groups: Sequence[Hashable]) -> Mixed:
    """Fit `value = intercept + effect * treated + u(group) + e` by restricted maximum likelihood.

    *treated* is 0 or 1 (or a dose) for each value, *groups* a label: the question, the seed or the member that it
    belongs to, if members nest in runs. Any numbers of values in a group will do. The ratio of the two variances is
    searched for in one dimension, all else is in closed form (Lindstrom and Bates 1988), so no library is needed; for
    crossed or nested random effects use statsmodels (the extra `analysis`). `ValueError` without at least two groups,
    two different treatments, and more values than groups.

    >>> fit = random_intercept([1, 2, 3, 4.2, 5, 6], [0, 1, 0, 1, 0, 1], ["a", "a", "b", "b", "c", "c"])
    >>> round(fit.effect, 3), fit.share > 0.9
    (1.067, True)
    """
    from scipy.optimize import minimize_scalar

    y, x = np.asarray(values, dtype=float), np.asarray(treated, dtype=float)
    places: dict[Hashable, int] = {}
    codes = np.asarray([places.setdefault(label, len(places)) for label in groups])
    if not len(y) == len(x) == len(codes):
        raise ValueError("values, treatments and groups are as many")
    if len(places) < 2 or len(set(x.tolist())) < 2 or len(y) <= len(places):
        raise ValueError("a mixed model needs two groups, two treatments, and more values than groups")
    design = np.stack([np.ones_like(y), x], axis=1)
    whole = np.concatenate([design, y[:, None]], axis=1)
    sizes = np.bincount(codes).astype(float)
    sums = np.stack([np.bincount(codes, weights=column) for column in whole.T], axis=1)
    inner = whole.T @ whole
    free = len(y) - 2

    def parts(ratio: float) -> tuple[Array, float, float]:
        """Coefficients, residual sum of squares and the log determinants, at a ratio of between to within."""
        shrink = ratio / (1 + sizes * ratio)
        moments = inner - (sums * shrink[:, None]).T @ sums
        coefficients = np.linalg.solve(moments[:2, :2], moments[:2, 2])
        rest = float(moments[2, 2] - moments[:2, 2] @ coefficients)
        logs = float(np.log1p(sizes * ratio).sum()) + float(np.linalg.slogdet(moments[:2, :2])[1])
        return coefficients, max(rest, 1e-300), logs

    def deviance(root: float) -> float:
        _, rest, logs = parts(root * root)
        return free * math.log(rest) + logs

    # over the square root: it is smooth at 0; on a grid first, for there may be two valleys
    grid = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 61)])
    best = int(np.argmin([deviance(root) for root in grid]))
    edges = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    root = float(minimize_scalar(deviance, bounds=edges, method="bounded", options={"xatol": 1e-10}).x)
    root = min((root, 0.0, float(grid[best])), key=deviance)
    coefficients, rest, _ = parts(root * root)
    within = rest / free
    shrink = root * root / (1 + sizes * root * root)
    moments = inner[:2, :2] - (sums[:, :2] * shrink[:, None]).T @ sums[:, :2]
    error = math.sqrt(float(np.linalg.inv(moments)[1, 1]) * within)
    return Mixed(float(coefficients[0]), float(coefficients[1]), error, within * root * root, within, len(places))
