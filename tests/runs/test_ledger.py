"""The account of a run: never over its caps, nobody waits who could go, and nothing is given away."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from society_sim.errors import OutOfBudget
from society_sim.ledger import NOTHING, Cost, Ledger

AMOUNT = st.integers(0, 12)
COST = st.builds(Cost, AMOUNT, AMOUNT, st.integers(0, 2)).filter(lambda cost: cost != NOTHING)
SHARE = st.sampled_from((0.0, 0.3, 1.0))


def total(costs) -> Cost:
    whole = NOTHING
    for cost in costs:
        whole = whole.plus(cost)
    return whole


class Account(RuleBasedStateMachine):
    """Whoever asked, in order: what it may cost, its future, and whether its cost is still set aside."""

    @initialize(cap=st.builds(Cost, st.integers(0, 60), st.integers(0, 60), st.integers(0, 8)), before=COST)
    def begin(self, cap, before):
        self.cap = cap.plus(before)
        self.ledger = Ledger(self.cap, spent=before)
        self.asked: list[tuple[Cost, Future]] = []
        self.spent, self.doubtful = before, NOTHING
        self.settled: set[int] = set()
        self.broken: set[int] = set()

    @rule(worst=COST)
    def reserve(self, worst):
        self.asked.append((worst, self.ledger.reserve(worst)))

    def out(self):
        return [place for place, (_, future) in enumerate(self.asked) if place not in self.settled
                and future.done() and not future.cancelled() and future.exception() is None]  # fmt: skip

    def waiting(self):
        return [place for place, (_, future) in enumerate(self.asked) if not future.done()]

    @precondition(lambda self: self.out())
    @rule(which=st.integers(0, 99), shares=st.tuples(SHARE, SHARE, SHARE), doubtful=st.booleans())
    def settle(self, which, shares, doubtful):
        place = self.out()[which % len(self.out())]
        worst = self.asked[place][0]
        real = Cost(*(int(share * most) for share, most in zip(shares, worst, strict=True)))
        self.settled.add(place)
        if doubtful:
            self.doubtful = self.doubtful.plus(worst)
        else:
            self.spent = self.spent.plus(real)
        self.ledger.settle(worst, real, doubtful=doubtful)

    @precondition(lambda self: self.waiting())
    @rule(which=st.integers(0, 99))
    def cancel(self, which):
        place = self.waiting()[which % len(self.waiting())]
        assert self.asked[place][1].cancel()
        self.settled.add(place)

    @invariant()
    def all_is_accounted_for(self):
        assert (self.ledger.spent, self.ledger.doubtful) == (self.spent, self.doubtful)
        assert self.ledger.reserved == total(self.asked[place][0] for place in self.out())
        assert self.spent.plus(self.doubtful).plus(self.ledger.reserved).within(self.cap)
        assert min(self.ledger.left) >= 0

    @invariant()
    def first_come_first_served(self):
        waiting, out = self.waiting(), self.out()
        assert not waiting or not out or max(out) < min(waiting)

    @invariant()
    def broken_off_only_when_the_next_one_can_never_go(self):
        broken = [place for place, (_, future) in enumerate(self.asked)
                  if future.done() and not future.cancelled() and future.exception() is not None]  # fmt: skip
        fresh = [place for place in broken if place not in self.broken]
        self.broken.update(fresh)
        if fresh:
            assert self.ledger.reserved == NOTHING and not self.waiting()
            assert not self.asked[fresh[0]][0].within(self.ledger.left)
            assert isinstance(self.asked[fresh[0]][1].exception(), OutOfBudget)

    @rule()
    def nobody_waits_who_could_go(self):
        self.ledger.settle(NOTHING)  # whoever was cancelled is noticed when somebody looks
        waiting = self.waiting()
        if waiting:
            assert self.ledger.reserved != NOTHING
            assert not self.asked[waiting[0]][0].within(self.ledger.left)


TestAccount = Account.TestCase
TestAccount.settings = settings(max_examples=40, stateful_step_count=25)


def test_who_has_gone_away_holds_nobody_up():
    ledger = Ledger(Cost(100, 100, 100))
    ledger.reserve(Cost(60))
    large, small = ledger.reserve(Cost(90)), ledger.reserve(Cost(30))
    large.cancel()
    ledger.settle(Cost(60), Cost(60))  # nothing is on its way; 90 never fits, but nobody wants it any more
    assert small.exception(0) is None and ledger.reserved == Cost(30)


def test_a_later_cancelled_head_does_not_hold_up_those_behind_it():
    ledger = Ledger(Cost(100, 100, 100))
    ledger.reserve(Cost(50))
    ledger.reserve(Cost(20))
    large, small = ledger.reserve(Cost(90)), ledger.reserve(Cost(25))
    large.cancel()
    ledger.settle(Cost(20), Cost(20))
    assert small.done() and ledger.reserved == Cost(75)


def rush(ledger, cap, jobs):
    """Eight threads reserve and settle *jobs*; how many got through, and what was spent by their own account."""
    lock, out, spent, over, served = threading.Lock(), [0], [0], [], [0] * 8

    def work(number):
        for worst, real in jobs[number::8]:
            try:
                ledger.reserve(worst).result(60)
            except OutOfBudget:
                return
            with lock:
                out[0] += worst.micro_usd
                if out[0] + spent[0] > cap.micro_usd:
                    over.append(worst)
            with lock:
                out[0] -= worst.micro_usd
                spent[0] += real.micro_usd
            ledger.settle(worst, real)
            served[number] += 1

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert not over and out == [0] and ledger.reserved == NOTHING
    return sum(served), spent[0]


def jobs_of(many):
    return [(Cost(50 + 7 * n % 50, 400, 1), Cost(n * n % 50, 37 * n % 400, 1)) for n in range(many)]


@pytest.mark.slow
def test_a_hundred_thousand_calls_from_eight_threads_not_one_micro_dollar_over():
    jobs = jobs_of(100_000)
    whole = total(real for _, real in jobs)
    cap = whole.plus(Cost(3 * 99, 3 * 400, 3))  # room for three at once at the end, and always for one
    ledger = Ledger(cap)
    assert rush(ledger, cap, jobs) == (100_000, whole.micro_usd)
    assert (ledger.spent, ledger.doubtful) == (whole, NOTHING)


def test_eight_threads_run_a_tight_account_dry_and_all_come_home():
    jobs = jobs_of(8_000)
    cap = Cost(total(real for _, real in jobs).micro_usd // 2, 10**9, 10**9)
    ledger = Ledger(cap)
    served, spent = rush(ledger, cap, jobs)
    assert 0 < served < 8_000 and ledger.spent.micro_usd == spent
    assert cap.micro_usd - 99 < spent <= cap.micro_usd


@pytest.mark.parametrize("dimension", range(3))
def test_each_dimension_is_a_cap_of_its_own_and_the_error_names_it(dimension):
    bounds = [float("inf")] * 3
    bounds[dimension] = 10
    ledger = Ledger(Cost(*bounds))
    assert ledger.reserve(Cost(10, 10, 10)).exception(0) is None
    second = ledger.reserve(Cost(1, 1, 1))
    assert not second.done()
    ledger.settle(Cost(10, 10, 10), Cost(10, 10, 10))
    said = str(second.exception(0))
    assert ("$" in said, "tokens" in said, "calls" in said) == tuple(place == dimension for place in range(3))
