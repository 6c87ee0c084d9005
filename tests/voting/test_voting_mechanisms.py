"""Votes in a society: contracts of the mechanisms, and what becomes of ties, abstentions and spoilt ballots."""

from __future__ import annotations

from functools import partial

import networkx as nx
import orjson
import pytest

from society_sim import Society, inline
from society_sim.backends.synthetic import synthetic
from society_sim.changes import Leave
from society_sim.errors import REFUSED, NoAnswer, SocietyError
from society_sim.forms import Scores
from society_sim.measures.reading import settled
from society_sim.mechanisms.committees import committees
from society_sim.mechanisms.liquid_democracy import liquid_democracy
from society_sim.mechanisms.median_vote import median_vote
from society_sim.mechanisms.vote import vote
from society_sim.rules.rulebook import RULEBOOK
from society_sim.seal import Sealed
from society_sim.testing import check_form, check_mechanism
from society_sim.topologies.federated import federated
from society_sim.topologies.hierarchical import hierarchical
from society_sim.values import Item, Profile, Question

NUMBER = Question("n", "How many?", (), Item("n", "How many?", (), Sealed("40")))


def ask(qid="q", gold="A", options=tuple("ABC")):
    return Question(qid, "Which?", options, Item(qid, "Which?", options, Sealed(gold)))


def run(mechanism, says, graph=None, question=None, profiles=None, **parameters):
    """(outcome, record) where the member at each seat says the words in *says*; `None` refuses, a function is asked."""
    chunks = []

    def model(query):
        said = says(query) if callable(says) else says[query.member]
        if said is None:
            raise NoAnswer(REFUSED)
        return said

    if graph is None:
        graph = nx.complete_graph(len(profiles or says))
    society = Society(graph, {"model": inline(model)}, profiles, seed=3, write=chunks.append)
    society.run(society.settle(question or ask(), mechanism, **parameters))
    record = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    return next(entry for entry in record if entry["kind"] == "outcome"), record


def answers(*votes):
    return [f"ANSWER: {one}" if one else one for one in votes]


def rankings(*votes):
    return [f"RANKING: {' > '.join(one)}" for one in votes]


@pytest.mark.parametrize("rule", RULEBOOK)
def test_contract_of_every_rule(rule):
    check_mechanism(vote, rule=rule)


@pytest.mark.parametrize("parameters", [
    {"order": "seats", "ballot": "open"}, {"order": "lot", "ballot": "open", "rule": "borda"},
    {"ballot": "open", "rule": "range"}, {"order": "lot", "drawn": 3}, {"quorum": 0.6, "majority": 2 / 3},
    {"ties": "none", "abstentions": "against", "majority": 0.5}, {"invalid": "again", "rule": "quadratic"},
    {"weights": "log_odds"}, {"rule": "instant_runoff", "partial": True, "ties": "alphabetical"},
])  # fmt: skip
@pytest.mark.parametrize("graph", [None, hierarchical(6, None)])
def test_contract_of_every_way_to_vote(parameters, graph):
    check_mechanism(vote, graph=graph, **parameters)


@pytest.mark.parametrize("mechanism", [
    liquid_democracy, committees, partial(committees, by="community", weights="size", rule="borda"),
    partial(committees, by="community", size=2, ties="none", quorum=0.5),
])  # fmt: skip
def test_contract_of_delegates_and_committees(mechanism):
    check_mechanism(mechanism, graph=federated(7, None))


@pytest.mark.parametrize("take", ["median", "mean"])
def test_contract_of_the_median(take):
    check_mechanism(median_vote, question=Question("n", "How many?"), take=take, quorum=0.3)


def test_form_of_scores():
    check_form(Scores("ABC", 0, 10), ["ANSWER: A = 1, B = 2", "ANSWER: A = 1, B = 2, C = 11", "ANSWER: = , ="])
    with pytest.raises(ValueError, match="no score"):
        Scores("AB", 0, 9).parse("ANSWER: A = 1, A = 2")


@pytest.mark.parametrize("rule", RULEBOOK)
def test_the_synthetic_model_votes_by_every_rule(rule):
    chunks = []
    society = Society(nx.complete_graph(9), synthetic(price="free"), seed=1, write=chunks.append)
    society.run(society.settle(ask(), vote, rule=rule, ties="first", majority=0.0))
    record = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    [found] = settled(record)
    assert {said.choice for said in found.first.values()} <= {"A", "B", "C", ("A", "B"), ("A", "C"), ("B", "C")}
    assert record[-2]["counted"] == 9
    assert rule in ("unanimity", "condorcet") or record[-2]["decision"] in tuple("ABC")


def test_a_ranking_counts_and_says_its_first():
    outcome, record = run(vote, rankings("ABC", "ABC", "BCA", "CBA", "CBA"), rule="borda")
    assert (outcome["decision"], outcome["tally"]) == ("B", {"A": 4.0, "B": 6.0, "C": 5.0})
    [found] = settled(record)
    assert [found.first[seat].choice for seat in range(5)] == ["A", "A", "B", "C", "C"]
    assert outcome["gold"] == "A"
    assert outcome["correct"] is False


def test_rounds_of_elimination_are_told():
    outcome, _ = run(vote, rankings("ABC", "ABC", "BCA", "CBA", "CBA"), rule="instant_runoff", ties="first")
    assert outcome["counts"] == [{"A": 2.0, "B": 1.0, "C": 2.0}]
    assert outcome["tally"] == {"A": 2.0, "C": 3.0}


def test_ties_by_each_rule():
    votes = answers("B", "A", "A", "B")
    assert run(vote, votes, ties="first")[0]["decision"] == "A"
    assert run(vote, votes, ties="alphabetical", question=ask(options=tuple("BAC")))[0]["decision"] == "A"
    undecided = run(vote, votes, ties="none")[0]
    assert (undecided["decision"], undecided["undecided"], undecided["winners"]) == (None, "tie", ["A", "B"])
    by_lot = [run(vote, votes, question=ask(f"q{n}"))[0] for n in range(40)]
    assert all(one["ties"] == [["A", "B"]] for one in by_lot)
    assert 8 < sum(one["decision"] == "A" for one in by_lot) < 32


def test_below_the_quorum_nothing_is_decided():
    outcome, _ = run(vote, answers("A", None, None, None, None), quorum=0.5)
    assert (outcome["decision"], outcome["undecided"], outcome["abstained"]) == (None, "no quorum", 4)
    assert run(vote, answers("A", "A", None, None), quorum=0.5)[0]["decision"] == "A"


def test_spoilt_ballots_by_each_rule():
    votes = answers("A", "A", "Z", None)
    found = run(vote, votes, quorum=0.75)[0]
    assert (found["undecided"], found["invalid"], found["abstained"]) == ("no quorum", 1, 1)
    assert run(vote, votes, quorum=0.75, invalid="present")[0]["decision"] == "A"
    assert run(vote, votes, majority=0.7, invalid="present")[0]["support"] == pytest.approx(2 / 3)

    def mends(query):
        return "ANSWER: C" if "once more" in query.text else votes[query.member]

    again, record = run(vote, mends, nx.complete_graph(4), invalid="again")
    assert again["tally"] == {"A": 2.0, "B": 0.0, "C": 1.0}
    assert sum(entry["kind"] == "answer" for entry in record) == 5


def test_majorities():
    votes = answers("A", "A", "B", None)
    assert run(vote, votes, majority=0.5)[0]["decision"] == "A"
    assert run(vote, votes, majority=0.5, abstentions="against")[0]["undecided"] == "no majority"
    assert run(vote, votes, majority=2 / 3)[0]["decision"] == "A"
    assert run(vote, votes, rule="unanimity")[0]["decision"] is None
    assert run(vote, answers("A", "A", None), rule="unanimity")[0]["decision"] == "A"
    unsure = ["ANSWER: A\nCONFIDENCE: 0", "ANSWER: B\nCONFIDENCE: 0"]  # who disagree, and weigh nothing
    for terms in {"rule": "unanimity"}, {"majority": 0.6}:
        assert run(vote, unsure, weights="confidence", **terms)[0]["undecided"] == "no majority"


def test_weights_by_trait_and_by_past_accuracy():
    people = [Profile(f"M{seat}", "model", traits={"shares": shares}) for seat, shares in enumerate([5, 2, 2])]
    outcome, _ = run(vote, answers("A", "B", "B"), profiles=people, weights="shares")
    assert outcome["tally"] == {"A": 5.0, "B": 4.0, "C": 0.0}
    society = Society(nx.complete_graph(3), inline(lambda q: f"ANSWER: {'ABB'[q.member]}"), seed=1)

    def agenda(society):
        decisions = []
        for number in range(6):
            outcome = yield from society.settle(ask(str(number)), vote, weights="log_odds")
            decisions.append(outcome.decision)
        return decisions

    decisions = society.run(agenda(society))
    assert decisions[1:] == ["A"] * 5  # from the first question on, it is known who is right


def test_secret_ballots_are_told_to_nobody_and_kept_for_the_audit():
    _, secret = run(vote, answers("A", "B", "B"), order="seats")
    assert not [entry for entry in secret if entry["kind"] == "message"]
    assert [entry["value"] for entry in secret if entry["kind"] == "answer"] == ["A", "B", "B"]
    _, shown = run(vote, answers("A", "B", "B"), ballot="open")
    assert len([entry for entry in shown if entry["kind"] == "message"]) == 6


def test_who_votes_later_reads_what_it_heard_along_ties():
    prompts = {}

    def keep(query):
        prompts[query.member] = query.text
        return rankings("ABC", "BCA", "CAB")[query.member]

    run(vote, keep, nx.path_graph(3), rule="copeland", order="seats", ballot="open")
    assert "votes so far" not in prompts[0]
    assert "Member 0: A > B > C" in prompts[1]
    assert "Member 1: B > C > A" in prompts[2]
    assert "Member 0" not in prompts[2]


def test_an_electorate_by_lot():
    outcome, record = run(vote, answers(*"ABCABCABC"), drawn=3, graph=federated(9, None), strata="community")
    voted = [entry["member"] for entry in record if entry["kind"] == "answer"]
    assert outcome["electorate"] == 3
    assert sorted(seat // 3 for seat in voted) == [0, 1, 2]


@pytest.mark.parametrize(("parameters", "message"), [
    ({"quorum": 1.5}, "quorum is a number from 0 to 1, not the number 1.5"),
    ({"rule": "bordda"}, "did you mean 'borda'"),
    ({"rule": "borda", "majority": 0.5}, "a majority could be"), ({"drawn": 9}, "drawn is 9; it must be from 1 to"),
    ({"drawn": 0}, "drawn is a whole number of 1"), ({"strata": "community"}, "drawn does not say how many"),
    ({"weights": "wealth"}, "Member 0 has no 'wealth'"), ({"weights": "log_odds", "rule": "runoff"}, "negative"),
    ({"rule": "range", "low": 3, "high": 3}, "high must be the larger"), ({"credit": 0}, "credit is a number above 0"),
])  # fmt: skip
def test_terms_that_cannot_be_are_named_before_any_call(parameters, message):
    def never(query):
        raise AssertionError("was asked")

    with pytest.raises(SocietyError, match=message):
        run(vote, never, nx.complete_graph(3), **parameters)


def test_questions_that_cannot_be_voted_on():
    with pytest.raises(SocietyError, match="has no options to vote on"):
        run(vote, answers("A"), question=Question("free", "What?"), rule="borda")
    with pytest.raises(SocietyError, match="may not contain > or ,"):
        run(vote, answers("A"), question=Question("q", "Which?", ("a > b", "c")), rule="borda")
    with pytest.raises(SocietyError, match="is a choice"):
        run(median_vote, answers("1"))
    with pytest.raises(SocietyError, match="nobody to vote"):
        run(vote, [], nx.empty_graph(0), profiles=[])


# --- delegation, committees, numbers ------------------------------------------------------------------------------


def hands(*said):
    names = {"-": "nobody", **{str(seat): f"Member {seat}" for seat in range(9)}}
    return [f"ANSWER: {one[0]}\nDELEGATE: {names[one[1]]}" for one in said]


def test_votes_are_handed_on_and_circles_lose_theirs():
    outcome, record = run(liquid_democracy, hands("A-", "B0", "B1", "C4", "C5", "C4", "B-"))
    assert outcome["tally"] == {"A": 3.0, "B": 1.0, "C": 0.0}
    assert (outcome["decision"], outcome["counted"], outcome["lost"]) == ("A", 4, 3)
    assert (outcome["circles"], outcome["delegated"], outcome["most"]) == ([[4, 5]], 5, 3)
    assert len([entry for entry in record if entry["kind"] == "message"]) == 5


def test_nobody_delegates_without_a_tie():
    outcome, _ = run(liquid_democracy, hands("A-", "B0", "B0"), nx.path_graph(3))
    assert (outcome["counted"], outcome["abstained"]) == (2, 1)  # Member 2 may not speak to Member 0: unreadable


def test_a_minority_can_win_through_committees():
    outcome, _ = run(committees, answers(*"AABAABBBB"))
    assert (outcome["decision"], outcome["steps"]) == ("A", [["A"]])
    assert [one["decision"] for one in outcome["groups"]] == ["A", "A", "B"]
    assert run(committees, answers(*"AABAABBBB"), graph=federated(9, None), by="community")[0]["decision"] == "A"
    deep, _ = run(committees, answers(*"AABAABBBB" * 3), size=3)
    assert deep["steps"] == [["A", "A", "A"], ["A"]]


def test_committees_of_unequal_size():
    graph = nx.complete_graph(6)
    nx.set_node_attributes(graph, dict(enumerate("xyzzzz")), "community")
    votes = answers(*"AABBBB")
    assert run(committees, votes, graph, by="community")[0]["decision"] == "A"
    assert run(committees, votes, graph, by="community", weights="size")[0]["decision"] == "B"
    with pytest.raises(SocietyError, match="Member 0 has no 'region'"):
        run(committees, votes, graph, by="region")


def test_the_median_is_right_where_the_mean_is_not():
    votes = answers("39", "40", "41", "99", "40")
    outcome, _ = run(median_vote, votes, question=NUMBER)
    assert (outcome["decision"], outcome["correct"], outcome["highest"]) == (40.0, True, 99.0)
    outcome, _ = run(median_vote, votes, question=NUMBER, take="mean")
    assert (outcome["decision"], outcome["correct"]) == (51.8, False)
    outcome, _ = run(median_vote, answers("101", None), question=NUMBER)
    assert outcome["decision"] is None


@pytest.mark.parametrize("mechanism", [vote, committees, liquid_democracy])
def test_who_has_left_is_no_part_of_the_electorate(mechanism):
    def agenda():
        society.apply(Leave(1), Leave(4))
        return (yield from society.settle(ask(), mechanism))

    society = Society(nx.complete_graph(6), inline(lambda query: '{"answer": "A", "delegate": "nobody"}'), seed=3)
    outcome = society.run(agenda())
    assert (outcome.decision, outcome.facts["electorate"], list(outcome.votes)) == ("A", 4, [0, 2, 3, 5])


def test_a_median_is_taken_of_the_opinions_that_the_question_gives():
    given = {"how": "given", "values": [3, 18, 7], "others": None}
    question = Question("q", "How many?", facts={"range": [0, 20], "start": given})
    outcome, _ = run(median_vote, lambda query: f"ANSWER: {query.text.split('Your opinion so far: ')[1].split()[0]}",
                     nx.complete_graph(3), question, low=0, high=20)  # fmt: skip
    assert (outcome["decision"], outcome["lowest"], outcome["highest"]) == (7, 3, 18)
