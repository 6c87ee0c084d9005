"""What a scenario's sections stand for, made: models, a graph, questions, times. All of it is tried before any call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import networkx as nx

from society_sim.asking import Pace
from society_sim.backends.pools import Like, as_backend
from society_sim.errors import ScenarioError
from society_sim.post import Channel
from society_sim.scenario import Scenario
from society_sim.servers import Server
from society_sim.streams import stream
from society_sim.values import Backend, Profile, Question

T = TypeVar("T")


def marks(scenario: Scenario) -> dict[str, str]:
    """The watermark of each of the scenario's models: kind, version and parameters."""
    return {name: Like(model).watermark for name, model in models_of(scenario.at(0.0)).items()}


def models_of(scenario: Scenario) -> dict[str, Backend]:
    """The scenario's models, made anew."""
    made: dict[str, Any] = {}
    for name, (part, parameters) in scenario.models.items():
        with scenario.placing("models", name, f"model {name!r}: "):
            made[name] = model = part.function(**parameters)
            if not callable(model) and not hasattr(model, "submit"):
                raise ScenarioError(f"backend {part.name!r} must give a Backend or a function of a Query; it gave "
                                    f"{type(model).__name__}")  # fmt: skip
    return {name: as_backend(model) for name, model in made.items()}


def graph_of(scenario: Scenario, profiles: Sequence[Profile], seed: int) -> nx.Graph:
    """Who may talk to whom among those with *profiles*."""
    part, _ = scenario.part("topology")
    seen = (profiles,) if part.seated else ()
    with scenario.placing("topology"):
        graph = called(scenario, "topology", len(profiles), stream(seed, "topology"), *seen)
        if not isinstance(graph, nx.Graph):
            raise ScenarioError(f"topology {part.name!r} must return a graph of NetworkX; it gave "
                                f"{type(graph).__name__} ({part.place})")  # fmt: skip
        if set(graph) != set(range(len(profiles))):
            raise ScenarioError(f"topology {part.name!r} gave a graph of {len(graph)} nodes for {len(profiles)} "
                                f"members: its nodes must be 0 to {len(profiles) - 1} ({part.place})")  # fmt: skip
    graph.graph.setdefault("name", part.name)  # what errors call it
    return graph


def pace_of(scenario: Scenario) -> Pace | None:
    """How long an answer takes, drawn from uniforms; `None` is one unit each, without a draw."""
    if "pace" not in scenario.sections:
        return None
    pace: Pace = _timed(scenario, "pace", "a duration is a finite number >= 0")
    return pace


def capacity_of(scenario: Scenario) -> dict[str, Server] | None:
    """What bounds members and models, by name; checked before anything is asked."""
    uses = scenario.sections.get("capacity")
    if uses is None:
        return None
    servers = {}
    for name, use in uses.items():
        with scenario.placing("capacity", name, f"capacity.{name}: "):
            servers[name] = use.part.function(**use.parameters)
    return servers


def arrivals_of(scenario: Scenario) -> Pace:
    """How long it takes until the next question comes, drawn from uniforms."""
    arrivals: Pace = _timed(scenario, "arrivals", "the time to the next question is a number >= 0")
    return arrivals


def channel_of(scenario: Scenario) -> Channel | None:
    """How long a message takes, drawn from uniforms; `None` is at once."""
    if "channel" not in scenario.sections:
        return None
    channel: Channel = _timed(scenario, "channel", "how long a message takes, or None if it is lost", lost=True)
    return channel


def _timed(scenario: Scenario, section: str, gives: str, *, lost: bool = False) -> Any:
    """The part in *section* as a function of uniforms alone, and tried: it *gives* times (or `None`, where *lost*)."""
    part, parameters = scenario.part(section)
    timed = partial(part.function, **parameters)
    with scenario.placing(section):
        for draw in (0.001, 0.5, 0.999):
            try:
                took = timed((draw,) * 8)
            except (ArithmeticError, ValueError) as error:
                raise ScenarioError(f"{section} {part.name!r}: {error}") from error
            if not (isinstance(took, (int, float)) and 0 <= took < float("inf")) and not (lost and took is None):
                raise ScenarioError(f"{section} {part.name!r} gave {took!r}: {gives}")
    return timed


def value_of(scenario: Scenario, section: str, unsaid: T) -> T:
    """The value that the part in *section* gives; *unsaid*, if there is none."""
    if section not in scenario.sections:
        return unsaid
    with scenario.placing(section):
        stated = called(scenario, section)
        if not isinstance(stated, type(unsaid)):
            raise ScenarioError(f"{section} {scenario.part(section)[0].name!r} must give a {type(unsaid).__name__}; "
                                f"it gave {type(stated).__name__}")  # fmt: skip
    return stated


def questions_of(scenario: Scenario, seed: int) -> Iterator[Question]:
    """What is to be settled, in order."""
    with scenario.placing("task"):
        questions = called(scenario, "task", stream(seed, "task"))
    return _placed(scenario, questions)


def _placed(scenario: Scenario, questions: Iterable[Question]) -> Iterator[Question]:
    with scenario.placing("task"):  # most tasks are generators, which look at their parameters when they are asked
        yield from questions


def called(scenario: Scenario, section: str, *arguments: Any) -> Any:
    """What the part in *section* gives for *arguments*."""
    part, parameters = scenario.part(section)
    return part.function(*arguments, **parameters)
