"""A member of a society: a Mesa agent with a name, a model to speak with, ties, and a bounded memory."""

from __future__ import annotations

import itertools
import operator
from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import mesa

from society_sim.attending import Full, Order, Reading, heaviest, newest, shuffled
from society_sim.promises import Answers, Late, NotReady, Promise, Words, reading
from society_sim.values import Backend, Profile

if TYPE_CHECKING:
    import simpy

    from society_sim.capacity import Terms
    from society_sim.forms import Form
    from society_sim.society import Society


class _Ids(WeakKeyDictionary[Any, Any]):
    """Mesa's counter of ids by model, without keeping every model alive for ever (as Mesa 3.3's own does)."""

    def __getitem__(self, model: Any) -> Any:
        return self.setdefault(model, itertools.count(1))


@lru_cache(maxsize=1024)
def _digest(persona: str) -> bytes:
    return blake2b(persona.encode("utf-8", "replace"), digest_size=16).digest()


_words = operator.itemgetter(1)  # of what was told
_made: Any = tuple.__new__  # of a named tuple, without the way through its own


Told: TypeAlias = "tuple[int, str | Late, str]"
"""Who said what, and the question that it was about."""


class Heard(NamedTuple):
    """One thing that was said to a member."""

    sender: int
    name: str
    words: str
    about: str
    """The id of the question that was on the table when it was said; empty if there was none."""


@dataclass(frozen=True, slots=True)
class Voice:
    """The model a member speaks with, and what of it goes into a query. *print* stands for all of it in the key."""

    backend: Backend
    variant: str
    reads_items: bool
    temperature: float
    max_tokens: int
    print: bytes


class View(NamedTuple):
    """A member as it stood when a question was put to it: all that a prompt function may read besides answers.

    *ties* are the seats that may speak to this member, in order.
    """

    id: int
    name: str
    persona: str
    traits: Mapping[str, Any]
    ties: tuple[int, ...]
    names: tuple[str, ...]
    told: tuple[Told, ...]
    """What `heard` is made of."""
    written: tuple[Promise, ...] = ()
    """What `notes` is made of."""
    order: Reading = list
    """What `read` reads by."""

    @property
    def heard(self) -> list[Heard]:
        """What was said to this member and is still in its memory, oldest first. Silence is left out."""
        names = self.names
        return [_made(Heard, (sender, names[sender], words, about)) for sender, words, about in self._in_words()]

    def last(self, about: str) -> dict[int, Heard]:
        """By sender, what each of those who may speak to this member said last about question *about*."""
        names, ties = self.names, self.ties if len(self.ties) < 8 else frozenset(self.ties)
        last = {sender: words for sender, words, on in self._in_words() if on == about}
        return {sender: _made(Heard, (sender, names[sender], words, about))
                for sender, words in last.items() if sender in ties}  # fmt: skip

    def _in_words(self) -> Sequence[tuple[int, str, str]]:
        told = self.told
        if Late not in map(type, map(_words, told)):
            return told  # type: ignore[return-value]
        late = [words for _, words, _ in told if isinstance(words, Late)]
        if reading.saw is not None:  # wait for all of it at once
            missing = [promise for words in late for promise in words.missing()]
            if missing:
                raise NotReady(missing)
        said = [(sender, words if isinstance(words, str) else words.value, about) for sender, words, about in told]
        return [one for one in said if one[1] is not None]  # type: ignore[misc]

    def read(self, said: Sequence[Heard]) -> list[Heard]:
        """*said* in the order in which this member reads it (`attention.order`), as a prompt shows it."""
        return self.order(said)

    @property
    def in_order(self) -> bool:
        """Whether it reads in the order in which things were said."""
        return self.order is list

    @property
    def notes(self) -> str | None:
        """What it has written down about the question on the table, if it has, beside what it remembers as said."""
        written = (promise.value for promise in reversed(self.written))
        return next((value["notes"] for value in written if value is not None), None)

    def view(self, values: Mapping[int, Any]) -> list[Any]:
        """Those of *values* that come from members with a tie to this one; abstentions are left out."""
        return list(self.seen(values).values())

    def shown(self, values: Mapping[int, Any]) -> dict[str, Any]:
        """The same by name: {name: value}."""
        return {self.names[seat]: value for seat, value in self.seen(values).items()}

    def seen(self, values: Mapping[int, Any]) -> dict[int, Any]:
        """The same by seat: {seat: value}."""
        if isinstance(values, Answers):
            return values.given(self.ties)
        there = ((seat, values[seat]) for seat in self.ties if seat in values)
        return {seat: value for seat, value in there if value is not None}


class Member(mesa.Agent):  # type: ignore[misc]  # Mesa ships no types
    """One member; `id` is its seat: its node in the graph and its key in `Answers`.

    Memory is bounded as the society's `memory` says, and what it takes in as its `attention` says.
    """

    _ids = _Ids()

    def __init__(self, society: Society, seat: int, profile: Profile, voice: Voice) -> None:
        super().__init__(society)
        self.id, self.profile, self.voice = seat, profile, voice
        self.speaks = profile.model
        self.system = profile.persona
        self.system_digest = _digest(self.system)
        self.unrendered: deque[Promise] | None = None  # questions whose prompts wait for earlier answers
        self.rendering = False
        self._heard: list[Told] = []
        self._unread = 0
        self._ties: tuple[int, ...] | None = None
        self._audience: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"<Member {self.id} {self.name!r}>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.member(self)

    @property
    def name(self) -> str:
        """Its name, as others read it."""
        return self.profile.name

    @property
    def persona(self) -> str:
        """What opens every prompt to it, as the system message."""
        return self.profile.persona

    @property
    def traits(self) -> Mapping[str, Any]:
        """What is publicly known of it: seats, positions, a role."""
        return self.profile.traits

    @property
    def society(self) -> Society:
        """The society it is a member of."""
        return self.model  # type: ignore[no-any-return]

    @property
    def ties(self) -> tuple[int, ...]:
        """The seats that may speak to this member."""
        graph = self.model.graph  # not to be read by a prompt function
        if self._ties is None:
            self._ties = tuple(sorted(graph._pred[self.id]))
        return self._ties

    def speak_as(self, model: str) -> None:
        """Speak with *model* (a name, with `/variant` after it if it has variants) from now on."""
        self.voice, self.speaks = self.society.voice(model), model

    def begin_anew(self, model: str) -> None:
        """Be somebody new in the same seat, who speaks with *model* and remembers nothing."""
        self.speak_as(model)
        self._heard, self._unread = [], 0

    def forget_ties(self) -> None:
        """Look at the graph again when ties are next asked for: it has changed."""
        self._ties = self._audience = None

    @property
    def audience(self) -> tuple[int, ...]:
        """The seats that this member may speak to."""
        graph = self.model.graph  # not to be read by a prompt function
        if self._audience is None:
            self._audience = tuple(sorted(graph._succ[self.id]))
        return self._audience

    def frozen(self) -> View:
        """The member as it stands now."""
        society, who, ties = self.model, self.profile, self._ties
        notes = society.notes(self) if society.memory.notes else ()
        order = society.attention.order
        reads = list if order == "oldest" else self._reading(order)
        view: View = _made(View, (self.id, who.name, who.persona, who.traits, self.ties if ties is None else ties,
                                  society.names, tuple(self._heard), notes, reads))  # fmt: skip
        return view

    def _reading(self, order: Order) -> Reading:
        if order == "newest":
            return newest
        if order == "lot":
            return partial(shuffled, self.society.seed, (self.id, repr(round(self.society.now, 6))))
        into = self.society.graph.pred[self.id]
        return partial(heaviest, {seat: into[seat]["weight"] for seat in self.ties})

    def ask(
        self, text: Words, form: Form, *, terms: Terms | None = None
    ) -> Generator[simpy.Event, Any, Promise]:
        """Put a question; gives a promise when the simulated time of thinking is over.

        *terms*: its priority, patience and deadline.

        >>> reply = yield from member.ask("Shall we?", Choice(["yes", "no"]))  # doctest: +SKIP
        >>> reply.value                                                        # doctest: +SKIP
        'yes'
        """
        return self.society.ask(self, text, form, terms=terms)

    def say(self, words: Words, to: int | Member | Iterable[int | Member]) -> dict[int, float]:
        """Say *words* to one or several members. What no tie allows is refused; either way the record has it.

        *words* may be a pure function of this member's view and of earlier answers; `None` from it is silence.
        Gives the seats that will hear it, and after how much simulated time: a channel may lose it or take long.
        """
        return self.society.send(self, words, list(to) if isinstance(to, Iterable) else [to])

    def hear(self, sender: int, words: str | Late, about: str = "") -> tuple[int, str | Late] | None:
        """Keep what was said while question *about* was on the table; forget the oldest beyond what memory holds.

        Gives what found no room in the inbox, as (sender, words): this very message, or another one for it.
        """
        told, lost, attention = (sender, words, about), None, self.model.attention
        if attention.inbox is not None and self._unread >= attention.inbox:
            place = self._least(attention.full, sender)
            lost = told if place is None else self._heard[place]
            if place is None:
                return lost[:2]
            del self._heard[place]
            self._unread -= 1
        memory = self.model.memory
        self.remember(told, None if memory.notes else memory.last)
        return lost and lost[:2]

    def remember(self, told: Told, room: int | None) -> None:
        """Keep what was *told*, and forget the oldest beyond *room*, if it is bounded."""
        heard = self._heard
        heard.append(told)
        self._unread += 1
        if room is not None and len(heard) > room:
            del heard[: len(heard) - room]
            self._unread = min(self._unread, room)

    def _least(self, full: Full, sender: int) -> int | None:
        """Where the unread message stands that goes when there is one too many; `None`: the newcomer."""
        first = len(self._heard) - self._unread
        if full == "refuse":
            return None
        if full == "oldest":
            return first
        into = self.society.graph.pred[self.id]
        weights = [into[told[0]]["weight"] if told[0] in into else 0.0 for told in self._heard[first:]]
        lightest = min(weights)
        newcomer = into[sender]["weight"] if sender in into else 0.0
        return None if newcomer < lightest else first + weights.index(lightest)

    def attend(self, about: str) -> View | None:
        """Question *about* is being put: the inbox is read, and memory that takes notes is brought back to its size.

        Gives the view from which to take them: what was said about this question and is more than memory holds.
        """
        self._unread = 0
        memory = self.model.memory
        if not memory.notes or memory.last is None or len(self._heard) <= memory.last:
            return None
        much = len(self._heard) - memory.last
        beyond = tuple(told for told in self._heard[:much] if told[2] == about)
        view = self.frozen()._replace(told=beyond)
        del self._heard[:much]
        return view if beyond else None

    def step(self) -> None:
        """Nothing: what members do is on the agenda, and the society's clock carries it."""
