"""Coalitions, power, portfolios, ballots and bargains, against published values and against counting by hand."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim import ScenarioError
from society_sim.rules.bargaining import baron_ferejohn, concession, rubinstein
from society_sim.rules.coalitions import connected, kind, likeness, minimal_winning, narrowest, smallest
from society_sim.rules.investiture import RULES, checked, in_words, passes, read_words
from society_sim.rules.portfolios import gamson
from society_sim.rules.power import banzhaf, shapley_shubik, swings

BUNDESTAG_2005 = (226, 222, 61, 54, 51)  # CDU/CSU, SPD, FDP, Left, Greens
EEC_1973 = (10, 10, 10, 10, 5, 5, 3, 3, 2)
COUNCIL = (7,) * 5 + (1,) * 10
seats = st.lists(st.integers(1, 40), min_size=1, max_size=7)


def test_bundestag_2005():
    assert len(minimal_winning(BUNDESTAG_2005, 308)) == 7
    assert smallest(BUNDESTAG_2005, 308) == [(1, 3, 4)]
    assert connected(BUNDESTAG_2005, 308, (3, 4, 1, 0, 2)) == [(0, 1), (1, 3, 4)]
    assert sum(BUNDESTAG_2005[i] for i in (1, 3, 4)) == 327


def test_power_of_the_council_of_ministers_and_of_the_security_council():
    assert shapley_shubik(EEC_1973, 41)[::4] == [F(5, 28), F(17, 210), F(1, 105)]
    assert banzhaf(EEC_1973, 41)[0] == F(53, 317)
    assert banzhaf(EEC_1973, 41)[-3:] == [F(21, 317), F(21, 317), F(5, 317)]
    assert [round(float(x), 6) for x in shapley_shubik(COUNCIL, 39)[::14]] == [0.19627, 0.001865]
    assert swings(COUNCIL, 39)[::14] == [848, 84]
    assert banzhaf(COUNCIL, 39)[::14] == [F(106, 635), F(21, 1270)]


def test_power_is_not_seats():
    assert shapley_shubik((50, 49, 1), 51) == [F(2, 3), F(1, 6), F(1, 6)]
    assert shapley_shubik((9, 9, 7, 3, 1, 1), 16) == [F(1, 3)] * 3 + [0] * 3


@given(seats, st.data())
def test_minimal_winning_is_what_counting_finds(own, data):
    quota = data.draw(st.integers(1, sum(own) + 1))
    found = [
        c for size in range(1, len(own) + 1) for c in combinations(range(len(own)), size)
        if sum(own[i] for i in c) >= quota and all(sum(own[j] for j in c if j != i) < quota for i in c)
    ]  # fmt: skip
    assert minimal_winning(own, quota) == found
    least = min((sum(own[i] for i in c) for c in found), default=0)
    assert smallest(own, quota) == [c for c in found if sum(own[i] for i in c) == least]


@given(seats)
def test_connected_coalitions_win_and_neither_end_can_go(own):
    quota = sum(own) // 2 + 1
    for members in connected(own, quota, range(len(own))):
        won = sum(own[i] for i in members)
        assert won >= quota > max(won - own[members[0]], won - own[members[-1]])
        assert list(members) == list(range(members[0], members[-1] + 1))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.data())
def test_shapley_shubik_sums_to_one_and_follows_seats(own, data):
    quota = data.draw(st.integers(1, sum(own)))
    power = shapley_shubik(own, quota)
    assert sum(power) == 1
    assert all(power[i] >= power[j] for i in range(len(own)) for j in range(len(own)) if own[i] > own[j])


def test_a_party_without_a_place_is_in_no_narrow_coalition():
    assert narrowest((4, 4, 4), 7, (1.0, None, 9.0)) == [(0, 2)]
    assert narrowest((40, 30, 30), 51, (1.0, 5.0, 6.0)) == [(1, 2)]


def test_kinds_of_government():
    assert kind((0, 1, 2), (40, 30, 30), 51) == "surplus"
    assert kind((1, 2), (40, 30, 30), 51) == "minimal winning"
    assert kind((0,), (40, 30, 30), 51) == "minority"
    assert kind((0,), (60, 20, 20), 51) == "single-party majority"
    assert likeness([], []) == 0


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 300), min_size=1), st.integers(0, 40))
def test_gamson_gives_all_posts_within_one_of_the_share(own, posts):
    given_ = gamson(own, posts)
    assert sum(given_.values()) == posts
    assert all(abs(given_[name] - posts * own[name] / sum(own.values())) < 1 for name in own)


@given(st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=3))
def test_ballots_in_words_and_back(ballots):
    assert read_words(in_words(ballots)) == tuple(ballots)


def test_ballots_at_their_edges():
    assert not passes("absolute", 50, 0, 100)
    assert passes("absolute", 51, 49, 100)
    assert not passes("simple", 10, 10, 100)
    assert not passes("negative", 49, 51, 100)
    with pytest.raises(ScenarioError, match="did you mean 'absolute'"):
        checked("absolut")
    with pytest.raises(ScenarioError, match="at least one"):
        checked([])


def test_bargaining_solutions():
    assert [round(rubinstein(d, d), 5) for d in (0.8, 0.9, 0.95)] == [0.55556, 0.52632, 0.51282]
    assert round(rubinstein(0.9, 0.8), 5) == 0.71429
    assert [round(x, 4) for x in baron_ferejohn(11, 0.8)[:2]] == [0.6364, 0.0727]
    for bad in (lambda: rubinstein(1, 0.5), lambda: baron_ferejohn(4, 0.9), lambda: concession(1, 0, 1)):
        with pytest.raises(ValueError):
            bad()


@pytest.mark.parametrize(
    ("buyer", "seller", "when", "price"),
    [(1, 1, 16, 50.0), (0.2, 0.2, 19, 53.5731), (5, 5, 7, 51.3632), (0.2, 5, 19, 40.6124)],
)
def test_two_sides_that_concede_in_time_meet_where_faratin_says(buyer, seller, when, price):
    last = 20

    def buys(t):
        return 10 + 50 * concession(t, last, buyer)

    def sells(t):
        return 100 - 60 * concession(t, last, seller)

    for t in range(last + 1):  # the buyer offers when t is even, and each takes what its own next offer would give
        offer, mine = (buys(t), sells(t + 1)) if t % 2 == 0 else (sells(t), buys(t + 1))
        if (offer >= mine) if t % 2 == 0 else (offer <= mine):
            break
    assert (t, round(offer, 4)) == (when, price)
