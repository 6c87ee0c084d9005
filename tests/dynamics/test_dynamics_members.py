"""Members leave, and others take their seats."""

from __future__ import annotations

import networkx as nx
import orjson
import pytest

from society_sim import Choice, Outcome, Society, inline
from society_sim.changes import Assign, Join, Leave, Link, Place
from society_sim.errors import SocietyError
from society_sim.mechanisms.deliberation import deliberation
from society_sim.mechanisms.relay import relay
from society_sim.testing import scripted, ties_of
from society_sim.topologies.hierarchical import hierarchical
from society_sim.values import Question

FORM = Choice("AB")
Q = Question("q", "A or B?", ("A", "B"))


def made(graph=None):
    chunks: list[bytes] = []
    graph = nx.complete_graph(5) if graph is None else graph
    models = {"model": inline(scripted), "other": inline(scripted)}
    return Society(graph, models, seed=4, write=chunks.append), chunks


def entries(chunks):
    return [orjson.loads(line) for line in b"".join(chunks).splitlines()]


def of(chunks, kind):
    return [entry for entry in entries(chunks) if entry["kind"] == kind]


def test_who_left_is_not_asked_and_cannot_be_spoken_to():
    society, chunks = made()

    def agenda():
        society.apply(Leave(2, "fired"))
        answers = yield from society.ask_all("A or B?", FORM)
        assert list(answers) == [0, 1, 3, 4] == [member.id for member in society.present]
        gone = yield from society.ask(society.members[2], "You?", FORM)
        assert gone.value is None and gone.reason == "left"
        some = yield from society.ask_all("A or B?", FORM, of=[1, 2])
        assert some[2] is None and some.reason(2) == "left"
        society.members[0].say("hello", [1, 2])
        society.members[2].say("hello", [0])

    society.run(agenda())
    assert of(chunks, "leave")[0] | {"t": 0} == {"t": 0, "kind": "leave", "member": 2, "why": "fired"}
    assert [(e["from"], e["to"], e["why"]) for e in of(chunks, "refused")] == [(0, 2, "left"), (2, 0, "left")]
    assert 2 not in {end for source, target, *_ in ties_of(entries(chunks)) for end in (source, target)}
    assert ties_of(entries(chunks)) == {(u, v, d["kind"], d["weight"]) for u, v, d in society.graph.edges(data=True)}


def test_who_joins_is_somebody_new_and_takes_part_from_the_next_question_on():
    society, _ = made()

    def mechanism(society, question, *, change):
        first = yield from society.ask_all(question.text, FORM)
        society.apply(change)
        second = yield from society.ask_all("Again?", FORM)
        return Outcome(None, facts={"asked": [list(first), list(second)]})

    def agenda():
        society.members[0].say("mind this", [2])
        assert len(society.members[2].frozen().heard) == 1
        out = yield from society.settle(Q, mechanism, change=Leave(2))
        assert out.facts["asked"] == [[0, 1, 2, 3, 4], [0, 1, 3, 4]]
        assert society.frame().standing[2].asked == 1
        join = Join(2, "other", (Link(2, 0), Link(1, 2)), {"level": 3})
        out = yield from society.settle(Question("r", "A?", ("A", "B")), mechanism, change=join)
        assert out.facts["asked"] == [[0, 1, 3, 4], [0, 1, 3, 4]]
        member = society.members[2]
        assert member.speaks == "other" and not member.frozen().heard and society.frame().standing[2].asked == 0
        assert member.ties == (1,) and member.audience == (0,) and society.graph.nodes[2] == {"level": 3}
        out = yield from society.settle(Question("s", "A?", ("A", "B")), mechanism, change=Join(0))
        assert out.facts["asked"] == [[0, 1, 2, 3, 4], [1, 2, 3, 4]]
        assert society.members[0].audience == (1, 3, 4)  # who replaces another takes over its ties

    society.run(agenda())


@pytest.mark.parametrize("change", [
    Leave(2), Leave(9), Join(9), Join(2, "nobody"), Join(2, "", (Link(0, 1),)), Link(0, 2), Assign(2, "other"),
    Place(2, {}),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_and_changes_nothing(change):
    society, _ = made()
    society.apply(Leave(2))
    before = society.graph.number_of_edges()
    with pytest.raises(SocietyError):
        society.apply(change)
    assert society.graph.number_of_edges() == before and 2 in society.presence.left


@pytest.mark.parametrize(("mechanism", "graph"), [(deliberation, nx.complete_graph(7)), (relay, hierarchical(7, None))])
def test_mechanisms_go_on_when_members_leave_and_join_in_mid_question(mechanism, graph):
    society, chunks = made(graph)

    def meanwhile():
        yield society.env.timeout(0.5)
        society.apply(Leave(1), Leave(5))
        yield society.env.timeout(0.2)
        society.apply(Join(1, "other", (Link(1, 0, "report"), Link(0, 1, "command"))))

    def agenda():
        society.start(meanwhile())
        return (yield from society.settle(Q, mechanism))

    outcome = society.run(agenda())
    assert outcome.decision in ("A", "B")
    counts = {seat: sum(e["member"] == seat for e in of(chunks, "answer")) for seat in range(7)}
    assert counts[1] == counts[5] == 1  # what they were asked before counts; nothing more is asked


def test_a_frame_waits_only_for_answers_that_are_read():
    from society_sim.backends.pools import delayed

    late = delayed(inline(scripted, watermark="m"), lambda query: 0.3)
    society = Society(nx.complete_graph(3), late, seed=1)

    def agenda():
        asking = society.start(society.ask_all("A or B?", FORM))
        yield society.env.timeout(1.5)
        frame = society.frame(3, 0.5)
        assert society.desk.arrived == 0 and len(frame.said) == 3 and not frame.used and frame.number == 3
        assert frame.standing[0].asked == 0 and list(frame.present) == [0, 1, 2] and frame.models[1] == "model"
        assert society.desk.arrived == 0
        assert frame.said[0].choice in ("A", "B") and society.desk.arrived > 0
        assert frame.opinions == {}
        society.members[0].say("so", [1])
        assert society.frame().used[0, 1] == (1.5, 1)
        yield asking

    society.run(agenda())
