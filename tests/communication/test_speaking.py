"""Who speaks, who is heard, who decides: broadcast, direct messages, blackboard, delegation, moderated floor."""

from __future__ import annotations

import networkx as nx
import pytest
from communication_helpers import answer, asked, kinds, outcome, ran, settle

from society_sim import ScenarioError, SocietyError, stream
from society_sim.mechanisms.blackboard import blackboard
from society_sim.mechanisms.broadcast import broadcast
from society_sim.mechanisms.delegation import delegation
from society_sim.mechanisms.direct import direct
from society_sim.mechanisms.moderated_floor import moderated_floor
from society_sim.registry import topology

TREE = topology.get("hierarchical").function(7, stream(1, "tree"), span=2)  # 0 over 1 and 2; 3, 4 under 1; 5, 6 under 2


def messages(record):
    return [(entry["from"], entry["to"]) for entry in kinds(record, "message")]


def says(*votes, confidence=80):
    """Each member says what stands at its seat, whatever it hears; `None` cannot be read."""
    return lambda query: answer(votes[query.member], confidence) if votes[query.member] else "hm"


def follows(query):
    """Whoever has heard somebody says what it heard last; others what stands at their seat."""
    lines = [line for line in query.text.splitlines() if line.startswith("Member ")]
    return answer(lines[-1].partition(": ")[2][0] if lines else "ABCDABCDA"[query.member])


# --- broadcast --------------------------------------------------------------------------------------------------


def test_one_speaks_to_all_and_all_answer():
    record, prompts = settle(broadcast, nx.star_graph(4), follows)
    assert messages(record) == [(0, seat) for seat in range(1, 5)]
    assert outcome(record) | {"decision": "A", "rounds": 1, "heard": 4, "correct": True} == outcome(record)
    assert len(prompts) == 6
    assert "Your earlier answer: A (80%)" in asked(prompts, 0)[-1]
    ring, _ = settle(broadcast, nx.cycle_graph(5), follows, by="first")
    assert messages(ring) == [(0, 1), (0, 4)]


def test_a_silent_speaker_is_heard_by_nobody():
    record, prompts = settle(broadcast, nx.complete_graph(3), says(None, "B", "B"), by="first")
    assert outcome(record) | {"heard": 0, "decision": "B"} == outcome(record)
    assert len(kinds(record, "silence")) == 2
    assert not any("heard" in text for _, text in prompts)


def test_many_speak_in_rounds_and_each_hears_the_rounds_before():
    _, prompts = settle(broadcast, nx.complete_graph(4), says(*"ABCD"), speakers=2, rounds=2, by="first")
    assert [len(asked(prompts, seat)) for seat in range(4)] == [3, 3, 1, 1]
    assert asked(prompts, 0)[1].count("Member 1: B") == 1
    assert asked(prompts, 3)[0].count("Member 1: B") == 2


# --- direct messages --------------------------------------------------------------------------------------------


def test_each_asks_its_best_tie_and_is_answered():
    graph = nx.complete_graph(4).to_directed()
    graph.edges[2, 0]["weight"] = 3.0
    record, prompts = settle(direct, graph, follows)
    asking = [(e["from"], e["to"]) for e in kinds(record, "message") if e["words"].startswith("What")]
    assert asking == [(0, 2), (1, 0), (2, 0), (3, 0)]
    assert set(messages(record)) - set(asking) == {(0, 1), (0, 3)}  # 0 and 2 have asked each other
    assert "Member 2: C (80%) because so it is" in asked(prompts, 0)[1]
    assert outcome(record)["exchanges"] == 4
    assert len(prompts) == 8


def test_partners_take_turns_or_are_drawn():
    record, _ = settle(direct, nx.complete_graph(4), says(*"AAAA"), rounds=3, partner="round_robin")
    questions = [(e["from"], e["to"]) for e in kinds(record, "message") if e["words"].startswith("What")]
    assert questions == [(seat, (seat + number) % 4) for number in (1, 2, 3) for seat in range(4)]
    drawn = [settle(direct, nx.complete_graph(6), says(*"AAAAAA"), seed=seed, partner="lot")[0] for seed in range(9)]
    assert len({kinds(record, "message")[0]["to"] for record in drawn}) > 2


def test_who_cannot_be_answered_keeps_its_answer():
    one_way, prompts = settle(direct, nx.DiGraph([(0, 1), (1, 2)]), follows)
    assert messages(one_way) == []
    assert len(prompts) == 3
    dead = {"channel": lambda draw: None}
    record, prompts = settle(direct, nx.complete_graph(3), follows, society=dead)
    assert (len(prompts), outcome(record)["exchanges"], len(kinds(record, "lost"))) == (3, 0, 3)


# --- blackboard -------------------------------------------------------------------------------------------------


def test_the_board_is_read_along_ties_and_needs_no_messages():
    record, prompts = settle(blackboard, nx.path_graph(3), says(*"ABC"), rounds=3)
    assert messages(record) == []
    last = asked(prompts, 0)[-1]
    assert last.count("Member 1: B (80%) because so it is") == 2
    assert "Member 2" not in last
    assert "Your earlier answer: A" in last
    assert [entry.get("saw") for entry in kinds(record, "answer") if entry["member"] == 2][-1] == [1]
    assert outcome(record)["notes"] == 9


def test_in_turns_each_reads_what_was_written_before_it():
    record, prompts = settle(blackboard, nx.complete_graph(4), follows, order="seats", rounds=1)
    assert [asked(prompts, seat)[0].count("Member ") for seat in range(4)] == [0, 1, 2, 3]
    assert outcome(record)["decision"] == "A"
    assert [entry["t"] for entry in kinds(record, "answer")] == [1.0, 2.0, 3.0, 4.0]
    _, prompts = settle(blackboard, nx.complete_graph(4), follows, order="seats", rounds=1, last=2)
    assert [asked(prompts, seat)[0].count("Member ") for seat in range(4)] == [0, 1, 2, 2]
    orders = {tuple(seat for seat, _ in settle(blackboard, nx.complete_graph(4), follows, order="lot", rounds=1,
                                               seed=seed)[1]) for seed in range(9)}  # fmt: skip
    assert len(orders) > 4


def test_who_abstains_writes_nothing():
    record, prompts = settle(blackboard, nx.complete_graph(3), says("B", None, "B"), rounds=2)
    assert outcome(record) | {"notes": 4, "decision": "B"} == outcome(record)
    assert "Member 1" not in asked(prompts, 0)[-1]


# --- delegation -------------------------------------------------------------------------------------------------


def test_sure_workers_do_it_alone():
    record, prompts = settle(delegation, TREE, says(*"DDDAAAA"), threshold=60)
    assert sorted(seat for seat, _ in prompts) == [3, 4, 5, 6]
    assert outcome(record) | {"decision": "A", "asked": 4, "escalated": 0} == outcome(record)
    down = [(e["from"], e["to"]) for e in kinds(record, "message") if e["words"].startswith("Please")]
    up = [(e["from"], e["to"]) for e in kinds(record, "message") if not e["words"].startswith("Please")]
    assert down == [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6)]
    assert sorted(up) == [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 2)]


def test_doubt_goes_up_as_far_as_there_is_doubt():
    sure = dict(enumerate([90, 90, 30, 90, 40, 20, 90]))
    record, prompts = settle(delegation, TREE, lambda q: answer("DBCAAAA"[q.member], sure[q.member]), threshold=60)
    assert outcome(record) | {"decision": "D", "asked": 7, "escalated": 3} == outcome(record)
    assert "Member 4: A (40%)" in asked(prompts, 1)[0]
    assert "Member 2: C (30%)" in asked(prompts, 0)[0]
    assert "Member 3" not in asked(prompts, 0)[0]
    sure[2] = 95
    record, prompts = settle(delegation, TREE, lambda q: answer("DBCAAAA"[q.member], sure[q.member]), threshold=60)
    assert outcome(record) | {"asked": 6, "escalated": 2} == outcome(record)
    assert asked(prompts, 0) == []


def test_a_task_handed_to_one_goes_down_one_line():
    record, prompts = settle(delegation, TREE, says(*"DDDAAAA"), share="one")
    assert len(prompts) == 1
    assert len(messages(record)) == 4
    record, prompts = settle(delegation, TREE, says(*"DDDAAAA", confidence=10), share="one")
    assert outcome(record) | {"decision": "D", "asked": 3, "escalated": 2} == outcome(record)


def test_whom_no_word_reaches_is_not_asked_and_silence_is_nothing():
    record, prompts = settle(delegation, TREE, says(*"DDDAAAA"), society={"channel": lambda draw: None})
    assert [seat for seat, _ in prompts] == [0]
    record, prompts = settle(delegation, TREE, says("D", "D", "D", None, None, "A", "A"))
    assert outcome(record)["escalated"] == 0
    assert [seat for seat, _ in prompts if seat < 3] == [1]  # to whom nothing came
    no_way_up = nx.DiGraph([(0, 1, {"kind": "command"})])
    record, prompts = settle(delegation, no_way_up, says("D", "A"))
    assert outcome(record)["decision"] == "D"
    assert kinds(record, "refused")[0]["from"] == 1


def test_two_bosses_share_a_worker():
    matrix = nx.DiGraph()
    for boss, low in ((0, 2), (1, 2)):
        matrix.add_edge(boss, low, kind="command")
        matrix.add_edge(low, boss, kind="report")
    record, prompts = settle(delegation, matrix, says(*"BCA"))
    assert [seat for seat, _ in prompts] == [2]
    assert outcome(record)["decision"] == "A"


def test_lines_of_command_do_not_go_round_and_thresholds_are_confidences():
    ring = nx.DiGraph([(0, 1), (1, 0)])
    nx.set_edge_attributes(ring, "command", "kind")
    with pytest.raises(SocietyError, match="round in a circle"):
        settle(delegation, ring, says(*"AB"))
    with pytest.raises(ScenarioError, match="threshold is a number from 0 to 100, not the number 101"):
        settle(delegation, TREE, says(*"AB"), threshold=101)


@pytest.mark.slow
def test_delegation_costs_less_the_lower_the_threshold():
    costs = [ran({"delegation": {"threshold": threshold}}, size=13, rounds=30, topology="hierarchical").asked
             for threshold in (0.0, 50.0, 70.0, 100.0)]  # fmt: skip
    assert costs == sorted(costs)
    assert costs[0] == 30 * 9
    assert costs[-1] == 30 * 13


# --- moderated floor --------------------------------------------------------------------------------------------


def urgent(query):
    urgency = (0, 3, 9, 5)[query.member]
    return answer("ABCD"[query.member]) + f"\nURGENCY: {urgency}"


def test_one_speaks_at_a_time_the_most_urgent_first():
    record, prompts = settle(moderated_floor, nx.complete_graph(4), urgent)
    given = [e["words"] for e in kinds(record, "message") if "floor" in e["words"]]
    assert given == [f"Member {seat}, you have the floor." for seat in (2, 3, 1)]
    assert outcome(record) | {"moderator": 0, "spoke": 3, "waited": 1.0} == outcome(record)
    assert [entry["t"] for entry in kinds(record, "answer") if entry["member"] in (1, 2, 3)][3:6] == [2.0, 3.0, 4.0]
    assert "Member 2: C" in asked(prompts, 3)[1]
    assert "Member 1: B" not in asked(prompts, 3)[1]
    assert "Member 1: B" in asked(prompts, 3)[2]


def test_turns_in_order_with_pauses_and_again_from_the_first():
    record, _ = settle(moderated_floor, nx.complete_graph(3), says(*"AAA"), order="seats", turns=5, pause=0.5,
                       moderator="first")  # fmt: skip
    given = [e["to"] for e in kinds(record, "message") if "floor" in e["words"]]
    assert given == [1, 2, 1, 2, 1]
    assert outcome(record)["waited"] == 3.0  # the mean of 0, 1.5, 3, 4.5, 6


def test_who_is_out_of_reach_of_the_moderator_does_not_speak():
    record, _ = settle(moderated_floor, nx.cycle_graph(5), says(*"AAAAA"), order="seats", moderator="first")
    assert [e["to"] for e in kinds(record, "message") if "floor" in e["words"]] == [1, 4]
    record, _ = settle(moderated_floor, TREE, says(*"AAAAAAA"), order="lot")
    assert (outcome(record)["moderator"], outcome(record)["spoke"]) == (0, 2)
    record, _ = settle(moderated_floor, nx.empty_graph(2), says(*"BB"), order="seats")
    assert outcome(record) | {"spoke": 0, "decision": "B"} == outcome(record)


def test_no_hand_is_raised_by_who_abstains_or_has_nothing_urgent():
    record, _ = settle(moderated_floor, nx.complete_graph(4), lambda q: "hm" if q.member == 2 else urgent(q))
    assert [e["to"] for e in kinds(record, "message") if "floor" in e["words"]] == [3, 1]
