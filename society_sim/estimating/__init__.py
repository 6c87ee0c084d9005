"""Estimate before you spend: calls, tokens, money and time of runs and experiments, as intervals from dry runs."""

from society_sim.estimating.assumptions import Assumptions, assumptions
from society_sim.estimating.estimate import Arm, Estimate, estimate
from society_sim.estimating.intervals import Range
from society_sim.estimating.shrinking import Fit, Means, fitting, means

__all__ = ["Arm", "Assumptions", "Estimate", "Fit", "Means", "Range", "assumptions", "estimate", "fitting", "means"]
