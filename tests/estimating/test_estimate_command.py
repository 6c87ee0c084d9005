"""`society-sim estimate` as one gives it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from society_sim.cli.commands import app
from society_sim.cli.estimate import duration

FILE = """\
name: small
models: {{panel: {{openai_compatible: {{model: m, base_url: "https://example.org/v1"{price}}}}}}}
population: {{plain: {{size: 3, model: panel}}}}
topology: flat
task: {{multiple_choice: {{rounds: 4, options: 4}}}}
mechanism: plurality
"""
PRICE = ", price: {in: 2.0, out: 8.0}"


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str, price: str = PRICE):
        (tmp_path / "small.yaml").write_text(FILE.format(price=price))
        return CliRunner().invoke(app, ["estimate", "small.yaml", *arguments], env={"COLUMNS": "140"})

    return called


def test_a_table_a_bound_and_what_is_assumed(call):
    told = call()
    assert told.exit_code == 0, told.output
    for words in ("nobody was asked", "90 % interval", "at most", "tokens written", "wall time", "helm-mid"):
        assert words in told.output


def test_one_object_for_programs(call):
    told = json.loads(call("--json", "--budget", "20 calls", "--rate", "0.8").output)
    assert told["total"]["questions"] == [12, 12, 12] and told["level"] == 0.8
    assert told["most"]["micro_usd"] >= told["total"]["micro_usd"][2]
    assert told["budget"] == {"amount": 20, "unit": "calls", "fits": True}


def test_designs_to_copy(call):
    told = call("--budget", "7 calls", "--assume", "failures=0")
    assert told.exit_code == 0 and "--set task.rounds=2" in told.output and "--set population.size" not in told.output


@pytest.mark.parametrize(("arguments", "words"), [
    (("--budget", "5 euros"), "not in 'euros'"), (("--budget", "2 calls"), "it takes 2 calls to"),
    (("--assume", "writen=3"), "did you mean 'written'"), (("--pilot", "nowhere"), "holds no tape"),
    (("--rate", "2"), "from 0.5 to below 1"), (("--set", "task.rounds=x"), "task.rounds"),
])  # fmt: skip
def test_what_is_wrong_is_told_before_anything(call, arguments, words):
    told = call(*arguments)
    assert told.exit_code == 2 and words in told.output + told.stderr


def test_a_price_that_is_not_known_is_asked_for(call):
    told = call(price="")
    assert told.exit_code == 0 and "price: {in: 0.15, out: 0.60}" in told.output and "money" not in told.output.split(
        "90 %")[1]  # fmt: skip


def test_durations_are_said_in_words():
    assert [duration(seconds) for seconds in (0, 9.96, 60, 3599, 86_400)] == [
        "0.0 s", "10.0 s", "1 min 0 s", "59 min 59 s", "24 h 0 min"]  # fmt: skip
