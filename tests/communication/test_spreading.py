"""Gossip and relays: what spreads along ties, how fast, and what becomes of it on its way."""

from __future__ import annotations

import math

import networkx as nx
import pytest
from communication_helpers import AGREES, answer, asked, kinds, outcome, ran, settle

from society_sim import ScenarioError
from society_sim.channels import lossy
from society_sim.mechanisms.chain_relay import chain_relay
from society_sim.mechanisms.gossip import gossip


@pytest.mark.parametrize(("n", "questions", "expected"), [(16, 100, 7.45), (64, 30, 11.07)])
def test_push_gossip_takes_the_rounds_of_theory(n, questions, expected):
    found = ran({"gossip": {"how": "push"}}, size=n, rounds=questions, model=AGREES, measures=["rounds", "spread"])
    assert found.measures["rounds"] == pytest.approx(expected, rel=0.05)
    assert found.measures["rounds"] == pytest.approx(math.log2(n) + math.log(n), rel=0.12)
    assert found.measures["spread"] == 1


@pytest.mark.slow
def test_push_gossip_takes_the_rounds_of_theory_among_many():
    found = ran({"gossip": {"how": "push"}}, size=256, rounds=30, model=AGREES, measures=["rounds", "spread"])
    assert found.measures["rounds"] == pytest.approx(14.78, rel=0.05)
    assert found.measures["spread"] == 1


def test_pushing_and_pulling_is_faster_than_either():
    took = {how: ran({"gossip": {"how": how}}, size=32, rounds=12, model=AGREES, measures=["rounds"]).measures["rounds"]
            for how in ("push", "pull", "push_pull")}  # fmt: skip
    assert took["push_pull"] < took["pull"] < took["push"]


def test_gossip_stays_where_ties_lead():
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(3))
    record, prompts = settle(gossip, graph, lambda _: answer("B"), origin="first")
    assert outcome(record)["heard"] == 4
    assert all(entry["to"] < 4 for entry in kinds(record, "message"))
    assert "says: B" not in "".join(asked(prompts, 5))
    assert "Member 0 says: B (80%) because so it is" in asked(prompts, 2)[-1]


def test_the_same_words_are_shown_once_however_often_they_came():
    record, prompts = settle(gossip, nx.complete_graph(5), lambda _: answer(), seed=3)
    often = max(range(5), key=lambda seat: sum(entry["to"] == seat for entry in kinds(record, "message")))
    assert sum(entry["to"] == often for entry in kinds(record, "message")) > 1
    assert asked(prompts, often)[-1].count("says: A") == 1


def test_gossip_about_nothing_and_gossip_on_a_broken_line_end():
    record, _ = settle(gossip, nx.path_graph(4), lambda query: "hm" if query.member == 0 else answer(), origin="first")
    assert (outcome(record)["rounds"], outcome(record)["heard"], outcome(record)["decision"]) == (0, 0, "A")
    dead = {"channel": lambda draw: lossy(draw, loss=1.0)}
    record, _ = settle(gossip, nx.path_graph(4), lambda _: answer(), society=dead, rounds=7)
    assert (outcome(record)["rounds"], outcome(record)["heard"]) == (7, 1)
    assert len(kinds(record, "lost")) == 7
    one, _ = settle(gossip, nx.path_graph(3), lambda _: answer(), rounds=0)
    assert outcome(one)["heard"] == 1


def test_pull_needs_a_tie_back():
    there = nx.DiGraph([(0, 1), (1, 2)])
    record, _ = settle(gossip, there, lambda _: answer(), origin="first", how="pull")
    assert (outcome(record)["rounds"], outcome(record)["heard"]) == (0, 1)


def test_loss_slows_gossip_and_delay_makes_it_late():
    def spreads(**sections):
        return ran({"gossip": {"origin": "first"}}, size=24, rounds=8, model=AGREES,
                   measures=["rounds", "spread", "lost"], **sections)  # fmt: skip

    plain, thin = spreads(), spreads(channel={"lossy": {"loss": 0.5}})
    assert thin.measures["rounds"] > plain.measures["rounds"] + 1
    assert thin.measures["spread"] == plain.measures["spread"] == 1
    assert thin.measures["lost"] > plain.measures["lost"] == 0
    late = spreads(channel={"lossy": {"loss": 0.0, "delay": 2.0}})
    assert [o["rounds"] for o in late.outcomes] == [o["rounds"] for o in plain.outcomes]
    assert late.outcomes[-1]["t"] == plain.outcomes[-1]["t"] + 2 * sum(o["rounds"] for o in plain.outcomes)


def whisper(query):
    """Whoever passes on says the option after the one that it was told."""
    if "Pass on" not in query.text:
        return answer("A", reason="first hand")
    told = query.text.rpartition(": ")[0].rpartition(": ")[2] if "because" not in query.text else query.text
    told = told.partition("say:\n")[2].partition(": ")[2][0]
    return answer("ABCD"["ABCD".index(told) + 1], reason=f"I was told {told}")


def test_a_chain_passes_on_in_its_own_words():
    record, prompts = settle(chain_relay, nx.path_graph(4), whisper)
    words = [entry["words"] for entry in kinds(record, "message")]
    assert words == ["A (80%) because first hand", "B (80%) because I was told A", "C (80%) because I was told B"]
    assert {name: outcome(record)[name] for name in ("waves", "told", "distorted")} == {
        "waves": 3, "told": 3, "distorted": 2}  # fmt: skip
    assert "Member 2: C (80%)" in asked(prompts, 3)[-1]
    verbatim, _ = settle(chain_relay, nx.path_graph(4), whisper, paraphrase=False)
    assert {entry["words"] for entry in kinds(verbatim, "message")} == {"A (80%) because first hand"}
    assert outcome(verbatim)["distorted"] == 0
    assert len(kinds(verbatim, "answer")) == 5


def test_a_tree_is_told_level_by_level_each_member_once():
    found = ran("chain_relay", size=13, topology={"hierarchical": {"span": 3}}, rounds=2)
    told = kinds(found.record, "message")
    assert [entry["to"] for entry in told] == list(range(1, 13)) * 2
    assert {o["waves"] for o in found.outcomes} == {2}
    assert found.asked == 2 * (1 + 3 + 13)


def test_garbling_grows_with_the_length_of_the_way():
    relay = {"chain_relay": {"paraphrase": False, "garble": 0.2}}
    shares = [ran(relay, rounds=80, model=AGREES, measures=["distortion"], topology=topology).measures["distortion"]
              for topology in ("flat", {"hierarchical": {"span": 1}})]  # fmt: skip
    assert shares[0] == pytest.approx(0.2, abs=0.04)
    steps = [1 - 0.75 * (1 - (1 - 0.2 * 4 / 3) ** k) for k in range(1, 9)]  # still, or again, the source's answer
    assert shares[1] == pytest.approx(1 - sum(steps) / 8, abs=0.06)


def test_a_broken_line_tells_nobody_beyond_and_the_last_vote_alone():
    broken = {"channel": lambda draw: None}
    record, _ = settle(chain_relay, nx.path_graph(3), whisper, society=broken, vote="last")
    assert (outcome(record)["told"], outcome(record)["decision"]) == (0, "A")
    assert len(kinds(record, "answer")) == 2  # the source, twice
    record, _ = settle(chain_relay, nx.path_graph(3), whisper, vote="last")
    assert [entry["member"] for entry in kinds(record, "answer")] == [0, 1, 2]


def test_who_cannot_pass_on_ends_the_line():
    record, _ = settle(chain_relay, nx.path_graph(4), lambda q: "hm" if q.member == 1 else answer())
    assert [(entry["from"], entry["to"]) for entry in kinds(record, "message")] == [(0, 1)]
    assert outcome(record)["decision"] == "A"


def test_what_cannot_be_garbled_is_refused():
    with pytest.raises(ScenarioError, match="garble is"):
        settle(chain_relay, nx.path_graph(2), whisper, garble=1.5)
