"""Which governments everybody expects, from what everybody knows: a choice model over all coalitions of a parliament.

The chance of a coalition is the softmax of a weighted sum of what makes governments likely (the conditional logit of
Martin and Stevenson 2001). Each mark has its theory:

- `minority`, `shortfall`: no majority, and by how much (Riker 1962; Strom 1990 on why minorities form all the same);
- `surplus`, `margin`: a party more than needed, and seats beyond half (Riker 1962 against Carrubba and Volden 2000);
- `parties`: bargaining costs grow with their number (Leiserson 1968);
- `range`: from the leftmost to the rightmost member (Axelrod 1970; De Swaan 1973);
- `median`: the party of the median legislator is in (Laver and Schofield 1990);
- `again`, `newcomers`: the outgoing government again, and the seat share of members that were not in it: governments
  go on, or power changes hands (Franklin and Mackie 1983; Warwick 1996; Martin and Stevenson 2001 on incumbency).

Seats are shares of the house, ranges shares of a scale. Unknown places take no part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from society_sim.errors import ScenarioError, nearest
from society_sim.rules.investiture import passes
from society_sim.rules.parliament import SCALES, WIDTH, Parliament

MARKS = ("minority", "shortfall", "surplus", "margin", "parties", "range", "median", "again", "newcomers")
LARGEST = 8
"""No coalition of more parties is looked at: the table has 2**n rows otherwise (of 836 cabinets of 37 countries since
1945, none has more than seven parties)."""

Array: TypeAlias = "np.ndarray[Any, Any]"


@lru_cache(maxsize=4)
def coalitions(n: int, largest: int = LARGEST) -> Array:
    """All coalitions of up to *largest* of *n* parties, as rows of booleans.

    >>> coalitions(3).astype(int).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]]
    """
    rows = [members for size in range(1, min(n, largest) + 1) for members in combinations(range(n), size)]
    table = np.zeros((len(rows), n), dtype=bool)
    for row, members in enumerate(rows):
        table[row, list(members)] = True
    table.setflags(write=False)
    return table


def places_table(house: Parliament) -> Array:
    """Parties x scales; NaN where a place is not known."""
    return np.array([[np.nan if at is None else at for at in party.places] for party in house.parties], dtype=float)


def marks(house: Parliament, table: Array) -> Array:
    """Coalitions x `MARKS`: what makes each coalition in *table* more or less likely."""
    shares = np.array(house.seats) / house.house
    won = table @ shares
    size = table.sum(1)
    weakest = np.where(table, shares, np.inf).min(1)
    minority = won <= 0.5
    at = places_table(house)[:, 0]
    high, low = np.where(table, at, np.nan), np.where(table, at, np.nan)
    known = ~np.isnan(high).all(1)
    width = np.zeros(len(table))
    width[known] = (np.nanmax(high[known], 1) - np.nanmin(low[known], 1)) / WIDTH
    median = median_party(house)
    outgoing = np.array([party.role != "opposition" for party in house.parties])
    anyone = bool(outgoing.any())
    return np.stack([
        minority,
        np.clip(0.5 - won, 0, None),
        ~minority & (won - weakest > 0.5),
        np.clip(won - 0.5, 0, None),
        size,
        width,
        table[:, median] if median is not None else np.zeros(len(table)),
        (table == outgoing).all(1) & anyone,
        table @ np.where(outgoing, 0, shares) * anyone,
    ], 1).astype(float)  # fmt: skip


def median_party(house: Parliament) -> int | None:
    """The party of the median legislator from left to right, among parties whose place is known."""
    known = [(party.places[0], i) for i, party in enumerate(house.parties) if party.places[0] is not None]
    whole = sum(house.parties[i].seats for _, i in known)
    passed = 0
    for _, i in sorted(known):
        passed += house.parties[i].seats
        if 2 * passed >= whole:
            return i
    return None


def losses(house: Parliament, table: Array, weights: Array | None = None) -> Array:
    """Coalitions x parties: how far each coalition's centre lies from each party (see `parliament.loss`).

    The centre is the mean of the members' places weighted by seats. *weights*: parties x scales, equal if left out.
    """
    at = places_table(house)
    known = ~np.isnan(at)
    there = np.nan_to_num(at)
    seats = np.array(house.seats, dtype=float)
    weights = np.ones(at.shape) if weights is None else weights
    total, whole = np.zeros(table.shape), np.zeros(table.shape)
    for scale in range(len(SCALES)):
        weight = table @ (seats * known[:, scale])
        middle = (table @ (seats * known[:, scale] * there[:, scale])) / np.where(weight > 0, weight, 1)
        counts = (weight > 0)[:, None] * (known[:, scale] * weights[:, scale])[None]
        total += counts * ((middle[:, None] - there[None, :, scale]) / WIDTH) ** 2
        whole += counts
    shares: Array = total / np.where(whole > 0, whole, 1)
    return shares


@dataclass(frozen=True, eq=False)
class Prospects:
    """What everybody expects of a parliament. Rows are the coalitions in *table*.

    *score*: log-odds; *chance*: sums to 1 over the coalitions that can take office; *stands*: whether one can;
    *near*: how near policy is expected to be to each party (1 - loss) in the end; *loss*: coalitions x parties.
    """

    house: Parliament
    table: Array
    score: Array
    chance: Array
    stands: Array
    near: Array
    loss: Array


@lru_cache(maxsize=32)
def prospects(house: Parliament, weights: tuple[float, ...], patience: float) -> Prospects:
    """Score every coalition of *house* by *weights* (one per mark), and leave out those that would be voted down.

    In a vote a member of the government is for it. A party outside is for it if policy comes at least as near to it as
    it may expect, abstains if it loses at most *patience* by it, and is against it otherwise. If none could stand, all
    are thought possible.
    """
    table = coalitions(len(house.parties))
    score = marks(house, table) @ np.array(weights)
    away = losses(house, table)
    chance = softmax(score)
    near = chance @ (1 - away)
    stands = standing(house, table, (1 - away) - near, patience)
    if stands.any():
        chance = softmax(np.where(stands, score, -np.inf))
        near = chance @ (1 - away)
    return Prospects(house, table, score, chance, stands, near, away)


def standing(house: Parliament, table: Array, gain: Array, patience: float) -> Array:
    """Whether each coalition takes office in one of the house's ballots; *gain*: coalitions x parties."""
    seats = np.array(house.seats)
    yes = np.where(table | (gain >= 0), seats, 0).sum(1)
    no = np.where(~table & (gain < -patience), seats, 0).sum(1)
    return np.array([any(passes(rule, y, n, house.house) for rule in house.investiture)
                     for y, n in zip(yes.tolist(), no.tolist(), strict=True)])  # fmt: skip


def softmax(score: Array) -> Array:
    """Chances in proportion to exp(score)."""
    raised: Array = np.exp(score - score.max())
    return np.asarray(raised / raised.sum())


def values(expected: Prospects, member: int, weights: Sequence[float], office: float) -> Array:
    """What each coalition is worth to party *member*: 1 - loss + office * its share of the ministries by seats.

    Its own *weights* of the scales and worth of *office* are its own knowledge; the rest is public.
    """
    house, table = expected.house, expected.table
    own = np.ones((len(house.parties), len(SCALES)))
    own[member] = weights
    seats = np.array(house.seats, dtype=float)
    share = table[:, member] * seats[member] / np.maximum(table @ seats, 1)
    away = expected.loss[:, member] if len(set(weights)) == 1 else losses(house, table, own)[:, member]
    return np.asarray(1 - away + office * share)


def weights_of(named: Mapping[str, float]) -> tuple[float, ...]:
    """Weights in the order of `MARKS`; `ScenarioError` unless there is one for each."""
    for name in named:
        if name not in MARKS:
            raise ScenarioError(f"no mark {name!r} of a coalition; {nearest(name, MARKS)}")
    if lacking := [mark for mark in MARKS if mark not in named]:
        raise ScenarioError(f"marks of a coalition need a weight each: {', '.join(lacking)}")
    return tuple(float(named[mark]) for mark in MARKS)
