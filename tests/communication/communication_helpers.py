"""Running a mechanism of communication on a small society, and reading what came of it."""

from __future__ import annotations

import orjson

from society_sim import Question, Scenario, Society, backend, inline, run
from society_sim.seal import Sealed
from society_sim.values import Item

AGREES = {"communication_agrees": {}}
"""A model that always says A, as quick as can be."""
OPTIONS = ("A", "B", "C", "D")


def question(qid="q", gold="A", options=OPTIONS):
    text = "Which of the options is it?"
    return Question(qid, text, tuple(options), Item(qid, text, tuple(options), Sealed(gold)))


def answer(choice="A", confidence=80, reason="so it is"):
    """A reply in the form of an answer with a confidence and a reason."""
    return f"ANSWER: {choice}\nCONFIDENCE: {confidence}\nREASON: {reason}"


def settle(mechanism, graph, model, *, questions=None, seed=1, society=None, **parameters):
    """(record, prompts) of *mechanism* put to *graph*; *model* is a function of the query; *society* has options.

    *prompts* are (member, text) in the order in which they were answered.
    """
    chunks, prompts = [], []

    def watched(query):
        prompts.append((query.member, query.text))
        return model(query)

    def agenda(made):
        for one in questions or [question()]:
            yield from made.settle(one, mechanism, **parameters)

    made = Society(graph, inline(watched, watermark="model"), seed=seed, write=chunks.append, **society or {})
    made.run(agenda(made))
    return [orjson.loads(line) for line in b"".join(chunks).splitlines()], prompts


@backend
def communication_agrees():
    """Says A, whatever it is asked."""
    return inline(lambda _: answer(), watermark="agrees")


def kinds(record, kind):
    return [entry for entry in record if entry["kind"] == kind]


def outcome(record):
    return kinds(record, "outcome")[-1]


def asked(prompts, member):
    return [text for seat, text in prompts if seat == member]


def ran(mechanism, *, size=9, topology="flat", rounds=20, seed=1, model=None, measures=(), pace=None, **sections):
    """The result of a run of a scenario, kept in memory."""
    sections |= {"pace": pace} if pace else {}
    scenario = Scenario.of(
        name="communication",
        models={"crowd": model or {"synthetic": {"preset": "helm-mid"}}},
        population={"plain": {"size": size}},
        topology=topology,
        task={"multiple_choice": {"rounds": rounds, "options": 4}},
        mechanism=mechanism,
        measures=list(measures),
        **sections,
    )
    return run(scenario, seed=seed, out=None)
