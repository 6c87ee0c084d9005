"""`society-sim experiment` as one meets it: what it prints, how it ends, what Ctrl-C leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from laboratory_samples import written
from typer.testing import CliRunner

from society_sim.cli.commands import app

ROOT = Path(__file__).resolve().parent.parent.parent
X1 = ("hierarchy_against_flat", "--set", "task.rounds=6", "--seeds", "1", "--workers", "1")


def call(*arguments: object):
    return CliRunner().invoke(app, [str(one) for one in arguments], env={"COLUMNS": "140"})


def test_it_prints_arms_and_comparisons(tmp_path):
    said = call("experiment", *X1, "--out", tmp_path)
    assert said.exit_code == 0, said.output
    for word in ("hierarchy - flat", "independent", "flat - best single", "hierarchy - matched", "synthetic:"):
        assert word in said.stdout
    (folder,) = tmp_path.glob("hierarchy-against-flat-experiment-*")
    assert said.stdout.split()[-1] == str(folder)
    assert {"runs.csv", "questions.csv", "arms.csv", "comparisons.csv", "variance.csv", "experiment.json",
            "scenario.yaml"} == {file.name for file in folder.iterdir()}  # fmt: skip
    before = (folder / "runs.csv").read_bytes()
    again = call("experiment", *X1, "--out", tmp_path, "--json")
    told = json.loads(again.stdout)
    assert (told["experiment"], told["failed"], told["stopped"]) == (str(folder), 0, 0)
    assert {row["arm"] for row in told["comparisons"] if row["kind"] == "arm"} == {"hierarchy"}
    assert (folder / "runs.csv").read_bytes() == before
    assert call("experiment", *X1, "--out", tmp_path, "-q").stdout == f"{folder}\n"


@pytest.mark.slow
def test_the_tables_of_an_experiment_are_taken_up_from_their_own_scenario(tmp_path):
    folder = Path(call("experiment", *X1, "--out", tmp_path, "-q").stdout.strip())
    same = call("experiment", folder / "scenario.yaml", *X1[3:], "--out", tmp_path, "-q")
    assert same.stdout.strip() == str(folder)


def test_what_is_wrong_is_told_at_once(tmp_path):
    said = call("experiment", *X1, "--set", "arms.flat={mechanism: plurallity}", "--out", tmp_path)
    assert said.exit_code == 2
    assert "did you mean 'plurality'?" in said.stderr
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_it_and_the_same_command_goes_on(tmp_path, workers):
    path = written(tmp_path)
    command = [sys.executable, "-m", "society_sim", "experiment", str(path), "--out", str(tmp_path / "out"),
               "--workers", workers, "--set", "task.rounds=1000", "--set", "compare.matched=false"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "visualization")])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as going:
        deadline = time.monotonic() + 100
        while not list((tmp_path / "out").glob("*/seed-0000/record.jsonl")) and time.monotonic() < deadline:
            time.sleep(0.05)
        going.send_signal(signal.SIGINT)
        _, said = going.communicate(timeout=150)
    assert going.returncode == 130, said
    assert "To go on, give the same command" in said
    there = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*/seed-*/record.jsonl")}
    ended = call("experiment", path, *command[5:], "-q")
    assert ended.exit_code == 0, ended.output
    assert all(path.stat().st_mtime_ns == before for path, before in there.items())
    assert len(list((tmp_path / "out").glob("*/seed-*/record.jsonl"))) == 6
