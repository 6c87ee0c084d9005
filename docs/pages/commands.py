"""The reference of the command line, made from what `--help` says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from markup import cell

from society_sim.cli import commands

DONE = """\
Exit status: 0 done; 1 a run or a replay that failed; 2 something wrong in what was given, before anything ran; 3 the
budget is used up, and 4 too many calls failed, or all of them: both can be taken up again; 130 broken off with Ctrl-C.
Results go to stdout, all else to stderr."""


def page() -> str:
    """The page of all commands, with what each takes."""
    app: Any = typer.main.get_command(commands.app)
    lines = ["# Command line", "", app.help, "", DONE, ""]
    for names, command in _all(app, ()):
        called = " ".join(("society-sim", *names))
        context = command.make_context(called, [], resilient_parsing=True)
        said = " ".join(command.collect_usage_pieces(context))
        lines += [f"## {' '.join(names)}", "", "```console", f"$ {called} {said}", "```", "", command.help or "", ""]
        rows = [_row(one, context) for one in command.params]
        lines += ["| | |", "|---|---|", *filter(None, rows), ""]
    return "\n".join(lines)


def _all(group: Any, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _all(command, (*above, name))
        else:
            yield (*above, name), command


def _row(parameter: Any, context: Any) -> str:
    record = parameter.get_help_record(context)
    if record is None:
        return ""
    takes, words = record[0].replace("|", "\\|"), cell(record[1])
    return f"| `{takes}` | {words} |"
