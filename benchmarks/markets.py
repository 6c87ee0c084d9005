"""How long clearing takes: auctions, and who gets which bundle."""

from __future__ import annotations

import numpy as np

from benchmarks.common import Row, cpu
from society_sim.rules.auction_theory import many
from society_sim.rules.auctions import second_price
from society_sim.rules.combinatorial import Bid, allocate


def auctions(quick: bool) -> list[Row]:
    """Sealed-bid auctions of ten bidders: one after the other, and many at once."""
    one, lots = (100, 1000) if quick else (5000, 200_000)
    values = np.random.default_rng(1).random((lots, 10))
    bids = [dict(enumerate(row)) for row in values[:one].tolist()]
    with cpu() as spent:
        for row in bids:
            second_price(row)
        single = one / spent()
    with cpu() as spent:
        many(values)
        rows = lots / spent()
    return [
        Row("second price, ten bidders, one by one", single, "auctions/s"),
        Row("second price, ten bidders, many at once", rows, "auctions/s"),
    ]


def combinatorial(quick: bool) -> list[Row]:
    """Who gets which bundle of 12 items, of 200 bids by 40 bidders: the slowest of a few auctions."""
    rng = np.random.default_rng(2)
    items = [f"item {number}" for number in range(12)]
    books = [[_bid(rng, items) for _ in range(200)] for _ in range(1 if quick else 5)]
    rows = []
    for method, pricing, what in (
        ("table", "bid", "a table of all sets"),
        ("table", "vcg", "a table of all sets, VCG payments"),
        ("solver", "bid", "an integer programme"),
        ("solver", "vcg", "integer programmes, VCG payments"),
    ):
        times = []
        for book in books:
            with cpu() as spent:
                allocate(book, items, method=method, pricing=pricing)
                times.append(spent())
        rows.append(Row(f"12 items, 200 bids by {what}", max(times), "s", "< 1"))
    return rows


def _bid(rng: np.random.Generator, items: list[str]) -> Bid:
    """A bid on up to five items, in micro-units, worth more the more it is on."""
    size = int(rng.integers(1, 6))
    return Bid(int(rng.integers(40)), tuple(rng.permutation(items)[:size].tolist()),
               size * int(rng.integers(500_000, 1_000_000)))  # fmt: skip
