"""A run as a log of Inspect, read back by Inspect itself."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from society_sim import Scenario, run
from society_sim.bridges.inspect_log import export
from society_sim.errors import ScenarioError, StoreError


@pytest.fixture(scope="module")
def logs():
    """Inspect's own reader; imported when used, since it brings hundreds of modules."""
    return pytest.importorskip("inspect_ai.log")


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    base = Scenario.read("second_look", ["task.rounds=9", "population.size=12", "topology=ring"])
    return run(base.set("models.crowd.failures", "realistic"), seed=3, out=tmp_path_factory.mktemp("runs"))


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["eval", "json"])
def test_inspect_reads_what_the_record_says(logs, result, tmp_path, ending):
    log = logs.read_eval_log(str(export(result.folder, tmp_path / f"run.{ending}")), resolve_attachments="full")
    entries = list(result.record)
    answers = [entry for entry in entries if entry["kind"] == "answer"]
    assert (log.status, log.eval.task, log.eval.metadata["seed"]) == ("success", "second-look", 3)
    assert log.eval.metadata["scenario"] == (result.folder / "scenario.yaml").read_text()
    assert {name: metric.value for name, metric in log.results.scores[0].metrics.items()} == result.measures
    assert [sample.output.completion for sample in log.samples] == [one["decision"] for one in result.outcomes]
    scores = [sample.scores["correct"].value for sample in log.samples]
    assert scores == ["C" if one["correct"] else "I" for one in result.outcomes]
    events = [event for sample in log.samples for event in sample.events]
    models = [event for event in events if event.event == "model"]
    assert [event.metadata["value"] for event in models] == [entry["value"] for entry in answers]
    assert Counter(event.error for event in models) == Counter(entry.get("reason") for entry in answers)
    assert any(event.error for event in models)
    told = next(event for event in models if event.metadata["value"])
    assert told.metadata["value"] in told.output.completion and "ANSWER:" in told.input[-1].text
    assert sum(used.total_tokens for used in log.stats.model_usage.values()) == result.tokens
    assert sum(used.total_cost for used in log.stats.model_usage.values()) == pytest.approx(result.micro_usd / 1e6)
    others = Counter(entry["kind"] for entry in entries)
    told_of = Counter(event.source for event in events if event.event == "info")
    assert told_of == {kind: others[kind] for kind in others
                       if kind not in ("header", "question", "answer", "outcome", "end")}  # fmt: skip
    assert log.eval.metadata["header"] == entries[0]


def test_no_entry_is_lost(logs, tmp_path):
    """Accounts before the first question, dues between them and after the last outcome, money that is paid."""
    money = {"purse": 5, "tax": {"wealth": 0.1}, "every": 0.7}
    base = Scenario.read("second_look", ["task.rounds=3", "population.size=4", "topology=flat"])
    result = run(base.set("money", money), out=tmp_path)
    log = logs.read_eval_log(str(export(result.folder, tmp_path / "run.json")))
    told = Counter(event.source for sample in log.samples for event in sample.events if event.event == "info")
    apart = ("header", "question", "answer", "outcome", "end")
    assert told == Counter(entry["kind"] for entry in result.record if entry["kind"] not in apart)
    assert told["accounts"] == 1 and told["collection"] >= 3


def test_what_cannot_be_exported_is_told(result, tmp_path):
    with pytest.raises(ScenarioError, match=r"neither \.eval nor \.json"):
        export(result.folder, tmp_path / "run.txt")
    (tmp_path / "broken").mkdir()
    with pytest.raises(StoreError, match="has no whole record"):
        export(tmp_path / "broken", tmp_path / "run.json")
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder.json").mkdir()
    for to in (tmp_path / "file" / "run.json", tmp_path / "folder.json"):
        with pytest.raises(StoreError, match="cannot write"):
            export(result.folder, to)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "file", "folder.json"]


def test_a_run_whose_scenario_was_edited_is_not_exported(result, tmp_path):
    folder = Path(shutil.copytree(result.folder, tmp_path / "seed-0003"))
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(text.replace("rounds: 9", "rounds: 8"))
    with pytest.raises(StoreError, match="is not the scenario that was run here"):
        export(folder, tmp_path / "run.json")
    assert not (tmp_path / "run.json").exists()
