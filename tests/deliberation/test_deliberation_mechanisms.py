"""Each published form of deliberation: who sees what, how many calls, how it ends, and what an abstention does."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from deliberation_helpers import kinds, put, scenario
from hypothesis import given
from hypothesis import strategies as st

from society_sim import Question
from society_sim.backends.scripted import scripted
from society_sim.backends.synthetic import synthetic
from society_sim.errors import ScenarioError
from society_sim.mechanisms.delphi import _report
from society_sim.mechanisms.reconcile import recalibrated
from society_sim.registry import mechanism
from society_sim.rules.opinions import clusters, quartiles, spread
from society_sim.seal import Sealed
from society_sim.testing import check_mechanism
from society_sim.values import Item

CHOICE = Question("q", "Which of the four is it?", ("A", "B", "C", "D"))
NUMBER = Question("n", "How many?", facts={"range": [0, 10]})
COMPLETE = nx.complete_graph(4)

FORMS = [
    ("debate", {"rounds": 3}), ("debate", {"prompt": "short", "history": False}), ("reconcile", {}),
    ("chateval", {"schedule": "one_by_one"}), ("chateval", {"schedule": "simultaneous"}),
    ("chateval", {"schedule": "summarised", "roles": ["Critic"]}), ("delphi", {}), ("delphi", {"reasons": True}),
    ("jury", {}), ("jury", {"foreman": "lot", "needed": 0.6}), ("judged_debate", {}),
    ("judged_debate", {"at_once": False}), ("cascade", {}), ("cascade", {"order": "lot"}),
    ("opinion_rounds", {"rounds": 3}), ("opinion_rounds", {"within": 0.0}), ("pairwise_meetings", {"meetings": 12}),
    ("pairwise_meetings", {"meetings": 30, "draw": "member", "both": False, "within": 0.0}),
    ("second_look", {"rounds": 2, "history": True}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters"), FORMS, ids=[f"{name}-{k}" for k, (name, _) in enumerate(FORMS)])
def test_every_form_keeps_the_contract_of_mechanisms(name, parameters):
    check_mechanism(mechanism.get(name).function, **parameters)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameters"), FORMS, ids=[f"{name}-{k}" for k, (name, _) in enumerate(FORMS)])
@pytest.mark.parametrize("graph", [nx.empty_graph(1), nx.empty_graph(4),
                                   nx.DiGraph([(0, 1), (1, 2), (2, 0), (0, 3)])])  # fmt: skip
def test_every_form_bears_every_graph_and_kind_of_answer(name, parameters, graph):
    for question in (CHOICE, NUMBER):
        check_mechanism(mechanism.get(name).function, graph=graph, question=question, **parameters)


def test_two_levels_keep_the_contract():
    graph = nx.complete_graph(6)
    nx.set_node_attributes(graph, {seat: {"community": seat // 3, "head": seat % 3 == 0} for seat in graph})
    check_mechanism(mechanism.get("two_level_mean").function, graph=graph, question=NUMBER)


def says(answers, reason="a fair check", confidence=None):
    """A model that gives each seat the answer at its place, each time it is asked for one."""

    def answer(query):
        said = answers[query.member]
        if said is None:
            return "hm"
        sure = f"\nCONFIDENCE: {confidence[query.member]}" if confidence else ""
        return f"ANSWER: {said}{sure}\nREASON: {reason} of seat {query.member}"

    return answer


def calls(record):
    return len(kinds(record, "answer"))


def outcome(record):
    return kinds(record, "outcome")[0]


def test_debate_shows_whole_answers_and_asks_n_times_rounds():
    prompts = []
    record = put(COMPLETE, says("ABBA"), "debate", [CHOICE], prompts=prompts, rounds=3)
    assert calls(record) == 12 and len(kinds(record, "message")) == 24
    last = prompts[-1][1]
    assert "In round 2." in last and last.count("Your earlier answer: A because a fair check of seat 3") == 2
    assert last.count("Member 1: B because a fair check of seat 1") == 2
    short = []
    put(COMPLETE, says("ABBA"), "debate", [CHOICE], prompts=short, rounds=3, history=False, prompt="short")
    assert "In round" not in short[-1][1] and "Based on the answers of others" in short[-1][1]


def test_only_neighbours_are_heard_in_a_debate():
    prompts = []
    put(nx.path_graph(4), says("ABBA"), "debate", [CHOICE], prompts=prompts)
    last = [text for seat, text in prompts if seat == 0][-1]
    assert "Member 1:" in last and "Member 2:" not in last


@pytest.mark.parametrize(("schedule", "seen", "asked"), [
    ("one_by_one", [0, 1, 2, 3], 8), ("simultaneous", [0, 0, 0, 0], 8), ("summarised", [0, 0, 0, 0], 10),
])  # fmt: skip
def test_chateval_shows_what_its_schedule_says(schedule, seen, asked):
    prompts = []

    def answer(query):
        return "They differ." if "Sum up" in query.text else says("ABBA")(query)

    record = put(COMPLETE, answer, "chateval", [CHOICE], prompts=prompts, schedule=schedule)
    talk = [text for _, text in prompts if "Sum up" not in text]
    assert calls(record) == asked
    assert [text.count(" because ") for text in talk[:4]] == seen
    second = talk[4:]
    if schedule == "summarised":
        chair = outcome(record)["summaries_by"]
        told = [text for seat, text in prompts[5:] if seat != chair and "Sum up" not in text]
        assert all("Summary of round 1: They differ." in text and text.count(" because ") == 1 for text in told)
        assert len(kinds(record, "message")) == 2 * (3 + 3)
    else:
        assert min(text.count(" because ") for text in second) >= 4
    assert "You are the General Public" in talk[0] and "You are the Critic" in talk[1]


def test_chateval_averages_numbers():
    assert outcome(put(COMPLETE, says([1, 2, 4, None]), "chateval", [NUMBER]))["decision"] == pytest.approx(7 / 3)


def test_reconcile_stops_at_consensus_and_weighs_by_the_table():
    record = put(COMPLETE, says("BBBB", confidence=[90] * 4), "reconcile", [CHOICE])
    assert (calls(record), outcome(record)["rounds"], outcome(record)["consensus"]) == (4, 0, True)
    sure = put(COMPLETE, says("ABBB", confidence=[100, 61, 70, 80]), "reconcile", [CHOICE])
    assert outcome(sure)["decision"] == "B" and calls(sure) == 12  # 1.0 against .3 + .3 + .5
    unsure = put(COMPLETE, says("ABBB", confidence=[100, 61, 70, 60]), "reconcile", [CHOICE])
    assert outcome(unsure)["decision"] == "A"  # 1.0 against .3 + .3 + .1


def test_reconcile_groups_answers_without_names():
    prompts = []
    put(nx.complete_graph(5), says("ABBBA", confidence=[50] * 5), "reconcile", [CHOICE], prompts=prompts, rounds=1)
    text = [words for seat, words in prompts if seat == 0][-1]
    assert "Member" not in text
    assert text.index("3 other members think:") < text.index("Solution 1: B (50%)") < text.index("One other member")


@given(st.floats(0, 1))
def test_more_confidence_never_weighs_less(p):
    assert 0 < recalibrated(p) <= recalibrated(min(1.0, p + 0.05)) <= 1


def test_delphi_reports_counts_or_quartiles_and_no_names():
    prompts = []
    record = put(COMPLETE, says("ABBD"), "delphi", [CHOICE], prompts=prompts)
    assert not kinds(record, "message") and "Answers of the group: 2 x B, 1 x A, 1 x D." in prompts[-1][1]
    assert outcome(record)["rounds"] == 2  # nobody has changed
    prompts.clear()
    numbers = put(COMPLETE, says([2, 4, 6, 10]), "delphi", [NUMBER], prompts=prompts, reasons=True)
    assert outcome(numbers)["decision"] == 5
    assert "Median answer of the group: 5.0\nHalf of the answers lie between 3.5 and 7.0." in prompts[-1][1]
    assert "- a fair check of seat 0\n- a fair check of seat 3" in prompts[-1][1] and "Member" not in prompts[-1][1]
    agreed = put(COMPLETE, says("BBBD"), "delphi", [CHOICE])
    assert (calls(agreed), outcome(agreed)["converged"]) == (4, True)
    assert outcome(put(COMPLETE, says([None] * 4), "delphi", [NUMBER]))["decision"] is None
    assert _report(CHOICE, {0: None}) == ""


def test_counted_answers_weigh_as_many_voices():
    """A member that goes with the many follows the report of three, and not the single name."""
    item = Item("i", "Which?", ("A", "B"), Sealed("A"))
    question = Question("i", "Which?", ("A", "B"), item)
    model = synthetic(preset="independent", accuracy=0.0, persuasion="counting")

    def four(query):
        first = "Answers of the group" not in query.text
        return "ANSWER: A" if query.member and first else model.submit(query).result()

    record = put(COMPLETE, four, "delphi", [question], rounds=2, agreement=1.0)
    assert [entry["value"] for entry in kinds(record, "answer")] == ["B", "A", "A", "A", *"AAAA"]


def test_a_jury_is_hung_by_one_and_not_by_one_of_four_if_three_do():
    hung = put(COMPLETE, says("AAAB"), "jury", [CHOICE], foreman="lot", rounds=2)
    assert (outcome(hung)["decision"], outcome(hung)["hung"], calls(hung)) == (None, True, 12)
    verdict = put(COMPLETE, says("AAAB"), "jury", [CHOICE], foreman="lot", needed=0.75)
    assert (outcome(verdict)["decision"], outcome(verdict)["rounds"], calls(verdict)) == ("A", 0, 4)
    silent = put(COMPLETE, says(["A", "A", "A", None]), "jury", [CHOICE], foreman="lot", rounds=1)
    assert outcome(silent)["hung"]


def test_the_foreman_is_elected_and_speaks_first():
    prompts = []

    def answer(query):
        if "elect one of you" in query.text:
            return f"ANSWER: Member {2 if query.member else 1}"
        return says("ABCD")(query)

    record = put(COMPLETE, answer, "jury", [CHOICE], prompts=prompts, rounds=1)
    assert outcome(record)["foreman"] == 2
    last = prompts[8:]
    assert [seat for seat, _ in last] == [2, 0, 1, 3]
    assert "You are the foreman of the jury." in last[0][1] and "Member 2 is the foreman." in last[1][1]


def test_a_judge_hears_two_sides_and_nothing_else():
    prompts = []

    def answer(query):
        if "You argue for" in query.text:
            return "it has been checked"
        if "judge of a debate" in query.text:
            return "ANSWER: B"
        return "ANSWER: B" if "Which other" in query.text else "ANSWER: A"

    record = put(nx.complete_graph(6), answer, "judged_debate", [CHOICE], prompts=prompts, rounds=2)
    end = outcome(record)
    assert end["decision"] == "B" and sorted(end["sides"].values()) == ["A", "B"] and calls(record) == 7
    assert str(end["judge"]) not in end["sides"] and prompts[-1][0] == end["judge"]
    assert prompts[-1][1].count("because it has been checked") == 4
    assert {entry["to"] for entry in kinds(record, "message")} == {end["judge"], *map(int, end["sides"])}
    alone = outcome(put(nx.path_graph(2), answer, "judged_debate", [CHOICE]))
    assert alone["decision"] is None and "two others" in alone["why"]


def test_the_case_for_a_side_is_as_strong_as_the_belief_in_it():
    """With kappa the true side is better argued, so a judge who goes by arguments does better than one who guesses."""
    model = {"synthetic": {"preset": "independent", "accuracy": 0.7, "kappa": 1.0, "persuasion": "typical"}}
    record = scenario(models={"m": model}, population={"plain": {"size": 3, "mix": "vendors"}}, topology="flat",
                      task={"multiple_choice": {"rounds": 120, "options": 2}}, mechanism="judged_debate")  # fmt: skip
    right = np.mean([entry["correct"] for entry in kinds(record, "outcome")])
    assert right > 0.6


def test_a_cascade_shows_decisions_and_no_reasons():
    prompts = []
    record = put(COMPLETE, says("BAAA"), "cascade", [CHOICE], prompts=prompts)
    assert prompts[3][1].startswith("Which of the four is it?\nThose who decided before you chose:\nMember 0: B\n")
    assert (outcome(record)["cascade"], outcome(record)["began"]) == ("A", 4)
    drawn = put(COMPLETE, says("BAAA"), "cascade", [CHOICE], order="lot", seed=3)
    assert sorted(outcome(drawn)["order"]) == [0, 1, 2, 3]


@pytest.mark.parametrize(("name", "parameters", "words"), [
    ("debate", {"rounds": 0}, "1 or more"), ("chateval", {"rounds": 0}, "1 or more"),
    ("chateval", {"roles": []}, "empty list"), ("reconcile", {"rounds": -1}, "0 or more"),
    ("delphi", {"agreement": 0.0}, "a number above 0, to 1"), ("jury", {"needed": 1.5}, "a number above 0, to 1"),
    ("judged_debate", {"rounds": 0}, "1 or more"), ("opinion_rounds", {"rounds": -1}, "0 or more"),
    ("pairwise_meetings", {"meetings": -1}, "0 or more"),
])  # fmt: skip
def test_what_cannot_be_is_told_before_anybody_is_asked(name, parameters, words):
    asked = []
    with pytest.raises(ScenarioError, match=words):
        put(COMPLETE, scripted, name, [CHOICE], prompts=asked, **parameters)
    assert not asked


@pytest.mark.parametrize("name", ["opinion_rounds", "pairwise_meetings"])
def test_opinions_are_not_words(name):
    with pytest.raises(ScenarioError, match="asks for words"):
        put(COMPLETE, scripted, name, [Question("w", "Which word?")])


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=9), st.floats(0, 1))
def test_clusters_part_the_opinions(opinions, gap):
    sizes = clusters(opinions, gap)
    held = [one for one in opinions if one is not None]
    assert sum(sizes) == len(held) and (not held or 1 <= len(sizes) <= len(held))
    assert len(clusters(opinions, 1.0)) == (1 if held else 0)
    if held:
        assert 0 <= spread(opinions) <= 0.5 + 1e-9
        assert quartiles(held) == pytest.approx(tuple(np.quantile(held, [0.25, 0.5, 0.75])))
