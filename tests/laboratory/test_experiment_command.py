"""`society-sim experiment` as one meets it: what it prints, how it ends, what Ctrl-C leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from laboratory_samples import FILE, written
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


BRITTLE = '''\
"""A mechanism that fails with some seeds."""

from society_sim import mechanism
from society_sim.mechanisms.plurality import plurality


@mechanism
def brittle(society, question):
    """Plurality, where the seed is 0."""
    return (yield from plurality(society, question)) if society.seed == 0 else {}["x"]
'''


@pytest.mark.parametrize("workers", [1, 2])
def test_an_arm_that_failed_is_told_with_its_line_and_marked_in_the_tables(workers, tmp_path):
    words = FILE.replace("mortal_vote", "brittle").replace("mortal", "brittle")
    (tmp_path / "easily.yaml").write_text(words)
    (tmp_path / "easily.py").write_text(BRITTLE)
    done = call("experiment", tmp_path / "easily.yaml", "--workers", workers, "--out", tmp_path / "runs")
    assert done.exit_code == 1
    assert done.stderr.count("failed: KeyError: 'x' (easily.py:10)") == 2
    arms, comparisons = done.stdout.split("comparison ")
    assert re.search(r"^brittle \(1 of 3 seeds\) ", arms, re.M) and re.search(r"^flat +\.", arms, re.M)
    assert re.search(r"^brittle - flat \(1 of 3 seeds\) ", comparisons, re.M)
    assert re.search(r"^flat - best single +", comparisons, re.M)


DEAF = """
from society_sim import backend

@backend
def deaf():
    def answer(query):
        if query.member >= LISTENING:
            raise OSError("no route to host")
        return "ANSWER: A"
    return answer
"""


@pytest.mark.parametrize(("listening", "status"), [(0, 4), (1, 0)])
def test_an_experiment_that_reached_nobody_is_not_one_that_went_well(listening, status, tmp_path):
    words = FILE.replace("{synthetic: {preset: independent, accuracy: 0.6}}", "deaf")
    (tmp_path / "down.yaml").write_text(words.replace("  mortal: {mechanism: mortal_vote}\n", ""))
    (tmp_path / "down.py").write_text(DEAF.replace("LISTENING", str(listening)))
    done = call("experiment", tmp_path / "down.yaml", "--seeds", 1, "--out", tmp_path / "runs")
    assert done.exit_code == status, done.output
    if status:
        assert "runs reached nobody" in done.stderr and "--again" in done.stderr and "no route" in done.stderr
