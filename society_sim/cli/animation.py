"""`society-sim animate`: a run as an animation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from society_sim.cli.arguments import RunArgument
from society_sim.cli.printing import say, told
from society_sim.errors import ScenarioError


def animate(
    run: RunArgument,
    to: Annotated[Path, typer.Option(help="The file to write: a name that ends in .gif, .mp4 or .html.")],
) -> None:
    """Show a run as an animation."""
    with told():
        say(filmed(to)(run))


def filmed(to: Path) -> Callable[[Path], Path]:
    """What makes an animation of a run in the file *to*; checked before anything is run."""
    try:
        import society_viz
    except ImportError as error:
        raise ScenarioError(f"animations need {error.name}; install it with: "
                            "python -m pip install 'society-sim[viz]'") from error  # fmt: skip
    known = (".gif", ".mp4", ".html")
    if to.suffix.lower() not in known:
        raise ScenarioError(f"cannot make {to}: its name must end in {', '.join(known[:-1])} or {known[-1]}")
    if not to.absolute().parent.is_dir():
        raise ScenarioError(f"cannot make {to}: there is no folder {to.absolute().parent}")

    def film(run: Path) -> Path:
        try:
            return society_viz.animate(run, to)
        except society_viz.VizError as error:
            raise ScenarioError(str(error)) from error

    return film
