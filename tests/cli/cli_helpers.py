"""How the tests call the command line: in this process, or as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import Result
from typer.testing import CliRunner

from society_sim.cli.commands import app

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = ("second_look", "--set", "population.size=4", "--set", "task.rounds=3")
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "visualization")]),
    "TERM": "xterm",
    "COLUMNS": "120",
}
PROGRAM = (sys.executable, "-m", "society_sim")


def call(*arguments: object) -> Result:
    """Call it in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


def program(*arguments: object, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """Call it as a program."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        **more,
    )
