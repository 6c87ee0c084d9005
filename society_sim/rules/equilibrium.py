"""Supply and demand: how much is traded in competitive equilibrium, at which prices, and how near a market has come.

*values* are what each unit is worth to its buyer, *costs* what each is worth to its seller, in any order.

>>> values, costs = [150 - 8 * i for i in range(12)], [50 + 8 * i for i in range(12)]
>>> equilibrium(values, costs)
Equilibrium(quantity=7, low=98, high=102, surplus=364)
>>> efficiency([(150, 50), (94, 106)], values, costs)
0.241...
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """How many units change hands, the *low* and *high* end of the prices that clear the market, and the *surplus*.

    An end is infinite if nothing bounds the price. *surplus*: worth to buyers less worth to sellers, the most there is.
    """

    quantity: int
    low: float
    high: float
    surplus: float


def equilibrium(values: Iterable[float], costs: Iterable[float]) -> Equilibrium:
    """The competitive equilibrium: the best buyers with the best sellers, as long as neither side loses.

    A pair that gains nothing trades as well: of the quantities with the largest surplus it is the largest.

    >>> equilibrium([5], [9]), equilibrium([9], [5])
    (Equilibrium(quantity=0, low=5, high=9, surplus=0), Equilibrium(quantity=1, low=5, high=9, surplus=4))
    """
    demand, supply = sorted(values, reverse=True), sorted(costs)
    if any(math.isnan(own) for own in (*demand, *supply)):
        raise ValueError("values and costs are numbers")
    quantity = 0
    surplus: float = 0
    for value, cost in zip(demand, supply, strict=False):
        if value < cost:
            break
        quantity += 1
        surplus += value - cost
    last = (demand[quantity - 1], supply[quantity - 1]) if quantity else (math.inf, -math.inf)
    out = demand[quantity] if quantity < len(demand) else -math.inf
    over = supply[quantity] if quantity < len(supply) else math.inf
    return Equilibrium(quantity, max(last[1], out), min(last[0], over), surplus)


def efficiency(traded: Iterable[tuple[float, float]], values: Iterable[float], costs: Iterable[float]) -> float:
    """The share of the largest surplus that a market has realised (allocative efficiency; Smith 1962).

    *traded*: value and cost of each unit that has changed hands; the price does not matter. Below 0 if trade has done
    harm; not a number if there is nothing to gain.
    """
    most = equilibrium(values, costs).surplus
    return math.fsum([value - cost for value, cost in traded]) / most if most else math.nan


def convergence(paid: Iterable[float], price: float) -> float:
    """Smith's alpha: the root mean square distance of prices *paid* from *price*, as a share of it (Smith 1962).

    >>> convergence([90, 110], 100)
    0.1
    """
    seen = [(own - price) ** 2 for own in paid]
    return math.sqrt(math.fsum(seen) / len(seen)) / price if seen else math.nan
