"""Estimates: what they hold, what they count as there already, and what they refuse."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.estimating import CASES, DESIGNS, QUANTITIES, Endpoint, compared, scenario_of
from society_sim import Scenario, run
from society_sim.errors import OutOfBudget, ScenarioError
from society_sim.estimating import assumptions, estimate, fitting, means
from society_sim.estimating.estimate import Estimate
from society_sim.estimating.intervals import Doubt, Stratum, predicted
from society_sim.estimating.shrinking import sight
from society_sim.statistics import acceptance
from society_sim.streams import normal, stream, uniforms

ELSEWHERE = "http://127.0.0.1:9/v1"  # where nobody is


def scenario(**more) -> Scenario:
    """Four members who talk about two questions, on a model that costs."""
    model = {"model": "m", "base_url": ELSEWHERE, "price": {"in": 2.0, "out": 8.0}, "backoff": 0.01}
    return Scenario.of(**{
        "name": "small", "models": {"panel": {"openai_compatible": model}}, "topology": "flat",
        "population": {"plain": {"size": 4, "model": "panel"}}, "mechanism": {"deliberation": {"rounds": 1}},
        "task": {"multiple_choice": {"rounds": 2, "options": 4}}, **more})  # fmt: skip


def briefly(made: Scenario, assume: tuple[str, ...] = (), **more) -> Estimate:
    """An estimate from few dry runs, of which nothing is uncertain but luck."""
    return estimate(made, **{"out": "nowhere", "most": 3, "bounded": False, "doubts": False,
                             "assumed": assumptions(assume), **more})  # fmt: skip


def amounts(found: Estimate) -> dict:
    return dict(found.total)


@pytest.fixture(scope="module")
def server():
    with Endpoint(brain="choose", retry_after_s=0.01) as one:
        yield one


def test_what_a_run_takes_is_near_the_best_guess_and_below_the_bound(server):
    one = compared(server, "debate", CASES[0], 7)
    for name in QUANTITIES:  # whether intervals hold as often as they say, one run cannot show
        assert 0.5 < one.took[name] / one.estimate.total[name].middle < 2
    assert not one.passed


@pytest.mark.slow
def test_intervals_hold_at_the_stated_rate(server):
    held = [compared(server, name, CASES[0], seed) for name in list(DESIGNS)[::4] for seed in range(11, 16)]
    low, high = acceptance(0.9, len(held), 1e-3)
    for name in ("requests", "written", "tokens", "micro_usd"):
        assert low <= sum(one.holds(name) for one in held) <= high
    assert not any(one.passed for one in held)


def test_the_bound_holds_whatever_the_server_writes(server):
    one = compared(server, "debate", CASES[2], 3, most=3)
    assert not one.passed
    assert one.took["written"] > one.estimate.total["written"].middle


def test_the_same_estimate_every_time():
    assert amounts(estimate(scenario(), most=2)) == amounts(estimate(scenario(), most=2))


def test_nobody_is_asked_and_nothing_is_written(tmp_path):
    found = briefly(scenario(), out=tmp_path)  # at an address where nobody is, and without waiting for anybody
    assert found.total["questions"].low == found.total["questions"].high == 16
    assert not list(tmp_path.iterdir())


def test_prompts_grow_with_rounds_as_those_of_the_run_do():
    read = [briefly(scenario(mechanism={"deliberation": {"rounds": rounds}})).total["read"].middle
            for rounds in (1, 2, 3)]  # fmt: skip
    assert read[1] - read[0] > 0.5 * read[0] and read[2] - read[1] == pytest.approx(read[1] - read[0], rel=0.2)


def test_longer_answers_make_longer_prompts_for_others():
    short, long = (briefly(scenario(), (f"written={words}",)) for words in (20, 120))
    assert long.total["read"].middle > 1.2 * short.total["read"].middle


def test_what_is_told_is_less_uncertain():
    vague = briefly(scenario(), doubts=True).total["micro_usd"]
    told = ("written=230", "characters=4", "failures=0.01", "preset=helm-mid")
    sure = briefly(scenario(), told, doubts=True).total["micro_usd"]
    assert sure.high / sure.low < vague.high / vague.low


def test_an_estimate_never_lies_above_its_bound():
    found = briefly(scenario(), ("written=5000",), bounded=True, doubts=True)
    assert found.total["micro_usd"].high <= found.most.micro_usd
    assert found.total["tokens"].high <= found.most.tokens
    assert found.total["requests"].high <= found.most.calls


def test_failures_make_requests_and_time():
    calm, rough = (briefly(scenario(), (f"failures={share}",), most=12).total for share in (0, 0.3))
    assert calm["requests"].low == calm["requests"].high == 16
    assert rough["requests"].middle == pytest.approx(16 / 0.7, rel=0.15)
    assert rough["seconds"].middle > calm["seconds"].middle


def test_limits_of_the_endpoint_take_time():
    def seconds(**limits) -> float:
        panel = {"model": "m", "base_url": ELSEWHERE, "price": {"in": 2.0, "out": 8.0}, **limits}
        made = scenario(models={"panel": {"openai_compatible": panel}})
        return briefly(made, ("failures=0",), most=1).total["seconds"].middle

    free = seconds()
    assert seconds(concurrency=1) > 2 * free
    assert 120 > seconds(rpm=10) > 60 > free  # 16 calls: ten at once, the others a minute later
    assert seconds(tpm=2000) > 60


def test_runs_that_are_there_are_free_and_the_rest_is_what_is_left(server, tmp_path):
    server.configure(fault_rate=0.0, written_tokens=40.0)
    made = scenario_of("deliberation", server.base_url)
    whole = briefly(made, out=tmp_path)
    with pytest.raises(OutOfBudget):
        run(made, out=tmp_path, budget=0.008)
    part = briefly(made, out=tmp_path)
    assert part.there.begun == 1 and part.there.answers > 0
    assert part.total["questions"].middle == whole.total["questions"].middle - part.there.answers
    assert 0 < part.total["micro_usd"].middle < whole.total["micro_usd"].middle
    run(made, out=tmp_path)
    done = briefly(made, out=tmp_path)
    assert done.there.runs == 1 and done.runs == 0 and done.total["micro_usd"].high == 0


def test_a_pilot_says_what_answers_take(server, tmp_path):
    server.configure(fault_rate=0.0, written_tokens=90.0, written_sigma=0.3)
    made = scenario_of("votes", server.base_url)
    folder = run(made, out=tmp_path).folder
    known = assumptions([], folder)
    assert known.characters == pytest.approx(4, rel=0.05) and known.failures == 0
    found = briefly(made, seed=1, out=tmp_path, assumed=known, most=20).total["written"]
    server.configure(seed=5)
    took = run(made, seed=1, out=tmp_path)
    assert found.low < sum(entry["tokens"][1] for entry in took.record if entry["kind"] == "answer") < found.high


def test_an_experiment_is_the_sum_of_its_runs_and_answers_that_arms_share_are_paid_once():
    arms = {"vote": {"mechanism": "plurality"}, "again": {"mechanism": {"second_look": {"rounds": 1}}}}
    made = scenario(arms=arms, compare={"matched": False}, seeds=3)
    found = briefly(made, bounded=True)
    assert [arm.runs for arm in found.arms] == [3, 3] and found.runs == 6
    assert [arm.all["questions"].middle for arm in found.arms] == [24, 24]  # both arms begin with the same vote
    one = briefly(made.set("arms", None), most=1)  # the mechanism of the file: talk
    assert one.runs == 1
    assert found.most.tokens > found.total["tokens"].high


def test_the_matched_baseline_is_counted():
    made = scenario(arms={"talk": {"mechanism.rounds": 1}}, seeds=2)
    found = briefly(made)
    assert found.arms[0].name == "talk" and "(matched)" in found.arms[1].name
    assert found.arms[1].all["tokens"].middle == pytest.approx(found.arms[0].all["tokens"].middle, rel=0.5)


def test_models_that_cost_nothing_play_themselves():
    found = estimate(scenario(models={"panel": {"synthetic": {}}}), out="nowhere")
    assert not found.models and found.free == 16 and found.dry == 1 and found.most is None
    assert found.total["micro_usd"].high == 0


def test_a_model_without_a_price_is_told_and_its_tokens_are_estimated():
    model = {"model": "m", "base_url": "https://example.org/v1"}
    found = briefly(scenario(models={"panel": {"openai_compatible": model}}))
    assert "price: {in: 0.15" in found.unpriced["panel"]
    assert found.total["tokens"].middle > 0 and found.total["micro_usd"].high == 0
    with pytest.raises(ScenarioError, match="price of panel"):
        fitting(scenario(), means("1"), found)


# --- budgets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "told"), [("5", "$5.00"), ("$0.5", "$0.5000"), ("1,000 tokens", "1,000 tokens"),
                                             ("7calls", "7 calls")])  # fmt: skip
def test_a_budget_has_a_unit(words, told):
    assert means(words).told() == told


@pytest.mark.parametrize("words", ["5 euros", "0", "-1", "much", "nan", "inf tokens", "0.2 calls", ""])
def test_no_other_budget(words):
    with pytest.raises(ScenarioError, match="a budget is"):
        means(words)


@pytest.mark.slow
def test_designs_that_are_found_fit_and_one_more_would_not():
    made = scenario(task={"multiple_choice": {"rounds": 5, "options": 4}})
    how = {"out": "nowhere", "most": 3}
    found = estimate(made, **how)
    budget = means(found.total["micro_usd"].high / 2e6)
    fits = fitting(made, budget, found, **how)
    assert [fit.what for fit in fits] in (["questions"], ["questions", "members"])
    for fit in fits:
        assert fit.found.total["micro_usd"].high <= budget.amount
    questions = fits[0]
    assert questions.same and not any(fit.same for fit in fits[1:]) and 1 <= questions.after[0] <= 3
    again = estimate(made.set("task.rounds", questions.after[0]), **how)
    assert amounts(again) == amounts(questions.found)
    assert questions.sight.smallest > sight(found).smallest


def test_several_things_come_down_together_where_none_is_enough_and_less_is_refused():
    made = scenario(mechanism={"second_look": {"rounds": 2}}, compare={"matched": False})
    how = {"out": "nowhere", "most": 2, "doubts": False}
    found = estimate(made, seeds=3, **how)
    fits = fitting(made, means(f"{int(found.total['tokens'].high / 5)} tokens"), found, seeds=3, **how)
    assert len(fits) == 1 and fits[0].sets[:2] == ("seeds=1", "task.rounds=1") and fits[0].after[:2] == (1, 1)
    with pytest.raises(ScenarioError, match=r"10 tokens does not cover the smallest design .*takes [\d,]+ tokens to"):
        fitting(made, means("10 tokens"), found, seeds=3, **how)


def test_what_fits_is_left_alone():
    found = briefly(scenario())
    assert fitting(scenario(), means("100"), found) == []


# --- intervals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("runs", [1, 5])
def test_predictive_intervals_hold_new_values_at_the_stated_rate(runs):
    hits, of = 0, 1500
    for trial in range(of):
        values = stream(trial, "intervals").normal(100, 15, size=10 + runs)
        found = predicted([Stratum(runs, list(values[:10]))], 0.9)
        hits += found.low <= values[10:].sum() <= found.high
    assert 0.88 <= hits / of <= (0.94 if runs == 1 else 0.92)  # a single one also holds all that were seen


def test_doubts_do_not_average_out():
    def relative(runs: int, doubt: float) -> float:
        found = predicted([Stratum(runs, [9.0, 10.0, 11.0, 10.0])], 0.9, Doubt(doubt, doubt))
        return math.log(found.high / found.middle)

    assert relative(100, 0.0) < relative(4, 0.0)
    assert relative(10_000, 0.3) >= 0.3 * -normal(0.05)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=12), st.floats(0.5, 0.99), st.floats(0, 2))
def test_an_interval_is_one(values, level, doubt):
    found = predicted([Stratum(1, values)], level, Doubt(doubt, doubt))
    assert 0 <= found.low <= found.middle <= found.high < math.inf


def test_wider_the_surer():
    values = [uniforms(3, "sure", place)[0] for place in range(8)]
    low, high = (predicted([Stratum(1, values)], level) for level in (0.8, 0.99))
    assert high.low <= low.low and low.high <= high.high


@pytest.mark.parametrize("said", ["writen=3", "written", "written=0", "failures=1.5", "spread=wide", "preset"])
def test_what_cannot_be_assumed_is_refused(said):
    with pytest.raises(ScenarioError, match="assume"):
        assumptions([said])


def test_a_preset_that_is_none_is_refused():
    with pytest.raises(ScenarioError, match="helm-mid"):
        estimate(scenario(), out="nowhere", assumed=assumptions(["preset=helm-midd"]))
