"""Direct messages: each asks one other for its answer and its reason, and answers again."""

from __future__ import annotations

from bisect import bisect
from functools import partial
from typing import Literal, TypeAlias

from society_sim.bounds import Natural
from society_sim.mechanisms.arguing import reasoned, said_by
from society_sim.mechanisms.conversation import count, posed, tell
from society_sim.member import Member
from society_sim.promises import Answers
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

Partner: TypeAlias = Literal["best", "round_robin", "lot"]
_ASKING = "What do you answer, and why?"


@mechanism
def direct(society: Society, question: Question, *, rounds: Natural = 1, partner: Partner = "best") -> Doing[Outcome]:
    """Everyone answers; then each writes to one other, gets its answer with the reason, and answers again.

    A partner is a member to which there is a tie and from which there is one: it must hear the question, and be heard.
    *partner*: `best`, the one whose tie weighs most, the lowest seat among equals; `round_robin`, in the first of the
    *rounds* the next seat after its own and in each later one the next after that; or by `lot`. Who has no partner, or
    whose question or whose answer is lost on its way, is not asked again, and what it said stands. A round ends when
    the replies are there. The plurality of the last answers is the decision, ties by a fair lot.

    An abstention is silence: the asker gets no reply, and answers again with what it remembers. In the last answers it
    is not counted; if all abstain, nothing is decided.
    Messages: two for each who has a partner, in each round. Fact in the outcome: `exchanges`, replies that came or
    were silence.

    Source: pairwise deliberation as gossip averaging has it (Boyd et al. 2006); advice taking (Yaniv 2004).
    """
    form = reasoned(question, confidence=True)
    members = society.members
    answers = yield from society.ask_all(question.text, form)
    exchanges = 0
    for number in range(rounds):
        pairs = {}
        for member in society.present:
            other = _partner(society, answers, member, partner, number)
            if other is not None:
                pairs[member.id] = other
        reached = yield from tell(society, [(members[one], _ASKING, [other]) for one, other in pairs.items()])
        asked = [(members[other], said_by(answers), [one]) for one, other in pairs.items() if reached[one]]
        replies = yield from tell(society, asked)
        ready = sorted({one for ones in replies.values() for one in ones})
        exchanges += len(ready)
        if ready:
            answers = answers | (yield from society.ask_all(partial(posed, question, answers), form, ready))
    return Outcome(count(society, question, answers), answers, {"exchanges": exchanges})


def _partner(society: Society, among: Answers, member: Member, how: Partner, number: int) -> int | None:
    """Whom *member* writes to of those *among* whom the question is settled; `None` if there is nobody."""
    heard = set(member.ties)
    others = sorted(seat for seat in member.audience if seat in heard and seat in among)
    if not others:
        return None
    if how == "round_robin":
        return others[(bisect(others, member.id) + number) % len(others)]
    if how == "lot":
        return society.lot(others, "partner", number, member.id)
    into = society.graph.pred[member.id]
    return max(others, key=lambda seat: (into[seat]["weight"], -seat))
