"""Pairwise meetings: two neighbours meet by chance, tell each other their opinions, and think again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Literal

from society_sim.bounds import Natural, NonNegative
from society_sim.mechanisms.lots import lot_of
from society_sim.mechanisms.opinion_dynamics import Held, Last, asked_again, moved, opening, settled, tell
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.opinions import clusters
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

EACH = 20
"""How many meetings a member is in on average, if nothing is said."""


@mechanism
def pairwise_meetings(
    society: Society,
    question: Question,
    *,
    meetings: Natural | None = None,
    draw: Literal["tie", "member"] = "tie",
    both: bool = True,
    within: NonNegative | None = None,
) -> Doing[Outcome]:
    """Two members that a tie joins meet; they say their opinions, and then one or *both* of them are asked again.

    Asynchronous opinion dynamics: one meeting after the other, *meetings* at most; if left out, so many that each
    member is in twenty on average. Who meets is drawn by lot. With `draw: tie` every pair of neighbours is equally
    likely; with `draw: member` first a listener, and then one of those who may speak to it (in the voter model the
    difference decides who wins). With `both: false` only the listener is spoken to and asked. Where a tie has one
    direction, only that is spoken and only its end asked. How an opinion changes is the member's own affair: real
    models decide; the synthetic model has the policies `deffuant` and `voter`.

    *within*: end early; that waits for answers once in so many meetings as there are members. Options: when all who
    answered agree. Numbers: when they agree up to *within*, or nobody is further than *within* from where it was nine
    looks before. Without it nothing is waited for: meetings of different members overlap in real time.

    An abstention is silence until the member meets somebody again and answers; it is not counted at the end. The
    decision is the mean of numbers, or the plurality of options with ties by a fair lot; nothing if all abstain, and
    the opinions as they were if nobody has a neighbour. Facts: `meetings` that took place, `spread` (see
    `rules.opinions.spread`). `ScenarioError` if the question asks for words.

    Source: Deffuant, Neau, Amblard and Weisbuch (2000); voter model: Holley and Liggett (1975).
    """
    first = yield from opening(society, question, "pairwise_meetings")
    held: dict[int, tuple[Mapping[int, Any], ...]] = dict.fromkeys(first, (first,))
    size, done = len(held), 0
    most = EACH * size // 2 if meetings is None else meetings
    looks: list[Mapping[int, Any]] = [first] if within is not None else []
    while done < most:
        pair = _pair(society, draw, done, held)
        if pair is None:
            break
        yield from _meet(society, question, held, *pair, both=both)
        done += 1
        if within is not None and done % size == 0:
            looks = [*looks[-9:], {seat: rounds[-1][seat] for seat, rounds in held.items()}]
            if _over(looks, within, numbers=not question.options):
                break
    latest = {seat: rounds[-1][seat] for seat, rounds in held.items()}
    return settled(latest, lot_of(society, question), {"meetings": done})


def _pair(society: Society, draw: str, number: int, among: Collection[int]) -> tuple[int, int] | None:
    """A listener and a speaker of those *among* whom it is settled, joined by a tie; `None` if nobody has one."""
    graph, members = society.graph, society.present
    if not graph.number_of_edges():
        return None
    for attempt in range(len(members) ** 2 * 64):
        listener = society.lot(members, "meets", number, attempt)
        if draw == "member":
            near = [seat for seat in listener.ties if seat in among]
            if near:
                return listener.id, society.lot(near, "whom", number, attempt)
            continue
        other = society.lot(members, "whom", number, attempt).id
        if graph.has_edge(other, listener.id):
            return listener.id, other
        if graph.has_edge(listener.id, other):
            return other, listener.id
    return next(((v, u) for u, v in graph.edges if u in among and v in among), None)  # a chance of e^-64, or no tie


def _meet(
    society: Society, question: Question, held: dict[int, tuple[Mapping[int, Any], ...]], listener: int, speaker: int,
    *, both: bool,
) -> Doing[None]:  # fmt: skip
    there = [listener]
    latest = Last({seat: held[seat][-1] for seat in (listener, speaker)})
    tell(society.members[speaker], latest, [listener])
    if both and society.graph.has_edge(listener, speaker):
        tell(society.members[listener], latest, [speaker])
        there.append(speaker)
    weights = {(u, v): society.graph.edges[u, v]["weight"] for u, v in ((speaker, listener), (listener, speaker))
               if society.graph.has_edge(u, v)}  # fmt: skip
    trust = {tie: weight for tie, weight in weights.items() if weight != 1}
    words = partial(_again, question, {seat: held[seat] for seat in there}, latest, trust)
    answers = yield from society.ask_all(words, question.form, there)
    for seat in there:
        held[seat] = (*held[seat], answers)


def _again(
    question: Question, held: Mapping[int, Held], latest: Mapping[int, Any], trust: Mapping[tuple[int, int], float],
    me: View,
) -> str:  # fmt: skip
    return asked_again(question, held[me.id], latest, trust, me)


def _over(looks: list[Mapping[int, Any]], within: float, *, numbers: bool) -> bool:
    """Whether all agree, or numbers have come to rest."""
    if numbers:
        now = [one for one in looks[-1].values() if one is not None]
        return not now or max(now) - min(now) <= within or (len(looks) == 10 and moved(looks[0], looks[-1]) <= within)
    return len(clusters(looks[-1].values(), 0.0)) <= 1
