"""How far somebody gives way in time, and what non-cooperative bargaining theory says that everybody gets.

>>> [round(concession(t, 20, 1), 2) for t in (0, 10, 20)]
[0.0, 0.5, 1.0]
>>> round(rubinstein(0.9, 0.9), 5), [round(share, 2) for share in baron_ferejohn(5, 0.9)]
(0.52632, [0.64, 0.18, 0.18, 0.0, 0.0])
"""

from __future__ import annotations


def concession(time: float, deadline: float, beta: float) -> float:
    """The part of the way from the own best to the own limit that has been given up: (t/T)^(1/beta).

    Below 1 *beta* is tough to the end (Boulware), above 1 yielding early (conceder); Faratin, Sierra and Jennings 1998.
    """
    if deadline <= 0 or beta <= 0:
        raise ValueError("a deadline and beta are above 0")
    return float(min(1.0, max(0.0, time / deadline)) ** (1 / beta))


def rubinstein(first: float, second: float) -> float:
    """The share of the side that offers first when both are patient by their discount factors (Rubinstein 1982)."""
    if not (0 <= first < 1 and 0 <= second < 1):
        raise ValueError("discount factors are from 0 to below 1")
    return (1 - second) / (1 - first * second)


def baron_ferejohn(members: int, discount: float) -> list[float]:
    """Shares of a dollar under majority rule and closed rule, *members* odd (Baron and Ferejohn 1989).

    The proposer's first: it pays discount/members to just as many partners as it needs, and nothing to the rest.
    """
    if members < 3 or members % 2 == 0 or not 0 <= discount <= 1:
        raise ValueError("an odd number of members from 3, and a discount factor from 0 to 1")
    partners = (members - 1) // 2
    price = discount / members
    return [1 - partners * price, *[price] * partners, *[0.0] * partners]
