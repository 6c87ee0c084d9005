"""How long thinking takes, in simulated time: drawn when the question is put, never measured from the reply.

A pace is a function of eight named uniforms (`streams.uniforms`) that gives a duration >= 0 in units of simulated time.
"""

from __future__ import annotations

import math

from society_sim.bounds import NonNegative
from society_sim.errors import ScenarioError, nearest
from society_sim.registry import pace
from society_sim.streams import normal


@pace
def constant(draw: tuple[float, ...], *, each: NonNegative = 1.0) -> float:
    """Every answer takes the same time, *each* units."""
    return each


@pace
def exponential(draw: tuple[float, ...], *, mean: NonNegative = 1.0) -> float:
    """Exponential: *mean* units on average, and however long an answer has taken, that much more is to be expected.

    It is what queueing theory begins with (the M in M/M/c).
    """
    return -mean * math.log(draw[0])


@pace
def lognormal(draw: tuple[float, ...], *, median: NonNegative = 1.0, sigma: NonNegative = 0.5) -> float:
    """Log-normal: half of the answers take less than *median* units; *sigma* is the spread of the logarithm.

    Served language models are near to it (BurstGPT, Wang et al. 2024: log-sd of response lengths about 0.8).
    """
    return median * math.exp(sigma * normal(draw[0]))


_SERVED = {  # time to the first token in seconds: median and log-sd, from published medians and 95th percentiles
    "gpt-4o": (0.25, 0.626),
    "sonnet-4-6": (0.20, 0.557),
    "haiku-4-5": (0.15, 0.515),
    "gemini-2.5-flash": (0.10, 0.668),
    "deepseek-v3": (0.40, 0.668),
}


@pace
def served(
    draw: tuple[float, ...],
    *,
    model: str = "gpt-4o",
    prompt: NonNegative = 500,
    output: NonNegative = 12,
    per_token: NonNegative = 0.015,
) -> float:
    """A served model's latency in seconds: time to the first token, then the tokens of the answer one by one.

    *model* is a row of the snapshot (a vendor's own figures of 2026; others report ten times as much for large models:
    orders of magnitude). *prompt* tokens are read at 20,000 per second; the answer has log-normally many tokens around
    *output* (log-sd 0.7), *per_token* seconds each (0.005 to 0.03 is usual).
    """
    if model not in _SERVED:
        raise ScenarioError(f"no latency is known of {model!r}; {nearest(model, _SERVED)}")
    median, sigma = _SERVED[model]
    tokens = output * math.exp(0.7 * normal(draw[1]))
    return median * math.exp(sigma * normal(draw[0])) + prompt / 20_000 + tokens * per_token
