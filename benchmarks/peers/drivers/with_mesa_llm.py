"""mesa-llm as its pages have it: `LLMAgent`s with `step` and `astep`, one model step a round, in one of three ways.

The reasoning is the least that can be: the prompt goes to the model, and its reply is the plan. Its grids know no ring,
so what the neighbours said is looked up, as it stands when an agent's turn comes.
"""

from __future__ import annotations

import asyncio
import os

from mesa import Model
from mesa_llm import Plan, enable_automatic_parallel_stepping
from mesa_llm.llm_agent import LLMAgent
from mesa_llm.reasoning.reasoning import Reasoning
from work import Work


class Plainly(Reasoning):
    """Ask, and take the reply for the plan."""

    def plan(self, prompt, **_):
        return self._taken(self.agent.llm.generate(prompt))

    async def aplan(self, prompt, **_):
        return self._taken(await self.agent.llm.agenerate(prompt))

    def _taken(self, response) -> Plan:
        return Plan(step=self.agent.model.steps, llm_plan=response.choices[0].message)


class Speaker(LLMAgent):
    """A member: hears, asks, acts on its plan."""

    def __init__(self, model: Ring) -> None:
        super().__init__(model, Plainly, llm_model="openai/x")
        self.memory.display = False  # what it would print, it would print for every agent and step
        self.seat = self.unique_id - 1

    def step(self) -> None:
        self.act(self.reasoning.plan(self.model.work.ask(self.seat)))

    async def astep(self) -> None:
        self.act(await self.reasoning.aplan(self.model.work.ask(self.seat)))

    def act(self, plan: Plan) -> None:
        self.apply_plan(plan)
        self.model.work.say(self.seat, plan.llm_plan.content)


class Ring(Model):
    """Everybody's turn, once a step."""

    def __init__(self, work: Work) -> None:
        super().__init__(seed=1)
        self.work, self.parallel_stepping = work, work.way != "sequential"
        Speaker.create_agents(self, work.members)

    def step(self) -> None:
        self.agents.shuffle_do("step")


if __name__ == "__main__":
    work = Work()
    os.environ["OPENAI_API_BASE"] = work.base_url  # an agent's own api_base is not heeded by its asynchronous calls
    if work.way == "threading":
        enable_automatic_parallel_stepping(mode="threading")
    ring = Ring(work)
    first = ring.agents[0].llm
    if work.way == "sequential":
        first.generate("Hello.")
    else:
        asyncio.run(first.agenerate("Hello."))
    with work.clock():
        for _ in range(work.rounds):
            ring.step()
    work.report()
