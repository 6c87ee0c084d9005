"""Pivots and bundles: truthful, nobody loses by taking part, and the best there is, against trying everything."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim.errors import SocietyError
from society_sim.rules.auctions import second_price
from society_sim.rules.combinatorial import Bid, allocate
from society_sim.rules.pivot import pivot, pivots, vcg_assignment

few = settings(max_examples=30)
lots = st.integers(0, 9)
ITEMS = "abcd"
bundles = st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3, unique=True).map("".join)
books = st.lists(st.builds(Bid, st.sampled_from("UVW"), bundles, st.integers(0, 9)), max_size=7)
languages = st.sampled_from(["xor", "or"])
methods = st.sampled_from(["table", "solver"])


def tables(rows, columns, low, high):
    return st.integers(1, columns).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(low, high), min_size=width, max_size=width), min_size=1, max_size=rows
        )
    )


def test_clarke_s_bridge():
    verdict = pivot([[30, 0], [-10, 0], [-12, 0]])
    assert (verdict.option, verdict.taxes, verdict.welfare) == (0, (22, 0, 0), 8)


@given(tables(5, 4, -9, 9), lots)
def test_a_pivot_takes_the_best_and_taxes_only_who_matters(values, lot):
    found, own = pivot(values, lot), np.array(values)
    sums = own.sum(0)
    assert found.welfare == sums.max() == sums[found.option]
    for member, tax in enumerate(found.taxes):
        others = sums - own[member]
        assert tax == others.max() - others[found.option] >= 0
        # nobody is worse off than if the others had decided without it
        assert own[member, found.option] - tax >= own[member, others == others.max()].min()


def test_no_lie_about_an_option_gains_on_a_thousand_profiles():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(1000, 4, 3))
    options, taxes = pivots(values)
    truth = values[np.arange(1000), 0, options] - taxes[:, 0]
    for _ in range(41):
        told = values.copy()
        told[:, 0] += rng.normal(scale=2, size=(1000, 3))
        lied, paid = pivots(told)
        assert (values[np.arange(1000), 0, lied] - paid[:, 0] - truth).max() <= 1e-9


def test_equal_options_are_drawn_fairly_whatever_is_said():
    taken = [pivot([[3, 3, 3, 1]], lot).option for lot in range(600)]
    assert all(150 < taken.count(option) < 250 for option in range(3))
    assert [pivot([[0.1 + 0.2, 0.3]], lot).option for lot in range(9)] == [
        pivot([[3, 3]], lot).option for lot in range(9)
    ]


@few
@given(tables(4, 3, 0, 9), lots, st.lists(st.integers(0, 9), min_size=3, max_size=3))
def test_vcg_assignments_are_best_truthful_and_envy_free(values, lot, lie):
    found, own = vcg_assignment(values, lot), np.array(values)
    rows, columns = own.shape
    spots = [*range(columns), *[None] * rows]
    most = max(sum(own[row, item] for row, item in enumerate(given) if item is not None)
               for given in permutations(spots, rows))  # fmt: skip
    gains = [own[row, item] - pay if item is not None else -pay
             for row, (item, pay) in enumerate(zip(found.items, found.pays, strict=True))]  # fmt: skip
    assert found.welfare == most and min(gains) >= 0 and min(found.pays) >= 0
    prices = {item: pay for item, pay in zip(found.items, found.pays, strict=True) if item is not None}
    for row in range(rows):  # nobody would rather have what another one has, at its price, or what nobody wanted
        assert all(own[row, item] - prices.get(item, 0) <= gains[row] for item in range(columns))
    told = vcg_assignment([lie[:columns], *values[1:]], lot)
    assert (own[0, told.items[0]] if told.items[0] is not None else 0) - told.pays[0] <= gains[0]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6))
def test_with_one_thing_it_is_the_second_price(bids):
    found = vcg_assignment([[bid] for bid in bids])
    assert (found.welfare, sum(found.pays)) == (max(bids), second_price(dict(enumerate(bids))).revenue)


def best_by_trying(bids, language):
    """The most that bids which fit together are worth."""
    most = 0
    for size in range(1, len(bids) + 1):
        for some in combinations(bids, size):
            items = "".join(bid.items for bid in some)
            owners = [bid.bidder for bid in some]
            if len(set(items)) == len(items) and (language == "or" or len(set(owners)) == len(owners)):
                most = max(most, sum(bid.value for bid in some))
    return most


@few
@given(books, languages, methods, lots)
def test_bundles_are_allocated_as_well_as_can_be(bids, language, method, lot):
    sold = allocate(bids, ITEMS, language=language, pricing="vcg", method=method, lot=lot)
    most = best_by_trying(bids, language)
    given = [item for items in sold.won.values() for item in items]
    assert sold.value == most == sum(bids[number].value for number in sold.bids)
    assert len(set(given)) == len(given) and set(sold.won) == set(sold.pays)
    for who, pays in sold.pays.items():
        own = sum(bids[number].value for number in sold.bids if bids[number].bidder == who)
        without = best_by_trying([bid for bid in bids if bid.bidder != who], language)
        assert pays == without - (most - own) and 0 <= pays <= own and isinstance(pays, int)
    asked = allocate(bids, ITEMS, language=language, method=method, lot=lot)
    assert (asked.bids, asked.won, asked.revenue) == (sold.bids, sold.won, most)


@few
@given(books, languages, lots, st.lists(st.integers(0, 9), min_size=7, max_size=7))
def test_no_lie_about_bundles_gains(bids, language, lot, lies):
    """As far as the language can say what bundles are worth: in it a bidder tells others of the same bundles."""

    def gain(told):
        sold = allocate(told, ITEMS, language=language, pricing="vcg", lot=lot)
        return sum(bids[number].value for number in sold.bids if bids[number].bidder == "U") - sold.pays.get("U", 0)

    told = [Bid("U", bid.items, lie) if bid.bidder == "U" else bid for bid, lie in zip(bids, lies, strict=False)]
    assert gain(told) <= gain(bids)


def test_ties_between_bundles_go_by_the_lot_s_order_and_by_that_of_bids():
    bids = [Bid(who, items, 1) for who in "UVW" for items in ("a", "b")]
    found = [allocate(bids, "ab", lot=lot) for lot in range(300)]
    left_out = [next(who for who in "UVW" if who not in one.won) for one in found]
    assert all(60 < left_out.count(who) < 140 for who in "UVW")
    assert all(sorted("".join(items) for items in one.won.values()) == ["a", "b"] for one in found)
    turned = [Bid(bid.bidder, bid.items, bid.value) for bid in sorted(bids, key=lambda bid: bid.bidder, reverse=True)]
    assert [allocate(turned, "ab", lot=lot).pays for lot in range(9)] == [one.pays for one in found[:9]]


def test_both_ways_agree_on_two_hundred_bids_for_twelve_items():
    rng = np.random.default_rng(5)
    items = [f"item {number}" for number in range(12)]
    bids = [Bid(int(rng.integers(40)), tuple(rng.permutation(items)[: rng.integers(1, 6)].tolist()),
                int(rng.integers(10**8, 10**9))) for _ in range(200)]  # fmt: skip
    told = [allocate(bids, items, method=method, pricing=pricing) for method, pricing in
            (("auto", "vcg"), ("solver", "bid"))]  # fmt: skip
    assert told[0].value == told[1].value and 0 < told[0].revenue <= told[0].value
    assert told[0].bids == told[1].bids  # no two allocations are worth the same here


def test_what_is_no_bid_on_a_bundle_is_refused():
    for bid, said in (
        (Bid("U", "a", float("nan")), "bid 0 of U is nan; it must be a finite number of at least 0"),
        (Bid("U", "a", -1), "at least 0"), (Bid("U", "z", 1), "'z', which is not for sale"),
        (Bid("U", "", 1), "no item"), (Bid("U", "aa", 1), "one twice"), (Bid("U", "a", 2**62), "2\\^62"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"^allocate: .*{said}"):
            allocate([bid], ITEMS)
    with pytest.raises(ValueError, match="'xxor' is none of xor, or"):
        allocate([], ITEMS, language="xxor")
    with pytest.raises(ValueError, match="each item is there once"):
        allocate([], "aa")
    with pytest.raises(ValueError, match="too large; take the solver"):
        allocate([], map(str, range(40)), method="table")
    assert allocate([], ITEMS).won == {}
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"^pivot: values must be finite"):
            pivot([[bad, 1]])
        with pytest.raises(ValueError, match=r"^vcg_assignment: values must be finite"):
            vcg_assignment([[bad, 1]])
    with pytest.raises(ValueError, match="at least 0"):
        vcg_assignment([[-1, 1]])
    for large in (1e300, 2**61):
        with pytest.raises(ValueError, match="pivot: 3 values may add up to more than"):
            pivot([[large], [1], [1]])
    with pytest.raises(ValueError, match="no option"):
        pivot(np.zeros((2, 0)))


def test_a_solver_that_may_not_look_far_says_so():
    rng = np.random.default_rng(2)
    items = [str(number) for number in range(20)]
    bids = [Bid(number, rng.permutation(items)[:4].tolist(), int(rng.integers(95, 100))) for number in range(80)]
    with pytest.raises(SocietyError, match="80 bids on 20 items are not settled after 1 nodes"):
        allocate(bids, items, nodes=1)
