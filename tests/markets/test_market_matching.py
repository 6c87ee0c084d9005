"""Matching and assignment: stable, honest, best, against trying everything."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim.rules.matching import (
    blocking_pairs,
    deferred_acceptance,
    one_by_one,
    optimal_assignment,
    serial_dictatorship,
    top_trading_cycles,
)

few = settings(max_examples=25)
lots = st.integers(0, 9)
ONES, OTHERS = "ABCD", "wxyz"


def lists(owners, things):
    one = st.permutations(things).flatmap(lambda order: st.integers(0, len(things)).map(lambda size: order[:size]))
    return st.fixed_dictionaries(dict.fromkeys(owners, one))


sides = st.tuples(
    lists(ONES, OTHERS[:3]), lists(OTHERS[:3], ONES), st.fixed_dictionaries({o: st.integers(0, 2) for o in "wxy"})
)


def place(wanted, got):
    return wanted.index(got) if got in wanted else len(wanted)


def stable_matchings(ones, others, quotas):
    for got in product([None, *others], repeat=len(ones)):
        given = dict(zip(ones, got, strict=True))
        if all(got.count(other) <= quotas[other] for other in others) and not blocking_pairs(
            given, ones, others, quotas
        ):
            yield given


@few
@given(sides)
def test_deferred_acceptance_is_the_best_stable_matching_for_who_proposes(market):
    ones, others, quotas = market
    found = deferred_acceptance(ones, others, quotas)
    every = list(stable_matchings(ones, others, quotas))
    assert found.given in every
    for one, wanted in ones.items():
        assert place(wanted, found.given[one]) == min(place(wanted, given[one]) for given in every)
    turned = deferred_acceptance(dict(reversed(ones.items())), others, quotas)
    assert (turned.given, turned.proposals) == (found.given, found.proposals)


@given(sides, lists("A", OTHERS[:3]))
def test_who_proposes_gains_by_no_other_list(market, lie):
    ones, others, quotas = market
    honest, other = deferred_acceptance(ones, others, quotas), deferred_acceptance(ones | lie, others, quotas)
    assert place(ones["A"], honest.given["A"]) <= place(ones["A"], other.given["A"])


@pytest.mark.slow
@given(sides, st.lists(st.sampled_from([None, *"wxy"]), min_size=4, max_size=4))
def test_blocking_pairs_are_what_would_rather_be_together(market, got):
    ones, others, _ = market
    quotas = dict.fromkeys(others, 4)
    given = dict(zip(ones, got, strict=True))
    found = blocking_pairs(given, ones, others, quotas)
    for one, wanted in ones.items():
        now = given[one]
        assert ((one, None) in found) == (now is not None and (now not in wanted or one not in others[now]))
        for other in others:  # there is room for all
            better = place(wanted, other) < place(wanted, now)
            assert ((one, other) in found) == (better and one in others[other])


def test_gale_and_shapley_s_men_and_women_disagree():
    men, women = {1: "abc", 2: "bca", 3: "cab"}, {"a": [2, 3, 1], "b": [3, 1, 2], "c": [1, 2, 3]}
    assert deferred_acceptance(men, women).given == {1: "a", 2: "b", 3: "c"}
    assert deferred_acceptance(women, men).given == {"a": 2, "b": 3, "c": 1}
    assert deferred_acceptance(men, women).held() == {"a": (1,), "b": (2,), "c": (3,)}
    with pytest.raises(ValueError, match="2 are with a, which has room for 1"):
        blocking_pairs({1: "a", 2: "a"}, men, women)


@few
@given(lists(ONES, OTHERS), lots, lists("A", OTHERS))
def test_serial_dictatorship_is_honest_and_leaves_nothing_to_swap(wants, lot, lie):
    found = serial_dictatorship(wants, lot=lot)
    assert place(wants["A"], found["A"]) <= place(wants["A"], serial_dictatorship(wants | lie, lot=lot)["A"])
    taken = [got for got in found.values() if got is not None]
    assert len(set(taken)) == len(taken)
    at = {one: place(wants[one], got) for one, got in found.items()}
    for got in permutations([*OTHERS, *[None] * 4], 4):
        other = {one: place(wants[one], thing) for one, thing in zip(wants, got, strict=True)}
        assert not (all(other[one] <= at[one] for one in wants) and other != at)


def test_the_order_of_a_serial_dictatorship_is_drawn_fairly():
    first = [next(one for one, got in serial_dictatorship(dict.fromkeys("ABC", "x"), lot=lot).items() if got)
             for lot in range(600)]  # fmt: skip
    assert all(150 < first.count(one) < 250 for one in "ABC")
    assert serial_dictatorship(dict.fromkeys("ABC", "x"), {"x": 2}, order="CBA") == {"A": None, "B": "x", "C": "x"}


@few
@given(lists(ONES, OTHERS), lists("A", OTHERS))
def test_trading_cycles_end_in_the_core_and_honestly(wants, lie):
    owns = dict(zip(ONES, OTHERS, strict=True))
    found = top_trading_cycles(wants, owns)
    assert sorted(found.values()) == sorted(owns.values())

    def rank(one, got):
        full = [*wants[one], owns[one]]
        return full.index(got) if got in full else len(full)

    assert rank("A", found["A"]) <= rank("A", top_trading_cycles(wants | lie, owns)["A"])
    for size in range(1, 5):  # no group does better, for one and worse for none, with what it owns
        for group in {tuple(sorted(some)) for some in permutations(ONES, size)}:
            for got in permutations([owns[one] for one in group]):
                before, after = [rank(one, found[one]) for one in group], [*map(rank, group, got)]
                assert not (all(a <= b for a, b in zip(after, before, strict=True)) and after != before)


@few
@given(st.integers(1, 4), st.integers(1, 4), lots, st.data())
def test_assignments_are_best(rows, columns, lot, data):
    values = data.draw(st.lists(st.lists(st.integers(0, 9), min_size=columns, max_size=columns),
                                min_size=rows, max_size=rows))  # fmt: skip
    spots = [*range(columns), *[None] * max(0, rows - columns)]
    sums = [sum(row[item] for row, item in zip(values, got, strict=True) if item is not None)
            for got in permutations(spots, rows)]  # fmt: skip
    for best, found in (("least", min(sums)), ("most", max(sums))):
        got = optimal_assignment(values, best, lot)
        taken = [item for item in got if item is not None]
        assert len(set(taken)) == len(taken)
        assert sum(row[item] for row, item in zip(values, got, strict=True) if item is not None) == found
        if best == "least":
            assert len(taken) == min(rows, columns)
        else:  # nobody is given what is worth nothing to it
            assert all(item is None or row[item] > 0 for row, item in zip(values, got, strict=True))


def test_tasks_one_by_one_cost_harmonic_numbers_and_the_best_assignment_less():
    rng = np.random.default_rng(7)
    for n, greedy, best in ((5, 2.2833, 1.4636), (10, 2.9290, 1.5498)):
        costs = rng.exponential(size=(2000, n, n))
        done = one_by_one(costs)
        own = np.take_along_axis(costs, done[:, None, :], 1)[:, 0].sum(1)
        assert abs(own.mean() - greedy) < 4.5 * own.std() / np.sqrt(2000)
        assert all(sorted(row) == list(range(n)) for row in done[:20].tolist())
        least = np.array([cost[np.arange(n), list(optimal_assignment(cost))].sum() for cost in costs])
        assert abs(least.mean() - best) < 4.5 * least.std() / np.sqrt(2000)
        assert (least <= own + 1e-9).all()


def test_what_is_no_preference_is_refused_by_name():
    for call, said in (
        (lambda: deferred_acceptance({1: "aa"}, {"a": [1]}), "deferred_acceptance: 1 names something twice"),
        (lambda: deferred_acceptance({1: "b"}, {"a": [1]}), "deferred_acceptance: 1 names b, which is not there"),
        (lambda: deferred_acceptance({1: "a"}, {"a": [1]}, {"a": -1}), "deferred_acceptance: the quota of a is -1"),
        (lambda: serial_dictatorship({1: "aa"}), "serial_dictatorship: 1 names something twice"),
        (lambda: serial_dictatorship({1: "a"}, order=[1, 1]), "serial_dictatorship: the order names everybody once"),
        (lambda: top_trading_cycles({1: "a"}, {1: "a", 2: "a"}), "top_trading_cycles: a thing has two owners"),
        (lambda: top_trading_cycles({3: "a"}, {1: "a"}), "top_trading_cycles: 3 owns nothing"),
        (lambda: optimal_assignment([[float("nan")]]), "optimal_assignment: values must be finite"),
        (lambda: optimal_assignment([[1]], best="best"), "optimal_assignment: best is 'least' or 'most'"),
        (lambda: one_by_one([[1, 2]]), "one_by_one: 2 tasks need as many members, not 1"),
        (lambda: one_by_one([[float("inf")]]), "one_by_one: costs must be finite"),
    ):
        with pytest.raises(ValueError, match=f"^{said}"):
            call()
    assert optimal_assignment(np.zeros((0, 3))) == () and optimal_assignment(np.zeros((2, 0))) == (None, None)
