"""Delegation: a task goes down the lines of command, answers come up, and who is not sure passes it to its boss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean
from typing import Annotated, Any, Literal, TypeAlias

import networkx as nx
import simpy

from society_sim.bounds import between
from society_sim.errors import SocietyError
from society_sim.mechanisms.arguing import reasoned
from society_sim.mechanisms.conversation import Said, posed, tell, worded
from society_sim.mechanisms.lots import lot_of
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

Share: TypeAlias = Literal["all", "one"]


@mechanism
def delegation(
    society: Society, question: Question, *, threshold: Annotated[float, between(0, 100)] = 60.0, share: Share = "all"
) -> Doing[Outcome]:
    """A task goes down the ties of kind `command`, answers go up, and a boss answers itself if those below are unsure.

    Those whom nobody commands get the task. A boss hands it on to `all` it commands, or to `one` of them drawn by lot
    (*share*); who commands nobody, or whose words reach nobody, does it: it is asked, and gives an answer with a
    confidence. That is said to the boss, which hears it if there is a tie up. If all that came to a boss is at least
    *threshold* per cent confident, it passes on their plurality, with the mean confidence of those who gave it, and
    is not asked. Otherwise the task is escalated: the boss is asked itself, shown what came, and passes on its own
    answer, which escalates further if that is below the threshold again. What the top says stands, however sure. If
    several are at the top, theirs is a plurality, ties by a fair lot; and so is each count below.

    So a hierarchy whose workers are sure costs only them, and on a flat organisation, where nobody commands anybody,
    delegation is plain plurality. In a matrix with two bosses a worker does the task once and reports to both.

    An abstention is silence: nothing goes up, and a boss to whom nothing came does the task itself; if nothing comes
    from the top, nothing is decided. A count needs the confidences below it, so it waits for them.
    Facts in the outcome: `asked`, how many did the task, and `escalated`, how many of these are bosses that others
    fell short of. `SocietyError` if the lines of command go round in a circle; `ScenarioError` for a *threshold*
    outside of 0 to 100.

    Source: management by exception (Taylor 1911); knowledge hierarchies (Garicano 2000); cascades of language models
    with deferral by confidence (Chen, Zaharia and Zou 2023, FrugalGPT).
    """
    command = nx.DiGraph()
    command.add_nodes_from(member.id for member in society.present)
    command.add_edges_from((boss, low) for boss, low, kind in society.graph.edges(data="kind")
                           if kind == "command" and boss in command and low in command)  # fmt: skip
    if not nx.is_directed_acyclic_graph(command):
        way = " -> ".join(str(boss) for boss, _ in nx.find_cycle(command))
        raise SocietyError(f"mechanism 'delegation': the lines of command go round in a circle: {way}")
    work = _Work(society, question, threshold, share, command)
    top = [seat for seat in command if not command.pred[seat]]
    results = yield from society.gather(*(_doing(work, seat) for seat in top))
    votes = {seat: work.votes[seat] for seat in sorted(work.votes)}
    decided = plurality([said["answer"] for said in results if said is not None], lot_of(society, question))
    return Outcome(decided, votes, {"asked": len(votes), "escalated": len(work.escalated)})


@dataclass(frozen=True, slots=True)
class _Work:
    """A task on its way: whom each commands, what was set going, who answered what."""

    society: Society
    question: Question
    threshold: float
    share: Share
    command: nx.DiGraph
    going: dict[int, simpy.Process] = field(default_factory=dict)
    votes: dict[int, Any] = field(default_factory=dict)
    escalated: set[int] = field(default_factory=set)


def _doing(work: _Work, seat: int) -> Doing[Said | None]:
    """What *seat* has to say of the task to those above it."""
    society, question = work.society, work.question
    members, low = society.members, sorted(work.command.succ[seat])
    if low and work.share == "one":
        low = [society.lot(low, "delegate", seat)]
    handed = yield from tell(society, [(members[seat], f"Please answer: {question.text}", low)])
    reached = handed[seat]
    for one in reached:
        if one not in work.going:  # a second boss waits for the same work
            work.going[one] = society.start(_doing(work, one))
    if reached:
        yield society.env.all_of([work.going[one] for one in reached])
    done: dict[int, Said] = {one: said for one in reached if (said := work.going[one].value) is not None}
    told = yield from tell(society, [(members[one], worded(said), [seat]) for one, said in done.items()])
    came = {one: done[one] for one, heard in told.items() if heard}
    if came and min(said["confidence"] for said in came.values()) >= work.threshold:
        return _passed_on(work, seat, came)
    if came:
        work.escalated.add(seat)
    text = partial(posed, question, {}, of=frozenset(came)) if came else question.text
    answers = yield from society.ask_all(text, reasoned(question, confidence=True), [seat])
    work.votes[seat] = answers[seat]
    return answers[seat]  # type: ignore[no-any-return]


def _passed_on(work: _Work, seat: int, came: Mapping[int, Said]) -> Said:
    """The plurality of what came, as a boss passes it on without having been asked."""
    decided = plurality([said["answer"] for said in came.values()], lot_of(work.society, work.question, "boss", seat))
    backing = [said for said in came.values() if said["answer"] == decided]
    surest = max(backing, key=lambda said: said["confidence"])
    return {**surest, "confidence": fmean(said["confidence"] for said in backing)}
