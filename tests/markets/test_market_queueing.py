"""Queues against published values, against independent integrals, and against queues that are played through."""

from __future__ import annotations

import math
from heapq import heappop, heappush

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import lognorm

from society_sim.rules.queueing import (
    delay_probability,
    general_wait,
    little,
    longer_wait,
    mean_wait,
    slowest_exponential,
    slowest_lognormal,
)


@pytest.mark.parametrize(
    ("servers", "load", "wait"), [(1, 0.8, 4.0), (2, 0.75, 1.28571), (4, 0.8, 0.74554), (8, 0.875, 0.63532)]
)
def test_mean_waits(servers, load, wait):
    assert mean_wait(load * servers, 1.0, servers) == pytest.approx(wait, abs=5e-6)
    assert mean_wait(load * servers / 7, 7.0, servers) == pytest.approx(7 * wait, rel=1e-5)


def test_the_chance_to_wait_and_pollaczek_khinchine():
    assert delay_probability(3.2, 1.0, 4) == pytest.approx(0.59643, abs=5e-6)
    assert general_wait(0.8, 1.0, 0.0) == pytest.approx(2.0)
    assert general_wait(0.8, 1.0, 1.5) == pytest.approx(5.0)
    assert general_wait(0.8, 1.0, 1.0) == pytest.approx(mean_wait(0.8, 1.0))


@given(st.integers(1, 40), st.floats(0.01, 0.99), st.floats(0.1, 50))
def test_the_mean_wait_is_the_integral_of_the_chances_to_wait_longer(servers, load, service):
    arrivals = load * servers / service
    tail = quad(lambda t: longer_wait(t, arrivals, service, servers), 0, np.inf, epsabs=0, epsrel=1e-9)[0]
    assert tail == pytest.approx(mean_wait(arrivals, service, servers), rel=1e-5, abs=1e-12)
    load *= servers
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    assert delay_probability(arrivals, service, servers) == pytest.approx(last / (sum(terms) + last), rel=1e-9)


def test_large_and_overloaded_queues():
    assert 0 < delay_probability(9_900, 1.0, 10_000) < 1
    assert mean_wait(5, 1.0, 5) == math.inf == general_wait(1, 1.0) and longer_wait(1e9, 5, 1.0, 5) == 1
    assert mean_wait(0, 1.0) == 0 == delay_probability(0, 1.0)


@pytest.mark.parametrize("n", [1, 4, 16, 64])
def test_the_slowest_of_many(n):
    assert slowest_exponential(n, 3.0) == pytest.approx(3 * sum(1 / k for k in range(1, n + 1)))
    for sigma in (0.1, 0.626, 2.0):
        law = lognorm(sigma, scale=2.0)
        body = quad(lambda x, law=law: 1 - law.cdf(x) ** n, 0, law.ppf(1 - 1e-4 / n), epsrel=1e-9, limit=200)[0]
        rest = quad(lambda x, law=law: n * law.sf(x), law.ppf(1 - 1e-4 / n), np.inf, epsrel=1e-9, limit=200)[0]
        assert slowest_lognormal(n, 2.0, sigma) == pytest.approx(body + rest, rel=1e-4)


def test_the_slowest_of_very_many():
    assert slowest_lognormal(1, 2.0, 0.5) == pytest.approx(2 * math.exp(0.125), rel=1e-12)
    assert slowest_lognormal(10**6, 1.0, 0.0) == pytest.approx(1.0)
    assert slowest_exponential(64) == pytest.approx(4.744, abs=5e-4)


def played(arrivals, service, servers, last_first=False):
    """(arrival, begin, departure) of each, served by *servers* in order of arrival, or the last first."""
    free, waiting, visits, k, now = [0.0] * servers, [], [], 0, 0.0
    while k < len(arrivals) or waiting:
        now = max(free[0], now if waiting else arrivals[k])
        while k < len(arrivals) and arrivals[k] <= now:
            waiting.append(k)
            k += 1
        who = waiting.pop() if last_first else waiting.pop(0)
        heappop(free)
        heappush(free, now + service[who])
        visits.append((arrivals[who], now, now + service[who]))
    return visits


def test_a_queue_that_is_played_through_waits_as_erlang_says():
    luck = np.random.default_rng(8)
    n = 60_000
    arrivals = np.cumsum(luck.exponential(1 / 2.4, n)).tolist()
    service = luck.exponential(1.0, n).tolist()
    visits = played(arrivals, service, 3)
    waits = np.array([begin - arrival for arrival, begin, _ in visits])
    assert waits.mean() == pytest.approx(mean_wait(2.4, 1.0, 3), rel=0.08)
    assert (waits > 1e-12).mean() == pytest.approx(delay_probability(2.4, 1.0, 3), abs=0.02)
    late = (waits > 3).mean()
    assert late == pytest.approx(longer_wait(3, 2.4, 1.0, 3), abs=0.015)
    other = np.array([begin - arrival for arrival, begin, _ in played(arrivals, service, 3, last_first=True)])
    assert other.mean() == pytest.approx(waits.mean(), rel=0.05)  # the order of service does not show in the mean
    assert (other > 10).mean() > 2 * (waits > 10).mean()  # but in who waits long
    for order in (visits, played(arrivals[:5000], service[:5000], 3, last_first=True)):
        assert little([(arrival, departure) for arrival, _, departure in order]).residual < 1e-9


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 5_000)), min_size=1, max_size=40))
def test_littles_law_is_an_identity(spans):
    visits = [(begin / 97, (begin + length) / 97) for begin, length in spans]
    if max(end for _, end in visits) <= min(begin for begin, _ in visits):
        return
    told = little(visits)
    assert told.residual < 1e-9
    inside = little(visits, (20.0, 60.0))
    assert inside.residual < 1e-9 and inside.present >= 0


def test_a_visit_that_is_lost_or_made_longer_breaks_littles_law():
    visits = [(0.0, 9.0), (1.0, 3.0), (2.0, 7.0), (4.0, 20.0)]
    counted = little(visits).present
    assert little(visits, present=counted).residual < 1e-9
    for place in (1, 2):
        assert little(visits[:place] + visits[place + 1 :], present=counted).residual > 0.05
        longer = [(begin, end + (k == place)) for k, (begin, end) in enumerate(visits)]
        assert little(longer, present=counted).residual > 0.02
    assert little([], present=counted).residual == 1


def test_littles_law_has_no_room_for_a_visit_that_ends_before_it_begins():
    for wrong in ([(1, 0)], [(0, math.inf)], [(math.nan, 1)]):
        with pytest.raises(ValueError, match="a visit is a finite time"):
            little(wrong)
    with pytest.raises(ValueError, match="a window has a length"):
        little([(1, 1)])
    assert little([]).present == 0


@pytest.mark.parametrize("wrong", [(-1, 1, 1), (1, 0, 1), (1, 1, 0), (math.nan, 1, 1)])
def test_no_queue(wrong):
    with pytest.raises(ValueError, match="arrivals from 0"):
        delay_probability(*wrong)
    with pytest.raises(ValueError, match="the largest of 0"):
        slowest_exponential(0)
