"""Clarke's pivot mechanism: the option that is worth most to all together, and each pays what its voice costs others.

Three members, a bridge that is worth 30 to one and costs the others 10 and 12 more than it gives them:

>>> pivot([[30, 0], [-10, 0], [-12, 0]])
Verdict(option=0, taxes=(22, 0, 0), welfare=8)

A member's tax is what the others would have together if it had no voice, less what they have now (Clarke 1971; Groves
1973; Vickrey 1961 is the case of a thing to sell). So to state what an option is worth is best whatever the others do,
and nobody is worse off than if it had no voice. Taxes are never below 0, and must leave the group: whoever gets them
back has a reason to lie again, and no rule of this kind balances its budget (Green and Laffont 1979).

**Nothing is rounded**: taxes are sums and differences of the values, so whole micro-units stay whole and exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from society_sim.rules.amounts import luck, table
from society_sim.rules.ballots import Array
from society_sim.rules.matching import optimal_assignment

_LARGEST = {"i": 2**61, "f": 1e300}
"""What sums of whole numbers, and of fractions, may come to."""
_NEARLY = 1e-12
"""Sums of fractions that differ by less than this, relative to the largest value, count as equal."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The *option* (its column) that is taken, the *taxes* of all members in order, and the *welfare* before taxes."""

    option: int
    taxes: tuple[Any, ...]
    welfare: Any


def pivot(values: Any, lot: int = 0) -> Verdict:
    """Which option is taken, and what each member pays, if *values* (members x options) are what they say of it.

    Values may be below 0: each counts against any common zero, such as the option to do nothing. Equal sums are settled
    by the *lot*, which knows nothing of values. Who abstains has no row. `ValueError` for NaN and infinite values.
    """
    own = table(values, "pivot", "values", signed=True)
    options, taxes = pivots(own[None], lot)
    place = int(options[0])
    return Verdict(place, tuple(taxes[0].tolist()), own[:, place].sum().item())


def pivots(values: Any, lot: int = 0) -> tuple[Array, Array]:
    """The same for many decisions at once: *values* are runs x members x options; options and taxes come back.

    >>> options, taxes = pivots([[[30, 0], [-10, 0], [-12, 0]], [[5, 0], [-10, 0], [-12, 0]]])
    >>> options.tolist(), taxes.tolist()
    ([0, 1], [[22, 0, 0], [0, 0, 0]])
    """
    own = table(values, "pivot", "values", axes=3, signed=True)
    runs, members, options = own.shape
    if not options:
        raise ValueError("pivot: there is no option to decide on")
    largest = _LARGEST[own.dtype.kind]
    if own.size and max(-own.min().item(), own.max().item()) > largest // members:
        raise ValueError(f"pivot: {members} values may add up to more than {largest:.3g}")
    order = sorted(range(options), key=lambda place: luck(place, lot, "pivot"))
    sums = own.sum(1)
    slack = 0 if own.dtype.kind == "i" or not own.size else _NEARLY * float(np.abs(own).max())
    equal = sums >= sums.max(1, keepdims=True) - slack
    chosen = np.asarray(order)[equal[:, order].argmax(1)]
    others = sums[:, None] - own
    now = np.take_along_axis(others, chosen[:, None, None], 2)[..., 0]
    return chosen, np.maximum(others.max(2) - now, 0).reshape(runs, members)


@dataclass(frozen=True, slots=True)
class Assigned:
    """*items*: the column that each member gets, `None` for none; *pays*: what for; *welfare*: before payments."""

    items: tuple[int | None, ...]
    pays: tuple[Any, ...]
    welfare: Any


def vcg_assignment(values: Any, lot: int = 0) -> Assigned:
    """Several things for members who want one at most: the best assignment, each paying what it costs the others.

    *values* (members x things) are at least 0; what is worth 0 to a member is not given to it. Payments are found by
    solving again without each winner; they are the lowest prices at which everybody likes best what it gets (Leonard
    1983; Demange, Gale and Sotomayor 1986). With one thing it is `second_price`.

    >>> vcg_assignment([[9, 6], [8, 7], [5, 3]])
    Assigned(items=(0, 1, None), pays=(5, 3, 0), welfare=16)
    """
    own = table(values, "vcg_assignment", "values")
    items = optimal_assignment(own, best="most", lot=lot)
    worth = _worth(own, items)
    total = sum(worth)
    pays = []
    for member, item in enumerate(items):
        if item is None:
            pays.append(0 * total)
            continue
        rest = np.delete(own, member, 0)
        without = sum(_worth(rest, optimal_assignment(rest, best="most", lot=lot)))
        pays.append(min(max(without - (total - worth[member]), 0 * total), worth[member]))  # fractions may be a bit off
    return Assigned(items, tuple(pays), total)


def _worth(values: Array, items: Sequence[int | None]) -> list[Any]:
    return [values[member, item].item() if item is not None else 0 for member, item in enumerate(items)]
