"""The synthetic model: a declared null model of language-model behaviour, not a mock."""

from society_sim.backends.synthetic.model import synthetic

__all__ = ["synthetic"]
