"""The gate before an endpoint, in virtual time: how many go, how fast, in whose turn, and when it gives up."""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import played

from society_sim.backends.endpoints import gate as constants
from society_sim.backends.endpoints.faults import Fault
from society_sim.backends.endpoints.gate import Gate, Limits
from society_sim.errors import BAD_REQUEST, RATE_LIMITED, SERVER_ERROR, UNREACHABLE


def refusal(after=None):
    return Fault(RATE_LIMITED, "slow down", after=after, refused=True)


def outage():
    return Fault(UNREACHABLE, "nobody there")


def gate_of(**limits):
    return Gate(Limits(**limits), asyncio.get_running_loop().time)


def now():
    return asyncio.get_running_loop().time()


class Endpoint:
    """What an endpoint does, and what it saw: when each request came, how many were there at once."""

    def __init__(self, luck=None, *, rate=math.inf, slots=math.inf, latency=0.2, named=False, up=lambda time: True):
        self._luck, self._rate, self._slots, self._latency = luck or random.Random(1), rate, slots, latency
        self._named, self._up = named, up
        self._credit, self._looked = 1.0, None
        self.out = self.most = self.served = self.refused = 0
        self.came: list[tuple[float, float]] = []

    async def ask(self, tokens):
        self.came.append((now(), tokens))
        if not self._up(now()):
            await asyncio.sleep(0.01)
            return outage()
        if self._rate < math.inf:
            self._looked = now() if self._looked is None else self._looked
            self._credit = min(self._rate, self._credit + (now() - self._looked) * self._rate)
            self._looked = now()
        if self.out >= self._slots or self._credit < 1:
            self.refused += 1
            await asyncio.sleep(0.01)
            return refusal(after=max(0.0, (1 - self._credit) / self._rate) if self._named else None)
        if self._rate < math.inf:
            self._credit -= 1
        self.out += 1
        self.most = max(self.most, self.out)
        await asyncio.sleep(self._latency * (0.5 + self._luck.random()))
        self.out -= 1
        self.served += 1
        return None


async def call(gate, endpoint, member=0, tokens=10.0, attempts=1000):
    """Ask until there is an answer, as a model behind the gate does; how many attempts were sent."""
    for sent in range(1, attempts + 1):
        leave = await gate.enter(member, tokens)
        fault = await endpoint.ask(tokens)
        if fault is None:
            gate.succeeded(leave, tokens)
            return sent
        gate.failed(leave, fault)
        if not fault.retried:
            raise fault
        await asyncio.sleep(max(0.5 * 2 ** min(sent - 1, 6), fault.after or 0.0))
    raise AssertionError(f"no answer after {attempts} attempts")


async def calls(gate, endpoint, many, tokens=10.0):
    return await asyncio.gather(*(call(gate, endpoint, member, tokens) for member in range(many)))


# --- what it never lets through ----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.integers(1, 12), st.integers(1, 60), st.randoms(use_true_random=False))
def test_never_more_than_concurrency_at_once_and_always_as_many_as_there_may_be(concurrency, many, luck):
    async def play():
        gate, endpoint = gate_of(concurrency=concurrency), Endpoint(luck)
        begun = now()
        await calls(gate, endpoint, many)
        return endpoint, gate, now() - begun

    endpoint, gate, took = played(play)
    assert endpoint.served == many and endpoint.most == min(concurrency, many)
    assert (gate.out, gate.waiting, gate.state) == (0, 0, "")
    assert took <= 0.31 * math.ceil(many / concurrency)


@settings(max_examples=40)
@given(st.integers(1, 8), st.integers(30, 90), st.lists(st.tuples(st.floats(0, 40), st.integers(1, 30)),
                                                        min_size=1, max_size=30))  # fmt: skip
def test_no_sixty_seconds_see_more_requests_or_tokens_than_the_limits(rpm, tpm, arrivals):
    async def play():
        gate, endpoint = gate_of(concurrency=1000, rpm=rpm, tpm=tpm), Endpoint()

        async def later(member, wait, tokens):
            await asyncio.sleep(wait)
            return await call(gate, endpoint, member, tokens)

        begun = now()
        await asyncio.gather(*(later(n, wait, tokens) for n, (wait, tokens) in enumerate(arrivals)))
        return endpoint, now() - begun

    endpoint, took = played(play)
    assert endpoint.served == len(arrivals)
    for first, _ in endpoint.came:
        minute = [tokens for time, tokens in endpoint.came if first <= time < first + 60 - 1e-6]
        assert len(minute) <= rpm and sum(minute) <= tpm
    minutes = max(len(arrivals) / rpm, sum(tokens for _, tokens in arrivals) / (tpm - 29))
    assert took <= 41 + 60.01 * (minutes + 1)  # and nobody waits for longer than that takes


def test_a_request_of_more_tokens_than_a_minute_has_goes_alone():
    async def play():
        gate, endpoint = gate_of(concurrency=9, tpm=100), Endpoint()
        await calls(gate, endpoint, 3, tokens=150.0)
        return [time for time, _ in endpoint.came]

    first, second, third = played(play)
    assert second - first >= 60 and third - second >= 60


def test_what_a_request_took_in_truth_counts_for_the_minute():
    async def play():
        gate = gate_of(concurrency=9, tpm=100)
        leave = await gate.enter(0, 90.0)
        waits = asyncio.ensure_future(gate.enter(0, 80.0))
        await asyncio.sleep(1)
        assert not waits.done()
        gate.succeeded(leave, 20.0)
        await asyncio.sleep(0)
        assert waits.done()
        refused = waits.result()
        gate.failed(refused, refusal())  # no work was done: it counts for nothing
        await asyncio.sleep(1)
        return (await gate.enter(0, 80.0)).number

    assert played(play) == 2


def test_limits_may_all_be_infinite():
    async def play():
        gate, endpoint = gate_of(), Endpoint()
        await calls(gate, endpoint, 500)
        leaves = [await gate.enter(0, 1.0) for _ in range(8)]
        for leave in leaves:
            gate.failed(leave, refusal())
        return endpoint.most, gate

    most, gate = played(play)
    assert most == 500 and gate.out == 0


def test_another_model_at_the_same_endpoint_makes_the_limits_stricter_and_never_wider():
    async def play():
        gate, endpoint = gate_of(concurrency=50, rpm=1000), Endpoint()
        gate.tighten(Limits(concurrency=3, rpm=2000, tpm=500))
        assert gate.limits == Limits(3, 1000, 500)
        gate.tighten(Limits(concurrency=9))
        await calls(gate, endpoint, 40)
        return endpoint.most

    assert played(play) == 3


# --- turns ---------------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(1, 4))
def test_members_take_turns(asking, concurrency):
    async def play():
        gate, order = gate_of(concurrency=concurrency), []

        async def one(member):
            leave = await gate.enter(member, 1.0)
            order.append(member)
            await asyncio.sleep(1)
            gate.succeeded(leave, 1.0)

        await asyncio.gather(*(one(member) for member in asking))
        return order

    order = played(play)
    assert Counter(order) == Counter(asking)
    left = Counter(asking)
    for member in asking[:concurrency]:  # these found the gate open
        left[member] -= 1
    since = dict.fromkeys(left, 0)
    for member in order[concurrency:]:
        left[member] -= 1
        since[member] = 0
        for other in left:
            if other != member and left[other]:
                since[other] += 1
                assert since[other] < len(left)


def test_one_question_does_not_wait_behind_a_hundred_of_somebody_else():
    async def play():
        gate, order = gate_of(concurrency=1), []

        async def one(member):
            leave = await gate.enter(member, 1.0)
            order.append(member)
            await asyncio.sleep(0.1)
            gate.succeeded(leave, 1.0)

        await asyncio.gather(*(one(0) for _ in range(100)), one(1))
        return order.index(1)

    assert played(play) <= 2


# --- the window ----------------------------------------------------------------------------------------------------


def test_the_window_shrinks_on_refusals_once_for_each_windows_worth_and_comes_back():
    async def play():
        gate = gate_of(concurrency=64)
        seen = []
        for _ in range(2):
            leaves = [await gate.enter(0, 1.0) for _ in range(40)]
            gate.succeeded(leaves.pop(), 1.0)
            for leave in leaves[:2]:
                gate.failed(leave, refusal())
            seen.append(gate._window)
            for leave in leaves[2:]:
                gate.succeeded(leave, 1.0)
            seen.append(gate._window)
            assert gate.out == 0
            if gate._window < 40:
                break
        for _ in range(5000):
            gate.succeeded(await gate.enter(0, 1.0), 1.0)
        return seen, gate._window

    (after, between, *_), last = played(play)
    assert 40 / 2 - 1 <= after < 40 and between > after
    assert last == 64


@settings(max_examples=40)
@given(st.lists(st.sampled_from("srd"), max_size=200), st.integers(1, 40))
def test_the_window_stays_between_one_and_the_limit(fates, concurrency):
    async def play():
        gate = gate_of(concurrency=concurrency)
        for fate in fates:
            if gate.state.startswith((RATE_LIMITED, UNREACHABLE)):
                await asyncio.sleep(31)
            leave = await gate.enter(0, 1.0)
            if fate == "s":
                gate.succeeded(leave, 1.0)
            else:
                gate.failed(leave, refusal() if fate == "r" else outage())
            assert 1 <= gate._window <= concurrency and gate.out == 0

    try:
        played(play)
    except Fault as fault:  # given up: somewhat later one may try again
        assert fault.after == math.inf


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("rate", [20, 100])
def test_an_endpoint_that_takes_so_many_requests_a_second_serves_everybody_with_few_attempts(rate, named):
    async def play():
        gate, endpoint = gate_of(concurrency=200), Endpoint(rate=rate, named=named)
        begun = now()
        attempts = await calls(gate, endpoint, 600)
        return endpoint, attempts, now() - begun

    endpoint, attempts, took = played(play)
    assert endpoint.served == 600
    assert sum(attempts) / len(attempts) < 2.5 and max(attempts) < 7
    assert took < 1.2 * 600 / rate


def test_an_endpoint_with_so_many_slots_serves_everybody_with_few_attempts():
    async def play():
        gate, endpoint = gate_of(concurrency=200), Endpoint(slots=8)
        begun = now()
        attempts = await calls(gate, endpoint, 600)
        return endpoint, attempts, now() - begun

    endpoint, attempts, took = played(play)
    assert endpoint.served == 600 and endpoint.most <= 8
    assert sum(attempts) / len(attempts) < 2
    assert took < 3 * 600 * 0.2 / 8


# --- the breaker ---------------------------------------------------------------------------------------------------


async def all_of(gate, endpoint, many):
    done = await asyncio.gather(*(call(gate, endpoint, n) for n in range(many)), return_exceptions=True)
    return [one for one in done if isinstance(one, Fault)], [one for one in done if not isinstance(one, Fault)]


def test_an_endpoint_that_refuses_everything_is_tried_seldom_and_given_up_in_the_end():
    async def play():
        gate, endpoint = gate_of(concurrency=50), Endpoint(rate=1e-9)
        await asyncio.sleep(0)
        endpoint._credit = 0.0
        begun = now()
        faults, answers = await all_of(gate, endpoint, 300)
        took = now() - begun
        again = len(endpoint.came)
        with pytest.raises(Fault):
            await gate.enter(0, 1.0)
        assert len(endpoint.came) == again
        return endpoint, faults, answers, took, gate

    endpoint, faults, answers, took, gate = played(play)
    assert not answers and len(faults) == 300 and gate.waiting == gate.out == 0
    assert constants.REFUSED <= took <= constants.REFUSED + 130
    assert all(fault.reason == RATE_LIMITED and fault.after == math.inf for fault in faults)
    tries = [time for time, _ in endpoint.came[50:]]
    assert len(tries) < 25
    pauses = [later - sooner for sooner, later in pairwise(tries)]
    assert pauses == sorted(pauses) or max(pauses) <= constants.LONGEST_PAUSE + 1


@pytest.mark.parametrize(("answered", "patience"), [(True, constants.DOWN), (False, constants.NEVER)])
def test_an_endpoint_that_is_down_is_given_up_sooner_if_it_never_answered(answered, patience):
    async def play():
        gate = gate_of(concurrency=20)
        if answered:
            gate.succeeded(await gate.enter(0, 1.0), 1.0)
        endpoint = Endpoint(up=lambda time: False)
        begun = now()
        faults, _ = await all_of(gate, endpoint, 100)
        return len(faults), now() - begun, len(endpoint.came)

    faults, took, came = played(play)
    assert faults == 100
    assert patience <= took <= 2 * patience + 31
    assert came < 20 + 2 * constants.FAULTS


def test_a_breaker_trips_lets_one_at_a_time_try_and_all_go_on_once_one_succeeds():
    async def play():
        gate, endpoint = gate_of(concurrency=30), Endpoint(up=lambda time: not 1001 < time < 1031)
        gate.succeeded(await gate.enter(0, 1.0), 1.0)
        await asyncio.sleep(2)
        attempts = await calls(gate, endpoint, 400)
        down = [time for time, _ in endpoint.came if time < 1031]
        return attempts, down, gate

    attempts, down, gate = played(play)
    trials = down[30 + constants.FAULTS - 1 :]  # those that were on their way when it tripped, and those let through
    assert len(attempts) == 400 and 4 < len(trials) < 12
    assert all(later - sooner > constants.PAUSE - 0.02 for sooner, later in pairwise(trials))
    assert gate.state == "" and gate._window == 30


def test_a_given_up_endpoint_is_tried_again_and_taken_back():
    async def play():
        gate, endpoint = gate_of(concurrency=9), Endpoint(up=lambda time: time > 1100)
        faults, _ = await all_of(gate, endpoint, 30)
        assert len(faults) == 30
        with pytest.raises(Fault):
            await gate.enter(0, 1.0)
        await asyncio.sleep(120)
        return await calls(gate, endpoint, 30)

    assert played(play) == [1] * 30


def test_a_pause_that_the_endpoint_named_is_kept_and_one_too_long_gives_up():
    async def play(after):
        gate = gate_of(concurrency=9)
        leaves = [await gate.enter(0, 1.0) for _ in range(3)]
        for leave in leaves:
            gate.failed(leave, refusal(after=after))
        begun = now()
        await gate.enter(0, 1.0)
        return now() - begun

    assert 17 <= played(play, 17.0) < 17.1
    assert played(play, 0.0) < constants.PAUSE + 0.1
    with pytest.raises(Fault, match="given up"):
        played(play, constants.LONGEST_RETRY_AFTER + 1)


def test_an_answer_of_any_sort_shows_that_somebody_is_there():
    async def play():
        gate = gate_of(concurrency=1)
        for fate in [outage()] * 9 + [Fault(BAD_REQUEST)] + [outage()] * 9 + [Fault(SERVER_ERROR)]:
            gate.failed(await gate.enter(0, 1.0), fate)
        assert gate.state == f"{SERVER_ERROR}, next try in 0 s"

    played(play)


# --- who goes away -------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=40), st.integers(1, 5),
       st.booleans())  # fmt: skip
def test_who_is_cancelled_leaks_no_pass(lives, concurrency, limited):
    async def play():
        gate = gate_of(concurrency=concurrency, rpm=20 if limited else math.inf)

        async def one(member, wait):
            await asyncio.sleep(wait)
            leave = await gate.enter(member, 1.0)
            try:
                await asyncio.sleep(0.5)
            except asyncio.CancelledError:
                gate.cancelled()
                raise
            gate.succeeded(leave, 1.0)

        tasks = [asyncio.ensure_future(one(n, wait)) for n, (wait, _) in enumerate(lives)]
        for task, (_, end) in zip(tasks, lives, strict=True):
            asyncio.get_running_loop().call_later(end, task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert gate.out == 0
        for leave in [await gate.enter(0, 1.0) for _ in range(concurrency)]:
            gate.succeeded(leave, 1.0)
        assert gate.out == gate.waiting == 0

    played(play)


def test_cancelled_in_the_moment_of_being_let_through():
    async def play():
        gate = gate_of(concurrency=1)
        leave = await gate.enter(0, 1.0)
        waits, next_one = (asyncio.ensure_future(gate.enter(n, 1.0)) for n in (1, 2))
        await asyncio.sleep(0)
        gate.succeeded(leave, 1.0)  # the pass is on its way to the first who waits
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        gate.succeeded(await next_one, 1.0)
        return gate.out, waits.cancelled()

    assert played(play) == (0, True)


def test_virtual_time_notices_when_nobody_can_go_on():
    async def play():
        gate = gate_of(concurrency=1)
        await gate.enter(0, 1.0)
        await gate.enter(0, 1.0)

    with pytest.raises(AssertionError, match="nothing will ever wake"):
        played(play)


