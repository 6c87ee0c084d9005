"""The synthetic model: a declared null model of language-model behaviour, not a mock."""

from society_sim.backends.synthetic.effects import assumed_effects
from society_sim.backends.synthetic.model import Synthetic, synthetic

__all__ = ["Synthetic", "assumed_effects", "synthetic"]
