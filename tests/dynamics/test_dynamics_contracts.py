"""Every registered rewiring keeps the contract, whatever society it meets."""

from __future__ import annotations

import pytest

from society_sim import registry
from society_sim.changes import Leave, Link, Unlink
from society_sim.testing import ContractError, check_rewiring

GIVEN = {"removal": {"at": 3.0, "share": 0.3}, "substitution": {"at": 3.0, "model": "new"},
         "corruption": {"model": "liar"}}  # fmt: skip
"""What parts need to be told."""
EAGER = {"homophily": {"rate": 5.0}, "triadic_closure": {"rate": 5.0, "give_up": True}, "decay": {"after": 1.0},
         "preferential_attachment": {"rate": 5.0, "move": False}, "trust": {"cut": 0.9, "spoken": False},
         "bounded_confidence": {"rate": 5.0, "move": False}, "regrouping": {"size": 3, "skill": "skill"},
         "turnover": {"rate": 0.1, "models": ["new"], "vacancy": 2.0}, "hierarchy_by_competence": {"rate": 5.0},
         "flattening": {"rate": 5.0, "mesh": False}, "removal": {"at": 3.0, "position": "broker", "count": 3},
         "substitution": {"at": 7.0, "model": "new/large", "position": "boss"},
         "corruption": {"model": "liar", "position": "gateway", "at": 8.0}, "competence": {"least": 1}}  # fmt: skip


OURS = [name for name, part in registry.rewiring.parts.items() if part.function.__module__.startswith("society_sim.")]


@pytest.mark.parametrize("name", OURS)
def test_every_rewiring_keeps_its_contract(name):
    part = registry.rewiring.get(name)
    check_rewiring(part.function, **GIVEN.get(name, {}))
    check_rewiring(part.function, members=14, **EAGER.get(name, {}))
    assert "Source" in part.function.__doc__ or name == "competence"


def _edits(frame, rng):
    for data in frame.graph.nodes.values():
        data["level"] = 0
    return []


def _adds(frame, rng):
    frame.graph.add_edge(0, 1)
    return []


def _weighs(frame, rng):
    for _, _, data in frame.graph.edges(data=True):
        data["weight"] = data["weight"] + 1
    return []


def _twice(frame, rng):
    return [Unlink(u, v) for u, v in list(frame.graph.edges)[:1] * 2]


def _to_those_who_left(frame, rng):
    return [Link(u, v) for u in range(2) for v in frame.graph if u != v and not frame.graph.has_edge(u, v)]


def _lose_again(frame, rng):
    return [Leave(0)]


def _own_luck(frame, rng):
    import random

    return [Unlink(*random.choice(list(frame.graph.edges)))] if frame.graph.edges else []


@pytest.mark.parametrize(("bad", "told"), [
    (_edits, "edits the graph"), (_adds, "edits the graph"), (_weighs, "edits the graph"),
    (_twice, "cannot be done"), (_to_those_who_left, "cannot be done"), (_lose_again, "has left"),
    (_own_luck, "unseeded luck"),
])  # fmt: skip
def test_what_breaks_the_contract_is_told(bad, told):
    with pytest.raises(ContractError, match=told):
        check_rewiring(bad)
