"""How long thinking takes, in simulated time: drawn when the question is put, never measured from the reply.

A pace is a function of eight named uniforms (`streams.uniforms`) that gives a duration >= 0 in units of simulated time.
"""

from __future__ import annotations

import math

from society_sim.registry import pace
from society_sim.streams import normal


@pace
def constant(draw: tuple[float, ...], *, each: float = 1.0) -> float:
    """Every answer takes the same time, *each* units."""
    return each


@pace
def lognormal(draw: tuple[float, ...], *, median: float = 1.0, sigma: float = 0.5) -> float:
    """Log-normal: half of the answers take less than *median* units; *sigma* is the spread of the logarithm.

    Served language models are near to it (BurstGPT, Wang et al. 2024: log-sd of response lengths about 0.8).
    """
    return median * math.exp(sigma * normal(draw[0]))
