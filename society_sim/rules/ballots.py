"""What rules of voting count: rankings and ratings as arrays, and what comes of a count.

>>> ballots = Ballots.of([("A", "B", "C"), ("B",), ("C", ("A", "B"))], "ABC")
>>> ballots.ranks.tolist()
[[1, 2, 3], [4, 1, 4], [2, 2, 1]]
>>> Ballots.of([("A", "D")], "ABC")
Traceback (most recent call last):
    ...
ValueError: ballot 0 names 'D', which is none of the options A, B, C
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"
Order: TypeAlias = "Sequence[str] | None"
"""Who is preferred in a tie: options, the preferred ones first. `None` settles no tie: all who may win do."""
NEARLY = 1e-9
"""Sums of weights that are closer than this, relative to the whole, count as equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Ballots:
    """Rankings: *ranks* has a row for each ballot and a column for each option, 1 is the best, equal ranks are ties.

    An option that a ballot does not rank has a rank above the number of options: all of these share the bottom, below
    whatever is ranked, and a ballot that ranks nobody counts for nothing. *weights*: one for each ballot, 1 if left
    out; only a count that adds up scores makes sense of weights below 0.
    """

    options: tuple[str, ...]
    ranks: Array
    weights: Array

    def __init__(self, options: Iterable[str], ranks: Any, weights: Any = None) -> None:
        options = _options(options)
        ranks = np.asarray(ranks)
        if ranks.ndim != 2 or ranks.shape[1] != len(options):
            raise ValueError(f"ranks of {len(options)} options need a table with as many columns, not {ranks.shape}")
        if ranks.size and ranks.min() < 1:
            raise ValueError("ranks count from 1, the best")
        bottom = len(options) + 1
        ranks = np.asfortranarray(np.minimum(ranks, bottom), dtype=np.int16)
        weights = _weights(weights, len(ranks))
        if len(ranks) and (blank := (ranks == bottom).all(1)).any():
            ranks, weights = np.asfortranarray(ranks[~blank]), weights[~blank]
        _keep(self, options=options, ranks=ranks, weights=weights)

    @classmethod
    def of(cls, rankings: Iterable[Sequence[Any]], options: Iterable[str], weights: Any = None) -> Ballots:
        """Ballots from *rankings*, each a list of options, best first; a list within it holds options that tie."""
        options = _options(options)
        column = {option: place for place, option in enumerate(options)}
        bottom = len(options) + 1
        rows = []
        for number, ranking in enumerate(rankings):
            row = [bottom] * len(options)
            for rank, level in enumerate(ranking, 1):
                for option in (level,) if isinstance(level, str) else level:
                    place = column.get(option)
                    if place is None:
                        raise ValueError(f"ballot {number} names {option!r}, which is none of the options "
                                         f"{', '.join(options)}")  # fmt: skip
                    if row[place] != bottom:
                        raise ValueError(f"ballot {number} names {option!r} twice")
                    row[place] = rank
            rows.append(row)
        return cls(options, np.array(rows, dtype=np.int16).reshape(len(rows), len(options)), weights)

    @classmethod
    def choices(cls, choices: Sequence[str], options: Iterable[str], weights: Any = None) -> Ballots:
        """Ballots that name one option each."""
        options = _options(options)
        column = {option: place for place, option in enumerate(options)}
        ranks = np.full((len(choices), len(options)), len(options) + 1, dtype=np.int16)
        try:
            places = np.fromiter((column[choice] for choice in choices), np.intp, len(choices))
        except KeyError:
            cls.of([(choice,) for choice in choices], options)  # says which one
            raise
        ranks[np.arange(len(choices)), places] = 1
        return cls(options, ranks, weights)

    @property
    def total(self) -> float:
        """The weight of all ballots."""
        return float(self.weights.sum())

    def tops(self, alive: Array) -> Array:
        """The weight of ballots that put each of the options *alive* (indices) first; who tie at the top share one.

        A ballot that ranks none of them counts for none.
        """
        rows = self.ranks.T[alive]
        best = rows.min(0) if len(alive) else np.zeros(0)
        top = rows == best
        weights = np.where(best <= len(self.options), self.weights, 0.0)
        shared = top.sum(0)
        counts: Array = top @ (weights / shared if (shared > 1).any() else weights)
        return counts


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Numbers: *values* has a row for each ballot and a column for each option, NaN where a ballot says nothing."""

    options: tuple[str, ...]
    values: Array
    weights: Array

    def __init__(self, options: Iterable[str], values: Any, weights: Any = None) -> None:
        options = _options(options)
        values = np.asarray(values, dtype=float)
        if values.ndim != 2 or values.shape[1] != len(options):
            raise ValueError(f"ratings of {len(options)} options need a table with as many columns, not {values.shape}")
        if np.isinf(values).any():
            raise ValueError("a rating is a finite number")
        _keep(self, options=options, values=values, weights=_weights(weights, len(values)))

    @classmethod
    def of(cls, ratings: Iterable[Mapping[str, float]], options: Iterable[str], weights: Any = None) -> Ratings:
        """Ratings from mappings of option to number; an option that is left out is not rated.

        >>> Ratings.of([{"A": 1, "B": 0}, {"B": 3}], "AB").values.tolist()
        [[1.0, 0.0], [nan, 3.0]]
        """
        options = _options(options)
        rows = []
        for number, rated in enumerate(ratings):
            for option in rated:
                if option not in options:
                    raise ValueError(f"ballot {number} names {option!r}, which is none of the options "
                                     f"{', '.join(options)}")  # fmt: skip
            rows.append([rated.get(option, math.nan) for option in options])
        return cls(options, np.array(rows, dtype=float).reshape(len(rows), len(options)), weights)

    @classmethod
    def approvals(cls, approvals: Iterable[Iterable[str]], options: Iterable[str], weights: Any = None) -> Ratings:
        """Ratings of 1 for what each ballot approves of, and 0 for the rest."""
        options = _options(options)
        rest = dict.fromkeys(options, 0.0)
        return cls.of([rest | dict.fromkeys(approved, 1.0) for approved in approvals], options, weights)

    @property
    def total(self) -> float:
        """The weight of all ballots."""
        return float(self.weights.sum())


def _nothing() -> Mapping[str, float]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a count: the *winners*, in the order of the options; several if they tie; none if nobody voted.

    *scores*: what was compared in the end, by option. *support*: the weight of ballots for each option where the rule
    has such a thing (a majority is a share of it). *rounds*: the counts before, one for each round, of those who were
    still in it. *ties*: groups of options between which an order of preference has decided.
    """

    winners: tuple[str, ...]
    scores: Mapping[str, float] = field(default_factory=_nothing)
    support: Mapping[str, float] = field(default_factory=_nothing)
    rounds: tuple[Mapping[str, float], ...] = ()
    ties: tuple[tuple[str, ...], ...] = ()

    def settled(self, order: Order) -> Tally:
        """The same, with a tie of several winners settled by *order*.

        >>> Tally(("A", "B")).settled("BA").winners
        ('B',)
        """
        if order is None or len(self.winners) < 2:
            return self
        first = preferred(self.winners, order)
        return Tally((first,), self.scores, self.support, self.rounds, (*self.ties, self.winners))


def preferred(options: Iterable[str], order: Sequence[str]) -> str:
    """That of *options* which comes first in *order*."""
    return min(options, key=list(order).index)


def tallied(options: Sequence[str], scores: Array, order: Order, **more: Any) -> Tally:
    """The tally of a rule by which the highest of *scores* wins."""
    told = {option: float(score) for option, score in zip(options, scores, strict=True)}
    return Tally(tuple(options[place] for place in best(scores)), told, **more).settled(order)


def best(scores: Array) -> list[int]:
    """Where the highest of *scores* stand, equal up to rounding; none if there are no scores."""
    if not len(scores):
        return []
    near = NEARLY * max(1.0, float(np.abs(scores).max()))
    return [int(place) for place in np.flatnonzero(scores >= scores.max() - near)]


def _options(options: Iterable[str]) -> tuple[str, ...]:
    options = tuple(options)
    if not options or len(set(options)) < len(options):
        raise ValueError(f"options are at least one, and each is there once, not: {', '.join(map(str, options))}")
    return options


def _weights(weights: Any, count: int) -> Array:
    if weights is None:
        return np.ones(count)
    own = np.array(weights, dtype=float)
    if own.shape != (count,):
        raise ValueError(f"{count} ballots need as many weights, not {own.shape}")
    if not np.isfinite(own).all():
        raise ValueError("the weight of a ballot is a finite number")
    return own


def _keep(one: Any, **values: Any) -> None:
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
        object.__setattr__(one, name, value)
