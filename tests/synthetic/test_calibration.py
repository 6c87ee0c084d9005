"""The model does what its tables say. The banks and the seeds are fixed, so these figures are, too.

Tolerances are sampling error at 99.9 % (z = 3.29), and 0.02 on correlations beside it for the error of the fit.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from synthetic_bench import (
    CLONES,
    FAMILY,
    VENDORS,
    auroc,
    bank,
    confident,
    debate,
    ece,
    half_width,
    pair,
    plurality,
    query,
    table,
    urn,
    value,
)  # fmt: skip

from society_sim.backends.synthetic import synthetic
from society_sim.backends.synthetic.arguments import strength
from society_sim.forms import Choice, Fields, Number, Text

FIT = 0.02


@pytest.mark.slow
@pytest.mark.parametrize("preset, accuracy, cross, family, clone, change", [
    ("helm-weak", 0.52, (0.297, 0.488), (0.331, 0.499), 0.59, 0.35),
    ("helm-mid", 0.70, (0.480, 0.615), (0.509, 0.620), 0.68, 0.20),
    ("helm-strong", 0.83, (0.518, 0.717), (0.648, 0.761), 0.76, 0.09),
    ("independent", 0.70, (0.0, 1 / 3), (0.0, 1 / 3), 0.0, 1 - 0.49 - 0.03),
])  # fmt: skip
def test_errors_are_shared_as_measured(preset, accuracy, cross, family, clone, change):
    size = 6000
    found = table(synthetic(preset=preset), bank(size), ["a/1", "b/1", "a/2", "a/1"])
    assert np.mean(found[:, 0] == 0) == pytest.approx(accuracy, abs=half_width(accuracy, size))
    both = size * (1 - accuracy) * 0.5
    for other, (phi, agree) in ((1, cross), (2, family)):
        got = pair(found, 0, other)
        assert got[0] == pytest.approx(phi, abs=3.29 / math.sqrt(size) + FIT)
        assert got[1] == pytest.approx(agree, abs=half_width(agree, both) + FIT)
    assert pair(found, 0, 3)[0] == pytest.approx(clone, abs=3.29 / math.sqrt(size) + FIT)
    assert np.mean(found[:, 0] != found[:, 3]) == pytest.approx(change, abs=half_width(change, size) + FIT / 2)


@pytest.mark.slow
@pytest.mark.parametrize("preset, seats, nine, flat, tree", [
    ("independent", VENDORS, 0.978, 0.918, 0.837),
    ("helm-mid", VENDORS, 0.763, 0.658, 0.651),
    ("helm-mid", FAMILY, 0.752, 0.654, 0.647),
    ("helm-mid", CLONES, 0.724, 0.623, 0.621),
])  # fmt: skip
def test_more_agents_help_as_much_as_shared_errors_let_them(preset, seats, nine, flat, tree):
    size = 2500
    found = table(synthetic(preset=preset, accuracy=0.70), bank(size), seats)
    assert np.mean(plurality(found, 4) == 0) == pytest.approx(nine, abs=half_width(nine, size) + 0.005)
    found = table(synthetic(preset=preset, accuracy=0.60), bank(size), seats)
    assert np.mean(plurality(found, 4) == 0) == pytest.approx(flat, abs=half_width(flat, size) + 0.005)
    teams = np.stack([plurality(found[:, k : k + 3], 4, name=f"t{k}") for k in (0, 3, 6)], axis=1)
    assert np.mean(plurality(teams, 4, name="top") == 0) == pytest.approx(tree, abs=half_width(tree, size) + 0.005)


@pytest.mark.slow
@pytest.mark.parametrize("how, preset, accuracy, mean, error, area, high", [
    ("calibrated", "helm-mid", 0.70, 0.70, 0.002, 0.840, 0.49),
    ("frontier", "helm-strong", 0.85, 0.868, 0.019, 0.721, 0.87),
    ("mid", "helm-mid", 0.70, 0.829, 0.130, 0.598, 0.78),
    ("small", "helm-weak", 0.52, 0.837, 0.318, 0.525, 0.83),
])  # fmt: skip
def test_confidence_is_stated_as_in_the_table(how, preset, accuracy, mean, error, area, high):
    size = 8000
    found, sure = confident(synthetic(preset=preset, accuracy=accuracy, confidence=how), bank(size), ["a"])
    right, sure = found[:, 0] == 0, sure[:, 0]
    assert sure.mean() == pytest.approx(mean, abs=0.012)
    assert ece(right, sure) == pytest.approx(error, abs=half_width(accuracy, size) + 0.01)  # ECE is biased upwards
    assert auroc(sure, right) == pytest.approx(area, abs=0.025)
    assert np.mean(sure > 0.79) == pytest.approx(high, abs=half_width(high, size) + 0.005)


@pytest.mark.slow
@pytest.mark.parametrize("sure, others, switch", [
    (85, 1, 0.08), (85, 3, 0.154), (85, 6, 0.25), (85, 9, 0.328),
    (60, 1, 0.20), (60, 3, 0.35), (60, 6, 0.49), (60, 9, 0.59),
    (95, 1, 0.03), (95, 3, 0.07), (95, 6, 0.11), (95, 9, 0.16),
])  # fmt: skip
def test_a_crowd_turns_a_member_as_often_as_the_table_says(sure, others, switch):
    model, size = synthetic(), 2000
    said = f"Your earlier answer: A ({sure}%)\nYour neighbours say: {', '.join('B' * others)}."
    turned = np.mean([value(model, query(p.item, 0, "a", said=said)) == "B" for p in bank(size)])
    unrest = 0.06  # answers afresh instead; B is then as likely as any
    assert turned == pytest.approx((1 - unrest) * switch + unrest / 4, abs=half_width(switch, size) + 0.01)


@pytest.mark.slow
def test_conformity_grows_with_the_crowd_and_with_doubt_and_presets_are_ordered():
    size = 600

    def switch(model, sure, others):
        said = f"Your earlier answer: A ({sure}%)\nYour neighbours say: {', '.join('B' * others)}."
        return np.mean([value(model, query(p.item, 0, "a", said=said)) != "A" for p in bank(size)])

    by_preset = [switch(synthetic(persuasion=one), 85, 4) for one in ("none", "stubborn", "typical", "sycophant-2023")]
    assert by_preset[0] == 0 and by_preset == sorted(by_preset) and by_preset[3] > 0.4
    said = "Your earlier answer: A (85%)\nOthers say: B, B, B, B."
    persona = [
        np.mean([value(synthetic(), query(p.item, 0, "a", said=said, system=system)) == "B" for p in bank(size)])
        for system in ("conformity 0", "", "conformity 2")
    ]
    assert persona == sorted(persona) and persona[2] > persona[0] + 0.2


@pytest.mark.slow
def test_arguments_tell_the_truth_as_far_as_kappa_says():
    form = Fields({"answer": Choice("ABCD"), "confidence": Number(0, 100), "reason": Text(300)})
    for kappa, area in ((0.0, 0.50), (0.3, 0.64), (0.5, 0.74)):
        model = synthetic(kappa=kappa)
        said = [(value(model, query(p.item, 0, "a", form=form)), p.gold) for p in bank(3000)]
        right = np.array([one["answer"] == gold for one, gold in said])
        told = np.array([strength(one["reason"]) for one, _ in said])
        assert auroc(told, right) == pytest.approx(area, abs=0.035)
        assert abs(told.mean()) < 0.06 and told.std() == pytest.approx(1, abs=0.06)


@pytest.mark.slow
def test_temperature_spreads_answers_and_never_quite_stops():
    changes = []
    for temperature in (0.0, 0.7, 1.0):
        found = table(synthetic(), bank(3000), ["a", "a"], temperature=temperature)
        changes.append(np.mean(found[:, 0] != found[:, 1]))
    assert 0.005 < changes[0] < changes[1] < changes[2] < 0.3


def test_adversaries_are_always_wrong_together_and_are_not_moved():
    model = synthetic(preset="adversarial")
    found = table(model, bank(300), ["x", "y"], said="Your neighbours say: A, B, C, D.")
    assert (found != 0).all() and (found[:, 0] == found[:, 1]).all()


@pytest.mark.slow
def test_counting_gives_the_cascade():
    model, size, p = synthetic(preset="independent", accuracy=0.7, persuasion="counting"), 3000, 0.7
    right = 0
    for problem in bank(size, options=2):
        acts: list[str] = []
        for seat in range(10):
            said = f"Those before you said: {', '.join(acts)}." if acts else ""
            acts.append(value(model, query(problem.item, seat, "a", said=said)))
        right += acts[-1] == problem.gold
    expected = p * (p + 1) * (1 - (p - p * p) ** 5) / (2 * (1 - p + p * p))
    assert right / size == pytest.approx(expected, abs=half_width(expected, size))


@pytest.mark.slow
def test_the_urn_is_a_martingale_and_the_majority_gets_worse():
    size = 2000
    steps = urn(synthetic(preset="independent", accuracy=0.6), bank(size, options=2), VENDORS[:5], 3)
    for one in steps:
        assert np.mean(one == 0) == pytest.approx(0.6, abs=half_width(0.6, size * 2))  # answers within a row correlate
    majority = [np.mean(plurality(one, 2) == 0) for one in steps]
    for got, expected in zip(majority, (0.682, 0.669, 0.663, 0.661), strict=True):
        assert got == pytest.approx(expected, abs=half_width(expected, size))


@pytest.mark.slow
def test_self_consistency_on_open_answers():
    size = 2500
    found = table(synthetic(preset="open-answer"), bank(size, options=31), ["a"] * 40)
    for draws, expected in ((1, 0.558), (5, 0.669), (10, 0.709), (20, 0.731), (40, 0.745)):
        got = np.mean(plurality(found[:, :draws], 31) == 0)
        assert got == pytest.approx(expected, abs=half_width(expected, size) + 0.005)


@pytest.mark.slow
@pytest.mark.parametrize("kappa, after, single", [(0.0, 0.737, 0.708), (0.3, 0.746, 0.716), (0.5, 0.752, 0.720)])
def test_voting_explains_nearly_all_of_debates_gain(kappa, after, single):
    size = 2500
    steps = debate(synthetic(kappa=kappa), bank(size), VENDORS[:5], 3)
    assert np.mean(plurality(steps[0], 4) == 0) == pytest.approx(0.749, abs=half_width(0.749, size))
    assert np.mean(plurality(steps[3], 4) == 0) == pytest.approx(after, abs=half_width(after, size))
    assert np.mean(steps[3] == 0) == pytest.approx(single, abs=half_width(single, size))


@pytest.mark.slow
def test_voting_by_confidence_gains_less_when_the_weak_are_sure():
    accuracies = {"a": 0.85, "b": 0.70, "c": 0.70, "d": 0.55, "e": 0.55}
    got, plain = [], []
    for preset, how in (("independent", "calibrated"), ("helm-mid", "calibrated"), ("helm-mid", "mid"),
                        ("helm-mid", {"d": "small", "e": "small"})):  # fmt: skip
        model = synthetic(preset=preset, accuracy=accuracies, confidence=how)
        found, sure = confident(model, bank(8000), list("abcde"))
        plain.append(np.mean(plurality(found, 4) == 0))
        got.append(np.mean(plurality(found, 4, sure) == 0))
    assert plain == pytest.approx([0.893, 0.728, 0.728, 0.728], abs=half_width(0.728, 8000))
    assert got[0] > got[1] > got[2] > got[3]
    assert got[0] == pytest.approx(0.957, abs=0.012) and got[2] == pytest.approx(0.740, abs=0.018)
