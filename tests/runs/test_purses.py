"""Allowances: who is refused depends on what was put before, and on nothing else."""

from __future__ import annotations

from functools import partial

import networkx as nx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import society_sim.building
from society_sim import Answer, Outcome, Question, Scenario, Society, delayed, inline, replay, run, uniforms
from society_sim.backends.calls import stated_worst
from society_sim.backends.pools import Like
from society_sim.errors import OUT_OF_BUDGET
from society_sim.ledger import NOTHING, UNLIMITED, Cost
from society_sim.paces import lognormal
from society_sim.purses import Purses, settle, verdict
from society_sim.testing import scripted

AMOUNT = st.integers(0, 9)


def priced_question(drawn):
    member, micro_usd, tokens, luck = drawn
    return member, Cost(micro_usd, tokens, 1), Cost(micro_usd * luck // 9, tokens * (9 - luck) // 9, 1)


QUESTION = st.tuples(st.integers(0, 4), AMOUNT, AMOUNT, AMOUNT).map(priced_question)
QUESTIONS = st.lists(QUESTION, min_size=1, max_size=20)
"""(member, worst, real) of each, in the order in which they are put."""
SOME_UNTOLD = st.tuples(QUESTION, st.booleans()).map(lambda b: b[0] if b[1] else (b[0][0], None, b[0][2]))
UNTOLD = st.lists(SOME_UNTOLD, min_size=1, max_size=20)
CAP = st.builds(Cost, st.integers(1, 40), st.integers(1, 40) | st.just(float("inf")), st.integers(1, 9))
ALLOWANCE = st.fixed_dictionaries({}, optional={"member": CAP, "community": CAP}).filter(bool)
COMMUNITY = (0, 0, 1, 1, None)


def one_after_the_other(allowance, asked):
    """Who is refused when each question is settled before the next is put; and what each purse has paid."""
    paid, refused = {}, []
    for place, (member, worst, real) in enumerate(asked):
        owners = [(kind, owner) for kind, owner in (("member", member), ("community", COMMUNITY[member]))
                  if kind in allowance and owner is not None]  # fmt: skip
        least = Cost(1, 1, 1) if worst is None else worst
        if all(paid.get(owner, NOTHING).plus(least).within(allowance[owner[0]]) for owner in owners):
            for owner in owners:
                paid[owner] = paid.get(owner, NOTHING).plus(real)
        else:
            refused.append(place)
    return refused, paid


def all_at_once(allowance, asked, luck):
    """The same when prompts are rendered and answers arrive in any order."""
    purses = Purses(allowance, COMMUNITY.__getitem__)
    tickets = [purses.put(member) for member, _, _ in asked]
    unrendered, unpaid, out, refused = list(range(len(asked))), [], [], []
    while unrendered or unpaid or out:
        if unrendered and (luck.random() < 0.4 or not out):
            unpaid.append(unrendered.pop(luck.randrange(len(unrendered))))
        elif out:
            place = out.pop(luck.randrange(len(out)))
            settle(tickets[place], asked[place][2])
        looked = True
        while looked:
            looked = False
            for place in luck.sample(unpaid, len(unpaid)):
                said = verdict(tickets[place], asked[place][1])
                if said is None:
                    continue
                looked = True
                unpaid.remove(place)
                if said:
                    out.append(place)
                else:
                    refused.append(place)
                    settle(tickets[place], NOTHING)
        assert unrendered or out or not unpaid, "somebody waits for nobody"
    return sorted(refused)


@settings(max_examples=50)
@given(ALLOWANCE, QUESTIONS, st.randoms(use_true_random=False))
def test_any_order_refuses_whom_the_order_of_asking_refuses(allowance, asked, luck):
    expected, paid = one_after_the_other(allowance, asked)
    assert all_at_once(allowance, asked, luck) == expected
    assert all(cost.within(allowance[kind]) for (kind, _), cost in paid.items())


@settings(max_examples=25)
@given(ALLOWANCE, UNTOLD, st.randoms(use_true_random=False))
def test_models_that_cannot_say_what_they_cost_change_nothing_of_that(allowance, asked, luck):
    assert all_at_once(allowance, asked, luck) == one_after_the_other(allowance, asked)[0]


def test_a_purse_that_bounds_one_thing_bounds_nothing_else():
    purses = Purses({"member": UNLIMITED._replace(calls=2)}, COMMUNITY.__getitem__)
    tickets = [purses.put(0) for _ in range(3)]
    assert [verdict(ticket, None) for ticket in tickets] == [True, None, None]
    settle(tickets[0], Cost(10**12, 10**12, 1))
    assert verdict(tickets[1], None) is True
    settle(tickets[1], Cost(5, 5, 1))
    assert verdict(tickets[2], None) is False


class Known(Like):
    """A model behind any network that still says what a call may cost."""

    def __init__(self, backend, worst, network=None, scale=0.002):
        super().__init__(backend)
        self._backend, self.worst = backend, worst
        if network is not None:
            self._backend = delayed(backend, lambda query: scale * uniforms(network, "late", query.key)[0])

    def submit(self, query):
        return self._backend.submit(query)


def priced(query):
    said = scripted(query)
    return Answer(text=said.text, tokens_in=20, tokens_out=10, micro_usd=int(60 * uniforms(query.seed, "bill")[0]))


def looks(society, question):
    votes = yield from society.ask_all(question.text, question.form)
    for number in range(4):
        votes = yield from society.ask_all(lambda m: f"{question.text} Look {number}: {m.view(votes)}", question.form)
    return Outcome(None, votes)


ALLOWED = {"member": Cost(140, 10**6, 9), "community": Cost(600, 10**6, 99)}


def records(concurrency, network, told=True, mechanism=looks):
    graph = nx.watts_strogatz_graph(12, 4, 0.1, seed=1)
    nx.set_node_attributes(graph, {seat: seat // 4 for seat in graph}, "community")
    model, chunks = inline(priced, watermark="priced"), []
    worst = (lambda query: Cost(60, 40, 1)) if told else (lambda query: None)
    society = Society(graph, Known(model, worst, network), seed=3, pace=lognormal, concurrency=concurrency,
                      allowance=ALLOWED, write=chunks.append)  # fmt: skip
    society.run(society.settle(Question("q", "Which?", ("A", "B", "C")), mechanism))
    return society.record.digest, [orjson.loads(line) for line in b"".join(chunks).splitlines()]


@pytest.mark.parametrize("told", [True, False])
def test_one_digest_at_any_concurrency_over_any_network(told):
    digest, entries = records(64, None, told)
    for network, concurrency in enumerate((1, 8, 200)):
        assert records(concurrency, network, told)[0] == digest
    reasons = [entry.get("reason") for entry in entries if entry["kind"] == "answer"]
    assert 0 < reasons.count(OUT_OF_BUDGET) < len(reasons) == 60


def test_no_member_and_no_community_takes_more_than_it_may():
    entries = [entry for entry in records(64, 5)[1] if entry["kind"] == "answer"]
    for size, most in ((1, ALLOWED["member"]), (4, ALLOWED["community"])):
        for owner in range(12 // size):
            mine = [entry for entry in entries if entry["member"] // size == owner]
            assert sum(entry.get("micro_usd", 0) for entry in mine) <= most.micro_usd
            assert all("tokens" not in entry or not sum(entry["tokens"]) for entry in mine
                       if entry.get("reason") == OUT_OF_BUDGET)  # fmt: skip


SCENARIO = {
    "name": "purses",
    "models": {"crowd": {"synthetic": {}}},
    "population": {"plain": {"size": 12, "model": "crowd"}},
    "topology": {"federated": {"communities": 3}},
    "task": {"multiple_choice": {"rounds": 5, "options": 4}},
    "mechanism": {"second_look": {"rounds": 1}},
    "pace": {"lognormal": {"sigma": 0.4}},
    "allowance": {"member": {"usd": 0.0003}, "community": {"calls": 30}},
}


@pytest.fixture
def late(monkeypatch):
    honest = society_sim.building.models_of

    def over(network):
        def models(scenario):
            return {name: Known(model, partial(stated_worst, model), network)
                    for name, model in honest(scenario).items()}  # fmt: skip

        monkeypatch.setattr(society_sim.building, "models_of", models)

    return over


def test_a_run_with_allowances_is_one_run_and_can_be_replayed(tmp_path, late):
    scenario = Scenario.of(**SCENARIO)
    expected = run(scenario, out=tmp_path)
    assert expected.abstentions[OUT_OF_BUDGET] > 0 and expected.asked > 20
    told = replay(expected.folder)
    assert told.digest == expected.digest
    for network, concurrency in enumerate((1, 8, 200)):
        late(network)
        out = tmp_path / str(concurrency)
        result = run(scenario, out=out, concurrency=concurrency)
        assert (result.digest, result.asked) == (expected.digest, expected.asked)
        assert replay(result.folder).digest == expected.digest


def test_what_one_run_could_not_pay_another_one_can(tmp_path):
    poor = run(Scenario.of(**SCENARIO), out=tmp_path, shared=tmp_path / "shared")
    rich = Scenario.of(**{**SCENARIO, "allowance": {"member": {"usd": 9.0}}})
    plain = run(rich, out=tmp_path / "alone")
    assert OUT_OF_BUDGET not in plain.abstentions
    assert run(rich, out=tmp_path, shared=tmp_path / "shared").digest == plain.digest
    forked = society_sim.fork(poor.folder, sets=["allowance.community=", "allowance.member.usd=9"], out=tmp_path / "f")
    assert forked.result.digest == plain.digest and forked.reused > 0
