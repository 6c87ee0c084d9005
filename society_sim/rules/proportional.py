"""Committees from approvals by the rules of `abcvoting`, an extra: `pip install 'society-sim[proportional]'`.

Source: Lackner and Skowron (2023), Multi-winner voting with approval preferences; Lackner, Regner and Krenn (2023).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from society_sim.errors import SocietyError
from society_sim.rules.ballots import Order, Ratings, Tally

RULES = {
    "pav": "proportional approval voting (Thiele 1895)",
    "seqpav": "sequential proportional approval voting (Thiele 1895)",
    "cc": "Chamberlin-Courant on approvals (1983)",
    "seqphragmen": "sequential Phragmen (1894)",
    "equal_shares": "method of equal shares (Peters and Skowron 2020)",
    "av": "approval voting for several seats",
    "sav": "satisfaction approval voting (Brams and Kilgour 2014)",
}
"""The rules by the names that abcvoting gives them, which has hyphens where we have underscores."""


def library() -> Any:
    """The module `abcvoting.abcrules`; `SocietyError` that names the extra where it is not installed."""
    try:
        from abcvoting import abcrules
    except ImportError as error:
        raise SocietyError("proportional rules need abcvoting: pip install 'society-sim[proportional]'") from error
    return abcrules


def committee(ratings: Ratings, rule: str, seats: int, order: Order = None) -> Tally:
    """The committee of *seats* options that *rule* elects from approvals (1 or 0).

    Of several the one that is preferred by *order* (by that of the options, if there is none): whose members, best
    first, come first in it. Ballots that approve of nothing are left out. `ValueError` for an unknown rule, or weights
    that are not 1.
    """
    if rule not in RULES:
        raise ValueError(f"no proportional rule {rule!r}; known are: {', '.join(RULES)}")
    if not (ratings.weights == 1).all():
        raise ValueError(f"rule {rule!r} knows no weights")
    rules, options = library(), ratings.options
    from abcvoting.preferences import Profile

    approvals = [np.flatnonzero(row == 1).tolist() for row in ratings.values]
    profile = Profile(len(options))
    profile.add_voters([approved for approved in approvals if approved])
    count = {option: float((ratings.values[:, place] == 1).sum()) for place, option in enumerate(options)}
    if not len(profile):
        return Tally((), count)
    if not 1 <= seats <= len(options):
        raise ValueError(f"{seats} seats for {len(options)} options")
    found = [sorted(one) for one in rules.compute(rule.replace("_", "-"), profile, committeesize=seats)]
    own = list(options if order is None else order)
    chosen = min(found, key=lambda places: sorted(own.index(options[place]) for place in places))
    tied = tuple("+".join(options[place] for place in places) for places in sorted(found))
    return Tally(tuple(options[place] for place in chosen), count, ties=(tied,) if len(found) > 1 else ())
