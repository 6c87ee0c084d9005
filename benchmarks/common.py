"""What the benchmarks share: a row of results, a clock of CPU time, and the societies they run."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import networkx as nx

from society_sim import Answer, Question, Society, inline
from society_sim.backends.taped import Count, Taped
from society_sim.store import Store

QUESTION = Question("q", "Which of the four is it?", tuple("ABCD"))
INSTANT = Answer(text="Let me see.\nANSWER: B", tokens_in=12, tokens_out=6)


class Row(NamedTuple):
    """One figure: what, how much, in what unit, and what it is held against (empty if nothing)."""

    what: str
    value: float
    unit: str
    goal: str = ""


@contextmanager
def cpu():
    """A function that gives the CPU seconds (of all threads) since the block began."""
    begun = time.process_time()
    yield lambda: time.process_time() - begun


def instant(query):
    """A model that costs nothing to ask."""
    return INSTANT


def polls(society: Society, rounds: int):
    """Ask everybody *rounds* times, read every answer."""
    ballot = QUESTION.form
    for number in range(rounds):
        votes = yield from society.ask_all(f"Round {number}: {QUESTION.text}", ballot)
        votes.values()


def polled(folder: Path, members: int, rounds: int, model: Callable = instant) -> tuple[float, Society]:
    """CPU seconds for *rounds* polls of *members*, tape and record on disk included."""
    with Store(folder, "name: benchmark\n") as store:
        society = Society(nx.empty_graph(members), Taped(free(model), store.tape, Count()), write=store.write)
        with cpu() as spent:
            society.run(polls(society, rounds))
            store.finish(society.record.digest)
            seconds = spent()
    return seconds, society


def free(model: Callable):
    """*model* as a backend whose answers may be computed again."""
    backend = inline(model, watermark="instant")
    backend.free = True
    return backend
