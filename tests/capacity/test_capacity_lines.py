"""The lines themselves: who is served when, whatever the discipline; nothing is lost, nobody is served twice."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import simpy
from capacity_helpers import Request, erlang_c, interval, stream
from hypothesis import given
from hypothesis import strategies as st
from simpy.events import Timeout

from society_sim import ScenarioError
from society_sim.lines import Line
from society_sim.servers import Server

ORDERS = ("fifo", "lifo", "priority", "preemptive", "shortest")
WORK = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=40)
"""Gap, service, priority; whole numbers, so that much happens at the same time and sums are exact."""


def done(server, work):
    return stream(server, *(list(map(float, column)) for column in zip(*work, strict=True)))


@given(WORK, st.integers(1, 4), st.sampled_from(ORDERS))
def test_work_is_conserved_and_no_slot_idles_while_somebody_waits(work, slots, order):
    seen = done(Server(slots=slots, queue=order), work)
    assert len(seen) == len(work)
    times = sorted({at for job in seen for at in (job.entered, job.began, job.ended)})
    for job in seen:
        stints = [*(job.stints or ()), (job.since, job.ended)]
        assert sum(ends - begins for begins, ends in stints) == job.took == job.served
        assert job.ended - job.entered == job.waited + job.served and job.waited >= 0
    for at, until in itertools.pairwise(times):
        middle = (at + until) / 2
        there = sum(job.entered < middle < job.ended for job in seen)
        working = sum(begins < middle < ends for job in seen
                      for begins, ends in [*(job.stints or ()), (job.since, job.ended)])  # fmt: skip
        assert working == min(there, slots)


@given(WORK, st.integers(1, 3), st.sampled_from(("fifo", "priority", "shortest")))
def test_who_waits_is_served_in_the_order_of_the_queue(work, slots, order):
    rank = {"fifo": lambda job: 0, "priority": lambda job: job.priority, "shortest": lambda job: job.took}[order]
    seen = done(Server(slots=slots, queue=order), work)
    for early in seen:
        for late in seen:
            both_waited = late.entered < early.began and early.entered < early.began < late.began
            if both_waited:
                assert rank(early) <= rank(late)
                if rank(early) == rank(late):
                    assert early.entered <= late.entered


@given(WORK, st.integers(1, 3))
def test_nobody_is_served_while_somebody_more_urgent_waits_where_service_is_preemptive(work, slots):
    seen = done(Server(slots=slots, queue="preemptive"), work)
    spans = {job: [*(job.stints or ()), (job.since, job.ended)] for job in seen}
    times = sorted({at for stints in spans.values() for span in stints for at in span})
    for at, until in itertools.pairwise(times):
        middle = (at + until) / 2
        served = [job for job in seen if any(begins < middle < ends for begins, ends in spans[job])]
        waiting = [job for job in seen if job.entered < middle < job.ended and job not in served]
        assert not served or not waiting or max(j.priority for j in served) <= min(j.priority for j in waiting)


@given(WORK, st.integers(1, 3), st.integers(0, 5))
def test_who_gives_up_is_gone_and_everybody_else_is_served(work, slots, patience):
    seen = stream(Server(slots=slots), *(list(map(float, column)) for column in zip(*work, strict=True)),
                  patience=float(patience))  # fmt: skip
    assert all(job.waited <= patience for job in seen)
    assert len(seen) <= len(work)


@given(WORK, st.sampled_from(ORDERS), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2))
def test_jobs_that_need_two_lines_get_through_both(work, order, slots, members, each):
    env, seen = simpy.Environment(0.0), []
    model = Line(env, Server(slots=slots, queue=order))
    people = [Line(env, Server(slots=each, queue=order)) for _ in range(members)]
    at = 0.0
    for number, (gap, took, priority) in enumerate(work):
        at += gap
        job = Request(env, (people[number % members], model), float(took), priority, seen=seen)
        Timeout(env, at).callbacks.append(lambda _, job=job: job.start())
    env.run()
    assert len(seen) == len(work)
    assert Counter(line.busy + line.waiting for line in (model, *people)) == {0: members + 1}
    spans = [span for job in seen for span in [*(job.stints or ()), (job.since, job.ended)] if span[0] < span[1]]
    for begins, _ in spans:
        assert sum(one <= begins < other for one, other in spans) <= min(slots, members * each)


def test_a_line_that_is_closed_begins_nothing_and_finishes_what_it_has():
    seen = stream(Server(slots=1, hours=(9, 17), away=((33, 35),)), [16.0, 0.0, 0.0], [2.0, 1.0, 1.0])
    assert [(job.began, job.ended) for job in seen] == [(16, 18), (35, 36), (36, 37)]
    seen = stream(Server(slots=1, hours=(9, 17)), [3.0, 15.0], [1.0, 1.0])
    assert [job.began for job in seen] == [9, 33]


@given(st.floats(0, 500), st.floats(0, 23), st.floats(0.1, 1), st.lists(st.tuples(st.floats(0, 90), st.floats(0.1, 60)),
                                                                        max_size=4))  # fmt: skip
def test_what_opens_is_open_then_and_was_closed_before(now, begins, share, away):
    hours = (begins, begins + share * (24 - begins))
    server = Server(hours=hours, away=tuple((start, start + took) for start, took in away))
    opens = server.opens(now)
    assert opens >= now and server.opens(opens) == opens
    for middle in np.linspace(now, opens, 7)[1:-1].tolist():
        assert server.opens(middle) > middle or math.isclose(middle, opens)


def test_tokens_are_a_bucket_that_fills_all_the_time():
    env, seen = simpy.Environment(0.0), []
    line = Line(env, Server(tokens_per_minute=600, burst=100))  # 10 in each unit
    for tokens in (60, 60, 250, 10):
        Request(env, (line,), 0.0, seen=seen, tokens=tokens).start()
    env.run()
    # 100 at first: 40 are left; 60 at 2, none left; 250 are more than it holds: full at 12, in debt by 150 until 27
    assert [job.began for job in seen] == pytest.approx([0, 2, 12, 28])


def test_who_is_interrupted_does_not_pay_its_tokens_again():
    env, seen = simpy.Environment(0.0), []
    line = Line(env, Server(slots=1, queue="preemptive", tokens_per_minute=60, burst=20))
    Request(env, (line,), 5.0, 2, seen=seen, tokens=15.0).start()
    Timeout(env, 1.0).callbacks.append(lambda _: Request(env, (line,), 1.0, 1, seen=seen, tokens=5.0).start())
    env.run()
    assert [(job.priority, job.ended) for job in seen] == [(1, 2.0), (2, 6.0)]


def test_a_line_that_changes_puts_those_who_wait_into_the_new_order():
    env, seen = simpy.Environment(0.0), []
    line = Line(env, Server(slots=1))
    for number in range(5):
        Request(env, (line,), 1.0, -number, seen=seen, name=number).start()
    env.run(until=1.5)
    line.change(Server(slots=1, queue="priority"))
    env.run(until=2.5)
    line.change(Server(slots=2, queue="lifo"))
    env.run()
    assert [job.name for job in seen] == [0, 1, 4, 3, 2] and env.now == 4.0


def test_a_budget_of_tokens_is_never_passed():
    env, seen = simpy.Environment(0.0), []
    line = Line(env, Server(slots=3, tokens_per_minute=600, burst=50, queue="shortest"))
    rng = np.random.default_rng(1)
    for at in np.sort(rng.uniform(0, 50, 300)).tolist():
        job = Request(env, (line,), rng.exponential(), seen=seen, tokens=float(rng.integers(1, 50)))
        Timeout(env, at).callbacks.append(lambda _, job=job: job.start())
    env.run()
    begun = sorted((job.began, job.tokens) for job in seen)
    for place in range(0, 300, 7):
        for until in range(place, 300, 11):
            spent = sum(tokens for _, tokens in begun[place : until + 1])
            assert spent <= 50 + 10 * (begun[until][0] - begun[place][0]) + 1e-6


def test_to_join_and_to_give_up_does_not_depend_on_how_many_wait():
    env = simpy.Environment(0.0)
    line = Line(env, Server(slots=1, queue="priority"))
    jobs = [Request(env, (line,), 1.0, number % 7, seen=[]) for number in range(20_000)]
    for job in jobs:
        job.start()
    for job in jobs[1:-1]:
        job.withdraw()
    assert (line.waiting, line.busy) == (1, 1) and len(line._queue) <= 35
    env.run()
    assert (jobs[-1].began, env.now) == (1.0, 2.0)


def test_thousands_who_are_turned_away_one_after_the_other_are_no_recursion():
    env, seen = simpy.Environment(0.0), []
    line = Line(env, Server(slots=1))

    class Doomed(Request):
        def begins(self):
            self.withdraw()
            return False

    Request(env, (line,), 1.0, seen=seen).start()
    for _ in range(5_000):
        Doomed(env, (line,), 1.0, seen=seen).start()
    Request(env, (line,), 1.0, seen=seen).start()
    env.run()
    assert [job.began for job in seen] == [0.0, 1.0]


@pytest.mark.parametrize(("bounds", "why"), [
    ({"slots": 0}, "slots is 0; it must be more than 0"), ({"patience": -1.0}, "patience is -1"),
    ({"deadline": math.nan}, "deadline is nan"), ({"tokens_per_minute": math.inf}, "tokens_per_minute is inf"),
    ({"by": "level"}, "does not look at it"), ({"hours": (17, 9)}, "hours are [from, to]"),
    ({"hours": (9, 30)}, "within 0 to every = 24"), ({"away": ((5, 5),)}, "away is a list of [from, to]"),
])  # fmt: skip
def test_what_is_no_bound_is_refused(bounds, why):
    with pytest.raises(ScenarioError, match="capacity: ") as error:
        Server(**bounds)
    assert why in str(error.value)


# --- theory: F1, F2 -----------------------------------------------------------------------------------------------


def replicated(server, rate, service, *, times=10, jobs=4_000, drop=400):
    """(mean wait, share that waits, share that waits for more than 2) of each of several runs."""
    found = []
    for seed in range(times):
        rng = np.random.default_rng([seed, jobs])
        seen = stream(server, rng.exponential(1 / rate, jobs).tolist(), service(rng, jobs).tolist())
        waits = np.array([job.waited for job in sorted(seen, key=lambda job: job.entered)])[drop:]
        found.append((waits.mean(), (waits > 1e-9).mean(), (waits > 2).mean()))
    return np.array(found).T


def exponential(rng, count):
    return rng.exponential(1.0, count)


@pytest.mark.parametrize(("slots", "load", "expected", "waits"), [
    (1, 0.8, 4.0, 0.8), (2, 0.75, 1.28571, 0.64286), (4, 0.8, 0.74554, 0.59643), (8, 0.875, 0.63532, 0.63532),
])  # fmt: skip
def test_erlang_c_gives_the_figures_of_the_books(slots, load, expected, waits):
    assert erlang_c(slots, load) == (pytest.approx(waits, abs=5e-6), pytest.approx(expected, abs=5e-6))


@pytest.mark.slow
@pytest.mark.parametrize(("slots", "load"), [(1, 0.8), (2, 0.75), (4, 0.8), (8, 0.875)])
def test_waiting_is_as_erlang_says(slots, load):
    means, waiting, long = replicated(Server(slots=slots), slots * load, exponential, jobs=20_000, drop=2_000)
    waits, mean = erlang_c(slots, load)
    for found, expected in ((means, mean), (waiting, waits), (long, waits * math.exp(-2 * slots * (1 - load)))):
        middle, half = interval(found)
        assert abs(middle - expected) <= half
    assert interval(means)[1] < 0.25 * mean


@pytest.mark.slow
def test_last_come_first_served_has_the_same_mean_and_is_caught_by_its_tail():
    fifo = replicated(Server(slots=1), 0.8, exponential)
    lifo = replicated(Server(slots=1, queue="lifo"), 0.8, exponential)
    assert abs(np.mean(fifo[0] - lifo[0])) < 0.15 * np.mean(fifo[0])
    expected = 0.8 * math.exp(-2 * 0.2)
    middle, half = interval(fifo[2])
    assert abs(middle - expected) <= half
    middle, half = interval(lifo[2])
    assert abs(middle - expected) > half


@pytest.mark.slow
@pytest.mark.parametrize(("service", "expected"), [
    (lambda rng, count: np.ones(count), 2.0),
    (lambda rng, count: rng.lognormal(-math.log(2.5) / 2, math.sqrt(math.log(2.5)), count), 5.0),
], ids=["M/D/1", "M/G/1 with cv2 = 1.5"])  # fmt: skip
def test_one_slot_is_as_pollaczek_and_khinchine_say(service, expected):
    middle, half = interval(replicated(Server(slots=1), 0.8, service, jobs=10_000, drop=1_000)[0])
    assert abs(middle - expected) <= half and half < 0.3 * expected


@pytest.mark.slow
def test_priorities_are_as_cobham_says():
    """Two classes of M/M/1 at 80 %, without and with preemption; the urgent ones are as if alone where they preempt."""
    urgent, others = [], []
    for order in ("priority", "preemptive"):
        means = []
        for seed in range(10):
            rng = np.random.default_rng([seed, 3])
            seen = stream(Server(slots=1, queue=order), rng.exponential(1 / 0.8, 10_000).tolist(),
                          exponential(rng, 10_000).tolist(), rng.integers(2, size=10_000).tolist())  # fmt: skip
            means.append([np.mean([job.waited for job in seen if job.priority == k]) for k in (0, 1)])
        urgent.append(interval([mean[0] for mean in means]))
        others.append(interval([mean[1] for mean in means]))
    # Cobham (1954): 0.8/(1 - 0.4); 0.8/((1 - 0.4)(1 - 0.8)). With preemption: 0.4/(1 - 0.4); then W = 1/((.6)(.2))
    theory = (0.8 / 0.6, 0.4 / 0.6, 0.8 / 0.12, 1 / 0.12 - 1)
    for (middle, half), expected in zip((*urgent, *others), theory, strict=True):
        assert abs(middle - expected) <= half
