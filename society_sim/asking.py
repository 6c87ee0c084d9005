"""Asking: a question is put to a member now, and its answer lands when the simulated time of thinking is over.

The real call leaves when the question is put, unless something could still withdraw it. Where capacity is scarce, the
question stands in line first, for its member and for the model's server.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from simpy.events import Event, Timeout

from society_sim import streams
from society_sim.attending import notes_form, noting
from society_sim.capacity import Capacity, Tally, Terms
from society_sim.entries import answer_entry
from society_sim.errors import LEFT, SocietyError
from society_sim.member import Member, View
from society_sim.misuse import seat
from society_sim.payments import Metered
from society_sim.promises import Answers, Promise, Scope, Words, frozen
from society_sim.servers import Server
from society_sim.table import Table

if TYPE_CHECKING:
    from society_sim.society import Society

Pace: TypeAlias = "Callable[[tuple[float, ...]], float]"
_WINDOW = 20_000  # entries that may be held back before the clock waits for the first of them


class Asking:
    """What puts the questions of a society to its members, and sees to it that each is over once."""

    def __init__(self, society: Society, table: Table, pace: Pace | None, metered: Metered | None) -> None:
        """*pace*: how long an answer takes; one unit if it is `None`. *metered* are the members' tokens, if counted."""
        self._society, self._table, self._metered = society, table, metered
        self._env, self._seed, self._desk = society.env, society.seed, society.desk
        self._presence, self._recorder, self._traces = society.presence, society.record, society.traces
        self.pace = pace
        self.capacity: Capacity | None = None
        """Who is busy, and who waits; `None` where nothing bounds anybody."""
        self.flying: dict[Promise, None] = {}
        """What was asked and has not landed in simulated time, in order."""

    def serve(self, servers: Mapping[str, Server]) -> Capacity:
        """Let members and models be bounded by *servers* from now on; who stands in line stays in it."""
        if self.capacity is None:
            self.capacity = Capacity(self._society, servers, self._let, self._land_one)
        else:
            self.capacity.change(servers)
        return self.capacity

    def ask(
        self, member: Member, words: Words, form: Any, terms: Terms | None, purpose: str
    ) -> Generator[Event, Any, Promise]:
        """Put a question to one member; the promise comes when its answer has landed."""
        words = frozen(words)
        if self.capacity is not None or terms is not None:
            return (yield from self._in_line([member], words, form, terms, purpose))[member.id]
        promise, took = self._submit(self._table.scope, member, words, form, purpose)
        yield self._env.timeout(took)
        self._land([promise])
        return promise

    def ask_all(
        self, words: Words, form: Any, of: Iterable[int | Member] | None, terms: Terms | None, purpose: str
    ) -> Generator[Event, Any, Answers]:
        """Put the same question to all who are present, or to those in *of*; their answers, when the last landed."""
        words, scope, everybody = frozen(words), self._table.scope, self._society.members
        asked = self._presence.here(scope.joins, scope.seats) if of is None else of
        members = [one if isinstance(one, Member) else seat(one, everybody) for one in asked]
        if self.capacity is not None or terms is not None:
            return Answers((yield from self._in_line(members, words, form, terms, purpose)))
        promises: dict[int, Promise] = {}
        landings: dict[float, list[Promise]] = {}
        for member in members:
            promise, took = self._submit(scope, member, words, form, purpose)
            promises[member.id] = promise
            landings.setdefault(took, []).append(promise)
        if landings:
            for took, landed in landings.items():  # one event for all that land together, in the order of asking
                Timeout(self._env, took).callbacks.append(partial(self._land, landed))
            yield self._env.timeout(max(landings))
        return Answers(promises)

    def waiting(self, most: int) -> list[str]:
        """The names of members whose answers have not come, those asked first before others: *most* of them."""
        late = (promise.member.name for promise in list(self.flying) if not promise.done)
        return list(dict.fromkeys(itertools.islice(late, most)))

    def finish(self) -> None:
        """The agenda has ended: let nobody be called who has not been, and wait for the others, and for their cost."""
        if self.capacity is not None:
            self.capacity.close(self.flying)
        self._desk.settle()
        if self._metered is not None:
            self._metered.book_all()
        self._recorder.catch_up(0, self._desk.wait)

    @property
    def is_metered(self) -> bool:
        """Whether tokens are drawn from accounts."""
        return self._metered is not None

    # --- putting --------------------------------------------------------------------------------------------------

    def _in_line(
        self, members: Sequence[Member], words: Words, form: Any, terms: Terms | None, purpose: str
    ) -> Generator[Event, Any, dict[int, Promise]]:
        """Put a question to *members* where each of them, and their models, do one thing after the other."""
        if self.capacity is None:
            self.serve({})
        scope, over = self._table.scope, Tally(self._env, len(members))
        promises: dict[int, Promise] = {}
        for member in members:
            promise, _ = self._submit(scope, member, words, form, purpose, terms, over)
            promises[member.id] = promise
            if promise.job is None:  # nobody is there
                self._land([promise])
                over.count()
        yield over.done
        return promises

    def _submit(
        self, scope: Scope, member: Member, words: Words, form: Any, purpose: str, terms: Terms | None = None,
        over: Tally | None = None,
    ) -> tuple[Promise, float]:  # fmt: skip
        """Put a question now, its *words* frozen; gives the promise, and how long thinking takes in simulated time.

        Notes are taken first, where memory takes them and is full. Where capacity is scarce, *over* counts the question
        when it is over, however long that takes.
        """
        notes, noted = None, 0.0
        if member.id in self._presence.left:
            promise, took = Promise(self._desk, member, words, form, scope, self._env.now), 0.0
            promise.decline(LEFT)
        else:
            if (forgetting := member.attend(scope.id)) is not None:
                notes, noted = self._take_notes(scope, member, forgetting)
            view = member.frozen() if member.unrendered or not isinstance(words, str) else None
            promise, took = self._put(scope, member, words, form, view, terms)
        promise.purpose = purpose
        if promise.gate is None and not purpose:  # else it may never be answered: it counts when it lands
            scope.latest[member.id] = promise
        if promise.job is not None:
            promise.job.enter(over, None if notes is None else notes.job)
        return promise, noted + took

    def _take_notes(self, scope: Scope, member: Member, forgetting: View) -> tuple[Promise, float]:
        """Let *member* write down what it is about to forget, before it is asked anything else."""
        form = notes_form(self._society.memory.notes)
        notes, took = self._put(scope, member, partial(noting, scope.text), form, forgetting, None)
        notes.purpose = "notes"
        scope.notes[member.id] = (*scope.notes.get(member.id, ()), notes)
        if notes.job is None:
            Timeout(self._env, took).callbacks.append(partial(self._land, [notes]))
        return notes, took

    def _put(
        self, scope: Scope, member: Member, words: Words, form: Any, view: View | None, terms: Terms | None
    ) -> tuple[Promise, float]:
        promise = Promise(self._desk, member, words, form, scope, self._env.now)
        promise.view = view
        turn = scope.turns[member.id] = scope.turns.get(member.id, 0) + 1
        pace = self.pace
        took = 1.0 if pace is None else pace(streams.uniforms(self._seed, "pace", scope.id, member.id, turn))
        if not 0 <= took < float("inf"):
            raise SocietyError(f"the pace gave {took!r}: a duration is a number >= 0")
        self.flying[promise] = None
        if self.capacity is not None:
            self.capacity.job(promise, took, terms)
        self._desk.put(promise)
        if self._metered is not None and (promise.gate is None or promise.gate.is_open):
            self._metered.put(promise)
        if self._recorder.held > _WINDOW:
            self._recorder.catch_up(_WINDOW // 2, self._desk.wait)
        return promise, took

    def _let(self, promise: Promise) -> None:
        """The service of *promise* begins: call, if it has not been called yet."""
        if promise.gate is not None and not promise.gate.is_open:
            self._desk.let(promise)
            if self._metered is not None:
                self._metered.put(promise)

    # --- landing --------------------------------------------------------------------------------------------------

    def _land_one(self, promise: Promise) -> None:
        if promise.gate is not None and not promise.purpose:
            promise.scope.latest[promise.member.id] = promise
        self._land([promise])

    def _land(self, landed: list[Promise], _: Event | None = None) -> None:
        flying, traces, recorder, now = self.flying, self._traces, self._recorder, self._env.now
        for promise in landed:
            flying.pop(promise, None)
            if promise._reason != LEFT and not promise.purpose:
                traces.landed(promise, now)
            recorder.put_late(now, promise, answer_entry)
