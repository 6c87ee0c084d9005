"""ChatEval: members with different roles discuss in one of three schedules, and the majority or the mean decides."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from society_sim.bounds import Positive
from society_sim.errors import ScenarioError
from society_sim.forms import Fields, Number, Text
from society_sim.mechanisms.arguing import choices, flat, reasoned, said_by, statement, tell_all
from society_sim.mechanisms.lots import lot_of
from society_sim.member import Member, View
from society_sim.promises import Answers, Promise
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

ROLES = {
    "General Public": "You follow the matter as an interested reader, and judge by what makes plain sense.",
    "Critic": "You look for what is wrong: gaps, slips and claims that do not follow.",
    "News Author": "You have written news for years, and judge whether the facts are right and told in order.",
    "Psychologist": "You study how people think, and ask what makes an answer look right that is not.",
    "Scientist": "You judge by evidence and method, and do not claim more than they carry.",
}
"""The five roles of the paper, in our words."""
_SUMMARY = 600


@mechanism
def chateval(
    society: Society,
    question: Question,
    *,
    schedule: Literal["one_by_one", "simultaneous", "summarised"] = "one_by_one",
    rounds: Positive = 2,
    roles: list[str] | None = None,
) -> Doing[Outcome]:
    """Members take roles and talk for some *rounds*; the plurality of the last answers wins, or the mean of numbers.

    *schedule*: `one_by_one`: in order of seats, each hears all that was said before, this round's too. `simultaneous`:
    all speak at once and hear the rounds before. `summarised`: the same, but after each round one member sums up what
    it has heard, and the summary takes the place of what was said. *roles*: a list from which members take theirs in
    turn; the five of the paper by name (General Public, Critic, News Author, Psychologist, Scientist: all, if left
    out), or any other words. The paper finds that different roles help and the same role for all does not.

    Calls: n * rounds, and one for each summary. The summary is made by the member with most ties (a fair lot among
    equals): the paper has a model of its own for it, which a society has not. Nobody is waited for but those whose
    words a prompt shows.

    An abstention is silence; who abstains in the last round is not counted, and if all do, nothing is decided. Ties go
    by a fair lot (the paper is silent on both). What no tie allows, or memory no longer holds, is not shown.
    Facts: `rounds`, and `summaries_by` (the seat).

    Source: Chan et al. (2023), 2 roles and 2 rounds (there: turns).
    """
    cast = list(ROLES) if roles is None else roles
    if not cast:
        raise ScenarioError("mechanism 'chateval': roles is an empty list; leave it out for the five of the paper")
    talk = _Talk(society, question, cast, reasoned(question))
    facts: dict[str, Any] = {"rounds": rounds}
    answers: Answers
    if schedule == "summarised":
        facts["summaries_by"] = talk.summariser().id
    said: Mapping[int, Any] = {}
    for number in range(1, rounds + 1):
        if schedule == "one_by_one":
            answers = yield from talk.one_by_one(said)
        elif schedule == "simultaneous":
            answers = yield from talk.at_once(said)
        else:
            answers = yield from talk.summed_up(said, number)
        said = answers
    given = choices(said)
    if given and isinstance(question.form, Number):
        return Outcome(sum(given) / len(given), said, facts)
    return Outcome(plurality(given, lot_of(society, question)), said, facts)


class _Talk:
    """One discussion: who takes part in which role, and the three ways to go through a round."""

    def __init__(self, society: Society, question: Question, roles: list[str], form: Fields) -> None:
        self._society, self._question = society, question
        self._form: Any = form  # Fields does not nest, so mypy does not take it for a Form
        self._roles = {member.id: roles[place % len(roles)] for place, member in enumerate(society.present)}

    def one_by_one(self, before: Mapping[int, Any]) -> Doing[Answers]:
        promises: dict[int, Promise] = {}
        for member in self._society.present:
            promise = yield from member.ask(partial(_turn, self._question, self._roles, before, None), self._form)
            promises[member.id] = promise
            member.say(partial(_told, promise), member.audience)
        return Answers(promises)

    def at_once(self, before: Mapping[int, Any]) -> Doing[Answers]:
        answers = yield from self._society.ask_all(
            partial(_turn, self._question, self._roles, before, None), self._form
        )
        tell_all(self._society, answers)
        return answers

    def summed_up(self, before: Mapping[int, Any], number: int) -> Doing[Answers]:
        chair = self.summariser()
        words = partial(_turn, self._question, self._roles, before, chair.id)
        answers = yield from self._society.ask_all(words, self._form)
        for member in self._society.present:
            if member.id != chair.id:
                member.say(said_by(answers), [chair.id])
        words = partial(_to_chair, self._question, self._roles, answers)
        summary = yield from self._society.ask(chair, words, Text(_SUMMARY), purpose="summary")
        chair.say(partial(_summary, number, summary), chair.audience)
        return answers

    def summariser(self) -> Member:
        """The member with most ties to and from it."""
        graph = self._society.graph
        most = max(graph.degree[member.id] for member in self._society.present)
        able = [member for member in self._society.present if graph.degree[member.id] == most]
        return self._society.lot(able, "summariser")


def _turn(
    question: Question, roles: Mapping[int, str], before: Mapping[int, Any], chair: int | None, me: View
) -> str:
    """A member's prompt; where there is a *chair*, others are known by its summaries alone."""
    role = roles[me.id]
    lines = [f"You are the {role} in this discussion. {ROLES.get(role, '')}".rstrip(), question.text]
    heard = [said for said in me.heard if said.about == question.id and said.sender in roles]
    if chair is not None:
        heard = [said for said in heard if said.sender == chair and said.words.startswith("Summary of round ")][-1:]
    own = statement(before[me.id]) if before else None
    if own is not None:
        lines.append(f"Your earlier answer: {own}")
    if heard and chair is not None:
        lines += [said.words for said in heard]
    elif heard:
        lines += ["What was said:", *(f"{said.name} ({roles[said.sender]}): {said.words}" for said in heard)]
    lines.append("Discuss as your role has it, and answer; you need not agree with anybody.")
    return "\n".join(lines)


def _to_chair(question: Question, roles: Mapping[int, str], answers: Mapping[int, Any], me: View) -> str:
    me.view(answers)
    heard = {said.sender: said for said in me.heard
             if said.about == question.id and answers.get(said.sender) is not None}  # fmt: skip
    own = statement(answers[me.id])
    return "\n".join([
        question.text,
        *([f"Your answer: {own}"] if own is not None else []),
        *(["What was said:"] if heard else []),
        *(f"{said.name} ({roles[said.sender]}): {said.words}" for said in heard.values()),
        "Sum up for everybody what was said in this round, with its reasons.",
    ])  # fmt: skip


def _told(promise: Promise, _: View) -> str | None:
    return statement(promise.value)


def _summary(number: int, summary: Promise, _: View) -> str | None:
    return None if summary.value is None else f"Summary of round {number}: {flat(summary.value)}"
