"""What happens in an order book, as values that a record can keep.

>>> told(Refused("bob", "price", "a price is from 0, not -1"))
{'event': 'refused', 'trader': 'bob', 'rule': 'price', 'why': 'a price is from 0, not -1'}
>>> event_of(told(Cancelled(3, "bob", "buy", 9, 1, "asked")))
Cancelled(order=3, trader='bob', side='buy', price=9, quantity=1, why='asked')

Prices are in ticks, quantities in units, both whole. Each event has all that is needed to settle it: who, at what
price, how much. So whoever sets money aside for an order knows from `Traded`, `Cancelled` and `Expired` what becomes
of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Trader = int | str


class Accepted(NamedTuple):
    """An order has come in, under the number it keeps; *price* is `None` for a market order.

    *price* in ticks, *quantity* in units, *expires* in simulated time (`None`: never).
    """

    order: int
    trader: Trader
    side: str
    price: int | None
    quantity: int
    expires: float | None = None


class Refused(NamedTuple):
    """What was asked for has changed nothing, because of *rule*: side, quantity, price, expiry, order or owner."""

    trader: Trader | None
    rule: str
    why: str


class Traded(NamedTuple):
    """*quantity* units have changed hands at *price* each.

    *buy* and *sell* are the numbers of the two orders, *taker* the side that came last: *price* is that of the other.
    """

    buyer: Trader
    seller: Trader
    price: int
    quantity: int
    buy: int
    sell: int
    taker: str


class Cancelled(NamedTuple):
    """The *quantity* that was left of an order is withdrawn.

    *why*: `asked`, `modified`, `self-trade`, `unfilled` (a market order found no more) or what `clear` was told.
    """

    order: int
    trader: Trader
    side: str
    price: int | None
    quantity: int
    why: str


class Expired(NamedTuple):
    """The time of an order has run out with *quantity* left."""

    order: int
    trader: Trader
    side: str
    price: int
    quantity: int


Event = Accepted | Refused | Traded | Cancelled | Expired
_KINDS: dict[str, Any] = {kind.__name__.lower(): kind for kind in (Accepted, Refused, Traded, Cancelled, Expired)}


def told(event: Event) -> dict[str, Any]:
    """An event as a record keeps it: plain values under its fields' names, and its kind under `event`."""
    return {"event": type(event).__name__.lower(), **event._asdict()}


def event_of(record: Mapping[str, Any]) -> Event:
    """The event that `told` made *record* of."""
    values = dict(record)
    event: Event = _KINDS[values.pop("event")](**values)
    return event
