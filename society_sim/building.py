"""From a scenario to a society with its agenda open."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from society_sim import __version__, streams
from society_sim.accounts import MOST
from society_sim.attending import Memory
from society_sim.errors import ScenarioError, nearest
from society_sim.finance import Flows, collect
from society_sim.ledger import money
from society_sim.making import (
    arrivals_of,
    called,
    capacity_of,
    channel_of,
    graph_of,
    models_of,
    pace_of,
    questions_of,
    value_of,
)
from society_sim.money import Money
from society_sim.proposals import carry_out, plain
from society_sim.readable import clean
from society_sim.scenario import Scenario
from society_sim.society import EVERYTHING, Doing, Society
from society_sim.streams import stream
from society_sim.values import Backend, Question

Wrap = Callable[[Backend], Backend]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. *now* is simulated time, *elapsed* real seconds; *planned* counts questions, if known.

    *rate* is answers per second, lately; *waiting* are the first members whose answers have not come, and *state* says
    what their endpoints wait for. *closing*: it is being broken off, and only what is on its way still comes in.
    """

    now: float
    settled: int
    planned: int | None
    asked: int
    arrived: int
    in_flight: int
    micro_usd: int
    elapsed: float
    rate: float = 0.0
    waiting: tuple[str, ...] = ()
    state: str = ""
    closing: bool = False

    @property
    def left(self) -> float | None:
        """Seconds until the end, if questions go on taking as long as they did."""
        if not self.planned or not self.settled:
            return None
        return self.elapsed / self.settled * (self.planned - self.settled)

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1, if that is known."""
        return self.settled / self.planned if self.planned else None

    def __str__(self) -> str:
        if self.closing and not self.in_flight:
            return "ending"
        if self.closing:
            return f"finishing {self.in_flight:,} calls that are on their way; Ctrl-C again breaks them off"
        of = f"/{self.planned:,}" if self.planned is not None else ""
        words = [f"{self.settled:,}{of} settled", f"{self.arrived:,} answers", f"{self.rate:,.0f}/s",
                 money(self.micro_usd)]  # fmt: skip
        if self.in_flight:
            words.append(f"{self.in_flight:,} in flight")
        if self.state:
            words.append(self.state)
        elif self.waiting and self.rate < 1:
            words.append(f"waiting for {clean(', '.join(self.waiting), 60)}")
        return ", ".join(words)


def build(
    scenario: Scenario,
    seed: int = 0,
    *,
    wrap: Wrap = lambda backend: backend,
    write: Callable[[bytes], object] = lambda _: None,
    concurrency: int = 64,
    watch: Callable[[Progress], None] | None = None,
    models: Mapping[str, Backend] | None = None,
    version: str = __version__,
    free: bool = False,
) -> Society:
    """A society as *scenario* says, with its agenda open: `society.run()` or `society.step()` carry it out.

    *wrap* is put around every model; *write* gets the record. *models* stand in for those of the scenario, and
    *version* for this one, when an old run is replayed. *free*: nobody runs out of its allowance, or of tokens.
    """
    force = scenario.at(0.0)
    policy, parameters = scenario.on_failure
    with scenario.placing("on_failure"):
        policy(0, 0, **parameters)  # before anything is asked
    _check_models(scenario)
    _check_arrivals(scenario)
    plays = {name: wrap(model) for name, model in (models_of(force) if models is None else models).items()}
    with force.placing("population"):
        profiles = called(force, "population", plays, stream(seed, "population"))
        if not profiles:
            raise ScenarioError(f"population {force.part('population')[0].name!r} has no members")
    society = Society(
        graph_of(force, profiles, seed),
        plays,
        profiles,
        seed=seed,
        pace=pace_of(force),
        memory=value_of(force, "memory", Memory()),
        attention=value_of(force, "attention", EVERYTHING),
        channel=channel_of(force),
        write=write,
        concurrency=concurrency,
        header={"name": scenario.name, "scenario": scenario.digest, "version": version},
        allowance=scenario.allowance if models is None and not free else None,  # a replay's refusals are on its tape
        money=_money(scenario, free),
        capacity=capacity_of(force),
    )
    if "community" in scenario.allowance and not any("community" in data for _, data in society.graph.nodes(data=True)):
        raise ScenarioError("allowance.community: the topology has no communities; federated has")
    _check_rewirings(society, scenario)
    society.open(_Agenda(society, scenario, wrap, _watcher(society, force, seed, watch)).doing())
    return society


class _Agenda:
    """The questions of a run, put on the table in order, each under the scenario that is in force then."""

    def __init__(self, society: Society, scenario: Scenario, wrap: Wrap, tell: Callable[[int], None]) -> None:
        self._society, self._scenario, self._wrap, self._tell = society, scenario, wrap, tell
        self._force = scenario.at(0.0)
        self._questions = questions_of(self._force, society.seed)
        self._put = self._settled = 0

    def doing(self) -> Doing[int]:
        """Settle all of them, `at_once` side by side; how many there were."""
        if any("money" in force.sections for force in _forces(self._scenario)):
            self._society.start(_collect(self._society, self._scenario))
        for name in _rewirings(self._scenario):
            self._society.start(_rewire(self._society, self._scenario, name))
        seats = self._scenario.at_once
        if "arrivals" in self._force.sections:
            yield from self._as_they_come()
        elif seats == 1:
            yield from self._one_after_the_other()
        else:
            yield from self._society.gather(*(self._one_after_the_other() for _ in range(seats)))
        return self._settled

    def _one_after_the_other(self) -> Doing[None]:
        while (question := self._next()) is not None:
            yield from self._settle(question)

    def _settle(self, question: Question) -> Doing[None]:
        mechanism, parameters = self._force.part("mechanism")
        with self._force.placing("mechanism"):
            yield from self._society.settle(question, mechanism.function, **parameters)
        self._settled += 1
        self._tell(self._settled)

    def _as_they_come(self) -> Doing[None]:
        """Put each question when it arrives, whatever is still on the table."""
        society, going_on, force = self._society, dict[Any, None](), self._force
        between = arrivals_of(force)
        for number in itertools.count():
            first = next(self._questions, None)
            if first is None:  # before the clock goes on to where nothing comes any more
                break
            self._questions = itertools.chain((first,), self._questions)
            yield society.env.timeout(between(streams.uniforms(society.seed, "arrival", number)))
            question = self._next()
            if self._force is not force:
                force, between = self._force, arrivals_of(self._force)
            if question is not None:
                process = society.start(self._settle(question))
                going_on[process] = None
                process.callbacks.append(partial(going_on.pop))
        if going_on:
            yield society.env.all_of(list(going_on))

    def _next(self) -> Question | None:
        now = self._scenario.at(round(self._society.now, 6))  # as the record has it, from which a user takes the time
        if now is not self._force:
            _change_over(self._society, self._force, now, self._wrap)
            self._force = now
            self._questions = itertools.islice(questions_of(now, self._society.seed), self._put, None)
        question = next(self._questions, None)
        self._put += question is not None
        return question


def _rewirings(scenario: Scenario) -> list[str]:
    """The names of all rewirings that are in force at some time, in order."""
    return list(dict.fromkeys(name for force in _forces(scenario) for name in force.rewirings))


def _forces(scenario: Scenario) -> list[Scenario]:
    """All that is in force at some time, in order."""
    return [scenario.at(0.0), *(scenario.at(change.at) for change in scenario.changes)]


def _collect(society: Society, scenario: Scenario) -> Doing[None]:
    """Collect taxes and pay out the basic income as often as the scenario says; it ends with the agenda."""
    flows = Flows(society)
    while True:
        money = value_of(scenario.at(society.now), "money", Money())
        flows.of(money.unit)
        yield society.env.timeout(money.every)
        now = value_of(scenario.at(society.now), "money", Money())
        if now.flows:
            collect(society, now, flows)


def _money(scenario: Scenario, free: bool) -> Money | None:
    """What everybody begins with, if there is anything; `ScenarioError` if that is to change while the run goes on.

    *free*: of tokens there are more than can be used up.
    """
    stated = [value_of(force, "money", Money()) for force in _forces(scenario)]
    if any(money.opening != stated[0].opening for money in stated):
        raise ScenarioError("money: what members begin with cannot change while a run goes on; tax, interest, "
                            "basic_income and every can")  # fmt: skip
    if not any("money" in force.sections for force in _forces(scenario)):
        return None
    return replace(stated[0], tokens=MOST) if free and stated[0].tokens is not None else stated[0]


def _rewire(society: Society, scenario: Scenario, name: str) -> Doing[None]:
    """Let the rewiring *name* propose changes at its pace, while it is in force; it ends with the agenda."""
    luck = ("rewiring", name) if name else ("rewiring",)
    made, before = 0, 0.0
    for number in itertools.count():
        if name not in scenario.at(society.now).rewirings:
            later = [change.at for change in scenario.changes if change.at > society.now]
            if not later:
                return
            yield society.env.timeout(min(later) - society.now)
            before = society.now
            continue
        part, parameters = scenario.at(society.now).rewirings[name]
        yield society.env.timeout(parameters.pop("every", 1.0))
        frame, made, before = society.frame(made, before), made + 1, society.now
        with scenario.at(society.now).placing("rewiring", name):
            proposed = part.function(frame, stream(society.seed, *luck, number), **parameters)
            for changes, why in carry_out(society, proposed):  # the organisation keeps its form, and the run goes on
                society.log("kept", rewiring=part.name, changes=[plain(change) for change in changes], why=why)


def _check_rewirings(society: Society, scenario: Scenario) -> None:
    """`ScenarioError` if a rewiring does not take its parameters: each makes a proposal that nobody carries out."""
    for force in _forces(scenario):
        for name, (part, parameters) in force.rewirings.items():
            parameters.pop("every", None)
            try:
                with force.placing("rewiring", name):
                    list(part.function(society.frame(), stream(society.seed, "trial", name), **parameters))
            except Exception as error:  # others: a part that cannot do with a society in which nothing has happened
                if isinstance(error, ScenarioError):
                    raise


def _check_models(scenario: Scenario) -> None:
    """`ScenarioError` if a rewiring gives members a model that the scenario does not have."""
    for force in _forces(scenario):
        for called_so, (part, parameters) in force.rewirings.items():
            named = [parameters.get("model") or "", *(parameters.get("models") or ())]
            for model in (str(name).partition("/")[0] for name in named if name):
                with force.placing("rewiring", called_so):
                    if model not in force.models:
                        raise ScenarioError(f"rewiring {part.name!r}: there is no model {model!r}; "
                                            f"{nearest(model, force.models)}")  # fmt: skip


def _change_over(society: Society, old: Scenario, new: Scenario, wrap: Wrap) -> None:
    """Bring *society* from one scenario to the next: what a fork changes at a later time."""
    society.log("change", scenario=new.digest)
    if new.sections["models"] != old.sections["models"]:
        society.play({name: wrap(model) for name, model in models_of(new).items()})
    if new.sections.get("pace") != old.sections.get("pace"):
        society.pace(pace_of(new))
    if any(new.sections.get(name) != old.sections.get(name) for name in ("memory", "attention", "channel")):
        society.attend(value_of(new, "memory", Memory()), value_of(new, "attention", EVERYTHING), channel_of(new))
    if new.sections.get("capacity") != old.sections.get("capacity"):
        society.serve(capacity_of(new) or {})
    if new.sections["topology"] != old.sections["topology"]:
        society.reorganise(graph_of(new, [member.profile for member in society.members], society.seed))


def _check_arrivals(scenario: Scenario) -> None:
    """`ScenarioError` if questions come over time at some times only, or by something that gives no times."""
    stages = _forces(scenario)
    coming = [force for force in stages if "arrivals" in force.sections]
    if coming and len(coming) < len(stages):
        raise ScenarioError("arrivals can change while a run goes on, but not begin or end; set them from 0 on")
    if coming and scenario.at_once > 1:
        raise ScenarioError("arrivals and at_once: questions that come over time are on the table as they come; "
                            "leave out one of the two")  # fmt: skip
    for force in coming:
        arrivals_of(force)


def _watcher(
    society: Society, scenario: Scenario, seed: int, watch: Callable[[Progress], None] | None
) -> Callable[[int], None]:
    if watch is None:
        return lambda _: None
    planned = sum(1 for _ in questions_of(scenario, seed))
    begun = told = time.monotonic()
    lately = deque([(begun, 0)], maxlen=30)  # three seconds
    done = 0

    def tell(settled: int | None = None) -> None:
        nonlocal told, done
        done = done if settled is None else settled
        if time.monotonic() - told < 0.1 and settled != planned:
            return
        told = time.monotonic()
        desk = society.desk
        lately.append((told, desk.arrived))
        (since, before), waiting = lately[0], society.waiting(3)
        watch(Progress(society.now, done, planned, desk.asked, desk.arrived, desk.in_flight, desk.micro_usd,
                       told - begun, (desk.arrived - before) / max(told - since, 1e-9), tuple(waiting),
                       society.state, desk.closed))  # fmt: skip

    society.desk.watch = tell
    return tell
