"""Auctions of one thing or several of a kind: what they promise, as properties, and what theory expects of them."""

from __future__ import annotations

import math
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim.rules.auction_theory import equilibrium_bid, expected_revenue, many, optimal_reserve
from society_sim.rules.auctions import (
    dutch,
    english,
    first_price,
    pay_as_bid,
    second_price,
    uniform_price,
    vickrey_units,
)  # fmt: skip
from society_sim.rules.tenders import award

money = st.integers(0, 12)
market = st.dictionaries(st.sampled_from("ABCDEFG"), st.none() | money, max_size=7)
several = st.dictionaries(st.sampled_from("ABCDE"), st.lists(money, max_size=3), max_size=5)
units = st.integers(1, 5)
lots = st.integers(0, 9)


def value_of(worth, got):
    return sum(sorted(worth, reverse=True)[:got])


@given(market, money, lots)
def test_the_highest_bid_wins_and_pays_its_own_or_the_next(bids, reserve, lot):
    cast = sorted((bid for bid in bids.values() if bid is not None and bid >= reserve), reverse=True)
    first, second = first_price(bids, reserve, lot), second_price(bids, reserve, lot)
    assert (first.revenue, second.revenue) == ((cast[0], max(cast[1:2], default=reserve)) if cast else (0, 0))
    for sold in (first, second):
        assert len(sold.winners) == bool(cast)
        assert all(bids[who] == cast[0] and sold.price <= bids[who] for who in sold.winners)
        assert len(sold.ties) == (cast.count(cast[0]) if cast and cast.count(cast[0]) > 1 else 0)


@given(market, lots, st.integers(0, 5))
def test_who_wins_still_wins_with_a_higher_bid(bids, lot, more):
    for rule in (first_price, second_price, english):
        before = rule(bids, lot=lot)
        if (who := before.winner) is not None:
            after = rule(bids | {who: bids[who] + more}, lot=lot)
            assert after.winner == who and (rule is first_price or after.price == before.price)


def test_numbers_of_numpy_and_huge_ones_are_numbers():
    bids = np.array([3, 2], dtype=np.int8)
    assert type(second_price(dict(enumerate(bids))).price) is int
    assert uniform_price({"Ann": [np.int8(100), np.int8(100)]}, 2, reserve=99).revenue == 198
    assert second_price({"Ann": 10**400, "Bob": 10**399}).price == 10**399
    with pytest.raises(ValueError, match="english: a step of 5e-324 is too small"):
        english({"Ann": 7, "Bob": 5}, step=5e-324)


@given(market, money, lots)
def test_clocks_come_out_as_sealed_bids(bids, reserve, lot):
    rising, sealed = english(bids, reserve, lot=lot), second_price(bids, reserve, lot)
    falling, open_ = dutch(bids, 12, reserve, lot=lot), first_price(bids, reserve, lot)
    assert (rising.revenue, len(rising.winners)) == (sealed.revenue, len(sealed.winners))
    assert (falling.revenue, len(falling.winners)) == (open_.revenue, len(open_.winners))
    if not sealed.ties:
        assert rising.winner == sealed.winner and falling.winner == open_.winner


@given(market, money, st.integers(1, 5), lots)
def test_a_clock_with_steps_shows_each_price_in_turn(stops, reserve, step, lot):
    """Against the clock itself: everybody is asked at every price."""
    bids = {who: stop for who, stop in stops.items() if stop is not None}
    sold, price, here = english(stops, reserve, step, lot), reserve, [who for who in bids if bids[who] >= reserve]
    while len(here) > 1 and (stay := [who for who in here if bids[who] >= price + step]):
        here, price = stay, price + step
    assert sold.revenue == (price if here else 0) and (sold.winner in here if here else sold.winner is None)
    sold, price = dutch(stops, 11, reserve, step, lot), 11
    while price >= max(reserve, 0) and not (here := [who for who in bids if bids[who] >= price]):
        price -= step
    if bids and price >= reserve:
        assert sold.price == price and sold.winner in here
    else:
        assert sold.winner is None


def test_clocks_of_fractions_do_not_miss_a_tick():
    assert english({"A": 0.8, "B": 0.3}, step=0.1).price == pytest.approx(0.4)
    assert dutch({"A": 0.7, "B": 0.3}, 1.0, step=0.1).price == pytest.approx(0.7)


@given(several, units, money, lots)
def test_units_go_to_the_highest_bids_and_nothing_is_made_or_lost(bids, count, reserve, lot):
    every = sorted((bid for own in bids.values() for bid in own if bid >= reserve), reverse=True)
    for rule in (uniform_price, pay_as_bid, vickrey_units):
        sold = rule(bids, count, reserve, lot)
        assert sum(sold.units.values()) == min(count, len(every))
        assert sum(value_of(bids[who], got) for who, got in sold.units.items()) == sum(every[:count])
        for who, got in sold.units.items():  # nobody pays more than it bid, nor less than the reserve
            assert got * reserve <= sold.pays[who] <= value_of(bids[who], got)
            assert isinstance(sold.pays[who], int)
    uniform, own = uniform_price(bids, count, reserve, lot), pay_as_bid(bids, count, reserve, lot)
    if every:
        assert uniform.price == (every[count] if len(every) > count else reserve)
    assert own.revenue == sum(every[:count])


@given(st.dictionaries(st.sampled_from("ABCD"), st.lists(money, min_size=1, max_size=3), min_size=1), units,
       st.lists(money, min_size=1, max_size=3), money, lots)  # fmt: skip
def test_no_lie_gains_where_a_rule_is_truthful(worth, count, lie, reserve, lot):
    """Vickrey's rule for any demand that falls; the uniform price, and second price and its clock, for one unit."""
    who = min(worth)

    def gain(rule, bids, true):
        sold = rule(bids)
        return value_of(true, sold.units.get(who, 0)) - sold.pays.get(who, 0)

    for rule in (lambda bids: vickrey_units(bids, count, reserve, lot),):
        assert gain(rule, worth | {who: lie}, worth[who]) <= gain(rule, worth, worth[who])
    single = {one: own[0] for one, own in worth.items()}
    for rule in (
        lambda bids: uniform_price(bids, count, reserve, lot),
        lambda bids: second_price(bids, reserve, lot),
        lambda bids: english(bids, reserve, lot=lot),
    ):
        assert gain(rule, single | {who: lie[0]}, [single[who]]) <= gain(rule, single, [single[who]])


def test_second_price_is_truthful_on_a_thousand_profiles():
    values = np.random.default_rng(1).random((1000, 5))
    truth = gain_of_first(values, values)
    for share in np.linspace(0, 2, 41):
        told = values.copy()
        told[:, 0] *= share
        assert (gain_of_first(values, told) - truth).max() <= 1e-9
    shaded = values * np.array([0.7, 1, 1, 1, 1])
    won = many(shaded, "first")
    assert np.where(won.winners[:, 0] == 0, values[:, 0] - won.pays[:, 0], 0).mean() > 0.01  # first price: it pays


def gain_of_first(values, bids):
    sold = many(bids)
    return np.where(sold.winners[:, 0] == 0, values[:, 0] - sold.pays[:, 0], 0)


@given(st.integers(1, 5), st.integers(1, 6), units, money, lots, st.data())
def test_many_at_once_is_one_by_one(runs, size, count, reserve, lot, data):
    bids = data.draw(st.lists(st.lists(money, min_size=size, max_size=size), min_size=runs, max_size=runs))
    for pricing, rule in (("second", uniform_price), ("first", pay_as_bid)):
        sold = many(bids, pricing, count, reserve, lot)
        for row, winners, pays in zip(bids, sold.winners.tolist(), sold.pays.tolist(), strict=True):
            one = rule(dict(enumerate(row)), count, reserve, lot)
            got = [who for who in winners if who >= 0]
            assert len(set(got)) == len(got) == len(one.winners) and sum(pays) == one.revenue
            assert sorted(row[who] for who in got) == sorted(row[who] for who in one.winners)
            assert all(pay == 0 for who, pay in zip(winners, pays, strict=True) if who < 0)


@pytest.mark.parametrize(
    ("bidders", "expected", "spread"), [(2, 0.3333, None), (5, 0.6667, (0.178, 0.113)), (10, 0.8182, None)]
)
def test_revenue_is_the_same_by_both_prices(bidders, expected, spread):
    values = np.random.default_rng(2).random((40_000, bidders))
    found = [many(values).revenues, many(equilibrium_bid(values, bidders), "first").revenues]
    assert expected_revenue(bidders) == pytest.approx(expected, abs=5e-5)
    for own in found:
        assert abs(own.mean() - expected_revenue(bidders)) < 4.5 * own.std() / 200
    if spread:
        assert [float(own.std()) for own in found] == pytest.approx(spread, abs=0.002)


def test_a_reserve_earns_more_and_bids_follow_it():
    values = np.random.default_rng(3).random((40_000, 2))
    for own in (
        many(values, reserve=0.5).revenues,
        many(equilibrium_bid(values, 2, 0.5), "first", reserve=0.5).revenues,
    ):
        assert abs(own.mean() - 5 / 12) < 4.5 * own.std() / 200
    grid = np.linspace(0, 1, 101)
    assert max(grid, key=lambda r: expected_revenue(3, r)) == pytest.approx(optimal_reserve())
    assert optimal_reserve(0, 1, worth=0.2) == 0.6


@pytest.mark.parametrize(("bidders", "reserve"), [(2, 0), (3, 0.4), (6, 0.1)])
def test_no_other_bid_is_better_in_equilibrium(bidders, reserve):
    """Exactly: a bid wins if it is above what the others' values bid, whose distribution is known."""
    values = np.linspace(0, 1, 2001)
    bids = equilibrium_bid(values, bidders, reserve)
    assert (np.diff(bids[values >= reserve]) >= 0).all()
    for value in (0.05, 0.45, 0.8, 1.0):
        gains = np.where(bids >= reserve, (value - bids) * values ** (bidders - 1), 0)
        own = equilibrium_bid(value, bidders, reserve)
        gain = (value - own) * value ** (bidders - 1) if own >= reserve else 0
        assert gains.max() <= gain + 1e-9


@pytest.mark.parametrize(("bidders", "units", "reserve"), [(3, 2, 0), (6, 3, 0.2), (4, 4, 0.3), (3, 5, 0.0)])
def test_no_other_bid_is_better_where_several_units_are_paid_as_bid(bidders, units, reserve):
    """Exactly: a bid wins if fewer than *units* of the others are above the value that bids it."""
    values = np.linspace(0, 1, 2001)
    bids = equilibrium_bid(values, bidders, reserve, units)
    losing = range(min(units, bidders))
    won = sum(comb(bidders - 1, k) * (1 - values) ** k * values ** (bidders - 1 - k) for k in losing)
    assert (np.diff(bids[values >= reserve]) >= -1e-12).all() and (bids <= values + 1e-12).all()
    for place in (100, 900, 1600, 2000):
        gains = np.where(bids >= reserve, (values[place] - bids) * won, 0)
        assert gains.max() <= gains[place] + 1e-9 or values[place] < reserve


def test_several_units_bring_what_one_price_for_all_brings():
    values = np.random.default_rng(5).random((20_000, 6))
    as_bid = many(equilibrium_bid(values, 6, 0.2, units=3), "first", units=3, reserve=0.2).revenues
    uniform = many(values, "second", units=3, reserve=0.2).revenues
    assert abs(as_bid.mean() - uniform.mean()) < 4.5 * (as_bid.std() + uniform.std()) / 140
    assert equilibrium_bid(1e-9, 60, units=2) == pytest.approx(1e-9 * 58 / 59)


def test_the_lot_is_fair_and_does_not_know_who_came_first():
    bids = {"A": 5, "B": 5, "C": 5, "D": 4}
    wins = [first_price(bids, lot=lot).winner for lot in range(600)]
    assert all(150 < wins.count(who) < 250 for who in "ABC")
    assert wins == [first_price(dict(reversed(bids.items())), lot=lot).winner for lot in range(600)]
    first = many(np.ones((3000, 3))).winners[:, 0]
    assert (abs(np.bincount(first) - 1000) < 120).all()


@given(st.dictionaries(st.sampled_from("ABCD"), money, min_size=1), st.integers(0, 5), st.none() | money, money, lots,
       st.fixed_dictionaries(dict.fromkeys("ABCD", st.integers(0, 4))))  # fmt: skip
def test_tenders_take_the_best_score_and_pay_no_less_than_was_asked(prices, worth, ceiling, lie, lot, qualities):
    parts = {"qualities": qualities, "worth": worth, "ceiling": ceiling, "lot": lot}
    for pricing in ("first", "second"):
        found = award(prices, pricing=pricing, **parts)
        within = {who: worth * qualities[who] - own for who, own in prices.items() if ceiling is None or own <= ceiling}
        assert (found.winner is None) == (not within)
        if within:
            assert found.score == max(within.values()) == within[found.winner]
            assert found.price >= prices[found.winner] and (ceiling is None or found.price <= ceiling)
    if ceiling is not None or len(prices) > 1:
        who = min(prices)

        def gain(asked):
            got = award(asked, pricing="second", **parts)
            return got.price - prices[who] if got.winner == who else 0

        assert gain(prices | {who: lie}) <= gain(prices) or (ceiling is None and len(prices) == 1)


def test_a_price_found_from_qualities_is_whole():
    assert award({"A": 40, "B": 60}, ceiling=100, pricing="second").price == 60
    assert award({"A": 40, "B": 60}, qualities={"A": 9, "B": 0}, worth=9, ceiling=100, pricing="second").price == 100
    found = award({"A": 10, "B": 20}, qualities={"A": 0.55, "B": 0.1}, worth=99, pricing="second")
    assert found.price == math.floor(99 * 0.55 - (99 * 0.1 - 20)) and isinstance(found.price, int)


BAD = [float("nan"), float("inf"), -1, True, "7"]


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_amount_is_refused_by_name(bad):
    for rule in (first_price, second_price, english, award):
        with pytest.raises(ValueError, match=rf"^{rule.__name__}: the (bid|stop|price) of Ann is .*at least 0"):
            rule({"Ann": bad})
    for rule in (uniform_price, pay_as_bid, vickrey_units):
        with pytest.raises(ValueError, match=f"^{rule.__name__}: the bid of Ann"):
            rule({"Ann": [3, bad]}, 2)
        with pytest.raises(ValueError, match=f"^{rule.__name__}: the number of units is {bad}"):
            rule({"Ann": 3}, bad)
    for call in (
        lambda: dutch({"Ann": 3}, bad), lambda: english({"Ann": 3}, step=bad), lambda: second_price({"Ann": 3}, bad),
        lambda: many([[bad, 2]]) if bad is not True else many([[1]], reserve=bad),
        lambda: award({"Ann": 3}, ceiling=bad),
        lambda: equilibrium_bid(0.5, 2, bad), lambda: expected_revenue(bad), lambda: optimal_reserve(bad),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"^[a-z_]+: "):
            call()


def test_a_market_that_nobody_enters():
    for sold in (first_price({}), second_price({"Ann": None}), english({}, step=1), dutch({}, 9), uniform_price({}, 3)):
        assert (sold.winner, sold.revenue, sold.price) == (None, 0, None)
    assert many(np.zeros((4, 0))).revenues.tolist() == [0] * 4
    assert award({"Ann": None}).winner is None
    with pytest.raises(ValueError, match="has no quality"):
        award({"Ann": 3}, worth=2)
