"""`society-sim export`: a run in the format of somebody else's tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from society_sim.cli.arguments import RunArgument
from society_sim.cli.printing import say, told


def export(
    run: RunArgument,
    to: Annotated[Path, typer.Option(metavar="FILE", help=(
        "What to write: a log of Inspect, which ends in .eval (compressed) or .json."))],
) -> None:
    """Write a run as a log of Inspect (inspect_ai), to be opened with `inspect view`.

    Each question is a sample, each answer a model event with its prompt and its reply. Needs the extra `bridges`.
    """
    with told():
        from society_sim.bridges import inspect_log

        say(inspect_log.export(run, to))
