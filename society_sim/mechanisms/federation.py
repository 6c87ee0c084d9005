"""Federation: each community settles the question in its own way, and the communities' decisions are counted."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from society_sim.changes import Change
from society_sim.errors import ScenarioError, nearest
from society_sim.invariants import delegate
from society_sim.mechanisms.lots import lot_of
from society_sim.registry import Part, mechanism
from society_sim.rules.plurality import weighted_plurality
from society_sim.society import Doing, Society
from society_sim.table import together
from society_sim.values import Outcome, Question


@mechanism
def federation(
    society: Society,
    question: Question,
    *,
    inside: str | dict[str, Any] = "plurality",
    own: dict[str, Any] | None = None,
    weights: Literal["equal", "size"] = "equal",
) -> Doing[Outcome]:
    """Each community settles the question in its own way, all at the same time; then their decisions are counted.

    *inside*: the mechanism of all, a name or `{name: {parameter: value}}`. *own*: community -> the same, for
    those that have another. *weights*: each community has one vote, or as many as it has members who are there
    (`size`); the option with most votes wins, ties by a fair lot. In its own mechanism a community is the whole
    society: only its members are asked. Who hears whom is a matter of ties, as always.

    A community is what seats have in their attribute `community`; its first delegate (or head) says its decision to
    those of the others. A community that decides nothing, or has no delegate, is not counted; what abstentions do in it
    is a matter of its mechanism. What a mechanism owes when the right answer is known is paid in each community. Facts:
    `communities` (name -> decision), `by` (name -> mechanism).
    `ScenarioError`, before any call: no communities, a mechanism or parameter that is not there.

    Source: polycentric decisions (V. Ostrom, Tiebout and Warren 1961); indirect majority (Boland 1989).
    """
    graph = society.graph
    parted: dict[str, list[int]] = {}
    for member in society.present:
        community = graph.nodes[member.id].get("community")
        if community is not None:
            parted.setdefault(str(community), []).append(member.id)
    known = {str(data["community"]) for _, data in graph.nodes(data=True) if "community" in data}
    if not known:
        raise ScenarioError("mechanism 'federation': the topology has no communities; federated has")
    for name in own or {}:
        if name not in known:
            raise ScenarioError(f"mechanism 'federation': there is no community {name!r}; {nearest(name, known)}")
    usual = _use(inside)
    ways = {name: _use(own[name]) if own and name in own else usual for name in parted}
    doings = {name: society.start(_settled(society, question, *ways[name]), among=seats, within=name)
              for name, seats in parted.items()}  # fmt: skip
    yield from together(society.env, list(doings.values()))
    outcomes = {name: cast("Outcome", doing.value) for name, doing in doings.items()}
    speakers: dict[str, int] = {}
    for name, seats in parted.items():
        for seat in filter(lambda seat: delegate(graph.nodes[seat]), seats):
            speakers.setdefault(name, seat)
    ballots = []
    for name, speaker in speakers.items():
        decision = outcomes[name].decision
        if decision is not None:
            others = [other for other in speakers.values() if other != speaker]
            society.members[speaker].say(f"Our community answers: {decision}", others)
            ballots.append((decision, float(len(parted[name])) if weights == "size" else 1.0))
    facts = {"communities": {name: outcome.decision for name, outcome in outcomes.items()},
             "by": {name: part.name for name, (part, _) in ways.items()}}  # fmt: skip
    votes = ChainMap(*(cast("dict[int, Any]", outcome.votes) for outcome in outcomes.values() if outcome.votes))
    decision = weighted_plurality(ballots, lot_of(society, question, "council"))
    return Outcome(decision, votes, facts, _claims([outcome.claims for outcome in outcomes.values()]))


def _claims(each: Sequence[Mapping[Any, Sequence[Change]]]) -> dict[Any, list[Change]]:
    """What is due in all communities together, by what the right answer is.

    Where a community knows nothing of an answer, what it has for one that nobody gave is due there.
    """
    answers = dict.fromkeys(answer for own in each for answer in own)
    return {answer: [change for own in each for change in own.get(answer, own.get(None, ()))] for answer in answers}


def _use(said: str | Mapping[str, Any]) -> tuple[Part, Mapping[str, Any]]:
    """The mechanism that *said* names, and its parameters."""
    if isinstance(said, Mapping) and len(said) != 1:
        raise ScenarioError(f"mechanism 'federation': name one mechanism, not {', '.join(map(str, said)) or 'none'}")
    ((name, parameters),) = said.items() if isinstance(said, Mapping) else ((said, None),)
    part = mechanism.get(str(name))
    for parameter in parameters or {}:
        part.check_name(parameter)
    return part, parameters or {}


def _settled(society: Society, question: Question, part: Part, parameters: Mapping[str, Any]) -> Doing[Outcome]:
    """What one community decides."""
    outcome = part.function(society, question, **parameters)
    return outcome if isinstance(outcome, Outcome) else (yield from outcome)
