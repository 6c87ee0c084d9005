"""Interest, loans, taxes, a basic income: exact, and in whole parts."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_payments import kinds, played

from society_sim import Money, SocietyError, Transfer
from society_sim.accounts import MICRO, MOST, TREASURY, Accounts
from society_sim.finance import Flows, Loan, collect, dues, fall_due, lend, owed, repay
from society_sim.measures.money import inequality
from society_sim.money import economy

AMOUNT = st.integers(0, 10**15)
RATE = st.integers(0, 1000).map(lambda mille: mille / 1000)


@given(AMOUNT, RATE, st.integers(0, 30))
def test_compound_interest_is_below_the_formula_by_less_than_a_part_a_period_grown_on(amount, rate, periods):
    loan = Loan("x", 0, 1, amount, rate, since=0.0, due=1.0)
    exact, short = amount * (1 + Fraction(repr(rate))) ** periods, Fraction(0)
    for _ in range(periods):
        short = short * (1 + Fraction(repr(rate))) + 1
    assert min(exact - short, MOST) <= owed(loan, float(periods)) <= min(exact, MOST)
    assert owed(loan, periods + 0.5) == owed(loan, float(periods)) >= amount


@given(AMOUNT, RATE, st.integers(0, 10**8))
def test_simple_interest_is_the_formula_rounded_down(amount, rate, millionths):
    loan = Loan("x", 0, 1, amount, rate, since=0.0, due=1.0, compound=False)
    time = millionths / 10**6
    assert owed(loan, time) == amount + math.floor(amount * Fraction(repr(rate)) * Fraction(millionths, 10**6))


@given(AMOUNT, st.lists(st.tuples(st.integers(1, 10**14), RATE), max_size=4), RATE)
def test_brackets_tax_each_part_at_its_own_rate(amount, brackets, first):
    schedule, begins = [(0, Fraction(repr(first)))], 0
    for width, rate in brackets:
        begins += width
        schedule.append((begins, Fraction(repr(rate))))
    due, lower = Fraction(0), amount
    for begin, rate in reversed(schedule):  # from the top down, the other way round
        due += rate * max(0, lower - begin)
        lower = min(lower, begin)
    assert dues(amount, tuple(schedule)) == math.floor(due) <= amount


def test_a_loan_is_lent_repaid_in_parts_and_forgotten():
    seen = []

    def agenda(society):
        loan = lend(society, "car", 0, 1, 1000, rate=0.1, term=10)
        yield society.env.timeout(2.5)
        seen.append(owed(loan, society.now))
        loan = repay(society, loan, 210)
        seen.append((loan.amount, loan.since))
        yield society.env.timeout(0.5)
        seen.append(owed(loan, society.now))
        assert repay(society, loan, 5000) is None

    society, entries = played(agenda, money=Money(purse=2000))
    assert seen == [1210, (1000, 2.0), 1100]
    assert [society.accounts.balance(seat) for seat in (0, 1)] == [2310, 1690]
    (told,) = kinds(entries, "loan")
    assert (told["amount"], told["rate"], told["due"], told["compound"]) == (1000, 0.1, 10.0, True)


def test_simple_interest_is_repaid_first_and_bears_none():
    def agenda(society):
        loan = lend(society, "x", 0, 1, 1000, rate=0.1, term=10, compound=False)
        yield society.env.timeout(2)
        loan = repay(society, loan, 50)
        assert (loan.amount, loan.accrued) == (1000, 150)
        yield society.env.timeout(1)
        assert owed(loan, society.now) == 1250
        loan = repay(society, loan, 350)
        assert (loan.amount, loan.accrued) == (900, 0)

    played(agenda, money=Money(purse=2000))


@pytest.mark.parametrize(("then", "left"), [("write_off", [110, 0]), ("extend", [123, 37])])  # 11 grow to 13
def test_a_debt_that_is_not_paid_is_written_off_or_runs_on(then, left):
    def agenda(society):
        loan = lend(society, "x", 0, 1, 100, rate=0.1, term=2)
        assert society.pay(Transfer(1, 2, 90))  # it had 100 and borrowed 100; by then it owes 121
        society.start(earn(society))
        assert not (yield society.start(fall_due(society, loan, then)))

    def earn(society):
        yield society.env.timeout(3)
        assert society.pay(Transfer(2, 1, 50))

    society, entries = played(agenda, money=Money(purse=100))
    (told,) = kinds(entries, "default")
    assert (told["owed"], told["paid"], told["then"]) == (121, 110, then)
    assert [society.accounts.balance(seat) for seat in (0, 1)] == left


def test_a_loan_on_no_terms_is_declined_and_recorded():
    def agenda(society):
        for rate, term in ((-0.1, 1), (float("nan"), 1), (float("inf"), 1), ("a", 1), (None, 1), (0.1, 0),
                           (0.1, float("inf")), (0.1, True)):  # fmt: skip
            assert lend(society, "x", 0, 1, 5, rate=rate, term=term) is None
        assert lend(society, "x", 0, 1, 500, rate=0, term=1) is None
        with pytest.raises(SocietyError, match="on_default"):
            yield from fall_due(society, Loan("x", 0, 1, 5, 0.1, 0.0, 1.0), "forget")
        yield society.env.timeout(1)

    _, entries = played(agenda)
    assert [entry["rule"] for entry in kinds(entries, "declined")] == ["rate"] * 5 + ["term"] * 3 + ["covered"]


@pytest.mark.parametrize(("rate", "term", "compound", "owes"), [
    (1.0, 100.0, True, MOST), (1e300, 5.0, False, MOST), (2.0, 1e12, True, MOST), (0.0, 1e12, True, 50),
    (1e-6, 1e12, True, 50),
])  # fmt: skip
def test_a_debt_beyond_all_numbers_ends_in_a_default_and_not_the_run(rate, term, compound, owes):
    def agenda(society):
        assert society.pay(Transfer(1, 2, 100))
        loan = lend(society, "x", 0, 1, 50, rate=rate, term=term, compound=compound)
        assert owed(loan, term) == owes
        assert (yield from fall_due(society, loan)) is (owes == 50)

    _, entries = played(agenda, money=Money(purse=100))
    assert [entry["owed"] for entry in kinds(entries, "default")] == [owes] * (owes == MOST)


def test_taxes_go_to_the_treasury_and_come_back_as_a_basic_income():
    money = replace(economy(purse=100, tax={"income": 0.5, "wealth": [[0, 0], [100, 0.1]], "transfer": 0.01},
                            basic_income=3), treasury=0)  # fmt: skip

    def agenda(society):
        flows = Flows(society)
        assert society.pay(Transfer(0, 1, 40 * MICRO)) and society.pay(Transfer(0, 2, 20 * MICRO, why="refund"))
        collect(society, money, flows)
        yield society.env.timeout(1)
        collect(society, money, flows)  # nobody has earned anything since: there is the wealth alone to tax

    _, entries = played(agenda, money=money)
    first, second = kinds(entries, "collection")
    # income 0.5 x 40; wealth 0.1 x 40 and 0.1 x 20; transfer 0.01 x 40
    assert (first["paid"], first["basic_income"]) == (26_400_000, 3 * MICRO)
    assert second["paid"] == 1_900_000 + 2_100_000 + 300_000  # of 119, 121 and 103
    assert all("tax" in entry["why"] for entry in kinds(entries, "transfer") if entry["target"] == TREASURY)


def test_who_cannot_pay_a_tax_pays_what_it_has_and_the_record_says_so():
    money = economy(purse=10, tax={"income": 0.9}, credit=1, interest=0.5, basic_income=100)

    def agenda(society):
        flows = Flows(society)
        assert society.pay(Transfer(0, 1, 10 * MICRO)) and society.pay(Transfer(1, 2, 20 * MICRO))
        assert society.pay(Transfer(2, 3, 30 * MICRO + 500_000))
        collect(society, money, flows)
        yield society.env.timeout(1)

    society, entries = played(agenda, money=money)
    (told,) = kinds(entries, "collection")
    # 1 owes 9 and has its line of 1; 2 owes 18 and half a coin of interest, and has half a coin of its line left
    assert told["unpaid"] == {"1": 8 * MICRO, "2": 18 * MICRO - 500_000 + 250_000}
    assert told["basic_income"] == (1_500_000 + 27_450_000) // 4
    assert society.accounts.balance(TREASURY) in range(4)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=9))
def test_gini_is_half_the_mean_absolute_difference_over_the_mean(has):
    n, total = len(has), sum(has)
    if total:
        gaps = sum(abs(one - other) for one in has for other in has)
        assert inequality(has) == pytest.approx(gaps / (2 * n * total), abs=1e-12)
        assert 0 <= inequality(has) <= (n - 1) / n + 1e-12
        assert inequality(has * 2) == pytest.approx(inequality(has), abs=1e-12)  # however many there are of each
    else:
        assert math.isnan(inequality(has))


def test_accounts_of_a_community_take_part():
    accounts = Accounts(1, lambda: [0, "north"])
    assert accounts.post(Transfer("world", "community:north", 5), Transfer("community:north", "community:0", 2)) is None
    assert accounts.post(Transfer("community:south", 0, 1)).rule == "owner"
