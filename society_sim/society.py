"""A society: members, ties, a clock, and a record of everything that happens between them.

>>> import networkx as nx
>>> from society_sim import Choice, Society
>>> society = Society(nx.complete_graph(3), lambda query: "ANSWER: yes", seed=1)
>>> def poll(society):
...     answers = yield from society.ask_all("Shall we?", Choice(["yes", "no"]))
...     return answers.values()
>>> society.run(poll(society))
['yes', 'yes', 'yes']
"""

from __future__ import annotations

import itertools
import operator
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, TypeVar

import mesa
import networkx as nx
import simpy
from simpy.events import Event, Timeout

from society_sim import streams, ties
from society_sim.backends.pools import Function, Like, as_backend, own
from society_sim.desk import Desk
from society_sim.entries import answer_entry, message_entry, some
from society_sim.errors import PromptError, SocietyError
from society_sim.ledger import Cost
from society_sim.member import Member, Voice
from society_sim.promises import Answers, Late, Promise, Scope, Words, frozen, reading
from society_sim.purses import Purses
from society_sim.recorder import Recorder
from society_sim.values import Backend, Change, Frame, Outcome, Profile, Question, Standing

T = TypeVar("T")
Pace = Callable[[tuple[float, ...]], float]
Doing = Generator[Event, Any, T]
"""What goes on in simulated time: a generator of events, with a result."""

FORMAT = 1
"""The version of the record's format."""
_WINDOW = 20_000  # entries that may be held back before the clock waits for the first of them


class Society(mesa.Model):  # type: ignore[misc]  # Mesa ships no types
    """Members on a graph, with a simulated clock (`env`), drawing all luck from *seed* and names.

    *graph*: nodes 0..n-1; an edge (u, v) lets u speak to v, and an undirected one both. *models*: one backend (or
    plain function), or several by name, as `Profile.model` has them. *profiles*: who the members are, in order of
    seats; plain ones if left out. *pace*: how long an answer takes in simulated time. *memory*: how many things said
    to it a member keeps. *write*: gets the record's bytes. *concurrency*: calls in flight at most.
    *header*: what the head of the record says besides. *allowance*: what each `member`, and each `community` (an
    attribute of its node), may take; who cannot pay abstains, `out of budget`.

    What is shared changes by `apply` alone. Times are in units of simulated time.
    """

    def __init__(
        self,
        graph: nx.Graph,
        models: Backend | Function | Mapping[str, Backend | Function],
        profiles: Sequence[Profile] | None = None,
        *,
        seed: int = 0,
        pace: Pace | None = None,
        memory: int = 32,
        write: Callable[[bytes], object] = lambda _: None,
        concurrency: int = 64,
        header: Mapping[str, Any] | None = None,
        allowance: Mapping[str, Cost] | None = None,
    ) -> None:
        super().__init__(rng=abs(int(seed)))
        named = models if isinstance(models, Mapping) else {"model": models}
        seed, memory = int(operator.index(seed)), int(operator.index(memory))  # luck is named by how a seed is written
        if seed < 0 or memory < 0:
            raise SocietyError(f"seed and memory are whole numbers from 0, not {seed} and {memory}")
        self.models = {name: own(as_backend(model)) for name, model in named.items()}
        if profiles is None:
            profiles = [Profile(f"Member {seat}", next(iter(self.models))) for seat in range(len(graph))]
        if set(graph) != set(range(len(profiles))):
            raise SocietyError(f"a graph of {len(graph)} nodes for {len(profiles)} members: "
                               f"its nodes must be 0 to {len(profiles) - 1}")  # fmt: skip
        self.seed, self.memory = seed, memory
        again = [name for name, times in Counter(profile.name for profile in profiles).items() if times > 1]
        if again:
            raise SocietyError(f"several members are called {again[0]!r}; nobody could tell them apart")
        self.env = simpy.Environment()
        self.tick = 0
        self.names = tuple(profile.name for profile in profiles)
        self._pace = pace
        self._graph = ties.directed(graph)
        self._recorder = Recorder(write)
        purses = Purses(allowance, self._community) if allowance else None
        self._desk = Desk(seed, concurrency, self._recorder.drain_and_flush, purses)
        self._nothing = Scope(None)
        self._scopes: dict[Event, Scope] = {}  # which question a process is about
        self._asked: set[str] = set()
        self._flying: dict[Promise, None] = {}  # asked, and not yet landed in simulated time; in order
        self._agenda: simpy.Process | None = None
        self._tally: dict[int, list[int]] = {}
        self._header = header or {}
        self._retired: list[Backend] = []  # models that spoke before others took their place
        self.members = [Member(self, seat, who, self.voice(who.model)) for seat, who in enumerate(profiles)]

    # --- what may be read -----------------------------------------------------------------------------------------

    @property
    def graph(self) -> nx.DiGraph:
        """Who may speak to whom; frozen: it changes through `apply`."""
        _outside_prompts("read the graph, which moves on; read the view's ties")
        return self._graph

    @property
    def now(self) -> float:
        """Simulated time."""
        _outside_prompts("read the clock, which moves on")
        return float(self.env.now)

    @property
    def desk(self) -> Desk:
        """What was asked, what came back, what it cost."""
        return self._desk

    @property
    def record(self) -> Recorder:
        """What was written so far."""
        return self._recorder

    def _community(self, seat: int) -> Any:
        return self._graph.nodes[seat].get("community")

    def waiting(self, most: int) -> list[str]:
        """The names of members whose answers have not come, those asked first before others: *most* of them."""
        late = (promise.member.name for promise in list(self._flying) if not promise.done)
        return list(dict.fromkeys(itertools.islice(late, most)))

    @property
    def state(self) -> str:
        """What the models' endpoints wait for, in a few words; nothing if nothing holds calls up."""
        states = {getattr(model, "state", ""): None for model in self.models.values()}
        return "; ".join(state for state in states if state)

    def lot(self, options: Sequence[T], *names: str | int) -> T:
        """One of *options* by a fair lot that depends on the seed, the question on the table and *names* alone."""
        return streams.lot(options, self.seed, "lot", self._scope().id, *names)

    # --- asking ---------------------------------------------------------------------------------------------------

    def _submit(self, member: Member, words: Words, form: Any) -> tuple[Promise, float]:
        """Put a question now, its *words* frozen; gives the promise, and how long thinking takes in simulated time."""
        scope = self._scope()
        promise = Promise(self._desk, member, words, form, scope, self.env.now)
        if member.unrendered or not isinstance(words, str):
            promise.view = member.frozen()
        turn = scope.turns[member.id] = scope.turns.get(member.id, 0) + 1
        pace = self._pace
        took = 1.0 if pace is None else pace(streams.uniforms(self.seed, "pace", scope.id, member.id, turn))
        if not 0 <= took < float("inf"):
            raise SocietyError(f"the pace gave {took!r}: a duration is a number >= 0")
        scope.latest[member.id] = promise
        self._flying[promise] = None
        self._desk.put(promise)
        if self._recorder.held > _WINDOW:
            self._catch_up(_WINDOW // 2)
        return promise, took

    def ask(self, member: Member, words: Words, form: Any) -> Doing[Promise]:
        """Put a question to one member; the promise comes when its simulated time of thinking is over."""
        _outside_prompts("ask")
        promise, took = self._submit(member, frozen(words), form)
        yield self.env.timeout(took)
        self._land([promise])
        return promise

    def ask_all(self, words: Words, form: Any, of: Iterable[int | Member] | None = None) -> Doing[Answers]:
        """Put the same question to all members (or those in *of*); their answers, when the last has thought.

        >>> answers = yield from society.ask_all("Shall we?", Choice(["yes", "no"]))  # doctest: +SKIP
        """
        _outside_prompts("ask")
        words = frozen(words)
        promises: dict[int, Promise] = {}
        landings: dict[float, list[Promise]] = {}
        for one in self.members if of is None else of:
            member = one if isinstance(one, Member) else self.members[one]
            promise, took = self._submit(member, words, form)
            promises[member.id] = promise
            landings.setdefault(took, []).append(promise)
        if landings:
            for took, landed in landings.items():  # one event for all that land together, in the order of asking
                Timeout(self.env, took).callbacks.append(partial(self._land, landed))
            yield self.env.timeout(max(landings))
        return Answers(promises)

    def gather(self, *doings: Doing[Any]) -> Doing[list[Any]]:
        """Let several things go on side by side; their results, in order, when the last has ended."""
        processes = [self.start(doing) for doing in doings]
        if processes:
            yield self.env.all_of(processes)
        return [process.value for process in processes]

    def start(self, doing: Doing[Any]) -> simpy.Process:
        """Let something go on beside what is going on, about the same question; it ends with the agenda."""
        scope = self._scope()
        process = self.env.process(doing)
        if scope is not self._nothing:
            self._scopes[process] = scope
            process.callbacks.append(self._forget)
        return process

    def _forget(self, process: Event) -> None:
        self._scopes.pop(process, None)

    def _scope(self) -> Scope:
        """The question that is on the table for whoever acts now."""
        process = self.env.active_process
        return self._nothing if process is None else self._scopes.get(process, self._nothing)

    def _land(self, landed: list[Promise], _: Event | None = None) -> None:
        for promise in landed:
            self._flying.pop(promise, None)
            self._recorder.put_late(self.env.now, promise, answer_entry)

    # --- speaking -------------------------------------------------------------------------------------------------

    def send(self, sender: Member, words: Words, to: Sequence[int | Member]) -> None:
        """Deliver *words* along ties; an entry for each delivered, refused or silent message."""
        said: str | Late = words if isinstance(words, str) else Late(self._desk, frozen(words), sender.frozen())
        for target in to:
            seat = target.id if isinstance(target, Member) else target
            if not self._graph.has_edge(sender.id, seat):
                why = "no tie" if seat in self._graph else "no such member"
                self.log("refused", **{"from": sender.id, "to": seat, "why": why})
                continue
            self.members[seat].hear(sender.id, said, self._scope().id)
            entry = partial(message_entry, sender.id, seat)
            if isinstance(said, str):
                self._recorder.put(entry(self.now, said))
            else:
                self._recorder.put_late(self.now, said, entry)

    # --- what is shared -------------------------------------------------------------------------------------------

    def apply(self, *changes: Change) -> None:
        """The only way anything shared changes: checked, done, recorded."""
        _outside_prompts("change anything")
        for change in changes:
            if type(change) not in ties.APPLY:
                known = ", ".join(kind.__name__ for kind in ties.APPLY)
                raise SocietyError(f"{change!r} is no change that can be applied; these are: {known}")
            ties.APPLY[type(change)](self, change)

    def log(self, kind: str, /, **facts: Any) -> None:
        """Add an entry of *kind* to the record; *facts* are plain values."""
        _outside_prompts("write into the record")
        if "t" in facts or "kind" in facts:
            raise SocietyError(f"the facts of an entry ({kind}) may not be called t or kind: the record says those")
        self._recorder.put({"t": round(self.now, 6), "kind": kind, **facts})

    def standing(self, seat: int) -> Standing:
        """How the member at *seat* has done in the questions settled so far."""
        _outside_prompts("read how members stand, which moves on")
        return Standing(*self._tally.get(seat, ()))

    def frame(self) -> Frame:
        """The society as a rewiring sees it now."""
        return Frame(self.now, self._graph.copy(), {m.id: self.standing(m.id) for m in self.members})

    def play(self, models: Mapping[str, Backend]) -> None:
        """Let *models* speak from now on; every member keeps the name of its own."""
        self._retired += self.models.values()
        self.models = {name: own(as_backend(model)) for name, model in models.items()}
        self.log("models", models=self._marks())
        for member in self.members:
            member.speak_as(member.speaks)

    def reorganise(self, graph: nx.Graph) -> None:
        """Give the members the ties of *graph* and its nodes' attributes instead of those they have."""
        _outside_prompts("change anything")
        if set(graph) != set(self._graph):
            raise SocietyError(f"a graph of {len(graph)} nodes for {len(self.members)} members")
        self._graph = ties.directed(graph)
        for member in self.members:
            member.forget_ties()
        self._log_graph()

    def _backends(self) -> dict[str, dict[str, Any]]:
        """What of each model enters a query or the population: with it and the tape a run is replayed."""
        said = {name: Like(model) for name, model in self.models.items()}
        return {name: {"reads_items": like.reads_items, "variants": like.variants, "temperature": like.temperature,
                       "max_tokens": like.max_tokens} for name, like in said.items()}  # fmt: skip

    def _log_graph(self) -> None:
        edges = [(u, v, data["kind"], data["weight"]) for u, v, data in self._graph.edges(data=True)]
        self.log("graph", nodes=dict(self._graph.nodes(data=True)), ties=edges)

    def pace(self, pace: Pace) -> None:
        """Let thinking take as long as *pace* says from now on."""
        self._pace = pace

    def voice(self, model: str) -> Voice:
        """What a member speaks with that is given *model*: a name, with `/variant` after it if it has variants."""
        name, _, variant = model.partition("/")
        if name not in self.models:
            raise SocietyError(f"no model {name!r} for a member; the society has: {', '.join(self.models)}")
        backend = self.models[name]
        like = Like(backend)
        whole = repr((like.watermark, variant or name, like.temperature, like.max_tokens)).encode()
        return Voice(backend, variant or name, like.reads_items, like.temperature, like.max_tokens, whole)

    # --- the agenda -----------------------------------------------------------------------------------------------

    def settle(self, question: Question, mechanism: Callable[..., Any], **parameters: Any) -> Doing[Outcome]:
        """Put *question* on the table and settle it by *mechanism*: one after the other, nested, or side by side."""
        if question.id in self._asked:
            raise SocietyError(f"question {question.id!r} was put before; give each an id of its own")
        self._asked.add(question.id)
        process, scope = self.env.active_process, Scope(question)
        if process is None:
            raise SocietyError("a question is settled in simulated time: society.run(society.settle(...))")
        before = self._scopes.get(process)
        self._scopes[process] = scope
        try:
            outcome = yield from self._settled(question, mechanism, parameters)
        finally:
            if before is not None:
                self._scopes[process] = before
            else:
                del self._scopes[process]
        self._score(scope, question, outcome)
        return outcome

    def _settled(
        self, question: Question, mechanism: Callable[..., Any], parameters: Mapping[str, Any]
    ) -> Doing[Outcome]:
        facts = {"options": question.options} if question.options else {}
        self.log("question", about=question.id, text=question.text, **facts, **some(facts=question.facts))
        doing = mechanism(self, question, **parameters)
        outcome = (yield from doing) if isinstance(doing, Generator) else doing
        if not isinstance(outcome, Outcome):
            raise SocietyError(f"mechanism {getattr(mechanism, '__name__', mechanism)!r} must be a generator that "
                               f"returns an Outcome; it gave {type(outcome).__name__}")  # fmt: skip
        return outcome

    def _score(self, scope: Scope, question: Question, outcome: Outcome) -> None:
        from society_sim.scoring import gold_of, judged  # the scorer opens gold; nothing else here may

        gold = gold_of(question)
        told = outcome.decision if gold is None else gold
        for seat, promise in scope.latest.items():
            tally = self._tally.setdefault(seat, [0, 0, 0])
            right = judged(promise.value, told)
            tally[0] += 1
            tally[1] += promise.value is not None
            tally[2] += bool(right)
        known = {} if gold is None else {"gold": gold, "correct": judged(outcome.decision, gold)}
        if taken := {"about", "decision", *known} & set(outcome.facts):
            raise SocietyError(f"an outcome's facts may not be called {', '.join(sorted(taken))}: the scorer says that")
        self.log("outcome", about=question.id, decision=outcome.decision, **known, **outcome.facts)

    # --- time -----------------------------------------------------------------------------------------------------

    def open(self, agenda: Doing[T]) -> None:
        """Take up *agenda*; `step` or `run` carry it out."""
        if self._agenda is not None:
            raise SocietyError("this society has an agenda already")
        if not isinstance(agenda, Generator):
            raise SocietyError("an agenda is a generator: a function with a yield, called")
        self._introduce()
        self._agenda = self.env.process(agenda)
        self._agenda.callbacks.append(self._ended)

    def _introduce(self) -> None:
        """Who is there, and who may speak to whom: what the rest of the record changes."""
        facts = {"seed": self.seed, "models": self._marks(), **self._header}
        self.log("header", format=FORMAT, **facts, backends=self._backends())
        for member in self.members:
            facts = some(persona=member.persona, traits=member.traits)
            self.log("member", member=member.id, name=member.name, model=member.profile.model, **facts)
        self._log_graph()

    def _marks(self) -> dict[str, str]:
        return {name: Like(model).watermark for name, model in self.models.items()}

    def run(self, agenda: Doing[T] | None = None) -> Any:
        """Carry out *agenda* (or the one that is open) to its end, and give its result."""
        if agenda is not None:
            self.open(agenda)
        if self._agenda is None:
            raise SocietyError("there is no agenda to run")
        self._carry_on(float("inf"))
        return self._agenda.value

    def step(self) -> None:
        """Let one unit of simulated time pass; `running` turns false when the agenda has ended."""
        self.tick += 1
        if self._agenda is not None:
            self._carry_on(self.tick)

    def _carry_on(self, until: float) -> None:
        try:
            self._advance(until)
        except BaseException:
            with suppress(Exception):  # the first error is the one to tell
                self.close()
            raise

    def _advance(self, until: float) -> None:
        env = self.env
        while self.running and env.peek() < until:
            env.step()
        if self.running and env.peek() == float("inf"):
            raise SocietyError("nothing is left to happen, and the agenda waits for an event that nobody triggers")

    def _ended(self, _: Event) -> None:
        """The agenda is over: side processes end with it, and what was asked is waited for."""
        self.running = False
        if self._agenda is not None and self._agenda.ok:
            self._desk.settle()
            self._catch_up(0)
            self._log_unheard()
            self.log("end", entries=self._recorder.entries)
            self._recorder.flush()
            self._release()

    def _log_unheard(self) -> None:
        """What was asked beside the agenda and came too late for it: not answered to anybody, but paid."""
        unheard = [promise.answer for promise in self._flying if promise.answer is not None]
        if self._flying:
            self.log("unheard", answers=len(self._flying),
                     tokens=sum(answer.tokens_in + answer.tokens_out for answer in unheard),
                     micro_usd=sum(answer.micro_usd for answer in unheard))  # fmt: skip

    def _catch_up(self, held: int) -> None:
        """Wait until at most *held* entries are held back."""
        self._recorder.drain()
        while self._recorder.held > held:
            first = self._recorder.first_held()
            if first is not None:
                self._desk.wait(first)
            self._recorder.drain()

    def close(self) -> None:
        """Break off: nothing more is asked, calls in flight may still come in, the record is written so far.

        A call to an endpoint is paid for by now: it has its whole time-out. To be interrupted again breaks it off.
        """
        self.running = False
        try:
            for model in (*self.models.values(), *self._retired):
                if hasattr(model, "drain"):
                    model.drain()
            self._desk.close(max((Like(model).grace for model in self.models.values()), default=0.0))
            self._recorder.drain()
            self._recorder.flush()
        finally:
            self._release()

    def _release(self) -> None:
        """Let go of the models' connections, if they have any."""
        with ExitStack() as all_of_them:
            for model in (*self.models.values(), *self._retired):
                if hasattr(model, "release"):
                    all_of_them.callback(model.release)


def _outside_prompts(what: str) -> None:
    if reading.saw is not None:
        raise PromptError(f"a prompt function may not {what}")
