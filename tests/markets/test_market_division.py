"""Dividing a budget: to the last micro-unit, within a micro-unit of the rule, and as the rules' axioms say."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import pairwise, permutations
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim.rules.division import (
    constrained_equal_awards,
    constrained_equal_losses,
    equal,
    proportional,
    random_arrival,
    shapley,
    shapley_shares,
    talmud,
)
from society_sim.rules.participatory import equal_shares
from society_sim.rules.power import shapley_shubik

CLAIMS = [constrained_equal_awards, constrained_equal_losses, talmud, random_arrival]
claims = st.dictionaries(st.sampled_from("ABCDE"), st.none() | st.integers(0, 40), min_size=1)
budgets = st.integers(0, 150)
lots = st.integers(0, 9)


@pytest.mark.parametrize("rule", CLAIMS)
@given(claims, budgets, lots)
def test_claims_are_met_to_the_last_micro_unit(rule, own, budget, lot):
    found = rule(own, budget, lot)
    assert list(found) == list(own)
    assert sum(found.values()) == min(budget, sum(claim or 0 for claim in own.values()))
    assert all(isinstance(share, int) and 0 <= share <= (own[who] or 0) for who, share in found.items())
    told = sorted(own, key=lambda who: own[who] or 0)
    for small, large in pairwise(told):  # who claims more gets and forgoes no less, up to a unit
        assert found[small] <= found[large] + 1
        assert (own[small] or 0) - found[small] <= (own[large] or 0) - found[large] + 1
    assert rule(dict(reversed(own.items())), budget, lot) == found


@pytest.mark.parametrize("rule", CLAIMS)
@given(claims, budgets, st.integers(0, 20))
def test_nobody_gets_less_of_more(rule, own, budget, more):
    """In units of a thousandth, so that rounding does not matter."""
    large = {who: claim and claim * 1000 for who, claim in own.items()}
    before, after = rule(large, budget * 1000), rule(large, (budget + more) * 1000)
    assert all(after[who] >= before[who] - 1 for who in own)


@given(claims, budgets)
def test_equal_losses_are_the_dual_of_equal_awards_and_talmud_of_itself(own, budget):
    large = {who: (claim or 0) * 10**6 for who, claim in own.items()}
    total = sum(large.values())
    budget = min(budget * 10**6, total)
    for rule, other in ((constrained_equal_losses, constrained_equal_awards), (talmud, talmud),
                        (random_arrival, random_arrival)):  # fmt: skip
        lost = other(large, total - budget)
        assert all(abs(got - (large[who] - lost[who])) <= 2 for who, got in rule(large, budget).items())


@given(claims, budgets)
def test_talmud_divides_between_any_two_as_the_contested_garment(own, budget):
    large = {who: (claim or 0) * 10**6 for who, claim in own.items()}
    found = talmud(large, budget * 10**6)
    for one, other in permutations(large, 2):
        both = found[one] + found[other]
        concedes = [max(0, both - large[who]) for who in (other, one)]
        assert abs(found[one] - (F(both - sum(concedes), 2) + concedes[0])) <= 2


def test_the_marriage_contracts():
    wives = {"first": 100, "second": 200, "third": 300}
    million = {who: claim * 10**6 for who, claim in wives.items()}
    assert sorted(talmud(million, 100 * 10**6).values()) == [33_333_333, 33_333_333, 33_333_334]
    assert list(talmud(wives, 200).values()) == [50, 75, 75]
    assert list(talmud(wives, 300).values()) == [50, 100, 150]
    arrived = random_arrival(million, 200 * 10**6)
    assert [arrived[who] // 100 for who in wives] == [333_333, 833_333, 833_333]  # O'Neill: 33 1/3, 83 1/3, 83 1/3
    assert list(talmud(wives, 900).values()) == [100, 200, 300]


@given(
    st.dictionaries(st.sampled_from("ABCDE"), st.none() | st.floats(0, 1e6), min_size=1), st.integers(0, 10**12), lots
)
def test_all_of_a_budget_goes_in_proportion(weights, budget, lot):
    found = proportional(weights, budget, lot)
    total = sum(F(weight) for weight in weights.values() if weight is not None)
    assert sum(found.values()) == (budget if total else 0)
    for who, share in found.items():
        assert abs(share - (F(weights[who] or 0) * budget / total if total else 0)) < 1
    shares = equal(weights, budget, lot)
    assert sum(shares.values()) == budget and max(shares.values()) - min(shares.values()) <= 1


def test_who_gets_the_odd_micro_unit_is_drawn_fairly():
    odd = [max(shares, key=shares.__getitem__) for shares in (equal("ABC", 10, lot) for lot in range(600))]
    assert all(150 < odd.count(who) < 250 for who in "ABC")


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5), st.data())
def test_shapley_is_the_mean_over_all_orders(weights, data):
    worth = {}

    def game(team):
        key = tuple(sorted(team))
        if key not in worth:
            worth[key] = data.draw(st.integers(-5, 9)) if key else 0
        return worth[key]

    players = list(range(len(weights)))
    found = shapley(players, game)
    for one in players:
        gains = 0
        for order in permutations(players):
            before = order[: order.index(one)]
            gains += game(frozenset((*before, one))) - game(frozenset(before))
        assert found[one] == F(gains, factorial(len(players)))
    quota = sum(weights) // 2 + 1
    wins = shapley(players, lambda team: int(sum(weights[one] for one in team) >= quota))
    assert list(wins.values()) == shapley_shubik(weights, quota)
    if all(own >= 0 for own in found.values()):
        shares = shapley_shares(players, game)
        assert sum(shares.values()) == game(frozenset(players))
        assert all(abs(shares[one] - found[one]) < 1 for one in players)


PROJECTS = "wxyz"
utilities = st.dictionaries(
    st.sampled_from("ABCDEF"),
    st.none() | st.dictionaries(st.sampled_from(PROJECTS), st.integers(0, 3)), min_size=1,
)  # fmt: skip
costs = st.fixed_dictionaries(dict.fromkeys(PROJECTS, st.integers(1, 30)))


def by_the_book(likes, costs, budget, order):
    """Equal shares as it is defined, without a queue and with another way to find the least price."""
    voters = [voter for voter, own in likes.items() if own is not None]
    purse = {voter: F(budget, len(voters)) for voter in voters}
    funded = []
    while True:
        best = None
        for project in order:
            fans = {voter: likes[voter][project] for voter in voters if likes[voter].get(project)}
            if project in funded or sum(purse[voter] for voter in fans) < costs[project]:
                continue
            # The sum of min(purse, r u) rises in r, in pieces that bend where somebody's purse is empty.
            low = F(0)
            for bend in sorted(purse[voter] / own for voter, own in fans.items()):
                if sum(min(purse[voter], bend * own) for voter, own in fans.items()) >= costs[project]:
                    break
                low = bend
            paid = sum(min(purse[voter], low * own) for voter, own in fans.items())
            slope = sum(own for voter, own in fans.items() if purse[voter] / own > low)
            price = low + F(costs[project] - paid) / slope
            if best is None or price < best[0]:
                best = price, project, fans
        if best is None:
            return funded, {voter: F(budget, len(voters)) - own for voter, own in purse.items()}
        price, project, fans = best
        funded.append(project)
        for voter, own in fans.items():
            purse[voter] -= min(purse[voter], price * own)


@given(utilities, costs, st.integers(0, 60), lots)
def test_equal_shares_are_what_their_definition_says(likes, costs, budget, lot):
    from society_sim.rules.amounts import shuffled

    found = equal_shares(likes, costs, budget, lot=lot)
    if any(own is not None for own in likes.values()):
        funded, spent = by_the_book(likes, costs, budget, shuffled(costs, lot, "equal_shares"))
        assert list(found.funded) == funded
        assert all(abs(found.paid[voter] - own) < 1 for voter, own in spent.items())
    assert sum(costs[project] for project in found.funded) + found.left == budget
    assert sum(found.paid.values()) == budget - found.left
    more = equal_shares(likes, costs, budget, complete=True, lot=lot)
    assert more.funded[: len(found.funded)] == found.funded and more.paid == found.paid
    assert sum(costs[project] for project in more.funded) + more.left == budget >= more.left >= 0
    wanted = {project for own in likes.values() for project, much in (own or {}).items() if much}
    assert all(costs[project] > more.left for project in wanted - set(more.funded))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 8))
def test_a_minority_gets_its_part(many, few, seats):
    """Two groups with projects of cost 1 of their own: each is given what its share of the budget pays for."""
    likes = {f"m{n}": {f"m{k}": 1 for k in range(seats)} for n in range(many)}
    likes |= {f"f{n}": {f"f{k}": 1 for k in range(seats)} for n in range(few)}
    found = equal_shares(likes, dict.fromkeys([f"{g}{k}" for g in "mf" for k in range(seats)], 1), seats)
    for group, size in (("m", many), ("f", few)):
        assert sum(project[0] == group for project in found.funded) == seats * size // (many + few)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1])
def test_what_is_no_amount_is_refused_by_name(bad):
    for rule in CLAIMS:
        with pytest.raises(ValueError, match=f"^{rule.__name__}: the claim of A is {bad}"):
            rule({"A": bad}, 3)
        with pytest.raises(ValueError, match=f"^{rule.__name__}: the budget is {bad}"):
            rule({"A": 3}, bad)
    for call, said in (
        (lambda: proportional({"A": bad}, 3), "proportional: the weight of A"),
        (lambda: equal("AB", bad), "equal: the budget"),
        (lambda: equal_shares({"v": {"x": bad}}, {"x": 2}, 3), "equal_shares: the utility to v of x"),
        (lambda: equal_shares({"v": {"x": 1}}, {"x": bad}, 3), "equal_shares: the cost of x"),
        (lambda: equal_shares({"v": {"y": 1}}, {"x": 1}, 3), "equal_shares: v likes y, which has no cost"),
        (lambda: shapley_shares("ab", lambda team: bad * len(team) if team else 0), "shapley"),
    ):
        with pytest.raises(ValueError, match=f"^{said}"):
            call()


def test_where_there_is_nobody_nothing_is_divided():
    for rule in (proportional, *CLAIMS):
        assert rule({}, 5) == {} and rule({"A": None, "B": 0}, 5) == {"A": 0, "B": 0}
    assert equal([], 5) == {}
    assert equal_shares({}, {"x": 1}, 5).left == equal_shares({"A": None}, {"x": 1}, 5).left == 5
    with pytest.raises(ValueError, match="at most 16"):
        shapley(range(17), len)
    with pytest.raises(ValueError, match="nobody at all is worth 1"):
        shapley("ab", lambda team: 1)
