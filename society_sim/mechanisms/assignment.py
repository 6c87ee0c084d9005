"""Assignment without money: who gets what, or goes with whom, by what all of them say that they like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Any, Literal, TypeAlias

from society_sim.bounds import Positive
from society_sim.errors import ScenarioError
from society_sim.forms import Ranking
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins, micro
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules import valuations
from society_sim.rules.market_text import valued
from society_sim.rules.matching import blocking_pairs, deferred_acceptance, optimal_assignment, serial_dictatorship
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

Rule: TypeAlias = Literal["serial_dictatorship", "optimal", "deferred_acceptance"]
_EXPLAINED: Mapping[str, str] = {
    "serial_dictatorship": "One after the other, in an order drawn by lot, gets the best on its list that is left.",
    "optimal": "All get something so that the places on the lists, added up, are as high as can be.",
    "deferred_acceptance": "They propose down their lists, and whoever is proposed to keeps the best so far.",
}


@mechanism
def assignment(
    society: Society,
    question: Question,
    *,
    rule: Rule = "serial_dictatorship",
    sides: str | None = None,
    quota: Positive = 1,
) -> Doing[Outcome]:
    """Each ranks what it would like to have, or whom it would like to be with, and a *rule* assigns.

    With `serial_dictatorship` and `optimal`, members rank the options of the question, or the things for sale of the
    task `bundles`: members come one after the other in an order drawn by lot and take the best that is left, or all are
    assigned at once so that the sum of their places on the lists is the least. With `deferred_acceptance`, members rank
    members: those of one side propose, and those of the other side hold the best so far. *sides*: the trait that says
    on which side a member is (the value of the lowest seat proposes; two values); if left out, the first half of the
    seats proposes to the rest. *quota*: how many can have the same option, or be with the same receiver.

    A list may name some only; what it does not name is worse than nothing. An abstention names nothing and gets
    nothing. Equal solutions are settled by a fair lot. Nobody gains by another list than its own under serial
    dictatorship, and no proposer under deferred acceptance; receivers may, and so may anybody under `optimal`. The
    decision is nothing. Facts: `gets` (an option, or the name of a member, by seat), `unassigned` (seats),
    `mean_rank` (1 is the best, of those who got something), `blocking` (of two sides: how many pairs would rather have
    each other, by their lists: none, as Gale and Shapley proved) and, where it is known what things are worth,
    `welfare` and `optimum`. `ScenarioError` if there is nothing to rank, a quota below 1, or *sides* that are not two.

    Source: Gale and Shapley (1962); Roth (1982); Abdulkadiroglu and Sonmez (1998); Kuhn (1955).
    """
    if rule == "deferred_acceptance":
        return (yield from _two_sided(society, question, sides, quota))
    things: Sequence[str] = question.facts.get("items", question.options)
    if not things:
        raise ScenarioError(f"mechanism 'assignment': question {question.id!r} has no options to rank")
    worth = _worths(society, question, things)
    words = partial(_asked, question.text, _EXPLAINED[rule], worth)
    said = yield from society.ask_all(words, _ranking(things))
    lists = {seat: tuple(ranked or ()) for seat, ranked in said.items()}
    lot = dealing.lot(society, question)
    quota = min(quota, len(lists))  # nobody can use more, and every place costs time
    if rule == "serial_dictatorship":
        gets = serial_dictatorship(lists, dict.fromkeys(things, quota), lot=lot)
    else:
        gets = _optimal(lists, things, quota, lot)
    found = _told(gets, lists)
    if worth:
        own = [[micro(worth[seat][thing]) for thing in things for _ in range(quota)] for seat in gets]
        best = optimal_assignment(own, best="most", lot=lot) if own else ()
        welfare = sum(micro(worth[seat][thing]) for seat, thing in gets.items() if thing is not None)
        optimum = sum(row[column] for row, column in zip(own, best, strict=True) if column is not None)
        found |= {"welfare": coins(welfare), "optimum": coins(optimum)}
    return Outcome(None, said, found)


def _two_sided(society: Society, question: Question, sides: str | None, quota: int) -> Doing[Outcome]:
    """Who of one side is with whom of the other."""
    names = society.names
    proposers, receivers = _sides(society, sides)
    if not proposers or not receivers:
        alone = [*proposers, *receivers]
        return Outcome(None, facts={"gets": {}, "unassigned": alone, "mean_rank": None, "blocking": 0})
    asking = [
        society.ask_all(f"{question.text}\nWith whom would you like to be? {_EXPLAINED['deferred_acceptance']}",
                        _ranking([names[seat] for seat in others]), own)
        for own, others in ((proposers, receivers), (receivers, proposers))
    ]  # fmt: skip
    first, second = yield from society.gather(*asking)
    seats = {names[seat]: seat for seat in (*proposers, *receivers)}
    wants = {seat: [seats[name] for name in ranked or ()] for seat, ranked in first.items()}
    others = {seat: [seats[name] for name in ranked or ()] for seat, ranked in second.items()}
    quotas = dict.fromkeys(others, quota)
    matched = deferred_acceptance(wants, others, quotas).given
    blocking = blocking_pairs(matched, wants, others, quotas)
    found = _told(matched, wants)
    gets = {seat: names[other] for seat, other in matched.items() if other is not None}
    return Outcome(None, {**first, **second}, {**found, "gets": gets, "blocking": len(blocking)})


def _ranking(names: Sequence[str]) -> Ranking:
    try:
        return Ranking(names, partial=True)
    except ValueError as error:
        raise ScenarioError(f"mechanism 'assignment': {error}") from None


def _sides(society: Society, trait: str | None) -> tuple[list[int], list[int]]:
    """The seats of those who propose, and of those who are proposed to."""
    present = society.present
    if trait is None:
        half = (len(present) + 1) // 2
        return [member.id for member in present[:half]], [member.id for member in present[half:]]
    kinds: dict[Any, list[int]] = {}
    for member in present:
        kinds.setdefault(member.traits.get(trait), []).append(member.id)
    if len(kinds) != 2:
        raise ScenarioError(f"mechanism 'assignment': sides is {trait!r}, a trait of which members have "
                            f"{len(kinds)} values; it needs two")  # fmt: skip
    first, second = kinds.values()
    return first, second


def _optimal(lists: Mapping[int, Sequence[str]], things: Sequence[str], quota: int, lot: int) -> dict[int, str | None]:
    """The assignment with the fewest who get nothing and, of those, the least sum of places."""
    columns = [thing for thing in things for _ in range(quota)]
    much = len(things) * (len(lists) + 1)  # to get anything comes before any place on the list
    values = [[much - ranked.index(thing) if thing in ranked else 0 for thing in columns] for ranked in lists.values()]
    taken = optimal_assignment(values, best="most", lot=lot) if values else ()
    return {seat: None if column is None else columns[column] for seat, column in zip(lists, taken, strict=True)}


def _told(gets: Mapping[int, Any], lists: Mapping[int, Sequence[Any]]) -> dict[str, Any]:
    ranks = [lists[seat].index(own) + 1 for seat, own in gets.items() if own is not None]
    return {"gets": {seat: own for seat, own in gets.items() if own is not None},
            "unassigned": [seat for seat, own in gets.items() if own is None],
            "mean_rank": fmean(ranks) if ranks else None}  # fmt: skip


def _worths(society: Society, question: Question, things: Sequence[str]) -> dict[int, dict[str, float]]:
    """What each thing is worth to each, if the question says so."""
    if "bundles" not in question.facts:
        return {}
    facts = question.facts["bundles"]
    if facts["how"] == "given" and len(facts["values"]) < len(society.members):
        raise ScenarioError(f"mechanism 'assignment': values for {len(facts['values'])} of {len(society.members)} "
                            "members; give some for each")  # fmt: skip
    own = {member.id: valuations.drawn(facts, member.id, things) for member in society.present}
    return {seat: {thing: coins(micro(values[thing])) for thing in things} for seat, values in own.items()}


def _asked(text: str, explained: str, worth: Mapping[int, Mapping[str, float]], me: View) -> str:
    lines = [text, f"Each gets one of them at most, and nothing is paid. {explained}"]
    if worth:
        lines.append(valued(worth[me.id]))
    return "\n".join([*lines, "Rank those that you would like to have, the best first."])
