"""What lets a society be large, and must not change what a small one does."""

from __future__ import annotations

import copy
import gc
from functools import partial

import networkx as nx
import numpy as np
import orjson
import pytest

from society_sim import Link, Reweight, Society, SocietyError, Text, inline, threads
from society_sim.collecting import seldom
from society_sim.store import RecordFile, only
from society_sim.ties import directed
from society_sim.topologies.small_world import small_world


def _as_first_written(n: int, k: int, p: float, rng: np.random.Generator) -> set[tuple[int, int]]:
    """Watts and Strogatz on a NetworkX graph: slow, and plain to see."""
    half = min(k, n - 1) // 2
    for _ in range(100):
        graph = nx.Graph()
        graph.add_nodes_from(range(n))
        ring = [(u, (u + d) % n) for d in range(1, half + 1) for u in range(n)]
        graph.add_edges_from(ring)
        for u, v in ring if p else ():
            if rng.random() < p and graph.degree(u) < n - 1:
                w = int(rng.integers(n))
                while w == u or graph.has_edge(u, w):
                    w = int(rng.integers(n))
                graph.remove_edge(u, v)
                graph.add_edge(u, w)
        if n < 3 or nx.is_connected(graph):
            break
    else:
        graph.add_edges_from((u, (u + 1) % n) for u in range(n))
    if n == 2:
        graph.add_edge(0, 1)
    return set(graph.to_directed().edges)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 30, 60])
@pytest.mark.parametrize(("k", "p"), [(2, 0.0), (2, 0.9), (2, 1.0), (4, 0.1), (6, 1.0)])
def test_a_small_world_is_the_one_it_always_was(n, k, p):
    for seed in range(3):
        fast, slow = np.random.default_rng(seed), np.random.default_rng(seed)
        graph = small_world(n, fast, k=k, p=p)
        assert set(graph.edges) == _as_first_written(n, k, p, slow)
        assert list(graph) == list(range(n))
        assert all(data == {"kind": "talk"} for _, _, data in graph.edges(data=True))
        assert all(graph.pred[v][u] is graph.succ[u][v] for u, v in graph.edges)
        assert fast.random() == slow.random()


def test_ties_share_what_they_say_until_one_changes():
    society = Society(nx.path_graph(4), lambda query: "ANSWER: a", seed=1)
    graph = society.graph
    assert graph.edges[0, 1] is graph.edges[2, 3]
    society.apply(Reweight(0, 1, 0.5), Link(0, 3, "report", 2.0))
    assert graph.edges[0, 1] == {"kind": "talk", "weight": 0.5} == graph.pred[1][0]
    assert graph.edges[1, 0] == graph.edges[2, 3] == {"kind": "talk", "weight": 1.0}
    assert graph.edges[0, 3] == {"kind": "report", "weight": 2.0}


def test_a_tie_cannot_be_edited_and_its_copies_can():
    graph = directed(nx.path_graph(3))
    for edit in (lambda tie: tie.update(weight=2), lambda tie: tie.__setitem__("kind", "x"), lambda tie: tie.clear()):
        with pytest.raises(SocietyError, match=r"society\.apply"):
            edit(graph.edges[0, 1])
    for free in (graph.copy(), copy.deepcopy(graph), graph.to_undirected()):
        free.edges[0, 1]["weight"] = 7
    assert graph.edges[0, 1]["weight"] == 1.0


def test_ties_with_more_to_say_keep_it():
    graph = nx.DiGraph([(0, 1, {"weight": -0.0}), (1, 0, {"kind": "report", "since": 3}), (1, 1, {})])
    assert dict(directed(graph).edges) == {(0, 1): {"kind": "talk", "weight": 0.0},
                                           (1, 0): {"kind": "report", "weight": 1.0, "since": 3}}  # fmt: skip
    assert orjson.dumps(directed(graph).edges[0, 1]) == b'{"kind":"talk","weight":-0.0}'


def test_kinds_are_picked_as_if_all_had_been_read(tmp_path):
    lines = [{"t": 0.5, "kind": "a", "x": {"kind": "b"}}, {"t": 1, "x": {"y": 1, "kind": "a"}, "kind": "b"},
             {"kind": "a", "t": 1}, {"t": 1e22, "kind": "b"}, {"t": 2, "kind": 'a"b'}]  # fmt: skip
    path = tmp_path / "record.jsonl"
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    for kinds in (("a",), ("b",), ("a", "b"), ()):
        assert list(only(RecordFile(path), *kinds)) == list(only(lines, *kinds))


def test_a_kind_that_begins_like_another_is_not_passed_over_with_it(tmp_path):
    lines = [{"t": 1.0, "kind": kind} for kind in ("link", "link", "linked", "link", "lin", "linked")]
    path = tmp_path / "record.jsonl"
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    for kind in ("link", "linked", "lin"):
        assert list(only(RecordFile(path), kind)) == list(only(lines, kind))


@pytest.mark.parametrize("model", [inline, threads])
def test_what_is_said_to_many_at_once_is_as_if_said_to_each(model):
    """A channel that takes no time has every message delivered by itself; the record must not show it."""

    def talk(society):
        for turn in range(3):
            answers = yield from society.ask_all(f"Turn {turn}?", Text(40))
            for member in society.members:
                member.say(partial(_passed_on, answers), member.audience)
                member.say(f"hé \ud800 \"{member.id}\"\n", member.audience)
                member.say(lambda me: "" if me.id else None, [*member.audience, 77])  # refused: each by itself again
            answers = yield from society.ask_all(lambda me: " ".join(said.words for said in me.heard), Text(40))
        return answers.values()

    def played(channel):
        written = []
        society = Society(nx.wheel_graph(6), model(lambda query: f"{query.text[:30]} {query.member}"), seed=3,
                          channel=channel, write=written.append, memory=7)  # fmt: skip
        society.run(talk(society))
        return b"".join(written), [member.frozen().told for member in society.members], dict(society.traces.used)

    (record, told, used), (one_by_one, told_each, used_each) = played(None), played(lambda draw: 0.0)
    assert record == one_by_one
    assert used == used_each
    assert [[one[::2] for one in each] for each in told] == [[one[::2] for one in each] for each in told_each]


def _passed_on(answers, me):
    return None if me.id == 2 else answers[me.id]


def test_the_last_that_each_neighbour_said_is_the_last_that_was_heard_of_it():
    society = Society(nx.star_graph(3), lambda query: "ok", seed=1)
    society.run(_said_about(society))
    view = society.members[0].frozen()
    assert [said.words for said in view.heard] == ["1", "2", "3", "1 again"]
    assert view.last("") == {said.sender: said for said in view.heard if said.sender in view.ties}
    assert [said.words for said in view.last("").values()] == ["1 again", "2", "3"]
    assert view.last("another") == {}


def _said_about(society):
    for seat in (1, 2, 3):
        society.members[seat].say(str(seat), [0])
    society.members[1].say("1 again", [0])
    society.members[1].say(lambda me: None, [0])  # silence takes nothing back
    yield society.env.timeout(1)


def test_the_collector_is_left_as_it_was():
    before = gc.get_threshold()
    with seldom(), seldom():
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before


@pytest.mark.slow
def test_a_member_of_a_large_society_takes_little_memory():
    from benchmarks.scale import measured

    assert measured(100_000)["each"] < 7_500  # bytes; a million in 8 GB
