"""`society-sim validity`: known results of the literature, run, and what came out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from society_sim.cli.printing import console, say, told
from society_sim.cli.printing import json as print_json
from society_sim.errors import ScenarioError

if TYPE_CHECKING:
    from society_sim.validity.suite import Told


def validity(
    rows: Annotated[str | None, typer.Option(metavar="A1,B2,...", help="Only these rows; all if left out.")] = None,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the page is written, such as validation.html.")]
    = None,
    with_mutants: Annotated[bool, typer.Option("--mutants/--no-mutants", help=(
        "Also make each of the listed mistakes, and see that its row turns red."))] = True,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one for each core if left out.")] = None,
    times: Annotated[float, typer.Option(min=0.01, help="So many times the usual number of draws.")] = 1.0,
    list_only: Annotated[bool, typer.Option("--list", help="Show the rows, and run nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else.")] = False,
) -> None:
    """Reproduce known results of the literature by ordinary runs.

    Exit status 1 if a row is red or a mutant was not caught.
    """
    with told():
        from society_sim.validity import rows as known
        from society_sim.validity.suite import validity as carry_out
        from society_sim.validity.suite import verdict

        wanted = [name.strip() for name in rows.split(",") if name.strip()] if rows is not None else None
        if to is not None and to.suffix != ".html":
            raise ScenarioError(f"the page is HTML: name a file that ends in .html, not {to}")
        if to is not None and not to.absolute().parent.is_dir():
            raise ScenarioError(f"cannot make {to}: there is no folder {to.absolute().parent}")
        if list_only:
            for one in known.rows(wanted):
                say(f"{one.id:<4} {one.title}: {one.formula} ({one.source})")
            return
        found = carry_out(wanted, with_mutants=with_mutants, workers=workers or os.cpu_count() or 1, times=times,
                          tell=_told)  # fmt: skip
        if to is not None:
            from society_sim.validity.page import page

            to.write_text(page(found), encoding="utf-8")
        if json:
            print_json({"green": verdict(found), "cases": [_plain(one) for one in found]})
        else:
            _table(found)
            if to is not None:
                say(f"page         {to}")
        if not verdict(found):
            raise typer.Exit(1)


def _told(one: Told, done: int, planned: int) -> None:
    mood = ("caught" if one.passed else "NOT CAUGHT") if one.mutant else ("green" if one.passed else "RED")
    what = f"mutant: {one.mutant}" if one.mutant else one.case
    say(f"{done}/{planned} {one.row} {what} {mood} ({one.seconds:.1f} s)", stderr=True,
        style="" if one.passed else "red")  # fmt: skip


def _plain(one: Told) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(one), "passed": one.passed}


def _table(found: list[Told]) -> None:
    from rich.table import Table

    from society_sim.validity.page import number

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, side in (("row", "left"), ("case", "left"), ("what", "left"), ("expected", "right"),
                       ("observed", "right"), ("accepted", "right"), ("", "left")):  # fmt: skip
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for one in found:
        mood = "green" if one.passed else "red"
        if one.mutant or one.error:
            word = one.error or ("caught" if one.passed else "NOT CAUGHT")
            table.add_row(one.row, one.case, f"mutant: {one.mutant}" if one.mutant else "", "", "", "", word, style=(
                "dim" if one.passed else "red"))  # fmt: skip
            continue
        for finding in one.findings:
            table.add_row(one.row, one.case, finding.what, number(finding.expected), number(finding.observed),
                          f"{number(finding.low)} to {number(finding.high)}", mood if finding.passed else "RED",
                          style="" if finding.passed else "red")  # fmt: skip
    console().print(table)
    cases = [one for one in found if not one.mutant]
    mistakes = [one for one in found if one.mutant]
    say(f"{sum(one.passed for one in cases)} of {len(cases)} cases green, "
        f"{sum(one.passed for one in mistakes)} of {len(mistakes)} mutants caught")  # fmt: skip
