"""How much traders buy, given what they believe and what they have.

>>> kelly(belief=0.75, price=0.5), kelly(belief=0.25, price=0.5)
(0.5, -0.5)

The trades are with the market maker of a logarithmic market scoring rule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import add, mul


def kelly(belief: float, price: float) -> float:
    """The share of its wealth that a trader stakes whose mean growth is to be largest (Kelly 1956).

    Above 0: on the option, which costs *price* a share and comes true with probability *belief*; below 0: that much
    against it, at 1 - *price*. It takes the price as given; `kelly_lmsr` knows that a trade moves it.
    """
    if not (0 <= belief <= 1 and 0 < price < 1):
        raise ValueError(f"a belief is from 0 to 1 and a price between, not {belief} and {price}")
    return (belief - price) / (1 - price if belief >= price else price)


def belief_lmsr(prices: Sequence[float], belief: Sequence[float], b: float, purse: float = math.inf) -> list[float]:
    """The shares to buy of each option, none below 0, that move *prices* to *belief*, or as far as *purse* goes.

    A trader who cannot pay the whole way buys what is best for one who is neutral to risk: it raises those options
    that are worth most for their price until all of them are worth equally much for it, and spends all it has.

    >>> [round(own, 3) for own in belief_lmsr([0.5, 0.5], [0.9, 0.1], b=100)]
    [219.722, 0.0]
    >>> [round(own, 3) for own in belief_lmsr([0.5, 0.5], [0.9, 0.1], b=100, purse=50)]
    [83.18, 0.0]
    """
    _probabilities(prices, belief)
    drops = [math.log(price / own) if own else math.inf for price, own in zip(prices, belief, strict=True)]
    whole = max(drops)
    if b * whole <= purse:
        if whole == math.inf:
            raise ValueError("a belief of 0 takes a purse that is bounded")
        return [b * (whole - drop) for drop in drops]
    fall, fallen = math.exp(-purse / b), -math.expm1(-purse / b)  # what is left of prices of what is not bought
    gains = [own / price for own, price in zip(belief, prices, strict=True)]
    order = sorted(range(len(prices)), key=gains.__getitem__, reverse=True)
    worth, believed, priced = 0.0, 0.0, 0.0
    for k in order:
        if belief[k] <= worth * fall * prices[k]:
            break
        believed, priced = believed + belief[k], priced + prices[k]
        worth = believed / (priced + fallen * (1 - priced))
    fee = purse - b * math.log(worth)
    return [max(0.0, fee - b * drop) for drop in drops]


def kelly_lmsr(prices: Sequence[float], belief: Sequence[float], b: float, purse: float) -> list[float]:
    """The shares to buy of each option, none below 0, that make the expected logarithm of the purse the largest.

    Kelly (1956) with a market maker whose prices move with the trade: afterwards the price of each option is in
    proportion to the belief in it divided by the wealth that the trader has if it comes true (Beygelzimer, Langford
    and Pennock 2012 have the case of given prices). With a large purse it goes to the belief, with a small one it
    stakes as `kelly` does.

    >>> [round(own, 3) for own in kelly_lmsr([0.5, 0.5], [0.9, 0.1], b=100, purse=1e9)]
    [219.722, 0.0]
    >>> [round(own, 3) for own in kelly_lmsr([0.5, 0.5], [0.6, 0.4], b=100, purse=1)]  # 0.2 of it, at about 0.5
    [0.396, 0.0]
    """
    _probabilities(prices, belief)
    if not 0 <= purse < math.inf:
        raise ValueError(f"a purse is a finite number from 0, not {purse}")
    if not purse:
        return [0.0] * len(prices)
    # With the shares d that cost nothing in all, sum p exp(d / b) = 1, and p exp(d / b) (purse + d) / belief is the
    # same for all options. So x = (purse + d) / b solves x + ln x = level + lean, and one level makes the sum 1.
    # The logarithm of that sum is convex in the level and rises with it, and it is 0 or more where its tangent at d = 0
    # would be 0, or one term of the sum is 1: from there Newton's steps only fall, and never too far.
    full = purse / b
    leans = [math.log(own / price) if own else -math.inf for price, own in zip(prices, belief, strict=True)]
    if min(belief) > 0:
        level = full + math.log(full) - math.fsum(map(mul, prices, leans))
    else:
        level = min([most + math.log(most) - lean for price, lean in zip(prices, leans, strict=True)
                     for most in [full - math.log(price)]])  # fmt: skip
    wealth = [full] * len(prices)
    for _ in range(100):
        wealth = [_omega(level + lean, near) for lean, near in zip(leans, wealth, strict=True)]
        top = max(wealth) - full
        if top < 500:  # small bets in a deep market are lost in the sum of prices otherwise
            gains = [price * math.expm1(own - full) for price, own in zip(prices, wealth, strict=True)]
            parts, excess = list(map(add, prices, gains)), math.log1p(math.fsum(gains))
        else:
            parts = [price * math.exp(own - full - top) for price, own in zip(prices, wealth, strict=True)]
            excess = top + math.log(math.fsum(parts))
        slopes = [own / (1 + own) for own in wealth]
        step = excess * math.fsum(parts) / math.fsum(map(mul, parts, slopes))
        level -= step
        wealth = [own - step * slope for own, slope in zip(wealth, slopes, strict=True)]
        if step < 1e-8 + 1e-14 * abs(level):  # what is left is its square, or lost in rounding
            break
    wealth = [b * own for own in wealth]
    least = min(wealth)
    return [own - least for own in wealth]


def _omega(y: float, near: float) -> float:
    """The x above 0 with x + ln x = y (Wright's omega function), by steps of the fourth order, from *near* if it is.

    Source: Fritsch, Shafer and Crowley (1973), algorithm 443.
    """
    if y < -700:
        return 0.0 if y == -math.inf else math.exp(max(y, -745))
    x = near
    rest = y - x - math.log(x) if x > 0 else math.inf
    if not -1 < rest < 1:
        x = y - math.log(y) if y > 2 else math.exp(y) if y < -1 else 0.5 + 0.3 * (y + 1)
        rest = y - x - math.log(x)
    for _ in range(8):
        more = 1 + x
        whole = more * (more + rest / 1.5)
        x += x * rest * (whole - rest / 2) / (more * (whole - rest))
        if -3e-4 < rest < 3e-4:
            break
        rest = y - x - math.log(x)
    return x


def _probabilities(prices: Sequence[float], belief: Sequence[float]) -> None:
    if not -1e-6 < sum(prices) - 1 < 1e-6 or min(prices) <= 0:
        raise ValueError(f"prices are above 0 and sum to 1, unlike {list(prices)}")
    if not -1e-6 < sum(belief) - 1 < 1e-6 or min(belief) < 0:
        raise ValueError(f"a belief is a list of probabilities that sum to 1, not {list(belief)}")
