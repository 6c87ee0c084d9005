"""Chain relay: an answer is passed on from member to member, each in its own words, and may change on its way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from society_sim.bounds import Share
from society_sim.errors import ScenarioError
from society_sim.mechanisms.arguing import reasoned
from society_sim.mechanisms.conversation import Pick, chosen, count, posed, tell, worded
from society_sim.member import Member, View
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.streams import lot, uniforms
from society_sim.values import Outcome, Question


@mechanism
def chain_relay(
    society: Society,
    question: Question,
    *,
    origin: Pick = "first",
    paraphrase: bool = True,
    garble: Share = 0.0,
    vote: Literal["everyone", "last"] = "everyone",
) -> Doing[Outcome]:
    """One member answers; who hears it passes it on to those that have not heard yet, and so to the end of the lines.

    The *origin* has the lowest seat (`first`), the largest audience (`central`) or is drawn by `lot`. The answer goes
    out in waves along all ties: each is told once, by the first that reaches it, so on a line or a ring it is a chain
    of whispers, and on a tree it goes down level by level. With *paraphrase* each who has somebody to tell is asked to
    put what it was told into its own words, and that is passed on, whatever has become of it; without, the words are
    passed on as they came. *garble* is a declared disturbance beside that: the probability, 0 to 1, that on a tie the
    answer is exchanged for another of the question's options, evenly. Loss is the channel's business: who is not
    reached by one may still be by another, in a later wave.
    In the end everyone is asked (`vote: everyone`), or those whom the last wave reached (`last`; the origin, if there
    was none), each shown what it remembers. The plurality is the decision, ties by a fair lot.

    An abstention is silence: an abstaining origin says nothing, and who abstains when asked to pass on tells nobody.
    In the vote it is not counted; if all abstain, nothing is decided. Whom to tell depends on what came, so each wave
    is waited for.
    Facts in the outcome: `waves`; `told`, how many were told; `distorted`, how many of these were told another answer
    than the origin gave. `ScenarioError` if *garble* is no probability, or the question has no options to garble.

    Source: serial reproduction (Bartlett 1932); transmission chains of language models (Perez et al. 2025).
    """
    if garble and len(question.options) < 2:
        raise ScenarioError("mechanism 'chain_relay': garble needs a question of two options or more")
    form = reasoned(question, confidence=True)
    wave = chosen(society, question, 1, origin)
    if not wave:  # everybody has left
        return Outcome(None, {}, {"waves": 0, "told": 0, "distorted": 0})
    answers = yield from society.ask_all(question.text, form, wave)
    passing: Mapping[int, Any] = answers
    versions = {wave[0].id: answers[wave[0].id]}
    waves, here = 0, {member.id for member in society.present}
    while going := _going(wave, versions, here):
        if waves and paraphrase:
            passing = yield from society.ask_all(partial(_restate, question), form, [teller for teller, _ in going])
        said = {(teller.id, seat): _garbled(society, question, passing[teller.id], garble, teller.id, seat)
                for teller, seats in going for seat in seats}  # fmt: skip
        sayings = [(society.members[teller], worded(version), [seat])
                   for (teller, seat), version in said.items() if version is not None]  # fmt: skip
        told = yield from tell(society, sayings)
        reached = {seat: said[teller, seat] for teller, seats in told.items() for seat in seats}
        if not reached:
            break
        versions |= reached
        passing, wave, waves = reached, [society.members[seat] for seat in sorted(reached)], waves + 1
    votes = yield from society.ask_all(partial(posed, question, answers), form, wave if vote == "last" else None)
    truth, *heard = versions.values()
    distorted = sum(version["answer"] != truth["answer"] for version in heard)
    facts = {"waves": waves, "told": len(heard), "distorted": distorted}
    return Outcome(count(society, question, votes), votes, facts)


def _going(wave: list[Member], versions: Mapping[int, Any], here: set[int]) -> list[tuple[Member, list[int]]]:
    """Who tells whom next: each who knows something, those that nobody has told, nor does before it in this wave."""
    taken = set(versions)
    going = []
    for teller in wave:
        seats = [seat for seat in teller.audience if seat in here and seat not in taken]
        if seats and versions[teller.id] is not None:
            going.append((teller, seats))
            taken.update(seats)
    return going


def _garbled(society: Society, question: Question, said: Any, garble: float, teller: int, seat: int) -> Any:
    """What comes of *said* on the tie from *teller* to *seat*."""
    if said is None or uniforms(society.seed, "garble", question.id, teller, seat)[0] >= garble:
        return said
    others = [option for option in question.options if option != said["answer"]]
    return {**said, "answer": lot(others, society.seed, "garbled", question.id, teller, seat)}


def _restate(question: Question, me: View) -> str:
    return f"{posed(question, {}, me)}\nPass on what you were told in your own words: the answer and its reason."
