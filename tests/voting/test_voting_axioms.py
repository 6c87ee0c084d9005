"""What each rule promises, as properties; and of what it does not promise, an example that breaks it."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from voting_oracles import RANKED, elect

from society_sim.rules.ballots import Ballots
from society_sim.rules.pairwise import condorcet_winner
from society_sim.rules.rulebook import RULEBOOK

OPTIONS = "ABCD"
ORDERS = ["".join(order) for order in permutations(OPTIONS)]
PROFILES = st.lists(st.sampled_from(ORDERS), min_size=1, max_size=9)
CONDORCET = ["condorcet", "copeland", "minimax", "schulze", "ranked_pairs"]
DECISIVE = [rule for rule in RANKED if rule != "condorcet"]
SCORING = ["plurality", "anti_plurality", "borda"]
MAJORITARIAN = ["plurality", "runoff", "instant_runoff", "bucklin", *CONDORCET]
few = settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@pytest.mark.parametrize("rule", RANKED)
@few
@given(data=st.data(), rows=PROFILES)
def test_anonymity_and_neutrality(rule, rows, data):
    won = elect(rule, rows, OPTIONS)
    assert elect(rule, data.draw(st.permutations(rows)), OPTIONS) == won
    names = dict(zip(OPTIONS, data.draw(st.permutations(OPTIONS)), strict=True))
    renamed = ["".join(names[one] for one in row) for row in rows]
    assert elect(rule, renamed, OPTIONS) == "".join(sorted(names[one] for one in won))


@pytest.mark.parametrize("rule", RANKED)
@few
@given(rows=PROFILES, order=st.permutations(OPTIONS))
def test_an_order_picks_one_of_those_who_may_win(rule, rows, order):
    free, one = elect(rule, rows, OPTIONS), elect(rule, rows, OPTIONS, order)
    assert len(one) == bool(free)
    assert set(one) <= set(free)


@pytest.mark.parametrize("rule", RANKED)
@few
@given(counts=st.lists(st.integers(1, 4), min_size=1, max_size=4), rows=PROFILES)
def test_a_weight_is_so_many_ballots(rule, counts, rows):
    rows = rows[: len(counts)]
    many = [row for row, count in zip(rows, counts, strict=False) for _ in range(count)]
    assert elect(rule, rows, OPTIONS, weights=counts[: len(rows)]) == elect(rule, many, OPTIONS)


@pytest.mark.parametrize("rule", DECISIVE)
@few
@given(rows=PROFILES)
def test_unanimity(rule, rows):
    first = rows[0][0]
    same = [first + row.replace(first, "") for row in rows]
    if rule == "anti_plurality":  # it sees last places alone, and several options may have none
        assert first in elect(rule, same, OPTIONS)
    else:
        assert elect(rule, same, OPTIONS) == first


@pytest.mark.parametrize("rule", [rule for rule in DECISIVE if rule not in ("anti_plurality", "bucklin")])
@few
@given(rows=PROFILES)
def test_pareto(rule, rows):
    won = elect(rule, rows, OPTIONS)
    assert not any(all(row.index(other) < row.index(one) for row in rows) for one in won for other in OPTIONS)


@pytest.mark.parametrize("rule", MAJORITARIAN)
@few
@given(rows=PROFILES)
def test_majority(rule, rows):
    firsts = [row[0] for row in rows]
    top = max(OPTIONS, key=firsts.count)
    assume(firsts.count(top) * 2 > len(rows))
    assert elect(rule, rows, OPTIONS) == top


@pytest.mark.parametrize("rule", CONDORCET)
@few
@given(rows=PROFILES)
def test_condorcet_consistency(rule, rows):
    winner = condorcet_winner(Ballots.of(rows, OPTIONS))
    assume(winner is not None)
    assert elect(rule, rows, OPTIONS) == winner


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["plurality", "anti_plurality", "borda", "bucklin", *CONDORCET])
@few
@given(data=st.data(), rows=PROFILES)
def test_monotonicity(rule, rows, data):
    won = elect(rule, rows, OPTIONS)
    assume(won)
    one = data.draw(st.sampled_from(won))
    at = data.draw(st.integers(0, len(rows) - 1))
    place = rows[at].index(one)
    assume(place)
    up = rows[at][: place - 1] + one + rows[at][place - 1] + rows[at][place + 1 :]
    assert one in elect(rule, [*rows[:at], up, *rows[at + 1 :]], OPTIONS)


@pytest.mark.parametrize("rule", SCORING)
@few
@given(here=PROFILES, there=PROFILES)
def test_reinforcement(rule, here, there):
    both = set(elect(rule, here, OPTIONS)) & set(elect(rule, there, OPTIONS))
    assume(both)
    assert set(elect(rule, [*here, *there], OPTIONS)) == both


@pytest.mark.parametrize("rule", SCORING)
@few
@given(rows=PROFILES, more=st.sampled_from(ORDERS))
def test_participation(rule, rows, more):
    before, after = elect(rule, rows, OPTIONS, more), elect(rule, [*rows, more], OPTIONS, more)
    assert more.index(after) <= more.index(before)


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["instant_runoff", "schulze", "ranked_pairs"])
@few
@given(rows=st.lists(st.sampled_from(["".join(order) for order in permutations("ABC")]), min_size=1, max_size=9),
       data=st.data())  # fmt: skip
def test_clones_change_nothing(rule, rows, data):
    cloned = [row.replace("A", data.draw(st.sampled_from(["AX", "XA"]))) for row in rows]
    won = {"A" if one == "X" else one for one in elect(rule, cloned, "ABCX")}
    if rule == "ranked_pairs":  # with equal margins a clone may change which ways there are (Tideman 1987)
        assume(_distinct(Ballots.of(rows, "ABC")))
    assert won == set(elect(rule, rows, "ABC"))


def _distinct(ballots):
    from society_sim.rules.pairwise import margins

    sizes = np.abs(margins(ballots))[np.triu_indices(len(ballots.options), 1)]
    return len(set(sizes.tolist())) == len(sizes) and 0 not in sizes


def test_borda_does_not_heed_majorities_nor_clones():
    rows = ["ABC"] * 3 + ["BCA"] * 2
    assert elect("borda", rows) == "B"
    assert elect("plurality", rows) == "A"
    assert elect("borda", ["AB"] * 3 + ["BA"] * 2, "AB") == "A"
    assert elect("borda", ["ABC"] * 3 + ["BCA"] * 2, "ABC") == "B"  # C is B's clone


def test_plurality_can_elect_who_loses_to_everybody():
    rows = ["ABC"] * 4 + ["BCA"] * 3 + ["CBA"] * 2
    assert elect("plurality", rows) == "A"
    assert condorcet_winner(Ballots.of(rows, "ABC")) == "B"
    assert elect("anti_plurality", rows) == "B"


@pytest.mark.parametrize("rule", ["runoff", "instant_runoff"])
def test_runoffs_are_not_monotone(rule):
    before = ["ABC"] * 6 + ["CAB"] * 5 + ["BCA"] * 4 + ["BAC"] * 2
    after = ["ABC"] * 8 + ["CAB"] * 5 + ["BCA"] * 4  # two raise A
    assert elect(rule, before) == "A"
    assert elect(rule, after) == "C"


def test_runoffs_miss_who_beats_everybody():
    rows = ["ABC"] * 4 + ["CBA"] * 4 + ["BAC"] * 3
    assert condorcet_winner(Ballots.of(rows, "ABC")) == "B"
    assert elect("instant_runoff", rows) != "B"


@pytest.mark.parametrize("rule", ["instant_runoff", "copeland", "minimax", "schulze", "ranked_pairs"])
def test_who_need_not_reinforce_really_does_not(rule):
    found = 0
    rng = np.random.default_rng(8)
    names = ["".join(order) for order in permutations("ABC")]
    for _ in range(3000):
        here, there = ([names[at] for at in rng.integers(0, 6, size=rng.integers(3, 12))] for _ in range(2))
        both = set(elect(rule, here)) & set(elect(rule, there))
        if both and set(elect(rule, here + there)) != both:
            found += 1
            break
    assert found


def test_bucklin_and_condorcet_can_disagree():
    rows = ["ABC"] * 5 + ["CBA"] * 4 + ["BCA"] * 2
    assert elect("bucklin", rows) == "B"
    rows = ["ABCD"] * 3 + ["CBDA"] * 1 + ["DBAC"] * 1
    assert elect("bucklin", rows, OPTIONS) == "A"


@few
@given(rows=PROFILES)
def test_rounds_and_scores_tell_the_same_story(rows):
    for rule in ("runoff", "instant_runoff", "bucklin"):
        found = RULEBOOK[rule].count(Ballots.of(rows, OPTIONS), OPTIONS)
        assert all(sum(counts.values()) >= len(rows) - 1e-9 for counts in found.rounds)
        assert max(found.scores.values()) == found.scores[found.winners[0]]
