"""The command line: run, resume, replay, fork, experiment, check, estimate, new, list, show, animate, view, and others.

Exit status: 0 done; 1 a run or a replay that failed; 2 something wrong in what was given, before anything ran; 3 the
budget is used up, and 4 too many calls failed, or all of them: both can be taken up again; 130 broken off with Ctrl-C.

Results go to stdout, all else to stderr. Heavy modules are imported by the command that needs them, so that `--help`
comes at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from society_sim import __version__
from society_sim.cli import animation, laboratory, printing, running, tape
from society_sim.cli.arguments import Json, RunArgument, ScenarioArgument, Sets
from society_sim.cli.estimate import estimate
from society_sim.cli.export import export
from society_sim.cli.new import new
from society_sim.cli.printing import console, say, told
from society_sim.cli.report import report
from society_sim.cli.validity import validity
from society_sim.cli.view import view

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
                  context_settings={"help_option_names": ["-h", "--help"]},
                  help="A laboratory for organised societies of language models.")  # fmt: skip

app.add_typer(tape.app, name="tape")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True,
                                          callback=_version)] = False,
    traceback: Annotated[bool, typer.Option("--traceback", help="Show where an error came from in the code.")] = False,
) -> None:
    """Options of all commands."""
    printing.trace = traceback


for command in (running.run, running.resume, running.replay, running.fork, laboratory.experiment, report, export,
                validity):  # fmt: skip
    app.command()(command)


@app.command()
def check(scenario: ScenarioArgument, sets: Sets = None) -> None:
    """Check a scenario without asking anything.

    It is read, its files are opened and its society is built.
    """
    with told():
        from society_sim.backends.taped import kept
        from society_sim.building import build
        from society_sim.scenario import Scenario

        read = Scenario.read(scenario, sets or ())
        society = build(read, wrap=kept)
        society.close()
        ties = society.graph.number_of_edges()
        say(f"{read.name} is sound: {len(society.members):,} members, {ties:,} ties, digest {read.digest[:8]}")


app.command()(estimate)
app.command()(new)


@app.command("list")
def list_(
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="Of one kind only, such as mechanism.")] = None,
    long: Annotated[bool, typer.Option("--long", help="The whole page of each part.")] = False,
) -> None:
    """List scenarios, and the parts that they can name."""
    with told():
        from society_sim.cli import catalogue

        for name in catalogue.kinds(kind):
            console().print(*catalogue.listing(name, long=long), sep="\n", crop=False)


@app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME", help="A part, a scenario's name, or its file.")]) -> None:
    """Show the page of a part, or of a scenario."""
    with told():
        from society_sim.cli import catalogue

        console().print(*catalogue.pages(name), sep="\n", crop=False)


app.command()(animation.animate)
app.command()(animation.poster)
app.command()(view)


@app.command()
def structure(
    run: RunArgument,
    every: Annotated[float, typer.Option(metavar="TIME", help="Simulated time between rows.")] = 1.0,
    measures: Annotated[list[str] | None, typer.Option("--measure", metavar="NAME", help=(
        "A measure to show in place of the usual ones. May be repeated."))] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the table to this file.")] = None,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help=(
        "Draw the table as a figure: a file that ends in .png, .svg or .pdf."))] = None,
    json: Json = False,
) -> None:
    """Show how a run's society was organised, over simulated time.

    Only the record is read: depth, span, centralisation, modularity, connectivity, reachability, and how much of what
    was said ran along the lines of reporting.
    """
    with told():
        from society_sim.cli.structure import table

        table(run, every, measures, csv, to, json)
