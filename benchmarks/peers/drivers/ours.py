"""society_sim itself, tape and record on disk included."""

from __future__ import annotations

import tempfile
from pathlib import Path

import networkx as nx
from work import Work, prompt

from society_sim import Society, Text
from society_sim.backends.openai_compatible import openai_compatible
from society_sim.backends.taped import Count, Taped
from society_sim.store import Store


def talk(society: Society, rounds: int):
    """Every round, everybody answers what the neighbours said in the round before; all that was said, by round."""
    spoken = []
    words = {}
    for number in range(rounds):
        words = yield from society.ask_all(lambda m: prompt(m.id, number, m.view(words)), Text())
        spoken.append(words)
    return [answers.values() for answers in spoken]


def run(work: Work, backend, graph: nx.Graph, rounds: int, folder: Path) -> list[list[str]]:
    with Store(folder, "name: benchmark\n") as store:
        society = Society(graph, Taped(backend, store.tape, Count()), write=store.write, concurrency=2 * len(graph))
        spoken = society.run(talk(society, rounds))
        store.finish(society.record.digest)
    return spoken


if __name__ == "__main__":
    work = Work()
    backend = openai_compatible(model="x", base_url=work.base_url)
    with tempfile.TemporaryDirectory() as place:
        run(work, backend, nx.empty_graph(1), 1, Path(place) / "first")
        with work.clock():
            ring = nx.circulant_graph(work.members, [1, 2])
            spoken = run(work, backend, ring, work.rounds, Path(place) / "run")
    for round_ in spoken:
        for member, words in enumerate(round_):
            work.say(member, words)
    work.report()
