"""The order book of a session at any time, from the record of a run.

>>> offer = {"t": 1, "kind": "book", "about": "s", "event": "accepted", "order": 0, "trader": 4, "side": "sell",
...          "price": 90, "quantity": 1}
>>> record = [{"t": 0, "kind": "market", "about": "s", "tick": 0.5, "lowest": 0, "highest": 400}, offer,
...           {"t": 2, "kind": "book", "about": "s", "event": "cancelled", "order": 0, "trader": 4, "side": "sell",
...            "price": 90, "quantity": 1, "why": "closed"}]
>>> book_at(record, "s", 1).best_ask, book_at(record, "s").best_ask
(90, None)
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from society_sim.rules.order_book import OrderBook
from society_sim.rules.order_events import Event, event_of
from society_sim.values import Record

_BESIDE = ("t", "kind", "about")


def events(record: Record, about: str) -> Iterator[tuple[float, Event]]:
    """What happened in the book of session *about*, and when."""
    for entry in record:
        if entry["kind"] == "book" and entry["about"] == about:
            yield entry["t"], event_of({name: value for name, value in entry.items() if name not in _BESIDE})


def book_at(record: Record, about: str, until: float = inf) -> OrderBook:
    """The book of session *about* after all that happened up to simulated time *until*."""
    return OrderBook.of(event for t, event in events(record, about) if t <= until)
