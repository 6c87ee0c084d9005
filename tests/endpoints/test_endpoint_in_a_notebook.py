"""In a notebook's kernel, and in any event loop: runs go on as elsewhere, show a bar, and can be interrupted."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import networkx as nx
import pytest
from endpoint_lives import ENVIRONMENT, account, scenario
from endpoint_server import Endpoint

from society_sim import Choice, Society, experiment, fork, openai_compatible, replay, resume, run
from society_sim.bar import MARK, in_notebook

manager = pytest.importorskip("jupyter_client.manager")
pytest.importorskip("ipykernel")
CALLS = 48
BEGIN = """
import sys; sys.path.insert(0, {here!r})
from pathlib import Path
from endpoint_lives import scenario
from society_sim import *
told = scenario({url!r})
"""


@pytest.fixture(scope="module")
def server():
    with Endpoint(brain="choose") as server:
        yield server


class Kernel:
    """A kernel as a notebook has one; what a cell gives back is its outputs, and the name of its error."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manager, self._client = manager.start_new_kernel(
            kernel_name="python3", cwd=str(folder), env={**ENVIRONMENT, "PATH": os.environ["PATH"]})  # fmt: skip

    def begin(self, code: str) -> str:
        return self._client.execute(code, stop_on_error=False)

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def outputs(self, begun: str, until: str = "") -> tuple[list[dict], str]:
        """The outputs of the cell *begun* up to its end, or up to one that has the words *until*."""
        seen, error, end = [], "", time.monotonic() + 120
        while time.monotonic() < end:
            message = self._client.get_iopub_msg(timeout=120)
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != begun:
                continue
            if kind == "status" and content["execution_state"] == "idle":
                return seen, error
            if kind == "error":
                error = content["ename"]
            if kind in ("display_data", "update_display_data", "execute_result", "stream"):
                seen.append(content)
                if until and until in str(content):
                    return seen, ""
        raise AssertionError("the cell has no end")

    def does(self, code: str) -> str:
        """The text of the cell's result; the cell does not fail."""
        seen, error = self.outputs(self.begin(code))
        assert not error, error
        results = [one["data"]["text/plain"] for one in seen if "execution_count" in one]
        return results[-1] if results else ""

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, server):
    kernel = Kernel(tmp_path_factory.mktemp("notebook"))
    kernel.does(BEGIN.format(here=str(Path(__file__).parent), url=server.base_url))
    yield kernel
    kernel.close()


def test_a_running_loop_is_no_hindrance(server, tmp_path):
    told = scenario(server.base_url)

    async def everything():
        result = run(told, out=tmp_path)
        parted = fork(result.folder, at=2, sets=["mechanism.rounds=2"])
        found = experiment(told, out=tmp_path, seeds=1)
        model = openai_compatible(model="m", base_url=server.base_url, max_tokens=40)
        society = Society(nx.path_graph(3), model)
        said = society.run(society.ask_all("Shall we?", Choice(["yes", "no"])))
        again = replay(result.folder).digest, resume(result.folder).digest
        return result.digest, again, parted.reused > 0, found.failed, len(said)

    digest, again, *others = asyncio.run(everything())
    assert again == (digest, digest)
    assert others == [True, [], 3]
    assert run(told, out=None).digest == digest


@pytest.mark.slow
def test_a_kernel_runs_what_any_program_runs(kernel, server):
    digest = run(scenario(server.base_url), out=None).digest
    assert kernel.does("run(told, seed=0).digest") == repr(digest)
    assert kernel.does("async def inside(): return run(told, out=None)\n(await inside()).digest") == repr(digest)
    assert kernel.does("replay(run(told).folder).digest") == repr(digest)
    assert kernel.does("fork(run(told).folder, at=2, sets=['mechanism.rounds=2']).reused > 0") == "True"
    assert kernel.does("{row['status'] for row in experiment(told, seeds=2).runs}") == "{'done'}"


@pytest.mark.slow
def test_a_bar_is_shown_and_gone(kernel, server):
    server.configure(latency_ms=60)
    seen, error = kernel.outputs(kernel.begin("quick = run(told, seed=5, concurrency=2)"))
    server.configure(latency_ms=0)
    assert not error
    bars = [one["data"]["text/html"] for one in seen if one.get("metadata") == MARK]
    assert len(bars) >= 3
    assert bars[-1] == ""
    assert all("<progress" in bar and "lives: " in bar and "settled" in bar for bar in bars[:-1])
    assert len({str(one["transient"]) for one in seen if one.get("metadata") == MARK}) == 1, "one place, changed"
    seen, error = kernel.outputs(kernel.begin("experiment(told.set('task.rounds', 1), seeds=3)"))
    assert not any("settled" in str(one) for one in seen), "the runs of an experiment have no bars of their own"


@pytest.mark.slow
def test_interrupted_it_ends_in_order_and_can_be_taken_up(kernel, server):
    server.reset()
    server.configure(hold_after=13)
    begun = kernel.begin("run(told, seed=9, concurrency=6)")
    while not (server.stats()["answered"] == 13 and server.stats()["in_flight"]):
        time.sleep(0.02)
    kernel.interrupt()
    kernel.outputs(begun, until="calls that are on their way")
    server.configure(hold_after=0)
    seen, error = kernel.outputs(begun)
    assert error == "KeyboardInterrupt"
    [last] = [one["data"]["text/html"] for one in seen[-1:]]
    assert "interrupted" in last
    assert "goes on from there" in last
    assert server.stats()["left"] == 0
    [tape] = kernel.folder.glob("runs/lives-*/seed-0009/tape.jsonl")
    kept = len(account(tape)[1])
    assert 13 <= kept < CALLS
    assert kernel.does("done = run(told, seed=9); done.asked, done.reused") == str((CALLS - kept, kept))
    assert sorted(server.asked().values()) == [1] * CALLS, "nothing was asked twice"


@pytest.mark.slow
def test_an_experiment_on_several_cores_is_interrupted_as_one(kernel, server):
    code = ("many = Scenario.read('hierarchy_against_flat').set('task.rounds', 4000)\n"
            "experiment(many, seeds=8, workers=2)")  # fmt: skip
    begun = kernel.begin(code)
    kernel.outputs(begun, until="under way")
    kernel.interrupt()
    seen, error = kernel.outputs(begun)
    assert error == "KeyboardInterrupt"
    assert not [one for one in seen if one.get("name") == "stderr"], "workers say nothing"
    assert kernel.does("import multiprocessing as m; len(m.active_children())") == "0"
    assert kernel.does("run(told, out=None).asked") == str(CALLS), "the kernel goes on"


def test_elsewhere_nothing_is_shown(server, capfd, tmp_path):
    assert not in_notebook()
    run(scenario(server.base_url), seed=3, out=tmp_path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_nobody_imports_ipython_for_it():
    code = "import sys; from society_sim import run; run('second_look', out=None); assert 'IPython' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True, timeout=120)
