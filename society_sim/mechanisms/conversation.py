"""What the mechanisms of communication have in common: who speaks, what is asked, how words come to others.

An answer is a choice with a confidence and a reason, and is passed on as `B (80%) because REASON`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, TypeAlias

from society_sim.mechanisms.arguing import choices, statement
from society_sim.mechanisms.lots import lot_of
from society_sim.member import Member, View
from society_sim.promises import Words
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.streams import uniforms
from society_sim.values import Question

Pick: TypeAlias = Literal["central", "first", "lot"]
Said: TypeAlias = Mapping[str, Any]
"""An answer: `answer`, `confidence` and `reason`."""


def chosen(society: Society, question: Question, count: int, by: Pick) -> list[Member]:
    """*count* members in the order of their choosing; all, if there are fewer.

    `central`: who has the largest audience, the lowest seat first among equals; `first`: the lowest seats; `lot`.
    """
    members = list(society.present)
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


def passed_on(name: str, said: Said) -> str:
    """An answer as it goes from mouth to mouth: whose it is, and what."""
    return f"{name} says: {worded(said)}"


def posed(
    question: Question,
    before: Mapping[int, Any],
    me: View,
    *,
    once: bool = False,
    of: Collection[int] | None = None,
) -> str:
    """The question, the member's own answer *before*, its notes, and what it remembers of all it heard about it.

    Memory and the order of reading decide what that is. *once*: the same words are shown once, whoever said them, and
    the member's own answer not again when it comes back. *of*: only what these seats said. Where lines are not in
    the order in which they were said, what its speaker has replaced since is marked `(earlier)`.
    """
    lines = [question.text]
    mine = before.get(me.id)
    if mine is not None:
        lines.append(f"Your earlier answer: {mine['answer']} ({mine['confidence']:.0f}%)")
    own = {passed_on(me.name, mine)} if once and mine is not None else set()
    if me.notes is not None:
        lines.append(f"Your notes say: {me.notes}")
    about = [said for said in me.heard
             if said.about == question.id and (of is None or said.sender in of) and said.words not in own]  # fmt: skip
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
    return plurality(choices(answers), lot_of(society, question))


