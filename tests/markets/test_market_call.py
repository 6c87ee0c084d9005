"""The call market against a search of all prices, and McAfee's auction against every untruth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim.rules.call_market import Limit, call, trade_reduction

ORDERS = st.lists(st.builds(Limit, st.just("x"), st.integers(1, 12), st.integers(1, 4)), max_size=6)
UNITS = st.lists(st.integers(0, 12), min_size=1, max_size=5)


def at(bids, asks, price):
    return sum(b.quantity for b in bids if b.price >= price), sum(a.quantity for a in asks if a.price <= price)


@given(ORDERS, ORDERS, st.sampled_from((0.0, 0.3, 0.5, 1.0)))
def test_a_call_trades_the_most_there_is_at_one_price_that_clears(bids, asks, k):
    told = call(bids, asks, k=k)
    most = max((min(at(bids, asks, price)) for price in range(14)), default=0)
    assert told.quantity == most == sum(told.bought) == sum(told.sold)
    if not most:
        assert told.pays is None and told.kept == 0
        return
    clearing = [price for price in range(14) if min(at(bids, asks, price)) == most
                and sum(b.quantity for b in bids if b.price > price) <= most
                and sum(a.quantity for a in asks if a.price < price) <= most]  # fmt: skip
    assert (told.low, told.high) == (clearing[0], clearing[-1])
    assert told.pays == told.gets == told.low + int(k * (told.high - told.low))
    for orders, filled, better in ((bids, told.bought, 1), (asks, told.sold, -1)):
        for order, given_ in zip(orders, filled, strict=True):
            assert 0 <= given_ <= order.quantity
            if given_:
                assert better * (order.price - told.pays) >= 0
            if better * (order.price - told.pays) > 0:
                assert given_ == order.quantity
        served = sorted(range(len(orders)), key=lambda i: (-better * orders[i].price, i))
        short = [i for i in served if filled[i] < orders[i].quantity]
        if short:  # nobody behind the first who has not got all gets anything
            assert not any(filled[i] for i in served[served.index(short[0]) + 1 :])


@given(UNITS, UNITS)
def test_mcafee_rewards_no_untruth_and_runs_no_deficit(values, costs):
    def gain(bids, asks, who, buyer):
        told = trade_reduction([Limit(i, p) for i, p in enumerate(bids)], [Limit(i, p) for i, p in enumerate(asks)])
        assert told.kept >= 0 and sum(told.bought) == sum(told.sold) == told.quantity
        if buyer:
            return told.bought[who] * (values[who] - (told.pays or 0))
        return told.sold[who] * ((told.gets or 0) - costs[who])

    best = call([Limit(i, p) for i, p in enumerate(values)], [Limit(i, p) for i, p in enumerate(costs)])
    truth = trade_reduction([Limit(i, p) for i, p in enumerate(values)], [Limit(i, p) for i, p in enumerate(costs)])
    assert best.quantity - 1 <= truth.quantity <= best.quantity
    for lie in range(14):
        for who in range(len(values)):
            told = gain([*values[:who], lie, *values[who + 1 :]], costs, who, True)
            assert told <= gain(values, costs, who, True)
        for who in range(len(costs)):
            told = gain(values, [*costs[:who], lie, *costs[who + 1 :]], who, False)
            assert told <= gain(values, costs, who, False)


def test_the_k_auction_is_no_place_for_the_truth():
    """With k = 1 the last buyer sets the price: he pays less by bidding less (Chatterjee and Samuelson 1983)."""
    asks = [Limit("s", 2)]
    assert call([Limit("b", 9)], asks, k=1).pays == 9 > call([Limit("b", 3)], asks, k=1).pays


def test_orders_are_whole():
    for wrong in (Limit("a", 1.5), Limit("a", 2, 0)):
        with pytest.raises(ValueError, match="whole ticks"):
            call([wrong], [])
    with pytest.raises(ValueError, match="k is from 0 to 1"):
        call([], [], k=2)
