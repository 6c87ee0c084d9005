"""Debate: everyone answers with a reason, reads the others' whole answers, and answers again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from society_sim.bounds import Positive
from society_sim.mechanisms.arguing import choices, heard_of, reasoned, statement, tell_all
from society_sim.mechanisms.lots import lot_of
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

_LAST_LINE = {
    "long": "Using the answers of others as additional advice, examine your own and give an updated answer.",
    "short": "Based on the answers of others, give an updated answer.",
}


@mechanism
def debate(
    society: Society,
    question: Question,
    *,
    rounds: Positive = 2,
    prompt: Literal["long", "short"] = "long",
    history: bool = True,
    reason: Positive = 600,
) -> Doing[Outcome]:
    """Multiagent debate: in round one all answer alone, in each later one all read what others wrote and answer again.

    *rounds* counts the first, so a member is called *rounds* times; n (n - 1) messages in each round but the last when
    all may speak to all. *prompt*: the paper's two closing lines; `long` lets members hold on to their own answer,
    `short` makes them give way sooner. *history*: the whole conversation stays in the prompt, as in the authors' code;
    otherwise the last round alone. *reason*: characters of an answer beside its choice. The plurality of the last
    round decides, ties by a fair lot. Nobody waits for anybody but its own neighbours.

    An abstention is silence: it is not shown, and a member that abstains in the last round has no part in the
    decision; if all do, nothing is decided. What no tie allows, or what memory no longer holds, is not shown.
    Fact: `rounds`.

    Source: Du, Li, Torralba, Tenenbaum and Mordatch (2023), with three members and two rounds. The paper is silent on
    ties and abstentions: the rules for both are ours; and it calls everybody "agent" where we give names. Mind that a
    vote alone explains most of its gain (Choi, Zhu and Li 2025): with the synthetic model's `persuasion: urn` debate is
    their martingale, in which nobody gets better and the majority gets worse.
    """
    form = reasoned(question, reason)
    answers = yield from society.ask_all(question.text, form)
    shown = [answers]
    for _ in range(rounds - 1):
        tell_all(society, answers)
        words = partial(_again, question, tuple(shown), _LAST_LINE[prompt])
        answers = yield from society.ask_all(words, form)
        shown = [*shown, answers] if history else [answers]
    return Outcome(plurality(choices(answers), lot_of(society, question)), answers, {"rounds": rounds})


def _again(question: Question, rounds: Sequence[Mapping[int, Any]], last_line: str, me: View) -> str:
    lines = [question.text]
    for number, answers in enumerate(rounds, 1):
        if len(rounds) > 1:
            lines.append(f"In round {number}.")
        own, others = statement(answers[me.id]), heard_of(me, question, answers)
        if own is not None:
            lines.append(f"Your earlier answer: {own}")
        if others:
            lines.append("These are the answers of others:")
            lines += [f"{said.name}: {said.words}" for said in others]
    return "\n".join([*lines, last_line])
