"""The offers that stand."""

from __future__ import annotations

from society_viz.view.blocks import Block, Book, panel
from society_viz.view.known import Known


@panel
def order_book(known: Known) -> list[Block] | None:
    """Offers that stand: units at each price."""
    floor = known.stage.table.floor
    if floor is None or not floor.tick:
        return None
    bids, asks = floor.depth("buy"), floor.depth("sell")
    return [Book(bids, asks)] if bids or asks else None
