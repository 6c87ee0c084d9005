"""Tokens on accounts: answers are paid with them, they change hands, and nobody takes more than it has."""

from __future__ import annotations

import networkx as nx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from money_helpers import conserved, gifts

from society_sim import (
    Answer,
    Money,
    Question,
    Scenario,
    ScenarioError,
    Society,
    Transfer,
    delayed,
    inline,
    run,
    uniforms,
)
from society_sim.accounts import TOKENS, USED, WORLD
from society_sim.backends.pools import Like
from society_sim.errors import OUT_OF_BUDGET
from society_sim.ledger import NOTHING, UNLIMITED, Cost
from society_sim.paces import lognormal
from society_sim.purses import Purse
from society_sim.testing import scripted

ASK = st.tuples(st.integers(1, 9), st.integers(0, 9)).map(lambda pair: ("ask", max(pair), min(pair)))
EVENTS = st.lists(ASK | st.tuples(st.sampled_from(["give", "get"]), st.integers(1, 12)), min_size=1, max_size=25)


def one_after_the_other(has, events):
    """What is let through when each question is settled before the next thing happens; and what is left."""
    through = []
    for event in events:
        if event[0] == "get":
            has, let = has + event[1], True
        else:
            let = event[1] <= has
            has -= (event[2] if event[0] == "ask" else event[1]) if let else 0
        through.append(let)
    return through, has


@settings(max_examples=150)
@given(st.integers(0, 30), EVENTS, st.randoms(use_true_random=False))
def test_in_whatever_order_answers_come_the_order_of_asking_decides(has, events, luck):
    expected, left = one_after_the_other(has, events)
    purse, through = Purse(UNLIMITED._replace(tokens=has)), [False] * len(events)
    unrendered, unpaid, out = [], [], []
    granted, spent = has, 0

    def settle(place, cost):
        nonlocal spent
        spent += cost.tokens
        purse.settle(tickets[place], cost)

    def progress():
        if unrendered and (luck.random() < 0.5 or not out):
            unpaid.append(unrendered.pop(luck.randrange(len(unrendered))))
        elif out:
            place = out.pop(luck.randrange(len(out)))
            settle(place, Cost(tokens=events[place][2]))
        said = {place: purse.verdict(tickets[place], Cost(tokens=events[place][1])) for place in list(unpaid)}
        for place, let in said.items():
            if let is None:
                continue
            unpaid.remove(place)
            through[place] = let
            if let:
                purse.expect(tickets[place], Cost(tokens=events[place][1]))
                out.append(place)
            else:
                settle(place, NOTHING)
        if not unpaid and not unrendered:  # every worst is known: spent + reserved + free = granted
            reserved = sum(events[place][1] for place in out)
            assert purse.surely.tokens <= granted - spent - reserved
            assert spent + reserved <= granted

    tickets = {}
    for place, event in enumerate(events):
        if event[0] == "ask":
            tickets[place] = purse.put()
            unrendered.append(place)
        elif event[0] == "get":
            granted += event[1]
            purse.shift(Cost(tokens=-event[1]))
            through[place] = True
        else:
            while purse.surely is None or (purse.surely.tokens < event[1] and (unrendered or unpaid or out)):
                progress()
            through[place] = event[1] <= purse.surely.tokens
            if through[place]:
                granted -= event[1]
                purse.shift(Cost(tokens=event[1]))
        for _ in range(luck.randrange(3)):
            progress()
    while unrendered or unpaid or out:
        progress()
    assert through == expected
    assert purse.surely.tokens == left == granted - spent


def priced(query):
    return Answer(text=scripted(query).text, tokens_in=20, tokens_out=int(30 * uniforms(query.seed, "length")[0]))


class Known(Like):
    """A model behind any network that may say what a call takes at most."""

    def __init__(self, backend, network, worst):
        super().__init__(backend)
        self._backend = backend
        self.worst = lambda query: worst
        if network is not None:
            self._backend = delayed(backend, lambda query: 0.002 * uniforms(network, "late", query.key)[0])

    def submit(self, query):
        return self._backend.submit(query)


def traded(concurrency=64, network=None, worst=Cost(0, 50, 1), tokens=170):  # noqa: B008 - frozen
    chunks: list[bytes] = []
    society = Society(nx.complete_graph(8), Known(inline(priced, watermark="priced"), network, worst), seed=5,
                      pace=lognormal, concurrency=concurrency, write=chunks.append,
                      money=Money(purse=30 * 10**6, tokens=tokens))  # fmt: skip

    def agenda(society):
        for number in range(2):
            yield from society.settle(Question(f"q{number}", "So?"), gifts, rounds=3, tokens=25, most=2.0)

    society.run(agenda(society))
    return society, [orjson.loads(line) for line in b"".join(chunks).splitlines()]


@pytest.mark.parametrize("worst", [Cost(0, 50, 1), None])
def test_tokens_that_change_hands_give_one_record_over_any_network(worst):
    society, entries = traded(worst=worst)
    for network, concurrency in enumerate((1, 8, 200)):
        assert traded(concurrency, network, worst)[0].record.digest == society.record.digest
    reasons = [entry.get("reason") for entry in entries if entry["kind"] == "answer"]
    sold = [entry for entry in entries if entry["kind"] == "transfer" and entry["unit"] == TOKENS]
    unsold = [entry for entry in entries if entry["kind"] == "declined" and entry["unit"] == TOKENS]
    assert 0 < reasons.count(OUT_OF_BUDGET) < len(reasons) and sold and unsold


def test_every_prefix_of_the_record_conserves_tokens_and_its_end_is_what_accounts_say():
    society, entries = traded()
    books = conserved(entries)
    assert books.of(TOKENS) == {who: has for who, has in society.accounts.balances(TOKENS).items() if who != WORLD}
    assert books.of(TOKENS)[USED] == sum(sum(entry.get("tokens", ())) for entry in entries)
    society.accounts.audit()


def test_the_next_answer_can_be_paid_with_what_was_bought():
    def agenda(society):
        form = Question("q", "So?").form
        first = yield from society.ask_all("One?", form)
        second = yield from society.ask_all("Two?", form, of=[0])
        assert first[0] is not None and second[0] is None
        assert society.accounts.balance(0, TOKENS) < 50
        society.apply(Transfer(1, 0, 50, TOKENS))
        third = yield from society.ask_all("Three?", form)
        assert third[0] is not None and third[1] is None

    society = Society(nx.complete_graph(2), Known(inline(priced, watermark="priced"), None, Cost(0, 50, 1)),
                      money=Money(tokens=75))  # fmt: skip
    society.run(agenda(society))


SCENARIO = {"name": "tokens", "models": {"m": {"synthetic": {}}}, "population": {"plain": {"size": 4, "model": "m"}},
            "topology": "flat", "task": {"multiple_choice": {"rounds": 2}}, "mechanism": "gifts"}  # fmt: skip


def test_tokens_that_do_not_pay_the_first_answer_are_refused_before_any_call(tmp_path):
    poor = Scenario.of(**SCENARIO, money={"tokens": 20})
    with pytest.raises(ScenarioError, match=r"money.tokens: .* has 20, and what it is asked first may take \d+"):
        run(poor, out=tmp_path)
    assert run(poor.set("money.tokens", 5000), out=tmp_path).asked == 16
