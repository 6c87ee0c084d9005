"""What a record says of waiting: each answer tells when it was asked, how long it waited and how long it was served."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from society_viz.reading import Entry

SAME = 5e-6
"""Times in a record are rounded."""
_STATIONS = ("", "referral")  # answers for which a request stands in line; a price, say, is asked beside it


@dataclass(slots=True)
class Load:
    """All requests of a record: when each was put and settled, and the stations on its way."""

    bounded: bool = False
    """Whether the record says that somebody's time is bounded."""
    overlapping: bool = False
    put: array[float] = field(default_factory=lambda: array("d"))
    settled: array[float] = field(default_factory=lambda: array("d"))
    waited: array[float] = field(default_factory=lambda: array("d"))
    stations: list[tuple[int, int, float, float, float]] = field(default_factory=list)
    """(request, seat, asked, begun, ended) of each answer."""
    prices: list[tuple[float, int, float]] = field(default_factory=list)
    """(time, seat, price) of each price that a request was quoted."""
    _open: dict[str, int] = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether the record is a story of queues."""
        return self.bounded and self.overlapping and bool(self.stations)


def note(load: Load, entry: Entry, t: float) -> None:
    """Take note of an entry at time *t*."""
    kind, about = entry["kind"], entry.get("about")
    if kind == "capacity":
        load.bounded = load.bounded or bool(entry.get("servers"))
    elif not isinstance(about, str) or not load.bounded:
        return
    elif kind == "question":
        load.overlapping = load.overlapping or bool(load._open)
        load._open[about] = len(load.put)
        load.put.append(t)
        load.settled.append(np.inf)
        load.waited.append(0.0)
    elif about not in load._open:
        return
    elif kind == "answer":
        seat = entry.get("member")
        if isinstance(seat, int) and not isinstance(seat, bool) and entry.get("purpose", "") in _STATIONS:
            asked, served = min(_time(entry.get("asked"), t), t), min(_time(entry.get("served"), 0.0), t)
            begun = max(t - served, asked)
            begun = asked if begun - asked < SAME else begun
            load.stations.append((load._open[about], seat, asked, begun, t))
            load.waited[load._open[about]] += begun - asked
    elif kind == "outcome":
        request = load._open.pop(about)
        load.settled[request] = t
        load.waited[request] = _time(entry.get("waited"), load.waited[request])
        _quoted(load, entry, load.put[request])


def _quoted(load: Load, entry: Entry, t: float) -> None:
    """The prices that a request was quoted: all it looked at, or the one it paid."""
    prices, by, price = entry.get("prices"), entry.get("by"), entry.get("price")
    if isinstance(prices, dict):
        found = [(int(seat), at) for seat, at in prices.items() if str(seat).isdecimal() and len(str(seat)) < 9]
    else:
        found = [(by, price)] if isinstance(by, int) else []
    load.prices += [(t, seat, float(at)) for seat, at in found
                    if isinstance(at, (int, float)) and not isinstance(at, bool) and 0 <= at < 1e12]  # fmt: skip


def _time(value: Any, other: float) -> float:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e15
    return float(value) if known else other
