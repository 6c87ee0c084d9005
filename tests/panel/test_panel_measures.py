"""Measures on records made by hand."""

from __future__ import annotations

import math

import pytest

from society_sim.measures.abstentions import abstentions
from society_sim.measures.accuracy import accuracy
from society_sim.measures.agreement import agreement
from society_sim.measures.cached import cached
from society_sim.measures.cost import cost
from society_sim.measures.error_correlation import error_correlation, same_wrong
from society_sim.measures.log_odds import log_odds
from society_sim.measures.messages import messages
from society_sim.measures.reading import settled
from society_sim.measures.single import best_single, mean_single, oracle
from society_sim.measures.tokens import tokens
from society_sim.measures.undecided import undecided
from society_sim.registry import measure

MEMBERS = [{"kind": "member", "member": n, "model": f"p/{m}"} for n, m in enumerate("abb")]
HEAD = [{"kind": "header", "seed": 3}, *MEMBERS]


def record(*questions, options=("A", "B", "C")):
    """*questions*: (gold, decision, votes of the members)."""
    entries = list(HEAD)
    for number, (gold, decision, votes) in enumerate(questions):
        about = f"q{number}"
        entries.append({"t": 0, "kind": "question", "about": about, "options": list(options)})
        for member, vote in enumerate(votes):
            entry = {"t": 1, "kind": "answer", "about": about, "member": member, "value": vote, "tokens": [10, 5],
                     "micro_usd": 3}  # fmt: skip
            if vote is None:
                entry["reason"] = "unreadable"
            entries.append(entry)
        known = {} if gold is None else {"gold": gold, "correct": decision == gold}
        entries.append({"t": 1, "kind": "outcome", "about": about, "decision": decision, **known})
    return [*entries, {"t": 9, "kind": "end", "entries": len(entries)}]


SOME = record(("A", "A", "ABA"), ("B", "B", "BBB"), ("C", None, (None, "A", "A")), ("A", "B", "BBC"))


def test_quality():
    assert accuracy(SOME) == 0.5
    assert undecided(SOME) == 0.25
    assert oracle(SOME) == 0.5
    assert mean_single(SOME) == 5 / 12
    assert best_single(SOME) == 0.5  # a: 2 of 4; b speaks for two members: 3 of 8
    assert abstentions(SOME) == 1 / 12
    assert agreement(SOME) == pytest.approx((1 / 3 + 1 + 1 + 1 / 3) / 4)


def test_what_it_took():
    assert tokens(SOME) == 12 * 15
    assert cost(SOME) == pytest.approx(36e-6)
    assert cached([*SOME, {"kind": "answer", "tokens": [60, 5], "cached": 45}]) == pytest.approx(45 / 180)
    assert cached([{"kind": "answer", "tokens": [0, 0]}, {"kind": "answer", "reason": "timed out"}]) == 0
    assert messages([*SOME, {"kind": "message", "from": 0, "to": 1, "words": "A"}, {"kind": "silence"}]) == 1


def test_an_empty_record_measures_nothing():
    for name in ("accuracy", "undecided", "oracle", "mean_single", "best_single", "abstentions", "agreement",
                 "log_odds", "error_correlation", "same_wrong"):  # fmt: skip
        assert math.isnan(measure.get(name).function(HEAD)), name
    assert tokens(HEAD) == cost(HEAD) == messages(HEAD) == cached(HEAD) == 0


def test_questions_without_gold_do_not_count_for_quality():
    mixed = record(("A", "A", "AAA"), (None, "B", "BBB"))
    assert accuracy(mixed) == oracle(mixed) == mean_single(mixed) == best_single(mixed) == 1
    assert undecided(mixed) == 0


def test_first_answers_are_single_and_last_ones_agree():
    twice = record(("A", "B", "ABC"))
    again = [{"t": 2, "kind": "answer", "about": "q0", "member": seat, "value": {"value": "B", "confidence": 0.7}}
             for seat in range(3)]  # fmt: skip
    twice[-2:-2] = again
    assert (agreement(twice), oracle(twice)) == (1.0, 1.0)
    (question,) = settled(twice)
    assert [said.choice for said in question.first.values()] == ["A", "B", "C"]
    assert [said.choice for said in question.last.values()] == ["B", "B", "B"]


def test_a_change_of_model_counts_from_then_on():
    entries = record(("A", "A", "ABB"), ("A", "A", "BAA"))
    entries.insert(9, {"t": 1, "kind": "assign", "member": 1, "model": "p/a"})
    assert [said.model for said in list(settled(entries))[1].first.values()] == ["p/a", "p/a", "p/b"]


def test_log_odds_trust_the_better_model_and_learn_from_the_other_fold_only():
    good = [("A", "A", "ABB"), ("B", "B", "BAA"), ("C", "C", "CAA")] * 20
    assert log_odds(record(*good)) == 1.0
    turning = [("A", "A", "ABB"), ("A", "A", "BAA")] * 20  # what is right in one fold is wrong in the other
    assert log_odds(record(*turning)) == 0.0


def test_questions_never_run_do_not_lower_a_weight():
    entries = record(*[("A", "A", "ABB")] * 10, *[("A", "A", (None, "B", "B"))] * 40)
    for entry in entries:
        if entry.get("reason"):
            entry["reason"] = "missing"
    assert log_odds(entries) == 10 / 50


def test_errors_in_common():
    same = record(*[("A", "A", "AAA"), ("A", "B", "BBB")] * 5)
    assert error_correlation(same) == pytest.approx(1)
    assert same_wrong(same) == 1
    assert same_wrong(record(("A", "B", "BCC"), ("A", "B", "BBC"))) == pytest.approx((0.5 + 0 + 0.5) / 3)
    opposite = record(*[("A", "A", "AB"), ("A", "B", "BA")] * 5)
    assert error_correlation(opposite) == pytest.approx(-1)


def test_free_answers_are_compared_without_white_space():
    free = record(("42", "42", (" 42", "41", "42")), options=())
    assert oracle(free) == 1 and mean_single(free) == pytest.approx(2 / 3)
    assert log_odds(free) in (0.0, 1.0)
