"""How a run goes, on a terminal: one line on stderr that is gone when the run is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Column

from society_sim.cli.telling import clean, money

if TYPE_CHECKING:
    from society_sim.building import Progress as Now


@contextmanager
def shown(console: Console, name: str, *, quiet: bool) -> Iterator[Callable[[Now], None] | None]:
    """What a run may tell how it goes to; nothing, if nobody looks."""
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
               BarColumn(24), TextColumn("{task.fields[state]}", markup=False, table_column=Column(no_wrap=True)),
               TimeRemainingColumn(compact=True))  # fmt: skip
    with Progress(*columns, console=console, transient=True, refresh_per_second=8) as progress:
        task = progress.add_task(clean(name), total=None, state="building")

        def tell(now: Now) -> None:
            progress.update(task, total=now.planned, completed=now.settled, state=state(now))

        yield tell


def state(now: Now) -> str:
    """Where a run stands, in one line."""
    of = f" of {now.planned:,}" if now.planned is not None else ""
    return (f"{now.settled:,}{of} settled, t = {now.now:,.1f}, {now.in_flight:,} in flight, {now.asked:,} asked, "
            f"{money(now.micro_usd)}")  # fmt: skip
