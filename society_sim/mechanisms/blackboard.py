"""Blackboard: members write notes on a shared board, and read those of others before they write again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias

from society_sim.bounds import Positive
from society_sim.mechanisms.arguing import reasoned, statement
from society_sim.mechanisms.conversation import count
from society_sim.member import Member, View
from society_sim.promises import Answers
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.streams import uniforms
from society_sim.values import Outcome, Question

Order: TypeAlias = Literal["together", "seats", "lot"]
Note: TypeAlias = tuple[tuple[int, ...], Mapping[int, Any]]
"""Notes that were written at one time: by whom, and what."""


@mechanism
def blackboard(
    society: Society,
    question: Question,
    *,
    rounds: Positive = 2,
    order: Order = "together",
    last: Positive | None = None,
) -> Doing[Outcome]:
    """Members write their answer and its reason on a board; before it writes, each reads what is there.

    Who reads what is the graph's business: of the board a member sees the notes of those that have a tie to it, in the
    order in which they were written; of these the *last* (null: all). The board is outside of memory: nothing on it is
    forgotten, and no channel loses it. In each of the *rounds* everyone writes once. *order*: all `together`, having
    read the rounds before; or one after the other, by `seats` or by `lot` (drawn anew in each round), each having read
    all that was written before its turn. The plurality of everyone's last note is the decision, ties by a fair lot.

    An abstention writes nothing; who abstains in the last round is not counted, and if all do nothing is decided.
    Together nobody waits for more than its own neighbours. There are no messages: who read whom is in the `saw` of
    the answers' entries.
    Fact in the outcome: `notes`, how many were written.

    Source: the blackboard of Hearsay-II (Erman et al. 1980; Hayes-Roth 1985).
    """
    form = reasoned(question, confidence=True)
    board: tuple[Note, ...] = ()
    final: Answers = Answers({})
    for number in range(rounds):
        for writers in _writers(society, question, order, number):
            prompt = partial(_read, question, board, final, last)
            notes = yield from society.ask_all(prompt, form, writers)
            board = (*board, (tuple(notes), notes))
            final = final | notes
    written = sum(note is not None for _, notes in board for note in notes.values())
    return Outcome(count(society, question, final), final, {"notes": written})


def _writers(society: Society, question: Question, order: Order, number: int) -> list[list[Member]]:
    """Who writes at one time, one such group after the other."""
    members = list(society.present)
    if order == "together":
        return [members]
    if order == "lot":
        members.sort(key=lambda member: uniforms(society.seed, "turn", question.id, number, member.id)[0])
    return [[member] for member in members]


def _read(question: Question, board: Sequence[Note], before: Answers, last: int | None, me: View) -> str:
    """The question, one's own last note, and the notes on the board that one may see."""
    me.view(before)  # waits for all neighbours at once
    lines = [question.text]
    mine = before.get(me.id)
    if mine is not None:
        lines.append(f"Your earlier answer: {mine['answer']} ({mine['confidence']:.0f}%)")
    ties = set(me.ties)
    seen = [(seat, notes[seat]) for seats, notes in board for seat in seats if seat in ties]
    shown = [f"{me.names[seat]}: {statement(note)}" for seat, note in seen if note is not None]
    if shown:
        lines += ["On the board others say:", *shown[-last if last else 0 :]]
    return "\n".join(lines)
