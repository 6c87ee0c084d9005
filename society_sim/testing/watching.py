"""Seeing what a part may not do: read the wall clock, or draw luck that has no name."""

from __future__ import annotations

import datetime
import gc
import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import simpy

_HERE = Path(__file__).parent.parent
_KERNEL = {str(_HERE / name) for name in (
    "society.py", "desk.py", "promises.py", "entries.py", "ties.py", "member.py", "recorder.py", "streams.py",
    "testing", "backends/calls.py", "backends/pools.py", "scoring.py", "registry.py", "capacity.py",
    "gates.py", "lines.py")}  # fmt: skip
_OURS = (*_KERNEL, str(Path(simpy.__file__).parent), threading.__file__)
_CLOCKS = {time.time, time.time_ns, time.monotonic, time.monotonic_ns, time.perf_counter, time.perf_counter_ns,
           time.localtime, time.gmtime, time.ctime, time.sleep}  # fmt: skip


@contextmanager
def watched(breaches: list[str]) -> Iterator[None]:
    """Notice, on this thread, calls of clocks and of global generators from outside the kernel."""

    def look(frame: FrameType, event: str, what: Any) -> None:
        if event != "c_call" or frame.f_code.co_filename.startswith(_OURS) or frame.f_code in collecting:
            return
        told = _forbidden(what)
        if told:
            place = frame
            while place.f_back and "random" in Path(place.f_code.co_filename).parts[-1]:
                place = place.f_back
            if place.f_code.co_filename.startswith(_OURS):  # NumPy seeds a bit generator before it takes the key
                return
            breach = f"{told} ({Path(place.f_code.co_filename).name}:{place.f_lineno})"
            if breach not in breaches:
                breaches.append(breach)

    collecting = {getattr(callback, "__code__", None) for callback in gc.callbacks}  # these may run at any moment
    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


def _forbidden(what: Any) -> str | None:
    try:
        if what in _CLOCKS:
            return f"reads the wall clock: time.{what.__name__}"
    except TypeError:  # not hashable
        return None
    owner = getattr(what, "__self__", None)
    if (owner is datetime.datetime or owner is datetime.date) and what.__name__ in ("now", "utcnow", "today"):
        return f"reads the wall clock: {owner.__name__}.{what.__name__}"
    if owner is random._inst or owner is getattr(np.random.mtrand, "_rand", None):
        return f"draws unseeded luck: {what.__name__} of a global generator"
    return "draws unseeded luck: os.urandom" if what is os.urandom else None
