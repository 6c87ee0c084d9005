"""How a run goes, on a terminal: one line on stderr that is gone when the run is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Column

from society_sim.cli.telling import clean, say
from society_sim.ledger import money

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
                progress.update(task, total=now.planned, completed=now.settled, state=state(now))

            yield tell


def _now_and_then(console: Console, name: str) -> Callable[[Now], None]:
    told, closing = 0.0, False

    def tell(now: Now) -> None:
        nonlocal told, closing
        if now.elapsed - told >= _EVERY or (now.closing > closing and now.in_flight):
            told, closing = now.elapsed, now.closing
            left = remaining(now)
            say(console, f"{clean(name)}, {now.elapsed:.0f} s: {state(now)}" + (f", about {left:.0f} s left" if left
                                                                                 else ""))  # fmt: skip

    return tell


def remaining(now: Now) -> float | None:
    """Seconds until the end, if questions go on taking as long as they did."""
    if not now.planned or not now.settled:
        return None
    return now.elapsed / now.settled * (now.planned - now.settled)


def state(now: Now) -> str:
    """Where a run stands, in one line."""
    if now.closing and not now.in_flight:
        return "ending"
    if now.closing:
        return f"finishing {now.in_flight:,} calls that are on their way; Ctrl-C again breaks them off"
    of = f"/{now.planned:,}" if now.planned is not None else ""
    words = [f"{now.settled:,}{of} settled", f"{now.arrived:,} answers", f"{now.rate:,.0f}/s", money(now.micro_usd)]
    if now.in_flight:
        words.append(f"{now.in_flight:,} in flight")
    if now.state:
        words.append(now.state)
    elif now.waiting and now.rate < 1:
        words.append(f"waiting for {clean(', '.join(now.waiting), 60)}")
    return ", ".join(words)
