"""Relay: answers go up the lines of reporting, and each boss passes on what its group decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from society_sim.errors import SocietyError
from society_sim.mechanisms.plurality import lot
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def relay(society: Society, question: Question) -> Doing[Outcome]:
    """Everyone answers; each boss settles its own group first, joins it with the bosses under it, and reports upwards.

    A boss is a member that others have a tie of kind `report` to. Its own group are itself and those of its direct
    reports that lead nobody: their plurality is the group's answer. Then that answer and those of the bosses under it
    are counted, one vote each; where the topology gives seats a `level`, the lowest level of bosses first, then that
    answer with the next. The result is said to the boss above. Those who report to nobody settle among themselves,
    one vote each. So on a flat organisation, where nobody reports to anybody, relay is plain plurality; on a
    federation it has two levels; on teams of teams it is a committee of committees.

    An abstention is silence: it is not counted, and a group in which all abstain reports nothing; if nothing comes to
    the top, nothing is decided. Every count settles its ties by a fair lot of its own.
    Messages: one for each tie of kind `report`. `SocietyError` if the lines of reporting go round in a circle.

    Source: indirect majority (Boland 1989; Berg and Paroush 1998).
    """
    votes = yield from society.ask_all(question.text, question.form)
    graph = society.graph
    upwards = nx.DiGraph()
    upwards.add_nodes_from(votes)
    upwards.add_edges_from((u, v) for u, v, kind in graph.edges(data="kind") if kind == "report")
    try:
        order = list(nx.lexicographical_topological_sort(upwards))
    except nx.NetworkXUnfeasible as circle:
        way = " -> ".join(str(u) for u, _ in nx.find_cycle(upwards))
        raise SocietyError(f"mechanism 'relay': the lines of reporting go round in a circle: {way}") from circle
    settled: dict[int, Any] = {}
    for seat in order:
        settled[seat] = _settled(society, question, upwards, seat, votes, settled)
        society.members[seat].say(_report(settled[seat], bool(upwards.pred[seat])), upwards.succ[seat])
    top = [settled[seat] for seat in votes if not upwards.succ[seat]]
    return Outcome(plurality(top, lot(society, question)), votes)


def _settled(
    society: Society, question: Question, upwards: nx.DiGraph, seat: int, votes: Mapping[int, Any], settled: Mapping[int, Any]
) -> Any:
    """What *seat* reports: its own answer if it leads nobody."""
    leaves, bosses = [], {}
    for report in upwards.pred[seat]:
        if upwards.pred[report]:
            bosses.setdefault(society.graph.nodes[report].get("level", 0), []).append(settled[report])
        else:
            leaves.append(votes[report])
    answer = votes[seat]
    if leaves:
        answer = plurality([answer, *leaves], lot(society, question, "group", seat))
    for level in sorted(bosses, reverse=True):
        answer = plurality([answer, *bosses[level]], lot(society, question, "bosses", seat, level))
    return answer


def _report(answer: Any, group: bool) -> Any:
    if answer is None:
        return lambda _: None
    return f"{'Our group answers' if group else 'I answer'}: {answer}"
