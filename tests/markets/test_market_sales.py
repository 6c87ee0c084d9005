"""Goods that are sold: sealed bids, clocks, posted prices, bundles; and a project that all would have or none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_helpers import conserved, goods, held, kinds

from society_sim import ScenarioError
from society_sim.accounts import MICRO
from society_sim.measures.markets import cost_per_right, efficiency, revenue, welfare
from society_sim.rules import valuations
from society_sim.rules.auction_theory import equilibrium_bid
from society_sim.rules.auctions import dutch, english

whole = st.integers(0, 100)


def only(result):
    [outcome] = result.outcomes
    return outcome


# --- sealed bids ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "pays"),
    [({}, {"0": 50}), ({"pays": "own"}, {"0": 70}), ({"reserve": 60}, {"0": 60}), ({"reserve": 80}, {}),
     ({"units": 2}, {"0": 40, "1": 40}), ({"units": 2, "pays": "own"}, {"0": 70, "1": 50})],
)  # fmt: skip
def test_sealed_bids_win_and_pay_as_they_should(parameters, pays):
    outcome = only(held({"sealed_bid": parameters}, goods(70, 50, 40), 3))
    assert outcome["pays"] == pays and outcome["revenue"] == sum(pays.values())
    assert outcome["decision"] == ("Member 0" if len(pays) == 1 else None)


def test_bidders_shade_their_values_where_they_pay_their_own_bids():
    result = held({"sealed_bid": {"pays": "own", "units": 2, "reserve": 10}}, goods(90, 40, 5), 3, "equilibrium")
    said = {entry["member"]: entry["value"] for entry in kinds(result, "answer")}
    assert said[0] == pytest.approx(100 * equilibrium_bid(0.9, 3, 0.1, 2))
    assert said[2] == 5 and only(result)["gets"] == {"0": 1, "1": 1}


def test_a_bid_above_the_purse_is_declined_and_the_next_one_wins():
    result = held("sealed_bid", goods(70, 50, 40), 3, money={"purse": 60})
    assert only(result)["pays"] == {"1": 40}
    [declined] = kinds(result, "declined")
    assert (declined["source"], declined["rule"]) == (0, "covered")
    assert conserved(result) == {"0": 60 * MICRO, "1": 20 * MICRO, "2": 60 * MICRO, "treasury": 40 * MICRO}


# --- clocks -----------------------------------------------------------------------------------------------------------


@settings(max_examples=12)
@given(st.lists(whole, min_size=1, max_size=5, unique=True), st.sampled_from([0, 20, 55]), st.sampled_from([7, 10, 25]))
def test_a_clock_comes_out_as_its_rule(values, reserve, step):
    clock = {"step": step, "reserve": reserve}
    found = only(held({"clock_auction": clock}, goods(*values), len(values)))
    sale = english(dict(enumerate(values)), reserve, step)
    assert found["price"] == sale.price and len(found["gets"]) == len(sale.units)
    if not sale.ties:
        assert list(found["gets"]) == [str(seat) for seat in sale.winners]
    found = only(held({"clock_auction": {"kind": "dutch", **clock}}, goods(*values), len(values)))
    sale = dutch(dict(enumerate(values)), 100, reserve, step)
    assert found["price"] == sale.price
    if not sale.ties:
        assert list(found["gets"]) == [str(seat) for seat in sale.winners]


def test_the_clock_moves_while_members_think():
    slow = {"clock_auction": {"kind": "dutch", "step": 10, "patience": 0.5}}
    outcome = only(held(slow, goods(90, 20), 2))  # thinking takes 1: who takes 80 gets it at 70
    assert (outcome["decision"], outcome["price"], outcome["t"]) == ("Member 0", 70, 2)
    late = only(held({"clock_auction": {"step": 10, "patience": 0.5}}, goods(90, 20), 2))
    assert late["decision"] is None  # on a rising clock who is late is out
    paced = held({"clock_auction": {"kind": "dutch", "step": 10}}, goods(90, 90, 90, 90), 4, pace="lognormal")
    first = min((entry for entry in kinds(paced, "answer") if entry["value"] == "take"), key=lambda entry: entry["t"])
    assert list(only(paced)["gets"]) == [str(first["member"])]
    *_, last = kinds(paced, "clock")
    assert last["price"] == only(paced)["price"] == 90


def test_whoever_cannot_pay_is_out():
    outcome = only(held({"clock_auction": {"step": 10}}, goods(90, 60), 2, money={"purse": 35}))
    assert outcome["price"] == 30 and outcome["revenue"] == 30  # both would go on, and neither can


# --- posted prices ----------------------------------------------------------------------------------------------------


def test_a_posted_price_sells_until_all_is_sold():
    result = held({"posted_price": {"price": 45, "units": 2, "order": "seats"}}, goods(50, 40, 70, 90), 4)
    outcome = only(result)
    assert (outcome["gets"], outcome["sold"], outcome["left"], outcome["asked"]) == ({"0": 1, "2": 1}, 2, 0, 3)
    assert (outcome["welfare"], outcome["optimum"]) == (120, 160)
    assert only(held({"posted_price": {"price": 95}}, goods(50, 40), 2))["decision"] is None


# --- bundles ----------------------------------------------------------------------------------------------------------


def test_bundles_go_to_whom_they_are_worth_most_and_winners_pay_what_others_lose():
    values = [{"a + b": 100}, {"a": 60, "b": 20, "a + b": 80}, {"b": 50, "a + b": 50}]
    task = {"bundles": {"items": ["a", "b"], "values": values}}
    outcome = only(held("combinatorial_auction", task, 3))
    assert outcome["gets"] == {"1": "a", "2": "b"} and outcome["pays"] == {"1": 50, "2": 40}
    assert outcome["welfare"] == outcome["optimum"] == 110
    own = only(held({"combinatorial_auction": {"pays": "own"}}, task, 3))
    assert own["pays"] == {"1": 60, "2": 50}
    kept = only(held({"combinatorial_auction": {"reserve": 55}}, task, 3))
    assert kept["gets"] == {"1": "a"} and kept["pays"] == {"1": 55}  # b is worth more to the seller


@pytest.mark.parametrize("together", ["additive", "complements", "substitutes"])
def test_truthful_bids_for_bundles_are_efficient(together):
    result = held("combinatorial_auction", {"bundles": {"together": together, "rounds": 4}}, 4, measures=["efficiency"])
    assert result.measures["efficiency"] == pytest.approx(1)
    for outcome in result.outcomes:
        assert 0 <= outcome["revenue"] <= outcome["welfare"]


@given(st.lists(whole, min_size=3, max_size=3), st.floats(0, 1))
def test_what_bundles_are_worth(values, much):
    own = dict(zip("abc", map(float, values), strict=True))
    pair, third = {one: own[one] for one in "ab"}, {one: own[one] for one in "bc"}
    more = valuations.worth(own, "substitutes", much) - valuations.worth(pair, "substitutes", much)
    fewer = valuations.worth(third, "substitutes", much) - valuations.worth({"b": own["b"]}, "substitutes", much)
    assert -1e-9 <= more <= fewer + 1e-9 <= own["c"] + 1e-6  # the more one has, the less another thing adds
    assert valuations.worth(own, "complements", much) >= sum(values) - 1e-9


# --- a project --------------------------------------------------------------------------------------------------------


def test_a_project_is_built_if_it_is_worth_it_and_whoever_turns_it_pays():
    result = held("public_project", {"project": {"values": [30, -10, -12]}}, 3, money={"purse": 40})
    assert (only(result)["decision"], only(result)["pays"], only(result)["pivotal"]) == ("build", {"0": 22}, [0])
    assert conserved(result)["treasury"] == 22 * MICRO
    left = only(held("public_project", {"project": {"values": [5, -10, -12]}}, 3))
    assert (left["decision"], left["pays"], left["optimum"]) == ("leave", {}, 0)
    poor = held("public_project", {"project": {"values": [30, -10, -12]}}, 3, money={"purse": 20})
    assert only(poor)["decision"] == "leave" and kinds(poor, "declined")[0]["source"] == 0


# --- measures, and what is refused ------------------------------------------------------------------------------------


def test_measures_of_markets():
    result = held("sealed_bid", {"goods": {"rounds": 3}}, 4)
    assert efficiency(result.record) == 1
    assert welfare(result.record) == pytest.approx(sum(one["welfare"] for one in result.outcomes) / 3)
    assert revenue(result.record) == pytest.approx(sum(one["revenue"] for one in result.outcomes) / 3)
    assert cost_per_right(result.record) != cost_per_right(result.record)  # nothing here is right or wrong


@pytest.mark.parametrize(
    ("mechanism", "task"),
    [
        ({"sealed_bid": {"units": 0}}, "goods"), ({"sealed_bid": {"reserve": -1}}, "goods"),
        ("sealed_bid", "opinions"), ("sealed_bid", goods(1)), ("clock_auction", "opinions"),
        ({"clock_auction": {"step": 0}}, "goods"), ({"clock_auction": {"patience": -1}}, "goods"),
        ({"clock_auction": {"kind": "dutch", "start": 5, "reserve": 10}}, "goods"),
        ({"posted_price": {"price": -1}}, "goods"), ("combinatorial_auction", "goods"),
        ({"combinatorial_auction": {"reserve": -1}}, "bundles"), ("public_project", "goods"),
        ("combinatorial_auction", {"bundles": {"values": [{"a": 1}]}}),
        ("sealed_bid", goods(500)), ("combinatorial_auction", {"bundles": {"items": ["a", "A"]}}),
        ("combinatorial_auction", {"bundles": {"items": ["a+b"]}}),
        ("public_project", {"project": {"low": 1, "high": 0}}),
        ("combinatorial_auction", {"bundles": {"values": [{"b + a": 1}]}}),
    ],
)  # fmt: skip
def test_what_makes_no_market_is_refused(mechanism, task):
    with pytest.raises(ScenarioError):
        held(mechanism, task, 2)

