"""Search on a ring: the policy, the mechanism and the pure rule agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim import Scenario, run
from society_sim.errors import ScenarioError
from society_sim.mechanisms.search_relay import search_relay
from society_sim.rules.search import ends, heuristics, landscape
from society_sim.tasks.landscape import landscape as questions
from society_sim.testing import ContractError, check_mechanism


@given(st.lists(st.floats(0, 100), min_size=4, max_size=40, unique=True), st.sampled_from(heuristics(3, 2)))
def test_where_a_searcher_stops_nothing_it_looks_at_is_better(values, looks):
    ring = np.array(values)
    stops = ends(ring, looks)
    assert (ring[stops] >= ring).all()
    for look in looks:
        assert (np.roll(ring, -look)[stops] <= ring[stops]).all()


def test_one_member_stops_where_the_rule_says():
    base = Scenario.of(
        name="alone", models={"m": {"synthetic": {}}}, topology="flat", mechanism="search_relay", measures=["reached"],
        population={"searchers": {"size": 1, "pick": "best", "number": 4, "ring": 200}},
        task={"landscape": {"number": 4, "size": 200, "rounds": 25}},
    )  # fmt: skip
    result = run(base, out=None)
    (looks,) = [entry["traits"]["looks"] for entry in result.record if entry["kind"] == "member"]
    values = landscape(4, 200)
    stops = ends(values, looks)
    assert len(result.outcomes) == 25
    for outcome in result.outcomes:
        assert outcome["decision"] == values[stops[int(outcome["about"].split("-")[1])]]


def test_contract_and_bad_input():
    (question, *_) = questions(np.random.default_rng(1), size=30, rounds=2)
    check_mechanism(search_relay, question=question)
    with pytest.raises(ContractError, match="needs questions of the task 'landscape'"):
        check_mechanism(search_relay)
    with pytest.raises(ScenarioError, match="rounds is 31"):
        list(questions(np.random.default_rng(1), size=30, rounds=31))
