"""Money when everything goes wrong: no cap is ever passed, whatever the server does and however often it is resumed."""

from __future__ import annotations

import json

import pytest
from endpoint_server import Endpoint
from faults_asking import PRICE, answers, billed, call, direct, hurry, program, scenario

from society_sim import replay, resume, run, tapes
from society_sim.errors import OutOfBudget, ScenarioError
from society_sim.preflight import bound
from society_sim.runs import folder_of

LOOK = {"mechanism": {"second_look": {"rounds": 1}}, "topology": {"small_world": {"k": 4, "p": 0.1}}}


@pytest.fixture(scope="module")
def server():
    with Endpoint(brain="choose", retry_after_s=0.01) as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def everything_fails(server, monkeypatch):
    """Every kind of fault, at 30 % in all; a hanging answer comes late, and is charged."""
    hurry(monkeypatch)
    server.reset()
    server.configure(fault="all", fault_rate=0.3, hang_s=0.1)


def rounds(server, **sections):
    return scenario(server.base_url, size=8, rounds=5, **{**LOOK, **sections})


def spent_at_most(folder) -> int:
    found = tapes.look(folder)
    return found.spent.micro_usd + found.doubtful.micro_usd


@pytest.mark.slow
@pytest.mark.parametrize("cap", [900, 9_000])
def test_no_cap_is_passed_however_often_a_run_is_taken_up(server, tmp_path, cap):
    whole = rounds(server)
    folder = folder_of(whole, 0, tmp_path)
    before = -1
    for _ in range(3):
        with pytest.raises(OutOfBudget):
            run(whole, out=tmp_path, budget=cap / 1e6)
        assert billed(server) <= spent_at_most(folder) <= cap
        assert spent_at_most(folder) >= before
        before = spent_at_most(folder)
    result = resume(folder, budget=1.0)
    assert len(answers(result)) == 80 and billed(server) <= spent_at_most(folder)
    assert replay(folder).digest == result.digest


def test_a_budget_in_the_scenario_binds_like_one_that_is_given(server, tmp_path):
    whole = rounds(server, budget={"usd": 0.002, "calls": 30})
    folder = folder_of(whole, 0, tmp_path)
    for _ in range(3):
        with pytest.raises(OutOfBudget):
            run(whole, out=tmp_path)
        assert server.stats()["requests"] <= 30
        assert billed(server) <= spent_at_most(folder) <= 2_000


def test_calls_are_counted_alike_when_a_tape_is_read_again(server, tmp_path):
    """Failures, too, are one call for each request: what is left of a cap is the same after a break."""
    server.configure(fault="unauthorised", fault_rate=0.5)
    whole = scenario(server.base_url, size=8, rounds=5, budget={"calls": 25})
    for _ in range(2):
        with pytest.raises(OutOfBudget):
            run(whole, out=tmp_path, concurrency=1)
        assert server.stats()["requests"] == 25
    assert len(answers(resume(folder_of(whole, 0, tmp_path), sets=["budget.calls=40"]))) == 40
    assert server.stats()["requests"] == 40


@pytest.mark.parametrize("rate", [0.0, 0.3, pytest.param(0.9, marks=pytest.mark.slow)])
def test_the_bound_that_was_announced_is_never_passed(server, tmp_path, rate):
    server.configure(fault_rate=rate)
    whole = rounds(server)
    folder, told = folder_of(whole, 0, tmp_path), []
    for _ in range(30):
        begun = spent_at_most(folder) if folder.exists() else 0
        try:
            run(whole, out=tmp_path, announce=lambda most, ledger: told.append((most, ledger.cap)))
            break
        except OutOfBudget:  # attempts that are in doubt have used up what one attempt at each question could take
            assert rate > 0
        finally:
            most, cap = told[-1]
            assert most.whole and most.questions == 80 and most == bound(whole)
            assert cap.micro_usd == most.most.micro_usd + begun
            assert billed(server) <= spent_at_most(folder) <= cap.micro_usd
    else:
        pytest.fail("the run was taken up thirty times and has no end")
    if rate == 0:
        assert len(told) == 1 and server.stats()["requests"] == 80


def test_a_budget_that_buys_nothing_asks_nothing(server, tmp_path):
    with pytest.raises(OutOfBudget):
        run(rounds(server), out=tmp_path, budget=0.0001)
    assert server.stats()["requests"] == 0


def test_an_unknown_price_is_refused(server, monkeypatch):
    for wrong in ({"price": None, "base_url": "https://example.invalid/v1"}, {"price": {"in": 1.0}},
                  {"price": {"in": -1.0, "out": 1.0}}, {"price": {"in": 1.0, "out": 1.0, "cached": 2.0}},
                  {"key_env": "FAULTS_KEY_THAT_IS_NOT_THERE"}, {"key_env": "sk-a key"}):  # fmt: skip
        with pytest.raises(ScenarioError, match=r"price|FAULTS_KEY|key_env"):
            run(scenario({"crowd": direct(server.base_url, **wrong)}), out=None)
    assert server.stats()["requests"] == 0


# --- from the command line -------------------------------------------------------------------------------------------


def written(folder, server, **more) -> str:
    model = {"openai_compatible": {"model": "x", "base_url": server.base_url, "price": PRICE, "backoff": 0.01, **more}}
    file = folder / "society.yaml"
    file.write_text("name: society\ntopology: flat\nmechanism: plurality\npopulation: {plain: {size: 5, model: m}}\n"
                    "task: {multiple_choice: {rounds: 12, options: 4}}\nmeasures: [abstentions]\n"
                    f"models: {{m: {json.dumps(model)}}}\n")  # fmt: skip
    return file.name


@pytest.mark.slow
def test_a_used_up_budget_is_exit_status_three(server, tmp_path):
    server.configure(fault_rate=0.0)
    file = written(tmp_path, server)
    broken = program("run", file, "--budget", "0.0012", cwd=tmp_path)
    assert (broken.returncode, broken.stdout) == (3, "")
    assert "budget" in broken.stderr and "Traceback" not in broken.stderr
    assert "$0.0012" in broken.stderr and "society-sim resume" in broken.stderr and "--budget USD" in broken.stderr
    [folder] = tmp_path.glob("runs/society-*/seed-0000")
    assert billed(server) <= spent_at_most(folder) <= 1200
    asked = server.asked()
    done = call("resume", folder, "--budget", "1", "--json", cwd=tmp_path)
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["micro_usd"] == billed(server) and told["calls"]["reused"] == sum(asked.values())
    assert set(server.asked().values()) == {1}
    assert told["digest"] == replay(folder).digest


def test_too_many_failures_are_exit_status_four(server, tmp_path):
    server.configure(fault="unauthorised", fault_rate=1.0)
    file = written(tmp_path, server)
    broken = call("run", file, cwd=tmp_path)
    assert (broken.exit_code, broken.stdout) == (4, "")
    assert "Incorrect API key provided." in broken.stderr and "on_failure" in broken.stderr
    assert "society-sim resume" in broken.stderr and "Traceback" not in broken.stderr
    server.configure(fault_rate=0.0)
    [folder] = tmp_path.glob("runs/society-*/seed-0000")
    assert resume(folder).abstentions == {}


def test_a_key_that_is_not_there_is_exit_status_two(server, tmp_path):
    broken = call("run", written(tmp_path, server, key_env="NOT_THERE"), cwd=tmp_path)
    assert (broken.exit_code, broken.stdout) == (2, "") and "the environment has no NOT_THERE" in broken.stderr
    assert server.stats()["requests"] == 0
