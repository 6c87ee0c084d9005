"""The market maker of the logarithmic market scoring rule in whole micro-units: it never loses more than its bound.

A share is in micro-shares, and each pays one micro-unit of money if its option comes true. What a trade costs is
rounded up, in the maker's favour, so the sum of all that was paid is never below what Hanson's cost function says.

>>> maker = Maker.of(2, liquidity=100_000_000)
>>> maker.subsidy, maker.charge((100_000_000, 0)), maker.after((100_000_000, 0)).prices
(69314719, 62011451, (0.731058..., 0.268941...))
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

_set = object.__setattr__
_LEAST = 1e-300  # smaller prices would be lost, and with them how far they are from a belief


@dataclass(frozen=True, slots=True)
class Maker:
    """Where a market stands: *liquidity* in micro-units and the *shares* of each option that are out, all whole."""

    liquidity: int
    shares: tuple[int, ...]
    _odds: list[float] = field(init=False, repr=False, compare=False)
    _whole: float = field(init=False, repr=False, compare=False)
    """The prices before they are made to sum to 1, and their sum: a trade looks at them three times."""

    def __post_init__(self) -> None:
        top, b = max(self.shares), self.liquidity
        odds = [math.exp((own - top) / b) for own in self.shares]
        _set(self, "_odds", odds)
        _set(self, "_whole", math.fsum(odds))

    @classmethod
    def of(cls, options: int, *, liquidity: int | None = None, loss: int | None = None) -> Maker:
        """A new market with equal prices, of that *liquidity*, or of the largest with which *loss* is never passed.

        >>> Maker.of(4, loss=1_000_000).liquidity
        721347
        """
        if options < 2 or (liquidity is None) == (loss is None):
            raise ValueError("a market has two options or more, and either its liquidity or its largest loss is given")
        amount = liquidity if loss is None else math.floor(loss / math.log(options))
        if type(amount) is not int or amount < 1:
            raise ValueError(f"liquidity is a whole number of micro-units from 1, not {amount!r}")
        return cls(amount, (0,) * options)

    @property
    def prices(self) -> tuple[float, ...]:
        """What the next micro-share of each option costs, in micro-units; they sum to 1, and none is 0."""
        whole = self._whole
        return tuple([price if (price := own / whole) > _LEAST else _LEAST for own in self._odds])

    @property
    def subsidy(self) -> int:
        """What the maker must have to pay whatever happens, beside what traders pay: b ln n, rounded up."""
        return math.ceil(self.liquidity * math.log(len(self.shares)))

    def charge(self, bought: Sequence[int]) -> int:
        """What *bought* micro-shares of each option cost in micro-units; below 0, for shares sold, the maker pays.

        One of each costs exactly 1.

        >>> Maker.of(3, liquidity=1000).charge((7, 7, 7)), Maker.of(3, liquidity=1000).charge((-7, 0, 0))
        (7, -2)
        """
        if len(bought) != len(self.shares):
            raise ValueError(f"{len(bought)} amounts for {len(self.shares)} options")
        b, base = self.liquidity, min(bought)
        more = [own - base for own in bought]
        most = max(more)
        if not most:
            return base
        odds, whole = self._odds, self._whole
        if most < 500 * b:
            gain = math.fsum([own * math.expm1(one / b) for own, one in zip(odds, more, strict=True)])
            cost, doubt = b * math.log1p(gain / whole), 0.0
        else:  # their exponentials would be too large
            top = max(self.shares)
            logs = [(own + one - top) / b for own, one in zip(self.shares, more, strict=True)]
            high = max(logs)
            cost = b * (high + math.log(math.fsum([math.exp(one - high) for one in logs])) - math.log(whole))
            doubt = 1e-15 * (most + top - min(self.shares))
        # All terms are above 0, so the result is right to 13 digits at least: with this much more it is never too low.
        return base + math.ceil(cost * (1 + 1e-12) + doubt)

    def after(self, bought: Sequence[int]) -> Maker:
        """The market when *bought* have been added to the shares that are out."""
        return Maker(self.liquidity, tuple([own + one for own, one in zip(self.shares, bought, strict=True)]))

    def affordable(self, bought: Sequence[float], purse: int) -> tuple[int, ...]:
        """The whole micro-shares next below *bought* (none below 0), or as large a part of each as *purse* can pay.

        >>> maker = Maker.of(2, liquidity=1_000_000)
        >>> few = maker.affordable((1e6, 0.0), purse=200_000)
        >>> few, maker.charge(few)
        ((322519, 0), 174206)
        """
        whole = tuple([math.floor(one) for one in bought])
        if min(whole) < 0:
            raise ValueError("only what is bought can be bounded by a purse")
        charge = self.charge(whole)
        if charge <= purse:
            return whole
        # The cost is convex and starts from 0: a part of a trade costs no more than that part of the whole cost.
        part = max(purse - 1, 0) / charge
        return tuple([math.floor(one * part) for one in whole])
