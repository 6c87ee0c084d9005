"""What markets came to: how much was traded, and how near prices came to those of competition."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum, nan

from society_sim.measures.reading import share
from society_sim.registry import measure
from society_sim.rules.equilibrium import convergence
from society_sim.store import only
from society_sim.values import Record


@measure
def volume(record: Record) -> float:
    """How many units were traded, in all sessions together."""
    return float(sum(entry.get("quantity", 1) for entry in only(record, "book") if entry["event"] == "traded"))


@measure
def price_discovery(record: Record, *, last: float = 1.0) -> float:
    """Smith's alpha: how far prices paid were from the competitive one, as a share of it; 0 is competition itself.

    The root mean square distance, by session, and the mean over sessions in which anything was traded. Where a range of
    prices is competitive its middle is taken. *last*: the part of a session's trades that is looked at, from its end:
    with 0.5 the later half. Not a number if nothing was traded. Source: Smith (1962).

    >>> market = {"kind": "market", "about": "s", "tick": 1, "competitive": {"quantity": 2, "low": 98, "high": 102}}
    >>> price_discovery([market, *({"kind": "book", "about": "s", "event": "traded", "price": p} for p in (90, 110))])
    0.1
    """
    found = []
    for low, high, prices in _sessions(record):
        seen = prices[len(prices) - max(1, round(last * len(prices))) :] if prices else []
        if seen:
            found.append(convergence(seen, (low + high) / 2))
    return share(fsum(found), len(found))


@measure
def mean_price(record: Record) -> float:
    """The mean of all prices paid, in coins; not a number if nothing was traded."""
    paid = [price for _, _, prices in _sessions(record) for price in prices]
    return share(fsum(paid), len(paid))


def _sessions(record: Record) -> Iterator[tuple[float, float, list[float]]]:
    """Of each session both ends of the competitive prices, and the prices that were paid, in coins."""
    open_: dict[str, tuple[float, float, float, list[float]]] = {}
    for entry in only(record, "market", "book"):
        if entry["kind"] == "market":
            known = entry["competitive"]
            open_[entry["about"]] = entry["tick"], known.get("low", nan), known.get("high", nan), []
        elif entry["event"] == "traded":
            tick, _, _, prices = open_[entry["about"]]
            prices.append(entry["price"] * tick)
    yield from ((low, high, prices) for _, low, high, prices in open_.values())
