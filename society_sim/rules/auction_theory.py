"""What theory expects of auctions, and many sealed-bid auctions at once to hold against it.

>>> values = stream(1, "values").random((50_000, 5))
>>> second, first = many(values), many(equilibrium_bid(values, 5), "first")
>>> float(second.revenues.mean().round(2)), float(first.revenues.mean().round(2)), round(expected_revenue(5), 2)
(0.67, 0.67, 0.67)
>>> float(second.revenues.std().round(2)), float(first.revenues.std().round(2))
(0.18, 0.11)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from society_sim.rules.amounts import amount, table, whole
from society_sim.rules.ballots import Array
from society_sim.streams import stream

_TINY = 1e-280


@dataclass(frozen=True, slots=True, eq=False)
class Sales:
    """What came of many auctions, a row for each: *winners* (columns of bids, best first, -1: not sold) and *pays*."""

    winners: Array
    pays: Array

    @property
    def revenues(self) -> Array:
        """What the winners of each auction pay together."""
        own: Array = self.pays.sum(1)
        return own


def many(
    bids: Any, pricing: Literal["first", "second"] = "second", units: int = 1, reserve: float = 0, lot: int = 0
) -> Sales:
    """Many sealed-bid auctions at once: a row of *bids* for each, a column for each bidder, who wants one unit.

    By *pricing* the *units* highest bids of a row pay what they bid (first), or all the highest that loses (second).
    The same as `first_price`, `second_price`, `pay_as_bid` and `uniform_price`, row by row, but for which of equals
    the lot draws.

    >>> sold = many([[70, 50, 40], [10, 20, 20]], reserve=15)
    >>> sold.pays.tolist(), sold.winners[0].tolist()
    ([[50], [20]], [0])
    """
    own, floor = table(bids, "many", "bids"), amount(reserve, "many", "the reserve")
    count = min(whole(units, "many", "the number of units", 1), own.shape[1])
    if pricing not in ("first", "second"):
        raise ValueError(f"many: pricing is 'first' or 'second', not {pricing!r}")
    if not count:
        return Sales(np.zeros((len(own), 0), np.intp), np.zeros((len(own), 0), own.dtype))
    seen = np.arange(min(count + 1, own.shape[1]))  # places of the bids that matter: those that win, and the next
    best = np.partition(own, own.shape[1] - 1 - seen, axis=1)[:, ::-1][:, : len(seen)]
    rank = own.argmax(1)[:, None] if count == 1 else np.argsort(-own, axis=1, kind="stable")[:, :count]
    tied = np.flatnonzero((best[:, 1:] == best[:, :-1]).any(1))
    if len(tied):
        fate = stream(lot, "many").random((len(tied), own.shape[1]))
        rank[tied] = np.lexsort((fate, -own[tied]))[:, :count]
    sold = best[:, :count] >= floor
    if pricing == "first":
        price = best[:, :count]
    else:
        losing = best[:, count : count + 1] if best.shape[1] > count else np.zeros((len(own), 1), own.dtype)
        price = np.broadcast_to(np.maximum(losing, floor), sold.shape)
    return Sales(np.where(sold, rank, -1), np.where(sold, price, 0))


def equilibrium_bid(value: Any, bidders: int, reserve: float = 0, units: int = 1) -> Any:
    """What to bid if winners pay their own bids, for values uniform on 0..1 (Riley and Samuelson 1981; Krishna 2010).

    v - (integral of F from r to v) / F(v), among n *bidders* who want one unit each, with a reserve r: what one expects
    the highest losing value (or the reserve) to be, given that one's own wins. F is the distribution of the highest
    value that loses beside the *units* that are sold, the k-th highest of the n-1 others:

    - one unit: v - (v^n - r^n) / (n v^(n-1)), and v (n-1)/n without a reserve;
    - as many units as bidders, or more: the reserve, for nobody loses.

    If all bid so, nobody gains by another bid. A *value* below the reserve is given back as it is: no bid of it counts.
    Arrays are welcome.

    >>> round(equilibrium_bid(0.9, 3), 3), round(equilibrium_bid(0.9, 3, reserve=0.5), 3), equilibrium_bid(0.4, 3, 0.5)
    (0.6, 0.651, 0.4)
    >>> round(equilibrium_bid(0.9, 3, units=2), 4), round(equilibrium_bid(0.9, 3, 0.5, units=3), 4)
    (0.3273, 0.5)
    """
    own = np.asarray(value, dtype=float)
    n = whole(bidders, "equilibrium_bid", "the number of bidders", 1)
    k = whole(units, "equilibrium_bid", "the number of units", 1)
    low = amount(reserve, "equilibrium_bid", "the reserve")
    if not (np.isfinite(own).all() and ((own >= 0) & (own <= 1)).all() and low <= 1):
        raise ValueError("equilibrium_bid: values and the reserve are numbers from 0 to 1")
    safe = np.where(own > 0, own, 1.0)
    if k == 1:
        bid = own - safe * (np.where(own > 0, 1.0, 0.0) - (low / safe) ** n) / n
    elif k >= n:
        bid = np.full(own.shape, float(low))
    else:
        won = _chances(safe, n - 1, k)
        tiny = won < _TINY  # what F is near 0 is a power of v, and too small to be divided by
        gain = np.where(tiny, safe / (n - k + 1), (_below(safe, n, k) - _below(low, n, k)) / np.where(tiny, 1.0, won))
        bid = own - np.where(own > 0, gain, 0.0)
    bid = np.where(own < low, own, np.maximum(bid, low))
    return float(bid) if np.ndim(value) == 0 else bid


def _chances(value: Any, others: int, units: int) -> Any:
    """The probability that fewer than *units* of so many *others*, uniform on 0..1, are above *value*."""
    from scipy.special import bdtr

    return bdtr(units - 1, others, 1 - value)


def _below(value: Any, bidders: int, units: int) -> Any:
    """The integral of `_chances` from 0 to *value*: a sum of these for one bidder more, as for all Beta functions."""
    return sum(_chances(value, bidders, own) for own in range(1, units + 1)) / bidders


def expected_revenue(bidders: int, reserve: float = 0) -> float:
    """What a seller expects of values uniform on 0..1, by first and second price alike (Riley and Samuelson 1981).

    (n-1)/(n+1) + r^n (1 - 2 n r/(n+1)) among n *bidders* with a reserve r.

    >>> round(expected_revenue(2), 4), round(expected_revenue(2, 0.5), 4)
    (0.3333, 0.4167)
    """
    n = whole(bidders, "expected_revenue", "the number of bidders", 1)
    low = amount(reserve, "expected_revenue", "the reserve")
    if low > 1:
        raise ValueError(f"expected_revenue: the reserve is a number from 0 to 1, not {low}")
    return float((n - 1) / (n + 1) + low**n * (1 - 2 * n * low / (n + 1)))


def optimal_reserve(low: float = 0.0, high: float = 1.0, worth: float = 0.0) -> float:
    """The reserve that is expected to earn most if values are uniform on *low*..*high* (Myerson 1981).

    (high + worth) / 2, where what is not sold is of *worth* to the seller; however many bid.

    >>> optimal_reserve(), optimal_reserve(50, 90)
    (0.5, 50.0)
    """
    for own, what in ((low, "low"), (high, "high"), (worth, "the worth")):
        amount(own, "optimal_reserve", what)
    if low >= high:
        raise ValueError(f"optimal_reserve: low is below high, not {low} and {high}")
    return max(float(low), (high + worth) / 2)
