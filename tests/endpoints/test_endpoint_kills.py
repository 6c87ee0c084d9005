"""Killed at any moment between any two bytes to and from an endpoint, and started again: nothing is paid twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from endpoint_lives import account, asked_by, billed, in_flight, price, run, scenario, settled, tape_in
from endpoint_server import Endpoint, digest

from society_sim import replay
from society_sim.errors import OutOfBudget

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
CALLS = 48


@pytest.fixture(scope="module")
def server():
    with Endpoint(brain="choose", latency_ms=40.0, latency_sigma=0.5, keep_bodies=True) as server:
        yield server


@pytest.fixture(scope="module")
def whole(server, tmp_path_factory):
    """The record of the uninterrupted run, what it cost, and the key of every body's digest."""
    out = tmp_path_factory.mktemp("whole")
    server.reset()
    result, known = asked_by(lambda: run(scenario(server.base_url), out=out))
    keys = {digest(body): known[body["seed"], body["messages"][-1]["content"]] for body in server.bodies()}
    assert len(keys) == len(known) == CALLS == result.asked
    assert billed(server) == result.micro_usd
    return (result.folder / "record.jsonl").read_bytes(), result.micro_usd, keys


def life(what, out: Path, rng: random.Random, longest: float, **terms) -> bool:
    """One life in a child process, killed after a while; whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            run(what, out=out, concurrency=12, **terms)
        except OutOfBudget:
            os._exit(4)
        except BaseException:
            os._exit(3)
        os._exit(0)
    time.sleep(rng.uniform(0, longest))
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) in (0, 4)
    return os.WIFSIGNALED(status)


def lives(server, whole, out: Path, rng: random.Random, kills: int) -> tuple[int, int]:
    """Lives until the run has come to its end; how many deaths there were, and how many calls were in flight then."""
    record, cost, keys = whole
    what, killed, in_doubt = scenario(server.base_url), 0, Counter[str]()
    server.reset()
    for _ in range(kills):
        if not life(what, out, rng, 0.45):
            break
        killed += 1
        flying = in_flight(tape_in(out))
        in_doubt = Counter({key: max(times, flying[key]) for key, times in (in_doubt | flying).items()})
    result = run(what, out=out)
    assert (result.folder / "record.jsonl").read_bytes() == record
    settled(server)
    for body, times in server.asked().items():
        assert times <= 1 + in_doubt[keys[body]], "asked again, though it was not in flight at any death"
    summed, answers = account(tape_in(out))
    assert len(answers) == CALLS
    assert summed.spent.micro_usd == cost == sum(price(data["in"], data["out"]) for data in answers.values())
    assert summed.doubtful.micro_usd >= billed(server) - cost
    assert summed.spent.calls == CALLS + in_doubt.total() >= server.stats()["requests"]
    assert replay(result.folder).digest == result.digest
    return killed, in_doubt.total()


def all_lives(server, whole, folder: Path, rng: random.Random, kills: int) -> None:
    """Run after run until there were *kills* deaths and more calls in flight at them: a busy machine takes longer."""
    killed = flying = 0
    for number in range(10 * kills):
        died, lost = lives(server, whole, folder / str(number), rng, rng.randrange(2, 9))
        killed, flying = killed + died, flying + lost
        if killed >= kills and flying > kills:
            return
    raise AssertionError(f"{killed} deaths with {flying} calls in flight prove little")


def test_killed_again_and_again_nothing_is_asked_twice_but_what_was_on_its_way(server, whole, tmp_path):
    all_lives(server, whole, tmp_path, random.Random(3), 8)


@pytest.mark.slow
def test_fifty_kills(server, whole, tmp_path):
    all_lives(server, whole, tmp_path, random.Random(5), 50)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_a_budget_holds_through_any_number_of_deaths(server, whole, tmp_path, seed):
    """What died on its way counts as spent, so that what is really billed is never more than the budget."""
    record, cost, _ = whole
    what, rng, budget = scenario(server.base_url), random.Random(seed), int(1.15 * cost)
    server.reset()
    for _ in range(4):
        life(what, tmp_path, rng, 0.3, budget=budget / 1e6)
        assert billed(server) <= budget
    with pytest.raises(OutOfBudget, match="is used up"):
        run(what, out=tmp_path, budget=budget / 1e6)
    settled(server)
    assert billed(server) <= budget
    summed, answers = account(tape_in(tmp_path))
    assert summed.spent.plus(summed.doubtful).micro_usd <= budget
    result = run(what, out=tmp_path, budget=1.0)
    assert result.reused == len(answers)
    assert (result.folder / "record.jsonl").read_bytes() == record
