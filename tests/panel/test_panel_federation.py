"""Communities that settle a question each in its own way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panel_helpers import kinds, outcome, question, says, settle

from society_sim import Scenario, run
from society_sim.errors import ScenarioError
from society_sim.mechanisms.federation import federation
from society_sim.testing import check_mechanism
from society_sim.topologies.federated import federated
from society_sim.topologies.flat import flat

NINE = federated(9, None)


def _talker(query):
    return f"It is so.\nANSWER: {'ABC'[query.member % 3]}\nCONFIDENCE: 80\nREASON: So it is."


@given(st.lists(st.sampled_from(["A", "B", "C", None]), min_size=9, max_size=9))
def test_two_steps_of_plurality(votes):
    told = outcome(settle(federation, NINE, says(*votes))[0])
    for number, decision in enumerate(told["communities"].values()):
        own = [vote for vote in votes[3 * number : 3 * number + 3] if vote is not None]
        assert (decision is None) == (not own)
        most = {vote for vote in own if own.count(vote) == max(map(own.count, own))}
        assert decision is None or decision in most
    said = [decision for decision in told["communities"].values() if decision is not None]
    best = {one for one in said if said.count(one) == max(map(said.count, said))}
    assert told["decision"] in best if said else told["decision"] is None


def test_each_in_its_own_way_and_nobody_else_is_asked():
    own = {"1": {"second_look": {"rounds": 2}}, "2": {"debate": {"rounds": 2}}}
    record, _ = settle(federation, NINE, _talker, own=own)
    asked = [sum(entry["member"] == seat for entry in kinds(record, "answer")) for seat in range(9)]
    assert asked == [1, 1, 1, 3, 3, 3, 2, 2, 2]
    assert outcome(record)["by"] == {"0": "plurality", "1": "second_look", "2": "debate"}
    assert {(entry["from"], entry["to"]) for entry in kinds(record, "message") if "community" in entry["words"]} == {
        (u, v) for u in (0, 3, 6) for v in (0, 3, 6) if u != v}  # fmt: skip


def test_a_large_community_outweighs_small_ones_by_size():
    graph, votes = federated(9, None, sizes=[5, 2, 2]), "AAAAABBBB"
    assert outcome(settle(federation, graph, says(*votes))[0])["decision"] == "B"
    assert outcome(settle(federation, graph, says(*votes), weights="size")[0])["decision"] == "A"


@pytest.mark.slow
def test_lots_are_drawn_by_each_community_anew():
    graph, questions = federated(4, None, communities=2), [question(str(n)) for n in range(400)]
    record, _ = settle(federation, graph, says("A", "B", "A", "B"), questions)
    pairs = [tuple(entry["communities"].values()) for entry in kinds(record, "outcome")]
    assert all(60 < pairs.count(pair) < 140 for pair in [("A", "A"), ("A", "B"), ("B", "A"), ("B", "B")])


@pytest.mark.parametrize("own", [None, {"0": "second_look", "1": {"debate": {"rounds": 1}}}])
def test_contract(own):
    check_mechanism(federation, graph=federated(7, None), own=own)
    check_mechanism(federation, graph=federated(1, None))


@pytest.mark.parametrize(("graph", "parameters", "told"), [
    (flat(3, None), {}, "no communities; federated has"),
    (NINE, {"inside": "pluralty"}, "did you mean 'plurality'"),
    (NINE, {"inside": {"second_look": {"loks": 2}}}, "has no 'loks'"),
    (NINE, {"own": {"7": "plurality"}}, "no community '7'"),
    (NINE, {"inside": {"plurality": {}, "relay": {}}}, "name one mechanism"),
])  # fmt: skip
def test_what_is_wrong_is_told_before_anybody_is_asked(graph, parameters, told):
    def never(query):
        raise AssertionError

    with pytest.raises(ScenarioError, match=told):
        settle(federation, graph, never, **parameters)


@pytest.mark.parametrize("inside", [
    "broadcast", "blackboard", "chain_relay", "chateval", "direct", "gossip", "judged_debate", "jury",
    "liquid_democracy", "moderated_floor", {"pairwise_meetings": {"meetings": 9, "draw": "member"}},
    {"opinion_rounds": {"rounds": 2}},
], ids=str)  # fmt: skip
def test_whatever_a_community_does_others_are_not_drawn_into_it(inside):
    base = Scenario.of(
        name="states", models={"m": {"synthetic": {"price": "free"}}},
        population={"plain": {"size": 8, "mix": "vendors"}}, topology={"federated": {"sizes": [3, 5], "delegates": 3}},
        task={"multiple_choice": {"rounds": 2, "options": 3}}, mechanism={"federation": {"own": {"1": inside}}},
    )  # fmt: skip
    answers = [entry["member"] for entry in run(base, seed=1, out=None).record if entry["kind"] == "answer"]
    assert [answers.count(seat) for seat in range(3)] == [2, 2, 2]  # once a question
