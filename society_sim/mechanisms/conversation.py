"""What the mechanisms of communication have in common: who speaks, what is asked, how words come to others.

An answer is a choice with a confidence and a reason, and is passed on as `B (80%) because REASON`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias

from society_sim.errors import ScenarioError
from society_sim.forms import Fields, Number, Text
from society_sim.mechanisms.deliberation import statement
from society_sim.mechanisms.plurality import lot
from society_sim.member import Member, View
from society_sim.promises import Words
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.streams import uniforms
from society_sim.values import Question

Pick: TypeAlias = Literal["central", "first", "lot"]
Said: TypeAlias = Mapping[str, Any]
"""An answer: `answer`, `confidence` and `reason`."""
REASON = 300
"""Characters of a reason."""


def reasoned(question: Question, characters: int = REASON, **more: Any) -> Fields:
    """The form of an answer with a confidence and a reason of at most *characters*; *more* are further fields."""
    return Fields({"answer": question.form, "confidence": Number(0, 100), "reason": Text(characters), **more})


def everybody(society: Society) -> Sequence[Member]:
    """Those who take part."""
    return society.present


def chosen(society: Society, question: Question, count: int, by: Pick) -> list[Member]:
    """*count* members in the order of their choosing; all, if there are fewer.

    `central`: who has the largest audience, the lowest seat first among equals; `first`: the lowest seats; `lot`.
    """
    members = list(everybody(society))
    if by == "central":
        members.sort(key=lambda member: (-len(member.audience), member.id))
    elif by == "lot":
        members.sort(key=lambda member: uniforms(society.seed, "chosen", question.id, member.id)[0])
    return members[:count]


def tell(society: Society, sayings: Iterable[tuple[Member, Words, Iterable[int]]]) -> Doing[dict[int, list[int]]]:
    """Let members speak, all at once, and wait until what is not lost has come; speaker -> who heard it."""
    coming: dict[int, list[int]] = {}
    longest = 0.0
    for member, words, to in sayings:
        took = member.say(words, to)
        coming.setdefault(member.id, []).extend(took)
        longest = max(longest, *took.values(), 0.0)
    if longest:
        yield society.env.timeout(longest)
    return coming


def worded(said: Said) -> str:
    """An answer as it is passed on."""
    return statement(said) or ""


def own(answers: Mapping[int, Any], me: View) -> Any:
    """A member's own answer, as it says it; silence, if it gave none."""
    return statement(answers[me.id])


def said_by(answers: Mapping[int, Any]) -> Words:
    """The words by which a member passes on its own of *answers*."""
    return partial(own, answers)


def posed(
    question: Question,
    before: Mapping[int, Any],
    me: View,
    *,
    once: bool = False,
    of: Collection[int] | None = None,
) -> str:
    """The question, the member's own answer *before*, its notes, and what it remembers of all it heard about it.

    Memory and the order of reading decide what that is. *once*: the same words are shown once, whoever said them. *of*:
    only what these seats said. Where lines are not in the order in which they were said, what its speaker has replaced
    since is marked `(earlier)`.
    """
    lines = [question.text]
    mine = before.get(me.id)
    if mine is not None:
        lines.append(f"Your earlier answer: {mine['answer']} ({mine['confidence']:.0f}%)")
    if me.notes is not None:
        lines.append(f"Your notes say: {me.notes}")
    about = [said for said in me.heard if said.about == question.id and (of is None or said.sender in of)]
    latest = {said.sender: said for said in about}
    heard = about if me.in_order else me.read(about)
    if heard:
        lines.append("You have heard others say:")
    seen: set[str] = set()
    for said in heard:
        if not (once and said.words in seen):
            past = "" if me.in_order or said == latest[said.sender] else " (earlier)"
            lines.append(f"{said.name}{past}: {said.words}")
        seen.add(said.words)
    return "\n".join(lines)


def count(society: Society, question: Question, answers: Mapping[int, Any]) -> Any:
    """The plurality of *answers*, ties by a fair lot; abstentions are not counted."""
    said = answers.values()
    return plurality([one["answer"] for one in said if one is not None], lot(society, question))


def at_least(mechanism: str, least: float, **given: float) -> None:
    """`ScenarioError` if one of the numbers *given* is less than *least*."""
    for name, value in given.items():
        if value < least:
            raise ScenarioError(f"mechanism {mechanism!r}: {name} is {value:g}; it must be {least:g} or more")
