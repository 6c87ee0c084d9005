"""Contagion: who carries it, who recovers, and where it cannot go."""

from __future__ import annotations

import networkx as nx
import pytest
from communication_helpers import answer, asked, kinds, outcome, question, settle

from society_sim import ScenarioError
from society_sim.channels import lossy
from society_sim.mechanisms.contagion import contagion
from society_sim.testing import check_mechanism
from society_sim.validity.results.spreading import final_sizes


def spreads(graph, **parameters):
    return settle(contagion, graph, lambda _: answer("B"), **{"origin": "first", **parameters})


def test_certain_contagion_walks_down_a_line_one_step_a_round():
    record, prompts = spreads(nx.path_graph(4), transmission=1.0)
    found = outcome(record)
    assert (found["rounds"], found["heard"], found["carriers"]) == (4, 4, [1, 1, 1, 0])
    assert "Member 0 says: B (80%) because so it is" in asked(prompts, 3)[-1]
    assert [entry["t"] for entry in kinds(record, "message") if entry["to"] == 3] == [
        kinds(record, "message")[0]["t"] + 2.0
    ]


def test_without_immunity_it_stays_until_it_is_stopped():
    record, _ = spreads(nx.complete_graph(3), transmission=1.0, immune=False, rounds=9)
    assert outcome(record)["rounds"] == 9 and outcome(record)["carriers"][-1] > 0
    slow, _ = spreads(nx.complete_graph(3), transmission=1.0, recovery=0.0, rounds=5)
    assert outcome(slow)["carriers"] == [3] * 5


def test_nothing_spreads_without_an_answer_a_tie_or_luck():
    silent, _ = settle(contagion, nx.path_graph(3), lambda query: "hm" if query.member == 0 else answer(),
                       origin="first", transmission=1.0)  # fmt: skip
    assert (outcome(silent)["rounds"], outcome(silent)["heard"]) == (0, 0)
    apart, _ = spreads(nx.disjoint_union(nx.complete_graph(2), nx.complete_graph(2)), transmission=1.0)
    assert outcome(apart)["heard"] == 2
    none, _ = spreads(nx.complete_graph(4), transmission=0.0)
    assert (outcome(none)["rounds"], outcome(none)["heard"]) == (1, 1)
    dead, _ = spreads(nx.complete_graph(4), transmission=1.0, society={"channel": lambda draw: lossy(draw, loss=1.0)})
    assert outcome(dead)["heard"] == 1 and len(kinds(dead, "lost")) == 3


def test_luck_is_that_of_the_pair():
    """Among those that both graphs tie to the origin, the same ones are infected in the first round."""
    small, large = (spreads(nx.star_graph(n), transmission=0.5, rounds=1)[0] for n in (20, 40))
    reached = [{entry["to"] for entry in kinds(record, "message")} for record in (small, large)]
    assert reached[0] == {seat for seat in reached[1] if seat <= 20} and 3 < len(reached[0]) < 17


def test_final_sizes_are_a_distribution():
    chances = final_sizes(20, 0.1)
    assert chances.sum() == pytest.approx(1) and chances[0] == 0
    assert chances[1] == pytest.approx(0.9**19)


def test_contract_and_bad_input():
    check_mechanism(contagion, question=question())
    with pytest.raises(ScenarioError, match="transmission is a number from 0 to 1, not the"):
        spreads(nx.path_graph(2), transmission=1.5)
    with pytest.raises(ScenarioError, match="recovery is a number from 0 to 1"):
        spreads(nx.path_graph(2), recovery=-1)
