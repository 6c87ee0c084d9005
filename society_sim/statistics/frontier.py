"""The frontier of cost and quality: what nothing else beats for its price.

>>> [("vote", "best", "pair", "cheap")[place] for place in frontier([9.0, 5.0, 3.0, 1.0], [0.72, 0.74, 0.74, 0.6])]
['cheap', 'pair']
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def frontier(costs: Sequence[float], values: Sequence[float]) -> list[int]:
    """The places of those that no other one beats: none is as good for less, or better for no more. Cheapest first.

    Of several that are alike in both the first is taken. What is not a number is left out.
    """
    known = [place for place, pair in enumerate(zip(costs, values, strict=True)) if not any(map(math.isnan, pair))]
    found: list[int] = []
    for place in sorted(known, key=lambda place: (costs[place], -values[place], place)):
        if not found or values[place] > values[found[-1]]:
            found.append(place)
    return found
