"""What traders without any intelligence make of a double auction: thousands of sessions at once.

At each step one trader, drawn evenly, names a price for its next unit, drawn evenly as well. It trades if that crosses
the best price of the other side, at the price of the other; both best prices are then void. Otherwise it becomes the
best price of its own side if it improves on it (Gode and Sunder 1993).

>>> values, costs = 150 - 8 * np.arange(12), 50 + 8 * np.arange(12)
>>> told = zero_intelligence(values, costs, highest=200, sessions=100, steps=1000, rng=np.random.default_rng(1))
>>> round(float(told.efficiency.mean()), 2)
0.96
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from society_sim.rules.ballots import Array
from society_sim.rules.equilibrium import equilibrium


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """For each session: its *efficiency*, the units *traded*, and the money that they cost together (*turnover*)."""

    efficiency: Array
    traded: Array
    turnover: Array


def zero_intelligence(
    values: Any, costs: Any, *, highest: float, lowest: float = 0.0, sessions: int = 400, steps: int = 3000,
    budget: bool = True, rng: np.random.Generator,
) -> Sessions:  # fmt: skip
    """Sessions of a double auction among buyers with *values* and sellers with *costs* (traders, or traders x units).

    A trader's units go in the order of its row. *budget*: buyers never bid above their value and sellers never ask
    below their cost (ZI-C); otherwise all draw from *lowest* to *highest* and trade at a loss (ZI-U).
    """
    worth, cost = (np.asarray(own, dtype=float).reshape(len(own), -1) for own in (values, costs))
    best = equilibrium(worth.ravel().tolist(), cost.ravel().tolist()).surplus
    units = max(worth.shape[1], cost.shape[1]) + 1  # the last is nothing: whoever has come to it is done
    sign = np.repeat([1.0, -1.0], [len(worth), len(cost)])  # buyers first
    table = np.full((len(sign), units), np.nan)
    table[: len(worth), : worth.shape[1]], table[len(worth) :, : cost.shape[1]] = worth, cost
    row = np.arange(sessions)
    done = np.zeros((sessions, len(sign)), dtype=np.intp)
    # Both sides as one: a price times its side's sign is an offer, and an offer is better the higher it is.
    offer = np.full((sessions, 2), -np.inf)
    whose = np.zeros((sessions, 2), dtype=np.intp)
    gained, turnover = np.zeros(sessions), np.zeros(sessions)
    for _ in range(steps):
        who = rng.integers(len(sign), size=sessions)
        own = table[who, done[row, who]]
        side = (sign[who] < 0).astype(np.intp)
        low, high = np.full(sessions, lowest), np.full(sessions, highest)
        if budget:
            low, high = np.where(side == 1, own, low), np.where(side == 0, own, high)
        made = sign[who] * (low + rng.random(sessions) * (high - low))
        made[np.isnan(own)] = -np.inf
        met = made + offer[row, 1 - side] >= 0
        improves = ~met & (made > offer[row, side])
        offer[row[improves], side[improves]] = made[improves]
        whose[row[improves], side[improves]] = who[improves]
        if met.any():
            at = row[met]
            other = whose[at, 1 - side[met]]
            gained[at] += sign[who[met]] * (own[met] - table[other, done[at, other]])
            turnover[at] += sign[other] * offer[at, 1 - side[met]]
            done[at, who[met]] += 1
            done[at, other] += 1
            offer[at] = -np.inf
    return Sessions(gained / best if best else np.full(sessions, np.nan), done[:, : len(worth)].sum(1), turnover)
