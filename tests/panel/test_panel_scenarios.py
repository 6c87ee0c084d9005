"""The two scenarios, from file to measures."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("society_sim.scenario")

from society_sim import replay, run
from society_sim.scenario import Scenario
from society_sim.testing import ties_of

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


@pytest.mark.slow
def test_the_model_panel_runs_without_files(tmp_path):
    result = run(Scenario.read(SCENARIOS / "model_panel.yaml", ["task.rounds=300"]), seed=1, out=tmp_path)
    header = next(iter(result.record))
    assert "stand-in of mmlu-pro-mid8" in header["models"]["panel"]
    found = result.measures
    assert found["mean_single"] < found["best_single"] < found["oracle"]
    assert found["accuracy"] == pytest.approx(0.553, abs=0.1)
    assert found["messages"] == found["undecided"] == found["cost"] == 0
    assert set(result.abstentions) == {"unreadable"}
    assert replay(result.folder).digest == result.digest
    other = run(Scenario.read(SCENARIOS / "model_panel.yaml", ["task.rounds=300"]), seed=2, out=None)
    assert {o["about"] for o in other.outcomes}.isdisjoint(o["about"] for o in result.outcomes)


@pytest.mark.slow
def test_the_model_panel_takes_files(data):
    sets = [f"task.questions={data / 'public_mmlu_pro_questions.jsonl.gz'}", "topology=hierarchical", "task.rounds=200",
            f"models.panel.answers={data / 'public_mmlu_pro_answers.csv.gz'}"]  # fmt: skip
    result = run(Scenario.read(SCENARIOS / "model_panel.yaml", sets), seed=1, out=None)
    assert next(iter(result.record))["models"]["panel"].startswith("recorded@")
    assert result.asked == 34 * 200
    assert 0.5 < result.measures["accuracy"] < result.measures["best_single"] < result.measures["oracle"]


@pytest.mark.slow
def test_a_hierarchy_that_promotes_is_led_by_the_best():
    sets = ["topology=hierarchical", "rewiring=competence", "rewiring.every=20", "rewiring.margin=0.02"]
    sets += ["models.panel.columns=[c4ai-command-r-v01, Yi-34B, mathstral-7B, Meta-Llama-3-70B]"]
    result = run(Scenario.read(SCENARIOS / "model_panel.yaml", sets), seed=1, out=None)
    boss = {target for _, target, kind, _ in ties_of(result.record) if kind == "report"}
    assert boss == {3}
    assert len(ties_of(result.record)) == 6


def test_a_second_look_runs():
    result = run(Scenario.read(SCENARIOS / "second_look.yaml", ["task.rounds=40"]), seed=1, out=None)
    assert result.asked == 2 * 25 * 40
    assert not result.abstentions
    assert result.measures["accuracy"] > result.measures["mean_single"]
