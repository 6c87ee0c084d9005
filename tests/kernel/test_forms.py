"""What forms read, and what they leave unread rather than make up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Approval, Choice, Confident, Fields, Number, Ranking, Text
from society_sim.testing import check_form

LETTERS, NUMBERS, WORDS = Choice("ABCD"), Choice(["1", "2"]), Choice(["yes", "no"])
UNREADABLE = object()


def read(form, text):
    try:
        return form.parse(text)
    except ValueError:
        return UNREADABLE


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (LETTERS, "Let me think.\nANSWER: C", "C"),
        (LETTERS, "**Answer:** (c)", "C"),
        (LETTERS, "ANSWER: B) because of it", "B"),
        (LETTERS, "D", "D"),
        (LETTERS, "(d).", "D"),
        (LETTERS, "ANSWER: A\nNo, wait.\nANSWER: B", "B"),
        (LETTERS, "ANSWER: B\n> ANSWER: C", "B"),
        (LETTERS, "ANSWER: B\nMy peers said:\n- ANSWER: A", "B"),
        (LETTERS, 'ANSWER: B\nShe said "ANSWER: C".', "B"),
        (LETTERS, "ANSWER: B\n> quoting: \x0cANSWER: A", "B"),
        (LETTERS, "A. Paris is wrong; it must be B", UNREADABLE),
        (LETTERS, "A: I prefer B, said my peer", UNREADABLE),
        (LETTERS, "ANSWER: A or B", UNREADABLE),
        (LETTERS, "ANSWER: E", UNREADABLE),
        (LETTERS, "", UNREADABLE),
        (NUMBERS, "ANSWER: 1.5", UNREADABLE),
        (NUMBERS, "ANSWER: 1:2", UNREADABLE),
        (WORDS, "No: that was my first thought. Yes.", UNREADABLE),
        (Number(0, 100), "ANSWER: .5", 0.5),
        (Number(0, 100), "ANSWER: $7.50", 7.5),
        (Number(0, 100), "ANSWER: 85%.", 85.0),
        (Number(0, 5000), "ANSWER: 1,234.5", 1234.5),
        (Number(0, 100), "ANSWER: 7,5", UNREADABLE),
        (Number(0, 100), "ANSWER: 1e999", UNREADABLE),
        (Number(0, 100), "ANSWER: nan", UNREADABLE),
        (Number(0, 100), "ANSWER: 101", UNREADABLE),
        (Ranking("ABC"), "ANSWER: B > A > C", ("B", "A", "C")),
        (Ranking("ABC"), "ANSWER: B > A", UNREADABLE),
        (Ranking("ABC"), "ANSWER: B > B > A", UNREADABLE),
        (Approval("ABC"), "ANSWER: c, a", ("A", "C")),
        (Approval("ABC"), "ANSWER: A and B", UNREADABLE),
        (Confident(LETTERS), "ANSWER: A\nCONFIDENCE: 85%", ("A", 0.85)),
        (Confident(LETTERS), "ANSWER: A\nCONFIDENCE: 85", ("A", 0.85)),
        (Confident(LETTERS), "ANSWER: A\nCONFIDENCE: 0.85", ("A", None)),
        (Confident(LETTERS), "ANSWER: A", ("A", None)),
        (Confident(Text()), "Because.\nCONFIDENCE: 10%", ("Because.", 0.1)),
        (Fields({"vote": WORDS, "why": Text()}), '{"vote": null, "why": "so"}', UNREADABLE),
        (Fields({"Vote": WORDS}), '{"vote": "yes"}', {"Vote": "yes"}),
        (Fields({"why": Text()}), '{"why": {"a": 1}}', UNREADABLE),
    ],
)
def test_reading(form, text, value):
    assert read(form, text) == value


@pytest.mark.parametrize("form", [
    LETTERS, Ranking("ABC"), Approval("ABC"), Number(0, 10), Text(50), Confident(LETTERS),
    Fields({"vote": WORDS, "why": Text(40)}),
])  # fmt: skip
def test_contract(form):
    check_form(form)


@settings(max_examples=300)
@given(st.text(max_size=400), st.sampled_from([LETTERS, Ranking("AB"), Approval("AB"), Number(0, 9), Text(9),
                                               Confident(WORDS), Fields({"vote": WORDS, "n": Number(0, 9)})]))
def test_whatever_is_said_is_a_value_or_unreadable(text, form):
    read(form, text)


@settings(max_examples=300)
@given(st.lists(st.text("yesno1 :*{=\r\t`VOTEN", max_size=8), min_size=2, max_size=2))
def test_fields_that_are_answered_exactly_as_asked_are_read_like_all_others(said):
    form = Fields({"vote": WORDS, "n": Text(9)})
    asked = f"VOTE: {said[0]}\nN: {said[1]}"
    assert read(form, asked) == read(form, f"Well,\n{asked}") == read(form, f"{asked}\n")


@pytest.mark.parametrize("make", [
    lambda: Choice([]), lambda: Choice(["a", "A"]), lambda: Choice([1, 2]), lambda: Number(2, 1), lambda: Text(0),
    lambda: Number(float("nan"), 1), lambda: Fields({}), lambda: Fields({"not a name": WORDS}),
    lambda: Fields({"a": Confident(WORDS)}), lambda: Approval(["Paris, France", "Rome"]),
])  # fmt: skip
def test_forms_that_could_not_be_answered_are_refused(make):
    with pytest.raises(ValueError):
        make()
