"""The record is the same in whatever order answers arrive."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from functools import partial

import networkx as nx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Choice, Outcome, PromptError, Question, Society, delayed, inline, uniforms
from society_sim.errors import SocietyError
from society_sim.paces import lognormal
from society_sim.promises import frozen
from society_sim.testing import check_mechanism, scripted
from society_sim.values import Link, Unlink

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


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 60), st.floats(0, 2))
def test_one_record_whatever_the_network(network, size, concurrency, sigma):
    pace = partial(lognormal, sigma=sigma)
    expected = record(looks, inline(scripted, watermark="model"), size=max(size, 5), pace=pace)
    assert record(looks, late(network, 0.0001), size=max(size, 5), concurrency=concurrency, pace=pace) == expected


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
    """A member whose neighbours have answered is asked again while others still think."""
    asked: dict[tuple[int, bool], int] = {}

    def model(query):
        asked[query.member, "again" in query.text] = len(asked)
        return "ANSWER: A"

    def mechanism(society, question):
        votes = yield from society.ask_all("first", Choice("AB"))
        votes = yield from society.ask_all(lambda m: f"again {m.view(votes)}", Choice("AB"))
        return Outcome(None, votes)

    graph = nx.Graph([(0, 1), (2, 3)])
    slow = delayed(inline(model), lambda query: 0.3 if query.member > 1 and "first" in query.text else 0.0)
    society = Society(graph, slow)
    society.run(society.settle(QUESTION, mechanism))
    assert sorted(asked, key=asked.get)[4:6] == [(0, True), (1, True)] or asked[0, True] < asked[2, True]


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
