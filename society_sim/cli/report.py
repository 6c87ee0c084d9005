"""`society-sim report`: what an experiment or a run came to, as one page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from society_sim.cli.printing import incomplete, say, told, warned
from society_sim.cli.printing import json as print_json
from society_sim.errors import ScenarioError, SocietyError


def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=(
        "An experiment's folder, or a run's, as they print it at their end."))],
    to: Annotated[Path | None, typer.Option(metavar="FILE", help=(
        "What to write: a name that ends in .html or .md. If left out, both, in the folder itself."))] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else.")] = False,
) -> None:
    """Write what an experiment or a run came to as one self-contained page.

    Tables, figures, provenance, and the effects that the preset of synthetic models assumes. Nothing is run.
    """
    with told():
        try:
            from society_viz import VizError, report
        except ImportError as error:
            raise ScenarioError(f"reports need {error.name}; install it with: "
                                "python -m pip install 'society-sim[viz]'") from error  # fmt: skip
        try:
            with warned():
                made = report(folder, to, measures=_measures(folder))
            if not (folder / "experiment.json").is_file():
                incomplete(folder)
        except VizError as error:
            raise ScenarioError(str(error)) from error
        if json:
            print_json({"report": [str(path) for path in made]})
        else:
            for path in made:
                say(path)


def _measures(folder: Path) -> Mapping[str, float] | None:
    """The measures of a run, if it is one and its scenario can still be read."""
    from society_sim import results
    from society_sim.opening import opened
    from society_sim.reporting.run_reading import ODD
    from society_sim.store import RECORD, RecordFile

    if not (folder / RECORD).is_file():
        return None
    try:
        scenario, _, _ = opened(folder)
        return results.measure(scenario, RecordFile(folder / RECORD))
    except (SocietyError, *ODD):  # a part that cannot be read, or a record that no run wrote
        return None
