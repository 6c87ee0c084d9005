"""Statistics against theory, against other people's code, and against their own promises."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import statistics
from society_sim.rules.plurality import plurality

numbers = st.lists(st.floats(-5, 5, allow_nan=False).map(lambda x: round(x, 3)), min_size=2, max_size=30)


def joint(p: float) -> tuple[float, float, float]:
    """How often the direct vote of nine, the 3 x 3 committee, and both are right."""
    direct = tree = both = 0.0
    for votes in itertools.product((0, 1), repeat=9):
        chance = math.prod(p if vote else 1 - p for vote in votes)
        one = plurality(votes, 0)
        other = plurality([plurality(votes[i : i + 3], 0) for i in (0, 3, 6)], 0)
        direct, tree, both = direct + chance * one, tree + chance * other, both + chance * one * other
    return direct, tree, both


def test_a_planned_difference_needs_what_theory_says():
    direct, tree, both = joint(0.6)
    assert direct - tree == pytest.approx(0.0179, abs=5e-5)
    paired = statistics.needed(direct - tree, statistics.sd_of_difference(direct, tree, both), sigmas=5)
    unpaired = statistics.needed(direct - tree, statistics.sd_of_difference(direct, tree), sigmas=5)
    assert (paired, unpaired) == (6953, 31082)  # 6,952.3 and 31,081.6: the next whole pair shows it


@given(numbers)
@settings(max_examples=40)
def test_intervals_hold_their_estimate_and_turn_with_the_sign(values):
    data = np.array(values)
    one, other = statistics.bca(data, resamples=299), statistics.bca(-data, resamples=299)
    assert one.low <= one.high
    assert one.estimate == pytest.approx(data.mean(), abs=1e-9)
    assert other.estimate == pytest.approx(-one.estimate, abs=1e-9)
    assert one == statistics.bca(data, resamples=299)
    moved = statistics.bca(data + 100, resamples=299)
    assert moved.low == pytest.approx(one.low + 100, abs=1e-6)


@pytest.mark.parametrize("data", [
    np.random.default_rng(1).exponential(size=60), np.random.default_rng(2).integers(-1, 2, 400),
    np.random.default_rng(3).normal(size=200),
], ids=["skewed", "ternary", "normal"])  # fmt: skip
def test_bca_agrees_with_scipy(data):
    from scipy.stats import bootstrap

    theirs = bootstrap((data,), np.mean, method="BCa", n_resamples=20000, rng=np.random.default_rng(0))
    ours = statistics.bca(data, resamples=20000)
    near = 0.05 * (ours.high - ours.low)
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=near)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=near)
    median = statistics.bca(data, resamples=2000, statistic=lambda rows: np.median(rows, axis=1))
    assert median.low <= median.estimate <= median.high


@pytest.mark.parametrize("size", [5, 40], ids=["by index", "by count"])
def test_equal_clusters_are_as_their_means(size):
    rng = np.random.default_rng(4)
    values = rng.integers(0, 3, (size, 6)).astype(float)
    labels = np.repeat(np.arange(size), 6).tolist()
    inside = statistics.bca(values.ravel(), clusters=labels, resamples=999)
    means = statistics.bca(values.mean(axis=1), resamples=999)
    assert (inside.low, inside.high, inside.units) == pytest.approx((means.low, means.high, size))


def test_clusters_make_intervals_honestly_wider():
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(40), 50)
    values = rng.normal(size=40)[labels] + rng.normal(size=2000)
    alone = statistics.bca(values, resamples=999)
    together = statistics.bca(values, clusters=labels.tolist(), resamples=999)
    assert together.high - together.low > 4 * (alone.high - alone.low)


def score_by_search(better: int, worse: int, pairs: int, difference: float) -> float:
    """Tango's score with the likelihood searched for its highest point, and not in closed form."""
    from scipy.optimize import minimize_scalar

    def unlikely(other: float) -> float:
        parts = ((better, other + difference), (worse, other), (pairs - better - worse, 1 - 2 * other - difference))
        return -sum(count * math.log(max(share, 1e-300)) for count, share in parts if count)

    edges = (max(0.0, -difference), (1 - difference) / 2)
    other = minimize_scalar(unlikely, bounds=edges, method="bounded", options={"xatol": 1e-12}).x
    return (better - worse - pairs * difference) / math.sqrt(pairs * (2 * other + difference - difference**2))


@pytest.mark.parametrize(("better", "worse", "pairs"), [(9, 3, 44), (0, 0, 30), (4, 0, 12), (1, 7, 200), (5, 5, 10)])
def test_the_score_interval_ends_where_the_score_says(better, worse, pairs):
    low, high = statistics.score_interval(better, worse, pairs)
    for edge, bar in ((low, 1.96), (high, -1.96)):
        assert score_by_search(better, worse, pairs, edge) == pytest.approx(bar, abs=2e-3)
    assert statistics.score_interval(worse, better, pairs) == pytest.approx((-high, -low))
    inside = statistics.score_interval(better, worse, pairs, 0.9)
    margin = max(abs(edge) for edge in inside)
    assert statistics.score_equivalence(better, worse, pairs, margin) == pytest.approx(0.05, abs=1e-6)


def test_equivalence_of_rare_differences_errs_as_often_as_it_says():
    rng = np.random.default_rng(13)
    counts = rng.binomial(150, 0.04, 4000)  # the true difference is the margin
    shown = [statistics.score_equivalence(0, int(count), 150, 0.04) < 0.05 for count in counts]
    assert statistics.acceptance(0.05, 4000, 1e-3)[1] >= sum(shown) > 0
    by_t = [statistics.equivalence([-1.0] * count + [0.0] * (150 - count), 0.04) < 0.05 for count in counts[:1000]]
    assert np.mean(by_t) > 0.1  # which is why right and wrong have a test of their own


@given(st.lists(st.integers(-6, 6), min_size=17, max_size=40))
@settings(max_examples=30, deadline=None)
def test_flips_of_whole_numbers_are_exact(sums):
    exact, drawn = statistics.sign_flip(sums), statistics.sign_flip([one / 3 for one in sums], flips=4000)
    assert exact == pytest.approx(drawn, abs=0.05)
    assert exact > 0


def test_alike_units_prove_no_more_than_so_many_signs():
    assert statistics.equivalence([0.0] * 3, 0.1) == 0.125
    assert statistics.equivalence([0.1] * 10, 0.1) == 1.0
    assert statistics.sign_flip([1, 2, 3] * 20) == pytest.approx(0.0, abs=1e-17)
    assert math.isnan(statistics.standard_error([1.0]))


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=12))
@settings(max_examples=60)
def test_sign_flips_of_yes_and_no_are_mcnemar(differences):
    better, worse = differences.count(1.0), differences.count(-1.0)
    signs = np.array(list(itertools.product((-1, 1), repeat=len(differences))))
    exact = np.mean(np.abs(signs @ differences) >= abs(sum(differences)))
    assert statistics.sign_flip(differences) == pytest.approx(exact if better + worse else 1.0)


def test_drawn_flips_agree_with_all_of_them():
    rng = np.random.default_rng(6)
    few = rng.normal(0.4, 1, 16)
    exact = statistics.sign_flip(few)
    drawn = statistics.sign_flip(np.concatenate([few, [1e-9]]), flips=20000)
    assert drawn == pytest.approx(exact, abs=0.02)
    low, high = statistics.permutation_interval(few)
    assert statistics.sign_flip(few - (low + 1e-6)) > 0.05 >= statistics.sign_flip(few - (low - 1e-6))
    assert statistics.sign_flip(few - (high - 1e-6)) > 0.05 >= statistics.sign_flip(few - (high + 1e-6))
    assert statistics.permutation_interval([1.0, 2.0, 3.0]) == (-math.inf, math.inf)


@pytest.mark.slow
def test_holm_equivalence_and_intervals_agree_with_statsmodels():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        multitest = pytest.importorskip("statsmodels.stats.multitest")
        weights = pytest.importorskip("statsmodels.stats.weightstats")
        from statsmodels.stats.proportion import proportion_confint
    ps = [0.01, 0.3, 0.02, 0.04, 0.9]
    assert statistics.holm(ps) == pytest.approx(multitest.multipletests(ps, method="holm")[1])
    assert statistics.holm([0.01, math.nan, 0.03])[::2] == pytest.approx([0.02, 0.03])
    rng = np.random.default_rng(7)
    one, other = rng.normal(0.02, 0.2, 50), rng.normal(0, 0.2, 50)
    theirs = weights.ttost_paired(one, other, -0.1, 0.1)[0]
    assert statistics.equivalence(one - other, 0.1) == pytest.approx(theirs)
    assert statistics.clopper_pearson(7, 23) == pytest.approx(proportion_confint(7, 23, method="beta"))


@pytest.mark.parametrize("balanced", [True, False])
def test_the_mixed_model_agrees_with_statsmodels(balanced):
    rng = np.random.default_rng(8)
    labels = np.repeat(np.arange(25), 8) if balanced else np.sort(rng.integers(0, 25, 200))
    treated = rng.integers(0, 2, 200)
    values = 1 + 0.5 * treated + rng.normal(size=25)[labels] + rng.normal(0, 0.7, 200)
    ours = statistics.random_intercept(values, treated, labels.tolist())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api = pytest.importorskip("statsmodels.regression.mixed_linear_model")
        fit = api.MixedLM(values, np.stack([np.ones(200), treated], axis=1), labels).fit(reml=True)
    assert (ours.intercept, ours.effect) == pytest.approx(tuple(fit.fe_params), abs=1e-4)
    assert ours.error == pytest.approx(fit.bse_fe[1], rel=1e-3)
    assert ours.between == pytest.approx(float(np.asarray(fit.cov_re)[0, 0]), rel=1e-2)
    assert ours.within == pytest.approx(fit.scale, rel=1e-3)


def test_the_balanced_mixed_model_is_the_analysis_of_variance():
    rng = np.random.default_rng(9)
    values = rng.normal(size=(30, 1)) + rng.normal(size=(30, 4))
    treated = np.tile([0, 1, 0, 1], 30)
    fit = statistics.random_intercept(values.ravel(), treated, np.repeat(np.arange(30), 4).tolist())
    differences = values[:, 1::2].sum(axis=1) / 2 - values[:, ::2].sum(axis=1) / 2
    assert fit.effect == pytest.approx(differences.mean(), abs=1e-6)
    by_parts = statistics.components(values.ravel(), {"group": np.repeat(np.arange(30), 4).tolist()})
    assert fit.between == pytest.approx(by_parts["group"], rel=0.05)


def test_components_are_right_on_average():
    rng = np.random.default_rng(10)
    seeds, items, models = (codes.ravel() for codes in np.meshgrid(range(6), range(30), range(5), indexing="ij"))
    kept = rng.random(len(seeds)) < 0.8
    found = []
    for _ in range(200):
        values = (rng.normal(0, 0.5, 6)[seeds] + rng.normal(0, 1.0, 180)[items + 30 * seeds]
                  + rng.normal(0, 0.7, 5)[models] + rng.normal(0, 1.2, len(seeds)))[kept]  # fmt: skip
        factors = {"seed": seeds[kept].tolist(), "item": (items + 30 * seeds)[kept].tolist(),
                   "model": models[kept].tolist()}  # fmt: skip
        found.append(list(statistics.components(values, factors).values()))
    assert np.mean(found, axis=0) == pytest.approx([0.25, 1.0, 0.49, 1.44], abs=0.08)
    with pytest.raises(ValueError, match="cannot be told apart"):
        statistics.components([1.0, 2.0, 3.0, 4.0], {"a": list("xxyy"), "b": list("ppqq")})


@given(st.floats(0.01, 0.99), st.integers(1, 400))
@settings(max_examples=40)
def test_the_acceptance_region_leaves_out_no_more_than_alpha(share, of):
    from scipy.stats import binom

    low, high = statistics.acceptance(share, of, 0.01)
    assert binom.cdf(low - 1, of, share) <= 0.005 + 1e-12
    assert binom.sf(high, of, share) <= 0.005 + 1e-12
    assert binom.cdf(low, of, share) > 0.005 or low == high


@given(numbers, numbers)
@settings(max_examples=40)
def test_cliffs_delta_counts_pairs(one, other):
    counted = np.mean([(a > b) - (a < b) for a in one for b in other])
    assert statistics.cliffs_delta(one, other) == pytest.approx(counted)
    assert statistics.cliffs_delta(other, one) == pytest.approx(-counted)


@pytest.mark.parametrize("call", [
    lambda: statistics.bca([1, 2], level=1.0), lambda: statistics.bca([1, 2], clusters=[1]),
    lambda: statistics.needed(0.0, 1.0), lambda: statistics.equivalence([1], 0), lambda: statistics.acceptance(1.2, 3),
    lambda: statistics.clopper_pearson(4, 3), lambda: statistics.sd_of_difference(0.5, 0.5, 0.6),
    lambda: statistics.random_intercept([1, 2], [0, 1], ["a", "b"]),
])  # fmt: skip
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ValueError, match=r"."):
        call()


def test_little_data_gives_no_false_certainty():
    assert math.isnan(statistics.bca([]).estimate)
    assert statistics.sign_flip([]) == 1.0
    assert statistics.equivalence([0.0], 0.1) == 1.0
    assert math.isnan(statistics.bca([1.0, math.nan]).low)
    assert math.isnan(statistics.cohens_dz([1.0, 1.0]))
    noise = [0.1 + 0.2, 0.3, 0.3]  # the same number, but for the last bit of one
    assert math.isnan(statistics.cohens_dz(noise)) and math.isnan(statistics.hedges_g(noise, [0.0] * 3))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["skewed", "ternary", "clusters"])
def test_ninety_five_percent_intervals_cover_so_often(kind):
    rng, covered = np.random.default_rng(11), 0
    for _ in range(400):
        clusters = None
        if kind == "skewed":
            values, truth = rng.exponential(size=80), 1.0
        elif kind == "ternary":
            values, truth = rng.choice([-1, 0, 1], size=300, p=[0.1, 0.75, 0.15]), 0.05
        else:
            clusters = np.repeat(np.arange(40), 10)
            values, truth = rng.normal(size=40)[clusters] + rng.normal(size=400), 0.0
            clusters = clusters.tolist()
        covered += truth in statistics.bca(values, clusters=clusters, resamples=999)
    low, high = statistics.acceptance(0.94, 400, 1e-3)  # BCa is a little short for so few
    assert low <= covered <= high


@pytest.mark.slow
def test_tests_err_as_often_as_they_say():
    rng = np.random.default_rng(12)
    ps = [statistics.sign_flip(rng.normal(size=25), flips=499) for _ in range(600)]
    low, high = statistics.acceptance(0.05, 600, 1e-3)
    assert low <= sum(p <= 0.05 for p in ps) <= high
    seen = [statistics.sign_flip(rng.choice([-1, 0, 1], size=400, p=[0.08, 0.78, 0.14])) < 0.05 for _ in range(400)]
    expected = statistics.power(0.06, math.sqrt(0.22 - 0.0036), 400)
    assert np.mean(seen) == pytest.approx(expected, abs=0.08)
