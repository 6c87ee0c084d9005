"""What members take in: memories, inboxes, the order of reading, the length of prompts."""

from __future__ import annotations

import networkx as nx
import pytest
from communication_helpers import answer, asked, kinds, question, ran, settle
from hypothesis import given
from hypothesis import strategies as st

from society_sim import (
    Answer,
    Attention,
    Memory,
    Scenario,
    ScenarioError,
    Society,
    SocietyError,
    backend,
    build,
    inline,
    run,
)
from society_sim.attending import within
from society_sim.measures.reading import settled
from society_sim.mechanisms.broadcast import broadcast
from society_sim.mechanisms.deliberation import deliberation

PER_MESSAGE = 200


@backend
def communication_counts():
    """Says what makes a message of 200 words, and counts the words it reads as tokens."""
    spare = PER_MESSAGE - 1 - "Member 0: A (50%) because".count(" ")

    def reply(query):
        return Answer(text=answer(confidence=50, reason="w " * spare), tokens_in=len(query.text.split()))

    return inline(reply, watermark="counts")


@pytest.mark.parametrize(
    ("n", "flat", "star"), [(16, 288_000, 36_000), pytest.param(64, 4_838_400, 151_200, marks=pytest.mark.slow)]
)
def test_with_full_memory_prompts_grow_as_counted_by_hand(n, flat, star):
    ours = {"communication_counts": {}}
    talk = {"broadcast": {"speakers": None, "rounds": 3, "reason": 600}}
    for topology, expected in ({"hierarchical": {"span": n}}, star), ("flat", flat):  # one level is a star
        read = {}
        for memory in "full", {"window": {"last": 0}}:
            found = ran(talk, size=n, rounds=1, topology=topology, model=ours, memory=memory, measures=["tokens"])
            read[str(memory)] = found.measures["tokens"]
            assert found.asked == 4 * n
        headings = 3 * n * (1 + "You have heard others say:".count(" "))
        assert read["full"] - read[str({"window": {"last": 0}})] == expected + headings


def heard(prompt):
    """Who is shown in *prompt*, in order."""
    return [line.partition(":")[0] for line in prompt.splitlines() if line.startswith("Member ")]


def talk(n, *, rounds=1, graph=None, seed=1, **options):
    """The last prompts of a broadcast by all, by seat, and the record."""
    record, prompts = settle(broadcast, graph or nx.complete_graph(n), lambda q: answer("ABCD"[q.member % 4]),
                             society=options, seed=seed, speakers=None, by="first", rounds=rounds)  # fmt: skip
    return [asked(prompts, seat)[-1] for seat in range(n)], record


def test_a_window_keeps_the_last_and_full_memory_everything():
    assert heard(talk(5, rounds=2, memory=3)[0][4]) == ["Member 1", "Member 2", "Member 3"]
    assert heard(talk(5, rounds=2, memory=Memory(0))[0][4]) == []
    assert heard(talk(40, memory=Memory(None))[0][39]) == [f"Member {seat}" for seat in range(39)]
    assert len(heard(talk(40)[0][39])) == 32  # what holds where nothing is said


def condensing(query):
    if "Write down what matters" in query.text:
        return f"NOTES: what {len(heard(query.text))} said, after {query.text.count('Your notes say:')}"
    return answer()


def test_a_summary_condenses_what_is_more_than_memory_holds():
    record, prompts = settle(broadcast, nx.complete_graph(6), condensing, speakers=None, rounds=2,
                             society={"memory": Memory(2, 100)})  # fmt: skip
    first, second, again, *rest = asked(prompts, 0)
    assert "heard others" not in first
    assert "Write down what matters" in second
    assert "The question on the table is: Which of the options is it?" in second
    assert heard(second) == ["Member 1", "Member 2", "Member 3"]
    assert "Your notes say: what 3 said, after 0" in again
    assert heard(again) == ["Member 4", "Member 5"]
    assert heard(rest[0]) == ["Member 4", "Member 5", "Member 1", "Member 2", "Member 3"]
    assert "Your notes say: what 5 said, after 1" in rest[1]
    notes = [entry for entry in kinds(record, "answer") if entry.get("purpose") == "notes"]
    assert len(notes) == 12
    assert {entry["t"] - entry["asked"] for entry in notes} == {1.0}
    last = [entry for entry in kinds(record, "answer") if entry["member"] == 0][-1]
    assert last["t"] - last["asked"] == 2.0  # notes are taken first


def test_notes_are_paid_and_are_no_votes():
    found = ran({"broadcast": {"speakers": None}}, size=6, rounds=3, memory={"summary": {"last": 2}},
                measures=["tokens", "agreement", "mean_single"])  # fmt: skip
    plain = ran({"broadcast": {"speakers": None}}, size=6, rounds=3, memory={"window": {"last": 2}},
                measures=["tokens", "agreement", "mean_single"])  # fmt: skip
    notes = [entry for entry in kinds(found.record, "answer") if entry.get("purpose") == "notes"]
    assert len(notes) == 6 * 3  # what was said of the questions before is forgotten
    assert found.asked == plain.asked + len(notes)
    assert all(sum(entry["tokens"]) > 0 for entry in notes)
    assert found.measures["tokens"] > plain.measures["tokens"]
    assert found.measures["mean_single"] == plain.measures["mean_single"]
    assert all(said.choice in ("A", "B", "C", "D") for one in settled(found.record) for said in one.last.values())


def test_who_cannot_take_notes_keeps_the_window_and_its_earlier_notes():
    def model(query):
        if "Write down" not in query.text:
            return answer()
        return "NOTES: once" if "Your notes" not in query.text and query.member else "hm"

    _, prompts = settle(broadcast, nx.complete_graph(5), model, speakers=None, rounds=3,
                        society={"memory": Memory(2, 50)})  # fmt: skip
    assert "Your notes say:" not in "".join(asked(prompts, 0))
    assert len(heard(asked(prompts, 0)[-1])) == 2
    assert "Your notes say: once" in asked(prompts, 1)[-1]


def test_an_inbox_refuses_drops_the_oldest_or_the_lightest():
    assert heard(talk(5, attention=Attention(inbox=2))[0][4]) == ["Member 0", "Member 1"]
    texts, record = talk(5, attention=Attention(inbox=2, full="oldest"))
    assert heard(texts[4]) == ["Member 2", "Member 3"]
    assert [(e["from"], e["why"]) for e in kinds(record, "lost") if e["to"] == 4] == [(0, "inbox full"),
                                                                                      (1, "inbox full")]  # fmt: skip
    assert len(kinds(record, "message")) == 20
    graph = nx.complete_graph(5).to_directed()
    for seat, weight in enumerate((1.0, 9.0, 4.0, 3.0)):
        graph.edges[seat, 4]["weight"] = weight
    texts, record = talk(5, graph=graph, attention=Attention(inbox=2, full="lightest"))
    assert heard(texts[4]) == ["Member 1", "Member 2"]
    assert [e["from"] for e in kinds(record, "lost") if e["to"] == 4] == [0, 3]
    assert 3 not in [e["from"] for e in kinds(record, "message") if e["to"] == 4]


def test_an_inbox_is_empty_when_a_question_has_been_read():
    texts, record = talk(4, rounds=3, attention=Attention(inbox=3))
    assert kinds(record, "lost") == []
    assert len(heard(texts[0])) == 9


def test_the_order_of_reading():
    assert heard(talk(4, attention=Attention(order="newest"))[0][3]) == ["Member 2", "Member 1", "Member 0"]
    graph = nx.complete_graph(4).to_directed()
    graph.edges[1, 3]["weight"] = 5.0
    text = talk(4, graph=graph, attention=Attention(order="weight"))[0][3]
    assert heard(text) == ["Member 1", "Member 0", "Member 2"]
    orders = {tuple(heard(talk(5, seed=seed, attention=Attention(order="lot"))[0][4])) for seed in range(12)}
    assert len(orders) > 5
    assert {tuple(sorted(order)) for order in orders} == {("Member 0", "Member 1", "Member 2", "Member 3")}
    text = talk(3, rounds=2, attention=Attention(order="newest"))[0][2]
    assert heard(text) == ["Member 1", "Member 0", "Member 1", "Member 0"]  # the same words again: nothing is replaced


def test_what_was_replaced_is_marked_where_lines_are_out_of_order():
    def model(query):
        return answer("A" if "heard" not in query.text else "B")

    _, prompts = settle(broadcast, nx.complete_graph(2), model, speakers=None, rounds=2,
                        society={"attention": Attention(order="newest")})  # fmt: skip
    assert asked(prompts, 0)[-1].splitlines()[3:5] == [
        "Member 1: B (80%) because so it is",
        "Member 1 (earlier): A (80%) because so it is",
    ]


def test_a_prompt_budget_cuts_whole_lines_and_says_so():
    whole = talk(9)[0][8]
    body, _, hint = whole.rpartition("\n\n")
    texts, record = talk(9, attention=Attention(prompt=200))
    kept = texts[8].removesuffix(f"\n\n{hint}")
    assert body.startswith(f"{kept}\n")
    assert 150 < len(kept) <= 200
    assert kinds(record, "answer")[-1]["cut"] == len(body) - len(kept)
    assert "cut" not in kinds(record, "answer")[0]
    short, _ = talk(3, attention=Attention(prompt=5))
    assert short[0].startswith("Which\n\n")


@given(st.text(st.sampled_from("ab\n"), max_size=60), st.integers(1, 70))
def test_within_keeps_a_beginning_of_whole_lines(text, budget):
    kept = within(text, budget)
    assert len(kept) <= budget
    assert text.startswith(kept)
    if len(text) > budget and "\n" in text[:budget]:
        assert text[len(kept)] == "\n"


def test_deliberation_reads_in_the_order_of_attention_as_well():
    def last(order):
        _, prompts = settle(deliberation, nx.complete_graph(4), lambda _: answer(), rounds=1,
                            society={"attention": Attention(order=order)})  # fmt: skip
        return heard(asked(prompts, 3)[-1])

    assert last("oldest") == ["Member 0", "Member 1", "Member 2"]
    assert last("newest") == ["Member 2", "Member 1", "Member 0"]


SCENARIO = {
    "name": "attentive", "models": {"crowd": {"synthetic": {}}}, "population": {"plain": {"size": 5}},
    "topology": "flat", "task": {"multiple_choice": {"rounds": 2, "options": 3}}, "mechanism": "broadcast",
}  # fmt: skip


def test_sections_are_read_written_changed_and_in_the_digest():
    plain = Scenario.of(**SCENARIO)
    full = plain.set("attention", {"inbox": 3, "order": "newest"}).set("memory", "full").set("channel", "lossy")
    assert len({plain.digest, full.digest, full.set("attention.inbox", 4).digest, full.set("memory", None).digest}) == 4
    again = Scenario.parse(full.dump(), file=None)
    assert (again.digest, again.sections["attention"].parameters["order"]) == (full.digest, "newest")
    assert full.set("attention.order", "lot").part("attention")[1] == {"inbox": 3, "order": "lot"}
    assert plain.set("attention.prompt", 100).part("attention")[0].name == "limits"
    assert full.set("attention", None).set("memory", None).set("channel", None).digest == plain.digest
    later = full.changed(2.0, ["attention.inbox=1", "memory={window: {last: 2}}", "channel=null"])
    assert later.at(3).part("attention")[1]["inbox"] == 1
    assert later.at(3).part("memory")[1] == {"last": 2}


@pytest.mark.parametrize(
    ("section", "value", "says"),
    [
        ("attention", {"inbocks": 3}, "did you mean 'inbox'"),
        ("attention", "newest", "attention is a mapping of inbox, full, order, prompt, not the text"),
        ("attention", {"order": "backwards"}, "'oldest' or 'newest' or 'weight' or 'lot'"),
        ("memory", {"window": {"latest": 3}}, "did you mean 'last'"),
        ("memory", "elephant", "no memory 'elephant'"),
        ("channel", {"lossy": {"lost": 1}}, "did you mean 'loss'"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked(section, value, says):
    with pytest.raises(ScenarioError) as error:
        Scenario.of(**SCENARIO, **{section: value})
    assert says in str(error.value)


@pytest.mark.parametrize(
    "sections",
    [
        {"attention": {"inbox": 0}},
        {"attention": {"prompt": -1}},
        {"memory": {"window": {"last": -1}}},
        {"memory": {"summary": {"limit": 0}}},
        {"channel": {"lossy": {"loss": 1.2}}},
        {"channel": {"lossy": {"delay": -1.0}}},
    ],
)
def test_values_out_of_range_are_told_before_anything_is_asked(sections):
    with pytest.raises(ScenarioError):
        build(Scenario.of(**SCENARIO, **sections))


def test_a_run_changes_what_its_members_take_in():
    scenario = Scenario.of(**SCENARIO).set("mechanism.speakers", None)
    later = scenario.changed(1.0, ["attention={inbox: 1}", "memory=full", "channel={lossy: {loss: 1.0}}"])
    record = run(later, seed=1, out=None).record
    assert len(kinds(record, "message")) == 20  # the first question's
    assert len(kinds(record, "lost")) == 20


def test_whole_numbers_do_for_a_memory_and_nothing_else():
    graph, model = nx.complete_graph(2), lambda _: answer()
    assert Society(graph, model, memory=5).memory == Memory(5)
    with pytest.raises(SocietyError, match="-1"):
        Society(graph, model, memory=-1)
    with pytest.raises(TypeError):
        Society(graph, model, memory=2.5)
    assert question().options
