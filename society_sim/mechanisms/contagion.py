"""Contagion: words that make whoever reads them pass them on spread along ties, and then everybody answers."""

from __future__ import annotations

from functools import partial

from society_sim.bounds import Natural, NonNegative, Share
from society_sim.mechanisms.arguing import reasoned
from society_sim.mechanisms.conversation import Pick, chosen, count, passed_on, posed, tell
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.streams import seed_of, uniforms
from society_sim.values import Outcome, Question


@mechanism
def contagion(
    society: Society,
    question: Question,
    *,
    transmission: Share = 0.2,
    recovery: Share = 1.0,
    immune: bool = True,
    origin: Pick = "lot",
    rounds: Natural = 1000,
    pause: NonNegative = 1.0,
) -> Doing[Outcome]:
    """One member answers; its answer infects: who hears it passes it on, until it recovers; then everybody answers.

    An infected prompt in a society of agents, or a rumour. The *origin* is drawn by `lot`, has the largest audience
    (`central`) or the lowest seat (`first`). In each round of *pause* units of simulated time each carrier says the
    words to each of those it can speak to, to each with probability *transmission*; after that each carrier recovers
    with probability *recovery*. Who has heard it carries it from the next round on. Who has recovered is *immune*
    (SIR; with `recovery: 1` the chain of Reed and Frost) or may be infected again (SIS). It ends when nobody carries
    it any more, or after *rounds*. Luck is that of the round and of the pair: a tie more elsewhere changes nothing.
    Then everyone is asked, and is shown what it remembers, the same words once and its own not again. The plurality
    of these answers is the decision, ties by a fair lot.

    If the origin abstains, nothing spreads; an abstention in the last answers is not counted, and if all abstain
    nothing is decided. Questions asked: n + 1; the contagion itself asks nobody.
    Facts in the outcome: `rounds`, those it took; `heard`, how many ever carried it, the origin included; and
    `carriers`, how many did at the end of each round. `ScenarioError` if a probability is none.

    In SIS it dies out soon where transmission over recovery is below one over the largest eigenvalue of the graph
    (`structure.spectral_radius`); in a flat organisation of n an outbreak of SIR reaches the share s for which
    1 - s = exp(-R s), R = transmission (n - 1) / recovery.
    Source: Kermack and McKendrick (1927); Reed and Frost, in Abbey (1952); threshold: Wang et al. (2003); infected
    prompts: Lee and Tiwari (2024), Prompt Infection.
    """
    form = reasoned(question, confidence=True)
    if not society.present:
        return Outcome(None, {}, {"rounds": 0, "heard": 0, "carriers": []})
    (first,) = chosen(society, question, 1, origin)
    answer = yield from society.ask_all(question.text, form, [first])
    said = answer[first.id]  # nothing spreads without it, so it is waited for
    news = "" if said is None else passed_on(first.name, said)
    luck = seed_of(society.seed, "contagion", question.id)
    carrying, ever = ({first.id}, {first.id}) if news else (set(), set())
    curve: list[int] = []
    while carrying and len(curve) < rounds:
        number = len(curve) + 1
        yield society.env.timeout(pause)
        sayings = []
        for seat in sorted(carrying):
            member = society.members[seat]
            reached = [other for other in member.audience if uniforms(luck, number, seat, other)[0] < transmission]
            sayings.append((member, news, reached))
        told = yield from tell(society, sayings)
        caught = {seat for seats in told.values() for seat in seats} - (ever if immune else carrying)
        carrying = {seat for seat in carrying if uniforms(luck, number, seat)[0] >= recovery} | caught
        ever |= caught
        curve.append(len(carrying))
    votes = yield from society.ask_all(partial(posed, question, answer, once=True), form)
    facts = {"rounds": len(curve), "heard": len(ever), "carriers": curve}
    return Outcome(count(society, question, votes), votes, facts)
