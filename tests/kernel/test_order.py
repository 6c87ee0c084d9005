"""The record is the same in whatever order answers arrive."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from functools import partial

import networkx as nx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Choice, Outcome, PromptError, Question, Society, delayed, inline, threads, uniforms
from society_sim.changes import Link, Unlink
from society_sim.errors import SocietyError
from society_sim.paces import lognormal
from society_sim.promises import frozen
from society_sim.testing import check_mechanism, scripted

QUESTION = Question("q1", "Which one?", ("A", "B", "C", "D"))


def looks(society, question, *, looks=3):
    ballot = question.form
    votes = yield from society.ask_all(question.text, ballot)
    for number in range(looks):
        votes = yield from society.ask_all(
            lambda m: f"{question.text} Look {number}. Your neighbours say: {', '.join(m.view(votes))}.", ballot
        )
    counted = [vote for vote in votes.values() if vote is not None]
    return Outcome(max(sorted(set(counted)), key=counted.count) if counted else None, votes)


def rewired(society, question):
    """The graph changes while answers are in the air."""
    ballot = question.form
    votes = yield from society.ask_all(question.text, ballot)
    for number in range(4):
        votes = yield from society.ask_all(
            lambda m: f"{question.text} Look {number}: {', '.join(m.view(votes))}.", ballot
        )
        for k in range(3):
            seats = [int(u * len(society.members)) for u in uniforms(society.seed, "swap", number, k)[:2]]
            if seats[0] != seats[1]:
                society.apply(Unlink(*seats) if society.graph.has_edge(*seats) else Link(*seats))
    return Outcome(None, votes)


def talk(society, question):
    """Words that depend on answers in the air are heard, and shown in the next prompt."""
    ballot = question.form
    votes = yield from society.ask_all(question.text, ballot)
    for _ in range(2):
        for member in society.members:
            member.say(lambda m, member=member: f"I say {votes[member.id]}", member.audience)
        votes = yield from society.ask_all(
            lambda m: question.text + "".join(f"\n{h.name}: {h.words}" for h in m.heard), ballot
        )
    return Outcome(None, votes)


def side_by_side(society, question):
    """Several things at once, each waiting for its own."""

    def one(member, other):
        first = yield from member.ask(question.text, question.form)
        second = yield from other.ask(lambda m: f"{question.text} {member.name} says: {first.value}", question.form)
        return first, second

    pairs = zip(society.members, society.members[1:], strict=False)
    replies = yield from society.gather(*(one(a, b) for a, b in pairs))
    return Outcome([second.value for _, second in replies])


MECHANISMS = (looks, rewired, talk, side_by_side)


def record(mechanism, model, *, size=24, concurrency=64, step=False, seed=5, pace=lognormal):
    chunks: list[bytes] = []
    graph = nx.watts_strogatz_graph(size, 4, 0.1, seed=1)
    society = Society(graph, model, seed=seed, pace=pace, write=chunks.append, concurrency=concurrency)
    agenda = society.settle(QUESTION, mechanism)
    if step:
        society.open(agenda)
        while society.running:
            society.step()
    else:
        society.run(agenda)
    assert hashlib.sha256(b"".join(chunks)).hexdigest() == society.record.digest
    return b"".join(chunks)


def late(network, mean=0.002):
    model = inline(scripted, watermark="model")
    return delayed(model, lambda query: mean * 8 * uniforms(network, "late", query.key)[0] ** 3)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_one_record_at_any_concurrency_over_any_network_stepped_or_run(mechanism):
    expected = record(mechanism, inline(scripted, watermark="model"))
    assert record(mechanism, inline(scripted, watermark="model"), step=True) == expected
    for network, concurrency in enumerate((1, 8, 200)):
        assert record(mechanism, late(network, 0.0005), concurrency=concurrency) == expected
    assert record(mechanism, late(9), step=True) == expected


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 60), st.floats(0, 2))
def test_one_record_whatever_the_network(network, size, concurrency, sigma):
    pace = partial(lognormal, sigma=sigma)
    expected = record(looks, inline(scripted, watermark="model"), size=max(size, 5), pace=pace)
    assert record(looks, late(network, 0.0001), size=max(size, 5), concurrency=concurrency, pace=pace) == expected


@pytest.mark.slow
def test_the_record_does_not_depend_on_the_hash_seed():
    code = ("import sys; sys.path[:0] = ['.', 'tests/kernel']; import test_order as t, hashlib;"
            "model = t.inline(t.scripted, watermark='model');"
            "print([hashlib.sha256(t.record(m, model)).hexdigest() for m in t.MECHANISMS])")
    seen = {subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
                           capture_output=True, text=True).stdout for seed in ("0", "1", "31337")}
    assert len(seen) == 1


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_contracts(mechanism):
    check_mechanism(mechanism)


def test_simulated_time_orders_the_record():
    entries = [orjson.loads(line) for line in record(looks, late(3)).splitlines()]
    times = [entry["t"] for entry in entries]
    assert times == sorted(times)
    assert entries[0]["kind"] == "header"
    assert entries[-1] == {"t": times[-1], "kind": "end", "entries": len(entries) - 1}


def test_only_what_is_read_is_waited_for():
    """Members whose neighbours have answered are asked again while others still think about the first question."""
    again, seen = threading.Event(), []

    def model(query):
        if query.member > 1 and "first" in query.text:
            assert again.wait(60), "nobody was asked again while members 2 and 3 were thinking"
        seen.append((query.member, "again" in query.text))
        if query.member == 0 and "again" in query.text:
            again.set()
        return "ANSWER: A"

    def mechanism(society, question):
        votes = yield from society.ask_all("first", Choice("AB"))
        votes = yield from society.ask_all(lambda m: f"again {m.view(votes)}", Choice("AB"))
        return Outcome(votes.values())

    society = Society(nx.Graph([(0, 1), (2, 3)]), threads(model, workers=8))
    assert society.run(society.settle(QUESTION, mechanism)).decision == ["A"] * 4
    assert seen.index((0, True)) < seen.index((2, False))


def test_prompts_that_wait_for_each_other_are_told_so():
    """A prompt that calls a function which reads what is bound later waits for its own answer."""

    def mechanism(society, question):
        box = {}

        def shown(m):
            return str(m.view(box["votes"])) if "votes" in box else ""

        box["votes"] = yield from society.ask_all("first", Choice("AB"))
        for _ in range(2):
            box["votes"] = yield from society.ask_all(lambda m: f"again {shown(m)}", Choice("AB"))
        return Outcome(box["votes"].values())

    slow = delayed(inline(scripted, watermark="model"), lambda query: 0.05)
    society = Society(nx.complete_graph(3), slow)
    with pytest.raises(PromptError, match="in a circle"):
        society.run(society.settle(QUESTION, mechanism))


def test_functions_within_a_prompt_are_frozen_too():
    def mechanism(society, question):
        def shown(m):
            return f"They say {m.view(votes)}"

        votes = yield from society.ask_all("first", question.form)
        for number in range(2):
            votes = yield from society.ask_all(lambda m: f"Look {number}. {shown(m)}", question.form)
        return Outcome(votes.values())

    assert record(mechanism, late(4)) == record(mechanism, inline(scripted, watermark="model"))


def test_what_is_logged_is_recorded_as_it_was():
    def mechanism(society, question):
        tally = {"n": 0}
        for _ in range(3):
            yield from society.ask_all(question.text, question.form)
            tally["n"] += 1
            society.log("tally", tally=tally)
        return Outcome(None)

    eager, slow = (record(mechanism, model) for model in (inline(scripted, watermark="model"), late(5)))
    assert eager == slow
    assert [e["tally"]["n"] for e in map(orjson.loads, eager.splitlines()) if e["kind"] == "tally"] == [1, 2, 3]


def test_questions_nest_and_stand_side_by_side():
    """Each answer belongs to the question that was on the table for whoever asked."""

    def one(society, question):
        yield from society.ask_all(question.text, question.form)
        yield from society.ask_all(lambda m: f"{question.text} again", question.form)
        return Outcome(None)

    def outer(society, question):
        yield from society.ask_all(question.text, question.form)
        yield from society.settle(Question("inner", "Inner?", ("A", "B")), one)
        yield from society.ask_all("and now?", question.form)
        sides = [society.settle(Question(name, name, ("A", "B")), one) for name in ("left", "right")]
        yield from society.gather(*sides)
        return Outcome(None)

    chunks: list[bytes] = []
    society = Society(nx.complete_graph(2), inline(scripted), write=chunks.append)
    society.run(society.settle(Question("outer", "Outer?", ("A", "B")), outer))
    entries = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    count = Counter(entry["about"] for entry in entries if entry["kind"] == "answer")
    assert count == {"outer": 4, "inner": 4, "left": 4, "right": 4}
    with pytest.raises(SocietyError, match="put before"):
        again = Society(nx.complete_graph(2), inline(scripted))
        again.run(again.gather(*(again.settle(QUESTION, one) for _ in range(2))))


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_calls_than_allowed_are_in_flight(limit):
    lock, flying, most = threading.Lock(), 0, 0

    def model(query):
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        time.sleep(0.002)
        with lock:
            flying -= 1
        return "ANSWER: A"

    society = Society(nx.complete_graph(12), threads(model, workers=12), concurrency=limit)
    society.run(society.settle(QUESTION, looks))
    assert most == limit


def test_equal_questions_get_their_own_answers_in_the_order_of_asking():
    seen = []

    def model(query):
        seen.append((query.member, query.occurrence, query.seed, query.key))
        return "ANSWER: A"

    def mechanism(society, question):
        for _ in range(3):
            yield from society.ask_all(question.text, question.form)
        return Outcome(None)

    society = Society(nx.empty_graph(2), inline(model), seed=1)
    society.run(society.settle(QUESTION, mechanism))
    assert [occurrence for member, occurrence, *_ in seen if member == 0] == [0, 1, 2]
    assert len({key for *_, key in seen}) == len({seed for *_, seed, _ in seen}) == 6


def test_a_prompt_function_is_frozen_when_it_is_put():
    number = 1

    def prompt(m):
        return f"{number}"

    still = frozen(prompt)
    number = 2
    assert (still(None), prompt(None)) == ("1", "2")


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        (lambda m: 1 / 0, "ZeroDivisionError"),
        (lambda m: None, "asked nothing"),
        (lambda m: 7, "gave int, not text"),
    ],
)
@pytest.mark.parametrize("network", [None, 1])
def test_a_prompt_function_that_fails_ends_the_run_and_says_where(prompt, told, network):
    def mechanism(society, question):
        votes = yield from society.ask_all("first", Choice("AB"))
        votes = yield from society.ask_all(lambda m: (m.view(votes), prompt(m))[1], Choice("AB"))
        return Outcome(None, votes.values())

    with pytest.raises(PromptError, match=told):
        record(mechanism, late(network) if network else inline(scripted), size=6)


def test_a_prompt_function_may_not_read_the_graph():
    def mechanism(society, question):
        votes = yield from society.ask_all(lambda m: str(len(society.graph)), Choice("AB"))
        return Outcome(None, votes.values())

    with pytest.raises(PromptError, match="may not read the graph"):
        record(mechanism, inline(scripted))


def test_an_agenda_that_waits_for_nothing_is_told_so():
    def mechanism(society, question):
        yield society.env.event()

    with pytest.raises(SocietyError, match="nothing is left to happen"):
        record(mechanism, inline(scripted))
