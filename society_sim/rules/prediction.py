"""Prediction markets: the logarithmic market scoring rule, and parimutuel betting.

A share of an option pays 1 unit of money if that option comes true. The market maker sells and buys at prices that
follow from what it has sold: cost C(q) = b ln sum exp(q / b), prices its gradient (Hanson 2003, 2007). *b*, the
liquidity, is in the same unit as shares and money: the larger, the less a trade moves the price, and the more the maker
may lose.

>>> round(trade_cost([0, 0], [100, 0], b=100), 4), prices([100, 0], b=100).round(6).tolist()
(62.0115, [0.731059, 0.268941])
>>> [round(worst_loss(100, n), 4) for n in (2, 4)]
[69.3147, 138.6294]
>>> shares_to([0.5, 0.5], [0.9, 0.1], b=100).round(3).tolist()
[219.722, 0.0]

Everything here works on many markets at once: options are the last axis.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, TypeVar

import numpy as np

from society_sim.rules.apportionment import largest_remainder
from society_sim.rules.ballots import Array

B = TypeVar("B", bound=Hashable)


def cost(shares: Any, b: float) -> Any:
    """C(q): what the maker has taken for *shares* sold, up to a constant. Stable whatever their size.

    >>> cost([1e6, 0], b=1), round(cost([-1e6, -1e6], b=1), 4)
    (1000000.0, -999999.3069)
    """
    own = _liquid(shares, b)
    top = own.max(-1)
    total = top + b * np.log(np.exp((own - top[..., None]) / b).sum(-1))
    return total if total.ndim else float(total)


def prices(shares: Any, b: float) -> Array:
    """The price of the next small share of each option; they sum to 1."""
    own = _liquid(shares, b)
    odds = np.exp((own - own.max(-1, keepdims=True)) / b)
    share: Array = odds / odds.sum(-1, keepdims=True)
    return share


def trade_cost(shares: Any, bought: Any, b: float) -> Any:
    """What *bought* shares (sold ones are below 0) cost when *shares* are out; below 0 the maker pays.

    It is C(q + d) - C(q), without the loss of digits of that difference.

    >>> trade_cost([1e9, 0], [1e-3, 0], b=100), round(trade_cost([0, 1e6], [1e6, 0], b=1), 4)
    (0.001, 0.6931)
    """
    own, change = np.broadcast_arrays(_liquid(shares, b) / b, _liquid(bought, b) / b)
    logs = own - own.max(-1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(-1, keepdims=True))  # of prices
    small = np.expm1(np.clip(change, -1, 1))
    after = logs + change
    top = after.max(-1)
    total = b * np.where(
        np.abs(change).max(-1) < 1,
        np.log1p((np.exp(logs) * small).sum(-1)),
        top + np.log(np.exp(after - top[..., None]).sum(-1)),
    )
    return total if total.ndim else float(total)


def shares_to(now: Any, belief: Any, b: float) -> Array:
    """The shares to buy so that prices go from *now* to *belief*; none is sold, and one option none is bought of.

    An option that is believed to be impossible would take infinitely many shares of the others.
    """
    with np.errstate(divide="ignore"):
        change = b * (np.log(np.asarray(belief, dtype=float)) - np.log(np.asarray(now, dtype=float)))
    bought: Array = change - change.min(-1, keepdims=True)
    return bought


def worst_loss(b: float, options: int, start: Sequence[float] | None = None) -> float:
    """What the maker loses at most, whatever is traded: b ln n, or b ln(1 / the lowest price it starts with)."""
    return b * math.log(options if start is None else 1 / min(start))


def liquidity(loss: float, options: int) -> float:
    """The *b* with which the maker of a market of so many options loses *loss* at most.

    >>> round(liquidity(69.3147, 2), 3)
    100.0
    """
    return loss / math.log(options)


@dataclass(frozen=True, slots=True)
class Pool(Generic[B]):
    """What comes of parimutuel betting, in whole micro-units: payouts and *house* are together what was staked."""

    payouts: Mapping[B, int]
    house: int
    refunded: bool


@dataclass(frozen=True, slots=True, eq=False)
class Trades:
    """A sequence of trades, for many markets at once.

    *prices* (..., trades, options) after each trade, *bought* (..., trades, options) shares, none below 0, *paid*
    (..., trades) money.
    """

    prices: Array
    bought: Array
    paid: Array

    def gains(self, outcome: Any) -> Array:
        """What each trade brings, (..., trades), if *outcome* (...) comes true: its shares' payment less what was paid.

        That is b (ln p after - ln p before) of the outcome: each trader is paid for the part of the way it has moved
        the price, and what the maker loses is the sum of all (Hanson 2003).
        """
        place = np.asarray(outcome)[..., None, None]
        won: Array = np.take_along_axis(self.bought, place, -1)[..., 0] - self.paid
        return won


def trades(beliefs: Any, b: float, start: Any = None) -> Trades:
    """Traders come one after another, and each moves the prices to its belief; *beliefs* is (..., trades, options).

    *start* are the prices before, equal ones if left out. Beliefs are above 0.

    >>> told = trades([[0.9, 0.1], [0.6, 0.4]], b=100)
    >>> told.paid.round(3).tolist(), told.gains(0).round(3).tolist()
    ([160.944, 40.547], [58.779, -40.547])
    """
    after = np.asarray(beliefs, dtype=float)
    if not (after > 0).all():
        raise ValueError("a belief is above 0: prices never reach it otherwise")
    options = after.shape[-1]
    before = 1 / options if start is None else np.asarray(start, dtype=float)
    first = np.broadcast_to(before, (*after.shape[:-2], options))
    logs = np.log(np.concatenate([first[..., None, :], after], -2))
    change = b * (logs[..., 1:, :] - logs[..., :-1, :])
    paid = -change.min(-1)  # to move prices costs nothing if some shares are sold; so much buys one of each instead
    return Trades(after, change + paid[..., None], paid)


def posterior(prior: Any, likelihood: Any) -> Array:
    """Bayes: a trader's belief when it takes the price as its *prior* and has seen evidence of that *likelihood*.

    >>> posterior([0.5, 0.5], [0.9, 0.1]).tolist(), posterior([0.9, 0.1], [0.4, 0.6]).round(3).tolist()
    ([0.9, 0.1], [0.857, 0.143])
    """
    weight = np.asarray(prior, dtype=float) * np.asarray(likelihood, dtype=float)
    own: Array = weight / weight.sum(-1, keepdims=True)
    return own


def parimutuel(stakes: Mapping[B, tuple[str, int]], winner: str, *, take: float = 0.0) -> Pool[B]:
    """Share the pool of all *stakes* (bettor to option and whole micro-units) among those who staked on *winner*.

    Of the pool the house keeps the share *take*, rounded down; the rest is paid in proportion to stakes (Oller 1867).
    What proportion leaves over in whole micro-units goes one by one to the largest remainders, and among equal ones
    to whoever comes first. If nobody staked on the winner, everybody gets the stake back and the house nothing.

    >>> parimutuel({"ann": ("A", 60), "bob": ("B", 50), "eve": ("A", 30)}, "A", take=0.05)
    Pool(payouts={'ann': 89, 'bob': 0, 'eve': 44}, house=7, refunded=False)
    """
    if not 0 <= take < 1:
        raise ValueError(f"the house takes a share from 0 to below 1, not {take}")
    for bettor, (option, stake) in stakes.items():
        if type(stake) is not int or stake < 0:
            raise ValueError(f"{bettor!r} staked {stake!r} on {option!r}: a stake is whole micro-units from 0")
    backed = {bettor: stake for bettor, (option, stake) in stakes.items() if option == winner}
    if not sum(backed.values()):
        return Pool({bettor: stake for bettor, (_, stake) in stakes.items()}, 0, True)
    pool = sum(stake for _, stake in stakes.values())
    house = math.floor(pool * Fraction(str(take)))
    return Pool(dict.fromkeys(stakes, 0) | largest_remainder(backed, pool - house), house, False)


def pool_prices(stakes: Iterable[tuple[str, int]], options: Sequence[str]) -> dict[str, float]:
    """The share of the pool that is on each option: what a parimutuel market says its chance is; NaN if it is empty.

    >>> pool_prices([("A", 30), ("B", 10)], "ABC")
    {'A': 0.75, 'B': 0.25, 'C': 0.0}
    """
    sums = dict.fromkeys(options, 0)
    for option, stake in stakes:
        sums[option] += stake
    pool = sum(sums.values())
    return {option: own / pool if pool else math.nan for option, own in sums.items()}


def _liquid(shares: Any, b: float) -> Array:
    if not 0 < b < math.inf:
        raise ValueError(f"liquidity is a number above 0, not {b}")
    own: Array = np.asarray(shares, dtype=float)
    if not np.isfinite(own).all():
        raise ValueError("shares are finite numbers")
    return own
