"""Answers with reasons, and how they are passed on and shown: what the forms of deliberation have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from society_sim.forms import Fields, Form, Number, Text
from society_sim.member import Heard, View
from society_sim.promises import Words
from society_sim.society import Society
from society_sim.values import Question

REASON = 300
"""Characters of a reason."""


def reasoned(question: Question, reason: int = REASON, *, confidence: bool = False, **more: Form) -> Fields:
    """An answer to *question* with a reason of so many characters, with a confidence in percent, and with *more*."""
    sure: dict[str, Form] = {"confidence": Number(0, 100)} if confidence else {}
    return Fields({"answer": question.form, **sure, "reason": Text(reason), **more})


def statement(said: Mapping[str, Any] | None) -> str | None:
    """How an answer is passed on; an abstention is silence.

    >>> statement({"answer": "B", "confidence": 80.0, "reason": "it  fits"})
    'B (80%) because it fits'
    >>> statement({"answer": 2.5, "reason": "so I count"}), statement(None)
    ('2.5 because so I count', None)
    """
    if said is None:
        return None
    answer = flat(said["answer"])
    sure = f" ({said['confidence']:.0f}%)" if "confidence" in said else ""
    return f"{answer}{sure} because {flat(said['reason'])}"


def flat(words: Any) -> str:
    """*words* on one line."""
    return " ".join(str(words).split())


def choices(answers: Mapping[int, Any]) -> list[Any]:
    """The answers within *answers*, abstentions left out."""
    return [said["answer"] for said in answers.values() if said is not None]


def agreed(answers: Mapping[int, Any]) -> bool:
    """Whether all who answered gave the same answer; not if nobody did. Waits for all of them."""
    return len(set(choices(answers))) == 1


def tell_all(society: Society, answers: Mapping[int, Any], seats: Iterable[int] | None = None) -> None:
    """Let everybody (or *seats*) pass on its own of *answers* along its ties."""
    for seat in answers if seats is None else seats:
        member = society.members[seat]
        member.say(said_by(answers), member.audience)


def said_by(answers: Mapping[int, Any]) -> Words:
    """The words by which a member passes on its own of *answers*; silence, if it gave none."""
    return partial(_own, answers)


def heard_of(me: View, question: Question, answers: Mapping[int, Any]) -> list[Heard]:
    """What has come to a member of *answers*, one of each speaker; what was lost or is forgotten is not there."""
    me.view(answers)  # waits for all neighbours at once
    there = {(said.sender, said.words): said for said in me.heard if said.about == question.id}
    words = ((seat, statement(answers[seat])) for seat in me.ties if seat in answers)
    return me.read([there[seat, told] for seat, told in words if told is not None and (seat, told) in there])


def _own(answers: Mapping[int, Any], me: View) -> str | None:
    return statement(answers[me.id])
