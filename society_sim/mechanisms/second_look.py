"""Second look: vote, look at the neighbours' votes, vote again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from society_sim.bounds import Natural
from society_sim.mechanisms.lots import lot_of
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def second_look(
    society: Society, question: Question, *, rounds: Natural = 1, history: bool = False
) -> Doing[Outcome]:
    """Vote, look at the neighbours' votes, vote again, *rounds* times; the last plurality wins.

    A member is reminded of its own earlier answer and shown those of the members with a tie to it, without names. An
    abstention is not shown and not counted: a member that abstains in the last vote has no part in it, whatever it
    said before; if all abstain, nothing is decided. Ties go by a fair lot. Nobody waits for the slowest: a member
    looks again as soon as its own neighbours have answered. With `history: true` it is shown all votes so far, and not
    those of the last alone.

    Source: social influence in estimation (Lorenz et al. 2011); for language models multi-agent debate without
    arguments (Du et al. 2023).
    """
    votes = yield from society.ask_all(question.text, question.form)
    seen = [votes]
    for _ in range(rounds):
        votes = yield from society.ask_all(partial(_again, question.text, tuple(seen)), question.form)
        seen = [*seen, votes] if history else [votes]
    return Outcome(plurality(votes.values(), lot_of(society, question)), votes)


def _again(text: str, rounds: Sequence[Mapping[int, Any]], member: View) -> str:
    lines = [text]
    for number, votes in enumerate(rounds, 1):
        others, own = member.view(votes), votes[member.id]
        if len(rounds) > 1:
            lines.append(f"In round {number}.")
        if own is not None:
            lines.append(f"Your earlier answer: {own}")
        if others:
            lines.append(f"Your neighbours say: {', '.join(map(str, others))}.")
    return "\n".join(lines)
