"""Relay: answers go up the lines of reporting, and each boss passes on what its group decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import networkx as nx

from society_sim.errors import SocietyError
from society_sim.mechanisms.lots import lot_of
from society_sim.member import View
from society_sim.promises import Words
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality, weighted_plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def relay(
    society: Society, question: Question, *, weights: Literal["equal", "size"] = "equal"
) -> Doing[Outcome]:
    """Everyone answers; each boss settles its own group first, joins it with the bosses under it, and reports upwards.

    A boss is a member that others have a tie of kind `report` to. Its own group are itself and those of its direct
    reports that lead nobody: their plurality is the group's answer. Then that answer and those of the bosses under it
    are counted, one vote each, and the result is said to the boss above. (Where the topology gives seats a `level`
    that fits the lines of reporting, the bosses of the lowest level are counted first, then that answer with the next:
    teams of teams are a committee of committees.) Those who report to nobody settle among themselves, one vote each.
    So on a flat organisation, where nobody reports to anybody, relay is plain plurality; on a federation it has two
    steps.

    *weights*: with `equal` each boss has one vote for its group; with `size` as many as members of it, itself and all
    below, gave an answer.

    An abstention is silence: it is not counted, and a group in which all abstain reports nothing; if nothing comes to
    the top, nothing is decided. Every count settles its ties by a fair lot of its own.
    Messages: one for each tie of kind `report`. `SocietyError` if the lines of reporting go round in a circle, or
    somebody reports to several (as in `matrix`): before anybody is asked, unless a rewiring makes them so meanwhile.

    Source: indirect majority (Boland 1989; Berg and Paroush 1998); votes by size, Penrose (1946).
    """
    _lines(society, [member.id for member in society.present])  # an error before anybody is asked
    votes = yield from society.ask_all(question.text, question.form)
    upwards, order = _lines(society, votes)  # as they are by now, without who joined since
    levels = _levels(society.graph, upwards)
    settled: dict[int, tuple[Any, int]] = {}  # the answer, and how many answers it stands for
    count = _by_size if weights == "size" else _by_head
    for seat in order:
        leaves = [settled[low] for low in upwards.pred[seat] if not upwards.pred[low]]
        bosses: dict[int, list[tuple[Any, int]]] = {}
        for low in upwards.pred[seat]:
            if upwards.pred[low]:
                bosses.setdefault(levels[low], []).append(settled[low])
        own = votes[seat], int(votes[seat] is not None)
        if leaves:
            own = count([own, *leaves], lot_of(society, question, "group", seat))
        for level in sorted(bosses, reverse=True):
            own = count([own, *bosses[level]], lot_of(society, question, "bosses", seat, level))
        settled[seat] = own
        answer, _ = own
        society.members[seat].say(_report(answer, bool(upwards.pred[seat])), upwards.succ[seat])
    top = [settled[seat] for seat in votes if not upwards.succ[seat]]
    decision, _ = count(top, lot_of(society, question))
    return Outcome(decision, votes)


def _by_head(parts: Sequence[tuple[Any, int]], draw: int) -> tuple[Any, int]:
    return plurality((answer for answer, _ in parts), draw), sum(size for _, size in parts)


def _by_size(parts: Sequence[tuple[Any, int]], draw: int) -> tuple[Any, int]:
    return weighted_plurality(parts, draw), sum(size for _, size in parts)


def _lines(society: Society, seats: Collection[int]) -> tuple[nx.DiGraph, list[int]]:
    """The lines of reporting among *seats*, upwards, and these in an order in which nobody comes before its reports."""
    upwards = nx.DiGraph()
    upwards.add_nodes_from(seats)
    upwards.add_edges_from((low, high) for low, high, kind in society.graph.edges(data="kind")
                           if kind == "report" and low in upwards and high in upwards)  # fmt: skip
    for seat, bosses in upwards.succ.items():
        if len(bosses) > 1:
            several = ", ".join(map(str, sorted(bosses)))
            raise SocietyError(f"mechanism 'relay': seat {seat} reports to {several}; a vote goes up one line, as in "
                               "hierarchical, linking_pins and federated")  # fmt: skip
    try:
        return upwards, list(nx.lexicographical_topological_sort(upwards))
    except nx.NetworkXUnfeasible as circle:
        way = " -> ".join(str(low) for low, _ in nx.find_cycle(upwards))
        raise SocietyError(f"mechanism 'relay': the lines of reporting go round in a circle: {way}; a vote goes up "
                           "to somebody who reports to nobody") from circle  # fmt: skip


def _levels(graph: nx.DiGraph, upwards: nx.DiGraph) -> Mapping[int, int]:
    """The level of each seat; the same for all where the topology gives none, or promotions have overtaken it."""
    levels = {seat: graph.nodes[seat].get("level") for seat in upwards}
    known = None not in levels.values()
    if known and all(levels[low] > levels[high] for low, high in upwards.edges):
        return levels
    return dict.fromkeys(upwards, 0)


def _report(answer: Any, group: bool) -> Words:
    if answer is None:
        return _silence
    return f"{'Our group answers' if group else 'I answer'}: {answer}"


def _silence(_: View) -> Any:
    return None
