"""Markets over time among members: what is traded, what is refused, what the record holds, and what is conserved."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import networkx as nx
import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import society_sim.store
import society_sim.tape
from society_sim import Leave, Money, Profile, Question, Scenario, ScenarioError, Society, Transfer, inline, replay, run
from society_sim.accounts import MICRO, TREASURY, WORLD, escrow
from society_sim.backends.taped import Count, Taped
from society_sim.measures.money import turnover
from society_sim.measures.trading import mean_price, price_discovery, volume
from society_sim.mechanisms.call_market import call_market
from society_sim.mechanisms.double_auction import double_auction
from society_sim.mechanisms.exchange import Exchange
from society_sim.paces import lognormal
from society_sim.rules.order_events import Accepted, Cancelled, Expired, Refused, Traded
from society_sim.rules.order_record import book_at, events
from society_sim.rules.supply import traders
from society_sim.store import RECORD, Store
from society_sim.streams import stream
from society_sim.tasks.trade import trade
from society_sim.testing import check_mechanism
from society_sim.values import Answer

sys.path[:0] = [str(Path(__file__).parents[1] / "money"), str(Path(__file__).parents[1] / "store")]
from money_helpers import conserved  # noqa: E402
from test_crashes import Shim, die_after, die_before, die_torn, in_child  # noqa: E402


def scenario(policy="zi_c", size=12, sessions=1, task=None, money=None, pace="lognormal", **mechanism):
    name = mechanism.pop("name", "double_auction")
    return Scenario.of(
        name="floor",
        models={"m": {"synthetic": {"preset": "independent", "price": "free", "policies": {policy: {}}}}},
        population={"plain": {"size": size, "model": "m"}},
        topology="flat",
        task={"trade": {"schedule": "linear", "rounds": sessions, **(task or {})}},
        mechanism={name: mechanism},
        pace=pace,
        **({} if money is None else {"money": money}),
    )


def said(amounts):
    """A model whose members name these prices, one after another, and then nothing that can be read."""
    left = {seat: list(own) for seat, own in amounts.items()}

    def model(query):
        own = left.get(query.member, [])
        return Answer(text=f"ANSWER: {own.pop(0)}" if own else "no idea")

    return model


def settled(model, mechanism, money=None, size=4, leaves=None, **parameters):
    """The outcome of one session among *size*, its entries, and the society."""
    chunks = []
    society = Society(nx.complete_graph(size), model, [Profile(f"Trader {seat}", "model") for seat in range(size)],
                      seed=3, write=chunks.append, money=money)  # fmt: skip
    [question] = trade(stream(1, "task"), schedule="linear", top=100, bottom=20, step=10, **parameters.pop("task", {}))

    def agenda():
        if leaves:
            society.start(leaves(society))
        return (yield from society.settle(question, mechanism, **parameters))

    outcome = society.run(agenda())
    return outcome, [orjson.loads(line) for line in b"".join(chunks).splitlines()], society


# --- who may trade what ---------------------------------------------------------------------------------------------


def test_units_are_dealt_in_turn_and_luck_belongs_to_the_seat():
    plan = {"how": "given", "values": [9, 8, 7, 6], "costs": [1, 2, 3, 4], "units": 2, "buyers": 2}
    assert [tuple(one) for one in traders(plan, 4, 0, 10)] == [
        ("buy", (9, 7)), ("buy", (8, 6)), ("sell", (1, 3)), ("sell", (2, 4))]  # fmt: skip
    drawn = {"how": "uniform", "seed": 5, "units": 3}
    assert traders(drawn, 4, 0, 10) == traders(drawn, 9, 0, 10)[:4]
    assert list(traders(drawn, 1, 0, 10)[0].units) == sorted(traders(drawn, 1, 0, 10)[0].units, reverse=True)
    with pytest.raises(ValueError, match="4 amounts are given for 3 who buy 2 each"):
        traders({**plan, "buyers": 3}, 6, 0, 10)
    with pytest.raises(ValueError, match="a unit of seat 2 would be worth 60; prices are from 0 to 50"):
        traders({"how": "linear", "top": 20, "bottom": 5, "step": -40}, 3, 0, 50)


@pytest.mark.parametrize(("wrong", "words"), [
    ({"low": 5, "high": 5}, "no price lies"), ({"units": 0}, "units is a whole number"), ({"values": [1]}, "give both"),
    ({"values": [500], "costs": [1]}, "price 500 is not from 0 to 200"), ({"schedule": "linear", "step": -1}, "step"),
])  # fmt: skip
def test_a_market_that_makes_no_sense_is_refused(wrong, words):
    with pytest.raises(ScenarioError, match=words):
        trade(stream(1, "x"), **wrong)


@pytest.mark.parametrize(("mechanism", "wrong", "words"), [
    (double_auction, {"turns": 0}, "turns is a whole number of 1"), (double_auction, {"expires": 0.0}, "above 0"),
    (double_auction, {"tick": 0.0}, "tick is a number above 0"), (double_auction, {"tick": 7.0}, "whole multiples"),
    (double_auction, {"good": ""}, "good is ''"), (call_market, {"k": 2.0}, "k is a number from 0 to 1"),
    (call_market, {"rounds": 0}, "rounds is a whole number of 1"),
    (double_auction, {"task": {"values": [5], "costs": [1]}}, "1 amounts are given for 2 who buy 1 each"),
])  # fmt: skip
def test_a_floor_that_makes_no_sense_is_refused(mechanism, wrong, words):
    with pytest.raises(ScenarioError, match=words):
        settled(said({}), mechanism, **wrong)
    with pytest.raises(ScenarioError, match="use task trade"):
        Society(nx.complete_graph(2), said({})).run(double_auction(
            Society(nx.complete_graph(2), said({})), Question("q", "?")))  # fmt: skip


# --- a session ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("money", [None, {"purse": 300, "treasury": 1}])
@pytest.mark.parametrize("mechanism", [
    {"turns": 90}, {"turns": 90, "order": "together", "expires": 2.0},
    {"turns": 90, "improve": True, "reset_on_trade": True}, {"policy": "truthful", "name": "call_market", "rounds": 2},
    {"policy": "truthful", "name": "call_market", "pricing": "mcafee", "rounds": 2},
])  # fmt: skip
def test_what_is_traded_adds_up_and_the_record_has_it_all(tmp_path, mechanism, money):
    result = run(scenario(task={"units": 2}, money=money, **mechanism), seed=4, out=tmp_path)
    record, (outcome,) = result.record, result.outcomes
    told = [event for _, event in events(record, "session-1")]
    trades = [event for event in told if isinstance(event, Traded)]
    assert outcome["quantity"] == len(trades) == volume(record) > 0
    assert [event.price * 1.0 for event in trades] == outcome["prices"] and outcome["decision"] == outcome["prices"][-1]
    assert sum(outcome["gets"].values()) == 0 and sum(outcome["pays"].values()) == outcome["revenue"]
    assert 0 < outcome["welfare"] <= outcome["optimum"]  # such traders never lose
    assert len(book_at(record, "session-1")) == 0
    plan = traders({"how": "linear", "top": 150, "bottom": 50, "step": 8, "units": 2}, 12, 0, 200)
    worth = {seat: list(trader.units) for seat, trader in enumerate(plan)}
    assert sum(worth[event.buyer].pop(0) - worth[event.seller].pop(0) for event in trades) == outcome["welfare"]
    books = conserved(record)
    if money is not None:
        goods, coins = books.of("good"), books.of()
        assert sum(goods.values()) == 12 and goods.get(escrow("session-1"), 0) == coins.get(escrow("session-1"), 0) == 0
        assert sum(coins.values()) == 12 * 300 * MICRO + MICRO
        assert coins[TREASURY] == MICRO + round(outcome["revenue"] * MICRO)
        for seat in range(12):
            assert coins[seat] == round((300 - outcome["pays"].get(str(seat), 0)) * MICRO)
            assert goods.get(seat, 0) == 2 * (seat % 2) + outcome["gets"].get(str(seat), 0)
        assert turnover(record) == sum(outcome["prices"]) - outcome["revenue"] * 1.0
    assert replay(result.folder).answers
    assert mean_price(record) == pytest.approx(sum(outcome["prices"]) / len(trades))
    assert 0 <= price_discovery(record) < 1


def test_a_trade_is_at_the_price_that_stood_and_time_takes_offers_away():
    one = settled(said({0: [70], 1: [60], 2: [], 3: []}), double_auction, turns=40)
    stood = next(event for _, event in events(one[1], "session-1") if isinstance(event, Accepted))
    assert one[0].facts["prices"] == [stood.price] and stood.price in (70, 60)
    # Nobody's offers meet, each stands for two units of time, and whoever has said it cannot be read.
    _, entries, _ = settled(said({0: [30], 1: [80]}), double_auction, turns=12, expires=2.0)
    told = dict(events(entries, "session-1"))
    made = [t for t, event in events(entries, "session-1") if isinstance(event, Accepted)]
    gone = [t for t, event in events(entries, "session-1") if isinstance(event, Expired)]
    assert len(gone) == 2 == len(made) and all(end >= begun + 2 for begun, end in zip(made, gone, strict=True))
    assert book_at(entries, "session-1", made[0]).orders()[0].expires == made[0] + 2.0
    assert told


def test_offers_cross_on_their_way_and_no_unit_is_traded_twice(tmp_path):
    result = run(scenario("truthful", turns=80, order="together", task={"units": 3}), seed=1, out=tmp_path)
    times = [t for t, event in events(result.record, "session-1") if isinstance(event, Accepted)]
    assert times == sorted(times) and len(set(times)) == len(times)  # each at its own pace
    (outcome,) = result.outcomes
    assert max(outcome["gets"].values()) <= 3 and min(outcome["gets"].values()) >= -3


def test_a_bid_above_the_purse_and_a_sale_of_nothing_are_refused_by_name():
    poor = Money(purse=50 * MICRO)
    outcome, entries, society = settled(said({0: [70, 40], 1: [45], 2: [], 3: []}), double_auction, poor, turns=60)
    refused = [event for _, event in events(entries, "session-1") if isinstance(event, Refused)]
    assert refused == [Refused(0, "purse", "0 can pay 50, and bids 70")]
    assert outcome.decision is None and society.accounts.balance(0) == 50 * MICRO
    again = settled(said({0: [70], 1: [45]}), call_market, poor)
    assert [event.rule for _, event in events(again[1], "session-1") if isinstance(event, Refused)] == ["purse"]
    society = Society(nx.complete_graph(2), said({}), money=poor)
    [question] = trade(stream(1, "task"), schedule="linear")
    exchange = Exchange(society, question, "x", tick=1.0, good="good")
    society.apply(Transfer(1, 0, 1, "good"))  # it gives away what it had
    assert not exchange.order(1, 60.0) and society.accounts.balance(escrow("session-1"), "good") == 0


def test_who_leaves_takes_its_offer_along():
    def leaves(society):
        yield society.env.timeout(20.5)
        society.apply(Leave(1))

    outcome, entries, society = settled(said({1: [60] * 40}), double_auction, Money(purse=90 * MICRO), turns=40,
                                        leaves=leaves)  # fmt: skip
    whys = [event.why for _, event in events(entries, "session-1") if isinstance(event, Cancelled)]
    assert whys == ["left"] and outcome.facts["quantity"] == 0 and society.accounts.balance(1, "good") == 1


def test_a_market_that_nobody_enters_decides_nothing():
    for mechanism in (double_auction, call_market):
        outcome, entries, _ = settled(said({}), mechanism)
        assert outcome.decision is None and outcome.facts["quantity"] == 0 and outcome.facts["optimum"] > 0
        assert not list(events(entries, "session-1"))
    outcome, _, _ = settled(said({0: [70]}), double_auction, size=1)  # nobody sells
    assert outcome.facts["optimum"] == 0


def test_truth_makes_a_call_efficient_and_zip_finds_the_price(tmp_path):
    (outcome,) = run(scenario("truthful", name="call_market"), out=tmp_path).outcomes
    assert outcome["welfare"] == outcome["optimum"] and len(set(outcome["prices"])) == 1
    found = {}
    for policy in ("zip_trader", "zi_c"):
        result = run(scenario(policy, sessions=2, turns=150, tick=0.5, task={"units": 8, "step": 1.0}), out=tmp_path)
        found[policy] = price_discovery(result.record, last=0.25)
    assert found["zip_trader"] < found["zi_c"] / 2


def test_contracts_with_parameters():
    [question] = trade(stream(1, "task"), units=2)
    for parameters in ({"order": "together", "turns": 15, "expires": 1.5}, {"turns": 15, "improve": True, "tick": 5.0},
                       {"turns": 15, "reset_on_trade": True}):  # fmt: skip
        check_mechanism(double_auction, question=question, **parameters)
    for parameters in ({"pricing": "mcafee"}, {"rounds": 2, "k": 0.0}):
        check_mechanism(call_market, question=question, **parameters)


def test_the_shipped_scenario_comes_to_what_it_says(tmp_path):
    shipped = Scenario.read(Path(__file__).parents[2] / "scenarios" / "double_auction.yaml").set("task.rounds", 2)
    found = run(shipped, out=tmp_path).measures
    assert found["efficiency"] > 0.85 and 10 <= found["volume"] <= 18 and 90 < found["mean_price"] < 110
    careless = run(shipped.set("models.traders.policies", {"zi_u": {}}), out=tmp_path).measures
    assert careless["efficiency"] == pytest.approx(144 / 364) and careless["volume"] == 24


# --- nothing is made or lost ----------------------------------------------------------------------------------------


class Floor(RuleBasedStateMachine):
    """Any orders by anybody at any time: accounts and the book that the record tells stay what they should be."""

    @initialize(purse=st.integers(0, 300), units=st.integers(1, 3), tick=st.sampled_from((0.5, 1.0, 10.0)))
    def begin(self, purse, units, tick):
        self.lines = []
        self.society = Society(nx.complete_graph(6), said({}), seed=1, write=self.lines.append,
                               money=Money(purse=purse * MICRO, treasury=7))  # fmt: skip
        [question] = trade(stream(purse, "task"), units=units, high=100.0)
        self.exchange = Exchange(self.society, question, "floor", tick=tick, good="good")
        self.coins, self.goods = 6 * purse * MICRO + 7, 3 * units

    @precondition(lambda self: self.exchange.open)
    @rule(seat=st.integers(0, 5), price=st.floats(0, 100), lasts=st.none() | st.integers(1, 4), improve=st.booleans())
    def order(self, seat, price, lasts, improve):
        if self.exchange.wants(seat) is not None:
            ends = None if lasts is None else self.society.now + lasts
            self.exchange.order(seat, price, expires=ends, improve=improve)

    @rule(by=st.integers(1, 3))
    def wait(self, by):
        self.society.env.run(until=self.society.now + by)
        self.exchange.advance()

    @rule(giver=st.integers(0, 5), taker=st.integers(0, 5), amount=st.integers(1, 60 * MICRO))
    def spend(self, giver, taker, amount):
        """Money goes elsewhere meanwhile; what is set aside is not touched by it."""
        self.society.pay(Transfer(giver, taker, amount))

    @rule()
    def close(self):
        self.exchange.withdraw("reset")

    @invariant()
    def conserved(self):
        accounts, book, pot = self.society.accounts, self.exchange.book, escrow("session-1")
        accounts.audit()
        coins, goods = accounts.balances(), accounts.balances("good")
        for table, whole in ((coins, self.coins), (goods, self.goods)):
            held = {owner: has for owner, has in table.items() if owner != WORLD}
            assert sum(held.values()) == whole and min(held.values(), default=0) >= 0
        orders = book.orders()
        assert coins.get(pot, 0) == sum(one.price for one in orders if one.side == "buy") * self.exchange.tick
        assert goods.get(pot, 0) == sum(one.side == "sell" for one in orders)
        assert len({one.trader for one in orders}) == len(orders)
        self.society.record.flush()
        entries = [orjson.loads(line) for line in b"".join(self.lines).splitlines()]
        assert book_at(entries, "session-1").orders() == orders

    def teardown(self):
        if hasattr(self, "exchange"):
            facts = self.exchange.outcome({}).facts
            assert facts["quantity"] == sum(many for many in facts["gets"].values() if many > 0)


TestFloor = Floor.TestCase
TestFloor.settings = settings(max_examples=25, stateful_step_count=25)


def live(folder: Path) -> bytes:
    """A session with money, kept as runs are; the record's bytes."""
    with Store(folder, "name: life\n") as store:
        if not store.finished:
            model = Taped(inline(lambda query: Answer(text=f"ANSWER: {20 + int(query.key[:6], 16) % 80}"),
                                 watermark="model"), store.tape, Count())  # fmt: skip
            society = Society(nx.cycle_graph(6), model, seed=2, pace=lognormal, write=store.write,
                              money=Money(purse=150 * MICRO))  # fmt: skip
            [question] = trade(stream(1, "task"), schedule="linear", top=100, bottom=20, step=10, units=2)
            society.run(society.settle(question, double_auction, turns=30, order="together", expires=3.0))
            store.finish(society.record.digest)
    return (folder / RECORD).read_bytes()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_session_that_is_killed_goes_on_to_the_same_bytes(tmp_path):
    whole, luck, died = live(tmp_path / "whole"), random.Random(1), 0
    assert whole.count(b'"kind":"transfer"') > 40
    for number in range(4):
        folder = tmp_path / f"run{number}"
        for _ in range(3):
            shim = Shim(luck.randrange(1, 40), luck.choice([die_before, die_after, die_torn]))

            def doomed(shim=shim, folder=folder):
                society_sim.tape.os = society_sim.store.os = shim
                live(folder)

            died += in_child(doomed) == 9
        assert live(folder) == whole
    assert died > 5
