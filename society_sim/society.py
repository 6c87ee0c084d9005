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
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import mesa
import networkx as nx
import simpy
from simpy.events import Event, Timeout

from society_sim import invariants, payments, streams, ties
from society_sim.accounts import TOKENS, Accounts
from society_sim.attending import Attention, Memory, notes_form, noting
from society_sim.backends.calls import Function
from society_sim.capacity import Capacity, Tally, Terms
from society_sim.changes import Change, Transfer
from society_sim.desk import Desk
from society_sim.entries import answer_entry, graph_facts, some, unheard_facts
from society_sim.errors import LEFT, PromptError, SocietyError
from society_sim.frame import Frame, Standing
from society_sim.ledger import UNLIMITED, Cost
from society_sim.member import Member, View, Voice
from society_sim.payments import Metered, Payment, Payments
from society_sim.post import Channel, Post
from society_sim.presence import Presence
from society_sim.promises import Answers, Late, Promise, Scope, Words, frozen, reading
from society_sim.purses import Purses
from society_sim.recorder import Recorder
from society_sim.scoring import claimed, scored
from society_sim.servers import Server
from society_sim.table import Table
from society_sim.traces import Lazy, Traces
from society_sim.values import Backend, Outcome, Profile, Question
from society_sim.voices import Voices

if TYPE_CHECKING:
    from society_sim.money import Money

T = TypeVar("T")
Pace = Callable[[tuple[float, ...]], float]
Doing = Generator[Event, Any, T]
"""What goes on in simulated time: a generator of events, with a result."""

FORMAT = 1
"""The version of the record's format."""
EVERYTHING = Attention()
"""Attention without bounds."""
APPLY: Mapping[type, Callable[[Society, Any], None]] = {**ties.APPLY, **payments.APPLY}
"""How each kind of change is carried out."""
_WINDOW = 20_000  # entries that may be held back before the clock waits for the first of them


class Society(mesa.Model):  # type: ignore[misc]  # Mesa ships no types
    """Members on a graph, with a simulated clock (`env`), drawing all luck from *seed* and names.

    *graph*: nodes 0..n-1; an edge (u, v) lets u speak to v, and an undirected one both. *models*: one backend (or
    plain function), or several by name, as `Profile.model` has them. *profiles*: who the members are, in order of
    seats; plain ones if left out. *pace*: how long an answer takes in simulated time. *memory*: how many things said
    to it a member keeps, or a `Memory`. *attention*: how much a member takes in. *channel*: how long a message is on
    its way, if it is not lost. *write*: gets the record's bytes. *concurrency*: calls in flight at most.
    *header*: what the head of the record says besides. *allowance*: what each `member`, and each `community` (an
    attribute of its node), may take; who cannot pay abstains, `out of budget`. *money*: what everybody begins with.
    *capacity*: what the `members`, a `seat-0` and the server of each model can do at a time (`Server`, by name); who is
    busy lets others wait.

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
        memory: int | Memory = 32,
        attention: Attention = EVERYTHING,
        channel: Channel | None = None,
        write: Callable[[bytes], object] = lambda _: None,
        concurrency: int = 64,
        header: Mapping[str, Any] | None = None,
        allowance: Mapping[str, Cost] | None = None,
        money: Money | None = None,
        capacity: Mapping[str, Server] | None = None,
    ) -> None:
        super().__init__(rng=abs(int(seed)))
        named = models if isinstance(models, Mapping) else {"model": models}
        seed = int(operator.index(seed))  # luck is named by how a seed is written
        kept = memory.last if isinstance(memory, Memory) else int(operator.index(memory))
        if seed < 0 or (kept is not None and kept < 0):
            raise SocietyError(f"seed and memory are whole numbers from 0, not {seed} and {kept}")
        self._voices = Voices(named)
        if profiles is None:
            profiles = [Profile(f"Member {seat}", next(iter(self.models))) for seat in range(len(graph))]
        if set(graph) != set(range(len(profiles))):
            raise SocietyError(f"a graph of {len(graph)} nodes for {len(profiles)} members: "
                               f"its nodes must be 0 to {len(profiles) - 1}")  # fmt: skip
        self.seed = seed
        again = [name for name, times in Counter(profile.name for profile in profiles).items() if times > 1]
        if again:
            raise SocietyError(f"several members are called {again[0]!r}; nobody could tell them apart")
        self.env = simpy.Environment()
        self.tick = 0
        self.names = tuple(profile.name for profile in profiles)
        self._pace = pace
        self._graph = ties.directed(graph)
        invariants.check(self._graph)
        self._recorder = Recorder(write)
        if money is not None and money.tokens is not None:
            allowance = {**(allowance or {}), "account": UNLIMITED._replace(tokens=money.tokens)}
        purses = Purses(allowance, self._community) if allowance else None
        self._desk = Desk(seed, concurrency, self._recorder.drain_and_flush, purses)
        self._table = Table(self.env)
        self._flying: dict[Promise, None] = {}  # asked, and not yet landed in simulated time; in order
        self._agenda: simpy.Process | None = None
        self.traces = Traces()
        self._facts: Mapping[str, Any] = {}
        self._header = header or {}
        self.payments = Payments(self, self._communities)
        self._metered: Metered | None = None
        if money is not None:
            self.payments.begin(money, [who.traits for who in profiles], self._communities())
            if money.tokens is not None:
                self._metered = Metered(self.payments.accounts, self._desk)
                self.payments.accounts.meter(TOKENS, self._metered)
        self.members = [Member(self, seat, who, self.voice(who.model)) for seat, who in enumerate(profiles)]
        self.presence = Presence(self.members)
        self._post = Post(self.env, seed, self.members, self.presence, self._recorder, self.traces)
        self.attend(memory if isinstance(memory, Memory) else Memory(kept), attention, channel)
        self.capacity = Capacity(self, capacity, self._let, self._land_one) if capacity else None
        """Who is busy, and who waits; `None` where nothing bounds anybody."""

    # --- what may be read -----------------------------------------------------------------------------------------

    @property
    def graph(self) -> nx.DiGraph:
        """Who may speak to whom; frozen: it changes through `apply`."""
        _outside_prompts("read the graph, which moves on; read the view's ties")
        return self._graph

    @property
    def present(self) -> Sequence[Member]:
        """Who is there: the members who have not left. Who joins takes part from the next question on.

        In what was started `among` some, only these.
        """
        _outside_prompts("look who is there, which moves on; read the view's ties")
        scope = self._table.scope
        here = self.presence.here(scope.joins)
        return here if scope.seats is None else [member for member in here if member.id in scope.seats]

    @property
    def now(self) -> float:
        """Simulated time."""
        _outside_prompts("read the clock, which moves on")
        return float(self.env.now)

    @property
    def accounts(self) -> Accounts:
        """What everybody owns, to be read; it changes by `pay`, and through `apply`."""
        _outside_prompts("read the accounts, which move on; say in words what a member has")
        return self.payments.accounts

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

    def _communities(self) -> list[Any]:
        named = (data["community"] for _, data in self._graph.nodes(data=True) if data.get("community") is not None)
        return list(dict.fromkeys(named))

    def waiting(self, most: int) -> list[str]:
        """The names of members whose answers have not come, those asked first before others: *most* of them."""
        late = (promise.member.name for promise in list(self._flying) if not promise.done)
        return list(dict.fromkeys(itertools.islice(late, most)))

    @property
    def models(self) -> Mapping[str, Backend]:
        """The models by name."""
        return self._voices.models

    @property
    def state(self) -> str:
        """What the models' endpoints wait for, in a few words; nothing if nothing holds calls up."""
        return self._voices.state

    def lot(self, options: Sequence[T], *names: str | int) -> T:
        """One of *options* by a fair lot that depends on the seed, the question on the table and *names* alone."""
        return streams.lot(options, self.seed, "lot", self._table.scope.id, *self.within, *names)

    @property
    def within(self) -> tuple[str, ...]:
        """The part of the society that is settling the question, if it is not all of it: names, outermost first."""
        return self._table.scope.within

    # --- asking ---------------------------------------------------------------------------------------------------

    def _submit(
        self, member: Member, words: Words, form: Any, terms: Terms | None = None, over: Tally | None = None,
        purpose: str = "",
    ) -> tuple[Promise, float]:  # fmt: skip
        """Put a question now, its *words* frozen; gives the promise, and how long thinking takes in simulated time.

        Where capacity is scarce, *over* counts it when it is over, however long that takes.
        """
        scope, notes, noted = self._table.scope, None, 0.0
        if member.id not in self.presence.left and (forgetting := member.attend(scope.id)):
            notes, noted = self._put(member, partial(noting, scope.text), notes_form(self.memory.notes), forgetting)
            notes.purpose = "notes"
            scope.notes[member.id] = (*scope.notes.get(member.id, ()), notes)
            if notes.job is None:
                Timeout(self.env, noted).callbacks.append(partial(self._land, [notes]))
        view = member.frozen() if member.unrendered or not isinstance(words, str) else None
        promise, took = self._put(member, words, form, view, terms)
        promise.purpose = purpose
        if promise.gate is None and not purpose:  # else it may never be answered: it counts when it lands
            scope.latest[member.id] = promise
        if promise.job is not None:
            promise.job.enter(over, None if notes is None else notes.job)
        return promise, noted + took

    def _put(
        self, member: Member, words: Words, form: Any, view: View | None, terms: Terms | None = None
    ) -> tuple[Promise, float]:
        scope = self._table.scope
        promise = Promise(self._desk, member, words, form, scope, self.env.now)
        if member.id in self.presence.left:
            promise.decline(LEFT)
            return promise, 0.0
        promise.view = view
        turn = scope.turns[member.id] = scope.turns.get(member.id, 0) + 1
        pace = self._pace
        took = 1.0 if pace is None else pace(streams.uniforms(self.seed, "pace", scope.id, member.id, turn))
        if not 0 <= took < float("inf"):
            raise SocietyError(f"the pace gave {took!r}: a duration is a number >= 0")
        self._flying[promise] = None
        if self.capacity is not None:
            self.capacity.job(promise, took, terms)
        self._desk.put(promise)
        if self._metered is not None and (promise.gate is None or promise.gate.is_open):
            self._metered.put(promise)
        if self._recorder.held > _WINDOW:
            self._recorder.catch_up(_WINDOW // 2, self._desk.wait)
        return promise, took

    def notes(self, member: Member) -> tuple[Promise, ...]:
        """The notes that *member* has taken on the question on the table; the last that came is what it has."""
        return self._table.scope.notes.get(member.id, ())

    def ask(
        self, member: Member, words: Words, form: Any, *, terms: Terms | None = None, purpose: str = ""
    ) -> Doing[Promise]:
        """Put a question to one member; the promise comes when its simulated time of thinking is over.

        *terms*: its priority, patience and deadline. *purpose*: what is asked for, if it is no answer to the question
        on the table (a `bid`, say): then it is no part of how the member has done.
        """
        _outside_prompts("ask")
        if self.capacity is not None or terms is not None:
            return (yield from self._in_line([member], frozen(words), form, terms, purpose))[member.id]
        promise, took = self._submit(member, frozen(words), form, purpose=purpose)
        yield self.env.timeout(took)
        self._land([promise])
        return promise

    def ask_all(
        self, words: Words, form: Any, of: Iterable[int | Member] | None = None, *, terms: Terms | None = None,
        purpose: str = "",
    ) -> Doing[Answers]:  # fmt: skip
        """Put the same question to all who are present (or those in *of*); their answers, when the last has thought.

        *terms*: the priority, patience and deadline of each. *purpose*: as in `ask`.

        >>> answers = yield from society.ask_all("Shall we?", Choice(["yes", "no"]))  # doctest: +SKIP
        """
        _outside_prompts("ask")
        words = frozen(words)
        asked = self.present if of is None else of
        members = [one if isinstance(one, Member) else self.members[one] for one in asked]
        if self.capacity is not None or terms is not None:
            return Answers((yield from self._in_line(members, words, form, terms, purpose)))
        promises: dict[int, Promise] = {}
        landings: dict[float, list[Promise]] = {}
        for member in members:
            promise, took = self._submit(member, words, form, purpose=purpose)
            promises[member.id] = promise
            landings.setdefault(took, []).append(promise)
        if landings:
            for took, landed in landings.items():  # one event for all that land together, in the order of asking
                Timeout(self.env, took).callbacks.append(partial(self._land, landed))
            yield self.env.timeout(max(landings))
        return Answers(promises)

    def _in_line(
        self, members: Sequence[Member], words: Words, form: Any, terms: Terms | None, purpose: str
    ) -> Doing[dict[int, Promise]]:
        """Put a question to *members* where each of them, and their models, do one thing after the other."""
        if self.capacity is None:
            self.capacity = Capacity(self, {}, self._let, self._land_one)
        over = Tally(self.env, len(members))
        promises: dict[int, Promise] = {}
        for member in members:
            promise, _ = self._submit(member, words, form, terms, over, purpose)
            promises[member.id] = promise
            if promise.job is None:  # nobody is there
                self._land([promise])
                over.count()
        yield over.done
        return promises

    def gather(self, *doings: Doing[Any]) -> Doing[list[Any]]:
        """Let several things go on side by side; their results, in order, when the last has ended."""
        processes = [self.start(doing) for doing in doings]
        if processes:
            yield self.env.all_of(processes)
        return [process.value for process in processes]

    def start(
        self, doing: Doing[Any], *, among: Iterable[int] | None = None, within: str = ""
    ) -> simpy.Process:
        """Let something go on beside what is going on, about the same question; it ends with the agenda.

        *among*: the seats of those who are `present` in it, and whom `ask_all` asks; all, if left out. *within*: what
        these are called; lots are drawn for each such part of the society anew.
        """
        scope = self._table.scope
        return self._table.start(doing, scope if among is None else scope.among(among, within))

    def _let(self, promise: Promise) -> None:
        """The service of *promise* begins: call, if it has not been called yet."""
        if promise.gate is not None and not promise.gate.is_open:
            self._desk.let(promise)
            if self._metered is not None:
                self._metered.put(promise)

    def _land_one(self, promise: Promise) -> None:
        if promise.gate is not None and not promise.purpose:
            promise.scope.latest[promise.member.id] = promise
        self._land([promise])

    def _land(self, landed: list[Promise], _: Event | None = None) -> None:
        for promise in landed:
            self._flying.pop(promise, None)
            if promise._reason != LEFT and not promise.purpose:
                self.traces.landed(promise, self.env.now)
            self._recorder.put_late(self.env.now, promise, answer_entry)

    # --- speaking -------------------------------------------------------------------------------------------------

    def send(self, sender: Member, words: Words, to: Sequence[int | Member]) -> dict[int, float]:
        """Deliver *words* along ties; an entry for each delivered, refused, lost or silent message.

        Gives who will hear it: seat -> after how much simulated time.
        """
        _outside_prompts("speak")
        said: str | Late = words if isinstance(words, str) else Late(self._desk, frozen(words), sender.frozen())
        seats = [target.id if isinstance(target, Member) else target for target in to]
        return self._post.send(sender.id, said, seats, self._graph._succ[sender.id], self._table.scope)

    # --- what is shared -------------------------------------------------------------------------------------------

    def apply(self, *changes: Change) -> None:
        """The only way anything shared changes: checked, done, recorded.

        `SocietyError` before anything is done if *changes*, taken together, would break an invariant of the graph, or
        if not all the transfers among them can be made, one after the other.
        """
        _outside_prompts("change anything")
        for change in changes:
            if type(change) not in APPLY:
                known = ", ".join(kind.__name__ for kind in APPLY)
                raise SocietyError(f"{change!r} is no change that can be applied; these are: {known}")
        invariants.refuse(self._graph, changes, self.presence.left)
        self.payments.check(changes)
        for change in changes:
            APPLY[type(change)](self, change)

    def pay(self, *transfers: Transfer) -> bool:
        """Make all of *transfers* or none, and say whether they were made: for what members want.

        Whatever a member may have asked for, nothing is raised: the record says which rule refused it (`declined`).
        What a mechanism is sure of it does by `apply`, which raises `MoneyError`.
        """
        _outside_prompts("pay anything")
        return self.payments.pay(transfers)

    def pay_later(self, *transfers: Transfer) -> Payment:
        """Make all of *transfers* as soon as the source of the first can pay them: an event to wait for, or give up.

        Whoever waits for the same account is served first come, first served; `pay` and `apply` go before them all.
        """
        _outside_prompts("pay anything")
        return self.payments.later(transfers)

    def log(self, kind: str, /, **facts: Any) -> None:
        """Add an entry of *kind* to the record; *facts* are plain values."""
        _outside_prompts("write into the record")
        if "t" in facts or "kind" in facts:
            raise SocietyError(f"the facts of an entry ({kind}) may not be called t or kind: the record says those")
        self._recorder.put({"t": round(float(self.env.now), 6), "kind": kind, **facts})

    def standing(self, seat: int) -> Standing:
        """How the member at *seat* has done in the questions settled so far."""
        _outside_prompts("read how members stand, which moves on")
        return self.traces.standing((seat,))[seat]

    def frame(self, number: int = 0, before: float = 0.0) -> Frame:
        """The society as a rewiring sees it now, for its proposal *number*, the last one having been made *before*."""
        members, seats, traces = self.members, range(len(self.members)), self.traces
        return Frame(self.now, self._graph, traces.standing(seats), number=number, before=before,
                     present=self.presence.seats, said=traces.said, verdicts=traces.verdicts, used=traces.used,
                     names=self.names,
                     traits=Lazy(seats, lambda seat: members[seat].traits),
                     models=Lazy(seats, lambda seat: members[seat].speaks), facts=self._facts)  # fmt: skip

    def play(self, models: Mapping[str, Backend]) -> None:
        """Let *models* speak from now on; every member keeps the name of its own."""
        self._voices.become(models)
        self.log("models", models=self._voices.marks())
        for member in self.members:
            member.speak_as(member.speaks)

    def reorganise(self, graph: nx.Graph) -> None:
        """Give the members the ties of *graph* and its nodes' attributes instead of those they have."""
        _outside_prompts("change anything")
        if set(graph) != set(self._graph):
            raise SocietyError(f"a graph of {len(graph)} nodes for {len(self.members)} members")
        graph = ties.directed(graph)
        invariants.check(graph)
        self._graph = ties.without(graph, self.presence.left)
        self.traces.keep(self._graph.has_edge)
        for member in self.members:
            member.forget_ties()
        self.log("graph", **graph_facts(self._graph))

    def attend(self, memory: Memory, attention: Attention, channel: Channel | None) -> None:
        """Let members remember and take in what *memory* and *attention* say, and messages pass *channel*, from now."""
        self.memory = memory
        self._post.room = None if memory.notes else memory.last  # what notes are taken of goes when they are
        self.attention = self._post.attention = attention
        self._post.channel = channel
        self._desk.prompt = attention.prompt

    def pace(self, pace: Pace | None) -> None:
        """Let thinking take as long as *pace* says from now on; one unit of time if it is `None`."""
        self._pace = pace

    def serve(self, servers: Mapping[str, Server]) -> None:
        """Let members and models be bounded by *servers* from now on; who stands in line stays in it."""
        if self.capacity is None:
            self.capacity = Capacity(self, servers, self._let, self._land_one)
        else:
            self.capacity.change(servers)
        self.log("capacity", servers=self.capacity.told)

    def voice(self, model: str) -> Voice:
        """What a member speaks with that is given *model*: a name, with `/variant` after it if it has variants."""
        return self._voices.of(model)

    # --- the agenda -----------------------------------------------------------------------------------------------

    def settle(self, question: Question, mechanism: Callable[..., Any], **parameters: Any) -> Doing[Outcome]:
        """Put *question* on the table and settle it by *mechanism*: one after the other, nested, or side by side."""
        self._facts = question.facts
        with self._table.put(question, self.presence.joins) as scope:
            outcome = yield from self._settled(question, mechanism, parameters)
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
        told, known = scored(question, outcome)
        self.traces.settled(scope, told, self.env.now)
        if taken := {"about", "decision", *known} & set(outcome.facts):
            raise SocietyError(f"an outcome's facts may not be called {', '.join(sorted(taken))}: the scorer says that")
        self.log("outcome", about=question.id, decision=outcome.decision, **known, **outcome.facts)
        self.apply(*claimed(question, outcome))

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
        facts = {"seed": self.seed, "models": self._voices.marks(), **self._header}
        self.log("header", format=FORMAT, **facts, backends=self._voices.facts())
        for member in self.members:
            facts = some(persona=member.persona, traits=member.traits)
            self.log("member", member=member.id, name=member.name, model=member.profile.model, **facts)
        self.log("graph", **graph_facts(self._graph))
        self.payments.introduce()
        if self.capacity is not None:
            self.log("capacity", servers=self.capacity.told)

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
            if self.capacity is not None:
                self.capacity.close(self._flying)
            self._desk.settle()
            if self._metered is not None:
                self._metered.book_all()
            self._recorder.catch_up(0, self._desk.wait)
            if self._flying:
                usage = {} if self._metered is None else {"usage": payments.usage(self._flying)}
                self.log("unheard", **unheard_facts(self._flying), **usage)
            self.log("end", entries=self._recorder.entries)
            self._recorder.flush()
            self._voices.release()

    def close(self) -> None:
        """Break off: nothing more is asked, calls in flight may still come in, the record is written so far.

        A call to an endpoint is paid for by now: it has its whole time-out. To be interrupted again breaks it off.
        """
        self.running = False
        try:
            self._desk.close(self._voices.drain())
            self._recorder.drain()
            self._recorder.flush()
        finally:
            self._voices.release()


def _outside_prompts(what: str) -> None:
    if reading.saw is not None:
        raise PromptError(f"a prompt function may not {what}")
