"""Garbage in proportion: how often Python's collector looks through a process that holds a whole society."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (50_000, 20, 50)
"""Python's own (700, 10, 10) look through every member and tie again and again while a large society is made."""
_lock = threading.Lock()
_inside: list[tuple[int, int, int]] = []  # what held before, once for each run that goes on


@contextmanager
def seldom() -> Iterator[None]:
    """Let the collector come less often within the block; what held before comes back when the last block has ended.

    Whatever is in no circle is freed at once, as ever. Somebody who has turned it off, or lets it come
    less often still, is left alone.
    """
    with _lock:
        _inside.append(_inside[0] if _inside else gc.get_threshold())
        if 0 < _inside[0][0] < _SELDOM[0]:
            gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        with _lock:
            before = _inside.pop()
            if not _inside and gc.get_threshold() == _SELDOM:
                gc.set_threshold(*before)
