"""Recorded rankings and approvals are ballots."""

from __future__ import annotations

import pytest

from society_sim import Scenario, run
from society_sim.errors import ScenarioError


def votes(tmp_path, cells, mechanism):
    table = tmp_path / "ballots.csv"
    names = [f"v{seat}" for seat in range(len(cells))]
    table.write_text(f"qid,gold,n_options,{','.join(names)}\nq1,A,3,{','.join(cells)}\n")
    return run(Scenario.of(
        name="ballots", models={"panel": {"recorded": {"answers": table}}}, population="panel", topology="flat",
        task={"multiple_choice": {"questions": table}}, mechanism=mechanism,
    ), out=None).outcomes[0]  # fmt: skip


def test_a_cell_is_a_ranking_where_a_vote_asks_for_one(tmp_path):
    found = votes(tmp_path, ["B > A > C", "B > C > A", "A > B > C"], {"vote": {"rule": "borda"}})
    assert found["decision"] == "B" and found["tally"] == {"A": 3.0, "B": 5.0, "C": 1.0}


def test_a_letter_ranks_nothing_and_an_empty_cell_abstains(tmp_path):
    found = votes(tmp_path, ["B", "", "C > A > B"], {"vote": {"rule": "borda"}})
    assert (found["decision"], found["counted"], found["invalid"], found["abstained"]) == ("C", 1, 1, 1)


def test_a_cell_is_approvals_where_a_vote_asks_for_them(tmp_path):
    found = votes(tmp_path, ['"B, C"', "C", "none", "B > C"], {"vote": {"rule": "approval"}})
    assert found["decision"] == "C" and found["tally"] == {"A": 0.0, "B": 1.0, "C": 2.0} and found["invalid"] == 1


def test_a_ranking_is_recorded_for_whoever_asks_for_one_alone(tmp_path):
    found = votes(tmp_path, ["B > A > C", "B > C > A", "B > C > A"], {"assignment": {"rule": "optimal"}})
    assert found["gets"] == {"0": "A", "1": "B", "2": "C"} or found["gets"] == {"0": "A", "1": "C", "2": "B"}
    assert found["mean_rank"] == pytest.approx(5 / 3)


def test_other_ballots_are_still_refused(tmp_path):
    with pytest.raises(ScenarioError, match="cannot fill in Fields"):
        votes(tmp_path, ["B", "A"], {"vote": {"rule": "range"}})


def test_of_an_election_nothing_is_right_or_wrong(tmp_path):
    table = tmp_path / "ballots.csv"
    table.write_text("qid,gold,n_options,v0,v1\nq1,-,3,A > B > C,A > C > B\n")
    done = run(Scenario.of(
        name="ballots", models={"panel": {"recorded": {"answers": table}}}, population="panel", topology="flat",
        task={"multiple_choice": {"questions": table}}, mechanism={"elect": {"seats": 2, "rule": "borda"}},
    ), out=None)  # fmt: skip
    [outcome] = done.outcomes
    assert "correct" not in outcome and "gold" not in outcome and len(outcome["decision"]) == 2
