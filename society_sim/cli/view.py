"""`society-sim view`: a scenario or a run in the browser."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from society_sim.cli.printing import incomplete, say, told
from society_sim.errors import ScenarioError


def view(
    of: Annotated[str, typer.Argument(metavar="[SCENARIO|RUN]", show_default=False, help=(
        "A scenario's name or file, or a run's folder; if left out, there is a gallery to choose from."))] = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the page is served.")] = 8765,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help=(
        "The address to serve it on. On another than this machine's own, a token has to be known."))] = "127.0.0.1",
    seed: Annotated[int, typer.Option(min=0, help="The seed of a new run.")] = 0,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where new runs are kept.")] = Path("runs"),
    budget: Annotated[float | None, typer.Option(metavar="USD", help=(
        "US dollars that a new run may spend in all, in place of what the scenario says."))] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
) -> None:
    """Watch a scenario as it runs, or a run that is recorded, in the browser."""
    with told():
        _check(of)
        _installed()
        from society_viz.view.serve import serve

        serve(of, host=host, port=port, out=str(out), seed=seed, budget=budget, show=not no_open, say=say)


def _installed() -> None:
    """Whether the page can be served; nothing of it is imported, for its server is told by the environment first."""
    extra = "install it with: python -m pip install 'society-sim[view]'"
    for name in ("solara", "ipyvuetify", "uvicorn", "solara_assets", "altair"):
        if find_spec(name) is None:
            raise ScenarioError(f"the page needs {name}; {extra}")
    if not version("ipyvuetify").startswith("1."):
        raise ScenarioError(f"the page needs ipyvuetify 1, not {version('ipyvuetify')}; {extra}")


def _check(of: str) -> None:
    """Before anything is started: what is to be seen is there, and is what it should be."""
    path = Path(of)
    if not of:
        return
    if path.is_dir() or path.suffix == ".jsonl":
        from society_viz import VizError
        from society_viz.reading import entries, find_record

        try:
            next(entries(find_record(path)))
        except VizError as error:
            raise ScenarioError(str(error)) from error
        if find_record(path).name == "record.jsonl":  # one that grows is not whole yet
            incomplete(path)
    else:
        from society_sim.scenario import Scenario

        Scenario.read(of)
