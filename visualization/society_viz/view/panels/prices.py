"""What was paid, and what options cost in a market of forecasts."""

from __future__ import annotations

from society_viz.view.blocks import Block, Lines, panel
from society_viz.view.known import Known


@panel
def prices(known: Known) -> list[Block] | None:
    """Prices over time; the shaded band is what perfect competition would pay."""
    floor = known.stage.table.floor
    if floor is None or not floor.lines:
        return None
    return [Lines(tuple(floor.lines.items()), "time", "price", floor.band if floor.tick else None)]
