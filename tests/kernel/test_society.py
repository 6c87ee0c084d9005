"""Ties, messages, memory, abstentions, changes, ends."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from concurrent.futures import Future

import mesa
import networkx as nx
import orjson
import pytest

from society_sim import (
    Answer,
    Choice,
    Confident,
    Fields,
    Link,
    NoAnswer,
    Outcome,
    Profile,
    Query,
    Question,
    Reweight,
    Society,
    Text,
    Unlink,
    batched,
    delayed,
    inline,
    threads,
)  # fmt: skip
from society_sim.changes import Assign
from society_sim.errors import SocietyError
from society_sim.testing import check_backend, scripted, ties_of

QUESTION = Question("q", "Which?", ("A", "B"))


def society_of(graph, model=None, **options):
    chunks: list[bytes] = []
    society = Society(graph, model or inline(scripted), write=chunks.append, **options)
    return society, lambda: [orjson.loads(line) for line in b"".join(chunks).splitlines()]


def kinds(entries, *wanted):
    return [entry for entry in entries if entry["kind"] in wanted]


def test_ties_decide_what_is_delivered_and_every_message_is_recorded():
    society, entries = society_of(nx.DiGraph([(0, 1), (1, 2)]))

    def agenda(society):
        society.members[0].say("hello", [1, 2, 7])
        yield society.env.timeout(1)
        society.members[2].say("up?", society.members[1])

    society.run(agenda(society))
    told = [(e["kind"], e["from"], e["to"], e.get("why")) for e in kinds(entries(), "message", "refused")]
    assert told == [("message", 0, 1, None), ("refused", 0, 2, "no tie"), ("refused", 0, 7, "no such member"),
                    ("refused", 2, 1, "no tie")]  # fmt: skip
    assert [h.words for h in society.members[1].frozen().heard] == ["hello"]
    assert society.members[2].frozen().heard == []


def test_eight_members_hear_seven_messages_each_in_one_step():
    society, entries = society_of(nx.complete_graph(8))

    def agenda(society):
        for member in society.members:
            member.say(f"from {member.id}", member.audience)
        yield society.env.timeout(1)

    society.run(agenda(society))
    assert all(len(member.frozen().heard) == 7 for member in society.members)
    assert len(kinds(entries(), "message")) == 56


def test_memory_is_bounded_and_forgets_the_oldest():
    society, _ = society_of(nx.complete_graph(2), memory=3)

    def agenda(society):
        for number in range(5):
            society.members[0].say(str(number), 1)
        yield society.env.timeout(1)

    society.run(agenda(society))
    assert [h.words for h in society.members[1].frozen().heard] == ["2", "3", "4"]


def test_the_persona_is_in_the_system_message_of_every_call():
    seen = set()

    def model(query):
        seen.add((query.member, query.system))
        return "ANSWER: A"

    profiles = [Profile(f"M{i}", "model", persona=f"You are number {i}.") for i in range(3)]
    society, _ = society_of(nx.complete_graph(3), inline(model), profiles=profiles)
    society.run(society.settle(QUESTION, lambda s, q: (yield from _ask_twice(s, q))))
    assert seen == {(i, f"You are number {i}.") for i in range(3)}


def _ask_twice(society, question):
    votes = yield from society.ask_all(question.text, question.form)
    votes = yield from society.ask_all(lambda m: str(m.view(votes)), question.form)
    return Outcome(None, votes)


def _raise(error):
    raise error


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (lambda q: "no idea", "unreadable"),
        (lambda q: _raise(NoAnswer("missing")), "missing"),
        (lambda q: _raise(NoAnswer("refused", "policy")), "refused"),
        (lambda q: _raise(NoAnswer("timed out")), "timed out"),
        (lambda q: _raise(RuntimeError("boom")), "failed"),
        (lambda q: None, "failed"),
        (lambda q: 12, "failed"),
        (lambda q: Answer(text=b"bytes"), "failed"),
        (lambda q: Answer(text="ANSWER: A", tokens_in=-1), "failed"),
        (lambda q: Answer(text="ANSWER: A", micro_usd=float("nan")), "failed"),
        (lambda q: "ANSWER: " + "\ud800", "unreadable"),
    ],
)
@pytest.mark.parametrize("pool", [inline, threads])
def test_whatever_a_model_does_ends_in_a_recorded_abstention(model, reason, pool):
    society, entries = society_of(nx.complete_graph(3), pool(model))

    def mechanism(society, question):
        votes = yield from society.ask_all(question.text, question.form)
        assert votes.values() == [None] * 3 and votes.reason(1) == reason
        return Outcome(None, votes)

    society.run(society.settle(QUESTION, mechanism))
    assert [(e["value"], e["reason"]) for e in kinds(entries(), "answer")] == [(None, reason)] * 3


def test_a_backend_that_breaks_the_protocol_is_an_abstention_too():
    class Cancelled:
        def submit(self, query):
            future = Future()
            future.cancel()
            return future

    class Raises:
        def submit(self, query):
            raise OSError("no")

    class Nonsense:
        def submit(self, query):
            future = Future()
            future.set_result({"text": "A"})
            return future

    for backend in (Cancelled(), Raises(), Nonsense()):
        society, entries = society_of(nx.complete_graph(2), backend)
        society.run(society.settle(QUESTION, lambda s, q: (yield from _ask_twice(s, q))))
        assert {e["reason"] for e in kinds(entries(), "answer")} == {"failed"}


def test_half_a_character_does_not_end_a_run():
    society, entries = society_of(nx.complete_graph(2), inline(lambda q: "half \ud83d"))

    def agenda(society):
        reply = yield from society.members[0].ask("Say something.", Text())
        society.members[0].say(reply.value, 1)

    society.run(agenda(society))
    assert kinds(entries(), "message")[0]["words"] == "half ?"


def test_changes_are_recorded_and_the_record_folds_to_the_graph():
    society, entries = society_of(nx.path_graph(4))

    def agenda(society):
        society.apply(Link(0, 3, "command", 2.0), Unlink(1, 2))
        yield society.env.timeout(1)
        society.apply(Reweight(0, 1, 0.5))

    society.run(agenda(society))
    assert ties_of(entries()) == {(u, v, d["kind"], d["weight"]) for u, v, d in society.graph.edges(data=True)}
    for wrong in (Link(0, 1), Unlink(0, 2), Link(1, 1), Link(0, 9), Reweight(3, 0, 1.0)):
        with pytest.raises(SocietyError):
            society.apply(wrong)
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        society.graph.add_edge(0, 2)


def test_a_member_can_be_given_another_model():
    models = {"a": inline(lambda q: "ANSWER: A"), "b": inline(lambda q: "ANSWER: B")}
    society, _ = society_of(nx.complete_graph(2), models, profiles=[Profile("x", "a"), Profile("y", "b")])

    def agenda(society):
        first = yield from society.ask_all("?", Choice("AB"))
        society.apply(Assign(0, "b"))
        second = yield from society.ask_all("?", Choice("AB"))
        return first.values(), second.values()

    assert society.run(agenda(society)) == (["A", "B"], ["B", "B"])
    with pytest.raises(SocietyError, match="no model 'c'"):
        society.apply(Assign(0, "c"))


def test_side_processes_end_with_the_agenda():
    def chatter(society):
        while True:
            yield society.env.timeout(0.5)
            society.log("chatter")

    def agenda(society):
        society.start(chatter(society))
        yield society.env.timeout(2)

    counts = []
    for step in (False, True):
        society, entries = society_of(nx.empty_graph(1))
        if step:
            society.open(agenda(society))
            while society.running:
                society.step()
        else:
            society.run(agenda(society))
        counts.append(len(kinds(entries(), "chatter")))
    assert counts[0] == counts[1] == 4


def test_mesa_drives_a_society():
    society, _ = society_of(nx.complete_graph(3))
    society.open(society.settle(QUESTION, lambda s, q: (yield from _ask_twice(s, q))))
    assert isinstance(society, mesa.Model) and len(society.agents) == 3
    collector = mesa.DataCollector(model_reporters={"asked": lambda m: m.desk.asked})
    for _ in range(4):
        society.step()
        collector.collect(society)
    assert not society.running
    assert list(collector.get_model_vars_dataframe()["asked"]) == [3, 6, 6, 6]


@pytest.mark.slow
def test_finished_societies_are_not_kept_alive():
    kept = []
    for _ in range(5):
        society, _ = society_of(nx.complete_graph(4))
        society.run(society.settle(QUESTION, lambda s, q: (yield from _ask_twice(s, q))))
        kept.append(weakref.ref(society))
    del society
    gc.collect()
    assert [ref() for ref in kept] == [None] * 5


def test_confidence_and_fields_are_recorded_as_plain_values():
    society, entries = society_of(nx.empty_graph(1))

    def agenda(society):
        yield from society.ask_all("?", Confident(Choice("AB")))
        yield from society.ask_all("?", Fields({"vote": Choice("AB"), "why": Text(40)}))

    society.run(agenda(society))
    first, second = kinds(entries(), "answer")
    assert set(first["value"]) == {"value", "confidence"} and set(second["value"]) == {"vote", "why"}


def test_what_was_asked_too_late_is_paid_and_told():
    def late(society):
        yield from society.members[0].ask("?", Choice("AB"))

    def agenda(society):
        society.start(late(society))
        yield society.env.timeout(0.5)

    answer = Answer(text="ANSWER: A", tokens_in=3, tokens_out=4, micro_usd=9)
    society, entries = society_of(nx.empty_graph(1), inline(lambda query: answer))
    society.run(agenda(society))
    assert kinds(entries(), "unheard") == [{"t": 0.5, "kind": "unheard", "answers": 1, "tokens": 7, "micro_usd": 9}]


def test_a_members_ties_follow_the_graph():
    society, _ = society_of(nx.path_graph(3))
    assert society.members[0].ties == (1,)
    society.apply(Link(2, 0), Unlink(1, 0))
    assert society.members[0].ties == (2,)


def test_facts_may_not_say_what_the_record_says():
    society, _ = society_of(nx.empty_graph(1))
    with pytest.raises(SocietyError, match="may not be called"):
        society.log("vote", t=9)

    def cheats(society, question):
        yield society.env.timeout(1)
        return Outcome("A", facts={"decision": "B"})

    with pytest.raises(SocietyError, match="the scorer says that"):
        society.run(society.settle(QUESTION, cheats))


@pytest.mark.slow
def test_threads_keep_no_society_alive():
    late = delayed(inline(scripted), lambda query: 0.001)
    for backend in (threads(scripted), late, batched(lambda queries: [scripted(query) for query in queries])):
        society, _ = society_of(nx.complete_graph(4), backend)
        society.run(society.settle(QUESTION, lambda s, q: (yield from _ask_twice(s, q))))
        kept = weakref.ref(society)
        del society
        for _ in range(50):
            gc.collect()
            if kept() is None:
                break
            time.sleep(0.02)
        assert kept() is None, backend


class _Slowly:
    """*condition*; whoever leaves it does nothing more for a moment."""

    def __init__(self, condition):
        self._condition = condition

    def __getattr__(self, name):
        return getattr(self._condition, name)

    def __enter__(self):
        return self._condition.__enter__()

    def __exit__(self, *error):
        self._condition.__exit__(*error)
        if threading.current_thread() is threading.main_thread():
            time.sleep(0.05)


def test_an_answer_that_is_there_before_the_question_is_let_go_of_is_not_lost():
    pool = threads(lambda query: "ANSWER: yes")
    pool._work_there = _Slowly(pool._work_there)
    query = Query(member=0, occurrence=0, model="", system="", text="?", form=Text(), seed=0, key="00")
    assert pool.submit(query).result(timeout=5).text == "ANSWER: yes"


@pytest.mark.parametrize("workers", [1, 7])
def test_pools_answer_alike(workers):
    check_backend(threads(scripted, workers=workers))
    check_backend(batched(lambda queries: [scripted(query) for query in queries], size=workers))


def test_a_model_that_never_comes_back_is_timed_out_and_replaced():
    forever = threading.Event()

    def model(query):
        if query.member == 1:
            forever.wait()
        return "ANSWER: A"

    pool = threads(model, workers=1, timeout=0.2)
    society, entries = society_of(nx.complete_graph(4), pool)
    society.run(society.settle(QUESTION, lambda s, q: (yield from _ask_twice(s, q))))
    told = [(e["member"], e["value"], e.get("reason")) for e in kinds(entries(), "answer")]
    assert told == 2 * [(0, "A", None), (1, None, "timed out"), (2, "A", None), (3, "A", None)]
    forever.set()


def test_a_batch_that_answers_too_little_is_an_abstention():
    society, entries = society_of(nx.complete_graph(3), batched(lambda queries: ["ANSWER: A"] * 99))
    society.run(society.settle(QUESTION, lambda s, q: (yield from _ask_twice(s, q))))
    assert {e.get("reason") for e in kinds(entries(), "answer")} == {"failed"}


def test_a_society_needs_a_seat_for_every_member():
    with pytest.raises(SocietyError, match="nodes must be 0 to 1"):
        Society(nx.complete_graph(3), inline(scripted), [Profile("a", "model"), Profile("b", "model")])
    with pytest.raises(SocietyError, match="no model 'gpt'"):
        Society(nx.complete_graph(1), inline(scripted), [Profile("a", "gpt")])


def test_a_mechanism_must_give_an_outcome():
    society, _ = society_of(nx.complete_graph(2))

    def forgets(society, question):
        yield from society.ask_all(question.text, question.form)

    with pytest.raises(SocietyError, match="'forgets' must be a generator that returns an Outcome"):
        society.run(society.settle(QUESTION, forgets))


def test_of_several_that_fail_at_once_whoever_waits_has_the_first_and_may_go_on():
    def failing(society, name):
        yield society.env.timeout(1)
        raise ValueError(name)

    def agenda(society):
        with pytest.raises(ValueError, match="first"):
            yield from society.gather(failing(society, "first"), failing(society, "second"))
        yield society.env.timeout(1)
        society.log("went_on")

    society, entries = society_of(nx.complete_graph(2))
    society.run(agenda(society))
    assert [entry["t"] for entry in kinds(entries(), "went_on")] == [2.0]
