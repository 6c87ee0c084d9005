"""Strategies of mesa-llm on members of a society: asked within it, recorded, replayed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import networkx as nx
import pytest

from society_sim import Outcome, Question, Scenario, Society, inline, mechanism, plurality, replay, run
from society_sim.bridges import mesa_llm
from society_sim.errors import ScenarioError

reasoning = pytest.importorskip("mesa_llm.reasoning.reasoning")
cot = pytest.importorskip("mesa_llm.reasoning.cot").CoTReasoning
react = pytest.importorskip("mesa_llm.reasoning.react").ReActReasoning
rewoo = pytest.importorskip("mesa_llm.reasoning.rewoo").ReWOOReasoning
STRATEGIES = [cot, react, rewoo]
QUESTION = Question("q", "Tram or bus?", ("tram", "bus"))


def asked(strategy, model, question=QUESTION, say=None):
    """What two members answer by *strategy*, and the record's answers."""
    chunks = []
    society = Society(nx.complete_graph(2), inline(model), seed=1, write=chunks.append)

    def agenda():
        if say:
            society.members[0].say(say, 1)
        return (yield from mesa_llm.ask_all(society, question, strategy))

    values = society.run(agenda())
    entries = map(json.loads, b"".join(chunks).splitlines())
    return values, [entry for entry in entries if entry["kind"] == "answer"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_thinks_and_then_acts(strategy):
    seen = []

    def model(query):
        seen.append(query.text)
        if "REASONING" in query.text:
            return "REASONING: cheap\nACTION: I take the bus."
        return "ANSWER: bus" if "executor" in query.text else "Thought 1: trams are dear. Action: the bus."

    values, answers = asked(strategy, model, say="Trams are late.")
    assert values == {0: "bus", 1: "bus"}
    assert Counter(entry.get("purpose") for entry in answers) == {"thought": 2, None: 2}
    assert all("What you have heard:" in text for text in seen if "Trams are late" in text)
    assert sum("Trams are late." in text for text in seen) == 2  # whom it was said to, at both of its calls
    acts = [text for text in seen if "executor" in text]
    assert all("the bus" in text and "Tram or bus?" in text for text in acts)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_silence_at_a_thought_is_an_abstention_and_asks_no_more(strategy):
    values, answers = asked(strategy, lambda query: "")
    assert values == {0: None, 1: None} and len(answers) == 2


def test_a_run_of_it_is_replayed_and_its_thoughts_are_no_answers(tmp_path):
    @mechanism
    def test_thinks_first(society, question):
        """By chain of thought."""
        votes = yield from mesa_llm.ask_all(society, question, cot)
        return Outcome(plurality(votes.values()), votes)

    sets = ["task.rounds=5", "population.size=5", "topology=flat", "mechanism=test_thinks_first"]
    base = Scenario.read("second_look", sets)
    results = [run(base, seed=2, out=tmp_path / name, concurrency=many) for name, many in (("a", 1), ("b", 64))]
    assert results[0].digest == results[1].digest == replay(results[0].folder).digest
    assert results[0].asked == 5 * 5 * 2 and 0 <= results[0].measures["best_single"] <= 1


class Hasty(reasoning.Reasoning):
    """Has a `plan` alone."""

    def plan(self, prompt, obs=None, ttl=1, selected_tools=None):
        return self.agent.llm.generate(prompt)


class Sleepy(reasoning.Reasoning):
    """Waits for something else than its model."""

    plan = Hasty.plan

    async def aplan(self, prompt, obs=None, ttl=1, selected_tools=None):
        await asyncio.sleep(0)


class Blocking(Sleepy):
    """Asks in a way that would hold everybody up."""

    async def aplan(self, prompt, obs=None, ttl=1, selected_tools=None):
        return self.agent.llm.generate(prompt)


@pytest.mark.parametrize(("strategy", "told"), [
    (Hasty, "Hasty has no aplan of its own"), (Sleepy, "waits for its model alone"), (Blocking, "await self.agent.llm"),
])  # fmt: skip
def test_what_cannot_be_driven_is_told(strategy, told):
    calls = []
    with pytest.raises(ScenarioError, match=told):
        asked(strategy, lambda query: calls.append(query) or "ANSWER: bus")
    assert not calls
