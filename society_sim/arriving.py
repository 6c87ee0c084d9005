"""Arrivals: questions that come over time, whatever is still on the table, instead of one after the other.

A kind of arrivals is a function of eight named uniforms (`streams.uniforms`) that gives the time from one question to
the next, in units of simulated time. The first question comes after such a time, too.
"""

from __future__ import annotations

import math
from typing import Annotated

from society_sim.bounds import AboveZero, NonNegative, at_least
from society_sim.registry import arrivals


@arrivals
def poisson(draw: tuple[float, ...], *, rate: AboveZero = 1.0) -> float:
    """Questions come independently of one another, *rate* of them per unit of time on average.

    Source: the Poisson process (Erlang 1909).

    >>> round(poisson((0.5,) * 8, rate=2.0), 6)
    0.346574
    """
    return -math.log(draw[0]) / rate


@arrivals
def regular(draw: tuple[float, ...], *, each: NonNegative = 1.0) -> float:
    """A question comes every *each* units of time.

    With 0 all come at once.

    >>> regular((0.5,) * 8, each=3.0)
    3.0
    """
    return each


@arrivals
def bursts(draw: tuple[float, ...], *, rate: AboveZero = 1.0, size: Annotated[float, at_least(1)] = 4.0) -> float:
    """Questions come in bursts of *size* on average (geometric), all of a burst at once; *rate* per unit of time.

    Source: batch arrivals (Gaver 1959).

    >>> bursts((0.9,) * 8), round(bursts((0.1,) * 8), 6)
    (0.0, 9.21034)
    """
    return 0.0 if draw[1] >= 1 / size else -math.log(draw[0]) * size / rate
