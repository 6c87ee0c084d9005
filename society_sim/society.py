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

import operator
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import mesa
import networkx as nx
import simpy
from simpy.events import Event

from society_sim import invariants, misuse, payments, streams, ties
from society_sim.accounts import TOKENS, Accounts
from society_sim.asking import Asking, Pace
from society_sim.attending import Attention, Memory
from society_sim.backends.calls import Function
from society_sim.capacity import Capacity, Terms
from society_sim.changes import Change, Transfer
from society_sim.desk import Desk
from society_sim.entries import graph_facts, some, unheard_facts
from society_sim.errors import PromptError, SocietyError
from society_sim.frame import Frame, Standing
from society_sim.ledger import UNLIMITED, Cost
from society_sim.member import Member, Voice
from society_sim.payments import Metered, Payment, Payments
from society_sim.post import Channel, Post
from society_sim.presence import Presence
from society_sim.promises import Answers, Late, Promise, Scope, Words, frozen, reading
from society_sim.purses import Purses
from society_sim.recorder import Recorder
from society_sim.scoring import claimed, scored
from society_sim.servers import Server
from society_sim.store import FORMAT
from society_sim.table import Table, together
from society_sim.traces import Lazy, Traces
from society_sim.values import Backend, Outcome, Profile, Question
from society_sim.voices import Voices

if TYPE_CHECKING:
    from society_sim.money import Money

T = TypeVar("T")
Doing = Generator[Event, Any, T]
"""What goes on in simulated time: a generator of events, with a result."""

EVERYTHING = Attention()
"""Attention without bounds."""
APPLY: Mapping[type, Callable[[Society, Any], None]] = {**ties.APPLY, **payments.APPLY}
"""How each kind of change is carried out."""


_ITS_OWN = frozenset({"answer", "message", "silence", "refused", "lost", "transfer"})
"""Kinds of entries that a mechanism cannot log: what readers of a record count as answered, said and paid."""


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
        self._graph = ties.directed(graph)
        invariants.check(self._graph)
        self._recorder = Recorder(write)
        if money is not None and money.tokens is not None:
            allowance = {**(allowance or {}), "account": UNLIMITED._replace(tokens=money.tokens)}
        purses = Purses(allowance, self._community) if allowance else None
        self._desk = Desk(seed, concurrency, self._recorder.drain_and_flush, purses)
        self._table = Table(self.env)
        self._agenda: simpy.Process | None = None
        self.traces = Traces()
        self._facts: Mapping[str, Any] = {}
        self._header = header or {}
        self.payments = Payments(self, self._communities)
        metered = None
        if money is not None:
            self.payments.begin(money, [who.traits for who in profiles], self._communities())
            if money.tokens is not None:
                metered = Metered(self.payments.accounts, self._desk)
                self.payments.accounts.meter(TOKENS, metered)
        self.members = [Member(self, seat, who, self.voice(who.model)) for seat, who in enumerate(profiles)]
        self.presence = Presence(self.members)
        self._post = Post(self.env, seed, self.members, self.presence, self._recorder, self.traces)
        self.attend(memory if isinstance(memory, Memory) else Memory(kept), attention, channel)
        self._asking = Asking(self, self._table, pace, metered)
        if capacity:
            self._asking.serve(capacity)

    def __repr__(self) -> str:
        return (f"<Society of {len(self.members):,} members, {self._graph.number_of_edges():,} ties, at "
                f"{float(self.env.now):g}>")  # fmt: skip

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.society(self)

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
        return self.presence.here(scope.joins, scope.seats)

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
    def capacity(self) -> Capacity | None:
        """Who is busy, and who waits; `None` where nothing bounds anybody."""
        return self._asking.capacity

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
        return self._asking.waiting(most)

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
        return self._asking.ask(member, words, form, terms, purpose)

    def ask_all(
        self, words: Words, form: Any, of: Iterable[int | Member] | None = None, *, terms: Terms | None = None,
        purpose: str = "",
    ) -> Doing[Answers]:  # fmt: skip
        """Put the same question to all who are present (or those in *of*); their answers, when the last has thought.

        *terms*: the priority, patience and deadline of each. *purpose*: as in `ask`.

        >>> answers = yield from society.ask_all("Shall we?", Choice(["yes", "no"]))  # doctest: +SKIP
        """
        _outside_prompts("ask")
        return self._asking.ask_all(words, form, of, terms, purpose)

    def gather(self, *doings: Doing[Any]) -> Doing[list[Any]]:
        """Let several things go on side by side; their results, in order, when the last has ended."""
        processes = [self.start(doing) for doing in doings]
        yield from together(self.env, processes)
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
        """Add an entry of *kind* to the record; *facts* are plain values.

        `SocietyError` for a kind that tells what was answered, said or paid: the society alone writes those.
        """
        _outside_prompts("write into the record")
        if kind in _ITS_OWN:
            raise SocietyError(f"entries of the kind {kind!r} are the society's own; log it under another name")
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
        self._desk.prompts.most = attention.prompt

    def pace(self, pace: Pace | None) -> None:
        """Let thinking take as long as *pace* says from now on; one unit of time if it is `None`."""
        self._asking.pace = pace

    def serve(self, servers: Mapping[str, Server]) -> None:
        """Let members and models be bounded by *servers* from now on; who stands in line stays in it."""
        self.log("capacity", servers=self._asking.serve(servers).told)

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
        return misuse.outcome(mechanism, question, outcome)

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
        self._agenda = self._table.start(agenda)
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
        except BaseException as error:
            with suppress(Exception):  # the first error is the one to tell
                self.close()
            if mistake := misuse.yielded(self._table.doing, error):
                raise mistake from None
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
            self._asking.finish()
            if unheard := self._asking.flying:
                usage = {"usage": payments.usage(unheard)} if self._asking.is_metered else {}
                self.log("unheard", **unheard_facts(unheard), **usage)
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
