"""How a run goes, on a terminal: one line on stderr that is gone when the run is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Column

from society_sim.cli.telling import say
from society_sim.readable import clean

if TYPE_CHECKING:
    from society_sim.building import Progress as Now


_EVERY = 30.0  # seconds between two lines, where there is no terminal


@contextmanager
def shown(console: Console, name: str, *, quiet: bool) -> Iterator[Callable[[Now], None] | None]:
    """What a run may tell how it goes to; nothing, if nobody looks. Without a terminal, a line now and then."""
    if quiet:
        yield None
    elif not console.is_terminal:
        yield _now_and_then(console, name)
    else:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
                   BarColumn(16), TextColumn("{task.fields[state]}", markup=False, table_column=Column(no_wrap=True)),
                   TimeRemainingColumn(compact=True))  # fmt: skip
        with Progress(*columns, console=console, transient=True, refresh_per_second=8) as progress:
            task = progress.add_task(clean(name), total=None, state="building")

            def tell(now: Now) -> None:
                progress.update(task, total=now.planned, completed=now.settled, state=str(now))

            yield tell


def _now_and_then(console: Console, name: str) -> Callable[[Now], None]:
    told, closing = 0.0, False

    def tell(now: Now) -> None:
        nonlocal told, closing
        if now.elapsed - told >= _EVERY or (now.closing > closing and now.in_flight):
            told, closing = now.elapsed, now.closing
            left = f", about {now.left:.0f} s left" if now.left else ""
            say(console, f"{clean(name)}, {now.elapsed:.0f} s: {now}{left}")

    return tell
