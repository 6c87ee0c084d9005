"""What plurality promises."""

from __future__ import annotations

import random
from collections import Counter
from math import comb, exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim.rules.plurality import plurality, weighted_plurality
from society_sim.rules.weights import log_odds

BALLOTS = st.lists(st.one_of(st.none(), st.sampled_from("ABCDE")), max_size=12)
LOTS = st.integers(0, 2**63 - 1)


@given(BALLOTS, LOTS, st.randoms(use_true_random=False))
def test_the_order_of_ballots_does_not_matter(ballots, lot, luck):
    other = ballots[:]
    luck.shuffle(other)
    assert plurality(ballots, lot) == plurality(other, lot)


@given(BALLOTS, LOTS)
def test_a_most_frequent_option_wins_and_abstentions_do_not_count(ballots, lot):
    tally = Counter(ballot for ballot in ballots if ballot is not None)
    winner = plurality(ballots, lot)
    assert winner is None if not tally else tally[winner] == max(tally.values())
    assert winner == plurality([ballot for ballot in ballots if ballot is not None], lot)


@given(BALLOTS, LOTS)
def test_one_more_ballot_for_the_winner_keeps_it(ballots, lot):
    winner = plurality(ballots, lot)
    if winner is not None:
        assert plurality([*ballots, winner], lot) == winner


@given(BALLOTS, LOTS)
def test_names_of_options_matter_in_ties_only(ballots, lot):
    names = dict(zip("ABCDE", "DEABC", strict=True))
    tally = Counter(ballot for ballot in ballots if ballot is not None)
    if list(tally.values()).count(max(tally.values(), default=0)) == 1:
        renamed = plurality([ballot and names[ballot] for ballot in ballots], lot)
        assert renamed == names[plurality(ballots, lot)]


def test_ties_are_fair_in_lot_order_and_name():
    wins = Counter(plurality(["A", "C", "B", None], lot) for lot in range(6000))
    assert all(1800 < wins[option] < 2200 for option in "ABC")
    halves = Counter(plurality(["B", "A"], lot) for lot in range(6000))
    assert 2800 < halves["A"] < 3200


def test_an_even_jury_with_fair_ties_is_as_good_as_one_juror_less():
    luck, n, p, trials = random.Random(2), 10, 0.6, 6000
    right = sum(plurality(["A" if luck.random() < p else "B" for _ in range(n)], lot) == "A" for lot in range(trials))
    expected = sum(comb(9, k) * p**k * (1 - p) ** (9 - k) for k in range(5, 10))
    assert right / trials == pytest.approx(expected, abs=0.0188)  # 3.29 standard errors


@given(BALLOTS, LOTS)
def test_equal_weights_are_plurality(ballots, lot):
    assert plurality(ballots, lot) is None or weighted_plurality([(b, 1.0) for b in ballots], lot) is not None
    tally = Counter(ballot for ballot in ballots if ballot is not None)
    if list(tally.values()).count(max(tally.values(), default=0)) == 1:
        assert weighted_plurality([(b, 0.1) for b in ballots], lot) == plurality(ballots, lot)


def test_sums_that_differ_by_rounding_are_a_tie():
    ballots = [("A", 0.1), ("A", 0.2), ("B", 0.3)]
    assert {weighted_plurality(ballots, lot) for lot in range(40)} == {"A", "B"}


def test_log_odds_beat_a_simple_majority():
    """Accuracies .9 .9 .6 .6 .6: simple majority .87696, log odds .92664 (Shapley and Grofman 1984)."""
    ps = (0.9, 0.9, 0.6, 0.6, 0.6)
    weights = [log_odds(round(p * 10**6), 10**6) for p in ps]
    total = {"simple": 0.0, "weighted": 0.0}
    for case in range(32):
        right = [bool(case >> i & 1) for i in range(5)]
        chance = 1.0
        for p, is_right in zip(ps, right, strict=True):
            chance *= p if is_right else 1 - p
        ballots = ["A" if is_right else "B" for is_right in right]
        total["simple"] += chance * (plurality(ballots) == "A")
        total["weighted"] += chance * (weighted_plurality(zip(ballots, weights, strict=True)) == "A")
    assert total["simple"] == pytest.approx(0.87696, abs=1e-5)
    assert total["weighted"] == pytest.approx(0.92664, abs=1e-5)


def test_weights_have_bounds():
    assert exp(log_odds(0, 0)) == 1
    for bad in ((2, 1, 2), (-1, 1, 2), (0, 1, 1)):
        with pytest.raises(ValueError, match="no weight"):
            log_odds(*bad)
    with pytest.raises(ValueError, match="finite"):
        weighted_plurality([("A", float("nan"))])
    assert weighted_plurality([("A", -1.0), ("B", -2.0), (None, 9.0)]) == "A"
    assert weighted_plurality([]) is None
