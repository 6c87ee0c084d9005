"""What the test server says can be read by the forms, at the rates that it states."""

from __future__ import annotations

import math
import random
import re
from collections import Counter

import endpoint_brain as brains
import endpoint_hints as hints
import pytest

from society_sim.forms import Approval, Choice, Confident, Fields, Number, Ranking, Text
from society_sim.mechanisms.formation_talks import REPLIES
from society_sim.rules import formation_text
from society_sim.rules.parliament import SCALES, Parliament, Party, places

NOISE = brains.Noise(0.06, 0.02, 0.01)
FORMS = (
    Choice("ABCD"),
    Choice(("yes", "no", "give up", "a longer option, with marks (and more)")),
    Ranking(("north", "south", "the east")),
    Approval("ABC"),
    Number(0, 100),
    Number(-1.5, -1.25),
    Confident(Choice("AB")),
    Fields({"answer": Choice("ABCD"), "confidence": Number(0, 100), "reason": Text(300)}),
    Fields({"do": Choice(("propose", "give up")), "partners": Approval(("X", "Y")), "left_right": Number(0, 10)}),
    Confident(Fields({"order": Ranking("ABC"), "why": Text(40)})),
)


def replies(brain, form, count=1500, text="Which?", system="", noise=NOISE):
    """What *brain* says to *count* prompts that ask for *form*."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": f"{text}\n\n{form.hint()}"}]
    seen = brains.prompt(messages)
    for number in range(count):
        yield brains.reply({}, seen, brain, noise, random.Random(number))


def read(form, text):
    try:
        return form.parse(text)
    except ValueError:
        return None


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.hint()[:60])
def test_choose_is_always_readable_and_noise_mostly(form):
    assert all(read(form, said) is not None for said in replies("choose", form, 200))
    assert all(read(form, said) is not None for said in replies("noisy", form, noise=brains.Noise(0, 0, 0)))
    said = list(replies("noisy", form))
    unreadable = sum(read(form, one) is None for one in said) / len(said)
    assert abs(unreadable - 0.09) < 5 * math.sqrt(0.09 * 0.91 / len(said))
    assert abs(sum(one in brains.REFUSALS for one in said) / len(said) - 0.02) < 5 * math.sqrt(0.02 / len(said))
    assert abs(said.count("") / len(said) - 0.01) < 5 * math.sqrt(0.01 / len(said))
    assert len(set(said)) > 25


def test_choices_are_uniform():
    for brain in ("choose", "noisy"):
        form = Choice("ABCD")
        found = Counter(read(form, said) for said in replies(brain, form, 4000))
        least = 1000 if brain == "choose" else 910
        assert all(abs(found[option] - least) < 5 * math.sqrt(750) for option in "ABCD")


def test_free_words_and_no_hint_at_all():
    assert all(0 < len(Text(30).parse(said)) <= 30 for said in replies("choose", Text(30), 50))
    assert hints.asked("Just talk.") == hints.Asked()
    quoted = f'She was told: "{Choice("AB").hint()}".\n\n{Text(30).hint()}'
    assert [blank.kind for blank in hints.asked(quoted).blanks] == ["text"]


def test_parties_get_somewhere():
    known = (("Reds", 45, 3), ("Greens", 15, 3.5), ("Blues", 40, 8))
    house = Parliament(tuple(Party(name, seats, places(left_right=place), name) for name, seats, place in known), 100)
    knows = formation_text.situation(house)
    system = formation_text.persona(house.parties[0], [0.25] * len(SCALES), 0.3)
    offer = Fields({"do": Choice(("propose", "give up")), "partners": Approval(("Greens", "Blues")),
                    "left_right": Number(0, 10), "why": Text(300)})  # fmt: skip
    offers = [offer.parse(said) for said in replies("choose", offer, 200, knows, system)]
    assert all(one["partners"] == ("Greens",) and 2 <= one["left_right"] <= 4 for one in offers)
    assert sum(one["do"] == "propose" for one in offers) > 170
    reply = Fields({"reply": Choice(REPLIES), "left_right": Number(0, 10), "why": Text(300)})
    found = Counter(reply.parse(said)["reply"] for said in replies("choose", reply, 300, knows, system))
    assert found.keys() == set(REPLIES) and found["support"] > 200
    ballot, bill = Choice(("yes", "no", "abstain")), formation_text.Offer("Reds", ("Reds", "Greens"), places())
    asked = f"{knows}\n{formation_text.say_bill(bill)}\nHow do you vote?"
    assert {ballot.parse(said) for said in replies("choose", ballot, 50, asked, system)} == {"yes"}
    blue = re.sub("Reds", "Blues", system)
    assert {ballot.parse(said) for said in replies("choose", ballot, 50, asked, blue)} == {"no", "abstain"}
