"""Between speaking and hearing: loss, delay, and the same record however the network answers."""

from __future__ import annotations

from functools import partial

import networkx as nx
import pytest
from communication_helpers import OPTIONS, answer, kinds, question, settle

from society_sim import Attention, Memory, Society, SocietyError, delayed, inline, uniforms
from society_sim.channels import lossy, perfect
from society_sim.mechanisms.broadcast import broadcast
from society_sim.mechanisms.deliberation import deliberation
from society_sim.paces import lognormal
from society_sim.registry import mechanism


def test_a_perfect_channel_is_no_channel():
    records = [settle(deliberation, nx.complete_graph(5), lambda _: answer(), society={"channel": channel})[0]
               for channel in (None, perfect, partial(lossy, loss=0.0))]  # fmt: skip
    assert records[0] == records[1] == records[2]


def test_loss_is_recorded_as_often_as_it_is_said_to_be():
    record, _ = settle(deliberation, nx.complete_graph(15), lambda _: answer(), rounds=10,
                       society={"channel": partial(lossy, loss=0.2)})  # fmt: skip
    lost = kinds(record, "lost")
    assert len(lost) + len(kinds(record, "message")) == 10 * 15 * 14
    assert len(lost) / (10 * 15 * 14) == pytest.approx(0.2, abs=0.03)
    assert {entry["why"] for entry in lost} == {"on its way"}
    assert {entry["words"] for entry in lost} == {"A (80%) because so it is"}


def test_what_is_lost_is_not_shown():
    record, prompts = settle(broadcast, nx.complete_graph(6), lambda _: answer(),
                             society={"channel": partial(lossy, loss=0.5)}, by="first")  # fmt: skip
    heard = {entry["to"] for entry in kinds(record, "message")}
    assert 0 < len(heard) < 5
    assert {seat for seat, text in prompts if "Member 0:" in text} == heard


def test_another_message_elsewhere_leaves_the_luck_of_this_one_alone():
    def lost(speakers):
        record, _ = settle(broadcast, nx.complete_graph(9), lambda _: answer(), by="first", speakers=speakers,
                           society={"channel": partial(lossy, loss=0.5)})  # fmt: skip
        return [(e["from"], e["to"]) for e in kinds(record, "lost") if e["from"] == 0]

    assert lost(1) == lost(4) != []


def test_a_message_takes_its_time_and_who_does_not_wait_answers_without_it():
    slow = {"channel": partial(lossy, loss=0.0, delay=1.5)}
    record, prompts = settle(deliberation, nx.complete_graph(2), lambda _: answer(), society=slow, rounds=3)
    assert [entry["t"] for entry in kinds(record, "message")] == [2.5, 2.5, 3.5, 3.5]  # the last never came
    assert [("say" in text) for seat, text in prompts if seat == 0] == [False, False, False, True]
    record, prompts = settle(broadcast, nx.complete_graph(2), lambda _: answer(), society=slow)
    assert [entry["t"] for entry in kinds(record, "answer")] == [1.0, 3.5, 3.5]  # broadcast waits until it is heard


def test_a_silence_is_no_loss():
    record, _ = settle(broadcast, nx.complete_graph(3), lambda q: "hm" if q.member == 0 else answer(), by="first",
                       society={"channel": partial(lossy, loss=1.0)})  # fmt: skip
    assert kinds(record, "lost") == []
    assert len(kinds(record, "silence")) == 2


def test_a_channel_that_gives_no_time_is_told():
    with pytest.raises(SocietyError, match="channel gave -1"):
        settle(broadcast, nx.complete_graph(2), lambda _: answer(), society={"channel": lambda draw: -1.0})


TAKEN_IN = {
    "notes": {"memory": Memory(2, 80)},
    "full": {"memory": Memory(None), "attention": Attention(prompt=300, order="lot")},
    "inbox": {"attention": Attention(inbox=2, full="lightest", order="weight")},
    "late": {"channel": partial(lossy, loss=0.3, delay=0.4, jitter=1), "attention": Attention(inbox=3, full="oldest")},
}
COMMUNICATION = ("broadcast", "direct", "gossip", "chain_relay", "blackboard", "delegation", "moderated_floor",
                 "deliberation", "relay", "second_look")  # fmt: skip


def moody(query):
    draw = uniforms(query.seed, "mood")
    if draw[2] < 0.1:
        return "hm"
    if "NOTES:" in query.text:
        return f"NOTES: {OPTIONS[int(4 * draw[3])]} it is, I hear"
    choice, sure = OPTIONS[int(4 * draw[0])], int(100 * draw[1])
    return answer(choice, sure, f"of {sure}") + f"\nURGENCY: {10 * draw[4]:.1f}"


@pytest.mark.parametrize("taken", TAKEN_IN)
@pytest.mark.parametrize("name", COMMUNICATION)
def test_the_record_is_the_same_however_late_answers_come(name, taken):
    def digest(model, concurrency):
        society = Society(nx.circulant_graph(8, [1, 2, 3]), model, seed=5, pace=lognormal, concurrency=concurrency,
                          **TAKEN_IN[taken])  # fmt: skip

        def agenda(society):
            for number in range(2):
                yield from society.settle(question(f"q{number}"), mechanism.get(name).function)

        society.run(agenda(society))
        return society.record.digest

    model = inline(moody, watermark="moody")
    late = delayed(model, lambda query: 0.003 * uniforms(9, "latency", query.key)[0])
    assert digest(model, 64) == digest(late, 64) == digest(late, 1)
