"""What a member could have gained by saying something else: the regret of what it said.

>>> from society_sim.rules.auctions import first_price, second_price
>>> bids, worth = {"Ann": 70, "Bob": 50}, 70
>>> had = lambda sale: worth * sale.units.get("Ann", 0) - sale.pays.get("Ann", 0)
>>> regret(second_price, bids, "Ann", range(0, 101, 10), had)
Regret(gain=0, report=70)
>>> regret(first_price, bids, "Ann", range(0, 101, 10), had)
Regret(gain=10, report=60)

A rule in which regret is 0 for whoever says what is so, whatever the others say, is strategy-proof. What is tried is
what is passed in: a gain that is found is one, and none found is no proof.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

B = TypeVar("B", bound=Hashable)


class Regret(NamedTuple):
    """The largest *gain* that was possible, and the *report* that brings it; 0 and the own one, if none was better."""

    gain: Any
    report: Any


def regret(
    rule: Callable[[Mapping[B, Any]], Any],
    reports: Mapping[B, Any],
    who: B,
    others: Iterable[Any],
    utility: Callable[[Any], Any],
) -> Regret:
    """The best of the reports in *others* that *who* could have made in place of its own among *reports*.

    *rule* makes an outcome of all reports, and *utility* is what an outcome is worth to *who*, payments taken off. What
    the others say stays as it is. Of equally good reports the first counts.
    """
    had = utility(rule(reports))
    best = Regret(0 * had, reports[who])
    for report in others:
        gain = utility(rule({**reports, who: report})) - had
        if gain > best.gain:
            best = Regret(gain, report)
    return best
