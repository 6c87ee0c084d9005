"""Every rule against the implementations of pref_voting and abcvoting."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from voting_oracles import profiles, winners

from society_sim.rules.ballots import Ballots, Ratings
from society_sim.rules.cardinal import approval
from society_sim.rules.pairwise import margins
from society_sim.rules.proportional import RULES, committee
from society_sim.rules.rulebook import RULEBOOK

os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # profiles are small: compiling takes longer than counting


@pytest.fixture(scope="module")
def oracles():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        methods = pytest.importorskip("pref_voting.voting_methods")
        profile = pytest.importorskip("pref_voting.profiles").Profile
    named = {"plurality": methods.plurality, "anti_plurality": methods.anti_plurality, "borda": methods.borda,
             "runoff": methods.plurality_with_runoff_put, "instant_runoff": methods.instant_runoff_put,
             "bucklin": methods.bucklin, "copeland": methods.copeland, "minimax": methods.minimax,
             "schulze": methods.beat_path, "condorcet": _condorcet,
             "ranked_pairs": lambda one: methods.ranked_pairs(one, algorithm="from_stacks")}  # fmt: skip
    return profile, named


def _condorcet(profile):
    winner = profile.condorcet_winner()
    return [] if winner is None else [winner]


def compare(oracles, seed, count, **sizes):
    profile, named = oracles
    assert set(named) == {name for name, rule in RULEBOOK.items() if rule.asks == "ranking"} | {"plurality"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for ranks in profiles(seed, count, **sizes):
            theirs = profile(ranks)
            for rule, method in named.items():
                assert winners(rule, ranks) == sorted(int(one) for one in method(theirs)), (rule, ranks)


@pytest.mark.slow
def test_rankings_beside_pref_voting(oracles):
    compare(oracles, 1, 200, options=4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_rankings_beside_pref_voting_on_two_thousand_profiles(oracles, seed):
    compare(oracles, seed, 500)


@pytest.mark.slow
def test_instant_runoff_by_an_order(oracles):
    methods = pytest.importorskip("pref_voting.voting_methods")
    for ranks in profiles(3, 150):
        count = len(ranks[0])
        order = [int(place) for place in np.random.default_rng(len(ranks)).permutation(count)]
        theirs = methods.instant_runoff_tb(oracles[0](ranks), tie_breaker=order[::-1])
        assert set(winners("instant_runoff", ranks, [str(place) for place in order])) <= set(
            winners("instant_runoff", ranks)
        )
        assert len(theirs) == 1
        assert theirs[0] in winners("instant_runoff", ranks)


@pytest.mark.slow
def test_margins_of_partial_rankings_beside_pref_voting():
    ties = pytest.importorskip("pref_voting.profiles_with_ties")
    rng = np.random.default_rng(5)
    for _ in range(60):
        rows = [{place: int(rank) for place, rank in enumerate(rng.integers(1, 5, size=4)) if rank < 4} or {0: 1}
                for _ in range(6)]  # fmt: skip
        theirs = ties.ProfileWithTies(rows, candidates=[0, 1, 2, 3])
        theirs.use_extended_strict_preference()
        ranks = np.array([[row.get(place, 9) for place in range(4)] for row in rows])
        ours = margins(Ballots("ABCD", ranks))
        assert all(ours[i, j] == theirs.margin(i, j) for i in range(4) for j in range(4))


def test_approval_committees_beside_abcvoting():
    abcrules = pytest.importorskip("abcvoting.abcrules")
    preferences = pytest.importorskip("abcvoting.preferences")
    rng = np.random.default_rng(6)
    for _ in range(12):
        values = (rng.random((6, 4)) < 0.5).astype(float)
        approved = [np.flatnonzero(row).tolist() for row in values if row.any()]
        profile = preferences.Profile(4)
        profile.add_voters(approved)
        ratings = Ratings("ABCD", values)
        if approved:
            one = {"".join("ABCD"[place] for place in won)
                   for won in abcrules.compute("av", profile, committeesize=1)}  # fmt: skip
            assert set(approval(ratings).winners) == one
        for rule in ("pav", "seqphragmen", "equal_shares", "av"):
            theirs = [tuple("ABCD"[place] for place in sorted(won))
                      for won in abcrules.compute(rule.replace("_", "-"), profile, committeesize=2)]  # fmt: skip
            assert committee(ratings, rule, 2).winners in theirs


def test_all_named_proportional_rules_are_there():
    pytest.importorskip("abcvoting")
    ratings = Ratings.approvals(["AB", "AB", "C", "D"], "ABCD")
    for rule in RULES:
        assert len(committee(ratings, rule, 2).winners) == 2
    with pytest.raises(ValueError, match="no proportional rule 'x'"):
        committee(ratings, "x", 2)
