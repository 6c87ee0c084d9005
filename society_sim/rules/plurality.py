"""Plurality: the option with the most ballots wins; ties are settled by a fair lot.

A rule of decision must not care who voted first nor how an option is spelt, so a tie is settled by a draw named by the
lot and by the tally. On the answers of eight real models to 7,977 ten-option questions the habit matters: first-come
gains a point over a fair lot because the strongest model happened to sit in the first column, alphabetical order
loses one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from society_sim.streams import lot as draw

T = TypeVar("T", bound=Hashable)
_NEARLY = 1e-9


def plurality(ballots: Iterable[T | None], lot: int = 0) -> T | None:
    """The option that most *ballots* name; `None` (an abstention) is not counted, and is the result if nobody voted.

    *lot* names the draw among equals: the same ballots in any order and the same lot give the same winner. A mechanism
    passes one of its own for each question, so that the luck of one is not the luck of the next.

    >>> plurality(["A", "B", None, "B"])
    'B'
    >>> {plurality(["A", "B"], lot=n) for n in range(20)} == {"A", "B"}
    True
    >>> plurality([None, None]) is None
    True

    Ballots are single options, hashable. A quota is not asked for: with three options or more the winner may have less
    than half (Condorcet 1785; Brandt et al. 2016, Handbook of Computational Social Choice, chapter 2).
    """
    return _most(Counter(ballot for ballot in ballots if ballot is not None), lot)


def weighted_plurality(ballots: Iterable[tuple[T | None, float]], lot: int = 0) -> T | None:
    """The option with the largest sum of weights among *ballots*, pairs of option and weight.

    With independent voters and `weight = weights.log_odds` of each one's accuracy p this is the best possible rule
    (Nitzan and Paroush 1982; Shapley and Grofman 1984). Sums closer than 1e-9 count as equal. A voter who is worse
    than chance has a negative weight; an option that nobody named cannot win.

    >>> weighted_plurality([("A", 2.2), ("B", 0.4), ("B", 0.4), (None, 9.0)])
    'A'
    """
    sums: dict[T, list[float]] = {}
    for ballot, weight in ballots:
        if ballot is not None:
            if not math.isfinite(weight):
                raise ValueError(f"the weight of a ballot is a finite number, not {weight}")
            sums.setdefault(ballot, []).append(weight)
    return _most({option: math.fsum(weights) for option, weights in sums.items()}, lot)


def _most(tally: Mapping[T, float], lot: int) -> T | None:
    if not tally:
        return None
    most = max(tally.values())
    top = [option for option, size in tally.items() if size >= most - _NEARLY]
    if len(top) == 1:
        return top[0]
    named = sorted((repr(option), round(size, 6)) for option, size in tally.items())
    return draw(sorted(top, key=repr), lot, "plurality", repr(named))
