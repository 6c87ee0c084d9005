"""An experiment: paired, resumable, the same on any number of processes, and honest about what failed."""

from __future__ import annotations

import csv
import importlib.util
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from laboratory_samples import ARMS, lives, small, tables, written

from society_sim import ScenarioError, backend, experiment, measure, mechanism, runs
from society_sim.experiments import tables as tables_of
from society_sim.experiments.carrying import Row, Task
from society_sim.experiments.comparing import _interval
from society_sim.experiments.purse import Purse
from society_sim.experiments.sensitivity import sensitivity_table
from society_sim.mechanisms.plurality import plurality
from society_sim.store import RecordFile
from society_sim.streams import stream
from society_sim.values import Outcome

HERE = Path(__file__).parent


def first_answers(folder: Path) -> dict[tuple[str, int], object]:
    found: dict[tuple[str, int], object] = {}
    for entry in RecordFile(folder / "record.jsonl"):
        if entry["kind"] == "answer":
            found.setdefault((entry["about"], entry["member"]), entry["value"])
    return found


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    out = tmp_path_factory.mktemp("lab")
    scenario = small(grid={"crowd": {"alone": {}, "vendors": {"models.crowd.preset": "helm-mid",
                                                              "population.mix": "vendors"}}})  # fmt: skip
    return scenario, out, experiment(scenario, out=out, workers=1)


def test_the_same_seed_means_the_same_answers_in_every_arm(done):
    _, out, found = done
    rows = [row for row in found.runs if row["arm"] in ARMS]
    assert len(rows) == 8
    for crowd in ("alone", "vendors"):
        for seed in (0, 1):
            flat, tree = (out / row["run"] for row in rows if (row["crowd"], row["seed"]) == (crowd, seed))
            assert first_answers(flat) == first_answers(tree)
    one, other = (first_answers(out / row["run"]) for row in rows[:2])
    assert one != other


def test_the_tables_are_tidy(done):
    _, _, found = done
    with (found.folder / "runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["seed"] for row in rows] == ["0", "1"] * (len(rows) // 2)
    assert all(float(row["accuracy"]) == int(row["right"]) / int(row["known"]) for row in rows)
    assert all(int(row["calls"]) == 9 * int(row["questions"]) for row in rows if row["arm"] in ARMS)
    assert {float(row["messages"]) for row in rows if row["arm"] == "tree"} == {64.0}
    assert all(row["status"] == "done" and not Path(row["run"]).is_absolute() for row in rows)
    with (found.folder / "questions.csv").open() as file:
        questions = list(csv.DictReader(file))
    assert len(questions) == sum(int(row["questions"]) for row in rows)
    assert {row["correct"] for row in questions} <= {"0", "1"}
    assert all(int(row["correct"]) == (row["decision"] == row["gold"]) for row in questions)
    assert json.loads((found.folder / "experiment.json").read_bytes())["synthetic"]


def test_differences_are_those_of_the_table(done):
    _, _, found = done
    by = {(row["arm"], row["crowd"], row["seed"], row["question"]): row["correct"] for row in found.questions}
    (row,) = (row for row in found.comparisons if row["kind"] == "arm" and row["crowd"] == "alone")
    pairs = [(by["tree", "alone", seed, question], right) for (arm, crowd, seed, question), right in by.items()
             if (arm, crowd) == ("flat", "alone")]  # fmt: skip
    assert (row["arm"], row["baseline"], row["pairs"]) == ("tree", "flat", len(pairs))
    assert row["difference"] == pytest.approx(sum(ours - theirs for ours, theirs in pairs) / len(pairs))
    assert (row["better"], row["worse"]) == (pairs.count((1, 0)), pairs.count((0, 1)))
    assert row["low"] <= row["difference"] <= row["high"]


def test_one_model_that_takes_as_many_tokens_is_beside(done):
    _, out, found = done
    arms = {(row["arm"], row["crowd"]): row for row in found.arms}
    for row in found.comparisons:
        if row["kind"] == "matched":
            ours, theirs = arms[row["arm"], row["crowd"]], arms[row["baseline"], row["crowd"]]
            assert theirs["tokens"] == pytest.approx(ours["tokens"], rel=0.06)
    clones = next(row for row in found.runs if row["arm"] == "crowd x 9" and row["seed"] == 0)
    flat = next(row for row in found.runs if (row["arm"], row["crowd"], row["seed"]) == ("flat", "alone", 0))
    assert first_answers(out / clones["run"]) == first_answers(out / flat["run"])  # nine clones are just that


@pytest.mark.slow
def test_what_is_there_is_not_run_again(done, monkeypatch):
    scenario, out, found = done
    before = tables(found.folder)
    monkeypatch.setattr(runs, "_play", None)  # whoever would play now fails
    again = experiment(scenario, out=out, workers=1)
    assert tables(again.folder) == before
    more = experiment(scenario.set("measures", ["mean_single"]), out=out, workers=1)
    assert more.folder == found.folder
    assert "mean_single" in more.runs[0]
    assert {row["seed"] for row in experiment(scenario, out=out, workers=1, seeds=3).failed} == {2}  # it was not there


def test_a_part_that_was_defined_anew_is_the_one_that_is_run(tmp_path):
    def calls(asks):
        if asks:
            @mechanism
            def picks(society, question):
                return (yield from plurality(society, question))
        else:
            @mechanism
            def picks(society, question):
                yield from ()
                return Outcome(None)

        made = small(mechanism="picks", arms={"one": {}}, compare={"matched": False})
        return {row["calls"] for row in experiment(made, out=tmp_path, workers=1).runs}

    assert calls(asks=False) == {0}
    assert calls(asks=True) == {8 * 9}


@pytest.mark.parametrize(("stumbles", "why"), [
    (lambda society: 1 / 0, "ZeroDivisionError: division by zero"),
    (lambda society: society.gather().decision,
     "AttributeError: 'generator' object has no attribute 'decision'; what a society does is waited for with "
     "`yield from`"),
])  # fmt: skip
def test_a_cell_that_fails_is_a_row_and_the_others_go_on(stumbles, why, tmp_path):
    @mechanism
    def walks(society, question):
        if society.seed == 1:
            stumbles(society)
        return (yield from plurality(society, question))

    scenario = small(name=why[:4].lower(), arms={"flat": {}, "bad": {"mechanism": "walks"}}, compare={"matched": False})
    found = experiment(scenario, out=tmp_path, workers=1)
    (row,) = found.failed
    assert (row["arm"], row["seed"], row["accuracy"], row["calls"]) == ("bad", 1, None, None)
    assert re.fullmatch(re.escape(f"{why} ({Path(__file__).name}:") + r"\d+\)", row["why"])
    (compared,) = (row for row in found.comparisons if row["kind"] == "arm")
    assert compared["pairs"] == 8
    assert compared["difference"] == 0.0


def test_a_cell_that_cannot_be_built_is_told_before_anything_runs(tmp_path):
    with pytest.raises(ScenarioError, match="topology 'hierarchical': span is a whole number of 1 or more"):
        experiment(small(arms={"flat": {}, "bad": {"topology": {"hierarchical": {"span": 0}}}}), out=tmp_path)
    assert not any(tmp_path.iterdir())
    for wrong, why in (({"seeds": 0}, "at least 1 seed"), ({"on": "moon"}, "not on 'moon'"), ({"budget": 0}, "budget"),
                       ({"budget": math.nan}, "budget")):  # fmt: skip
        with pytest.raises(ScenarioError, match=why):
            experiment(small(), out=tmp_path, **wrong)


@pytest.mark.parametrize("axis", ["seed", "p_holm", "messages", "abstained_refused"])
def test_an_axis_does_not_hide_another_column(axis, tmp_path):
    with pytest.raises(ScenarioError, match=f"grid.{axis}: the tables have a column"):
        experiment(small(grid={axis: {"few": {}, "more": {"population.size": 5}}}), out=tmp_path)
    assert not any(tmp_path.iterdir())


def test_the_columns_are_known(done):
    _, _, found = done
    measures = {"accuracy", "best_single", "messages"}
    for table in (found.runs, found.questions, found.arms, found.comparisons, found.variance):
        new = set(table[0]) - measures - {"crowd"} - tables_of.COLUMNS
        assert not [name for name in new if not name.startswith("abstained_")]


def test_equal_cells_are_one_run(tmp_path):
    planned = set()
    found = experiment(small(arms={"flat": {}, "same": {}}, compare={"matched": False, "margin": 0.01}), out=tmp_path,
                       workers=1, watch=lambda going: planned.add(going.planned))  # fmt: skip
    assert planned == {2}
    one, other = ([{**row, "arm": ""} for row in found.runs if row["arm"] == arm] for arm in ("flat", "same"))
    assert one == other
    assert len(list(tmp_path.glob("small-*/seed-*"))) == 2
    (row,) = (row for row in found.comparisons if row["kind"] == "arm")
    assert (row["difference"], row["interval"], row["verdict"]) == (0.0, "score", "no difference shown")
    assert row["low"] < -0.05 < 0.05 < row["high"]  # sixteen pairs without a difference prove little


def test_what_is_not_defined_is_not_compared(tmp_path):
    @measure
    def patchy(record):
        """Defined under the first seed alone."""
        return 1.0 if next(iter(record))["seed"] == 0 else float("nan")

    found = experiment(small(compare={"matched": False, "measures": ["patchy"]}), out=tmp_path, workers=1)
    (row,) = found.comparisons
    assert (row["pairs"], row["difference"], row["verdict"]) == (1, 0.0, "no difference shown")
    assert (row["low"], row["high"]) == (-float("inf"), float("inf"))


def test_a_grid_alone_compares_its_points(tmp_path):
    scenario = small(arms=None, grid={"mechanism": ["plurality", "relay"]}, compare={"matched": False}, seeds=1)
    found = experiment(scenario, out=tmp_path, workers=1)
    assert [(row["arm"], row["baseline"]) for row in found.comparisons if row["kind"] == "arm"] == [
        ("mechanism=relay", "mechanism=plurality")]  # fmt: skip


def test_the_budget_is_for_all_runs_together(tmp_path):
    @backend
    def dear():
        """A model that charges."""
        from society_sim import Answer
        from society_sim.backends.pools import inline
        from society_sim.ledger import Cost

        model = inline(lambda query: Answer(text="ANSWER: A", tokens_in=1, tokens_out=1, micro_usd=10))
        model.paid, model.worst = True, lambda query: Cost(10, 2, 1)
        return model

    scenario = small(models={"crowd": "dear"}, compare={"matched": False})  # 4 runs of 8 x 9 x 10 = 720
    told = []
    # the two arms ask the same, and share what they paid for: 2 x 720
    found = experiment(scenario, out=tmp_path, budget=0.001, announce=lambda most, budget: told.append((most, budget)))
    (most, budget), = told
    assert (most.questions, budget) == (4 * 72, 0.001)
    assert found.short
    assert {row["status"] for row in found.runs} == {"done", "out of budget"}
    assert sum(row["micro_usd"] or 0 for row in found.runs if row["arm"] == "flat") == 720
    whole = experiment(scenario, out=tmp_path, budget=0.00144)
    assert not whole.stopped
    assert [row["micro_usd"] for row in whole.runs] == [720] * 4


def test_shares_of_a_purse_never_pass_it():
    purse, gone = Purse(0.0001, {0: 10, 1: 0, 2: 0}), {0: 10, 1: 0, 2: 0}
    for left, number in ((2, 0), (1, 1), (0, 2)):
        task = purse.granted(Task(number, "", None, 0, ""), left)
        assert sum(gone.values()) - gone[number] + round(task.usd * 1e6) <= 100
        assert purse.granted(task, 0) == task  # its worker died: it has what it had
        gone[number] = round(task.usd * 1e6) - (5 if number == 1 else 0)
        purse.settle(task, Row(number, "done", spent=gone[number]))
    assert sum(gone.values()) + purse.free == 100


def test_the_sweep_of_assumptions_tells_the_flip_point(tmp_path):
    scenario = small(models={"crowd": {"synthetic": {"preset": "helm-mid", "price": "free"}}}, seeds=1,
                     sensitivity={"correlation": [0.5, 1.4], "confidence": ["mid"], "kappa": [0.4]})  # fmt: skip
    found = experiment(scenario.set("population.mix", "vendors"), out=tmp_path, workers=1)
    assert {(row["correlation"], row["arm"]) for row in found.arms} == {
        (level, arm) for level in ("0.5", "1.4") for arm in ARMS}  # fmt: skip
    (row,) = found.sensitivity
    assert len(row["signs"].split()) == 2
    phi = {row["correlation"]: row["error_correlation"] for row in found.runs}
    assert phi["0.5"] < phi["1.4"]
    assert {"flip", "flip_low", "flip_high"} <= row.keys()
    with pytest.raises(ScenarioError, match="needs synthetic models"):
        experiment(small(models={"crowd": "recorded"}, population="panel"), out=tmp_path, sweep=True)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_flip_point_has_the_interval_in_which_no_sign_is_sure(sign):
    """The difference is 1 - x, within .4; it is measured where a bracket is halved as well."""

    def row(x):
        middle = sign * (1 - x)
        return {"kind": "arm", "correlation": f"{x:g}", "measure": "accuracy", "arm": "a", "baseline": "b", "pairs": 9,
                "difference": middle, "low": middle - 0.4, "high": middle + 0.4}  # fmt: skip

    (told,) = sensitivity_table([row(0.0), row(2.25)], lambda _: math.nan, lambda _, x: (row(x), math.nan))
    assert told["flip"] == pytest.approx(1.0)
    assert (told["flip_low"], told["flip_high"]) == (pytest.approx(0.6), pytest.approx(1.4))
    assert "until correlation x 1.00 (0.60 to 1.40)" in told["words"]
    (open_,) = sensitivity_table([row(0.8), row(1.3)], lambda _: math.nan, lambda _, x: (row(x), math.nan))
    assert open_["flip"] == pytest.approx(1.0) and open_["flip_low"] is None is open_["flip_high"]


def test_parquet_holds_the_same(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    found = experiment(small(seeds=1, compare={"matched": False}), out=tmp_path, workers=1, parquet=True)
    with duckdb.connect() as connection:
        file = found.folder / "runs.parquet"
        got = connection.execute(f"SELECT arm, seed, \"right\", accuracy FROM '{file}'").fetchall()
    assert got == [tuple(row[name] for name in ("arm", "seed", "right", "accuracy")) for row in found.runs]


def test_parquet_without_duckdb_is_told_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ScenarioError, match=r"society-sim\[analysis\]"):
        experiment(small(), out=tmp_path, parquet=True)
    assert not any(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ScenarioError, match=r"no tables can be written below .*use another --out"):
        experiment(small(), out=tmp_path / "file" / "runs", workers=1, watch=lambda _: pytest.fail("it runs"))


def test_without_ray_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ScenarioError, match=r"society-sim\[ray\]"):
        experiment(small(), out=tmp_path, on="ray")


@pytest.mark.slow
def test_workers_end_with_the_one_who_hired_them():
    """It is killed while one of them is busy; what it writes to would stay open for as long as that one lives."""
    words = ("import os, signal, time; from society_sim.experiments.going import _Local\n"
             "hands = _Local(1); hands._pool.submit(os.getpid).result(); hands._pool.submit(time.sleep, 600)\n"
             "time.sleep(1); print('killed', flush=True); os.kill(os.getpid(), signal.SIGKILL)")  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
    ended = subprocess.run([sys.executable, "-c", words], env=environment, capture_output=True, text=True, timeout=200,
                           check=False)  # fmt: skip
    assert (ended.returncode, ended.stdout) == (-9, "killed\n")


def go(path: Path, out: Path, on: str, taken: Path | None = None) -> Path:
    root = HERE.parent.parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "visualization")])}
    if taken is not None:
        environment["LIVES"] = str(taken)
    command = [sys.executable, str(HERE / "laboratory_samples.py"), str(path), str(out), on]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False,
                           cwd=path.parent)  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return Path(ended.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worker_that_dies_loses_nothing(tmp_path):
    path = written(tmp_path / "in")
    calm = experiment(path, out=tmp_path / "calm", workers=1)
    taken = lives(tmp_path / "lives", 2)
    folder = go(path, tmp_path / "killed", "local", taken)
    assert not any(taken.iterdir())
    assert tables(folder) == tables(calm.folder)
    taken = lives(tmp_path / "more", 50)
    given_up = go(path, tmp_path / "given up", "local", taken)
    with (given_up / "runs.csv").open() as file:
        bad = [row for row in csv.DictReader(file) if row["status"] != "done"]
    assert [(row["arm"], row["seed"], row["why"]) for row in bad] == [("mortal", "1", "3 workers died over it")]


RAY = """
import ray
ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
assert ray.get(ray.remote(lambda: 7).remote()) == 7
"""


@pytest.fixture
def ray_starts():
    """Ray brings several servers of its own; where they cannot start, nothing can be said of what runs on them."""
    if importlib.util.find_spec("ray") is None:  # to import it here would make errors of its warnings
        pytest.skip("Ray is not installed")
    try:
        subprocess.run([sys.executable, "-c", RAY], env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
                       capture_output=True, text=True, timeout=90, check=True)  # fmt: skip
    except subprocess.TimeoutExpired:
        pytest.skip("Ray does not start on this machine within 90 seconds")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"Ray cannot start on this machine: {error.stderr.strip().splitlines()[-1:]}")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ray_gives_the_same_tables_and_a_killed_worker_loses_nothing(tmp_path, ray_starts):
    path = written(tmp_path / "in")
    calm = experiment(path, out=tmp_path / "calm", workers=1)
    taken = lives(tmp_path / "lives", 1)
    folder = go(path, tmp_path / "ray", "ray", taken)
    assert not any(taken.iterdir())
    assert tables(folder) == tables(calm.folder)


def test_many_questions_under_forty_seeds_give_a_narrow_interval():
    """What is rare among seeds is not rare among the questions of all of them."""
    luck = stream(1, "questions")
    told = {(seed, f"q{number}"): float(luck.random() < 0.78) for seed in range(40) for number in range(100)}
    found = _interval(told, 0.05, "accuracy")
    assert found.low < found.estimate < found.high and found.high - found.low < 0.05


SCRIPT = """
from society_sim import Scenario, experiment

if 1 == 1:
    base = Scenario.read("hierarchy_against_flat", ["task.rounds=5", "grid=null", "compare.matched=false"])
    print(len(experiment(base, out="x", seeds=2, workers=2).runs))
"""


@pytest.mark.slow
def test_a_script_that_would_begin_again_in_each_worker_is_told_before_any_is_hired(tmp_path):
    script = tmp_path / "compare.py"
    script.write_text(SCRIPT)
    told = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 1 and "compare.py:6: workers are processes that import this script" in told.stderr
    assert not (tmp_path / "x").exists() or not list((tmp_path / "x").glob("*/seed-*"))
    script.write_text(SCRIPT.replace("1 == 1", '__name__ == "__main__"'))
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["4"]), done.stderr
