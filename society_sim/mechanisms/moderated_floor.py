"""Moderated floor: one speaks at a time, as the moderator gives the word; then everybody votes."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, TypeAlias

import simpy

from society_sim.bounds import Natural, NonNegative
from society_sim.forms import Number
from society_sim.mechanisms.arguing import reasoned, said_by
from society_sim.mechanisms.conversation import chosen, count, posed, tell
from society_sim.member import Member
from society_sim.promises import Answers
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.streams import uniforms
from society_sim.values import Outcome, Question

Moderator: TypeAlias = Literal["head", "first", "lot"]
Order: TypeAlias = Literal["seats", "lot", "urgency"]
_HANDS = ("Before all vote, some may speak to the others. The urgency says how much you want to be one of them: 0 if "
          "you do not, and up to 10.")  # fmt: skip


@mechanism
def moderated_floor(
    society: Society,
    question: Question,
    *,
    turns: Natural | None = None,
    moderator: Moderator = "head",
    order: Order = "urgency",
    pause: NonNegative = 0.0,
) -> Doing[Outcome]:
    """Everyone makes up its mind; then one after the other has the floor and speaks to all who hear it; then all vote.

    The *moderator* is the `head` (who commands others and is commanded by nobody; where there is no such member, who
    has the largest audience; the lowest seat among equals), the `first` seat, or drawn by `lot`. It gives the word to
    those whom its ties let it speak to, and does not speak to the matter itself. The *order* is that of `seats`, or
    drawn by `lot`, or goes by `urgency`: then everyone says at first how urgent it is to speak, 0 to 10, and those
    above 0 are on the list, the most urgent first, lots among equals. There are *turns* speeches; null: one for each on
    the list; with more, the list is gone through again.

    The floor is a resource of one place, so a turn waits until all before it are over: the speaker thinks, shown all it
    remembers of what was said, then is heard along its ties, then *pause* units of simulated time pass. Whom the word
    does not reach, because it is lost, does not speak. In the end everyone is asked, shown what it remembers, and the
    plurality is the decision, ties by a fair lot.

    An abstention at first raises no hand, one on the floor is silence, and in the vote it is not counted; if all
    abstain, nothing is decided. Only the list of hands is waited for.
    Facts in the outcome: `moderator`, its seat; `spoke`, how many turns were taken; `waited`, the mean time from the
    opening of the floor to a turn.

    Source: floor control (Sacks, Schegloff and Jefferson 1974); moderated group chats (Wu et al. 2023, AutoGen).
    """
    form = reasoned(question, confidence=True)
    raising = reasoned(question, confidence=True, urgency=Number(0, 10)) if order == "urgency" else form
    text = f"{question.text}\n{_HANDS}" if order == "urgency" else question.text
    answers = yield from society.ask_all(text, raising)
    if not society.present:  # all have left, at last while they made up their minds
        return Outcome(count(society, question, answers), answers, {"moderator": None, "spoke": 0, "waited": 0.0})
    chair = _moderator(society, question, moderator)
    listed = _listed(society, question, chair, order, answers)
    speakers = [listed[turn % len(listed)] for turn in range(len(listed) if turns is None else turns)] if listed else []
    floor, opened = simpy.PriorityResource(society.env, 1), society.now
    latest, waits = [answers], list[float]()

    def speech(turn: int, speaker: Member) -> Doing[None]:
        with floor.request(priority=turn) as word:
            yield word
            waited = society.now - opened
            given = yield from tell(society, [(chair, f"{speaker.name}, you have the floor.", [speaker.id])])
            if not given[chair.id]:
                return
            waits.append(waited)
            said = yield from society.ask_all(partial(posed, question, latest[0]), form, [speaker])
            latest[0] = latest[0] | said
            yield from tell(society, [(speaker, said_by(said), speaker.audience)])
            yield society.env.timeout(pause)

    yield from society.gather(*(speech(turn, speaker) for turn, speaker in enumerate(speakers)))
    votes = yield from society.ask_all(partial(posed, question, latest[0]), form)
    facts = {"moderator": chair.id, "spoke": len(waits), "waited": round(sum(waits) / max(len(waits), 1), 6)}
    return Outcome(count(society, question, votes), votes, facts)


def _moderator(society: Society, question: Question, how: Moderator) -> Member:
    if how != "head":
        return chosen(society, question, 1, how)[0]
    bosses, low = set(), set()
    for boss, one, kind in society.graph.edges(data="kind"):
        if kind == "command":
            bosses.add(boss)
            low.add(one)
    heads = [member for member in society.present if member.id in bosses and member.id not in low]
    return heads[0] if heads else chosen(society, question, 1, "central")[0]


def _listed(society: Society, question: Question, chair: Member, order: Order, answers: Answers) -> list[Member]:
    """Those whom the moderator gives the word, in this order."""
    within = [society.members[seat] for seat in chair.audience if seat in answers]
    if order == "seats":
        return within

    def place(member: Member) -> tuple[float, float]:
        said: Any = answers[member.id] if order == "urgency" else None
        return -said["urgency"] if said else 0.0, uniforms(society.seed, "hand", question.id, member.id)[0]

    places = {member.id: place(member) for member in within}
    raised = [member for member in within if order == "lot" or places[member.id][0] < 0]
    return sorted(raised, key=lambda member: places[member.id])
