"""How long clearing takes: auctions, and who gets which bundle."""

from __future__ import annotations

import numpy as np

from benchmarks.common import Row, cpu
from society_sim.rules.auction_theory import many
from society_sim.rules.auctions import second_price


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
