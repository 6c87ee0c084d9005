"""Who is asked, what is said along which ties, what counts as agreement, and how the house decides."""

from __future__ import annotations

import networkx as nx
import pytest
from election_samples import FACTS, MIND, kinds, played, settled

from society_sim import ScenarioError
from society_sim.measures.government_match import (
    formateurs_tried,
    formation_time,
    government_exact,
    government_formed,
    government_likeness,
    government_surplus,
)
from society_sim.mechanisms.government_formation import government_formation
from society_sim.populations.parties import parties
from society_sim.tasks.election import election
from society_sim.testing import check_mechanism

AGREE = {"Green": "support", "Grey": "support", "Red": "support", "Blue": "support"}


def tried(record):
    return [entry["party"] for entry in kinds(record, "recognition")]


@pytest.mark.parametrize("investiture", ["negative", ["absolute", "simple"]])
def test_contract_with_parties(investiture):
    [question] = election(None, name="Diet", house=100, investiture=investiture, historical=["Red"])
    profiles = parties({"model": None}, None, parties=FACTS)
    graph = nx.cycle_graph(4).to_directed()
    for recognition in ("seats", "lottery"):
        check_mechanism(government_formation, question=question, profiles=profiles, graph=graph,
                        recognition=recognition)  # fmt: skip


def test_contract_with_members_that_are_no_parties():
    check_mechanism(government_formation, rounds=2)


def test_an_agreement_and_its_investiture():
    outcome, record = settled(played({"Red": ("Green",)}, AGREE))
    assert outcome.decision == ["Green", "Red"]
    facts = outcome.facts
    assert (facts["prime_minister"], facts["type"], facts["seats"]) == ("Red", "minimal winning", 55)
    assert facts["ministries"] == {"Red": 12, "Green": 4}
    assert facts["policy"] == {"left_right": 4, "state_market": 4}
    assert facts["utilities"]["Blue"] == pytest.approx(1 - 0.09)
    assert facts["utilities"]["Red"] == pytest.approx(1 - 0.01 + 0.2 * 42 / 55, abs=1e-4)
    assert (facts["correct"], facts["likeness"], facts["gold"]) == (True, 1.0, ["Green", "Red"])
    [vote] = kinds(record, "investiture")
    assert (vote["yes"], vote["no"], vote["elected"]) == (100, 0, True)
    steps = ("recognition", "proposal", "message", "reply", "agreement", "investiture")
    said = [e["kind"] for e in kinds(record, *steps)]
    assert said == ["recognition", "proposal", "message", "reply", "message", "agreement", "investiture"]
    assert (facts["rounds"], facts["formateurs"], facts["duration"]) == (1, ["Red"], 3.0)


def test_refusals_fail_and_the_turn_passes():
    outcome, record = settled(played({"Red": ("Green",), "Blue": ("Grey",)}, AGREE | {"Green": "oppose"}),
                              task={"investiture": "simple"}, rounds=2)  # fmt: skip
    assert tried(record) == [0, 1]
    assert [(e["party"], e["why"]) for e in kinds(record, "failure")] == [(0, "no agreement")]
    assert len(kinds(record, "revision")) == 1
    assert outcome.decision == ["Blue", "Grey"]
    assert outcome.facts["correct"] is False
    assert outcome.facts["type"] == "minority"


@pytest.mark.parametrize("reply", ["oppose", "refine", "compromise"])
def test_only_support_is_support(reply):
    outcome, _ = settled(played({"Red": ("Green",)}, AGREE | {"Green": reply}), formateurs=1)
    assert outcome.decision is None
    assert (outcome.facts["type"], outcome.facts["correct"], outcome.facts["likeness"]) == ("none", False, 0.0)


def test_a_formateur_may_give_up_and_one_that_says_nothing_has_failed():
    outcome, record = settled(played({"Red": None, "Green": ("Red",)}, AGREE))
    assert [e["why"] for e in kinds(record, "failure")] == ["gave up", "no proposal"]
    assert (outcome.decision, outcome.facts["prime_minister"]) == (["Green", "Red"], "Green")
    assert outcome.facts["unanswered"] == 1


def test_silence_is_no_support_and_is_told_to_the_formateur():
    seen = []
    model = played({"Red": ("Green", "Grey")}, {"Grey": "support"}, seen=seen)
    outcome, record = settled(model, formateurs=1, rounds=2)
    assert outcome.decision is None
    assert outcome.facts["unanswered"] == 2
    assert [e["reply"] for e in kinds(record, "reply")] == [None, "support"] * 2
    assert any("No answer has come from: Green." in query.text for query in seen)


def test_what_no_tie_carries_is_neither_heard_nor_counted():
    both = nx.complete_graph(4).to_directed()
    both.remove_edge(0, 2)  # Red cannot reach Green
    outcome, record = settled(played({"Red": ("Green",)}, AGREE), graph=both, formateurs=1)
    assert outcome.decision is None
    assert kinds(record, "refused")[0]["to"] == 2
    assert not [e for e in kinds(record, "answer") if e["member"] == 2]
    back = nx.complete_graph(4).to_directed()
    back.remove_edge(2, 0)  # Green cannot answer
    outcome, record = settled(played({"Red": ("Green",)}, AGREE), graph=back, formateurs=1)
    assert outcome.decision is None
    assert {(e["from"], e["to"]) for e in kinds(record, "refused")} == {(2, 0)}


def test_the_vote_counts_seats_and_silence_abstains():
    votes = {"Red": "yes", "Green": "yes", "Blue": "no"}
    outcome, record = settled(played({"Red": ("Green",)}, AGREE, votes))
    [vote] = kinds(record, "investiture")
    assert (vote["yes"], vote["no"], vote["abstain"], outcome.facts["unanswered"]) == (55, 35, 10, 1)
    assert vote["votes"] == {"0": "yes", "1": "no", "2": "yes", "3": None}


def test_a_minority_stands_or_falls_by_the_constitution():
    votes = {"Red": "yes", "Green": "abstain", "Blue": "no", "Grey": "abstain"}
    for rule, elected in (("absolute", False), ("simple", True), ("negative", True)):
        outcome, record = settled(played({"Red": ()}, AGREE, votes), task={"investiture": rule}, formateurs=1)
        assert (outcome.decision == ["Red"]) is elected, rule
        assert [e["why"] for e in kinds(record, "failure")] == [] if elected else ["voted down"]
    outcome, record = settled(played({"Red": ()}, AGREE, votes), task={"investiture": ["absolute", "simple"]})
    assert [(e["ballot"], e["rule"], e["elected"]) for e in kinds(record, "investiture")] == [
        (1, "absolute", False), (2, "simple", True)]  # fmt: skip
    assert outcome.facts["type"] == "minority"


def test_orders_of_recognition():
    silent = played({}, {})
    orders = {rule: tried(settled(silent, recognition=rule)[1]) for rule in ("seats", "incumbency")}
    assert orders == {"seats": [0, 1, 2, 3], "incumbency": [1, 3, 0, 2]}
    first = [tried(settled(silent, seed=seed, recognition="lottery")[1])[0] for seed in range(200)]
    assert 60 <= first.count(0) <= 108  # 42 % of 200, within three standard errors and a bit
    assert tried(settled(silent, task={"recognition": "incumbency"})[1])[0] == 1
    assert len(tried(settled(silent, formateurs=2)[1])) == 2


def test_history_is_in_no_prompt_and_no_key():
    seen, other = [], []
    _, one = settled(played({"Red": ("Green",)}, AGREE, seen=seen), task={"historical": ["Blue", "Grey"]})
    _, two = settled(played({"Red": ("Green",)}, AGREE, seen=other), task={"historical": None})
    assert [(q.text, q.system, q.key) for q in seen] == [(q.text, q.system, q.key) for q in other]
    assert all(query.item is None for query in seen)
    assert "gold" in one[-2]
    assert "gold" not in two[-2]


def test_a_prompt_has_one_party_weights_only():
    facts = {name: own | {"weights": {"left_right": 0.9, "state_market": 0.1}} for name, own in FACTS.items()}
    seen = []
    settled(played({"Red": ("Green",)}, AGREE, seen=seen), facts=facts)
    assert all("weight 0.9" in query.system and "weight" not in query.text for query in seen)


def test_measures_read_the_record():
    _, one = settled(played({"Red": ("Green",)}, AGREE))
    _, none = settled(played({}, {}), formateurs=2)
    assert (government_exact(one), government_likeness(one), government_formed(one)) == (1, 1, 1)
    assert government_surplus(one) == pytest.approx(0.05)
    assert (formation_time(one), formateurs_tried(one)) == (3, 1)
    assert (government_exact(none), government_likeness(none), government_formed(none)) == (0, 0, 0)
    assert formateurs_tried(none) == 2
    assert government_surplus(none) != government_surplus(none)


def test_parameters_that_cannot_be():
    with pytest.raises(ScenarioError, match="rounds is a whole number of 1 or more"):
        settled(MIND, rounds=0)
    with pytest.raises(ScenarioError, match="148 seats in a house of 100"):
        settled(MIND, facts=FACTS | {"Red": {"seats": 90}})


def test_a_party_whose_member_has_left_forms_no_government_and_its_seats_are_vacant():
    outcome, record = settled(played({"Blue": ("Green", "Grey"), "Green": ("Grey",)}, AGREE), leaving=(0,))
    assert outcome.decision == ["Blue", "Green", "Grey"] and tried(record) == [1]
    assert outcome.facts["seats"] == 58 and set(outcome.facts["utilities"]) == {"Blue", "Green", "Grey"}
    [vote] = kinds(record, "investiture")
    assert (vote["yes"], vote["abstain"], set(vote["votes"])) == (58, 42, {"1", "2", "3"})
    assert [entry["party"] for entry in kinds(record, "reply")] == [2, 3]
    nobody, record = settled(played({}, {}), leaving=(0, 1, 2, 3))
    assert nobody.decision is None and not kinds(record, "recognition")
