"""The command line: run, resume, replay, fork, experiment, check, estimate, list, show, animate, tape, and others.

Exit status: 0 done; 1 a run or a replay that failed; 2 something wrong in what was given, before anything ran; 3 the
budget is used up, and 4 too many calls failed: both can be taken up again; 130 broken off with Ctrl-C.

Results go to stdout, all else to stderr. Heavy modules are imported by the command that needs them, so that `--help`
comes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from society_sim import __version__
from society_sim.cli import laboratory, printing, tape
from society_sim.cli.printing import FAILING, SHORT, complain, console, place, say, told
from society_sim.cli.printing import json as print_json
from society_sim.cli.report import report
from society_sim.cli.validity import validity
from society_sim.errors import FAILURES, OutOfBudget, RunStopped, ScenarioError, SocietyError, StoreError

if TYPE_CHECKING:
    from society_sim.building import Progress
    from society_sim.ledger import Ledger
    from society_sim.preflight import Bound
    from society_sim.runs import Fork, Result
    from society_sim.scenario import Scenario

_RAISED = {"usd": " --budget USD", "tokens": " --set budget.tokens=N", "calls": " --set budget.calls=N"}
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
                  context_settings={"help_option_names": ["-h", "--help"]},
                  help="A laboratory for organised societies of language models.")  # fmt: skip

app.add_typer(tape.app, name="tape")

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


@app.command()
def run(
    scenario: ScenarioArgument,
    sets: Sets = None,
    seed: Seed = 0,
    out: Out = Path("runs"),
    concurrency: Concurrency = 64,
    json: Json = False,
    quiet: Quiet = False,
    budget: Budget = None,
    again: Again = False,
    shared: Shared = None,
    reuse: Annotated[Path | None, typer.Option(metavar="RUN", help=(
        "Use that run's answers where the questions are the same: after its scenario or code was mended."))] = None,
    animate: Annotated[Path | None, typer.Option(metavar="FILE", help=(
        "Show the run as an animation afterwards: a file that ends in .gif, .mp4 or .html."))] = None,
) -> None:
    """Run a scenario once, with one seed.

    A run that was broken off is taken up where it was; one that is complete is told again.
    """
    with told():
        from society_sim import runs
        from society_sim.scenario import Scenario

        film = _filmed(animate) if animate else None
        read = Scenario.read(scenario, sets or ())
        folder = runs.folder_of(read, seed, out)
        if reuse is not None:
            _opened(reuse, only_there=True)

        def act(watch: Watch) -> Result:
            return runs.run(read, seed=seed, out=out, parent=reuse, concurrency=concurrency, watch=watch,
                            budget=budget, again=again, shared=shared, announce=_announce)  # fmt: skip

        result = _carried_out(act, read, folder, json, quiet)
        _result(result, json, quiet)
        if film is not None:
            say(f"animation    {film(result.folder)}", stderr=json or quiet)


@app.command()
def resume(
    run: RunArgument,
    sets: Annotated[list[str] | None, typer.Option("--set", metavar="WHAT=VALUE", help=(
        "Change what shapes no record, such as models.panel.rpm=60. May be repeated."))] = None,
    concurrency: Concurrency = 64,
    budget: Budget = None,
    again: Again = False,
    shared: Shared = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take up a run that was broken off.

    What was answered is not asked again. To give the command of the run again does the same. With --again, a run that
    is complete is taken up too, if calls of it failed.
    """
    with told():
        from society_sim import runs

        scenario, _, _ = _opened(run)

        def act(watch: Watch) -> Result:
            return runs.resume(run, sets=sets or (), concurrency=concurrency, watch=watch, budget=budget, again=again,
                               shared=shared, announce=_announce)  # fmt: skip

        _result(_carried_out(act, scenario, run, json, quiet, _anew(run)), json, quiet)


@app.command()
def replay(run: RunArgument, json: Json = False) -> None:
    """Prove a run: from its answers alone, the same record.

    No model is asked. If the record does not come out byte by byte, the first difference is shown, and the exit status
    is 1.
    """
    with told():
        from society_sim import runs

        _opened(run)
        same = runs.replay(run)
        if json:
            print_json({"run": str(same.folder), "digest": same.digest, "answers": same.answers})
        else:
            say(f"the same record, byte by byte: {same.digest[:16]}, from {same.answers:,} recorded answers")


@app.command()
def fork(
    run: RunArgument,
    at: Annotated[float, typer.Option(min=0, help="The simulated time from which the change holds.")] = 0.0,
    sets: Sets = None,
    out: Annotated[Path | None, typer.Option(help="Where the folder is made; beside the run's, if left out.")] = None,
    concurrency: Concurrency = 64,
    budget: Budget = None,
    shared: Shared = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run what would have been, had something been different.

    Answers to questions that did not change are used again; only the rest is asked. Shows where the two runs part.
    """
    with told():
        from society_sim import runs
        from society_sim.cli import telling

        parent, seed, home = _opened(run)
        scenario = parent.changed(at, sets or ())
        folder = runs.folder_of(scenario, seed, out or home)

        def act(watch: Watch) -> Fork:
            return runs.fork(run, at=at, sets=sets or (), out=out, concurrency=concurrency, watch=watch, budget=budget,
                             shared=shared, announce=_announce)  # fmt: skip

        forked = _carried_out(act, scenario, folder, json, quiet, _anew(folder))
        if not json and not quiet:
            telling.parted(console(), forked)
        more = {"parent": str(forked.parent), "parted": forked.parted} if json else {}
        _result(forked.result, json, quiet, **more)


app.command()(laboratory.experiment)
app.command()(report)
app.command()(validity)


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


@app.command()
def estimate(scenario: ScenarioArgument, sets: Sets = None, seed: Seed = 0, json: Json = False) -> None:
    """Say what a run can take at most, without asking anything.

    The run is rehearsed twice with a scripted model, and each question counted at the most that it can cost.
    """
    with told():
        from society_sim.cli.progress import shown
        from society_sim.cli.telling import bounded
        from society_sim.preflight import bound
        from society_sim.scenario import Scenario

        read = Scenario.read(scenario, sets or ())
        with shown(console(stderr=True), read.name, quiet=json):
            most = bound(read, seed)
        if json:
            print_json({"questions": most.questions, "calls": most.most.calls, "tokens": most.most.tokens,
                   "micro_usd": most.most.micro_usd})  # fmt: skip
        else:
            say(f"{read.name}: {bounded(most)}")


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


@app.command()
def animate(
    run: RunArgument,
    to: Annotated[Path, typer.Option(help="The file to write: a name that ends in .gif, .mp4 or .html.")],
) -> None:
    """Show a run as an animation."""
    with told():
        say(_filmed(to)(run))


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


def _filmed(to: Path) -> Callable[[Path], Path]:
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


def _announce(most: Bound, ledger: Ledger) -> None:
    """What a paid run can take at most, before it begins."""
    from society_sim.cli.telling import announced

    say(announced(most, ledger), stderr=True)


Watch = Callable[["Progress"], None] | None


def _carried_out(
    act: Callable[[Watch], Any], scenario: Scenario, folder: Path, json: bool, quiet: bool, again: str = ""
) -> Any:
    """Run it, show how it goes, and say what is kept if it does not come to its end.

    *again*: the command that takes `--reuse`; the one that was given, if left out.
    """
    from society_sim.cli.progress import shown

    terminal = console(stderr=True)
    try:
        with shown(terminal, scenario.name, quiet=json or quiet) as watch:
            return act(watch)
    except KeyboardInterrupt:
        _hint(folder, f"broken off; what was answered is kept. To go on: society-sim resume {folder}")
        raise typer.Exit(130) from None
    except ScenarioError:
        raise
    except RunStopped as stopped:
        complain(stopped)
        short = isinstance(stopped, OutOfBudget)
        more = "".join(_RAISED[what] for what in stopped.of) if isinstance(stopped, OutOfBudget) else ""
        _hint(folder, f"what was answered is kept. To go on: society-sim resume {folder}{more}")
        if json:
            print_json({"run": str(folder), "stopped": "budget" if short else "failures", "why": str(stopped)})
        raise typer.Exit(SHORT if short else FAILING) from None
    except Exception as error:
        if isinstance(error, SocietyError):
            complain(error)
        else:
            complain(f"the run failed: {type(error).__name__}: {error}{place(error)}")
        if printing.trace:
            raise
        if not isinstance(error, StoreError):
            then = f"then: {again}" if again else "give the command again with"
            _hint(folder, f"what was answered is kept. Mend that, and {then} --reuse {folder}")
        raise typer.Exit(1) from None


def _anew(folder: Path) -> str:
    """The command that runs what is in *folder* from the beginning."""
    from society_sim.store import SCENARIO

    return f"society-sim run {folder / SCENARIO} --seed {folder.resolve().name.removeprefix('seed-')}"


def _hint(folder: Path, words: str) -> None:
    from society_sim.store import SCENARIO

    if (folder / SCENARIO).exists():
        say(words, stderr=True)


def _result(result: Result, json: bool, quiet: bool, **more: Any) -> None:
    if result.trouble:
        say(result.trouble, stderr=True, style="yellow")
        if FAILURES & result.abstentions.keys():
            say(f"to ask what failed once more: society-sim resume {result.folder} --again", stderr=True)
    if json:
        calls = {"asked": result.asked, "reused": result.reused}
        print_json({"run": str(result.folder), "digest": result.digest, "outcomes": result.outcomes,
               "measures": result.measures, "calls": calls, "tokens": result.tokens, "micro_usd": result.micro_usd,
               "doubtful_micro_usd": result.doubtful,
               "abstentions": result.abstentions, **more})  # fmt: skip
    elif quiet:
        say(result.folder)
    else:
        from society_sim.cli.telling import result as tell

        tell(console(), result)


def _opened(run: Path, only_there: bool = False) -> Any:
    """Scenario, seed and home of the run in *run*; what is wrong with it was given, and nothing has run."""
    from society_sim import runs
    from society_sim.store import TAPE

    try:
        if only_there and not (run / TAPE).is_file():
            raise ScenarioError(f"{run} is not a run's folder: it has no {TAPE}")
        if only_there:
            return None
        return runs.opened(run)
    except StoreError as error:
        raise ScenarioError(str(error)) from None
