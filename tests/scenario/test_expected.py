"""The section `expect`: read with its place, written back, out of the digest, and held against a table of runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim import Scenario, ScenarioError
from society_sim.experiments.carrying import DONE
from society_sim.experiments.expected import found
from society_sim.scenario.expected import Expectation, Figure

WANTED = (
    "expect: {says: little, seeds: 2, figures: [{measure: test_settled, between: [0, 1]}, "
    "{measure: accuracy, arm: b, less: a, at: {population.size: '5'}, between: [-0.5, 0.5]}]}"
)
ARMS = "arms: {a: {mechanism.looks: 0}, b: {mechanism.looks: 1}}\ngrid: {population.size: [3, 5]}"


@pytest.fixture
def experimental(small: Path) -> Callable[..., Path]:
    def write(expect: str, arms: str = ARMS) -> Path:
        small.write_text(f"{small.read_text()}{arms}\n{expect}\n")
        return small

    return write


def test_it_is_read_written_and_in_no_digest(experimental: Callable[..., Path]) -> None:
    said = WANTED.replace("measure: test_settled,", "measure: test_settled, arm: a,")
    file = experimental(f"source: Somebody (1900), Something.\n{said}")
    read = Scenario.read(file)
    assert read.source == "Somebody (1900), Something." and read.expect and read.expect.seeds == 2
    assert [str(one) for one in read.expect.figures] == [
        "test_settled (a) 0 to 1", "accuracy (b less a, population.size 5) -0.5 to 0.5"]  # fmt: skip
    again = Scenario.parse(read.dump(), file=file)
    assert again.expect == read.expect and again.source == read.source
    assert read.digest == read.set("expect", None).set("source", None).digest


@pytest.mark.parametrize(("wrong", "told"), [
    ("expect: nothing", "expect is a mapping of says, seeds, figures, not the text 'nothing'"),
    ("expect: {seeds: 2}", "expect needs says"),
    ("expect: {says: x, seeds: 0}", "expect.seeds is at least 1"),
    ("expect: {says: x, figure: []}", "did you mean 'figures'?"),
    ("expect: {says: x, figures: [{measure: accuracy, arm: a}]}", "needs between"),
    ("expect: {says: x, figures: [{measure: accuracy, arm: a, between: [1]}]}", "a list of two numbers"),
    ("expect: {says: x, figures: [{measure: accuracy, arm: a, between: [1, 0]}]}", "the lower one first"),
    ("expect: {says: x, figures: [{measure: acuracy, arm: a, between: [0, 1]}]}", "did you mean 'accuracy'?"),
    ("expect: {says: x, figures: [{measure: accuracy, between: [0, 1]}]}", "say of which arm: a, b"),
    ("expect: {says: x, figures: [{measure: accuracy, arm: c, between: [0, 1]}]}", "there is no arm 'c'"),
    ("expect: {says: x, figures: [{measure: accuracy, arm: a, less: c, between: [0, 1]}]}", "there is no arm 'c'"),
    ("expect: {says: x, figures: [{measure: accuracy, arm: a, at: {size: '3'}, between: [0, 1]}]}", "no axis 'size'"),
    ("expect: {says: x, figures: [{measure: accuracy, arm: a, at: {population.size: '4'}, between: [0, 1]}]}",
     "population.size is never '4'"),
])  # fmt: skip
def test_a_mistake_is_told_with_its_place(wrong: str, told: str, experimental: Callable[..., Path]) -> None:
    with pytest.raises(ScenarioError, match=r"small\.yaml:11:[0-9]+: ") as error:
        Scenario.read(experimental(wrong))
    assert told in str(error.value)


@pytest.mark.parametrize(("change", "kept"), [
    ("mechanism.looks=2", False), ("population.size=4", False), ("measures=[accuracy]", False), ("arms=null", False),
    ("seeds=3", True), ("about=else", True), ("compare.margin=0.1", True), ("budget.calls=5", True),
])  # fmt: skip
def test_of_a_changed_scenario_nothing_is_expected(change: str, kept: bool, experimental: Callable[..., Path]) -> None:
    said = WANTED.replace("measure: test_settled,", "measure: test_settled, arm: a,")
    assert (Scenario.read(experimental(said), [change]).expect is not None) == kept


def row(arm: str, seed: int, value: float | None, size: str = "3", status: str = DONE) -> dict[str, Any]:
    return {"arm": arm, "size": size, "seed": seed, "status": status, "accuracy": value}


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6), st.floats(-1e3, 1e3))
def test_a_mean_and_a_difference_are_those_of_the_seeds(values: list[float], by: float) -> None:
    """Seeds beyond those that are named, and other points of the grid, have no part in it."""
    many = len(values)
    runs = [row(arm, seed, value + (by if arm == "b" else 0)) for arm in "ab" for seed, value in enumerate(values)]
    noise = [row("a", many, 1e9), row("b", 0, -1e9, size="5")]
    wanted = (Figure("accuracy", (0, 0), "a", at={"size": "3"}), Figure("accuracy", (by, by), "b", "a", {"size": "3"}))
    mean, difference = found(Expectation("", many, wanted), [*runs, *noise], "ab")
    assert mean.mean == pytest.approx(math.fsum(values) / many, abs=1e-9)
    assert difference.mean == pytest.approx(by, abs=1e-9)


@pytest.mark.parametrize("runs", [
    [], [row("a", 0, 0.5)], [row("a", 0, 0.5), row("a", 1, None)],
    [row("a", 0, 0.5), row("a", 1, 0.5, status="failed")],
])  # fmt: skip
def test_what_is_not_all_there_holds_nothing(runs: list[dict[str, Any]]) -> None:
    [one] = found(Expectation("", 2, (Figure("accuracy", (-1e9, 1e9), "a"),)), runs, "a")
    assert math.isnan(one.mean) and not one.holds


def test_what_runs_beside_the_arms_has_no_part() -> None:
    """An experiment without arms has a twin beside it, one model that is asked as often."""
    runs = [row("base", 0, 0.5), row("m x 25", 0, None)]
    [one] = found(Expectation("", 1, (Figure("accuracy", (0.5, 0.5)),)), runs)
    assert one.holds
