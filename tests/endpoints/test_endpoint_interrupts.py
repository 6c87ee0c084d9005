"""Told to stop while calls are on their way: the first time they may still come in, the second time they may not."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from endpoint_lives import ENVIRONMENT, account, in_flight, settled, tape_in
from endpoint_server import Endpoint

from society_sim import resume, run

PROGRAM = (sys.executable, "-m", "society_sim")
ASIDE = 12
"""Calls at once."""
TEXT = """
name: told
models: {{m: {{openai_compatible: {{model: m, base_url: "{url}", max_tokens: 40, price: {{in: 2, out: 5}}}}}}}}
population: {{plain: {{size: 8, model: m}}}}
topology: flat
task: {{multiple_choice: {{rounds: 5, options: 3}}}}
mechanism: second_look
"""
CALLS = 80
HOW = [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def shared():
    with Endpoint(brain="choose") as server:
        yield server


@pytest.fixture
def server(shared, tmp_path):
    """A server that answers some calls and then holds the others, and beside it a scenario of 80 calls."""
    (tmp_path / "told.yaml").write_text(TEXT.format(url=shared.base_url))
    shared.configure(hold_after=13)
    shared.reset()
    return shared


@pytest.fixture
def begun(tmp_path):
    """Starts the run of that scenario in a process of its own, which does not outlive the test."""
    with contextlib.ExitStack() as lives:

        def begin(**more) -> subprocess.Popen[str]:
            process = lives.enter_context(
                subprocess.Popen([*PROGRAM, "run", "told.yaml", "--concurrency", str(ASIDE)], cwd=tmp_path, text=True,
                                 env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **more)
            )  # fmt: skip
            lives.callback(process.kill)
            return process

        yield begin


def held(server) -> None:
    """Wait until the server has answered what it answers, and holds calls."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        counts = server.stats()
        if counts["answered"] == 13 and counts["in_flight"]:
            return
        time.sleep(0.01)
    raise AssertionError("nothing was asked")


def line_with(stream, words: str) -> str:
    for line in stream:
        if words in line:
            return line
    raise AssertionError(f"it never said {words!r}")


def taken_up(server, folder: Path, *, twice: int) -> None:
    """Resumed, it asks the rest alone; *twice* calls had no answer when it was broken off."""
    server.configure(hold_after=0)
    (broken,) = (folder / "runs").glob("told-*/seed-0000")
    _, answers = account(broken / "tape.jsonl")
    resumed = resume(broken)
    assert (resumed.asked, resumed.reused) == (CALLS - len(answers), len(answers))
    assert sorted(server.asked().values()) == [1] * (CALLS - twice) + [2] * twice
    assert run(folder / "told.yaml", out=None).digest == resumed.digest


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
def test_what_is_on_its_way_still_comes_in(server, begun, tmp_path, how):
    process = begun(stderr=subprocess.PIPE)
    held(server)
    process.send_signal(how)
    said = line_with(process.stderr, "finishing")
    assert re.search(r"finishing \d+ calls that are on their way; Ctrl-C again breaks them off", said)
    server.configure(hold_after=0)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "broken off; what was answered is kept. To go on: society-sim resume runs/told-" in err
    counts, (summed, answers) = server.stats(), account(tape_in(tmp_path / "runs"))
    assert counts["left"] == 0
    assert len(answers) == counts["answered"] == counts["requests"] < CALLS
    assert summed.doubtful.micro_usd == 0
    taken_up(server, tmp_path, twice=0)


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
def test_told_again_it_breaks_off_at_once(server, begun, tmp_path, how):
    process = begun(stderr=subprocess.PIPE)
    held(server)
    process.send_signal(how)
    line_with(process.stderr, "finishing")
    process.send_signal(how)
    out, err = process.communicate(timeout=60)  # and not as long as the calls would take
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "To go on: society-sim resume runs/told-" in err
    settled(server)
    lost = in_flight(tape_in(tmp_path / "runs"))
    assert lost.total() == server.stats()["left"] > 0
    assert account(tape_in(tmp_path / "runs"))[0].doubtful.micro_usd >= lost.total() * 40 * 5
    taken_up(server, tmp_path, twice=lost.total())


def seen(terminal: int, until: str = "", seconds: float = 60.0) -> str:
    """What the terminal is told, until *until* is, or all of it."""
    told, end = b"", time.monotonic() + seconds
    while time.monotonic() < end and not (until and re.search(until.encode(), told)):
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        told += data
    return told.decode(errors="replace")


@pytest.mark.slow
def test_a_terminal_shows_rate_and_money_and_that_it_is_finishing(server, begun):
    outer, inner = pty.openpty()
    process = begun(stderr=inner, start_new_session=True)
    os.close(inner)
    going = seen(outer, until=r"/5 settled, \d+ answers, [1-9]\d*/s, \$0\.0\d*, \d+ in flight")
    assert re.search(r"settled, \d+ answers, [1-9]\d*/s, \$0\.0\d*, \d+ in flight", going)
    held(server)
    os.killpg(process.pid, signal.SIGINT)
    rest = seen(outer, until="Ctrl-C again")
    server.configure(hold_after=0)
    rest += seen(outer)
    out, _ = process.communicate(timeout=60)
    os.close(outer)
    assert (process.returncode, out) == (130, "")
    assert re.search(r"finishing \d+ calls that are on their way; Ctrl-C again breaks them off", rest)
    assert "To go on: society-sim resume runs/told-" in rest
    assert "Traceback" not in going + rest
    assert server.stats()["left"] == 0
