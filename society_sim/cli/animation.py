"""`society-sim animate` and `poster`: a run as an animation, or as one picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from society_sim.cli.arguments import RunArgument
from society_sim.cli.printing import incomplete, say, told, warned
from society_sim.errors import ScenarioError


def animate(
    run: RunArgument,
    to: Annotated[Path, typer.Option(help=(
        "What to write: a name that ends in .gif, .mp4 or .html; or, without an ending, a folder of SVG pictures, "
        "one of each moment."))],
) -> None:
    """Show a run as an animation."""
    with told():
        say(filmed(to)(run))
        incomplete(run)


def poster(
    run: RunArgument,
    to: Annotated[Path, typer.Option(help="The file to write: a name that ends in .svg, .pdf or .png.")],
) -> None:
    """Show a run as one picture: the society, what it settled, and the figures of the run."""
    with told():
        say(_pictured(to, (".svg", ".pdf", ".png"), "posters", "poster")(run))
        incomplete(run)


def filmed(to: Path) -> Callable[[Path], Path]:
    """What makes an animation of a run in the file *to*; checked before anything is run."""
    return _pictured(to, (".gif", ".mp4", ".html", ""), "animations", "animate")


def _pictured(to: Path, known: tuple[str, ...], things: str, function: str) -> Callable[[Path], Path]:
    try:
        import society_viz

        made = getattr(society_viz, function)  # imported here and now: before anything is run
    except ImportError as error:
        raise ScenarioError(f"{things} need {error.name}; install it with: "
                            "python -m pip install 'society-sim[viz]'") from error  # fmt: skip
    if to.suffix.lower() not in known:
        ends = [ending for ending in known if ending]
        folder = "; without an ending it is a folder of SVG pictures" if "" in known else ""
        raise ScenarioError(f"cannot make {to}: its name must end in {', '.join(ends[:-1])} or {ends[-1]}{folder}")
    if not to.absolute().parent.is_dir():
        raise ScenarioError(f"cannot make {to}: there is no folder {to.absolute().parent}")

    def picture(run: Path) -> Path:
        try:
            with warned():
                return Path(made(run, to))
        except society_viz.VizError as error:
            raise ScenarioError(str(error)) from error

    return picture
