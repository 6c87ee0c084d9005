"""The contract of mechanisms, over everything that is registered, on organisations of every kind."""

from __future__ import annotations

import re

import networkx as nx
import orjson
import pytest

from society_sim import Society, inline, stream
from society_sim.backends.scripted import scripted
from society_sim.measures.reading import choice
from society_sim.populations.parties import parties
from society_sim.registry import mechanism, task, topology
from society_sim.tasks.election import election
from society_sim.tasks.landscape import landscape
from society_sim.tasks.opinions import opinions
from society_sim.tasks.trade import trade
from society_sim.testing import check_mechanism
from society_sim.values import Question

GRAPHS = {
    "flat": topology.get("flat").function(6, None),
    "tree": topology.get("hierarchical").function(7, None, span=2),
    "teams": topology.get("hierarchical").function(9, None, span=3, teams=True),
    "federation": topology.get("federated").function(7, None),
    "small world": topology.get("small_world").function(8, stream(1, "graph")),
    "star": nx.star_graph(5),
    "ring": nx.cycle_graph(5),
    "one way": nx.DiGraph([(0, 1), (1, 2), (2, 3), (3, 0)]),
    "nobody may speak": nx.empty_graph(4),
    "one member": nx.empty_graph(1),
}
FACTS = {name: {"seats": seats, "left_right": at, "state_market": at, "role": "opposition"}
         for name, seats, at in (("Red", 42, 3.0), ("Blue", 35, 7.0), ("Green", 13, 2.0))}  # fmt: skip


def diet():
    [question] = election(None, name="Diet, 2001", house=90)
    return {"question": question, "profiles": parties({"model": None}, None, parties=FACTS)}


def number():
    return {"question": Question("q", "How many are there?")}


def opinion():
    [question] = opinions(stream(1, "task"))
    return {"question": question}


def ring_of_values():
    question, *_ = landscape(stream(1, "task"), size=30, rounds=2)
    return {"question": question}


def of_task(name, **parameters):
    """The first question of a task."""
    def made():
        [question, *_] = task.get(name).function(stream(1, "task"), **parameters)
        return {"question": question}
    return made


def session():
    [question] = trade(stream(1, "task"), units=2)
    return {"question": question}


ELECTION = {"government_formation": diet}
"""Mechanisms that settle elections."""
OWN = {"median_vote": number, "two_level_mean": opinion, "search_relay": ring_of_values,
       "pairwise_meetings": lambda: {"meetings": 3}, "sealed_bid": of_task("goods"), "clock_auction": of_task("goods"),
       "posted_price": of_task("goods"), "combinatorial_auction": of_task("bundles"),
       "public_project": of_task("project"), "budget_division": of_task("claims"),
       "double_auction": lambda: {**session(), "turns": 12}, "call_market": session}  # fmt: skip
"""Mechanisms that settle a kind of question of their own, or last long."""
NAMES = [name for name, part in mechanism.parts.items() if part.function.__module__.startswith("society_sim.")]


ONLY_ON = {"two_level_mean": ["federation"], "federation": ["federation"]}
"""Mechanisms that refuse an organisation which is not theirs."""


@pytest.mark.parametrize(("name", "graph"), [(name, graph) for name in NAMES if name not in ELECTION
                                             for graph in ONLY_ON.get(name, GRAPHS)])  # fmt: skip
def test_every_mechanism_keeps_its_contract_on(name, graph):
    check_mechanism(mechanism.get(name).function, graph=GRAPHS[graph], **OWN.get(name, dict)())


@pytest.mark.parametrize(("name", "parameters"), [
    *((name, {}) for name in NAMES if name not in {*ELECTION, *OWN, "assignment"}),
    ("chateval", {"schedule": "summarised"}), ("jury", {"foreman": "lot"}), ("judged_debate", {"at_once": False}),
])  # fmt: skip
def test_what_is_no_answer_to_the_question_says_its_purpose(name, parameters):
    graph, chunks = GRAPHS["federation" if name in ONLY_ON else "teams"], []
    society = Society(graph, inline(scripted), seed=1, write=chunks.append)
    society.run(society.settle(Question("q", "Which?", tuple("ABCD")), mechanism.get(name).function, **parameters))
    entries = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    said = [entry["value"] for entry in entries if entry["kind"] == "answer" and "purpose" not in entry]
    assert said and {choice(value) for value in said} <= {*"ABCD", None}


@pytest.mark.parametrize("name", ELECTION)
def test_every_mechanism_for_elections_keeps_its_contract(name):
    check_mechanism(mechanism.get(name).function, graph=nx.complete_graph(3), **ELECTION[name]())


@pytest.mark.parametrize("name", NAMES)
def test_every_mechanism_runs_without_parameters_and_says_where_it_comes_from(name):
    part = mechanism.get(name)
    assert all(parameter.default is not parameter.empty for parameter in part.parameters.values())
    page = part.function.__doc__
    assert re.search(r"\b(1[789]|20)\d\d\b", page), "the page of a mechanism names the source of its idea"
    assert "abst" in page.casefold(), "the page of a mechanism says what an abstention does"
    for parameter in part.parameters:
        assert re.search(rf"[*`]{parameter}\b", page), f"the page does not speak of {parameter}"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("broadcast", {"speakers": None, "rounds": 2, "by": "lot"}),
        ("broadcast", {"speakers": 3, "by": "first"}),
        ("direct", {"rounds": 2, "partner": "round_robin"}),
        ("direct", {"rounds": 2, "partner": "lot"}),
        ("gossip", {"how": "pull", "origin": "central"}),
        ("gossip", {"how": "push_pull", "rounds": 2}),
        ("chain_relay", {"paraphrase": False, "garble": 0.3}),
        ("chain_relay", {"vote": "last", "origin": "central"}),
        ("blackboard", {"order": "seats", "last": 2}),
        ("blackboard", {"order": "lot"}),
        ("delegation", {"share": "one", "threshold": 90.0}),
        ("delegation", {"threshold": 0.0}),
        ("moderated_floor", {"order": "lot", "turns": 3, "pause": 0.5}),
        ("moderated_floor", {"order": "seats", "moderator": "lot", "turns": 9}),
    ],
)
@pytest.mark.parametrize("graph", ["flat", "tree", "ring"])
def test_communication_keeps_its_contract_with_its_parameters(name, parameters, graph):
    check_mechanism(mechanism.get(name).function, graph=GRAPHS[graph], **parameters)
