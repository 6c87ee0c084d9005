"""Arrivals: questions that come over time, whatever is still on the table, instead of one after the other.

A kind of arrivals is a function of eight named uniforms (`streams.uniforms`) that gives the time from one question to
the next, in units of simulated time. The first question comes after such a time, too.
"""

from __future__ import annotations

import math

from society_sim.errors import ScenarioError
from society_sim.registry import arrivals


@arrivals
def poisson(draw: tuple[float, ...], *, rate: float = 1.0) -> float:
    """Questions come independently of one another, *rate* of them per unit of time on average.

    `ScenarioError`: a rate of 0 or less. Source: the Poisson process (Erlang 1909).

    >>> round(poisson((0.5,) * 8, rate=2.0), 6)
    0.346574
    """
    if not 0 < rate < math.inf:
        raise ScenarioError(f"arrivals 'poisson': rate is {rate:g}; it must be more than 0")
    return -math.log(draw[0]) / rate


@arrivals
def regular(draw: tuple[float, ...], *, each: float = 1.0) -> float:
    """A question comes every *each* units of time.

    `ScenarioError`: a time below 0. With 0 all come at once.

    >>> regular((0.5,) * 8, each=3.0)
    3.0
    """
    if not 0 <= each < math.inf:
        raise ScenarioError(f"arrivals 'regular': each is {each:g}; it must be 0 or more")
    return each


@arrivals
def bursts(draw: tuple[float, ...], *, rate: float = 1.0, size: float = 4.0) -> float:
    """Questions come in bursts of *size* on average (geometric), all of a burst at once; *rate* per unit of time.

    `ScenarioError`: a rate of 0 or less, a size below 1. Source: batch arrivals (Gaver 1959).

    >>> bursts((0.9,) * 8), round(bursts((0.1,) * 8), 6)
    (0.0, 9.21034)
    """
    if not 0 < rate < math.inf or not 1 <= size < math.inf:
        raise ScenarioError(f"arrivals 'bursts': rate is more than 0 and size 1 or more, not {rate:g} and {size:g}")
    return 0.0 if draw[1] >= 1 / size else -math.log(draw[0]) * size / rate
