"""What commands are given: the arguments and options that several of them share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ScenarioArgument = Annotated[str, typer.Argument(metavar="SCENARIO",
                                                 help="A scenario's file, or a name that `list scenarios` shows.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, as a run prints it.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="WHAT=VALUE", help=(
    "Change the scenario: section.parameter=value, models.name.parameter=value, or section=part. May be repeated."))]
Seed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="The seed: all luck of the run comes from it.")]
Out = Annotated[Path, typer.Option(help="Where runs' folders are made.")]
Concurrency = Annotated[int, typer.Option(min=1, help="How many calls may be under way at once.")]
Budget = Annotated[float | None, typer.Option(metavar="USD", help=(
    "What the run may spend in all, in US dollars, in place of what the scenario says."))]
Again = Annotated[bool, typer.Option("--again", help="Ask those questions once more whose calls failed.")]
Shared = Annotated[Path | None, typer.Option(metavar="FOLDER", help=(
    "A folder of tapes: their answers are used, and those of this run are added to it."))]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the run's folder, and nothing else.")]
