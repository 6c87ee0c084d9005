"""Textbook elections, exact probabilities, and shares of manipulable profiles."""

from __future__ import annotations

from collections import Counter
from itertools import permutations, product
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voting_oracles import elect

from society_sim.rules.ballots import Ballots, Ratings
from society_sim.rules.elimination import instant_runoff
from society_sim.rules.numbers import mean, median
from society_sim.rules.pairwise import condorcet_winner
from society_sim.rules.positional import borda
from society_sim.rules.rulebook import RULEBOOK

MALKEVITCH = ["ADECB"] * 18 + ["BEDCA"] * 12 + ["CBEDA"] * 10 + ["DCEBA"] * 9 + ["EBDCA"] * 4 + ["ECDBA"] * 2


@pytest.mark.parametrize(("rule", "winner"), [
    ("plurality", "A"), ("runoff", "B"), ("instant_runoff", "C"), ("borda", "D"), ("condorcet", "E"), ("copeland", "E"),
    ("minimax", "E"), ("schulze", "E"), ("ranked_pairs", "E"),
])  # fmt: skip
def test_five_rules_five_winners(rule, winner):
    assert elect(rule, MALKEVITCH, "ABCDE") == winner


def test_malkevitch_in_numbers():
    ballots = Ballots.of(MALKEVITCH, "ABCDE")
    scores = borda(ballots).scores
    assert (scores["D"], scores["E"]) == (136, 134)
    found = RULEBOOK["instant_runoff"].count(ballots, None)
    assert [min(counts, key=counts.get) for counts in found.rounds] == ["E", "D", "B"]
    vetoes = {option: sum(row.endswith(option) for row in MALKEVITCH) for option in "ABCDE"}
    assert elect("anti_plurality", MALKEVITCH, "ABCDE") == "".join(
        option for option in "ABCDE" if vetoes[option] == min(vetoes.values())
    ) == "CDE"


ORDERS = list(permutations("ABC"))


@pytest.mark.parametrize(("n", "share"), [(3, 1 / 18), (5, 5 / 72), (7, 0.07502), (11, 0.07981)])
def test_condorcet_paradox_under_impartial_culture(n, share):
    found = 0
    for counts in product(range(n + 1), repeat=5):
        if (rest := n - sum(counts)) >= 0:
            weights = [*counts, rest]
            if _no_winner(weights):
                ways = factorial(n)
                for own in weights:
                    ways //= factorial(own)
                found += ways
    assert found / 6**n == pytest.approx(share, abs=5e-6)


def _no_winner(weights):
    for one in "ABC":
        if all(sum(w for w, o in zip(weights, ORDERS, strict=True) if o.index(one) < o.index(other)) * 2 > sum(weights)
               for other in "ABC" if other != one):  # fmt: skip
            return False
    return True


@given(st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(lambda w: sum(w) % 2))
def test_condorcet_winner_is_what_the_enumeration_says(weights):
    assert (condorcet_winner(Ballots.of(ORDERS, "ABC", weights)) is None) == _no_winner(weights)


@pytest.mark.parametrize(("rule", "three"), [("plurality", 36), ("borda", 51), ("instant_runoff", 24),
                                             ("copeland", 24)])  # fmt: skip
def test_manipulable_profiles_of_three(rule, three):
    assert manipulable(rule, 3) == three


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "five"), [("plurality", 1800), ("borda", 2220), ("instant_runoff", 720),
                                            ("copeland", 1080)])  # fmt: skip
def test_manipulable_profiles_of_five(rule, five):
    assert manipulable(rule, 5) == five


def manipulable(rule, n):
    """How many profiles of *n* voters let somebody gain by another ranking, ties going by the alphabet."""
    won = {}
    for counts in product(range(n + 1), repeat=6):
        if sum(counts) == n:
            rows = [order for order, own in zip(ORDERS, counts, strict=True) for _ in range(own)]
            won[counts] = elect(rule, rows, "ABC", order="ABC")
    found = 0
    for counts, winner in won.items():
        if any(own and any(order.index(won[_moved(counts, at, to)]) < order.index(winner) for to in range(6))
               for at, (order, own) in enumerate(zip(ORDERS, counts, strict=True))):  # fmt: skip
            ways = factorial(n)
            for own in counts:
                ways //= factorial(own)
            found += ways
    return found


def _moved(counts, at, to):
    other = list(counts)
    other[at] -= 1
    other[to] += 1
    return tuple(other)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0, 1), st.integers(0, 7))
def test_nobody_gains_by_misreporting_to_the_median(peaks, lie, who):
    who %= len(peaks)
    told = [*peaks[:who], lie, *peaks[who + 1 :]]
    assert abs(median(told) - peaks[who]) >= abs(median(peaks) - peaks[who])


def test_somebody_gains_by_misreporting_to_the_mean():
    peaks = np.random.default_rng(4).random(9).tolist()
    gains = [abs(mean(peaks) - own) - abs(mean([*peaks[:at], lie, *peaks[at + 1 :]]) - own)
             for at, own in enumerate(peaks) for lie in np.linspace(0, 1, 101)]  # fmt: skip
    assert 0.05 < max(gains) < 1 / 9 + 1e-9


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=7), st.data())
def test_phantoms_make_any_order_statistic(values, data):
    low = data.draw(st.integers(0, len(values) - 1))
    phantoms = [-9.0] * (len(values) - 1 - low) + [9.0] * low
    assert median(values, phantoms=phantoms) == sorted(values)[low]


def test_range_and_approval_by_hand():
    assert RULEBOOK["range"].count(Ratings.of([{"A": 9, "B": 8}, {"A": 0, "B": 7}], "AB"), None).winners == ("B",)
    assert RULEBOOK["approval"].count(Ratings.approvals([(), ()], "AB"), None).winners == ()


@pytest.mark.slow
def test_ties_of_an_instant_runoff_end_or_say_why_they_cannot():
    """In a ring of twelve each wins in some way; a ring of twenty has too many ways, unless an order settles them."""
    ring = ["ABCDEFGHIJKLMNOPQRST"[start:] + "ABCDEFGHIJKLMNOPQRST"[:start] for start in range(20)]
    small = ["".join(option for option in ballot if option in "ABCDEFGHIJKL") for ballot in ring[:12]]
    assert instant_runoff(Ballots.of(small, "ABCDEFGHIJKL")).winners == tuple("ABCDEFGHIJKL")
    with pytest.raises(ValueError, match="more than 20,000 sets of options"):
        instant_runoff(Ballots.of(ring, ring[0]))
    assert instant_runoff(Ballots.of(ring, ring[0]), order=ring[0]).winners == ("A",)


@given(st.lists(st.lists(st.sampled_from("ABCDEF"), unique=True), min_size=1, max_size=12))
def test_nothing_that_an_instant_runoff_leaves_out_could_win(rows):
    """Beside following every elimination of one option among those with the fewest first places."""

    def ways(alive):
        firsts = Counter(next((option for option in row if option in alive), None) for row in rows)
        counts = {option: firsts[option] for option in alive}
        if len(alive) == 1 or not any(counts.values()):
            return set(alive)
        least = min(counts.values())
        lowest = [option for option in alive if counts[option] == least]
        gone = [lowest] if least == 0 else [[option] for option in lowest]
        return set().union(*(ways(alive - set(out)) for out in gone))

    if any(rows):
        assert set(instant_runoff(Ballots.of(rows, "ABCDEF")).winners) == ways(frozenset("ABCDEF"))
