"""Experiments: a scenario's arms, grid and seeds, carried out on all cores, and compared pair by pair."""

from society_sim.experiments.experiment import Experiment, experiment
from society_sim.experiments.going import Going

__all__ = ["Experiment", "Going", "experiment"]
