"""Debate as a martingale, and information cascades, as ordinary scenarios."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from deliberation_helpers import kinds, scenario

URN = {"preset": "independent", "accuracy": 0.6, "price": "free"}
FLAT = {"population": {"plain": {"size": 5, "mix": "vendors"}}, "topology": "flat"}


def bank(rounds):
    return {"multiple_choice": {"rounds": rounds, "options": 2}}


def rights(record):
    """For each question the members' answers, round by round, as right or wrong: questions x rounds x members."""
    gold = {entry["about"]: entry["gold"] for entry in kinds(record, "outcome")}
    said = defaultdict(lambda: defaultdict(list))
    for entry in kinds(record, "answer"):
        value = entry["value"]
        answer = value["answer"] if isinstance(value, dict) else value
        said[entry["about"]][entry["member"]].append(answer == gold[entry["about"]])
    return np.array([[said[one][seat] for seat in sorted(said[one])] for one in gold]).transpose(0, 2, 1).astype(float)


def surprise(right, prior, alone, heard):
    """Standard scores of what answers add to the urn's expectation: on average, and in step with what was heard.

    *alone*: accuracy by seat; *heard*: matrix of who hears whom.
    """
    alone, heard = np.asarray(alone), np.asarray(heard, dtype=float)
    off, with_heard, variance, variance_with = 0.0, 0.0, 0.0, 0.0
    for step in range(1, right.shape[1]):
        count = heard.sum(axis=1) * step
        agree = right[:, :step].sum(axis=1) @ heard.T
        expected = (prior * alone + agree) / (prior + count)
        left = right[:, step] - expected
        pull = agree / count - alone
        off, with_heard = off + left.sum(), with_heard + (left * pull).sum()
        spread = expected * (1 - expected)
        variance, variance_with = variance + spread.sum(), variance_with + (spread * pull**2).sum()
    return off / math.sqrt(variance), with_heard / math.sqrt(variance_with)


@pytest.mark.slow
@pytest.mark.parametrize("mechanism", [{"second_look": {"rounds": 3, "history": True}}, {"debate": {"rounds": 4}}])
def test_debate_is_a_martingale(mechanism):
    record = scenario(models={"m": {"synthetic": URN}}, **FLAT, task=bank(100), mechanism=mechanism)
    right = rights(record)
    assert right.shape == (100, 4, 5)
    everyone = 1 - np.eye(5)
    assert np.abs(surprise(right, 5, [0.6] * 5, everyone)).max() < 3.29
    assert abs(surprise(right, 1000, [0.6] * 5, everyone)[1]) > 3.29  # they do listen


@pytest.mark.slow
def test_debate_correlates_votes_and_so_the_majority_gets_worse():
    record = scenario(models={"m": {"synthetic": URN}}, **FLAT, task=bank(1500),
                      mechanism={"second_look": {"rounds": 3, "history": True}})  # fmt: skip
    right = rights(record)
    half = 3.29 * math.sqrt(0.24 / 1500)
    assert right.mean(axis=(0, 2)) == pytest.approx([0.6] * 4, abs=half)
    assert (right.sum(axis=2) > 2.5).mean(axis=0) == pytest.approx([0.6826, 0.6709, 0.6659, 0.6631], abs=half)
    stiff = scenario(models={"m": {"synthetic": {**URN, "prior": 50}}}, **FLAT, task=bank(1000),
                     mechanism={"second_look": {"rounds": 2, "history": True}})  # fmt: skip
    assert (rights(stiff).sum(axis=2) > 2.5).mean(axis=0) == pytest.approx([0.682] * 3, abs=0.05)


def test_a_star_learns_by_the_linear_map_of_closed_neighbourhoods():
    alone = [0.9, 0.5, 0.5, 0.5, 0.5]
    closed = np.eye(5)
    closed[0, :] = closed[:, 0] = 1
    mean, alpha, prior = np.array(alone), 10 * np.array(alone), np.full(5, 10.0)
    means = [mean.mean()]
    for _ in range(5):
        alpha, prior = alpha + closed @ mean, prior + closed.sum(axis=1)
        mean = alpha / prior
        means.append(mean.mean())
    assert means == pytest.approx([0.5800, 0.5853, 0.5898, 0.5932, 0.5958, 0.5979], abs=5e-5)
    model = {**URN, "prior": 10, "own_voice": 1, "accuracy": {f"vendor-{k + 1}": p for k, p in enumerate(alone)}}
    record = scenario(models={"m": {"synthetic": model}}, population=FLAT["population"],
                      topology={"hierarchical": {"span": 4}}, task=bank(80),
                      mechanism={"second_look": {"rounds": 5, "history": True}})  # fmt: skip
    right = rights(record)
    assert np.abs(surprise(right, 10, alone, closed)).max() < 3.29


def cascades(n, questions, seed=1):
    model = {**URN, "accuracy": 0.7, "persuasion": "counting"}
    record = scenario(seed, models={"m": {"synthetic": model}}, population={"plain": {"size": n}}, topology="flat",
                      task=bank(questions), mechanism="cascade")  # fmt: skip
    return record, kinds(record, "outcome")


def by(p, n):
    return p * (p + 1) * (1 - (p - p * p) ** (n / 2)) / (2 * (1 - p + p * p))


@pytest.mark.slow
def test_a_cascade_starts_as_often_as_the_formula_says_and_nobody_leaves_it():
    assert by(0.7, 2) == pytest.approx(0.595) and by(0.7, 10) == pytest.approx(0.7529, abs=5e-5)
    _, outcomes = cascades(2, 500)
    right = np.mean([one["cascade"] == one["gold"] for one in outcomes])
    assert right == pytest.approx(by(0.7, 2), abs=3.29 * math.sqrt(0.25 / 500))
    record, outcomes = cascades(10, 120)
    right = np.mean([one["cascade"] == one["gold"] for one in outcomes])
    assert right == pytest.approx(by(0.7, 10), abs=3.29 * math.sqrt(0.19 / 120))
    said = defaultdict(list)
    for entry in kinds(record, "answer"):
        said[entry["about"]].append(entry["value"])
    for one in outcomes:
        if one["began"] is not None:
            assert one["began"] % 2 == 0
            assert set(said[one["about"]][one["began"] - 1 :]) == {one["cascade"]}
            assert one["decision"] == one["cascade"]


@pytest.mark.slow
def test_cascades_are_wrong_as_often_as_the_formula_says():
    _, outcomes = cascades(10, 1500)
    half = 3.29 * math.sqrt(0.19 / 1500)
    assert np.mean([one["cascade"] == one["gold"] for one in outcomes]) == pytest.approx(by(0.7, 10), abs=half)
    assert np.mean([one["cascade"] not in (None, one["gold"]) for one in outcomes]) == pytest.approx(0.2468, abs=half)
