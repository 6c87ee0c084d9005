"""A run on a terminal: how it goes is shown, and Ctrl-C leaves a run that can be taken up again."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli_helpers import ENVIRONMENT, PROGRAM, call

CODE = """
from society_sim import Answer, backend, delayed, inline
from society_sim.testing import scripted

@backend
def slow_cli(*, seconds: float = 0.05):
    '''A model that takes its time.'''
    return delayed(inline(scripted, watermark="slow"), lambda query: seconds)
"""
TEXT = """
name: slow
models: {m: slow_cli}
population: {plain: {size: 3, model: m}}
topology: flat
task: {multiple_choice: {rounds: 20}}
mechanism: second_look
"""


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A scenario of 120 calls that take 0.05 s each."""
    (tmp_path / "slow.py").write_text(CODE)
    (tmp_path / "slow.yaml").write_text(TEXT)
    return tmp_path / "slow.yaml"


def _on_a_terminal(arguments: list[str], cwd: Path) -> tuple[subprocess.Popen[bytes], int]:
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=inner,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(inner)
    return process, outer


def _seen(terminal: int, until: str = "", seconds: float = 90.0) -> str:
    """What the terminal is told, until *until* is, or all of it."""
    seen, end = b"", time.monotonic() + seconds
    while time.monotonic() < end and not (until and re.search(until.encode(), seen)):
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    return seen.decode(errors="replace")


@pytest.mark.slow
def test_how_it_goes_is_shown(slow: Path) -> None:
    process, terminal = _on_a_terminal(["run", "slow.yaml", "--concurrency", "4", "--seed", "1"], slow.parent)
    seen = _seen(terminal)
    out, _ = process.communicate(timeout=120)
    os.close(terminal)
    assert process.returncode == 0
    assert re.search(r"\d+/20 settled, \d+ answers, \d+/s, \$0", seen)
    assert b"20 questions settled" in out
    assert b"in flight" not in out


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_nothing_is_shown_if_nobody_asked(slow: Path, option: str) -> None:
    process, terminal = _on_a_terminal(["run", "slow.yaml", "--set", "task.rounds=2", option], slow.parent)
    seen = _seen(terminal)
    process.communicate(timeout=120)
    os.close(terminal)
    assert (process.returncode, seen) == (0, "")


@pytest.mark.slow
def test_broken_off_and_taken_up(slow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(slow.parent)
    arguments = ["run", "slow.yaml", "--set", "models.m.seconds=0.04"]
    process, terminal = _on_a_terminal([*arguments, "--concurrency", "2"], slow.parent)
    _seen(terminal, until=r"[1-9]\d*/20 settled")
    os.killpg(process.pid, signal.SIGINT)
    seen = _seen(terminal, seconds=60)
    out, _ = process.communicate(timeout=120)
    os.close(terminal)
    assert (process.returncode, out) == (130, b"")
    assert "Traceback" not in seen
    assert "broken off; what was answered is kept. To go on: society-sim resume runs/slow-" in seen
    (folder,) = (slow.parent / "runs").glob("slow-*/seed-0000")
    assert not (folder / "record.jsonl").exists()
    told = json.loads(call("resume", folder, "--json").stdout)
    assert told["calls"]["reused"] > 0
    assert told["calls"]["asked"] > 0
    assert sum(told["calls"].values()) == 120
    whole = call(*arguments, "--out", "elsewhere", "--json")
    assert json.loads(whole.stdout)["digest"] == told["digest"], "as if it had never been broken off"
