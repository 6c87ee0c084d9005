"""What traders quote and buy, and what markets of zero-intelligence traders come to."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize

from society_sim.backends.synthetic.bidding import zi_c, zi_u
from society_sim.forms import Number
from society_sim.rules.equilibrium import convergence, efficiency, equilibrium
from society_sim.rules.market_text import told
from society_sim.rules.order_book import OrderBook
from society_sim.rules.order_events import Traded
from society_sim.rules.prediction import prices, trade_cost
from society_sim.rules.sessions import zero_intelligence
from society_sim.rules.trading import belief_lmsr, kelly, kelly_lmsr
from society_sim.values import Query

CHANCES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda own: [one / sum(own) for one in own])


def quote(policy, side, value, seed):
    """What the synthetic trader *policy* names in whole ticks from 1 to 200, for what it values at *value*."""
    own = {"worth" if side == "buy" else "cost": value}
    text = told("A clock is sold.", tick=1, **own)
    query = Query(member=0, occurrence=0, model="m", system="", text=text, form=Number(1, 200), seed=seed, key="")
    return Number(1, 200).parse(policy(query, None))


@given(st.integers(1, 200), st.sampled_from(("buy", "sell")), st.integers(0, 2**32))
def test_zero_intelligence_stays_in_the_market_and_with_a_budget_never_loses(value, side, seed):
    assert 1 <= quote(zi_u, side, value, seed) <= 200
    named = quote(zi_c, side, value, seed)
    assert named == int(named) and (1 <= named <= value if side == "buy" else value <= named <= 200)


def test_all_ticks_are_equally_likely():
    ticks = [quote(zi_c, "buy", 5, seed) for seed in range(2000)]
    found = [ticks.count(tick) for tick in range(1, 6)]
    assert sum(found) == 2000 and sum((count - 400) ** 2 / 400 for count in found) < 18.5  # chi square, p = .001


@given(CHANCES, CHANCES, st.floats(1, 1e4))
def test_who_can_pay_moves_prices_to_the_belief_at_the_least_cost(market, belief, b):
    bought = belief_lmsr(market, belief, b)
    shares = b * np.log(market)
    assert min(bought) == pytest.approx(0, abs=1e-9 * b)
    assert prices(shares + bought, b) == pytest.approx(belief, rel=1e-9)


@given(CHANCES, CHANCES, st.floats(0.001, 3))
def test_who_cannot_pay_spends_all_on_what_is_worth_most(market, belief, part):
    b = 100.0
    whole = trade_cost(b * np.log(market), belief_lmsr(market, belief, b), b)
    assume(whole > 1e-3 and part < 1 / 1.0001)
    purse = whole * part
    bought = belief_lmsr(market, belief, b, purse)
    shares = b * np.log(market)
    assert trade_cost(shares, bought, b) == pytest.approx(purse, rel=1e-9)
    worth = np.array(belief) / prices(shares + bought, b)
    top = worth.max()
    assert all(own > 1e-9 or ratio <= top * (1 + 1e-9) for own, ratio in zip(bought, worth, strict=True))
    assert worth[np.array(bought) > 1e-6] == pytest.approx(top, rel=1e-6)


@given(CHANCES, CHANCES, st.sampled_from((1e-6, 1e-3)) | st.floats(1, 1e3) | st.just(1e6))
def test_kelly_bets_are_the_best_for_the_logarithm(market, belief, purse):
    b = 100.0
    shares, belief = b * np.log(market), np.array(belief)

    def growth(bought):
        wealth = purse - trade_cost(shares, bought, b) + np.asarray(bought)
        return float(belief @ np.log(wealth)) if wealth.min() > 0 else -math.inf

    bought = kelly_lmsr(market, belief.tolist(), b, purse)
    paid = trade_cost(shares, bought, b)
    assert min(bought) == 0 and paid <= purse * (1 + 1e-9)
    best = growth(bought)
    luck = random.Random(3)
    for size in (1e-3, 1e-2, 0.1):
        for _ in range(6):
            other = [own + luck.uniform(-size, size) * min(b, purse) for own in bought]
            assert growth(other) <= best + 1e-9 * max(1, abs(best))


def test_kelly_bets_against_a_general_optimiser():
    market, belief, b, purse = [0.2, 0.5, 0.3], [0.5, 0.1, 0.4], 50.0, 20.0
    shares = b * np.log(market)
    found = minimize(lambda d: -np.dot(belief, np.log(purse - trade_cost(shares, d, b) + d)), np.zeros(3), tol=1e-12)
    other = found.x - found.x.min()
    assert kelly_lmsr(market, belief, b, purse) == pytest.approx(other, abs=1e-3)


def test_kelly_at_prices_that_are_hardly_above_nothing():
    """A long shot that is thought likelier than its price is bought, however little likely both are."""
    shares, none = kelly_lmsr([1e-51, 1.0], [5e-35, 1.0], 1.0, 10_000.0)
    assert none == 0 and shares + math.log1p(shares / 10_000) == pytest.approx(math.log(5e-35 / 1e-51), rel=1e-12)


def test_kelly_with_little_money_and_with_much():
    for belief, price in ((0.6, 0.5), (0.9, 0.3), (0.2, 0.7), (0.5, 0.5)):
        purse = 0.001
        bought = kelly_lmsr([price, 1 - price], [belief, 1 - belief], 1000.0, purse)
        paid = trade_cost(1000 * np.log([price, 1 - price]), bought, 1000.0)
        staked = kelly(belief, price)
        assert paid / purse == pytest.approx(abs(staked), abs=1e-4)
        assert (bought[0] > bought[1]) == (staked > 0)
        rich = kelly_lmsr([price, 1 - price], [belief, 1 - belief], 1.0, 1e9)
        assert rich == pytest.approx(belief_lmsr([price, 1 - price], [belief, 1 - belief], 1.0), abs=1e-4)
    assert kelly_lmsr([0.5, 0.5], [1.0, 0.0], 10.0, 0) == [0, 0]
    sure = kelly_lmsr([0.5, 0.5], [1.0, 0.0], 10.0, 5.0)
    assert sure == pytest.approx(belief_lmsr([0.5, 0.5], [1.0, 0.0], 10.0, 5.0), rel=1e-9)


def test_what_is_no_belief_or_purse_is_refused():
    for belief in ([0.5, 0.6], [1.5, -0.5], [math.nan, 0.5]):
        with pytest.raises(ValueError, match="probabilities that sum to 1"):
            belief_lmsr([0.5, 0.5], belief, 10)
    with pytest.raises(ValueError, match="a purse that is bounded"):
        belief_lmsr([0.5, 0.5], [1.0, 0.0], 10)
    with pytest.raises(ValueError, match="a purse is a finite number"):
        kelly_lmsr([0.5, 0.5], [0.5, 0.5], 10, -1)


@given(st.lists(st.integers(0, 20), max_size=6), st.lists(st.integers(0, 20), max_size=6))
def test_equilibrium_prices_are_those_at_which_nobody_wants_another_trade(values, costs):
    told = equilibrium(values, costs)
    for price in range(-1, 22):
        eager = sum(value > price for value in values), sum(cost < price for cost in costs)
        willing = sum(value >= price for value in values), sum(cost <= price for cost in costs)
        clears = max(eager) <= min(willing)
        assert clears == (told.low <= price <= told.high)
    pairs = list(zip(sorted(values, reverse=True), sorted(costs), strict=False))
    assert told.surplus == sum(max(0, value - cost) for value, cost in pairs)
    if told.surplus:
        assert efficiency(pairs[: told.quantity], values, costs) == 1


def test_nothing_to_gain_has_no_efficiency():
    assert math.isnan(efficiency([], [1], [2])) and math.isnan(convergence([], 5))
    assert efficiency([(1, 2)], [3, 1], [2, 2]) == -1


LINEAR = (150 - 8 * np.arange(12), 50 + 8 * np.arange(12))
NEAR = (np.r_[np.full(6, 150), np.full(6, 86)], np.r_[np.full(6, 50), np.full(6, 114)])
WIDE = (np.r_[np.full(6, 130), np.full(6, 50)], np.r_[np.full(6, 70), np.full(6, 150)])
SEVERAL = (LINEAR[0].reshape(3, 4).T, LINEAR[1].reshape(3, 4).T)


def session(market, budget=True, sessions=200, steps=1500):
    return zero_intelligence(*market, highest=200, sessions=sessions, steps=steps, budget=budget,
                             rng=np.random.default_rng(11))  # fmt: skip


def test_a_budget_makes_a_market_of_fools_efficient():
    """Gode and Sunder (1993): the discipline of the market, not the traders' wits, and what is lost without."""
    told = session(LINEAR, sessions=400, steps=3000)
    assert told.efficiency.mean() == pytest.approx(0.9637, abs=0.008)
    assert told.traded.mean() == pytest.approx(7.45, abs=0.15)
    assert (told.turnover / told.traded).mean() == pytest.approx(100, abs=2)
    careless = session(LINEAR, budget=False, sessions=50)
    assert careless.efficiency == pytest.approx(144 / 364) and (careless.traded == 12).all()


def test_how_near_they_come_depends_on_who_is_just_outside_the_margin():
    assert session(WIDE, sessions=100).efficiency == pytest.approx(1.0)
    assert session(WIDE, budget=False, sessions=100).efficiency == pytest.approx(-2 / 3)
    near, several = session(NEAR).efficiency.mean(), session(SEVERAL).efficiency.mean()
    assert near == pytest.approx(0.918, abs=0.012)
    assert several == pytest.approx(0.987, abs=0.008)


def test_the_order_book_gives_what_the_sessions_give():
    """The same market through the book, order by order, in whole ticks."""
    values, costs = LINEAR
    luck = random.Random(2)
    reached = []
    for _ in range(25):
        book, done, gained = OrderBook(lowest=1, highest=200), set(), []
        for _ in range(2000):
            who = luck.randrange(24)
            if who in done:
                continue
            side, own = ("buy", int(values[who])) if who < 12 else ("sell", int(costs[who - 12]))
            best = book.best_bid if side == "buy" else book.best_ask
            price = luck.randint(1, own) if side == "buy" else luck.randint(own, 200)
            if best is not None and (price <= best if side == "buy" else price >= best):
                continue
            for event in book.submit(who, side, 1, price):
                if isinstance(event, Traded):
                    gained.append((int(values[event.buyer]), int(costs[event.seller - 12])))
                    done |= {event.buyer, event.seller}
                    book.clear("trade")
        reached.append(efficiency(gained, values.tolist(), costs.tolist()))
    assert np.mean(reached) == pytest.approx(0.9637, abs=0.025)
