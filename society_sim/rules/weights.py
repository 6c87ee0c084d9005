"""Weights of votes: by how often a voter was right."""

from __future__ import annotations

import math


def of_chance(chance: float, options: float = 2, doubt: float = 0.01) -> float:
    """The weight of a vote that is right with probability *chance*, among *options* options: log(p (m - 1) / (1 - p)).

    The same as `log_odds` where the chance is known, or stated. At least *doubt* is left of it, and of its opposite:
    nobody is infinitely sure.

    >>> round(of_chance(0.9), 3), of_chance(0.25, options=4), of_chance(1.0) == of_chance(0.99)
    (2.197, 0.0, True)
    """
    p = min(1 - doubt, max(doubt, chance))
    return math.log(p / (1 - p) * (options - 1))


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
