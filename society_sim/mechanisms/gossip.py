"""Gossip: what one member says spreads from mouth to mouth, in rounds, and then everybody answers."""

from __future__ import annotations

from functools import partial
from typing import Literal, TypeAlias

from society_sim.bounds import Natural, NonNegative
from society_sim.mechanisms.arguing import reasoned
from society_sim.mechanisms.conversation import Pick, chosen, count, passed_on, posed, tell
from society_sim.member import Member
from society_sim.promises import Words
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

How: TypeAlias = Literal["push", "pull", "push_pull"]
_ASKING = "Is there any news?"


@mechanism
def gossip(
    society: Society,
    question: Question,
    *,
    how: How = "push",
    origin: Pick = "lot",
    rounds: Natural = 1000,
    pause: NonNegative = 1.0,
) -> Doing[Outcome]:
    """One member answers; its answer spreads by gossip, word by word; then everybody answers.

    The *origin* is drawn by `lot`, has the largest audience (`central`) or the lowest seat (`first`). In each round
    of *pause* units of simulated time, all at once, *how* says what is done: with `push` each who knows tells one of
    those whom it can speak to, drawn evenly, whether they know or not; with `pull` each who does not know asks one of
    them, and is told if that one knows (and has a tie back); `push_pull` does both. It ends when nobody is left who
    could still come to know, or after *rounds*, whatever is lost on its way. Who was told is counted when the message
    has come.
    Then everyone is asked, and is shown what it remembers, the same words once and its own not again. The plurality
    of these answers is the decision, ties by a fair lot.

    If the origin abstains, nothing spreads; an abstention in the last answers is not counted, and if all abstain
    nothing is decided. Questions asked: n + 1; gossip itself asks nobody.
    Facts in the outcome: `rounds`, those it took, and `heard`, how many know in the end, the origin included.

    In a flat organisation of n, push takes about log2 n + ln n rounds.
    Source: Frieze and Grimmett (1985), Pittel (1987); push-pull, Karp et al. (2000); Demers et al. (1987).
    """
    form = reasoned(question, confidence=True)
    if not society.present:
        return Outcome(None, {}, {"rounds": 0, "heard": 0})
    (first,) = chosen(society, question, 1, origin)
    answer = yield from society.ask_all(question.text, form, [first])
    done, knows, here = 0, {first.id}, {member.id for member in society.present}
    said = answer[first.id]  # nothing spreads without it, so it is waited for
    news = "" if said is None else passed_on(first.name, said)
    while news and done < rounds and _goes_on(society, how, knows, here):
        done += 1
        yield society.env.timeout(pause)
        told = yield from tell(society, _pushed(society, how, knows, here, news, done))
        asked = yield from tell(society, _pulled(society, how, knows, here, done))
        replies = [(society.members[seat], news, [one]) for one, seats in asked.items() for seat in seats
                   if seat in knows]  # fmt: skip
        answered = yield from tell(society, replies)
        knows.update(*told.values(), *answered.values())
    votes = yield from society.ask_all(partial(posed, question, answer, once=True), form)
    return Outcome(count(society, question, votes), votes, {"rounds": done, "heard": len(knows) if news else 0})


def _contact(society: Society, member: Member, here: set[int], number: int) -> list[int]:
    audience = [seat for seat in member.audience if seat in here]
    return [society.lot(audience, "gossip", number, member.id)] if audience else []


def _pushed(
    society: Society, how: How, knows: set[int], here: set[int], news: str, number: int
) -> list[tuple[Member, Words, list[int]]]:
    tellers = [] if how == "pull" else [society.members[seat] for seat in sorted(knows)]
    return [(member, news, _contact(society, member, here, number)) for member in tellers]


def _pulled(
    society: Society, how: How, knows: set[int], here: set[int], number: int
) -> list[tuple[Member, Words, list[int]]]:
    askers = [] if how == "push" else [member for member in society.present if member.id not in knows]
    return [(member, _ASKING, _contact(society, member, here, number)) for member in askers]


def _goes_on(society: Society, how: How, knows: set[int], here: set[int]) -> bool:
    """Whether somebody who does not know may still come to know."""
    if len(knows) == len(here):
        return False
    graph = society.graph
    return any(
        seat in here and seat not in knows and (how != "pull" or graph.has_edge(seat, teller))
        for teller in sorted(knows) for seat in graph.succ[teller]
    )  # fmt: skip
