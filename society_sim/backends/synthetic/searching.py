"""Searching: the policy that looks ahead as its persona says."""

from __future__ import annotations

import re

from society_sim.backends.synthetic.parameters import Settings
from society_sim.registry import policy
from society_sim.values import Query

_LOOKS = re.compile(r"\bYou look ([\d, then]+) steps ahead")
_HERE = re.compile(r"^You stand at the value ([\d.e+-]+)\.(?= )")
_AHEAD = re.compile(r"^(\d+) steps: ([\d.e+-]+)$", re.MULTILINE)


@policy
def searches(query: Query, settings: Settings) -> str | None:
    """Goes to the first place in the order of its looks that is better than its own; stays if there is none.

    A member looks again from its first look on after each move (Hong and Page 2004 let it go on with the next; where it
    stops to search is the same, the way there may differ).
    """
    here = _HERE.search(query.text)
    if here is None:
        return None
    looks = _LOOKS.search(query.system)
    ahead = {int(step): float(value) for step, value in _AHEAD.findall(query.text)}
    for look in re.findall(r"\d+", looks[1]) if looks else ():
        if ahead.get(int(look), float("-inf")) > float(here[1]):
            return f"ANSWER: {look}"
    return "ANSWER: 0"
