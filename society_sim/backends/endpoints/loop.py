"""One event loop in one background thread, for all models behind a network; there as long as anybody needs it.

It is never the loop of whoever runs a society: inside Jupyter or Solara one is running already.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping

_LAST_WORDS = 5.0  # seconds


class Loop:
    """The loop, and how many need it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.at_end: dict[str, Callable[[], Awaitable[object]]] = {}
        """What is done on the loop before it ends, by whose it is: a library may hold connections of its own."""

    def hire(self) -> asyncio.AbstractEventLoop:
        """The loop, running; whoever hires it says `leave` once."""
        with self._lock:
            self._users += 1
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop, self.at_end), daemon=True,
                                                name="society-sim-calls")  # fmt: skip
                self._thread.start()
            return self._loop

    def leave(self) -> None:
        """Need it no longer; the last one ends it, and waits until its thread is gone."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            if thread is not threading.current_thread():
                thread.join()


def _run(loop: asyncio.AbstractEventLoop, at_end: Mapping[str, Callable[[], Awaitable[object]]]) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        for whose, close in list(at_end.items()):
            try:
                loop.run_until_complete(asyncio.wait_for(close(), _LAST_WORDS))
            except Exception:
                logging.getLogger(__name__).warning("the connections of %s were not closed well", whose)
        left = asyncio.all_tasks(loop)  # a library's own; ours have ended by now
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


LOOP = Loop()
"""The loop of this process."""
