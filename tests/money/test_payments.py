"""Payments in a society: who is paid when, who is refused, and what the record says of it."""

from __future__ import annotations

import networkx as nx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from money_helpers import conserved

from society_sim import Allow, Choice, Denominate, Join, Leave, Money, PromptError, Society, SocietyError, Transfer
from society_sim.accounts import MICRO, RULES, TREASURY, WORLD
from society_sim.balances import balances
from society_sim.errors import MoneyError
from society_sim.finance import hold as put_into_escrow
from society_sim.finance import refund, release


def played(agenda, size=4, **options):
    """The society after *agenda*, and its record."""
    chunks: list[bytes] = []
    graph = nx.complete_graph(size)
    nx.set_node_attributes(graph, {seat: seat // 2 for seat in graph}, "community")
    money = options.pop("money", Money(purse=10, treasury=5, community=3))
    society = Society(graph, lambda query: "ANSWER: yes", write=chunks.append, money=money, **options)
    society.run(agenda(society))
    entries = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    books = conserved(entries)
    society.accounts.audit()
    for unit in society.accounts.units:
        assert books.of(unit) == {who: has for who, has in society.accounts.balances(unit).items() if who != WORLD}
    return society, entries


def kinds(entries, *wanted):
    return [entry for entry in entries if entry["kind"] in wanted]


def test_what_everybody_begins_with_is_in_the_record():
    def agenda(society):
        yield society.env.timeout(1)

    society, entries = played(agenda, money=Money(purse=10, treasury=5, community=3, credit=2))
    (told,) = kinds(entries, "accounts")
    assert told["balances"]["coin"] == {**{str(seat): 10 for seat in range(4)}, "treasury": 5, "community:0": 3,
                                        "community:1": 3}  # fmt: skip
    assert told["credit"] == {"coin": {str(seat): 2 for seat in range(4)}} and told["units"] == {"coin": MICRO}
    assert [society.accounts.free(owner) for owner in (0, TREASURY, "community:1", "escrow:x")] == [12, 5, 3, 0]


STRANGE = (None, True, -1, 0, 1.0, float("nan"), float("inf"), -float("inf"), "", "nobody", "community:9", "escrow:",
           b"x", [0], {}, (0,), 10**30, "x" * 500, "\ud800")  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.tuples(*[st.sampled_from([*STRANGE, 1, 2])] * 2, st.sampled_from([*STRANGE, 3]),
                          st.sampled_from([*STRANGE, "coin"])), min_size=1, max_size=6))  # fmt: skip
def test_whatever_a_member_asks_for_the_run_goes_on_and_the_record_says_why(asked):
    made = []

    def agenda(society):
        for said in asked:
            made.append(society.pay(Transfer(*said)))
        yield society.env.timeout(1)

    _, entries = played(agenda)
    refused = kinds(entries, "declined")
    assert len(refused) == made.count(False) and len(kinds(entries, "transfer")) == made.count(True)
    assert all(entry["rule"] in RULES for entry in refused)


def test_what_a_mechanism_is_sure_of_is_an_error_if_it_is_wrong_and_nothing_is_done():
    def agenda(society):
        wrong = [Transfer(0, 1, 11), Transfer(0, 1, -1), Transfer(0, 9, 1), Transfer(0, 1, 1, "pear"),
                 Transfer(0, 1, 2.5)]  # fmt: skip
        for transfer, rule in zip(wrong, ("covered", "positive", "owner", "unit", "whole"), strict=True):
            with pytest.raises(MoneyError) as caught:
                society.apply(Transfer(2, 3, 1), transfer)
            assert caught.value.rule == rule
        with pytest.raises(MoneyError, match=r"0 has 0.00001 coin; 0.000011 coin are more"):
            society.apply(Transfer(0, 1, 11))
        society.apply(Denominate("pear", 1), Transfer(WORLD, 3, 4, "pear"), Allow(0, 5), Transfer(0, 1, 15))
        yield society.env.timeout(1)

    society, entries = played(agenda)
    assert [society.accounts.balance(seat) for seat in range(4)] == [-5, 25, 10, 10]
    assert society.accounts.balance(3, "pear") == 4
    assert [entry["kind"] for entry in kinds(entries, "unit", "credit", "transfer", "declined")] == [
        "unit", "transfer", "credit", "transfer"]  # fmt: skip


def test_a_trade_is_made_whole_or_not_at_all():
    def agenda(society):
        society.apply(Denominate("share", 1), Transfer(WORLD, 1, 1, "share"))
        assert not society.pay(Transfer(1, 0, 1, "share"), Transfer(0, 1, 11))
        assert society.pay(Transfer(1, 0, 1, "share"), Transfer(0, 1, 10))
        assert not society.pay(Transfer(1, 0, 1, "share"), Transfer(0, 1, 1))
        yield society.env.timeout(1)

    society, entries = played(agenda)
    assert (society.accounts.balance(0, "share"), society.accounts.balance(1)) == (1, 20)
    assert [entry["rule"] for entry in kinds(entries, "declined")] == ["covered"] * 4


def test_who_waits_for_money_is_served_first_come_first_served():
    order = []

    def wants(society, name, amount, *, patience=None):
        payment = society.pay_later(Transfer(0, 1, amount, why=name))
        with payment:
            yield payment if patience is None else payment | society.env.timeout(patience)
        order.append((name, society.now, payment.triggered and payment.ok))

    def agenda(society):
        for name, amount, patience in (("has it", 4, None), ("too much", 20, 3), ("after it", 2, None), ("last", 30, None)):
            society.start(wants(society, name, amount, patience=patience))
        yield society.env.timeout(1)
        assert society.accounts.balance(0) == 6
        assert society.pay(Transfer(2, 0, 10))  # 16: not enough for the first, and the others are behind it
        assert society.pay(Transfer(0, 3, 1))  # whoever pays at once does not wait in line
        yield society.env.timeout(4)
        assert society.accounts.balance(0) == 13
        assert society.pay(Transfer(1, 3, 6)) and society.pay(Transfer(3, 0, 17))
        yield society.env.timeout(1)

    society, entries = played(agenda)
    assert order == [("has it", 0, True), ("too much", 3, False), ("after it", 3, True), ("last", 5, True)]
    assert [entry["why"] for entry in kinds(entries, "transfer") if "why" in entry] == ["has it", "after it", "last"]


def test_one_payment_lets_the_next_go_on_and_so_does_credit():
    def chain(society, seat):
        yield society.pay_later(Transfer(seat, seat + 1, 30))

    def agenda(society):
        for seat in (2, 1, 0):
            society.start(chain(society, seat))
        yield society.env.timeout(1)
        assert society.accounts.balance(3) == 10
        society.apply(Allow(0, 20))
        assert [society.accounts.balance(seat) for seat in range(4)] == [-20, 10, 10, 40]
        with pytest.raises(MoneyError, match="no account of 7"):
            society.pay_later(Transfer(0, 7, 1))
        yield society.env.timeout(1)

    played(agenda)


def test_escrow_is_held_released_and_refunded():
    def agenda(society):
        assert put_into_escrow(society, "deal", 0, 8)
        assert not put_into_escrow(society, "deal", 0, 8)
        assert release(society, "deal", 1, 5) and not release(society, "deal", 1, 5)
        assert refund(society, "deal", 0) and not refund(society, "deal", 0)
        yield society.env.timeout(1)

    society, entries = played(agenda)
    assert [society.accounts.balance(who) for who in (0, 1, "escrow:deal")] == [5, 15, 0]
    assert [entry["why"] for entry in kinds(entries, "transfer")] == ["escrow", "release", "refund"]
    assert balances(entries, at=-1) == {}


def test_a_prompt_may_neither_read_accounts_nor_pay():
    for act in (lambda society: society.accounts.balance(0), lambda society: society.pay(Transfer(0, 1, 1)),
                lambda society: society.pay_later(Transfer(0, 1, 1))):  # fmt: skip
        def agenda(society, act=act):
            said = yield from society.ask_all(lambda m: f"{act(society)}", Choice(["yes"]))
            said.values()

        with pytest.raises(PromptError, match="a prompt function may not"):
            played(agenda)


def test_a_seat_keeps_its_money_whoever_sits_there():
    def agenda(society):
        society.apply(Leave(1))
        assert society.pay(Transfer(0, 1, 3)) and society.accounts.balance(1) == 13
        society.apply(Join(1))
        assert society.pay(Transfer(1, 0, 13))
        yield society.env.timeout(1)

    played(agenda)


def test_a_society_without_money_says_nothing_of_it():
    def agenda(society):
        assert not society.pay(Transfer(0, 1, 1))
        yield society.env.timeout(1)

    _, entries = played(agenda, money=None)
    assert not kinds(entries, "accounts", "transfer")
    with pytest.raises(SocietyError, match="no change that can be applied; these are: Link, .*Transfer, Denominate, Allow"):
        played(lambda society: iter(society.apply("give me")))
