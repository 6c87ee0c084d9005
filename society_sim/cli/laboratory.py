"""`society-sim experiment`: carry out an experiment, show how it goes, print what it found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from society_sim.cli.printing import FAILING, SHORT, console, say, told
from society_sim.cli.printing import json as print_json
from society_sim.cli.telling import assumed, bounded, rows
from society_sim.cli.telling import say as _say
from society_sim.ledger import money
from society_sim.readable import clean, number

if TYPE_CHECKING:
    from society_sim.experiments import Experiment, Going
    from society_sim.preflight import Bound
    from society_sim.scenario import Scenario

_EVERY = 30.0  # seconds between two lines, where there is no terminal
_REASONS = 5
"""How many failed runs are told one by one."""


class On(StrEnum):
    """Who carries the runs out."""

    local = "local"
    ray = "ray"


def experiment(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=(
        "A scenario's file, or a name that `list scenarios` shows; with arms, a grid, or both."))],
    sets: Annotated[list[str] | None, typer.Option("--set", metavar="WHAT=VALUE", help=(
        "Change the scenario, such as task.rounds=200 or compare.margin=0.01. May be repeated."))] = None,
    out: Annotated[Path, typer.Option(help="Where the folders of the runs and of the tables are made.")] = Path("runs"),
    workers: Annotated[int | None, typer.Option(min=1, help=(
        "Processes; all cores, if left out, but one for models behind an endpoint."))] = None,
    on: Annotated[On, typer.Option(help="Who carries the runs out: this machine, or Ray.")] = On.local,
    seeds: Annotated[int | None, typer.Option(min=1, help="How many, in place of what the scenario says.")] = None,
    budget: Annotated[float | None, typer.Option(metavar="USD", help=(
        "What all runs together may spend, in US dollars."))] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="How many calls of a run may be under way at once.")] = 64,
    again: Annotated[bool, typer.Option("--again", help="Ask those questions once more whose calls failed.")] = False,
    sensitivity: Annotated[bool, typer.Option("--sensitivity", help=(
        "Sweep what the synthetic models assume, and tell where comparisons turn round."))] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write the tables as Parquet, too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the folder of the tables, no more.")] = False,
) -> None:  # fmt: skip
    """Run a scenario's arms over its grid and seeds, and compare them pair by pair.

    Runs that are there already are not run again, so the same command goes on where it was broken off. The tables are
    written as CSV files.
    """
    with told():
        from society_sim import experiments
        from society_sim.scenario import Scenario

        read = Scenario.read(scenario, sets or ())
        try:
            with _shown(read.name, quiet=json or quiet) as watch:
                found = experiments.experiment(
                    read, out=out, seeds=seeds, workers=workers, on=on.value, budget=budget, concurrency=concurrency,
                    again=again, sweep=sensitivity, parquet=parquet, watch=watch, announce=_announce)  # fmt: skip
        except KeyboardInterrupt:
            say("broken off; what was answered is kept. To go on, give the same command", stderr=True)
            raise typer.Exit(130) from None
        _troubles(found)
        if json:
            print_json(_plain(found))
        elif quiet:
            say(found.folder)
        else:
            _tell(console(), found)
            _expected(console(), read, found)
    if found.failed:
        raise typer.Exit(1)
    if found.stopped:
        raise typer.Exit(SHORT if found.short else FAILING)
    if 0 < len(found.runs) == len(found.unreached):
        raise typer.Exit(FAILING)


def _announce(most: Bound, budget: float | None) -> None:
    words = f"this experiment can take {bounded(most)}"
    if budget is not None:
        words += f"; its budget is {money(budget * 1e6)} in all; it stops, to be taken up again, before it takes more"
    say(words, stderr=True)


@contextmanager
def _shown(name: str, *, quiet: bool) -> Iterator[Callable[[Going], None] | None]:
    """How it goes: a bar on a terminal, a line now and then elsewhere."""
    terminal = console(stderr=True)
    if quiet:
        yield None
    elif not terminal.is_terminal:
        yield _now_and_then(name)
    else:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(16),
                   TextColumn("{task.fields[state]}", markup=False), TimeRemainingColumn(compact=True))  # fmt: skip
        with Progress(*columns, console=terminal, transient=True, refresh_per_second=8) as progress:
            task = progress.add_task(clean(name), total=None, state="building")

            def tell(now: Going) -> None:
                progress.update(task, total=now.planned, completed=now.done, state=str(now))

            yield tell


def _now_and_then(name: str) -> Callable[[Going], None]:
    last = time.monotonic()

    def tell(now: Going) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            left = f", about {now.left:.0f} s left" if now.left else ""
            say(f"{clean(name)}, {now.elapsed:.0f} s: {now}{left}", stderr=True)

    return tell


def _troubles(found: Experiment) -> None:
    bad = [*found.failed, *found.stopped]
    for row in bad[:_REASONS]:
        say(f"{row['run']}: {row['status']}: {row['why']}", stderr=True, style="yellow")
    if len(bad) > _REASONS:
        say(f"and {len(bad) - _REASONS:,} more runs that did not come to their end", stderr=True, style="yellow")
    if found.stopped:
        more = "with a larger --budget" if found.short else "again"
        say(f"what was answered is kept. To go on, give the same command {more}", stderr=True)
    if silent := found.unreached:
        say(f"{len(silent):,} of {len(found.runs):,} runs reached nobody; the first, {silent[0]['run']}: "
            f"{silent[0]['why']}", stderr=True, style="yellow")  # fmt: skip
        say("to ask what failed once more, give the same command with --again", stderr=True)


def _tell(to: Console, found: Experiment) -> None:
    """The compact tables: what each arm comes to, and what lies between them."""
    from society_sim.experiments.comparing import CLUSTERS

    level = f"{100 * (1 - found.comparison.alpha):.0f} %"
    runs, questions = len(found.runs), len(found.questions)
    _say(to, f"{runs:,} runs, {questions:,} questions settled, {money(found.micro_usd)}", "bold")
    if _synthetic(found):
        _say(to, "synthetic: consequences of the preset, which assumes " + ", ".join(assumed()), "dim")
    axes = _axes(found)
    at = [", ".join(axes)] if axes else []
    to.print()
    says = {"calls": number, "tokens": number, "micro_usd": money, "messages": number}
    if not any(row["micro_usd"] > 0 for row in found.arms):
        del says["micro_usd"]
    words = {"micro_usd": "money", "messages": "sent"}
    head = ["arm", *at, f"accuracy, {level}", "single", *(words.get(name, name) for name in says), "none"]
    table = [[row["arm"] + _on(found, row, axes), *_point(row, axes), _interval(row, "accuracy"), _short(row["single"]),
              *(_told(row[name], say) for name, say in says.items()), _share(row["abstained"])]
             for row in found.arms]  # fmt: skip
    to.print(_table(head, table, range(1 + len(at), len(head))))
    _say(to, "single: the best model alone, chosen by the other half of the questions; calls, tokens, money and "
             "messages sent: of a question; none: calls without an answer", "dim")  # fmt: skip
    if found.failed or found.stopped:
        _say(to, "seeds: those whose runs came to their end; pairs without a partner are left out", "dim")
    if found.comparisons:
        to.print()
        head = ["comparison", *at, f"difference, {level}", "d_z", "odds", "p (Holm)", "verdict"]
        table = [[_sides(row) + _on(found, row, axes), *_point(row, axes), _interval(row, "difference", "+"),
                  _known(row["d_z"]), _known(row["odds_ratio"]), _p(row["p_holm"]), row["verdict"]]
                 for row in found.comparisons]  # fmt: skip
        to.print(_table(head, table, range(1 + len(at), len(head) - 1)))
        _say(to, "matched: one model, asked as often as the arm's tokens allow", "dim")
        if any(row["unit"] == "question" for row in found.comparisons):
            _say(to, "accuracy is compared by question: what is shown holds for these seeds and other questions; with "
                     f"{CLUSTERS} seeds or more it is compared by seed", "dim")  # fmt: skip
    for row in found.sensitivity:
        where = ", ".join(f"{name} {row[name]}" for name in ("confidence", "kappa"))
        _say(to, f"{where}: {row['words']}")
    if found.sensitivity:
        holds = all(row["holds_everywhere"] for row in found.sensitivity)
        _say(to, "holds over the whole sweep" if holds else "does not hold over the whole sweep: say what is assumed",
             "bold")  # fmt: skip
    to.print()
    _say(to, f"tables       {found.folder}")


def _expected(to: Console, scenario: Scenario, found: Experiment) -> None:
    """What the scenario says is to be expected, and what it came to."""
    from society_sim.experiments.expected import found as looked_up

    expect = scenario.expect
    if expect is None or not expect.figures or len({row["seed"] for row in found.runs}) < expect.seeds:
        return
    to.print()
    lines = [[str(one.figure), _short(one.mean), "as expected" if one.holds else "not as expected"]
             for one in looked_up(expect, found.runs, {cell.arm for cell in scenario.cells()})]  # fmt: skip
    to.print(_table(["expected", "found", ""], lines, range(1, 2)))


def _plain(found: Experiment) -> dict[str, Any]:
    names = ("arms", "comparisons", "variance", "sensitivity")
    return {"experiment": str(found.folder), "runs": len(found.runs), "failed": len(found.failed),
            "stopped": len(found.stopped), "micro_usd": found.micro_usd,
            **{name: [{key: None if isinstance(value, float) and not math.isfinite(value) else value
                       for key, value in row.items()} for row in getattr(found, name)] for name in names}}  # fmt: skip


def _axes(found: Experiment) -> list[str]:
    names = list(found.arms[0]) if found.arms else []
    return names[1 : names.index("seeds")] if names else []


def _synthetic(found: Experiment) -> bool:
    import orjson

    known: Mapping[str, Any] = orjson.loads((found.folder / "experiment.json").read_bytes())
    return bool(known["synthetic"])


def _table(head: list[str], cells: list[list[str]], right: range) -> Table:
    """A table whose numbers are not broken over lines."""
    table = rows(cells, head=head, right=right)
    for place in right:
        table.columns[place].no_wrap = True
    return table


def _point(row: Mapping[str, Any], axes: list[str]) -> list[str]:
    return [", ".join(str(row[axis]) for axis in axes)] if axes else []


def _sides(row: Mapping[str, Any]) -> str:
    measure = "" if row["measure"] == "accuracy" else f", {row['measure']}"
    return f"{row['arm']} - {'matched' if row['kind'] == 'matched' else row['baseline']}{measure}"


def _on(found: Experiment, row: Mapping[str, Any], axes: list[str]) -> str:
    """On how many of the seeds a row of a table stands, if runs of it did not come to their end."""
    from society_sim.experiments.comparing import ALL

    if not (found.failed or found.stopped):
        return ""
    bad = {one["seed"] for one in (*found.failed, *found.stopped) if one["arm"] in (row["arm"], row.get("baseline"))
           and all(row[axis] in (one[axis], ALL) for axis in axes)}  # fmt: skip
    seeds = {one["seed"] for one in found.runs}
    return f" ({len(seeds - bad)} of {len(seeds)} seeds)" if bad else ""


def _interval(row: Mapping[str, Any], name: str, sign: str = "") -> str:
    return f"{_short(row[name], sign)} [{_short(row['low'], sign)} {_short(row['high'], sign)}]"


def _short(value: float, sign: str = "") -> str:
    """A share or a difference of shares; a large number as one.

    >>> _short(0.91666), _short(-0.0667, "+"), _short(1234.5)
    ('.917', '-.067', '1,234.5')
    """
    if math.isnan(value):
        return "?"
    return number(value) if abs(value) >= 10 else f"{value:{sign}.3f}".replace("0.", ".", 1 if abs(value) < 1 else 0)


def _told(value: float, say: Callable[[float], str]) -> str:
    return "?" if math.isnan(value) else say(value)


def _known(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}"


def _share(value: float) -> str:
    return "" if math.isnan(value) else f"{100 * value:.1f} %"


def _p(value: float) -> str:
    return "" if math.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"
