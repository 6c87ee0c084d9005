"""How many pairs a planned difference needs, and what a given number of them can see."""

from __future__ import annotations

import math

from society_sim.streams import normal


def sd_of_difference(one: float, other: float, both: float | None = None) -> float:
    """The standard deviation of the difference of two yes-no answers with the shares *one* and *other* of yes.

    *both* is the share of pairs in which both say yes; if it is left out, the two are independent, as in unpaired
    groups.

    >>> round(sd_of_difference(0.6, 0.5), 4), round(sd_of_difference(0.6, 0.5, both=0.45), 4)
    (0.7, 0.4359)
    """
    together = one * other if both is None else both
    if not max(0.0, one + other - 1) - 1e-12 <= together <= min(one, other) + 1e-12:
        raise ValueError(f"{together} of both is not possible with {one} and {other}")
    return math.sqrt(max(0.0, one + other - 2 * together - (one - other) ** 2))


def needed(
    difference: float,
    sd: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    sigmas: float | None = None,
) -> int:
    """How many pairs it takes to see a mean *difference*, if differences have the standard deviation *sd*.

    To see it is to reject 0 in a two-sided test at *alpha*, with probability *power*. With *sigmas* in their place:
    until the expected difference is so many standard errors away from 0.

    >>> needed(0.02, 0.3), needed(0.02, 0.3, sigmas=5)
    (1766, 5625)
    """
    if difference == 0:
        raise ValueError("no number of pairs shows a difference of 0; test for equivalence instead")
    away = sigmas if sigmas is not None else -normal(alpha / 2) + normal(power)
    return math.ceil(round((away * sd / difference) ** 2, 9))


def power(difference: float, sd: float, pairs: int, *, alpha: float = 0.05) -> float:
    """The probability that a two-sided test at *alpha* sees a mean *difference* with so many *pairs*.

    >>> round(power(0.02, 0.3, 1766), 3), round(power(0.0, 0.3, 1766), 3)
    (0.8, 0.05)
    """
    if sd <= 0:
        return float(difference != 0)
    shift, bar = difference / (sd / math.sqrt(pairs)), -normal(alpha / 2)
    return _below(shift - bar) + _below(-shift - bar)


def _below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
