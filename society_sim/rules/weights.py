"""Weights of votes: by how often a voter was right."""

from __future__ import annotations

import math


def log_odds(right: int, answered: int, options: float = 2) -> float:
    """The weight of a voter that gave *right* right answers out of *answered*, among *options* options (on average).

    log(p (m - 1) / (1 - p)) with p = (right + 1) / (answered + m): Laplace's rule keeps the weight finite. With two
    options it is the log odds of Nitzan and Paroush (1982), with more the extension of Ben-Yashar and Paroush (2001)
    for mistakes spread evenly over the other m - 1; zero at chance, and for a voter that nobody has tested.

    >>> round(log_odds(89, 98), 3), log_odds(0, 0), round(log_odds(249, 996, options=4), 3)
    (2.197, 0.0, 0.0)
    """
    if not 0 <= right <= answered or options < 2:
        raise ValueError(f"no weight for {right} right of {answered} answers among {options:g} options")
    p = (right + 1) / (answered + options)
    return math.log(p / (1 - p) * (options - 1))
