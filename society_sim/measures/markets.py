"""What came of markets: who got what it is worth most to, what was paid, and what a right decision cost."""

from __future__ import annotations

from math import fsum

from society_sim.measures.reading import share
from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record


@measure
def efficiency(record: Record) -> float:
    """Allocative efficiency: welfare as a share of the most that it could have been, over all questions together.

    Where work is given out (`contract_net`), what it would have cost at the least as a share of what it cost. Not a
    number if there was no market, or nothing to gain.

    >>> efficiency([{"kind": "outcome", "welfare": 60.0, "optimum": 80.0}])
    0.75
    >>> efficiency([{"kind": "outcome", "cost": 4.0, "least_cost": 3.0}])
    0.75
    """
    got, best = 0.0, 0.0
    for entry in only(record, "outcome"):
        got += entry.get("welfare", entry.get("least_cost", 0.0))
        best += entry.get("optimum", entry.get("cost", 0.0))
    return got / best if best else float("nan")


@measure
def welfare(record: Record) -> float:
    """What those who got something had of it, in coins and before payments: the mean over questions of markets.

    >>> welfare([{"kind": "outcome", "welfare": 60.0}, {"kind": "outcome", "welfare": 0.0}])
    30.0
    """
    return _mean(record, "welfare")


@measure
def revenue(record: Record) -> float:
    """What was paid to the seller, in coins: the mean over questions of markets, those with no sale among them.

    >>> revenue([{"kind": "outcome", "revenue": 5.0}, {"kind": "outcome", "revenue": 0.0}, {"kind": "outcome"}])
    2.5
    """
    return _mean(record, "revenue")


@measure
def cost_per_right(record: Record) -> float:
    """US dollars paid for all answers, per right decision; not a number if none was right.

    >>> paid = [{"kind": "answer", "micro_usd": 300}, {"kind": "answer", "micro_usd": 500}]
    >>> cost_per_right([*paid, {"kind": "outcome", "correct": True}, {"kind": "outcome", "correct": False}])
    0.0008
    """
    paid = right = 0
    for entry in only(record, "answer", "unheard", "outcome"):
        paid += entry.get("micro_usd", 0)
        right += bool(entry.get("correct", False))
    return share(paid / 1_000_000, right)


def _mean(record: Record, name: str) -> float:
    found = [entry[name] for entry in only(record, "outcome") if name in entry]
    return share(fsum(found), len(found))
