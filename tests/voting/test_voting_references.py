"""The transferable vote, range and quadratic voting beside counts by hand: ballot by ballot, in exact fractions.

The references follow the rules' own pages and share nothing with the package: no matrix, no float, no NumPy.
"""

from __future__ import annotations

import os
import warnings
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from society_sim.rules.ballots import Ballots, Ratings
from society_sim.rules.cardinal import quadratic, range_voting
from society_sim.rules.transferable import single_transferable

OPTIONS = "ABCDE"
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")


def paper_count(papers, options, seats, order):
    """Tideman (1995): papers lie in piles under their first name that is left, each worth what is left of it."""
    worth = [[ranking, Fraction(1)] for ranking in papers]
    quota = floor(Fraction(len(papers), seats + 1)) + 1
    hopeful, elected, counts = list(options), [], []
    while len(elected) < seats:
        if len(hopeful) <= seats - len(elected):
            return sorted([*elected, *hopeful]), counts
        piles = {name: [] for name in hopeful}
        for paper in worth:
            name = next((name for name in paper[0] if name in piles), None)
            if name is not None:
                piles[name].append(paper)
        totals = {name: sum((paper[1] for paper in pile), Fraction(0)) for name, pile in piles.items()}
        counts.append(totals)
        best = max(totals.values())
        if best >= quota:
            winner = min((name for name in hopeful if totals[name] == best), key=order.index)
            for paper in piles[winner]:
                paper[1] *= (best - quota) / best
            elected.append(winner)
            hopeful.remove(winner)
        else:
            worst = min(totals.values())
            hopeful.remove(max((name for name in hopeful if totals[name] == worst), key=order.index))
    return sorted(elected), counts


@st.composite
def elections(draw):
    options = OPTIONS[: draw(st.integers(1, 5))]
    some = st.permutations(options).flatmap(lambda row: st.integers(1, len(row)).map(lambda many: "".join(row[:many])))
    papers = draw(st.lists(some, min_size=1, max_size=14))
    return papers, options, draw(st.integers(1, len(options))), "".join(draw(st.permutations(options)))


@pytest.mark.slow
@given(elections())
@example((["ABC"] * 5 + ["CBA"] * 4, "ABC", 2, "ABC"))
@example((["AB"] * 7 + ["BC"] * 2 + ["C"] * 3, "ABC", 2, "CBA"))
@settings(max_examples=300, deadline=None)
def test_the_transferable_vote_is_what_a_count_of_papers_gives(election):
    papers, options, seats, order = election
    ours = single_transferable(Ballots.of(papers, options), seats, order)
    winners, counts = paper_count(papers, options, seats, order)
    assert sorted(ours.winners) == winners
    for mine, theirs in zip([*ours.rounds, ours.scores], counts, strict=False):
        assert mine == pytest.approx({name: float(total) for name, total in theirs.items()}, abs=1e-9)


GRADES = st.lists(st.dictionaries(st.sampled_from("ABC"), st.integers(-6, 6), min_size=1), min_size=1, max_size=8)


def sums(ballots):
    totals = dict.fromkeys("ABC", Fraction(0))
    for ballot in ballots:
        for name, grade in ballot.items():
            totals[name] += grade
    return totals


@pytest.mark.slow
@given(GRADES, st.integers(1, 120))
@settings(max_examples=150, deadline=None)
def test_ranges_and_squares_are_added_up_ballot_by_ballot(ballots, credit):
    totals = sums(ballots)
    best = [name for name in "ABC" if totals[name] == max(totals.values())]
    ours = range_voting(Ratings.of(ballots, "ABC"))
    assert list(ours.winners) == best and ours.scores == {name: float(total) for name, total in totals.items()}
    over = [place for place, ballot in enumerate(ballots) if sum(grade * grade for grade in ballot.values()) > credit]
    if over:
        with pytest.raises(ValueError, match=f"ballot {over[0]} spends .* of a credit of {credit}"):
            quadratic(Ratings.of(ballots, "ABC"), credit=credit)
    else:
        assert list(quadratic(Ratings.of(ballots, "ABC"), credit=credit).winners) == best


@pytest.mark.slow
def test_range_voting_beside_pref_voting():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        profile = pytest.importorskip("pref_voting.utility_profiles").UtilityProfile
        method = pytest.importorskip("pref_voting.utility_methods").sum_utilitarian
    rng = np.random.default_rng(8)
    for _ in range(100):
        grades = rng.integers(0, 11, size=(rng.integers(1, 9), 4)).tolist()
        theirs = method(profile([dict(enumerate(map(float, row))) for row in grades]))
        ours = range_voting(Ratings.of([dict(zip("ABCD", row, strict=True)) for row in grades], "ABCD"))
        assert sorted(ours.winners) == ["ABCD"[place] for place in sorted(theirs)]
