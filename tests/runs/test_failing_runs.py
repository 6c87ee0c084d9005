"""Runs whose calls fail: when they stop, and what is asked again when they are taken up."""

from __future__ import annotations

import pytest

import society_sim.building
from society_sim import Scenario, inline, replay, resume, run
from society_sim.errors import FAILED, MISSING, NoAnswer, OutOfBudget, RunStopped, ScenarioError, TooManyFailures
from society_sim.store import RECORD, TAPE
from society_sim.tapes import look
from society_sim.testing import scripted

SCENARIO = {
    "name": "failing",
    "models": {"crowd": {"synthetic": {}}},
    "population": {"plain": {"size": 8, "model": "crowd"}},
    "topology": {"flat": {}},
    "task": {"multiple_choice": {"rounds": 20, "options": 4}},
    "mechanism": {"plurality": {}},
}


@pytest.fixture
def weak(monkeypatch):
    """A model of which those calls fail that `fails` is true of, counted from 1."""

    class Weak:
        calls = 0
        reason = FAILED

        @staticmethod
        def fails(number):
            return False

        @classmethod
        def answer(cls, query):
            cls.calls += 1
            if cls.fails(cls.calls):
                raise NoAnswer(cls.reason)
            return scripted(query)

    model = inline(Weak.answer, watermark="weak")
    monkeypatch.setattr(society_sim.building, "models_of", lambda scenario: {"crowd": model})
    return Weak


@pytest.mark.parametrize(("on_failure", "calls"), [("stop", 5), ({"abstain": {"up_to": 0.5}}, 50), (None, 50)])
def test_a_run_that_stopped_and_was_taken_up_again_is_as_if_nothing_had_failed(weak, tmp_path, on_failure, calls):
    scenario = Scenario.of(**SCENARIO)
    whole = run(scenario, out=None)
    assert whole.asked == weak.calls == 160
    scenario = scenario if on_failure is None else Scenario.of(**SCENARIO, on_failure=on_failure)
    weak.calls, weak.fails = 0, lambda number: number >= 5
    with pytest.raises(TooManyFailures, match="on_failure allows no more"):
        run(scenario, out=tmp_path)
    assert weak.calls == calls
    weak.fails = lambda number: False
    folder = next(tmp_path.glob("*/seed-0000"))
    assert not (folder / RECORD).exists()
    result = resume(folder)
    assert (result.digest, result.asked, result.reused) == (whole.digest, 156, 4)
    assert replay(folder).digest == whole.digest


def test_some_failures_are_abstentions_and_again_asks_only_those(weak, tmp_path):
    scenario = Scenario.of(**SCENARIO)
    expected = run(scenario, out=None).digest
    weak.calls, weak.fails = 0, lambda number: number % 4 == 0
    first = run(scenario, out=tmp_path)
    assert first.abstentions == {FAILED: 40} and "40 answers failed" in first.trouble
    assert replay(first.folder).digest == first.digest
    weak.fails = lambda number: False
    assert resume(first.folder).asked == 0
    second = resume(first.folder, again=True)
    assert (second.asked, second.digest) == (40, expected)
    assert replay(second.folder).digest == expected


def test_what_is_no_failure_stops_nobody(weak):
    weak.reason, weak.fails = MISSING, lambda number: True
    result = run(Scenario.of(**SCENARIO, on_failure="stop"), out=None)
    assert result.abstentions == {MISSING: 160} and "nobody answered anything" in result.trouble


@pytest.mark.parametrize("dimension", ["calls", "tokens"])
def test_a_budget_stops_a_run_that_can_be_taken_up_with_more(weak, tmp_path, dimension):
    expected = run(Scenario.of(**SCENARIO), out=None)
    most = 100 if dimension == "calls" else expected.tokens // 2
    with pytest.raises(OutOfBudget, match="is used up"):
        run(Scenario.of(**SCENARIO, budget={dimension: most}), out=tmp_path)
    folder = next(tmp_path.glob("*/seed-0000"))
    spent = look(folder / TAPE).spent
    assert spent.calls <= 100 if dimension == "calls" else spent.calls < 160
    with pytest.raises(RunStopped):
        resume(folder)
    result = resume(folder, sets=[f"budget.{dimension}=1000000"])
    assert result.digest == expected.digest and result.asked + spent.calls == 160


@pytest.mark.parametrize("budget", [0, -1.0, float("nan"), float("inf")])
def test_a_budget_that_bounds_nothing_is_refused(weak, budget):
    with pytest.raises(ScenarioError, match="a budget is a number of dollars above 0"):
        run(Scenario.of(**SCENARIO), out=None, budget=budget)
