"""Money in whole runs: what a scenario may say, replay and fork, and what is left of it when a run is killed."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import time
from pathlib import Path

import networkx as nx
import pytest
from money_helpers import conserved, gifts

import society_sim.store
import society_sim.tape
from society_sim import Money, Question, Scenario, ScenarioError, Society, fork, inline, replay, run, threads
from society_sim.accounts import MICRO
from society_sim.backends.taped import Count, Taped
from society_sim.paces import lognormal
from society_sim.store import PARTIAL, RECORD, RecordFile, Store
from society_sim.testing import scripted

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
from test_crashes import Shim, die_after, die_before, die_torn, in_child

SCENARIO = {
    "name": "gifts",
    "models": {"m": {"synthetic": {}}},
    "population": {"plain": {"size": 6, "model": "m"}},
    "topology": {"federated": {"communities": 2}},
    "task": {"multiple_choice": {"rounds": 4}},
    "mechanism": {"gifts": {"rounds": 2, "tokens": 40}},
    "pace": "lognormal",
    "money": {"purse": 25, "treasury": 10, "community": 5, "credit": 2.5, "tokens": 900, "every": 1.5,
              "tax": {"income": 0.2, "wealth": [[0, 0], [20, 0.05]]}, "interest": 0.1, "basic_income": 1},
    "measures": ["gini", "wealth", "poorest", "treasury", "money_supply", "turnover", "declined"],
}  # fmt: skip


def test_a_run_with_money_is_replayed_and_measured(tmp_path):
    scenario = Scenario.of(**SCENARIO)
    result = run(scenario, out=tmp_path)
    books = conserved(result.record)
    assert replay(result.folder).digest == result.digest == run(scenario, out=None, concurrency=1).digest
    found = result.measures
    assert found["money_supply"] == 6 * 25 + 10 + 2 * 5 and found["declined"] > 0 < found["turnover"]
    assert found["treasury"] == books.of()["treasury"] / MICRO
    assert found["wealth"] == pytest.approx(sum(books.of()[seat] for seat in range(6)) / 6 / MICRO)
    assert found["poorest"] == min(books.of()[seat] for seat in range(6)) / MICRO and 0 < found["gini"] < 1


def test_a_tax_can_begin_at_some_time_and_what_they_began_with_cannot_change(tmp_path):
    untaxed = Scenario.of(**SCENARIO).set("money.tax", {}).set("money.interest", 0.0)
    parent = run(untaxed, out=tmp_path)
    forked = fork(parent.folder, at=4, sets=["money.tax={income: 0.5}"], out=tmp_path / "fork")
    old, new = conserved(parent.record), conserved(forked.result.record)
    assert forked.asked == 0 and forked.parted is not None and new.of()["treasury"] > old.of()["treasury"]
    taxed = [entry["t"] for entry in forked.result.record if entry.get("why") == "income tax"]
    assert taxed and min(taxed) >= 4
    with pytest.raises(ScenarioError, match="what members begin with cannot change while a run goes on"):
        fork(parent.folder, at=4, sets=["money.purse=50"], out=tmp_path / "other")


def test_a_purse_can_be_as_large_as_a_trait_says():
    scenario = Scenario.of(**{**SCENARIO, "money": {"purse": 10, "by": "weight"}})
    with pytest.raises(ScenarioError, match="'weight' is a trait of every member that is a number from 0"):
        run(scenario, out=None)


def test_the_section_is_read_changed_and_written(tmp_path):
    scenario = Scenario.of(**SCENARIO)
    (tmp_path / "again.yaml").write_text(scenario.dump())
    again = Scenario.read(tmp_path / "again.yaml")
    assert again.digest == scenario.digest
    assert scenario.set("money.purse", 30).digest != scenario.digest
    assert scenario.set("money", None).part("mechanism")[1]["tokens"] == 40


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"purse": -1}, "purse is a number from 0 to 1,000,000,000,000, not the number -1"),
        ({"purse": 1e300}, "purse is a number from 0 to 1,000,000,000,000"),
        ({"purse": float("nan")}, "finite"),
        ({"credit": -0.5}, "credit is a number from 0"),
        ({"tokens": 0}, "tokens is a whole number from 1"),
        ({"tokens": 1.5}, "whole number"),
        ({"every": 0}, "every is a number of 0.001 or more"),
        ({"unit": "tokens"}, "unit is 'tokens'"),
        ({"tax": {"sales": 0.1}}, "there is no tax on 'sales'; known are"),
        ({"tax": {"income": 1.5}}, "a rate is a number from 0 to 1"),
        ({"tax": {"income": []}}, r"brackets \[\[from, rate\]"),
        ({"tax": {"income": [[5, 0.1], [5, 0.2]]}}, "one above the other, not at 5, 5"),
        ({"tax": {"income": [[-5, 0.1]]}}, "tax.income is -5"),
        ({"interest": -0.1}, "interest is a number from 0 to 1"),
        ({"purce": 1}, "did you mean 'purse'"),
        (100, "money is a mapping of purse"),
    ],
)
def test_a_section_that_makes_no_sense_is_refused_before_anything(section, words, tmp_path):
    with pytest.raises(ScenarioError, match=words):
        run(Scenario.of(**{**SCENARIO, "money": section}), out=tmp_path)
    assert not list(tmp_path.rglob(RECORD))


# --- kills ------------------------------------------------------------------------------------------------------------


def live(folder: Path, pool=inline) -> bytes:
    """Run to the end, as `runs.run` does; the record's bytes."""
    with Store(folder, "name: life\n") as store:
        if not store.finished:
            model = Taped(pool(scripted, watermark="model"), store.tape, Count())
            society = Society(nx.cycle_graph(6), model, seed=2, pace=lognormal, write=store.write,
                              money=Money(purse=30 * MICRO, tokens=2_000))  # fmt: skip

            def agenda(society):
                for number in range(2):
                    yield from society.settle(Question(f"q{number}", "So?"), gifts, tokens=20)

            society.run(agenda(society))
            store.finish(society.record.digest)
    return (folder / RECORD).read_bytes()


def survived(folder: Path, whole: bytes) -> None:
    """What a kill has left of the record conserves, entry by entry, and is how the whole one begins."""
    for name in (PARTIAL, RECORD):
        if (folder / name).is_file():
            left = (folder / name).read_bytes()
            assert whole.startswith(left[: left.rfind(b"\n") + 1])
            conserved(RecordFile(folder / name))


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("whole") / "run"
    record = live(folder)
    books = conserved(RecordFile(folder / RECORD))
    assert record.count(b'"kind":"transfer"') > 30 and len(books.of("tokens")) == 7
    return record


def killed_at_operations(root: Path, whole: bytes, kills: int, luck: random.Random) -> None:
    """Die at a random write, flush or truncation, up to twelve times a run; then let it end."""
    died, number = 0, 0
    while died < kills:
        folder, number = root / f"run{number}", number + 1
        for _ in range(12):
            k, die = luck.randrange(1, 30), luck.choice([die_before, die_after, die_torn])

            def doomed(k=k, die=die, folder=folder):
                gc.disable()  # it would touch, and so copy, all that the parent has
                society_sim.tape.os = society_sim.store.os = Shim(k, die)
                live(folder)

            status = in_child(doomed)
            assert status in (0, 9)
            died += status == 9
            survived(folder, whole)
        assert live(folder) == whole


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_money_is_whole_after_kills(tmp_path, whole):
    killed_at_operations(tmp_path, whole, 10, random.Random(1))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_money_is_whole_after_many_kills(tmp_path, whole):
    """50 kills here; it held with 900."""
    killed_at_operations(tmp_path, whole, 50, random.Random(2))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_money_is_whole_after_many_signals(tmp_path, whole):
    """SIGKILL at a random moment, with answers that come on other threads: 40 here; it held with 100."""
    luck, kills, number = random.Random(3), 0, 0
    while kills < 40:
        folder, number = tmp_path / f"run{number}", number + 1
        for _ in range(6):
            child = os.fork()
            if child == 0:
                try:
                    live(folder, threads)
                finally:
                    os._exit(0)
            time.sleep(luck.uniform(0, 0.05))
            os.kill(child, signal.SIGKILL)
            kills += os.WIFSIGNALED(os.waitpid(child, 0)[1])
            survived(folder, whole)
        assert live(folder) == whole
