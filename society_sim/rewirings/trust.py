"""Trust: ties to those whose advice proved right gain weight, others lose it, and the weakest are cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from society_sim.bounds import Share
from society_sim.changes import Proposal, Reweight
from society_sim.frame import Frame
from society_sim.registry import rewiring
from society_sim.rewirings.acts import Draft, Pair, kind_of


@rewiring
def trust(
    frame: Frame, rng: np.random.Generator, *, rate: Share = 0.2, cut: Share = 0.1, spoken: bool = True
) -> Iterable[Proposal]:
    """Weights follow what a speaker's words were worth: w becomes w + *rate* (1 if it was right, else 0, minus w).

    It is the speaker's answer to the question settled last, since the last proposal, that counts; an abstention is not
    right (as in its standing). With `spoken: true` a tie learns only when something was said along it since the last
    proposal; with `spoken: false` all ties of the speaker do, as is right for mechanisms that show answers without
    messages. So *rate* is per question: let `every` be about as long as a question takes. Weights begin at what the
    topology gives (1) and tend to the speaker's accuracy.

    A talk tie whose weight falls below *cut* is lost, this way alone; 0: none ever is. Nobody loses its last tie.
    Ties of other kinds gain and lose weight, but stay.

    Source: linear reinforcement (Bush and Mosteller 1955); trust from experience (Marsh 1994).

    >>> import networkx as nx
    >>> from society_sim.frame import Use, Verdict
    >>> graph = nx.DiGraph([(0, 1)])
    >>> frame = Frame(2.0, graph, {}, used={(0, 1): Use(1.5, 1)}, verdicts={0: Verdict("q", False, 1.8)}, before=1.0)
    >>> list(trust(frame, None))
    [(Reweight(source=0, target=1, weight=0.8),)]
    """
    draft = Draft(frame)
    changed: list[Reweight] = []
    for u, v in _ties(frame, spoken):
        verdict = frame.verdicts.get(u)
        if verdict is None or not _fresh(frame, verdict.at):
            continue
        old = float(frame.graph.edges[u, v].get("weight", 1.0))
        new = round(old + rate * (verdict.right - old), 6)
        if new < cut and kind_of(frame.graph, u, v) == "talk" and draft.cut_way(u, v):
            continue
        if new != old:
            changed.append(Reweight(u, v, new))
    return [*draft.changes(), *((change,) for change in changed)]


def _fresh(frame: Frame, at: float) -> bool:
    return at > frame.before or frame.number == 0


def _ties(frame: Frame, spoken: bool) -> Iterator[Pair]:
    if not spoken:
        return ((u, v) for u in sorted(frame.verdicts) for v in frame.graph.adj[u])
    return (pair for pair, use in frame.used.items() if use.messages and _fresh(frame, use.last)
            and frame.graph.has_edge(*pair))  # fmt: skip
