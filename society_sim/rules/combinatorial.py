"""Auctions of bundles: who gets which of several different things, and what they pay for them.

>>> bids = [Bid("Ann", "ab", 100), Bid("Bob", "a", 60), Bid("Bob", "b", 30), Bid("Cid", "b", 50)]
>>> sold = allocate(bids, "ab", pricing="vcg")
>>> sold.won, sold.pays, sold.value
({'Bob': ('a',), 'Cid': ('b',)}, {'Bob': 50, 'Cid': 40}, 110)

A bid is for all of a bundle or nothing. In the language *xor* at most one bid of each bidder wins, in *or* any that do
not overlap (Nisan 2006). Those bids win that are worth most together; to find them is hard in general (Rothkopf, Pekec
and Harstad 1998), and is done here without approximation, in one of two ways:

- *table*: dynamic programming over all sets of things (Rothkopf et al. 1998). Exact, also in whole micro-units; about
  a hundredth of a second for 12 things and 200 bids, payments included.
- *solver*: an integer programme, solved by HiGHS through `scipy.optimize.milp` with no gap allowed. For many things;
  exact up to a solver's tolerances, some billionths of the largest bid.

**Ties.** Bidders stand in an order that the lot draws, the bids of one as they were made. Of several equally good
allocations the table gives the one in which the first bidder wins its earliest bid that it can, then the second, and so
on; winning nothing comes last. The solver gives the one that it finds first when it looks in this order, the same each
time. **Nothing is rounded**: values and payments are sums and differences of bids.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Generic, Literal, TypeVar

import numpy as np

from society_sim.errors import SocietyError
from society_sim.rules.amounts import amount, shuffled, whole
from society_sim.rules.ballots import Array

B = TypeVar("B", bound=Hashable)
Language = Literal["xor", "or"]
Method = Literal["auto", "table", "solver"]
_CELLS, _MOST = 2**23, 2**26
"""The largest table that is chosen by itself (64 MiB: 12 things and 2,000 bids, 16 and 120), and the largest of all."""


@dataclass(frozen=True, slots=True)
class Bid(Generic[B]):
    """*bidder* offers *value* for all of *items* together."""

    bidder: B
    items: Sequence[str]
    value: Any


@dataclass(frozen=True, slots=True)
class Allocation(Generic[B]):
    """What came of it: the *bids* that won (numbers of the list), what each winner has *won*, and what it *pays*."""

    bids: tuple[int, ...]
    won: Mapping[B, tuple[str, ...]]
    pays: Mapping[B, Any]
    value: Any

    @property
    def revenue(self) -> Any:
        """What all winners pay together."""
        return sum(self.pays.values())


@dataclass(frozen=True, slots=True)
class _Book:
    """The bids of an auction, sorted out: *masks* and *values* by bid, and bids that exclude each other in *groups*."""

    masks: tuple[int, ...]
    values: tuple[Any, ...]
    groups: tuple[tuple[int, ...], ...]
    owners: tuple[int, ...]  # whose each group is, by the place in the order of bidders
    things: int


def allocate(
    bids: Iterable[Bid[B]],
    items: Iterable[str],
    *,
    language: Language = "xor",
    pricing: Literal["bid", "vcg"] = "bid",
    method: Method = "auto",
    nodes: int = 1_000,
    lot: int = 0,
) -> Allocation[B]:
    """Which *bids* on bundles of *items* win, and what the winners pay.

    By *pricing* they pay what they bid, or, like in `pivot`, what the others would have got had they not been there,
    less what they get now (Vickrey 1961, Clarke 1971, Groves 1973): then to bid what bundles are worth is best whatever
    the others do, as far as the language can say it, but revenue may be low (Ausubel and Milgrom 2006). *method* "auto"
    takes the table where it has at most 2^23 cells. The solver may look at so many *nodes* of its tree (a limit that
    is the same on every machine, as one of time would not be). A bid of 0 wins nothing.

    `SocietyError` if the nodes were not enough to be sure. `ValueError` for a bundle that is empty or names what is not
    for sale or a thing twice, for bids that are NaN, infinite or below 0, and for a table that memory would not hold.
    """
    for given, known in ((language, ("xor", "or")), (pricing, ("bid", "vcg")), (method, ("auto", "table", "solver"))):
        if given not in known:
            raise ValueError(f"allocate: {given!r} is none of {', '.join(known)}")
    asked, things = list(bids), list(items)
    order = shuffled(dict.fromkeys(bid.bidder for bid in asked), lot, "allocate")
    book = _book(asked, things, order, language)
    size = (len(book.groups) + 1) << len(things)
    if method == "table" and size > _MOST:
        raise ValueError(f"allocate: a table of {size:,} cells is too large; take the solver, or fewer items or bids")
    if method == "table" or (method == "auto" and size <= _CELLS):
        chosen, rivals = _by_table(book, pricing == "vcg")
    else:
        chosen, rivals = _by_solver(book, pricing == "vcg", whole(nodes, "allocate", "the number of nodes", 1))
    won: dict[B, tuple[str, ...]] = {}
    paid: dict[B, Any] = {}
    for number in sorted(chosen):
        bid = asked[number]
        won[bid.bidder] = (*won.get(bid.bidder, ()), *bid.items)
        paid[bid.bidder] = paid.get(bid.bidder, 0) + book.values[number]
    total = sum(paid.values())
    own = dict(paid)
    if pricing == "vcg":
        for place, without in rivals.items():
            who = order[place]
            # What the others get without it is at least what they get with it, and at most all there is: fractions, and
            # a solver's tolerances, may be off by a little.
            paid[who] = min(max(without - (total - own[who]), 0 * own[who]), own[who])
    return Allocation(tuple(sorted(chosen)), won, paid, total)


def _book(bids: Sequence[Bid[B]], things: Sequence[str], order: Sequence[B], language: Language) -> _Book:
    place = {thing: bit for bit, thing in enumerate(things)}
    if len(place) < len(things):
        raise ValueError("allocate: each item is there once")
    rank = {who: at for at, who in enumerate(order)}
    masks, values, of = list[int](), list[Any](), {who: list[int]() for who in order}
    for number, bid in enumerate(bids):
        values.append(amount(bid.value, "allocate", f"bid {number} of {bid.bidder}"))
        for item in bid.items:
            if item not in place:
                raise ValueError(f"allocate: bid {number} of {bid.bidder} names {item!r}, which is not for sale")
        mask = sum({1 << place[item] for item in bid.items})
        if not mask or mask.bit_count() < len(bid.items):
            raise ValueError(f"allocate: bid {number} of {bid.bidder} names no item, or one twice")
        masks.append(mask)
        if bid.value:
            of[bid.bidder].append(number)
    if sum(map(int, values)) >= 2**62:
        raise ValueError("allocate: the bids add up to 2^62 or more")
    groups = [(who, tuple(own)) for who, own in of.items() if own]
    if language == "or":
        groups = [(who, (number,)) for who, own in groups for number in own]
    return _Book(tuple(masks), tuple(values), tuple(own for _, own in groups),
                 tuple(rank[who] for who, _ in groups), len(things))  # fmt: skip


def _by_table(book: _Book, rivals: bool) -> tuple[list[int], dict[int, Any]]:
    """The winning bids, and for each winner the value of the best allocation without it (if *rivals* are asked for)."""
    sets = np.arange(1 << book.things)
    after = [_zeros(book)]  # after[k][s]: the most that the last k groups can be worth with the things of the set s
    for group in reversed(book.groups):
        after.append(_joined(book, group, after[-1], sets))
    after.reverse()
    chosen, left = [], len(sets) - 1
    for place, group in enumerate(book.groups):
        for number in group:
            mask = book.masks[number]
            if mask & left == mask and after[place + 1][left ^ mask] + book.values[number] == after[place][left]:
                chosen.append(number)
                left ^= mask
                break
    found: dict[int, Any] = {}
    if rivals and chosen:
        winners = {owner for owner, group in zip(book.owners, book.groups, strict=True) if set(group) & set(chosen)}
        before = list(accumulate(book.groups, lambda best, group: _joined(book, group, best, sets), initial=after[-1]))
        for owner in sorted(winners):
            places = [place for place, own in enumerate(book.owners) if own == owner]  # they stand side by side
            found[owner] = (before[places[0]] + after[places[-1] + 1][::-1]).max().item()
    return chosen, found


def _zeros(book: _Book) -> Array:
    exact = all(isinstance(value, int) for value in book.values)
    return np.zeros(1 << book.things, dtype=np.int64 if exact else float)


def _joined(book: _Book, group: Sequence[int], best: Array, sets: Array) -> Array:
    """The most that *best* and one bid of *group*, or none, are worth together, for each of the *sets* of things."""
    found = best.copy()
    for number in group:
        mask = book.masks[number]
        holds = sets[sets & mask == mask]
        found[holds] = np.maximum(found[holds], best[holds ^ mask] + book.values[number])
    return found


def _by_solver(book: _Book, rivals: bool, nodes: int) -> tuple[list[int], dict[int, Any]]:
    """The same by integer programmes: one, and one for each winner."""
    chosen = _solved(book, None, nodes)
    owner = {number: own for own, group in zip(book.owners, book.groups, strict=True) for number in group}
    found: dict[int, Any] = {}
    if rivals:
        for own in dict.fromkeys(owner[number] for number in chosen):
            found[own] = sum(book.values[number] for number in _solved(book, own, nodes))
    return chosen, found


def _solved(book: _Book, without: int | None, nodes: int) -> list[int]:
    """The bids that win if the bidder *without* is not there."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    kept = [group for own, group in zip(book.owners, book.groups, strict=True) if own != without]
    bids = [number for group in kept for number in group]
    if not bids:
        return []
    column = {number: at for at, number in enumerate(bids)}
    rows = [[column[number] for number in bids if book.masks[number] >> bit & 1] for bit in range(book.things)]
    rows += [[column[number] for number in group] for group in kept]
    rows = [row for row in rows if len(row) > 1]
    values = np.array([float(book.values[number]) for number in bids])
    limits = []
    if rows:
        ends = np.cumsum([0, *map(len, rows)])
        places = np.concatenate(rows)
        limits = [LinearConstraint(csr_array((np.ones(len(places)), places, ends), shape=(len(rows), len(bids))), ub=1)]
    # HiGHS stops at an absolute gap of 1e-6, which scaling makes too small to matter.
    solved = milp(-values * (2.0**20 / values.max()), integrality=np.ones(len(bids)), bounds=Bounds(0, 1),
                  constraints=limits, options={"mip_rel_gap": 0.0, "node_limit": nodes})  # fmt: skip
    if not solved.success:
        raise SocietyError(f"allocate: {len(bids)} bids on {book.things} items are not settled after {nodes} nodes; "
                           "fewer bids or items, or more nodes, would do")  # fmt: skip
    return [number for number, take in zip(bids, solved.x, strict=True) if take > 0.5]
