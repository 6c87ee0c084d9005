"""How long one waits: queues with several servers, the slowest of many, and Little's law.

Times are all in one unit, and rates per that unit. *arrivals*: how many come per unit of time; *service*: how long one
of them is served on average; *servers*: how many are served at once.

>>> round(mean_wait(3.2, 1.0, servers=4), 5), round(delay_probability(3.2, 1.0, servers=4), 5)
(0.74554, 0.59643)
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np


def delay_probability(arrivals: float, service: float, servers: int = 1) -> float:
    """Erlang's C: the chance that whoever comes has to wait (M/M/c; Erlang 1917); 1 if the queue grows for ever.

    It is computed from Erlang's B by its recursion, which no number of servers makes overflow.

    >>> round(delay_probability(0.8, 1.0), 9), delay_probability(5, 1.0, servers=4)
    (0.8, 1.0)
    """
    load = _load(arrivals, service, servers)
    if load >= servers:
        return 1.0
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = load * blocked / (busy + load * blocked)
    return servers * blocked / (servers - load * (1 - blocked))


def mean_wait(arrivals: float, service: float, servers: int = 1) -> float:
    """The mean time before service of an M/M/c queue; infinite if the queue grows for ever.

    >>> mean_wait(1.5, 1.0, servers=2)
    1.2857...
    """
    load = _load(arrivals, service, servers)
    return delay_probability(arrivals, service, servers) * service / (servers - load) if load < servers else math.inf


def longer_wait(time: float, arrivals: float, service: float, servers: int = 1) -> float:
    """The chance to wait longer than *time* in an M/M/c queue that is served first come first served.

    The mean says nothing of the order in which a queue is served; this does.

    >>> longer_wait(0, 0.8, 1.0), longer_wait(5, 0.8, 1.0)
    (0.8, 0.294...)
    """
    load = _load(arrivals, service, servers)
    if load >= servers:
        return 1.0
    return delay_probability(arrivals, service, servers) * math.exp(-(servers - load) * max(time, 0.0) / service)


def general_wait(arrivals: float, service: float, variation: float = 1.0) -> float:
    """The mean time before service at one server, whatever the law of service times (M/G/1; Pollaczek and Khinchine).

    *variation* is their squared coefficient of variation, variance / mean squared: 0 if all are served equally long
    (M/D/1), 1 if exponential, exp(sigma^2) - 1 if lognormal.

    >>> round(general_wait(0.8, 1.0, 0), 9), round(general_wait(0.8, 1.0, 1.5), 9)
    (2.0, 5.0)
    """
    if not variation >= 0:
        raise ValueError(f"a squared coefficient of variation is a number from 0, not {variation}")
    load = _load(arrivals, service, 1)
    return load * service * (1 + variation) / (2 * (1 - load)) if load < 1 else math.inf


def waits(gaps: Any, service: Any, servers: int = 1) -> Any:
    """The wait of each request in many runs at once, first come first served (Lindley 1952; Kiefer and Wolfowitz 1955).

    *gaps*: the time before each arrival, since the one before or since all servers were free; *service*: how long each
    is served. Both are arrays of the shape (runs, requests), and so is what comes out.

    >>> waits([[1.0, 0.5, 0.5]], [[2.0, 1.0, 1.0]]).tolist(), waits([[1.0, 0.5, 0.5]], [[2.0, 1.0, 1.0]], 2).tolist()
    ([[0.0, 1.5, 2.0]], [[0.0, 0.0, 0.5]])
    """
    gaps, service = np.asarray(gaps, dtype=float), np.asarray(service, dtype=float)
    found, row = np.empty(gaps.shape), np.arange(len(gaps))
    left = np.zeros((len(gaps), servers))  # work that each server still has when a request comes
    for place in range(gaps.shape[1]):
        left = np.maximum(left - gaps[:, place, None], 0.0)
        first = left.argmin(axis=1)
        found[:, place] = left[row, first]
        left[row, first] += service[:, place]
    return found


def slowest_exponential(n: int, mean: float = 1.0) -> float:
    """The expected largest of *n* independent exponential times: mean x (1 + 1/2 + ... + 1/n).

    >>> [round(slowest_exponential(n), 3) for n in (4, 16, 64)]
    [2.083, 3.381, 4.744]
    """
    _some(n)
    return mean * math.fsum(1 / k for k in range(1, n + 1))


def slowest_lognormal(n: int, median: float = 1.0, sigma: float = 1.0) -> float:
    """The expected largest of *n* independent lognormal times; *sigma* is the deviation of their logarithm.

    The integral of exp(sigma z) n phi(z) Phi(z)^(n - 1) by the trapezoid rule, which is exact to rounding here.

    >>> [round(slowest_lognormal(n, sigma=0.626), 3) for n in (4, 16, 64)]
    [2.106, 3.211, 4.525]
    """
    from scipy.special import log_ndtr

    _some(n)
    if not 0 <= sigma < math.inf:
        raise ValueError(f"sigma is a finite number from 0, not {sigma}")
    z = np.linspace(-12, sigma + 12 + math.sqrt(2 * math.log(n)), 6001)
    logs = math.log(n) - math.log(2 * math.pi) / 2 - z**2 / 2 + (n - 1) * log_ndtr(z) + sigma * z
    return median * float(np.exp(logs).sum() * (z[1] - z[0]))


@dataclass(frozen=True, slots=True)
class Little:
    """What Little's law is about, measured over a window: *present* = *rate* x *stay*, and how far that is missed.

    *present*: the mean number who were there; *rate*: arrivals per unit of time; *stay*: how long each was there on
    average; *residual*: the difference of both sides, as a share of the larger.
    """

    present: float
    rate: float
    stay: float
    residual: float


def little(
    visits: Iterable[tuple[float, float]], window: tuple[float, float] | None = None, *, present: float | None = None
) -> Little:
    """Little's law (1961) over *visits* (arrival, departure), within *window* (from the first to the last if left out).

    *present* is how many were there on average as the place itself has counted it; then the residual is rounding
    alone, whatever is served in whatever order, as long as no visit is lost, made up or given wrong times. If it is
    left out it is counted from the visits, event by event, and the residual shows no more than that the sums are right.
    A window of one's own cuts visits short, and they count as they are cut.

    >>> told = little([(0, 2), (1, 4), (1, 3), (6, 8)])
    >>> told.present, told.rate, told.stay, told.residual < 1e-9
    (1.125, 0.5, 2.25, True)
    >>> little([(0, 2), (1, 4), (6, 8)], present=1.125).residual  # one is missing
    0.222...
    """
    spans: Any = np.array(list(visits), dtype=float).reshape(-1, 2)
    if not np.isfinite(spans).all() or (spans[:, 0] > spans[:, 1]).any():
        raise ValueError("a visit is a finite time of arrival and one of departure that is no earlier")
    if window is not None:
        spans = spans[(spans[:, 1] >= window[0]) & (spans[:, 0] <= window[1])].clip(*window)
    if not len(spans):
        return Little(present or 0.0, 0.0, math.nan, 1.0 if present else 0.0)
    begin, end = window or (spans[:, 0].min(), spans[:, 1].max())
    if not end > begin:
        raise ValueError(f"a window has a length; this one is from {begin} to {end}")
    if present is None:
        times = np.concatenate([spans[:, 0], spans[:, 1]])
        order = np.argsort(times, kind="stable")
        there = np.cumsum(np.repeat([1, -1], len(spans))[order])
        present = float((there[:-1] * np.diff(times[order])).sum() / (end - begin))
    rate = float(len(spans) / (end - begin))
    stay = float((spans[:, 1] - spans[:, 0]).mean())
    most = max(present, rate * stay)
    return Little(present, rate, stay, abs(present - rate * stay) / most if most else 0.0)


def _load(arrivals: float, service: float, servers: int) -> float:
    if not (0 <= arrivals < math.inf and 0 < service < math.inf and servers >= 1):
        raise ValueError(f"arrivals from 0, a service time above 0 and one server or more, not {arrivals}, {service}, "
                         f"{servers}")  # fmt: skip
    return arrivals * service


def _some(n: int) -> None:
    if n < 1:
        raise ValueError(f"the largest of {n} is nothing")
