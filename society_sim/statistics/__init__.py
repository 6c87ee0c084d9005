"""Statistics of paired comparisons: intervals, tests, effect sizes, power, shares of variance.

Pure functions of numbers; what they draw, they draw from streams with names, so that the same numbers give the same
interval on any machine. An experiment's tables come from these, and they can be used on tables of your own.

>>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
[0.03, 0.06, 0.06]
>>> from society_sim.statistics import bca
>>> bca([0, 1, 0, 0, 1, 1, 0, 1, 0, 0] * 20).told()
'0.400 [0.335, 0.470]'
"""

from society_sim.statistics.binomial import acceptance, clopper_pearson, score_equivalence, score_interval, z_interval
from society_sim.statistics.bootstrap import Interval, bca
from society_sim.statistics.effects import OddsRatio, cliffs_delta, cohens_dz, hedges_g, odds_ratio
from society_sim.statistics.flips import crossing, refined
from society_sim.statistics.frontier import frontier
from society_sim.statistics.mixed import Mixed, random_intercept
from society_sim.statistics.paired import (
    equivalence,
    holm,
    mcnemar,
    permutation_interval,
    sign_flip,
    standard_error,
)
from society_sim.statistics.planning import needed, power, sd_of_difference
from society_sim.statistics.variance import components

__all__ = [
    "Interval", "Mixed", "OddsRatio", "acceptance", "bca", "cliffs_delta", "clopper_pearson", "cohens_dz",
    "components", "crossing", "equivalence", "frontier", "hedges_g", "holm", "mcnemar", "needed", "odds_ratio",
    "permutation_interval", "power", "random_intercept", "refined", "score_equivalence", "score_interval",
    "sd_of_difference", "sign_flip", "standard_error", "z_interval",
]  # fmt: skip
