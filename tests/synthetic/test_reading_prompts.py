"""The reader of peers' answers: what it reads, what it leaves alone, and that it stays quick on anything."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from society_sim.backends.synthetic.arguments import strength, worded
from society_sim.backends.synthetic.reading import read
from society_sim.forms import Approval, Choice, Number, Ranking

LETTERS = Choice("ABCD")
YES_NO = Choice(("yes", "no"))


def peers(text, form=LETTERS, about="", options=None):
    return [one.value for one in read(f"{text}\n\n{form.hint()}", form, about, options).peers]


def own(text, form=LETTERS, options=None):
    found = read(f"{text}\n\n{form.hint()}", form, "", options).own
    return found and (found.value, found.confidence)


@pytest.mark.parametrize("text, said", [
    ("Your neighbours say: A, B, A.", "ABA"),
    ("Which? Your neighbours say: a, b and A.", "ABA"),
    ("Peers answered: 'A', \"B\" and (C).", "ABC"),
    ("Your neighbours say: ['A', 'B'].", "AB"),
    ("Your neighbours say: {'Ann': 'A', 'Bob': 'B'}", "AB"),
    ("Your neighbours say: Ann: A, Bob: B.", "AB"),
    ("Ann: A because it is clear. Bob: B because of A.", "AB"),
    ("Ann: A\nBob: I think B because it must be, A or not\nCy: C.", "ABC"),
    ("Votes so far:\n- A\n* B (60%)\n3 more will follow\n- D\n\nA", "ABD"),
    ("Ann: A\nAnn: B", "B"),
    ("Round 1: A, B. Round 2: C, C.", "ABCC"),
    ("Ann says: B. Bob says: B.", "BB"),
    ("ANSWER: C", "C"),
    ("Ann: I answer: A\nBob: I answer: B\nCy: My vote: B", "ABB"),
    ("Ann: B > A > C > D", "B"),
    ("Your neighbours say: .", ""),
    ("Your neighbours say nothing. A is a letter; so is B.", ""),
    ("Options: A, B, C, D.", ""),
    ("Options:\nA: Paris\nB: Rome\nA\n\nAnn: C", "C"),
    ("Which is better: A, B or C?", ""),
    ("Is it: A?", ""),
    ("At 10:30 we meet. Note: A majority is needed.", ""),
    ("The answer is one of: A, B, C, D", ""),
    ("A: a thing\nB: another", ""),
])  # fmt: skip
def test_reads_peers(text, said):
    assert peers(text) == list(said)


@pytest.mark.parametrize("text, said", [
    ("Ann: yes, I think so\nBob: no idea\nCy: no.", ["yes", "no"]),
    ("Your neighbours say: yes, no, yes.", ["yes", "no", "yes"]),
    ("Is there no other way? There is: none", []),
    ("Shall we: yes or no?", []),
])  # fmt: skip
def test_options_that_are_words(text, said):
    assert peers(text, YES_NO) == said


def test_options_with_the_grammars_own_signs_in_them():
    form = Choice(("St. Louis", "Rock and roll", "Yes, but: later", "A (draft)", "50%"))
    for option in form.options:
        assert peers(f"Ann: {option} (70%) because a firm check\nBob: {option}", form) == [option, option]
        assert own(f"Your earlier answer: {option} (55%)", form) == (option, 0.55)


@pytest.mark.parametrize("text, said", [
    ("Your earlier answer: B (70%)", ("B", 0.7)),
    ("Your own answer was: B", ("B", None)),
    ("You said: B, 70%", ("B", 0.7)),
    ("Earlier, you answered: B (0.7)", ("B", 0.7)),
    ("Your answer: B (confidence: 70%)", ("B", 0.7)),
    ("My earlier vote: B (70% sure) because of A", ("B", 0.7)),
    ("Your neighbours' answers: B", None),
    ("Your answer:", None),
])  # fmt: skip
def test_reads_the_own_answer(text, said):
    assert own(text) == said


def test_confidence_reasons_and_trust():
    found = read("Ann (trust 0.5): A (80%) because a firm check and a firm source\nBob: B because I feel it\n"
                 "Cy: C\nCONFIDENCE: 65%", LETTERS, "").peers  # fmt: skip
    assert [tuple(one) for one in found] == [
        ("A", 0.8, 0.0, 0.5), ("B", None, None, 1.0), ("C", 0.65, None, 1.0),
    ]  # fmt: skip


def test_the_items_own_text_and_the_hint_say_nothing():
    about = "Who said: A? Ann: B\nBob: C"
    assert peers(f"{about}\nCy: D", about=about) == ["D"]
    assert peers("", YES_NO) == []


def test_numbers_count_only_where_somebody_answers():
    form = Number(0, 10)
    assert peers("Budget: 100. Your neighbours say: 3.2, 4.1 and 5.", form) == [3.2, 4.1, 5.0]
    assert peers("Estimates:\nAnn: 3\nBob: $1,000\n\nCost: 7", form) == [3.0, 1000.0]
    assert own("Your earlier answer: 4.25 (60%)", form) == (4.25, 0.6)
    assert peers("Cost: 7\nYear: 1999", form) == []


def test_rankings_and_approvals_speak_for_options():
    assert peers("Ann: B > A > C > D\nBob: C, A", Ranking("ABCD"), options=tuple("ABCD")) == ["B", "C", "A"]
    assert peers("Ann: B, D", Approval("ABCD"), options=tuple("ABCD")) == ["B", "D"]


names = st.text("abcdefghijklmnopqrstuvwxyz ", min_size=2, max_size=12).map(lambda one: f"N{one.strip()}")
said = st.tuples(st.sampled_from("ABCD"), st.none() | st.integers(1, 99), st.none() | st.floats(-2, 2))


@given(st.dictionaries(names, said, max_size=6), st.randoms(use_true_random=False))
def test_what_is_written_is_read(answers, order):
    def line(name, answer):
        option, sure, z = answer
        return (f"{name}: {option}" + (f" ({sure}%)" if sure else "")
                + (f" because {worded(z, order.random())}" if z is not None else ""))  # fmt: skip

    found = read("Which?\n" + "\n".join(line(*one) for one in answers.items()), LETTERS, "")
    assert [one.value for one in found.peers] == [option for option, _, _ in answers.values()]
    assert [one.confidence for one in found.peers] == [sure and sure / 100 for _, sure, _ in answers.values()]
    for one, (_, _, z) in zip(found.peers, answers.values(), strict=True):
        assert (one.strength is None) == (z is None)
        assert z is None or one.strength == pytest.approx(z, abs=0.2)
    mixed = list(answers.items())
    order.shuffle(mixed)
    plain = [(name, (option, sure, None)) for name, (option, sure, _) in mixed]
    others = [(f"X{k}", one) for k, (_, one) in enumerate(reversed(plain))]
    keys = {read("\n".join(line(*one) for one in lines), LETTERS, "").key for lines in (plain, others)}
    assert len(keys) == 1


@given(st.text(max_size=400), st.sampled_from([LETTERS, YES_NO, Number(0, 10)]))
def test_nothing_upsets_the_reader(text, form):
    read(text, form, "")
    read(f"Ann: {text}\nYour earlier answer: {text}", form, text[:20])


@given(st.floats(-3, 3), st.floats(0.001, 0.999))
def test_strength_survives_being_put_into_words(z, u):
    told = strength(worded(z, u))
    assert told == pytest.approx(min(2.5, max(-2.1875, z)), abs=0.16)
    assert ":" not in worded(z, u) and "\n" not in worded(z, u)


@pytest.mark.slow
@pytest.mark.parametrize("text", [
    "A:" * 100_000, "a, " * 100_000 + ":", " " * 200_000 + ":A", ":" + " (" * 100_000, "x:" + "A " * 100_000,
    "(trust " * 40_000 + ":A", "your " * 40_000 + ": A", ":" + ", because" * 40_000, "x: " + "1," * 100_000,
    "\n".join(["Ann: A (80%) because a firm check"] * 10_000), "x: " + ">" * 200_000, "x: (" + "9" * 200_000 + "%)",
    "round " * 40_000 + ":", "x:" + "conf" * 50_000 + " 5%", "x:" + "i think " * 30_000,
])  # fmt: skip
def test_reading_takes_linear_time(text):
    began = time.process_time()
    read(text, LETTERS, "")
    read(text, Number(0, 1), "")
    assert time.process_time() - began < 5  # a tenth of a second; the bound is for a busy machine
