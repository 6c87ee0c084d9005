"""Supply and demand: who may buy or sell how many units, and what each of them is worth to it.

A plan, made by the task `trade`, says it for societies of any size.

>>> for trader in traders({"how": "linear", "top": 150, "bottom": 50, "step": 8}, 4, 0, 200):
...     print(trader)
Trader(side='buy', units=(150,))
Trader(side='sell', units=(50,))
Trader(side='buy', units=(142,))
Trader(side='sell', units=(58,))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from society_sim.streams import uniforms


class Trader(NamedTuple):
    """Which *side* of the market a member is on, and its *units* in the order in which it trades them.

    A unit is its value to who may buy, and its cost to who may sell; both trade what brings most first.
    """

    side: str
    units: tuple[float, ...]


def traders(plan: Mapping[str, Any], size: int, low: float = 0.0, high: float = 1.0) -> list[Trader]:
    """What *size* members may trade by *plan*, whose *how* is one of three; units lie from *low* to *high*.

    `linear`: values fall from *top* and costs rise from *bottom*, by *step*. `uniform`: all are drawn evenly, a seat's
    from the plan's *seed* alone. `given`: *values* and *costs*. Of several *units* each, what comes first in a list is
    dealt out in turn: to each a first unit, then to each a second. The first *buyers* seats buy and the others sell; if
    that is `None`, every other seat buys, beginning with the first. `ValueError` if more traders are there than units.
    """
    buyers, units, how = plan.get("buyers"), plan.get("units", 1), plan["how"]
    buys = [seat % 2 == 0 if buyers is None else seat < buyers for seat in range(size)]
    many = {True: sum(buys), False: size - sum(buys)}
    met = {True: 0, False: 0}
    found = []
    for seat, buying in enumerate(buys):
        places = [met[buying] + unit * many[buying] for unit in range(units)]
        met[buying] += 1
        if how == "uniform":
            own = [low + (high - low) * uniforms(plan["seed"], "unit", seat, unit)[0] for unit in range(units)]
        elif how == "linear":
            own = [plan["top"] - plan["step"] * at if buying else plan["bottom"] + plan["step"] * at for at in places]
        else:
            own = _given(plan["values" if buying else "costs"], places, many[buying], "buy" if buying else "sell")
        for one in own:
            if not low <= one <= high:
                raise ValueError(f"a unit of seat {seat} would be worth {one:g}; prices are from {low:g} to {high:g}")
        found.append(Trader("buy" if buying else "sell", tuple(sorted(own, reverse=buying))))
    return found


def _given(amounts: list[float], places: list[int], many: int, verb: str) -> list[float]:
    if places[-1] >= len(amounts):
        raise ValueError(f"{len(amounts)} amounts are given for {many} who {verb} {len(places)} each")
    return [amounts[place] for place in places]
