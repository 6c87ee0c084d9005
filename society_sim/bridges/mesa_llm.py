"""A strategy of mesa-llm (its class `Reasoning`) on members of a society.

Whatever the strategy asks its model for is asked of the member, within the society: it takes simulated time, stands on
the tape and in the record, is paid out of the budget, and is replayed. Steps before the act have the purpose `thought`;
the act itself, for which mesa-llm has a tool called, is the member's answer in the question's form.

    from mesa_llm.reasoning.cot import CoTReasoning

    from society_sim import Outcome, mechanism, plurality
    from society_sim.bridges import mesa_llm

    @mechanism
    def thinks_first(society, question):
        votes = yield from mesa_llm.ask_all(society, question, CoTReasoning)
        return Outcome(plurality(votes.values()), votes)

Needs the extra `bridges`. Strategies are driven through `aplan`, which CoT, ReAct and ReWOO have. Of their agent they
find `llm`, `memory`, `tool_manager` (one tool, `answer`), `generate_obs`, `step_prompt` and `model.steps`; what a
strategy remembers, it remembers for the one question, for a society has memories of its own.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from society_sim.errors import ScenarioError
from society_sim.forms import Fields, Text
from society_sim.member import Member, View
from society_sim.society import Doing, Society
from society_sim.values import Question

_ROOM = 4000
"""Characters of a thought, at most."""


def ask_all(
    society: Society, question: Question, reasoning: Callable[..., Any], of: Iterable[int | Member] | None = None
) -> Doing[dict[int, Any]]:
    """Let all who are present (or those in *of*) answer *question* by the strategy *reasoning*, side by side.

    Seat to value; `None` for an abstention, at the act or at a thought before it. `ScenarioError` before any call if
    *reasoning* has no `aplan` of its own.
    """
    _check(reasoning)
    chosen = society.present if of is None else of
    members = [society.members[one] if isinstance(one, int) else one for one in chosen]
    values = yield from society.gather(*(ask(member, question, reasoning) for member in members))
    return dict(zip((member.id for member in members), values, strict=True))


def ask(member: Member, question: Question, reasoning: Callable[..., Any]) -> Doing[Any]:
    """Let *member* answer *question* by the strategy *reasoning*: its value, or `None` for an abstention."""
    _check(reasoning)
    agent = _Agent(member, question)
    strategy = reasoning(agent=agent)
    given = {"prompt": question.text, "obs": agent.generate_obs()}
    takes = inspect.signature(strategy.aplan).parameters
    thinking = strategy.aplan(**{name: value for name, value in given.items() if name in takes})
    value, reply = None, None
    try:
        while True:
            call = thinking.send(reply)
            if not isinstance(call, _Call):
                raise ScenarioError(f"{reasoning.__name__} waits for {type(call).__name__}; within a society it waits "
                                    "for its model alone (await self.agent.llm.agenerate(...))")  # fmt: skip
            promise = yield from member.society.ask(member, call.words, call.form, purpose=call.purpose)
            if promise.value is None:
                return None
            value, reply = value if call.purpose else promise.value, call.reply(promise.value)
    except StopIteration:
        return value
    finally:
        thinking.close()


def _check(reasoning: Callable[..., Any]) -> None:
    try:
        from mesa_llm.reasoning.reasoning import Reasoning
    except ImportError as error:
        raise ScenarioError(f"strategies of mesa-llm need {error.name}; install it with: "
                            "python -m pip install 'society-sim[bridges]'") from error  # fmt: skip
    if getattr(reasoning, "aplan", Reasoning.aplan) is Reasoning.aplan:
        raise ScenarioError(f"{getattr(reasoning, '__name__', reasoning)} has no aplan of its own: a society asks many "
                            "members at once; write the strategy as a coroutine")  # fmt: skip


class _Call:
    """What a strategy asks its model for; awaiting it hands it to whoever drives the strategy."""

    def __init__(self, text: str, form: Any, purpose: str = "") -> None:
        self.words, self.form, self.purpose = partial(_words, text), form, purpose

    def __await__(self) -> Generator[_Call, Any, Any]:
        return (yield self)

    def reply(self, value: Any) -> SimpleNamespace:
        """*value* as litellm gives it to mesa-llm."""
        said = value if isinstance(value, str) else json.dumps(value)
        called = SimpleNamespace(name="answer", arguments=json.dumps({"value": value}))
        tools = None if self.purpose else [SimpleNamespace(id="0", type="function", function=called)]
        message = SimpleNamespace(role="assistant", content=said, tool_calls=tools)
        return SimpleNamespace(choices=[SimpleNamespace(message=message)])


def _words(text: str, me: View) -> str:
    heard = "".join(f"\n{one.name}: {one.words}" for one in me.heard)
    return f"{text}\nWhat you have heard:{heard}" if heard else text


class _Agent:
    """As much of mesa-llm's `LLMAgent` as strategies read."""

    def __init__(self, member: Member, question: Question) -> None:
        self._member = member
        self.unique_id = member.id
        self.step_prompt = question.text
        self.system_prompt = member.persona
        self.model = SimpleNamespace(steps=int(member.society.now))
        self.llm = _Model(question)
        self.memory = _Memory()
        self.tool_manager = SimpleNamespace(get_all_tools_schema=lambda *_, **__: [_tool(question)])

    def generate_obs(self) -> Any:
        """What the member knows of itself, and of those whom it may speak to."""
        from mesa_llm.reasoning.reasoning import Observation

        own = self._member
        state = [f"{name}: {value}" for name, value in own.traits.items()]
        names = own.society.names
        return Observation(
            step=self.model.steps,
            self_state={"agent_unique_id": own.id, "system_prompt": own.persona, "location": own.name,
                        "internal_state": state},
            local_state={names[to]: {"position": to, "internal_state": []} for to in own.audience},
        )  # fmt: skip


class _Model:
    """mesa-llm's `ModuleLLM`, of which each call is a question to the member."""

    def __init__(self, question: Question) -> None:
        self.system_prompt = ""
        self._question = question

    def agenerate(
        self, prompt: str | Sequence[str], *_: Any, tool_choice: str = "auto", response_format: Any = None,
        **__: Any,
    ) -> Awaitable[Any]:  # fmt: skip
        """Ask: for the act, in the question's form, if a tool must be called; else for words, or fields of them."""
        asked = prompt if isinstance(prompt, str) else "\n".join(prompt)
        text = "\n".join(part for part in (inspect.cleandoc(self.system_prompt or ""), asked) if part)
        if tool_choice == "required":
            return _Call(f"{text}\nThe tool `answer`: {self._question.text}", self._question.form)
        return _Call(text, _shape(response_format), "thought")

    def generate(self, *_: Any, **__: Any) -> Any:
        raise ScenarioError("within a society a strategy awaits its model: await self.agent.llm.agenerate(...)")


def _shape(wanted: Any) -> Any:
    """The form of a pydantic class whose fields are texts; free text if there is none."""
    if wanted is None:
        return Text(_ROOM)
    for name, about in wanted.model_fields.items():
        if about.annotation is not str:
            raise ScenarioError(f"the reply {wanted.__name__} has a field {name!r} that is {about.annotation}; "
                                "within a society thoughts are texts (str)")  # fmt: skip
    return Fields(dict.fromkeys(wanted.model_fields, Text(_ROOM)))


class _Memory:
    """What the strategy has put down while it thought about this question."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add_to_memory(self, type: str, content: Any) -> None:  # noqa: A002 - mesa-llm's name
        """Keep it; observations are not, as each prompt has the one of now."""
        if type.casefold() != "observation":
            self._lines.append(f"{type}: {content if isinstance(content, str) else json.dumps(content, default=str)}")

    def format_short_term(self) -> str:
        return "\n".join(self._lines)

    def format_long_term(self) -> str:
        return ""

    def get_prompt_ready(self) -> list[str]:
        return [self.format_short_term()] if self._lines else []

    def get_communication_history(self) -> str:
        return ""  # what was heard stands below every prompt


def _tool(question: Question) -> dict[str, Any]:
    return {"type": "function", "function": {
        "name": "answer", "description": question.text,
        "parameters": {"type": "object", "properties": {"value": {}}, "required": ["value"]}}}  # fmt: skip
