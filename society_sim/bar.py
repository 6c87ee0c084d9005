"""How something goes, in a notebook: a bar below the cell that is gone when it is over."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import Any, Protocol

from society_sim.readable import line

_AFTER = 0.4  # seconds: what is over sooner needs no bar
MARK = {"society_sim": "progress"}
"""The metadata of such an output: it is passing, and says how quick a machine was."""
_shown = ContextVar("shown", default=False)
"""Whether there is a bar: an experiment has one, and its runs no other."""


class Going(Protocol):
    """Where something stands; its text says it in words."""

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1, if that is known."""

    @property
    def left(self) -> float | None:
        """Seconds until the end, if that is known."""


def in_notebook() -> bool:
    """Whether this is a notebook's kernel. IPython is not imported for the question."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


@contextmanager
def bar(name: str) -> Iterator[Callable[[Going], None] | None]:
    """What may be told how *name* goes; nothing, where there is no notebook to show it.

    Within a bar there is no other. If it is interrupted, the last bar stays and says so.
    """
    if _shown.get() or not in_notebook():
        yield None
        return
    token = _shown.set(True)
    begun, shown, last = time.monotonic(), _Output(), ""

    def tell(now: Going) -> None:
        nonlocal last
        last = f"{line(name, 60)}: {now}"
        if time.monotonic() - begun >= _AFTER:
            left = f", about {now.left:.0f} s left" if now.left else ""
            shown.show(_bar(now.share, last + left))

    try:
        yield tell
    except KeyboardInterrupt:
        shown.show(f"<div>{escape(last or line(name, 60))}: interrupted. What is kept on disk goes on from there "
                   "when the cell is run again.</div>")  # fmt: skip
        raise
    except BaseException:
        shown.clear()
        raise
    else:
        shown.clear()
    finally:
        _shown.reset(token)


class _Output:
    """One output of the cell, put there when there is something to show, and changed in place."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, html: str) -> None:
        from IPython.display import HTML, display

        if self._handle is None:
            self._handle = display(HTML(html), metadata=MARK, display_id=True)
        else:
            self._handle.update(HTML(html), metadata=MARK)

    def clear(self) -> None:
        if self._handle is not None:
            self.show("")


def _bar(share: float | None, words: str) -> str:
    value = "" if share is None else f' value="{min(1.0, share):.4f}"'
    return (f'<div role="status"><progress max="1"{value} style="width:14em;vertical-align:middle" '
            f'aria-label="progress"></progress> <span>{escape(words)}</span></div>')  # fmt: skip
