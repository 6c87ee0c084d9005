"""From how things stand to a picture of it, as plain data that a browser draws.

Who sits where, in what colour, and what passes between them in this moment. Places are found once, from how the society
was at first, and kept: nobody moves when it is rewired. Members that come later sit down among their neighbours. A
society of more than `CROWD` is shown as its communities.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import networkx as nx

from society_viz import labels, layout, look, shapes
from society_viz.ballots import Legend, foremost, legend
from society_viz.film import ABSTAINED, HEIGHT, NONE, WIDTH
from society_viz.geometry import WEB
from society_viz.marking import marks
from society_viz.stage import Stage
from society_viz.words import cut, number

CROWD = 500
"""More members than this are shown as communities."""
_BLOCKS = 40  # communities at most
_LINES = 12_000  # more ties than this are not drawn one by one
_ARROWS = 800
_APART = 3.2
Scene = dict[str, Any]


@dataclass(slots=True)
class Cast:
    """Who sits where. `blocks` has the seats of each community where these are shown in place of members.

    `opened`: the communities whose members are listed instead; places only ever get more.
    """

    spots: layout.Layout | None = None
    blocks: list[list[int]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    of: dict[int, int] = field(default_factory=dict)
    """The node of each seat, by its place in the picture."""
    seats: list[int] = field(default_factory=list)
    """The seat of each node; empty where nodes are communities."""
    _grouped: bool = False
    _drawn: tuple[int, Scene] | None = None
    _net: tuple[int, Scene] | None = None

    def seat(self, stage: Stage) -> None:
        """Give everybody in *stage* a place who has none."""
        if self.spots is None:
            self._first(stage)
        elif stage.table.communities and not self._grouped:  # it is known by now who sits in which committee
            self._grouped = True
            if layout.grouped(stage.attributes) and not self.blocks:
                self._first(stage)
                self._drawn = None
        if not self.blocks:
            self._newcomers(stage)
        else:
            for seat in stage.names.keys() - self.of.keys():
                self.of[seat] = 0

    def _first(self, stage: Stage) -> None:
        if len(stage.names) <= CROWD:
            self.spots = layout.arrange(stage.attributes, stage.opening, stage.weights, stage.order)
            self.seats = list(self.spots.spots)
            self.of = {seat: at for at, seat in enumerate(self.seats)}
            return
        found = _communities(stage)
        self.blocks = [seats for _, seats in found]
        self.names = [name for name, _ in found]
        self.of = {seat: at for at, seats in enumerate(self.blocks) for seat in seats}
        between = Counter((self.of[u], self.of[v]) for u, v, _ in stage.opening if self.of[u] != self.of[v])
        ties = [(u, v, "talk") for (u, v) in between]
        spots = layout.arrange({at: {} for at in range(len(found))}, ties, {}, {})
        largest = max(len(seats) for seats in self.blocks)
        room = max(spots.radii.values())
        radii = {at: max(room * 1.3 * sqrt(len(seats) / largest), 5.0) for at, seats in enumerate(self.blocks)}
        self.spots = layout.Layout(spots.shape, spots.spots, radii, (), spots.middle, spots.pull)

    def _newcomers(self, stage: Stage) -> None:
        spots = self.spots
        if spots is None or len(spots.spots) >= len(stage.names):
            return
        radius = sorted(spots.radii.values())[len(spots.radii) // 2] if spots.radii else 14.0
        for seat in sorted(stage.names.keys() - spots.spots.keys()):
            near = [v if u == seat else u for u, v in stage.ties if seat in (u, v)]
            known = [spots.spots[one] for one in dict.fromkeys(near) if one in spots.spots]
            spots.spots[seat] = layout.beside(seat, known, list(spots.spots.values()), radius)
            spots.radii[seat] = radius
            self.of[seat] = len(self.seats)
            self.seats.append(seat)

    def drawn(self, stage: Stage) -> Scene:
        """The nodes of the picture: (seat, name, label, x, y, r, label's x and y, its anchor), and what lies behind."""
        self.seat(stage)
        if self._drawn is not None and self._drawn[0] == len(self.of):
            return self._drawn[1]
        self._drawn = len(self.of), self._placed(stage)
        return self._drawn[1]

    def _placed(self, stage: Stage) -> Scene:
        spots = self.spots
        if spots is None:
            return {"nodes": [], "regions": [], "pull": 0, "middle": [WIDTH / 2, HEIGHT / 2], "size": [WIDTH, HEIGHT]}
        if self.blocks:
            named = {at: f"{name} ({len(self.blocks[at]):,})" for at, name in enumerate(self.names)}
            seats = list(range(len(self.blocks)))
            whole = named
        else:
            seats = self.seats
            whole = {seat: stage.name(seat) for seat in seats}
            named = short(whole)
            if spots.shape == "parliament":
                named = {seat: f"{named[seat]} {number(stage.weights.get(seat, 0))}" for seat in seats}
        placed = labels.place(spots, named)
        return {
            "size": [WIDTH, HEIGHT],
            "nodes": [
                [seat, whole[seat], label or cut(named[seat], 18), float(x), float(y), float(spots.radii[seat]),
                 float(lx), float(ly), anchor, bool(label)]
                for seat in seats
                for (x, y), (label, lx, ly, anchor) in [(spots.spots[seat], placed[seat])]
            ],
            "regions": [[r.shape, r.x, r.y, r.size, r.label, r.community] for r in spots.regions],
            "middle": list(spots.middle),
            "pull": spots.pull,
            "blocks": bool(self.blocks),
        }


def short(names: Mapping[int, str]) -> dict[int, str]:
    """Names without a word that all of them begin with.

    >>> short({0: "Member 0", 1: "Member 1"}), short({0: "Ann Lee", 1: "Bo"})
    ({0: '0', 1: '1'}, {0: 'Ann Lee', 1: 'Bo'})
    """
    heads = {name.rpartition(" ")[0] for name in names.values()}
    if len(names) > 1 and len(heads) == 1 and all(name.rpartition(" ")[2].isdecimal() for name in names.values()):
        return {seat: name.rpartition(" ")[2] for seat, name in names.items()}
    return dict(names)


def net(stage: Stage, cast: Cast) -> Scene:
    """The ties: their kinds as they are drawn, and lines (source, target, kind, shift, arrow, width) between nodes.

    Two ties of one kind between two members are one line; where there are too many, `untied` counts them. Where many
    may all speak to one another, lines would say nothing and hide the rest: it is a `web`.
    """
    same = hash(frozenset(stage.ties.items()))
    if cast._net is None or cast._net[0] != same:
        cast._net = same, _lines(stage, cast)
    return cast._net[1]


def _lines(stage: Stage, cast: Cast) -> Scene:
    of = cast.of
    if cast.blocks:
        between: Counter[tuple[int, int]] = Counter()
        for u, v in stage.ties:
            a, b = of.get(u, -1), of.get(v, -1)
            if a != b and min(a, b) >= 0:
                between[min(a, b), max(a, b)] += 1
        most = max(between.values(), default=1)
        lines: list[list[Any]] = [[a, b, 0, 0.0, 0, round(0.6 + 5 * sqrt(many / most), 2)]
                                  for (a, b), many in sorted(between.items())]  # fmt: skip
        return {"kinds": [_kind("talk")], "lines": lines, "untied": 0, "ties": len(stage.ties)}
    n, ties = len(stage.names), stage.ties
    everyone = stage.weights and len(stage.weights) == n and len(ties) > 0.8 * n * (n - 1)
    if everyone or len(ties) > _LINES:
        return {"kinds": [], "lines": [], "untied": 0 if everyone else len(ties), "ties": len(ties)}
    if n > WEB and len(ties) == n * (n - 1) and len({kind for kind, _ in ties.values()}) == 1:
        return {"kinds": [], "lines": [], "untied": 0, "ties": len(ties), "web": True}
    kinds = sorted({kind for kind, _ in ties.values()}, key=lambda kind: (kind not in look.TIES, kind))
    lines, arrows = [], len(ties) <= 2 * _ARROWS
    for (u, v), (kind, _) in ties.items():
        back = ties.get((v, u))
        mutual = back is not None and back[0] == kind
        if (mutual and u > v) or u not in of or v not in of:
            continue
        shift = _APART if back is not None and not mutual else 0.0
        lines.append([of[u], of[v], kinds.index(kind), shift, int(arrows and not mutual), 0])
    return {"kinds": [_kind(kind) for kind in kinds], "lines": lines, "untied": 0, "ties": len(ties)}


def _kind(name: str) -> list[Any]:
    colour, wide, dashes = look.tie(name)
    return [name, colour, wide, list(dashes)]


def now(stage: Stage, cast: Cast) -> Scene:
    """What the moment looks like: fills and marks of the nodes, the legend with its tallies, and what flows."""
    rows = colours(stage)
    seen = stage.moment
    values, numbers = stage.table.values, stage.table.numbers
    looks = {seat: rows.look(seat, values, numbers) for seat in stage.names if seat not in stage.gone}
    counts = Counter(fill for fill, _ in looks.values())
    weights: defaultdict[int, float] = defaultdict(float)
    for seat, (fill, _) in looks.items():
        weights[fill] += stage.weights.get(seat, 0)
    weighed = bool(stage.weights) and len(stage.weights) == len(stage.names)
    tally = [[at, key.label, key.colour, key.letter, counts[at], weights[at] if weighed else 0, look.dark(key.colour)]
             for at, key in enumerate(rows.keys)]  # fmt: skip
    if counts[ABSTAINED]:
        tally.append([ABSTAINED, "abstains", look.ABSTAINING, "–", counts[ABSTAINED],
                      weights[ABSTAINED] if weighed else 0, False])  # fmt: skip
    if rows.keys and counts[NONE]:
        tally.append([NONE, "no answer yet", "", "", counts[NONE], weights[NONE] if weighed else 0, False])
    facts: Scene = {"tally": tally, "people": len(looks), "flows": _flows(stage, cast)}
    if cast.blocks:
        shares = [Counter(looks.get(seat, (NONE, ""))[0] for seat in seats) for seats in cast.blocks]
        facts["pies"] = [[[fill, round(many / max(share.total(), 1), 4)] for fill, many in sorted(share.items())]
                         for share in shares]  # fmt: skip
        facts["active"] = sorted({cast.of[seat] for seat in seen.active if seat in cast.of})
        return facts
    facts["fills"] = [looks.get(seat, (NONE, ""))[0] for seat in cast.seats]
    facts["marks"] = [cut(looks.get(seat, (NONE, ""))[1], 6) for seat in cast.seats]
    arrows, badges = marks(stage)
    facts["arrows"] = [[cast.of[u], cast.of[v], which] for u, v, which in arrows if u in cast.of and v in cast.of]
    facts["badges"] = [[cast.of[at], sign, which] for at, sign, which in badges if at in cast.of]
    facts["active"] = _places(seen.active, cast)
    facts["gone"] = _places(stage.gone, cast)
    facts["settled"] = stage.table.communities
    facts["absent"] = [at for at, seat in enumerate(cast.seats) if seat not in stage.names]
    facts["chair"] = cast.of.get(stage.table.chair, -1)
    facts["proposed"] = _places(stage.table.proposed, cast)
    facts["governing"] = _places(stage.table.governing, cast)
    facts["linked"] = [[cast.of[u], cast.of[v]] for u, v, _ in seen.linked if u in cast.of and v in cast.of]
    facts["unlinked"] = [[cast.of[u], cast.of[v]] for u, v, _ in seen.unlinked if u in cast.of and v in cast.of]
    return facts


def colours(stage: Stage) -> Legend:
    """The legend of the question on the table, from the answers given so far and those before them."""
    return legend(foremost(stage.table.found, stage.table.values.values()), list(stage.table.numbers.values()))


def _flows(stage: Stage, cast: Cast) -> list[list[Any]]:
    found = dict.fromkeys((cast.of[u], cast.of[v], what) for u, v, what in stage.moment.flows
                          if u in cast.of and v in cast.of)  # fmt: skip
    return [[u, v, what] for u, v, what in found if u != v]


def _places(seats: Iterable[int], cast: Cast) -> list[int]:
    return sorted(cast.of[seat] for seat in seats if seat in cast.of)


def _communities(stage: Stage) -> list[tuple[str, list[int]]]:
    """The communities of a large society, largest first, the smallest of more than `_BLOCKS` together as the last.

    They are those that its topology names, else those found in its ties; without ties, its members in even blocks.
    """
    given: defaultdict[str, list[int]] = defaultdict(list)
    known = layout.communities(stage.attributes)
    for seat in sorted(stage.names):
        given[shapes.community(known[seat][0]) if seat in known else "no community"].append(seat)
    found: list[tuple[str, list[int]]]
    if len(given) > 1:
        found = [*given.items()]
    elif stage.opening:
        graph = nx.Graph()
        graph.add_nodes_from(sorted(stage.names))
        graph.add_edges_from((u, v) for u, v, _ in stage.opening)
        found = [(f"around {stage.name(_centre(graph, part))}", part) for part in _parts(graph)]
    else:
        found = [("everybody", sorted(stage.names))]
    if len(found) == 1:
        found = _even(sorted(stage.names), stage)
    found.sort(key=lambda part: (-len(part[1]), part[1][0]))
    if len(found) > _BLOCKS:
        rest = sorted(seat for _, seats in found[_BLOCKS - 1 :] for seat in seats)
        found = [*found[: _BLOCKS - 1], ("all others", rest)]
    return found


def _parts(graph: nx.Graph) -> list[list[int]]:
    """Communities: of labels that spread along ties (Traag and Subelj 2023), which Louvain's method then joins.

    The first is fast on large graphs, the second is not, but there are few to join.
    """
    small = [sorted(part) for part in nx.community.fast_label_propagation_communities(graph, seed=0)]
    of = {seat: at for at, part in enumerate(small) for seat in part}
    between = Counter((min(of[u], of[v]), max(of[u], of[v])) for u, v in graph.edges)
    coarse = nx.Graph()
    coarse.add_nodes_from(range(len(small)))
    coarse.add_weighted_edges_from((a, b, many) for (a, b), many in between.items())
    joined = nx.community.louvain_communities(coarse, seed=0)
    return [sorted(seat for at in part for seat in small[at]) for part in joined]


def _centre(graph: nx.Graph, part: Iterable[int]) -> int:
    return max(sorted(part), key=lambda seat: len(graph[seat]))


def _even(seats: Sequence[int], stage: Stage) -> list[tuple[str, list[int]]]:
    many = min(_BLOCKS, max(2, len(seats) // 125))
    size = -(-len(seats) // many)
    blocks = [list(seats[start : start + size]) for start in range(0, len(seats), size)]
    return [(f"{stage.name(block[0])} to {stage.name(block[-1])}", block) for block in blocks]
