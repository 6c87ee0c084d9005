"""The synthetic model reads what the mechanisms of communication show it: notes, replaced lines, news, reports."""

from __future__ import annotations

import pytest
from communication_helpers import kinds, question, ran
from hypothesis import given
from hypothesis import strategies as st

from society_sim import Choice
from society_sim.attending import notes_form
from society_sim.backends.synthetic.answering import reply
from society_sim.backends.synthetic.labels import label
from society_sim.backends.synthetic.model import synthetic
from society_sim.backends.synthetic.reading import read
from society_sim.mechanisms.arguing import reasoned
from society_sim.values import Query

FORM = Choice(("A", "B", "C", "D"))


def peers(text):
    return [(said.value, said.confidence) for said in read(text, FORM, "").peers]


def test_notes_are_what_several_others_said():
    assert peers("Which?\nYour notes say: A (80%); B (70%); A (60%)") == [("A", 0.8), ("B", 0.7), ("A", 0.6)]
    both = peers("Which?\nYour notes say: A (80%); B (70%)\nYou have heard others say:\nAnn: C (90%) because so")
    assert both == [("A", 0.8), ("B", 0.7), ("C", 0.9)]


def test_what_was_replaced_is_no_voice_in_any_order():
    lines = ["Ann: C (90%) because so", "Ann (earlier): A (80%) because so"]
    for order in lines, lines[::-1]:
        found = read("\n".join(["You have heard others say:", *order]), FORM, "")
        assert [said.value for said in found.peers] == ["C"]
        assert sorted(said.value for said in found.all) == ["A", "C"]
    assert label("Ann (earlier)").past
    assert not label("Your earlier answer").past
    assert label("Your earlier answer").own


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(1, 99)), max_size=12), st.integers(9, 200))
def test_the_synthetic_model_notes_what_it_heard_and_reads_its_notes(said, limit):
    asks = question()
    lines = [f"Member {seat}: {choice} ({sure}%) because so" for seat, (choice, sure) in enumerate(said)]
    form = notes_form(limit)
    query = Query(member=0, occurrence=0, model="m", system="", text="\n".join(["You have heard others say:", *lines]),
                  form=form, seed=3, key="00", item=asks.item)  # fmt: skip
    written = form.parse(reply(query, synthetic()._settings).block)["notes"]
    assert len(written) <= limit
    kept = [(choice, sure / 100) for choice, sure in said][-len(peers(f"Your notes say: {written}")) or len(said) :]
    assert peers(f"Your notes say: {written}") == (kept if written != "nothing" else [])


@pytest.mark.parametrize(
    ("mechanism", "topology"),
    [
        ({"broadcast": {"speakers": None}}, "flat"),
        ({"direct": {"rounds": 2}}, "flat"),
        ("blackboard", "flat"),
        ({"moderated_floor": {"order": "lot"}}, "flat"),
        ({"delegation": {"threshold": 100.0}}, "hierarchical"),
    ],
)
def test_talk_moves_the_synthetic_model(mechanism, topology):
    """What is heard counts: with all ties but no ears, the last answers differ."""
    heard = ran(mechanism, topology=topology, rounds=12)
    deaf = ran(mechanism, topology=topology, rounds=12, memory={"window": {"last": 0}})
    ignores = mechanism == "blackboard"  # the board is outside of memory
    values = [[entry["value"] for entry in kinds(one.record, "answer")] for one in (heard, deaf)]
    assert (values[0] == values[1]) is ignores
    assert heard.abstentions == {}


@pytest.mark.slow
def test_a_summary_keeps_more_than_the_window_that_it_is_beside():
    """What is noted is heard: more voices behind a decision, more agreement."""
    def agrees(memory):
        return ran({"broadcast": {"speakers": None}}, size=10, rounds=25, memory=memory,
                   measures=["agreement"]).measures["agreement"]  # fmt: skip

    window, summary, full = (agrees(memory) for memory in ({"window": {"last": 1}}, {"summary": {"last": 1}}, "full"))
    assert window < summary
    assert window < full


def test_reasons_have_the_room_that_is_said():
    assert "in at most 40 characters" in reasoned(question(), 40, confidence=True).hint()
