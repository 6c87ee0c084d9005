"""`society-sim run`, `resume`, `replay` and `fork`: carry a run out, show how it goes, print what it came to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from society_sim import errors
from society_sim.cli import printing
from society_sim.cli.animation import filmed
from society_sim.cli.arguments import (
    Again,
    Budget,
    Concurrency,
    Json,
    Out,
    Quiet,
    RunArgument,
    ScenarioArgument,
    Seed,
    Sets,
    Shared,
)
from society_sim.cli.printing import FAILING, SHORT, complain, console, say, told
from society_sim.cli.printing import json as print_json
from society_sim.errors import FAILURES, OutOfBudget, RunStopped, ScenarioError, SocietyError, StoreError

if TYPE_CHECKING:
    from society_sim.building import Progress
    from society_sim.ledger import Ledger
    from society_sim.preflight import Bound
    from society_sim.results import Result
    from society_sim.runs import Fork
    from society_sim.scenario import Scenario

Watch: TypeAlias = "Callable[[Progress], None] | None"
_RAISED = {"usd": " --budget USD", "tokens": " --set budget.tokens=N", "calls": " --set budget.calls=N"}


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
        "Show the run as an animation afterwards: a file that ends in .gif, .mp4 or .html, or a folder for SVG "
        "pictures."))] = None,
) -> None:
    """Run a scenario once, with one seed.

    A run that was broken off is taken up where it was; one that is complete is told again. A record that was damaged
    is made anew from the tape.
    """
    with told():
        from society_sim import runs
        from society_sim.scenario import Scenario

        film = filmed(animate) if animate else None
        read = Scenario.read(scenario, sets or ())
        folder = runs.folder_of(read, seed, out)
        if reuse is not None:
            _check_reused(reuse)

        def act(watch: Watch) -> Result:
            return runs.run(read, seed=seed, out=out, parent=reuse, concurrency=concurrency, watch=watch,
                            budget=budget, again=again, shared=shared, announce=_announce)  # fmt: skip

        result = _carried_out(act, read, folder, json, quiet)
        _result(result, json, quiet)
        if film is not None:
            say(f"animation    {film(result.folder)}", stderr=json or quiet)
        _reached(result)


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

    What was answered is not asked again, and a record that was damaged is made anew. To give the command of the run
    again does the same. With --again, a run that is complete is taken up too, if calls of it failed, or if answers of
    it are not on the tape any more.
    """
    with told():
        from society_sim import runs

        scenario, seed, _ = _opened(run)

        def act(watch: Watch) -> Result:
            return runs.resume(run, sets=sets or (), concurrency=concurrency, watch=watch, budget=budget, again=again,
                               shared=shared, announce=_announce)  # fmt: skip

        result = _carried_out(act, scenario, run, json, quiet, _anew(run, seed))
        _result(result, json, quiet)
        _reached(result)


def replay(run: RunArgument, json: Json = False) -> None:
    """Prove a run: from its answers alone, the same record.

    No model is asked. If the record does not come out byte by byte, the first difference is shown, and the exit status
    is 1.
    """
    with told():
        from society_sim.replaying import replay as same_record

        _opened(run)
        same = same_record(run)
        if json:
            print_json({"run": str(same.folder), "digest": same.digest, "answers": same.answers})
        else:
            say(f"the same record, byte by byte: {same.digest[:16]}, from {same.answers:,} recorded answers")


def fork(
    run: RunArgument,
    at: Annotated[float, typer.Option(min=0, help=(
        "The simulated time from which the change holds; not after the run's end."))] = 0.0,
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

        forked = _carried_out(act, scenario, folder, json, quiet, _anew(folder, seed))
        if not json and not quiet:
            telling.parted(console(), forked)
        more = {"parent": str(forked.parent), "parted": forked.parted} if json else {}
        _result(forked.result, json, quiet, **more)
        _reached(forked.result)


def _announce(most: Bound, ledger: Ledger) -> None:
    """What a paid run can take at most, before it begins."""
    from society_sim.cli.telling import announced

    say(announced(most, ledger), stderr=True)


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
        complain(("" if isinstance(error, SocietyError) else "the run failed: ") + errors.told(error))
        if printing.trace:
            raise
        if not isinstance(error, StoreError):
            then = f"then: {again}" if again else "give the command again with"
            _hint(folder, f"what was answered is kept. Mend that, and {then} --reuse {folder}")
        raise typer.Exit(1) from None


def _anew(folder: Path, seed: int) -> str:
    """The command that runs what is in *folder* from the beginning."""
    from society_sim.store import SCENARIO

    return f"society-sim run {folder / SCENARIO} --seed {seed}"


def _hint(folder: Path, words: str) -> None:
    from society_sim.store import SCENARIO

    if (folder / SCENARIO).exists():
        say(words, stderr=True)


def _result(result: Result, json: bool, quiet: bool, **more: Any) -> None:
    """Print what a run came to."""
    from society_sim.store import asked_again

    if result.mended:
        say(result.mended, stderr=True, style="yellow")
    if result.trouble:
        say(result.trouble, stderr=True, style="yellow")
        if result.lost and result.folder:
            say(asked_again(result.folder), stderr=True)
        elif FAILURES & result.abstentions.keys():
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


def _reached(result: Result) -> None:
    """An exit status of its own, if nobody was reached: a script is not to go on."""
    if result.unreached:
        raise typer.Exit(FAILING)


def _opened(run: Path) -> tuple[Scenario, int, Path]:
    """Scenario, seed and home of the run in *run*; what is wrong with it was given, and nothing has run."""
    from society_sim.opening import opened

    try:
        return opened(run)
    except StoreError as error:
        raise ScenarioError(str(error)) from None


def _check_reused(run: Path) -> None:
    from society_sim.store import TAPE

    if not (run / TAPE).is_file():
        raise ScenarioError(f"{run} is not a run's folder: it has no {TAPE}")
