"""Participatory budgeting: which projects are paid for, by the method of equal shares.

>>> likes = {"Ann": ["park"], "Bob": ["park"], "Cid": ["park", "road"], "Dan": ["bus"], "Eve": ["bus"]}
>>> wants = {who: dict.fromkeys(liked, 1) for who, liked in likes.items()}
>>> found = equal_shares(wants, {"road": 40, "park": 60, "bus": 40}, 100)
>>> found.funded, found.left, found.paid["Dan"]
(('bus', 'park'), 0, 20)

Greedy counting would serve the majority first until the money is gone; here each voter has an equal share to spend, so
a group of voters who agree gets its part of the budget (Peters, Pierczynski and Skowron 2021). Costs and the budget are
whole micro-units; projects are paid in full or not at all, so no money is made or lost: `sum(costs) + left = budget`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import Any, Generic, TypeVar

from society_sim.rules.amounts import amounts, shuffled, whole
from society_sim.rules.division import rounded

V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Funding(Generic[V]):
    """The projects that are *funded*, as they were chosen; what each voter *paid* for them; and what is *left*.

    Payments are whole micro-units that add up to the cost of what was chosen by equal shares: exact fractions, rounded
    by the largest remainder. What completion adds is paid from what nobody had spent, and is nobody's payment.
    """

    funded: tuple[str, ...]
    paid: Mapping[V, int]
    left: int


def equal_shares(
    utilities: Mapping[V, Mapping[str, Any] | None], costs: Mapping[str, int], budget: int,
    complete: bool = False, lot: int = 0,
) -> Funding[V]:  # fmt: skip
    """The method of equal shares with additive utilities, exact (Peters, Pierczynski and Skowron 2021).

    *utilities*: of each voter, for each project that it likes, an amount; for approval 1, or its cost where a voter is
    thought to care for the money spent. Each voter who says anything (`None` is an abstention) has an equal share of
    the *budget*. Again and again the project is paid for that asks its supporters for the least money r per unit of
    utility, where each pays r times its utility or all it has left; equal ones are settled by the *lot*. It ends when
    no project's supporters can pay for it. Money may be left: with *complete* it goes, project by project, to what fits
    and has the most utility for its cost (utilitarian completion, one of several ways in use).

    `ValueError` for a project without a cost, or one that costs nothing.
    """
    rule = "equal_shares"
    left = whole(budget, rule, "the budget")
    for project, cost in costs.items():
        whole(cost, rule, f"the cost of {project}", 1)
    fans: dict[str, dict[V, Fraction]] = {project: {} for project in costs}
    voters = [voter for voter, likes in utilities.items() if likes is not None]
    for voter in voters:
        for project, own in amounts(utilities[voter] or {}, rule, f"utility to {voter}").items():
            if project not in costs:
                raise ValueError(f"{rule}: {voter} likes {project}, which has no cost")
            if own:
                fans[project][voter] = Fraction(own)
    order = {project: place for place, project in enumerate(shuffled(costs, lot, rule))}
    purse = dict.fromkeys(voters, Fraction(left, max(1, len(voters))))
    # A price only rises as purses empty, so what was once found is a bound: the lowest is looked at again, and taken if
    # it is still the lowest.
    queue = [(Fraction(0), order[project], project) for project in costs if fans[project]]
    heapify(queue)
    funded: list[str] = []
    while queue:
        _, place, project = heappop(queue)
        price = _price(fans[project], purse, costs[project])
        if price is None:
            continue
        if queue and (price, place) > queue[0][:2]:
            heappush(queue, (price, place, project))
            continue
        for voter, own in fans[project].items():
            purse[voter] -= min(purse[voter], price * own)
        funded.append(project)
    spent = {voter: Fraction(left, len(voters)) - own for voter, own in purse.items()}
    paid = rounded(spent, lot, rule)
    left -= sum(paid.values())
    if complete:
        value = {project: sum(fans[project].values()) / costs[project] for project in costs}
        for project in sorted(order, key=lambda one: (-value[one], order[one])):
            if value[project] and project not in funded and costs[project] <= left:
                funded.append(project)
                left -= costs[project]
    return Funding(tuple(funded), {voter: paid.get(voter, 0) for voter in utilities}, left)


def _price(fans: Mapping[V, Fraction], purse: Mapping[V, Fraction], cost: int) -> Fraction | None:
    """The least r by which *fans* pay *cost*, each r times its utility or all it has; `None` if they cannot."""
    missing, weight = Fraction(cost), sum(fans.values(), Fraction(0))
    for voter in sorted(fans, key=lambda one: purse[one] / fans[one]):
        price = missing / weight
        if price * fans[voter] <= purse[voter]:
            return price
        missing -= purse[voter]
        weight -= fans[voter]
    return None
