"""Accounts: nothing is made, nothing is lost, nobody gives what it has not."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Allow, Denominate, SocietyError, Transfer
from society_sim.accounts import MICRO, MOST, RULES, WORLD, Accounts, escrow, parts_of, shown

UNITS = ("coin", "apple", "share")
OWNERS = (0, 1, 2, "treasury", "community:red", escrow("deal"), WORLD)
STRANGE = (None, True, -1, 3, 1.0, float("nan"), float("inf"), "", "nobody", "community:blue", "escrow:", b"world", [0],
           {}, (0,), Decimal(1), 10**30)  # fmt: skip


class Book:
    """What the accounts must be, in as few words as there are: every part has one owner, who gives it or keeps it."""

    def __init__(self) -> None:
        self.units, self.credit, self.has = {"coin"}, Counter(), Counter()

    def wrong(self, transfer: Transfer) -> str | None:
        """The rule that refuses *transfer*, which otherwise is made."""
        source, target, amount, unit = transfer.source, transfer.target, transfer.amount, transfer.unit
        if not isinstance(amount, int) or isinstance(amount, bool):
            return "whole"
        if not 0 < amount <= MOST:
            return "positive" if amount <= 0 else "bounded"
        if not isinstance(unit, str) or unit not in self.units:
            return "unit"
        for owner in (source, target):
            if isinstance(owner, bool) or not isinstance(owner, (int, str)) or owner not in OWNERS:
                return "owner"
        if source == target:
            return "two"
        if source != WORLD and self.has[unit, source] - amount < -self.credit[unit, source]:
            return "covered"
        self.has[unit, source] -= amount
        self.has[unit, target] += amount
        return None


AMOUNTS = (*range(1, 10), *STRANGE, 0, MOST, MOST + 1)


class Machine:
    """The accounts and the book side by side, driven by what a text of bytes says: hypothesis makes them fast."""

    def __init__(self, program: bytes) -> None:
        self.accounts, self.book, self.left = Accounts(3, lambda: ["red"]), Book(), iter(program)
        self.told: list[Transfer] = []
        self.accounts.watchers.append(self.told.append)

    def run(self, steps: int) -> None:
        for _ in range(steps):
            (self.one, self.one, self.several, self.opened, self.allowed)[self.pick(range(5))]()
            self.same()

    def pick(self, options):
        return options[next(self.left, 0) % len(options)]

    def transfer(self) -> Transfer:
        if self.pick(range(4)):
            return Transfer(self.pick(OWNERS), self.pick(OWNERS), self.pick(range(1, 10)), self.pick(UNITS))
        who = (*OWNERS, *STRANGE)
        return Transfer(self.pick(who), self.pick(who), self.pick(AMOUNTS), self.pick((*UNITS, *STRANGE)))

    def one(self) -> None:
        transfer = self.transfer()
        foreseen, refused = self.accounts.refusal([transfer]), self.accounts.post(transfer)
        assert foreseen == refused
        assert self.book.wrong(transfer) == (refused and refused.rule)
        assert self.told == ([] if refused else [transfer])
        self.told.clear()

    def several(self) -> None:
        transfers, before = [self.transfer() for _ in range(self.pick(range(5)))], self.book.has.copy()
        wrong = next((why for why in map(self.book.wrong, transfers) if why), None)
        foreseen, refused = self.accounts.refusal(transfers), self.accounts.post(*transfers)
        assert wrong == (refused and refused.rule) == (foreseen and foreseen.rule)
        if refused is not None:
            self.book.has = before
        assert self.told == ([] if refused else transfers)
        self.told.clear()

    def opened(self) -> None:
        unit = self.pick(UNITS)
        self.accounts.open(unit)
        self.book.units.add(unit)

    def allowed(self) -> None:
        unit, owner, amount = self.pick(UNITS), self.pick(OWNERS), self.pick(range(20))
        if unit in self.book.units:
            self.accounts.allow(owner, amount, unit)
            self.book.credit[unit, owner] = amount

    def same(self) -> None:
        for unit in self.accounts.units:
            has = self.accounts.balances(unit)
            assert unit in self.book.units and sum(has.values()) == 0
            assert all(amount == self.book.has[unit, owner] for owner, amount in has.items())
        self.accounts.audit()


@settings(max_examples=200)
@given(st.binary(min_size=200, max_size=400))
def test_accounts_are_what_a_book_would_say(program):
    Machine(program).run(50)


@pytest.mark.slow
@settings(max_examples=1_000)
@given(st.binary(min_size=400, max_size=800))
def test_accounts_are_what_a_book_would_say_at_length(program):
    """1,000 books here; it held with 5,000."""
    Machine(program).run(100)


@pytest.mark.parametrize("change", [Transfer(0, 1, 1), Transfer(WORLD, 1, MOST), Denominate("pear", 1), Allow(0, 5)])
def test_a_trial_changes_nothing(change):
    accounts = Accounts(2)
    accounts.post(Transfer(WORLD, 0, 3))
    before = (dict(accounts.units), accounts.balances(), dict(accounts.credit()))
    for _ in range(2):
        accounts.refusal([change, Transfer(0, 1, 2)])
    assert (dict(accounts.units), accounts.balances(), dict(accounts.credit())) == before


def test_a_trial_sees_what_the_changes_before_it_open_and_allow():
    accounts = Accounts(2)
    changes = [Denominate("pear", 1), Transfer(WORLD, 0, 2, "pear"), Allow(1, 3), Transfer(1, 0, 3)]
    assert accounts.refusal(changes) is None
    assert accounts.refusal([*changes, Transfer(1, 0, 1)]).rule == "covered"
    assert accounts.refusal(list(reversed(changes))).rule == "covered"


def test_units_and_credit_lines_that_are_none():
    accounts = Accounts(2)
    for unit, parts in (("", 1), (3, 1), ("x", 0), ("x", 1.5), ("x", True), ("x", MOST + 1), ("coin", 5)):
        with pytest.raises(SocietyError, match="unit"):
            accounts.open(unit, parts)
    for owner, amount in ((9, 1), (0, -1), (0, 1.0), (0, float("nan")), ("nobody", 1)):
        with pytest.raises(SocietyError, match="credit line"):
            accounts.allow(owner, amount)
    for read in (accounts.balance, accounts.free):
        with pytest.raises(SocietyError, match="no account"):
            read("nobody")
        with pytest.raises(SocietyError, match="no unit 'pear'"):
            read(0, "pear")


def test_a_book_that_was_tampered_with_is_found_out():
    accounts = Accounts(2)
    accounts.post(Transfer(WORLD, 0, 3))
    accounts._tables["coin"][0] += 1
    with pytest.raises(SocietyError, match="1 parts of 'coin' came from nowhere"):
        accounts.audit()


def test_every_rule_refuses_something():
    accounts = Accounts(2)
    refused = [accounts.post(Transfer(*said)).rule for said in (
        (0, 1, 1.0), (0, 1, 0), (WORLD, 1, MOST + 1), (0, 1, 1, "pear"), (0, 7, 1), (0, 0, 1), (0, 1, 1))]  # fmt: skip
    assert refused == list(RULES)


@given(st.integers(-MOST, MOST), st.sampled_from([1, 10, 100, MICRO]))
def test_amounts_are_shown_as_they_are_and_read_as_they_are_shown(amount, parts):
    assert parts_of(shown(amount, parts), parts) == amount


@given(st.floats() | st.text(max_size=12) | st.none() | st.decimals() | st.integers())
def test_any_answer_is_an_amount_or_none(said):
    amount = parts_of(said)
    assert amount is None or (type(amount) is int and abs(amount) < 10**38)
    if isinstance(said, float) and math.isfinite(said) and amount is not None:
        assert amount / MICRO <= said
