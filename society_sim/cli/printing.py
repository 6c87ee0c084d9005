"""How the command line speaks: results to stdout, all else to stderr, errors in words and as an exit status."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from society_sim import errors
from society_sim.errors import ScenarioError

if TYPE_CHECKING:
    from rich.console import Console

SHORT, FAILING = 3, 4
"""Exit statuses of what was broken off and can be taken up again: for want of money, or because too much failed."""
_WIDE = 140  # characters
trace = False
"""Whether errors show where in the code they came from."""


@contextmanager
def told() -> Iterator[None]:
    """Errors in words, and as an exit status."""
    try:
        yield
    except (typer.Exit, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Exception as error:
        if trace:
            raise
        complain(errors.told(error))
        raise typer.Exit(2 if isinstance(error, ScenarioError) else 1) from None


@contextmanager
def warned() -> Iterator[None]:
    """Warnings in words, beside what is printed."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        finally:
            for one in said:
                say(one.message, stderr=True, style="yellow")


def console(*, stderr: bool = False) -> Console:
    """The console to print to; a file or a pipe, which has no width, is as wide as a table needs."""
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = _WIDE
    return made


def say(text: Any, *, stderr: bool = False, style: str = "") -> None:
    """Print *text* as it is."""
    from society_sim.cli import telling

    telling.say(console(stderr=stderr), text, style)


def complain(error: object) -> None:
    """Say what went wrong."""
    from society_sim.backends.endpoints.keys import hidden

    say(f"society-sim: {hidden(str(error))}", stderr=True, style="red")


def incomplete(run: Path) -> None:
    """Say where the record of *run*, of which something is shown, is not whole, and how to go on."""
    from society_sim.damage import damage
    from society_sim.store import find_record, way_on

    record = find_record(run)
    if wrong := damage(record):
        say(f"{record} is not whole ({wrong}); what there is of it is shown; {way_on(record)}", stderr=True,
            style="yellow")  # fmt: skip


def json(value: Any) -> None:
    """Print *value* as one line of JSON."""
    import orjson

    typer.echo(orjson.dumps(value))
