"""What rules about money share: amounts that are checked, and a lot among equals.

An amount is a finite number of at least 0. Nothing here turns one kind of number into another: whole micro-units stay
whole, so what a rule adds up, compares and subtracts is exact for them.

>>> amounts({"Ann": 3, "Bob": None, "Cid": 5}, "first_price")
{'Ann': 3, 'Cid': 5}
>>> amounts({"Ann": float("nan")}, "first_price")
Traceback (most recent call last):
    ...
ValueError: first_price: the bid of Ann is nan; it must be a finite number of at least 0
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from itertools import pairwise
from numbers import Rational, Real
from typing import Any, TypeVar

import numpy as np

from society_sim.rules.ballots import Array
from society_sim.streams import uniforms

K = TypeVar("K", bound=Hashable)


def amount(value: Any, rule: str, what: str) -> Any:
    """*value* as a Python number; `ValueError` that names *rule* unless it is a finite number of at least 0."""
    value = plain(value)
    real = isinstance(value, Real) and not isinstance(value, bool)
    if not real or not (isinstance(value, Rational) or math.isfinite(value)) or value < 0:
        raise ValueError(f"{rule}: {what} is {value!s}; it must be a finite number of at least 0")
    return value


def plain(value: Any) -> Any:
    """*value*, as a Python number if it is one of NumPy's, which could overflow."""
    return value.item() if isinstance(value, np.generic) else value


def amounts(values: Mapping[K, Any], rule: str, what: str = "bid") -> dict[K, Any]:
    """Those of *values* that are there, each checked; `None` is an abstention, and is left out."""
    return {who: amount(own, rule, f"the {what} of {who}") for who, own in values.items() if own is not None}


def whole(value: Any, rule: str, what: str, least: int = 0) -> int:
    """*value* as an `int`; `ValueError` unless it is a whole number of at least *least*."""
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{rule}: {what} is {value!s}; it must be a whole number of at least {least}")
    return value


def table(values: Any, rule: str, what: str, axes: int = 2, signed: bool = False) -> Array:
    """*values* as an array of *axes* axes, whole numbers kept whole; `ValueError` unless all are amounts.

    With *signed* they may be below 0. Whole numbers too large for 64 bits are refused, not rounded.
    """
    own = np.asarray(values)
    if own.ndim != axes:
        raise ValueError(f"{rule}: {what} need a table of {axes} axes, not of {own.ndim}")
    if own.dtype.kind not in "iuf":
        if own.size:
            raise ValueError(f"{rule}: {what} must be finite numbers, and whole ones below 2^63")
        own = own.astype(float)
    if not np.isfinite(own).all() or (not signed and own.size and own.min() < 0):
        kind = "finite numbers" if signed else "finite numbers of at least 0"
        raise ValueError(f"{rule}: {what} must be {kind}")
    return own.astype(np.int64 if own.dtype.kind in "iu" else float)


def shuffled(members: Iterable[K], lot: int, rule: str) -> list[K]:
    """*members* in the order that *lot* draws for *rule*.

    A member's luck is its own: who else is there, in which order, and what anybody bids do not disturb it. So a tie
    that is settled by it gives nobody a reason to bid otherwise.

    >>> shuffled(["a", "b", "c"], 1, "first_price") == shuffled(["c", "b", "a"], 1, "first_price")
    True
    """
    return sorted(members, key=lambda member: luck(member, lot, rule))


def luck(member: Hashable, lot: int, rule: str) -> float:
    """A uniform number of this *member* alone, named by *lot* and *rule*."""
    return uniforms(lot, rule, member if isinstance(member, str | int) else repr(member))[0]


def best_first(worth: Mapping[K, Any], lot: int, rule: str) -> list[K]:
    """The keys of *worth*, the largest first; equal ones in the order that *lot* draws."""
    rank = sorted(worth, key=worth.__getitem__, reverse=True)
    if any(worth[one] == worth[other] for one, other in pairwise(rank)):
        rank = sorted(shuffled(worth, lot, rule), key=worth.__getitem__, reverse=True)  # a stable sort keeps the lot
    return rank
