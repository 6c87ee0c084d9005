"""Running a mechanism on a small society, and reading what came of it."""

from __future__ import annotations

import orjson

from society_sim import Society, inline
from society_sim.seal import Sealed
from society_sim.values import Item, Question


def question(qid="q", gold="A", options=("A", "B", "C", "D")):
    text = "Which of the options is it?"
    return Question(qid, text, tuple(options), Item(qid, text, tuple(options), Sealed(gold)))


def settle(mechanism, graph, model, questions=None, seed=1, **parameters):
    """(record, society) of *mechanism* put to *graph*; *model* is a function of the query."""
    chunks = []
    questions = questions or [question()]

    def agenda(society):
        for one in questions:
            yield from society.settle(one, mechanism, **parameters)

    backend = model if hasattr(model, "submit") else inline(model, watermark="model", reads_items=True)
    society = Society(graph, backend, seed=seed, write=chunks.append)
    society.run(agenda(society))
    return [orjson.loads(line) for line in b"".join(chunks).splitlines()], society


def says(*votes):
    """A model that gives each member the vote at its seat; `None` is an answer that cannot be read."""
    return lambda query: f"ANSWER: {votes[query.member]}" if votes[query.member] else "hm"


def outcome(record):
    return next(entry for entry in record if entry["kind"] == "outcome")


def kinds(record, kind):
    return [entry for entry in record if entry["kind"] == kind]
