"""A small run on disk that can be ended in any way, and what must hold after it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import networkx as nx

from society_sim import Outcome, Question, Society, inline, threads
from society_sim.backends.taped import Count, Taped
from society_sim.paces import lognormal
from society_sim.store import RECORD, Store
from society_sim.testing import scripted

QUESTIONS = [Question(f"q{number}", f"Question {number}?", ("A", "B", "C")) for number in range(3)]


def looks(society, question):
    ballot = question.form
    votes = yield from society.ask_all(question.text, ballot)
    votes = yield from society.ask_all(lambda m: f"{question.text} They say: {m.view(votes)}", ballot)
    return Outcome(max(votes.values()), votes)


def counted(asks: Path, query):
    """The scripted model, which notes every time it is really asked."""
    with asks.open("ab", buffering=0) as file:
        file.write(f"{query.key}\n".encode())
    return scripted(query)


def live(folder: Path, asks: Path, *, pool=inline, size: int = 6) -> tuple[bytes, Count]:
    """Run to the end, as `runs.run` does; the record's bytes, and what was asked and reused."""
    count = Count()
    with Store(folder, "name: life\n") as store:
        if store.finished:
            return (folder / RECORD).read_bytes(), count
        model = Taped(pool(partial(counted, asks), watermark="model"), store.tape, count)
        society = Society(nx.cycle_graph(size), model, seed=2, pace=lognormal, write=store.write)

        def agenda(society):
            for question in QUESTIONS:
                yield from society.settle(question, looks)

        society.run(agenda(society))
        store.finish(society.record.digest)
    return (folder / RECORD).read_bytes(), count


def asked(asks: Path) -> list[str]:
    return asks.read_text().split() if asks.exists() else []


__all__ = ["QUESTIONS", "asked", "live", "threads"]
