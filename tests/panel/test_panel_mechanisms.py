"""What each mechanism does with ballots, ties, messages and abstentions."""

from __future__ import annotations

from math import comb

import networkx as nx
import numpy as np
import pytest
from panel_helpers import kinds, outcome, question, says, settle

from society_sim import Frame, Society, Standing, Unlink, inline
from society_sim.errors import SocietyError
from society_sim.mechanisms.deliberation import deliberation
from society_sim.mechanisms.plurality import plurality
from society_sim.mechanisms.relay import relay
from society_sim.mechanisms.second_look import second_look
from society_sim.rewirings.competence import competence
from society_sim.streams import stream, uniforms
from society_sim.testing import check_mechanism, scripted
from society_sim.topologies.federated import federated
from society_sim.topologies.flat import flat
from society_sim.topologies.hierarchical import hierarchical
from society_sim.topologies.small_world import small_world
from society_sim.values import Question


@pytest.mark.parametrize("mechanism", [plurality, relay, second_look, deliberation])
@pytest.mark.parametrize("graph", [None, hierarchical(9, None, teams=True), federated(7, None)])
def test_contract(mechanism, graph):
    check_mechanism(mechanism, graph=graph)


def test_contract_with_other_parameters():
    check_mechanism(second_look, rounds=0)
    check_mechanism(deliberation, rounds=3, until_unanimous=True)
    check_mechanism(second_look, question=Question("free", "What is it?"))


@pytest.mark.parametrize("mechanism", [plurality, relay, second_look, deliberation])
@pytest.mark.parametrize("graph", [flat(1, None), flat(4, None), hierarchical(4, None), nx.empty_graph(3)])
def test_nothing_is_decided_when_all_abstain(mechanism, graph):
    record, _ = settle(mechanism, graph, lambda query: "hm")
    assert outcome(record)["decision"] is None
    assert outcome(record)["correct"] is False
    assert not kinds(record, "message")


def test_plurality_counts_what_was_said():
    assert outcome(settle(plurality, flat(5, None), says("B", "B", None, "A", "C"))[0])["decision"] == "B"


@pytest.mark.slow
def test_ties_are_fair_and_belong_to_the_question():
    questions = [question(str(n)) for n in range(2000)]
    record, _ = settle(plurality, flat(2, None), says("A", "B"), questions)
    wins = sum(entry["decision"] == "A" for entry in kinds(record, "outcome"))
    assert 900 < wins < 1100
    again, _ = settle(plurality, flat(2, None), says("B", "A"), questions)
    assert [e["decision"] for e in kinds(again, "outcome")] == [e["decision"] for e in kinds(record, "outcome")]


# --- relay ----------------------------------------------------------------------------------------


def luck(p, gold="A", other="B"):
    """Independent members who are right with probability *p*; the others all say *other*."""
    def model(query):
        return f"ANSWER: {gold if uniforms(9, 'luck', query.item.id, query.member)[0] < p else other}"
    return model


def test_relay_on_a_flat_organisation_is_plurality():
    questions = [question(str(n)) for n in range(50)]
    relayed, _ = settle(relay, flat(6, None), scripted, questions)
    counted, _ = settle(plurality, flat(6, None), scripted, questions)
    assert [e["decision"] for e in kinds(relayed, "outcome")] == [e["decision"] for e in kinds(counted, "outcome")]
    assert not kinds(relayed, "message")


def test_the_minority_can_win_through_the_teams():
    votes = ["A", "A", "B", "A", "A", "B", "B", "B", "B"]
    teams, _ = settle(relay, hierarchical(9, None, teams=True), says(*votes))
    assert outcome(teams)["decision"] == "A"
    assert outcome(settle(plurality, flat(9, None), says(*votes))[0])["decision"] == "B"
    told = {(m["from"], m["to"]): m["words"] for m in kinds(teams, "message")}
    assert told == {(1, 0): "I answer: A", (2, 0): "I answer: B", (3, 0): "Our group answers: A",
                    (4, 3): "I answer: A", (5, 3): "I answer: B", (6, 0): "Our group answers: B",
                    (7, 6): "I answer: B", (8, 6): "I answer: B"}  # fmt: skip


def test_a_boss_joins_its_group_with_the_bosses_under_it_in_one_count():
    graph = hierarchical(8, None, span=3)  # 0 leads 1, 2, 3; 1 leads 4, 5, 6; 2 leads 7
    votes = ["B", "A", "A", "B", "A", "A", "B", "A"]  # own group of 0: B; bosses 1 and 2: A
    assert outcome(settle(relay, graph, says(*votes))[0])["decision"] == "A"
    ragged = hierarchical(16, None, span=3)  # the bosses under 0 have trees of different depth: still one count
    votes = ["B", *"AAA", *"AAA", *"AAA", *"CCC", *"AAA"]
    record, _ = settle(relay, ragged, says(*votes))
    assert outcome(record)["decision"] == "A"
    assert len(kinds(record, "message")) == 15


def test_relay_on_a_federation_has_two_steps():
    votes = ["A", "A", "B", "A", "B", "A", "B", "B", "B"]
    record, _ = settle(relay, federated(9, None), says(*votes))
    assert outcome(record)["decision"] == "A"
    assert {m["to"] for m in kinds(record, "message")} == {0, 3, 6}


def test_an_abstaining_boss_passes_on_its_group_and_an_empty_group_is_silent():
    votes = [None, "B", "B", None, "A", "A", None, None, None]
    record, _ = settle(relay, hierarchical(9, None, teams=True), says(*votes))
    assert outcome(record)["decision"] in ("A", "B")
    assert {(s["from"], s["to"]) for s in kinds(record, "silence")} == {(6, 0), (7, 6), (8, 6)}
    assert ("Our group answers: A" in {m["words"] for m in kinds(record, "message")})


def test_reporting_in_a_circle_is_an_error():
    graph = nx.DiGraph()
    graph.add_edges_from([(0, 1), (1, 2), (2, 0)], kind="report")
    with pytest.raises(SocietyError, match="round in a circle: 0 -> 1 -> 2"):
        settle(relay, graph, says("A", "A", "A"))


def test_levels_that_promotions_overtook_are_ignored():
    graph = nx.relabel_nodes(hierarchical(9, None, teams=True), {3: 4, 4: 3})
    levels = nx.get_node_attributes(hierarchical(9, None, teams=True), "level")
    nx.set_node_attributes(graph, levels, "level")
    votes = ["B", "B", "B", "A", "A", "A", "A", "A", "A"]
    assert outcome(settle(relay, graph, says(*votes))[0])["decision"] == "A"


def committee(p):
    return 3 * p**2 - 2 * p**3


@pytest.mark.slow
@pytest.mark.parametrize(("n", "expected"), [(3, committee(0.6)), (9, 0.71552), (27, 0.80325)])
def test_committees_of_committees(n, expected):
    """Triples of triples: p -> 3 p^2 - 2 p^3 at each level (Boland 1989), less than the direct majority."""
    rounds = 600 if n > 9 else 1000
    questions = [question(str(number), options=("A", "B")) for number in range(rounds)]
    record, _ = settle(relay, hierarchical(n, None, teams=True), luck(0.6), questions)
    right = sum(entry["correct"] for entry in kinds(record, "outcome")) / rounds
    assert right == pytest.approx(expected, abs=3.3 * (expected * (1 - expected) / rounds) ** 0.5)
    direct, _ = settle(plurality, flat(n, None), luck(0.6), questions)
    best = sum(comb(n, k) * 0.6**k * 0.4 ** (n - k) for k in range(n // 2 + 1, n + 1))
    right = sum(entry["correct"] for entry in kinds(direct, "outcome")) / rounds
    assert right == pytest.approx(best, abs=3.3 * (best * (1 - best) / rounds) ** 0.5)


# --- second look ----------------------------------------------------------------------------------


def test_a_second_look_shows_the_neighbours_votes_and_ones_own():
    prompts = {}

    def model(query):
        prompts.setdefault(query.member, []).append(query.text)
        return f"ANSWER: {'ABC'[query.member]}" if query.member < 3 else "hm"

    record, _ = settle(second_look, nx.path_graph(4), model)
    hint = "Finish with one line: ANSWER: one of A | B | C | D"
    text = question().text
    assert prompts[1] == [f"{text}\n\n{hint}",
                          f"{text}\nYour earlier answer: B\nYour neighbours say: A, C.\n\n{hint}"]  # fmt: skip
    assert prompts[2][1] == f"{text}\nYour earlier answer: C\nYour neighbours say: B.\n\n{hint}"
    assert prompts[3][1] == f"{text}\nYour neighbours say: C.\n\n{hint}"
    assert {entry["member"]: entry.get("saw", []) for entry in kinds(record, "answer")[4:]} == {
        0: [1], 1: [0, 2], 2: [1, 3], 3: [2]}  # fmt: skip


def test_the_last_votes_count_and_an_abstention_in_them_stays_one():
    def model(query):
        looked = "earlier answer" in query.text
        return f"ANSWER: {'B' if looked and query.member == 0 else 'A'}" if not (looked and query.member) else "hm"

    record, _ = settle(second_look, nx.complete_graph(3), model)
    assert outcome(record)["decision"] == "B"
    assert len(kinds(settle(second_look, nx.complete_graph(3), scripted, rounds=3)[0], "answer")) == 12


# --- deliberation ---------------------------------------------------------------------------------


def reasons(query):
    answer = "ABC"[query.member % 3]
    return f"ANSWER: {answer}\nCONFIDENCE: {60 + query.member}%\nREASON: it fits\nbest of all"


def test_reasons_are_said_along_ties_and_shown_in_the_agreed_lines():
    prompts = {}

    def model(query):
        prompts.setdefault(query.member, []).append(query.text)
        return reasons(query) if query.member != 2 else "hm"

    record, _ = settle(deliberation, nx.path_graph(4), model, rounds=1)
    again = prompts[1][1].split("\n\n")[0]
    assert again == (f"{question().text}\nYour earlier answer: B (61%)\nYour neighbours say:\n"
                     "Member 0: A (60%) because it fits best of all")  # fmt: skip
    assert prompts[3][1].split("\n\n")[0] == f"{question().text}\nYour earlier answer: A (63%)"
    assert {(s["from"], s["to"]) for s in kinds(record, "silence")} == {(2, 1), (2, 3)}
    assert outcome(record)["rounds"] == 1


def test_what_was_said_about_an_earlier_question_is_not_shown():
    prompts = []

    def model(query):
        prompts.append(query.text)
        return reasons(query) if query.item.id == "first" else "hm"

    settle(deliberation, nx.complete_graph(3), model, [question("first"), question("second")], rounds=1)
    assert not any("say" in prompt for prompt in prompts[6:])


@pytest.mark.parametrize(("graph", "ties"), [
    (flat(9, None), 72), (hierarchical(9, None), 16), (federated(9, None), 24),
    (small_world(9, stream(1, "t"), k=2), 18),
])  # fmt: skip
def test_messages_of_a_round(graph, ties):
    """One along every tie: flat n (n - 1), tree 2 (n - 1), federation k m (m - 1) + k (k - 1), ring 2 n."""
    record, _ = settle(deliberation, graph, reasons, rounds=2)
    assert len(kinds(record, "message")) == 2 * ties
    assert len(kinds(record, "answer")) == 3 * 9


def test_agreement_can_end_it():
    def model(query):
        return "ANSWER: A\nCONFIDENCE: 90\nREASON: of course" if query.member != 4 else "hm"

    for until, rounds in ((True, 0), (False, 2)):
        record, _ = settle(deliberation, flat(5, None), model, until_unanimous=until)
        assert outcome(record)["rounds"] == rounds
        assert outcome(record)["decision"] == "A"


def test_what_was_said_about_another_question_is_not_shown():
    """Terse members say the same again; without ties left, nothing of it may reach the next question's prompts."""
    prompts = []

    def terse(query):
        prompts.append((query.member, query.text))
        return "ANSWER: A\nCONFIDENCE: 100\nREASON: same"

    society = Society(nx.complete_graph(3), inline(terse))

    def agenda():
        yield from society.settle(Question("one", "One?", ("A", "B")), deliberation)
        society.apply(Unlink(1, 0), Unlink(2, 0))
        yield from society.settle(Question("two", "Two?", ("A", "B")), deliberation)

    society.run(agenda())
    assert any("Your neighbours say" in text for member, text in prompts if member == 0 and "One?" in text)
    assert not any("Your neighbours say" in text for member, text in prompts if member == 0 and "Two?" in text)


def test_a_vote_goes_up_one_line():
    graph = nx.DiGraph()
    graph.add_edges_from([(3, boss) for boss in (0, 1, 2)], kind="report")
    society = Society(graph, inline(scripted))
    with pytest.raises(SocietyError, match="seat 3 reports to 0, 1, 2"):
        society.run(society.settle(Question("q", "?", ("A", "B")), relay))


def test_a_promotion_takes_the_place_with_its_level():
    graph = hierarchical(9, None, teams=True)
    standing = {seat: Standing(10, 10, 9 if seat == 4 else 1) for seat in range(9)}
    society = Society(graph, inline(scripted))
    before = sorted(data["level"] for _, data in society.graph.nodes(data=True))
    levels = {seat: society.graph.nodes[seat]["level"] for seat in (3, 4)}
    society.apply(*competence(Frame(1.0, society.graph.copy(), standing), np.random.default_rng(1)))
    assert society.graph.nodes[4]["level"] == levels[3] != levels[4]
    assert sorted(data["level"] for _, data in society.graph.nodes(data=True)) == before
