"""Two-level mean: each community averages its members' numbers, and the society averages its communities."""

from __future__ import annotations

import math
from typing import Any, Literal

from society_sim.errors import ScenarioError
from society_sim.forms import Number
from society_sim.mechanisms.opinion_dynamics import opening, tell, worded
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def two_level_mean(
    society: Society, question: Question, *, weights: Literal["equal", "size"] = "size"
) -> Doing[Outcome]:
    """Members tell their head a number; heads average what they heard and tell one another; the mean of these decides.

    A head and its community are what the topology says (`community` and `head` of a node, as `federated` has them).
    *weights*: with `size` a community counts by how many numbers are in its mean, so that the decision is the mean over
    all whose number was heard; with `equal` each community counts once, and a small one has more weight per member. The
    opinions that the question gives are taken; where it gives none, everybody is asked once.

    An abstention is not counted; neither is a member that has no tie to its head. A community without any number is
    left out; nothing is decided if there is none. Fact: `means`, by community. `ScenarioError` if the question is not
    about a number or the topology has no heads.

    Source: the decomposition of a mean; unequal apportionment as in Penrose (1946).
    """
    if not isinstance(question.form, Number):
        raise ScenarioError(f"mechanism 'two_level_mean': question {question.id!r} is not about a number; use task "
                            "opinions without options")  # fmt: skip
    nodes = society.graph.nodes
    seats = [member.id for member in society.present]
    heads = {nodes[seat]["community"]: seat for seat in seats if nodes[seat].get("head") and "community" in nodes[seat]}
    if not any(data.get("head") and "community" in data for _, data in nodes(data=True)):
        raise ScenarioError("mechanism 'two_level_mean': the topology has no heads of communities; federated has")
    opinions = yield from opening(society, question, "two_level_mean")
    heard: dict[Any, list[float]] = {community: [] for community in heads}
    for seat, value in opinions.items():
        head = heads.get(nodes[seat].get("community"))
        if head is None:
            continue
        if seat != head:
            tell(society.members[seat], opinions, [head])
        if value is not None and (seat == head or society.graph.has_edge(seat, head)):
            heard[nodes[seat]["community"]].append(value)
    means = {community: math.fsum(values) / len(values) for community, values in heard.items() if values}
    for community, mean in means.items():
        others = [head for head in heads.values() if head != heads[community]]
        society.members[heads[community]].say(f"Our mean: {worded(mean)}", others)
    worth = {community: len(heard[community]) if weights == "size" else 1 for community in means}
    total = math.fsum(mean * worth[community] for community, mean in means.items())
    decision = total / sum(worth.values()) if means else None
    return Outcome(decision, opinions, {"means": {str(community): mean for community, mean in means.items()}})
