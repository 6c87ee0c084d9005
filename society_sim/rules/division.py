"""Dividing a budget: equally, in proportion, by the rules for claims that are more than there is, by Shapley's value.

A man has three wives, whose marriage contracts say 100, 200 and 300; how an estate of 100, 200 or 300 is divided among
them by the Talmud (Ketubot 93a) is the nucleolus of a game, as Aumann and Maschler (1985) found out:

>>> claims = {"first": 100, "second": 200, "third": 300}
>>> [list(talmud(claims, estate).values()) for estate in (99, 200, 300)]
[[33, 33, 33], [50, 75, 75], [50, 100, 150]]

Budgets and claims are whole micro-units, and so are shares: they are computed as exact fractions and then rounded by
the largest remainder, so each is less than one micro-unit from its fraction and together they are **just what is
divided**: the budget, or the sum of claims if that is less (the rest stays where it was). Equal remainders go to the
larger share, equal shares by the lot. Who abstains (`None`) claims nothing and gets nothing. `ValueError` that begins
with the rule's name for what is no amount.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import comb
from typing import Any, TypeVar

from society_sim.rules.amounts import amounts, plain, shuffled, whole
from society_sim.rules.apportionment import largest_remainder

P = TypeVar("P", bound=Hashable)
_MOST = 16


def equal(members: Iterable[P], budget: int, lot: int = 0) -> dict[P, int]:
    """The same for each.

    >>> sorted(equal(["Ann", "Bob", "Cid"], 10).values())
    [3, 3, 4]
    """
    own = dict.fromkeys(members, 1)
    return rounded({one: Fraction(whole(budget, "equal", "the budget"), len(own)) for one in own}, lot, "equal")


def proportional(weights: Mapping[P, Any], budget: int, lot: int = 0) -> dict[P, int]:
    """All of the budget in proportion to *weights*, any amounts; nobody gets anything if all of them are 0.

    >>> proportional({"Ann": 0.5, "Bob": 0.25, "Cid": None}, 9)
    {'Ann': 6, 'Bob': 3, 'Cid': 0}
    """
    rule = "proportional"
    there = whole(budget, rule, "the budget")
    own = {one: Fraction(weight) for one, weight in amounts(weights, rule, "weight").items()}
    total = sum(own.values())
    shares = {one: weight * there / total for one, weight in own.items()} if total else {}
    return _all(weights, rounded(shares, lot, rule))


def constrained_equal_awards(claims: Mapping[P, Any], budget: int, lot: int = 0) -> dict[P, int]:
    """The same for each, but nobody more than it claims (Maimonides; Aumann and Maschler 1985): kind to small claims.

    >>> constrained_equal_awards({"Ann": 10, "Bob": 50, "Cid": 90}, 100)
    {'Ann': 10, 'Bob': 45, 'Cid': 45}
    """
    rule = "constrained_equal_awards"
    own, there = _claimed(claims, budget, rule)
    return _all(claims, rounded(_awards(own, Fraction(there)), lot, rule))


def constrained_equal_losses(claims: Mapping[P, Any], budget: int, lot: int = 0) -> dict[P, int]:
    """Each is short of its claim by the same, but nobody gets less than nothing (Maimonides): kind to large claims.

    >>> constrained_equal_losses({"Ann": 10, "Bob": 50, "Cid": 90}, 100)
    {'Ann': 0, 'Bob': 30, 'Cid': 70}
    """
    rule = "constrained_equal_losses"
    own, there = _claimed(claims, budget, rule)
    return _all(claims, rounded(_losses(own, Fraction(there)), lot, rule))


def talmud(claims: Mapping[P, Any], budget: int, lot: int = 0) -> dict[P, int]:
    """Equal awards of up to half of each claim; beyond that, equal losses of up to half (Aumann and Maschler 1985).

    The only rule by which any two divide what they have together by the contested garment: each concedes what it does
    not claim, and the rest is halved (Bava Metzia 2a).

    >>> talmud({"all": 100, "half": 50}, 100)
    {'all': 75, 'half': 25}
    """
    rule = "talmud"
    own, there = _claimed(claims, budget, rule)
    halves = {one: claim / 2 for one, claim in own.items()}
    first = min(Fraction(there), Fraction(sum(halves.values())))
    awards, rest = _awards(halves, first), _losses(halves, there - first)
    return _all(claims, rounded({one: awards[one] + rest[one] for one in own}, lot, rule))


def random_arrival(claims: Mapping[P, Any], budget: int, lot: int = 0) -> dict[P, int]:
    """What each gets on average over all orders, if they come one by one and take what they claim while there is some.

    O'Neill (1982); it is Shapley's value of the game in which a coalition is worth what the others' claims leave of the
    budget. At most 16 claims above 0.

    >>> random_arrival({"all": 100, "half": 50}, 100)
    {'all': 75, 'half': 25}
    """
    rule = "random_arrival"
    own, there = _claimed(claims, budget, rule)
    some = [one for one, claim in own.items() if claim]
    everything = sum(own.values(), Fraction(0))

    def leaves(coalition: frozenset[P]) -> Fraction:
        return max(Fraction(0), there - everything + sum((own[one] for one in coalition), Fraction(0)))

    return _all(claims, rounded(_shapley(some, leaves, rule), lot, rule))


def shapley_shares(players: Sequence[P], worth: Callable[[frozenset[P]], Any], lot: int = 0) -> dict[P, int]:
    """What all are worth together, whole micro-units, divided by Shapley's value.

    `ValueError` for a player whose value is below 0: it would have to pay, and this is no rule for that.

    >>> gloves = {"Ann": "left", "Bob": "right", "Cid": "right"}
    >>> shapley_shares(list(gloves), lambda team: 60 * (len({gloves[one] for one in team}) == 2))
    {'Ann': 40, 'Bob': 10, 'Cid': 10}
    """
    shares = shapley(players, worth)
    for one, own in shares.items():
        if own < 0:
            raise ValueError(f"shapley_shares: the value of {one} is {own}; a share is at least 0")
    return _all(dict.fromkeys(players), rounded(shares, lot, "shapley_shares"))


def shapley(players: Sequence[P], worth: Callable[[frozenset[P]], Any]) -> dict[P, Fraction]:
    """What each adds on average to those who came before it, over all orders (Shapley 1953), as exact fractions.

    *worth* gives the worth of a coalition; of nobody it must be 0. It is asked once for each of the 2^n coalitions of
    at most 16 players. Where a coalition only wins or loses by its weight, `rules.power.shapley_shubik` is far faster.

    >>> [str(own) for own in shapley("ab", len).values()]
    ['1', '1']
    """
    return _shapley(players, worth, "shapley")


def rounded(shares: Mapping[P, Fraction], lot: int, rule: str) -> dict[P, int]:
    """*shares*, whose sum is whole, as whole numbers with the same sum: the largest remainders are rounded up."""
    total = sum(shares.values(), Fraction(0))
    if total != int(total):
        raise ValueError(f"{rule}: what is divided is {total}; it must be whole micro-units")
    quotas: dict[P, Any] = {one: shares[one] for one in shuffled(shares, lot, rule)}
    given = largest_remainder(quotas, int(total))
    return {one: given[one] for one in shares}


def _claimed(claims: Mapping[P, Any], budget: int, rule: str) -> tuple[dict[P, Fraction], int]:
    """The claims, and what there is to divide among them."""
    own = {one: whole(claim, rule, f"the claim of {one}") for one, claim in claims.items() if claim is not None}
    there = min(whole(budget, rule, "the budget"), sum(own.values()))
    return {one: Fraction(claim) for one, claim in own.items()}, there


def _awards(claims: Mapping[P, Fraction], budget: Fraction) -> dict[P, Fraction]:
    given, left = {}, budget
    for place, one in enumerate(sorted(claims, key=claims.__getitem__)):
        given[one] = min(claims[one], left / (len(claims) - place))
        left -= given[one]
    return given


def _losses(claims: Mapping[P, Fraction], budget: Fraction) -> dict[P, Fraction]:
    """What equal awards of the loss leave of each claim."""
    lost = _awards(claims, sum(claims.values(), Fraction(0)) - budget)
    return {one: claim - lost[one] for one, claim in claims.items()}


def _shapley(players: Sequence[P], worth: Callable[[frozenset[P]], Any], rule: str) -> dict[P, Fraction]:
    count = len(players)
    if len(set(players)) < count or count > _MOST:
        raise ValueError(f"{rule}: players are at most {_MOST}, and each is there once")
    values = []
    for mask in range(1 << count):
        value = worth(frozenset(one for place, one in enumerate(players) if mask >> place & 1))
        try:
            values.append(Fraction(plain(value)))
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{rule}: a coalition is worth {value!s}; it must be a finite number") from None
    if values[0]:
        raise ValueError(f"{rule}: nobody at all is worth {values[0]}, not 0")
    gains: dict[P, Fraction] = {}
    for place, one in enumerate(players):
        by_size = [Fraction(0)] * count
        for mask in range(1 << count):
            if not mask >> place & 1:
                by_size[mask.bit_count()] += values[mask | 1 << place] - values[mask]
        gains[one] = sum((own / (count * comb(count - 1, size)) for size, own in enumerate(by_size)), Fraction(0))
    return gains


def _all(members: Mapping[P, Any], shares: Mapping[P, int]) -> dict[P, int]:
    """*shares* in the order of *members*, 0 for who has none."""
    return {one: shares.get(one, 0) for one in members}
