"""Several winners: what is elected from which ballots."""

from __future__ import annotations

import networkx as nx
import pytest

from society_sim import Society, inline
from society_sim.errors import ScenarioError, SocietyError
from society_sim.mechanisms.elect import elect
from society_sim.testing import check_mechanism
from society_sim.values import Question

OPTIONS = ("A", "B", "C", "D")


def elected(ballots, **parameters):
    def model(query):
        said = ballots[query.member]
        return "\n".join(f"{tag}: {said}" for tag in ("ANSWER", "RANKING", "APPROVED"))

    society = Society(nx.empty_graph(len(ballots)), inline(model), seed=1)
    return society.run(society.settle(Question("q", "Who?", OPTIONS), elect, **parameters))


def test_a_minority_gets_its_seat_by_the_transferable_vote_and_none_by_borda():
    ballots = ["A > B > C > D"] * 6 + ["D > C > B > A"] * 3
    assert elected(ballots, seats=2).decision == ["A", "D"]
    assert elected(ballots, seats=2, rule="borda").decision == ["A", "B"]


def test_approvals_most_approved_or_in_proportion():
    pytest.importorskip("abcvoting")
    ballots = ["A, B"] * 6 + ["C, D"] * 4
    assert elected(ballots, rule="approval", ties="first").decision == ["A", "B"]
    shared = elected(ballots, rule="pav", ties="first")
    assert shared.decision == ["A", "C"] and shared.facts["tally"] == {"A": 6.0, "B": 6.0, "C": 4.0, "D": 4.0}


def test_votes_that_do_not_transfer():
    told = elected(["A"] * 4 + ["B"] * 2 + ["C"] * 3 + ["?"], rule="plurality", seats=2)
    assert (told.decision, told.facts["counted"], told.facts["electorate"]) == (["A", "C"], 9, 10)
    assert elected(["?"] * 3, seats=1).facts["undecided"] == "no ballots"
    assert elected(["A"] + ["?"] * 3, seats=1, rule="plurality", quorum=0.5).facts["undecided"] == "no quorum"


@pytest.mark.parametrize("rule", ["single_transferable", "plurality", "borda", "approval"])
def test_contract(rule):
    check_mechanism(elect, rule=rule, seats=2)


def test_what_is_wrong_is_told_before_anybody_is_asked(monkeypatch):
    with pytest.raises(ScenarioError, match="seats is 5; question 'q' has 4 options"):
        elected(["A"], seats=5)
    with pytest.raises(ScenarioError, match="may be negative"):
        elected(["A > B"], weights="log_odds")
    with pytest.raises(ScenarioError, match="knows no weights"):
        elected(["A"], rule="pav", weights="log_odds")
    monkeypatch.setitem(__import__("sys").modules, "abcvoting", None)
    with pytest.raises(SocietyError, match=r"pip install 'society-sim\[proportional\]'"):
        elected(["A"], rule="pav")


@pytest.mark.parametrize("rule", ["approval", "pav"])
def test_ballots_that_approve_of_nobody_elect_nobody_and_say_why(rule):
    pytest.importorskip("abcvoting")
    nobody = elected(["none"] * 3, rule=rule)
    assert nobody.decision is None and (nobody.facts["counted"], nobody.facts["undecided"]) == (3, "no winner")
