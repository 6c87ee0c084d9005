"""The tutorial can be followed: its files are written, its commands are given, and they say what it says they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.DOTALL | re.MULTILINE)


@pytest.mark.slow
def test_the_tutorial_can_be_followed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = {**os.environ, "COLUMNS": "100", "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "visualization")])}
    steps = 0
    for language, file, text in BLOCK.findall(PAGE):
        if file:
            Path(file).write_text(text, encoding="utf-8")
        for command, told in _commands(text) if language == "console" else ():
            done = subprocess.run([sys.executable, "-m", "society_sim", *command], text=True, check=False, env=paths,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
            shown = [" ".join(line.split()) for line in done.stdout.splitlines()]
            assert _follows(told, shown), f"{command} says\n{done.stdout}"
            steps += 1
    assert steps >= 7
    assert Path("surest.html").stat().st_size > 10_000


def _commands(text: str) -> list[tuple[list[str], list[str]]]:
    """The arguments of each command in a block, with the lines that are shown below it."""
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ society-sim "):
            words = shlex.split(line)[2:]
            found.append(([str(name) for word in words for name in sorted(Path().glob(word)) or [word]], []))
        else:
            found[-1][1].append(" ".join(line.split()))
    return found


def _follows(told: list[str], shown: list[str]) -> bool:
    """Whether *shown* has the lines of *told* in their order, where `...` stands for anything.

    >>> _follows(["a", "...", "c ..."], ["a", "b", "c d"]), _follows(["a", "c"], ["a", "b", "c"])
    (True, False)
    """
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(re.escape(" ..."), ".*") + r"\n"
             for line in told]  # fmt: skip
    return re.fullmatch("".join(lines) + r"\n*", "".join(f"{line}\n" for line in shown)) is not None
