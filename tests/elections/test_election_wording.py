"""What is said can be read back, and nothing that a party says can pass for something else."""

from __future__ import annotations

import pytest
from election_samples import KNOWN, house
from hypothesis import given
from hypothesis import strategies as st

from society_sim import ScenarioError
from society_sim.populations.parties import parties
from society_sim.rules import formation_text as words
from society_sim.rules.parliament import ROLES, SCALES, Parliament, Party, places

place = st.none() | st.integers(0, 1000).map(lambda n: n / 100)
letters = st.characters(codec="utf-8", exclude_characters=",;():", exclude_categories=("Cc", "Cs", "Z"))
name = st.text(letters, min_size=1, max_size=12)
at = st.tuples(*[place] * len(SCALES))
party = st.builds(Party, name, st.integers(1, 400), at, name, st.sampled_from(ROLES))


@given(st.lists(party, min_size=1, max_size=6, unique_by=lambda p: p.name), st.sampled_from(["absolute", "simple"]))
def test_a_situation_is_read_back_as_it_was(members, rule):
    whole = Parliament(tuple(members), sum(p.seats for p in members), (rule, "negative"), "Diet, 2001")
    text = words.situation(whole) + "\nFormation 1, by X, failed: gave up."
    assert words.read_situation(text) == whole


@given(party, st.sampled_from([0.0, 0.25, 1.5]))
def test_a_persona_is_read_back_as_it_was(member, office):
    weights = (0.5, 0.25, 0.25, 0.0)
    assert words.read_persona(words.persona(member, weights, office)) == words.Self(
        member.name, member.places, weights, office
    )


@given(name, st.lists(name, min_size=1, max_size=4), at, st.text(max_size=60))
def test_offers_and_replies_are_read_back_whatever_the_reason(by, others, policy, why):
    offer = words.Offer(by, tuple(others), policy)
    line = words.talk(2, 1) + words.say_offer(offer, dict.fromkeys(others, 4), why)
    assert words.read_offer(line) == words.read_offer(f"- {line}") == offer
    reply = words.Reply(by, "refine", policy)
    line = words.talk(2, 1) + words.say_reply(reply, why)
    assert words.read_reply(f"- {line}") == reply
    assert "\n" not in line
    assert words.read_offer(line) is None


def test_the_vote_and_the_turn_are_read_back():
    offer = words.Offer("Red", ("Red", "Green"), places(left_right=3.2))
    assert words.read_bill(f"{KNOWN}\n{words.say_bill(offer)}\nBallot 1: ...") == offer
    assert words.read_turn(f"x\n{words.turn(2, 1, 3)}\ny") == (2, 1, 3)
    assert words.read_turn("x") is words.read_bill("x") is words.read_situation("x") is words.read_persona("x") is None


def test_what_everybody_knows_names_every_seat_and_place_and_rule():
    for party_ in house().parties:
        assert f"- {party_.name} ({party_.name}): {party_.seats} seats; left_right {party_.places[0]:g}" in KNOWN
    assert "more than half of the house must vote for it" in KNOWN
    assert "51 are a majority" in KNOWN
    assert "led the last government" in KNOWN


@pytest.mark.parametrize(
    ("facts", "words_"),
    [
        ({"A": {"seats": 0}}, "a whole number from 1"),
        ({"A": {"seats": 5, "left_rihgt": 3}}, "did you mean 'left_right'"),
        ({"A": {"seats": 5, "left_right": 30}}, "from 0 to 10"),
        ({"A": {"seats": 5, "role": "king"}}, "no role 'king'"),
        ({"A, B": {"seats": 5}}, "without commas"),
        ({"A": {"seats": 5}, "a": {"seats": 3}}, "differ in more than case"),
        ({"A": {"seats": 5, "model": "x"}}, "no model 'x'"),
        ({"A": {"seats": 5, "weights": {"left": 1}}}, "no scale 'left'"),
        ({"A": {"seats": 5, "weights": {"left_right": 0}}}, "not all of them 0"),
        ({"A": {"seats": 5, "office": -1}}, "0 or more"),
        ({}, "at least one"),
    ],
)
def test_facts_that_cannot_be_are_refused(facts, words_):
    with pytest.raises(ScenarioError, match=words_):
        parties({"m": None}, None, parties=facts)


def test_a_party_may_have_a_model_and_weights_of_its_own():
    own = {"seats": 3, "model": "n/x", "weights": {"left_right": 3, "eu_anti_pro": 1}}
    one, two = parties({"m": None, "n": None}, None, model="m", parties={"A": own, "B": {"seats": 2}})
    assert (one.model, two.model) == ("n/x", "m")
    assert list(one.traits["weights"].values()) == [0.75, 0, 0, 0.25]
    assert "left_right unknown (weight 0.75)" in one.persona
    with pytest.raises(ScenarioError, match="say which model"):
        parties({"m": None, "n": None}, None, parties={"A": {"seats": 3}})
