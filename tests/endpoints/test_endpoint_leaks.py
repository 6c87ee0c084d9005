"""Nothing is left of a run, however it ended: no socket, no thread, no task, no growth, and nobody's answer is lost."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import networkx as nx
import pytest
from endpoint_lives import ENVIRONMENT, OTHERS, ours, run, scenario
from endpoint_server import Endpoint

from society_sim import Choice, Society
from society_sim.backends.endpoints import connections
from society_sim.backends.endpoints.loop import LOOP
from society_sim.backends.openai_compatible import openai_compatible
from society_sim.errors import OutOfBudget, TooManyFailures

LITELLM = importlib.util.find_spec("litellm") is not None
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def others():
    OTHERS.clear()
    OTHERS.update(thread.ident for thread in threading.enumerate())


@pytest.fixture(scope="module")
def shared():
    with Endpoint(brain="choose") as server:
        yield server


@pytest.fixture
def server(shared):
    shared.configure(latency_ms=5.0, fault_rate=0.0, fault="all", hang_s=30.0)
    shared.reset()
    return shared


def poll(society, times=2):
    for number in range(times):
        answers = yield from society.ask_all(f"Shall we, the {number}. time?", Choice(["yes", "no"]))
    return answers.values()


def society(model, size=8, **more) -> Society:
    return Society(nx.empty_graph(size), model, **more)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- however a run ends -----------------------------------------------------------------------------------------------


def ended(server, out):
    assert run(scenario(server.base_url), out=out).asked == 48


def failed(server, out):
    server.configure(fault="unauthorised", fault_rate=1.0)
    with pytest.raises(TooManyFailures):
        run(scenario(server.base_url).set("on_failure", "stop"), out=out)


def out_of_budget(server, out):
    with pytest.raises(OutOfBudget):
        run(scenario(server.base_url), out=out, budget=0.002)


def broken_off(server, out):
    server.configure(latency_ms=100.0)

    def watch(now):
        if now.in_flight and now.arrived:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(scenario(server.base_url), out=out, watch=watch, concurrency=5)


def timed_out(server, out):
    server.configure(fault="hang", fault_rate=0.2)
    assert run(scenario(server.base_url, timeout=0.15, attempts=2), out=out).asked == 48


def cut_off(server, out):
    server.configure(fault="reset, half_closed, cut", fault_rate=0.3)
    assert run(scenario(server.base_url), out=out).asked == 48


def never_there(server, out):
    run(scenario("http://127.0.0.1:9/v1", attempts=1, rounds=1), out=out)


WAYS = (ended, failed, out_of_budget, broken_off, timed_out, cut_off, never_there)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_left_of_a_run(server, tmp_path, way):
    ended(server, tmp_path / "warm")  # what is imported and cached once
    before = descriptors()
    way(server, tmp_path / "run")
    assert ours() == []
    assert descriptors() == before
    assert connections._connections == {}
    assert (LOOP._users, LOOP._loop) == (0, None)


CHILD = """
import asyncio, gc, os, sys, threading, warnings
sys.path[:0] = ["tests/endpoints"]
from pathlib import Path
import test_endpoint_leaks as t
from endpoint_lives import scenario
class Server:
    base_url = sys.argv[1]
    def configure(self, **_): pass
backend = sys.argv[4]
t.scenario = lambda url, **more: scenario(url, backend=backend, **more)
out = Path(sys.argv[3])
t.ended(Server, out / "warm")
before = t.descriptors()
getattr(t, sys.argv[2])(Server(), out / "run")
gc.collect()
print(t.ours(), t.descriptors() - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["openai_compatible", pytest.param("litellm", marks=pytest.mark.skipif(
    not LITELLM, reason="needs LiteLLM"))])  # fmt: skip
@pytest.mark.parametrize("way", ["out_of_budget", "broken_off"])
def test_nothing_is_said_of_sessions_left_open(server, tmp_path, way, backend):
    server.configure(latency_ms=50.0)
    done = subprocess.run([sys.executable, "-X", "dev", "-W", "default", "-c", CHILD, server.base_url, way, tmp_path,
                           backend], cwd=ROOT, env={**ENVIRONMENT, "PYTHONASYNCIODEBUG": "1"}, capture_output=True,
                          text=True, timeout=350, check=False)  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[] 0\n"), done.stderr[-3000:]
    for words in ("Unclosed", "never awaited", "never retrieved", "was destroyed", "ResourceWarning", "Traceback"):
        assert words not in done.stderr, done.stderr[-3000:]


# --- one model, many societies ----------------------------------------------------------------------------------------


def test_a_model_can_be_used_again(server):
    model = openai_compatible(model="m", base_url=server.base_url)
    first = society(model)
    told = first.run(poll(first))
    assert ours() == []
    second = society(model)
    assert second.run(poll(second)) == told
    assert first.record.digest == second.record.digest
    assert ours() == []


def test_societies_in_several_threads_share_a_model_and_an_endpoint(server):
    model = openai_compatible(model="m", base_url=server.base_url)
    alone = society(model)
    alone.run(poll(alone, 6))
    digests: list[str] = []

    def live():
        for _ in range(3):
            one = society(model)
            one.run(poll(one, 6))
            digests.append(one.record.digest)

    threads = [threading.Thread(target=live) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert digests == [alone.record.digest] * 6
    assert ours() == []
    assert connections._connections == {}


@pytest.mark.parametrize("later", [0.0, 0.001, 0.02, 0.1])
def test_one_that_is_closed_as_soon_as_it_has_asked_does_not_wait_for_what_never_left(server, later):
    server.configure(latency_ms=1.0)
    one = society(openai_compatible(model="m", base_url=server.base_url, timeout=600.0, concurrency=3), size=200)
    one.open(poll(one))
    one.step()
    time.sleep(later)
    closing = threading.Thread(target=one.close, daemon=True)
    closing.start()
    closing.join(60)
    assert not closing.is_alive(), "it waits for calls that were never made"
    assert one.desk.in_flight == 0
    assert server.stats()["requests"] <= 200
    assert ours() == []


def test_one_that_is_broken_off_leaves_its_neighbour_alone(server):
    server.configure(latency_ms=80.0)
    model = openai_compatible(model="m", base_url=server.base_url)
    neighbour, other = society(model), society(model)
    told: list[object] = []
    thread = threading.Thread(target=lambda: told.append(neighbour.run(poll(neighbour, 5))))
    thread.start()
    other.open(poll(other, 50))
    other.step()
    other.close()
    thread.join(60)
    assert len(told) == 1 and all(answer in ("yes", "no") for answer in told[0])
    assert ours() == []


# --- inside somebody else's loop --------------------------------------------------------------------------------------


def test_a_society_runs_inside_a_running_loop(server):
    model = openai_compatible(model="m", base_url=server.base_url)
    outside = society(model)
    outside.run(poll(outside))

    async def main():
        inside = society(model)
        inside.run(poll(inside))
        with_steps = society(model)
        with_steps.open(poll(with_steps))
        while with_steps.running:
            with_steps.step()
            await asyncio.sleep(0)
        beside = society(model)
        await asyncio.to_thread(beside.run, poll(beside))
        return [one.record.digest for one in (inside, with_steps, beside)], asyncio.all_tasks()

    digests, tasks = asyncio.run(main())
    assert digests == [outside.record.digest] * 3
    assert len(tasks) == 1, "none but its own"
    assert ours() == []


@pytest.mark.slow
def test_a_society_runs_in_a_notebook(server):
    pytest.importorskip("ipykernel")
    client = pytest.importorskip("jupyter_client")
    code = f"""
import sys; sys.path[:0] = ["tests/endpoints"]
from test_endpoint_leaks import *
one = society(openai_compatible(model="m", base_url={server.base_url!r}))
print(len(one.run(poll(one))))
"""
    with client.run_kernel(env=ENVIRONMENT, cwd=str(ROOT)) as kernel:
        said: list[str] = []
        reply = kernel.execute_interactive(code, timeout=180, output_hook=lambda message: said.append(str(message)))
    assert reply["content"]["status"] == "ok", said
    assert any("'text': '8" in one for one in said)


# --- many -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_thousand_calls_in_flight_and_every_one_is_answered(server):
    server.configure(latency_ms=2000.0)
    one = society(openai_compatible(model="m", base_url=server.base_url, timeout=60.0), size=2500, concurrency=2500)
    answers = one.run(poll(one, 2))
    assert len(answers) == 2500
    assert all(answer in ("yes", "no") for answer in answers)
    counts = server.stats()
    assert (counts["requests"], counts["answered"], counts["left"]) == (5000, 5000, 0)
    assert counts["max_in_flight"] >= 1900
    assert ours() == []


GROWTH = """
import gc, json, os, sys
sys.path[:0] = ["tests/endpoints"]
import test_endpoint_leaks as t
def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
model = t.openai_compatible(model="m", base_url=sys.argv[1])
told = []
for batch in range(int(sys.argv[2])):
    one = t.society(model, size=500, seed=batch)
    one.run(t.poll(one, 4))
    del one
    told.append((resident(), t.descriptors()))
print(json.dumps(told))
"""


@pytest.mark.slow
def test_twenty_thousand_calls_leave_no_more_than_two_thousand(server):
    server.configure(latency_ms=0.0)
    done = subprocess.run([sys.executable, "-c", GROWTH, server.base_url, "10"], cwd=ROOT, env=ENVIRONMENT, check=True,
                          capture_output=True, text=True, timeout=350)  # fmt: skip
    memory, open_files = zip(*json.loads(done.stdout), strict=True)
    assert server.stats()["answered"] == 20_000
    assert len(set(open_files)) == 1
    assert memory[-1] - memory[4] < 5 * 2**20, [size // 1024 for size in memory]
