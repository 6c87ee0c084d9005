"""Capacity in a society: one record at any concurrency, no call that nobody waits for, and time that adds up."""

from __future__ import annotations

import itertools
import math
import threading
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from capacity_helpers import interval, played
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Choice, Memory, Outcome, Question, Society, Terms, delayed, inline, uniforms
from society_sim.accounts import TOKENS
from society_sim.changes import Leave, Transfer
from society_sim.errors import GAVE_UP, LEFT, TOO_LATE, ScenarioError, SocietyError
from society_sim.ledger import UNLIMITED
from society_sim.measures.waiting import over_time, response_time, utilisation
from society_sim.money import Money
from society_sim.paces import constant, exponential, lognormal
from society_sim.registry import mechanism
from society_sim.servers import Server
from society_sim.testing import check_mechanism, scripted

BALLOT = Choice("ABCD")
MODEL = inline(scripted, watermark="model")
BOUNDS = {
    "members": {"members": Server(slots=1)},
    "model": {"model": Server(slots=2)},
    "both, by level": {"members": Server(slots=2, queue="lifo"),
                       "model": Server(slots=3, queue="priority", by="level")},
    "preemptive": {"model": Server(slots=2, queue="preemptive", by="level")},
    "impatient": {"members": Server(slots=1), "model": Server(slots=2, patience=1.5, patience_is="exponential")},
    "deadline": {"model": Server(slots=2, queue="preemptive", by="level", deadline=2.0)},
    "tokens": {"model": Server(tokens_per_minute=9_000, burst=600)},
    "tokens and deadline": {"model": Server(tokens_per_minute=9_000, burst=600, deadline=3.0)},
    "hours": {"members": Server(slots=1, hours=(1, 3), every=4), "seat-0": Server(slots=1, away=((0, 5),))},
}  # fmt: skip


def tree():
    graph = nx.full_rary_tree(3, 13)
    nx.set_node_attributes(graph, {seat: int(np.log2(seat + 1)) for seat in graph}, "level")
    return graph


def looks(society):
    """Three looks at the neighbours' votes, with something beside the agenda that nobody waits for."""

    def aside(member):
        for number in range(9):
            yield from member.ask(f"Beside it, {number}?", BALLOT)

    society.start(aside(society.members[0]))
    votes = yield from society.ask_all("Which?", BALLOT)
    for number in range(2):
        votes = yield from society.ask_all(lambda me: f"Look {number}: {me.view(votes)}", BALLOT)
    for member in society.members:
        member.say(lambda me, votes=votes: votes[me.id], member.audience)
    votes = yield from society.ask_all(lambda me: f"Heard {[one.words for one in me.heard]}", BALLOT)
    return votes.values()


@pytest.mark.parametrize("bounds", BOUNDS)
def test_one_record_at_any_concurrency_over_any_network(bounds):
    def record(model, concurrency=64):
        return played(looks, tree(), model=model, capacity=BOUNDS[bounds], concurrency=concurrency, seed=4,
                      pace=lognormal)[2]  # fmt: skip

    expected = record(MODEL)
    for network, concurrency in enumerate((1, 3, 200)):
        late = delayed(MODEL, lambda query: 0.004 * uniforms(network, "late", query.key)[0] ** 2)
        assert record(late, concurrency) == expected


def test_where_nobody_ever_waits_the_answers_are_those_without_capacity():
    plain, _, _ = played(looks, tree(), seed=4, pace=lognormal)
    bounds = {"members": Server(), "model": Server(slots=99)}
    roomy, _, _ = played(looks, tree(), seed=4, pace=lognormal, capacity=bounds)
    there = [entry for entry in roomy if entry["kind"] == "answer"]
    assert all(entry.pop("waited") == 0 for entry in there)
    assert all(entry.pop("served") == round(entry["t"] - entry["asked"], 6) for entry in there)
    assert all(entry.pop("server") == "model" for entry in there)
    assert [entry for entry in roomy if entry["kind"] != "capacity"][:-1] == plain[:-1]


@settings(max_examples=25)
@given(st.sampled_from(sorted(BOUNDS)), st.integers(0, 99))
def test_little_s_law_holds_to_the_last_digit(bounds, seed):
    """L = lambda W over a run that starts and ends empty; and each slot is used by one at a time."""

    def agenda(society):
        for _ in range(2):
            yield from society.ask_all("Which?", BALLOT)

    record, _, _ = played(agenda, tree(), capacity=BOUNDS[bounds], seed=seed, pace=exponential)
    answers = [entry for entry in record if entry["kind"] == "answer"]
    states = list(over_time(record))
    time = record[-1]["t"]
    in_system = math.fsum((state.waiting + state.served) * (after.at - state.at)
                          for state, after in itertools.pairwise(states)) / time  # fmt: skip
    assert abs(in_system - len(answers) / time * response_time(record)) < 1e-9
    assert (states[-1].waiting, states[-1].served) == (0, 0)
    slots = BOUNDS[bounds].get("model", Server()).slots or len(answers)
    assert max(state.served for state in states) <= slots
    assert min(min(state.waiting, state.served) for state in states) >= 0
    if "slots" in repr(BOUNDS[bounds]) and not math.isnan(used := utilisation(record)):
        assert 0 < used <= 1


def test_a_busy_member_answers_one_after_the_other():
    def agenda(society):
        another = society.start(society.ask(society.members[0], "Another?", BALLOT))
        yield from society.ask_all("Which?", BALLOT)
        yield another

    record, _, _ = played(agenda, nx.empty_graph(3), capacity={"members": Server(slots=1)})
    times = [(entry["member"], entry["t"], entry["waited"]) for entry in record if entry["kind"] == "answer"]
    assert times == [(0, 1, 0), (1, 1, 0), (2, 1, 0), (0, 2, 1)]


def counting():
    calls = []
    lock = threading.Lock()

    def model(query):
        with lock:
            calls.append(query.member)
        return scripted(query)

    return calls, inline(model, watermark="model")


def test_who_gives_up_is_never_called():
    calls, model = counting()

    def agenda(society):
        return (yield from society.ask_all("Which?", BALLOT))

    bounds = {"model": Server(slots=1, patience=1.5)}
    record, answers, _ = played(agenda, nx.empty_graph(5), model=model, capacity=bounds)
    assert calls == [0, 1]
    assert [answers.reason(seat) for seat in answers] == [None, None, GAVE_UP, GAVE_UP, GAVE_UP]
    gone = [entry for entry in record if entry.get("reason") == GAVE_UP]
    assert all((entry["t"], entry["waited"], entry["served"]) == (1.5, 1.5, 0) for entry in gone)
    assert not any("tokens" in entry for entry in gone)


def test_a_call_that_cannot_end_before_its_deadline_is_not_begun():
    calls, model = counting()

    def agenda(society):
        answers = yield from society.ask_all("Which?", BALLOT, terms=Terms(deadline=2.0))
        return [answers.reason(seat) for seat in answers], society.now

    _, given, _ = played(agenda, nx.empty_graph(4), model=model, capacity={"model": Server(slots=1)})
    assert (calls, given) == ([0, 1], ([None, None, TOO_LATE, TOO_LATE], 2.0))
    calls.clear()
    _, given, _ = played(agenda, nx.empty_graph(2), model=model, pace=lambda _: 2.5)  # without any capacity, too
    assert (calls, given) == ([], ([TOO_LATE, TOO_LATE], 2.0))


def test_a_call_that_was_interrupted_and_comes_too_late_is_paid():
    calls, model = counting()

    def agenda(society):
        first = society.start(society.ask(society.members[1], "Slow?", BALLOT, terms=Terms(deadline=2.5)))
        yield society.env.timeout(1.0)
        yield from society.ask(society.members[0], "Now!", BALLOT, terms=Terms(priority=0))
        return (yield first)

    record, late, _ = played(agenda, nx.empty_graph(2), model=model, pace=lambda _: 2.0,
                             capacity={"model": Server(slots=1, queue="preemptive")})  # fmt: skip
    assert (sorted(calls), late.value, late.reason) == ([0, 1], None, TOO_LATE)
    entry = next(entry for entry in record if entry.get("member") == 1 and entry["kind"] == "answer")
    assert (entry["t"], entry["stints"], entry["tokens"][0] > 0) == (2.5, [[0, 1]], True)
    assert list(over_time(record))[-1].at == 3.0


def test_priority_is_the_node_s_the_trait_s_or_the_ask_s():
    def agenda(society):
        answers = yield from society.ask_all("Which?", BALLOT)
        society.start(society.ask(society.members[4], "Urgent?", BALLOT, terms=Terms(priority=-5)))
        yield from society.ask_all("Which now?", BALLOT)
        return answers

    graph = nx.empty_graph(5)
    nx.set_node_attributes(graph, {0: 9, 1: 3, 2: 1, 3: 2}, "level")
    record, _, _ = played(agenda, graph, capacity={"model": Server(slots=1, queue="priority", by="level")})
    order = [entry["member"] for entry in record if entry["kind"] == "answer"]
    assert order == [0, 2, 3, 1, 4, 0, 4, 2, 3, 1, 4]


def test_a_later_question_does_not_wait_for_a_purse_that_an_earlier_one_may_never_use():
    """Tickets are drawn when calls leave: the one that is kept back must not hold up the community's purse."""

    def agenda(society):
        slow = society.start(society.ask(society.members[0], "Slow?", BALLOT, terms=Terms(patience=50.0)))
        society.start(society.ask(society.members[0], "Behind it?", BALLOT, terms=Terms(patience=50.0)))
        quick = yield from society.ask(society.members[1], "Quick?", BALLOT)
        assert quick.value in BALLOT.options
        yield slow
        return quick.value

    _, value, _ = played(agenda, nx.empty_graph(2), allowance={"member": UNLIMITED._replace(calls=1)},
                         capacity={"members": Server(slots=1)})  # fmt: skip
    assert value in BALLOT.options


def test_tokens_on_accounts_are_drawn_when_calls_leave():
    """A transfer of tokens settles what its source has used; what is kept back has used nothing."""

    def agenda(society):
        behind = [society.start(society.ask(society.members[0], f"Number {number}?", BALLOT, terms=Terms(patience=2.5)))
                  for number in range(5)]  # fmt: skip
        yield society.env.timeout(0.5)
        assert society.pay(Transfer(0, 1, 9_900, TOKENS))
        yield society.env.all_of(behind)
        answers = [one.value.answer for one in behind if one.value.answer is not None]
        used = sum(answer.tokens_in + answer.tokens_out for answer in answers)
        return len(answers), used, society.accounts.balance(0, TOKENS)

    _, (called, used, left), _ = played(agenda, nx.empty_graph(2), money=Money(tokens=10_000),
                                capacity={"members": Server(slots=1)})  # fmt: skip
    assert (called, left) == (3, 100 - used)


def test_what_the_agenda_does_not_wait_for_is_not_called_and_the_run_ends():
    calls, model = counting()

    def agenda(society):
        for number in range(3):
            society.start(society.ask(society.members[0], f"Beside it, {number}?", BALLOT, terms=Terms(patience=99.0)))
        yield society.env.timeout(1.5)

    record, _, _ = played(agenda, nx.empty_graph(1), model=model, capacity={"members": Server(slots=1)})
    assert (len(calls), record[-2]["kind"], record[-2]["answers"]) == (2, "unheard", 2)


def test_notes_are_taken_before_the_question_is_in_line():
    def agenda(society):
        for number in range(4):
            society.members[1].say(f"News {number}", 0)
        return (yield from society.settle(Question("q", "Which?", tuple("AB")), noted))

    def noted(society, question):
        answer = yield from society.ask(society.members[0], lambda me: f"{me.notes} {len(me.heard)}", question.form)
        for number in range(4):
            society.members[1].say(f"More {number}", 0)
        answer = yield from society.ask(society.members[0], lambda me: f"{me.notes} {len(me.heard)}", question.form)
        return Outcome(answer.value)

    for capacity in ({"members": Server(slots=1)}, {"model": Server(slots=1, queue="shortest", patience=9.0)}):
        record, _, _ = played(agenda, nx.complete_graph(2), capacity=capacity, memory=Memory(1, 100))
        answers = [entry for entry in record if entry["kind"] == "answer"]
        assert [(entry.get("purpose"), entry["t"]) for entry in answers][-2:] == [("notes", 2), (None, 3)]


def test_who_has_left_is_not_in_line():
    def agenda(society):
        society.apply(Leave(1))
        return (yield from society.ask_all("Which?", BALLOT, of=[0, 1]))

    _, answers, _ = played(agenda, nx.complete_graph(2), capacity={"members": Server(slots=1)})
    assert (answers[0] in BALLOT.options, answers.reason(1)) == (True, LEFT)


@pytest.mark.slow
def test_parallel_answers_take_as_long_as_the_slowest_and_queued_ones_the_sum():
    """F6: the mean maximum of n exponential times is the n-th harmonic number; of log-normal ones, as integrated."""

    def agenda(society):
        for _ in range(800 // len(society.members)):
            yield from society.ask_all("Which?", BALLOT)
        return society.now / (800 // len(society.members))

    for size, pace, expected in ((4, exponential, 2.083), (16, exponential, 3.381),
                                 (4, lambda draw: lognormal(draw, sigma=0.626), 2.105)):  # fmt: skip
        rounds = [played(agenda, nx.empty_graph(size), seed=seed, pace=pace, model=inline(lambda _: "ANSWER: A"),
                         capacity={"model": Server(slots=size)})[1] for seed in range(6)]  # fmt: skip
        middle, half = interval(rounds)
        assert abs(middle - expected) <= half and half < 0.2 * expected
    _, one, _ = played(agenda, nx.empty_graph(8), pace=constant, model=inline(lambda _: "ANSWER: A"),
                       capacity={"model": Server(slots=1)})  # fmt: skip
    assert one == 8.0


def test_the_record_says_what_bounds_hold_and_from_when_on():
    def agenda(society):
        yield from society.ask_all("Which?", BALLOT)
        society.serve({"model": Server(slots=4)})
        yield from society.ask_all("Which now?", BALLOT)

    record, _, _ = played(agenda, nx.empty_graph(4), capacity={"model": Server(slots=1, queue="lifo")})
    assert [entry["servers"] for entry in record if entry["kind"] == "capacity"] == [
        {"model": {"slots": 1, "queue": "lifo"}}, {"model": {"slots": 4}}]  # fmt: skip
    assert Counter(entry["t"] for entry in record if entry["kind"] == "answer") == {1: 1, 2: 1, 3: 1, 4: 1, 5: 4}


def test_names_that_are_nobody_s_are_refused():
    for name in ("pannel", "seat-9", "seat-x", "member"):
        with pytest.raises(ScenarioError, match=f"capacity: '{name}' is neither a model nor a seat"):
            Society(nx.empty_graph(3), lambda _: "A", capacity={name: Server(slots=1)})
    for wrong in ({"patience": -1.0}, {"deadline": math.nan}, {"priority": math.inf}):
        with pytest.raises(SocietyError, match="terms: "):
            Terms(**wrong)


KEEPERS = ("plurality", "second_look", "help_desk", "relay")


@pytest.mark.parametrize("bounds", ["both, by level", "impatient", "tokens and deadline"])
@pytest.mark.parametrize("name", KEEPERS)
def test_mechanisms_keep_their_contract_where_capacity_is_scarce(name, bounds):
    check_mechanism(mechanism.get(name).function, capacity=BOUNDS[bounds])
