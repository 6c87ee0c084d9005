"""The market maker: what theory says of prices and losses, and that no sequence of trades takes more from it."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from society_sim.rules.market_maker import Maker
from society_sim.rules.prediction import (
    cost,
    parimutuel,
    pool_prices,
    posterior,
    prices,
    shares_to,
    trade_cost,
    trades,
    worst_loss,
)
from society_sim.rules.trading import belief_lmsr

SHARES = st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3)


def test_known_values():
    assert trade_cost([0, 0], [100, 0], b=100) == pytest.approx(62.0115, abs=1e-4)
    assert prices([100, 0], b=100)[0] == pytest.approx(0.731059, abs=1e-6)
    assert worst_loss(100, 2) == pytest.approx(69.3147, abs=1e-4)
    assert worst_loss(100, 4) == pytest.approx(138.6294, abs=1e-4)
    bought = shares_to([0.5, 0.5], [0.9, 0.1], b=100)
    assert bought.tolist() == pytest.approx([100 * math.log(9), 0])
    assert bought[0] - trade_cost([0, 0], bought, b=100) == pytest.approx(58.7787, abs=1e-4)


@given(SHARES, SHARES, st.floats(0.5, 500))
def test_cost_of_a_trade_is_a_difference_of_costs_and_price_its_slope(before, bought, b):
    whole = cost(np.add(before, bought), b) - cost(before, b)
    assert trade_cost(before, bought, b) == pytest.approx(whole, rel=1e-9, abs=1e-7)
    assert prices(before, b).sum() == pytest.approx(1)
    step = b * 1e-5
    for option, price in enumerate(prices(before, b)):
        slope = (trade_cost(before, step * np.eye(3)[option], b)) / step
        assert slope == pytest.approx(price, rel=2e-5, abs=1e-12)


@given(SHARES, st.lists(st.floats(0.001, 1), min_size=3, max_size=3), st.floats(0.5, 500))
def test_shares_bring_prices_to_the_belief(before, weights, b):
    before, belief = np.array(before) / 1e3 * b, np.array(weights) / sum(weights)
    bought = shares_to(prices(before, b), belief, b)
    assert bought.min() == 0
    assert prices(before + bought, b) == pytest.approx(belief, rel=1e-9)


def test_the_bound_holds_over_ten_thousand_sequences_of_trades():
    """The maker's loss is what all traders gain, and it is the same whatever way the prices came to where they are."""
    luck = np.random.default_rng(5)
    for options in (2, 4):
        weights = luck.exponential(size=(5000, 40, options)) ** 4 + 1e-12
        told = trades(weights / weights.sum(-1, keepdims=True), b=100)
        outcome = luck.integers(options, size=5000)
        loss = told.gains(outcome).sum(-1)
        assert (loss < worst_loss(100, options) + 1e-6).all()
        last = np.take_along_axis(told.prices[:, -1], outcome[:, None], -1)[:, 0]
        assert loss == pytest.approx(100 * np.log(last * options), abs=1e-6)
        assert loss.max() > 0.9 * worst_loss(100, options)
        assert (told.bought >= 0).all() and (told.paid >= 0).all()


def test_bayesian_traders_decide_as_the_best_weights_do():
    """Who updates the price as a prior leaves log odds behind: the market is right as often as the best vote."""
    accuracy = np.array([0.9, 0.9, 0.6, 0.6, 0.6])
    signals = np.array(list(itertools.product((True, False), repeat=5)))
    chance = np.where(signals, accuracy, 1 - accuracy).prod(1)
    price = np.full((32, 2), 0.5)
    beliefs = []
    for trader, own in enumerate(accuracy):
        seen = np.where(signals[:, trader, None] == np.array([True, False]), own, 1 - own)
        price = posterior(price, seen)
        beliefs.append(price)
    told = trades(np.stack(beliefs, 1), b=10)
    assert chance[told.prices[:, -1, 0] > 0.5].sum() == pytest.approx(0.92664, abs=1e-9)
    # Among those who hold such beliefs each expects a gain: the information it has is paid for.
    assert (chance @ told.gains(np.zeros(32, dtype=int)) > 0).all()


AMOUNT = st.one_of(st.integers(-60, 60), st.integers(-(10**9), 10**9))


class Market(RuleBasedStateMachine):
    """Whole micro-units: what the maker has taken, and what it would have to pay."""

    @initialize(options=st.integers(2, 4), b=st.sampled_from((1, 7, 1000, 1_000_000, 10**12)))
    def begin(self, options, b):
        self.maker = Maker.of(options, liquidity=b)
        self.taken = 0

    @rule(amounts=st.lists(AMOUNT, min_size=4, max_size=4))
    def trade(self, amounts):
        self.buy(amounts[: len(self.maker.shares)])

    def buy(self, bought):
        b, before = self.maker.liquidity, self.maker.shares
        charge = self.maker.charge(bought)
        exact = trade_cost(before, bought, b)
        size = b + max(map(abs, bought)) + max(before) - min(before)
        assert -1e-12 * size <= charge - exact <= 1 + 1e-11 * size, (charge, exact)
        self.maker, self.taken = self.maker.after(bought), self.taken + charge

    @rule(amount=AMOUNT)
    def sell_back(self, amount):
        """Nobody gains by going to and fro."""
        bought = (amount,) + (0,) * (len(self.maker.shares) - 1)
        there, back = self.maker.charge(bought), self.maker.after(bought).charge([-one for one in bought])
        assert there + back >= 0

    @rule(amount=AMOUNT)
    def whole_set(self, amount):
        assert self.maker.charge((amount,) * len(self.maker.shares)) == amount

    @rule(amounts=st.lists(st.floats(0, 1e7), min_size=4, max_size=4), purse=st.integers(0, 10**7))
    def within_a_purse(self, amounts, purse):
        wanted = amounts[: len(self.maker.shares)]
        bought = self.maker.affordable(wanted, purse)
        assert 0 <= self.maker.charge(bought) <= max(purse, 0)
        assert all(0 <= one <= most for one, most in zip(bought, wanted, strict=True))
        self.buy(bought)

    @invariant()
    def bound(self):
        loss = max(self.maker.shares) - self.taken
        assert loss <= self.maker.subsidy
        assert loss <= self.maker.liquidity * math.log(len(self.maker.shares))
        assert math.fsum(self.maker.prices) == pytest.approx(1)


TestMarket = Market.TestCase
TestMarket.settings = settings(max_examples=15, stateful_step_count=50)


def a_market(seed: int, steps: int) -> None:
    luck = random.Random(seed)
    market = Market()
    market.begin(luck.randint(2, 4), luck.choice((1, 7, 1000, 1_000_000, 10**12)))
    scale = luck.choice((3, 60, 10**4, 10**9, 3 * market.maker.liquidity))
    for _ in range(steps):
        if luck.random() < 0.8:
            market.trade([luck.randint(-scale, scale) for _ in range(4)])
        else:
            market.within_a_purse([luck.uniform(0, scale) for _ in range(4)], luck.randrange(scale))
        market.sell_back(luck.randint(-scale, scale))
        market.bound()


def test_markets():
    for seed in range(40):
        a_market(seed, 50)


@pytest.mark.slow
def test_many_markets():
    """100 markets here; it held in 400."""
    for seed in range(1000, 1100):
        a_market(seed, 100)


def test_small_steps_do_not_add_up_against_the_maker():
    """A million micro-shares one by one: each step is rounded up, so they cost more than at once and never less."""
    maker, taken = Maker.of(2, liquidity=1000), 0
    for _ in range(3000):
        taken += maker.charge((1, 0))
        maker = maker.after((1, 0))
    assert taken >= Maker.of(2, liquidity=1000).charge((3000, 0))
    assert 3000 - taken <= maker.subsidy


@pytest.mark.parametrize("wrong", [{"liquidity": 0}, {"liquidity": 1.5}, {"loss": 0}, {}, {"liquidity": 1, "loss": 1}])
def test_a_market_without_liquidity_is_refused(wrong):
    with pytest.raises(ValueError, match="liquidity"):
        Maker.of(2, **wrong)


def test_a_price_that_is_next_to_nothing_is_still_one():
    maker = Maker(1000, (0, 10**9))
    assert maker.prices[0] > 0 and maker.charge((10**6, 0)) == 1
    bought = maker.affordable(belief_lmsr(maker.prices, (0.5, 0.5), 1000, 10**9), 10**9)
    assert bought[0] > 10**5 and bought[1] == 0


def test_a_loss_chooses_the_liquidity():
    for loss in (7, 1000, 10**9):
        maker = Maker.of(3, loss=loss)
        assert maker.subsidy <= loss < math.log(3) * (maker.liquidity + 1)


@pytest.mark.parametrize("b", [0, -1, math.nan, math.inf])
def test_no_liquidity_no_price(b):
    with pytest.raises(ValueError, match="liquidity is a number above 0"):
        prices([0, 0], b)


def test_prices_never_reach_certainty():
    with pytest.raises(ValueError, match="a belief is above 0"):
        trades([[1.0, 0.0]], b=10)


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 10**13)), max_size=9),
    st.sampled_from((0.0, 0.05, 0.3, 0.999)),
)
def test_a_pool_pays_out_what_was_staked(bets, take):
    stakes = dict(enumerate(bets))
    told = parimutuel(stakes, "A", take=take)
    pool = sum(stake for _, stake in bets)
    assert sum(told.payouts.values()) + told.house == pool
    assert list(told.payouts) == list(stakes) and all(own >= 0 for own in told.payouts.values())
    backed = sum(stake for option, stake in bets if option == "A")
    assert told.refunded == (not backed)
    if backed:
        for bettor, (option, stake) in stakes.items():
            fair = Fraction(stake * (pool - told.house), backed) if option == "A" else 0
            assert abs(told.payouts[bettor] - fair) < 1
        assert pool_prices(bets, "ABC")["A"] == pytest.approx(backed / pool)
    else:
        assert told.payouts == {bettor: stake for bettor, (_, stake) in stakes.items()}


def test_a_stake_is_whole_and_the_house_leaves_something():
    for stake in (-1, 1.5, True):
        with pytest.raises(ValueError, match="a stake is whole micro-units"):
            parimutuel({"ann": ("A", stake)}, "A")
    with pytest.raises(ValueError, match="from 0 to below 1"):
        parimutuel({}, "A", take=1)
