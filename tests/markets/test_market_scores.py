"""The truth pays: scores of beliefs, payments for answers nobody can check, and calibration."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim.rules.scores import (
    SCORES,
    brier,
    log_score,
    multi_task,
    output_agreement,
    payment,
    peer_prediction,
    spherical,
)
from society_sim.statistics.calibration import calibration

CHANCES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda own: np.array(own) / sum(own))


@given(CHANCES, CHANCES, st.sampled_from(sorted(SCORES)))
def test_nobody_expects_more_by_stating_another_belief(truth, lie, rule):
    def expected(stated):
        return truth @ SCORES[rule](np.broadcast_to(stated, (3, 3)), np.arange(3))

    apart = ((truth - lie) ** 2).sum()
    assert expected(truth) >= expected(lie) - 1e-12
    if apart > 1e-6:
        assert expected(truth) > expected(lie)


def test_known_scores():
    assert brier([1, 0], 0) == 1 and brier([1, 0], 1) == -1 and brier([0.5, 0.5], 0) == 0.5
    assert log_score([0.5, 0.5], 1) == math.log(0.5) and log_score([1, 0], 1) == -math.inf
    assert log_score([1, 0], 1, floor=0.01) == math.log(0.01)
    assert spherical([0.5, 0.5], 0) == pytest.approx(math.sqrt(0.5))
    assert brier([[1, 0], [0.5, 0.5]], [1, 0]).tolist() == [-1, 0.5]


@given(CHANCES, st.integers(0, 2), st.sampled_from(sorted(SCORES)), st.integers(0, 10**12))
def test_payments_are_whole_and_bounded(belief, outcome, rule, most):
    paid = payment(rule, belief, outcome, most)
    assert type(paid) is int and 0 <= paid <= most
    assert payment(rule, np.eye(3)[outcome], outcome, most) == most
    assert payment(rule, np.eye(3)[outcome - 1], outcome, most) == 0


@pytest.mark.parametrize("belief", [[0.5, 0.6], [1.2, -0.2], [math.nan, 1]])
def test_what_is_no_belief_is_refused(belief):
    with pytest.raises(ValueError, match="chances from 0 that sum to 1"):
        brier(belief, 0)
    with pytest.raises(ValueError, match="place of one of 2 options"):
        brier([0.5, 0.5], 2)
    with pytest.raises(ValueError, match="no rule 'linear'"):
        payment("linear", [0.5, 0.5], 0, 1)


JOINTS = st.lists(st.floats(0.02, 1), min_size=9, max_size=9).map(lambda own: np.reshape(own, (3, 3)) / sum(own))


@given(JOINTS, st.sampled_from(sorted(SCORES)))
def test_truth_is_an_equilibrium_of_peer_prediction(joint, rule):
    """Whoever has seen s and believes the peer to be truthful expects most by saying s."""
    said, heard = np.meshgrid(np.arange(3), np.arange(3), indexing="ij")
    pays = peer_prediction(said, heard, joint, rule)
    expected = (joint / joint.sum(1, keepdims=True)) @ pays.T  # signal x answer
    assert (expected.max(1) <= np.diag(expected) + 1e-12).all()


def test_output_agreement_pays_conformity_and_multi_task_does_not():
    """Signals of accuracy .8: all saying the same earns 1 by agreement, and nothing by Dasgupta and Ghosh's rule."""
    luck = np.random.default_rng(1)
    truth = luck.integers(2, size=(4000, 10))
    mine, peer = (np.where(luck.random(truth.shape) < 0.8, truth, 1 - truth) for _ in range(2))
    same = np.zeros_like(mine)
    assert output_agreement(same, same).mean() == 1 > output_agreement(mine, peer).mean()
    earned = multi_task(mine, peer)
    assert earned.mean() == pytest.approx(0.8**2 + 0.2**2 - 0.5, abs=0.01)
    assert multi_task(same, same).mean() == 0
    for lie in (same, 1 - mine, luck.integers(2, size=mine.shape)):
        assert multi_task(lie, peer).mean() < earned.mean() - 0.1


@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 2)), min_size=1, max_size=7))
def test_multi_task_is_the_mean_over_all_pairs_of_other_tasks(answers):
    mine, peer = np.array(answers).T
    paid = multi_task(mine, peer)
    both = [k for k in range(len(mine)) if mine[k] >= 0 and peer[k] >= 0]
    for k in range(len(mine)):
        pairs = [mine[i] == peer[j] for i, j in itertools.permutations([t for t in both if t != k], 2)]
        if k in both and pairs:
            assert paid[k] == pytest.approx((mine[k] == peer[k]) - np.mean(pairs))
        else:
            assert math.isnan(paid[k])


def test_what_peers_cannot_be_is_refused():
    for prior in ([[0.5, 0.6]], [[0.5, 0.5], [0.5, 0.5]], [[1.0, 0], [0, 0]]):
        with pytest.raises(ValueError, match=r"prior|belief"):
            peer_prediction([0], [0], prior)
    with pytest.raises(ValueError, match="knows 2 answers"):
        peer_prediction([2], [0], [[0.25, 0.25], [0.25, 0.25]])
    with pytest.raises(ValueError, match="whole numbers"):
        output_agreement([0.5], [1])


@given(st.lists(st.tuples(st.sampled_from((0.05, 0.35, 0.55, 1.0)), st.booleans()), min_size=1, max_size=30))
def test_the_parts_of_the_brier_score_add_up(pairs):
    said, came = zip(*pairs, strict=True)
    for equal in ("width", "mass"):
        told = calibration(said, came, bins=10, equal=equal)
        assert sum(one.cases for one in told.bins) == len(pairs) and 0 <= told.ece <= 1
        if equal == "width":  # each bin holds one forecast alone
            assert told.brier == pytest.approx(told.reliability - told.resolution + told.uncertainty, abs=1e-12)


def test_calibration_of_what_is_calibrated_and_of_what_is_not():
    luck = np.random.default_rng(4)
    chance = luck.random(20_000)
    came = luck.random(20_000) < chance
    assert calibration(chance, came).ece < 0.02
    bold = np.clip(0.5 + 1.5 * (chance - 0.5), 0, 1)
    assert calibration(bold, came, equal="mass").ece > 0.08
    gaps = calibration([0.2, math.nan, 0.2], [True, True, False])
    assert gaps.bins == ((2, 0.2, 0.5),) and gaps.ece == pytest.approx(0.3)
    for said, came in (([], []), ([1.2], [True]), ([0.5], [0.5]), ([math.nan], [True])):
        with pytest.raises(ValueError, match="forecasts are probabilities"):
            calibration(said, came)
