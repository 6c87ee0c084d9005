"""A member of a society: a Mesa agent with a name, a model to speak with, ties, and a bounded memory."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import mesa

from society_sim.promises import Answers, Late, Promise, Words
from society_sim.values import Backend, Profile

if TYPE_CHECKING:
    import simpy

    from society_sim.forms import Form
    from society_sim.society import Society


class _Ids(WeakKeyDictionary[Any, Any]):
    """Mesa's counter of ids by model, without keeping every model alive for ever (as Mesa 3.3's own does)."""

    def __getitem__(self, model: Any) -> Any:
        return self.setdefault(model, itertools.count(1))


@lru_cache(maxsize=1024)
def _digest(persona: str) -> bytes:
    return blake2b(persona.encode("utf-8", "replace"), digest_size=16).digest()


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


@dataclass(frozen=True, slots=True)
class View:
    """A member as it stood when a question was put to it: all that a prompt function may read besides answers.

    *ties* are the seats that may speak to this member, in order.
    """

    id: int
    name: str
    persona: str
    traits: Mapping[str, Any]
    ties: tuple[int, ...]
    names: tuple[str, ...]
    _heard: tuple[tuple[int, str | Late, str], ...]

    @property
    def heard(self) -> list[Heard]:
        """What was said to this member and is still in its memory, oldest first. Silence is left out."""
        said = [(sender, words if isinstance(words, str) else words.value, about)
                for sender, words, about in self._heard]  # fmt: skip
        return [Heard(sender, self.names[sender], words, about) for sender, words, about in said if words is not None]

    def view(self, values: Mapping[int, Any]) -> list[Any]:
        """Those of *values* that come from members with a tie to this one; abstentions are left out."""
        return list(self.seen(values).values())

    def shown(self, values: Mapping[int, Any]) -> dict[str, Any]:
        """The same by name: {name: value}."""
        return {self.names[seat]: value for seat, value in self.seen(values).items()}

    def seen(self, values: Mapping[int, Any]) -> dict[int, Any]:
        """The same by seat: {seat: value}."""
        seats = [seat for seat in self.ties if seat in values]
        read = values.read(seats) if isinstance(values, Answers) else [values[seat] for seat in seats]
        return {seat: value for seat, value in zip(seats, read, strict=True) if value is not None}


class Member(mesa.Agent):  # type: ignore[misc]  # Mesa ships no types
    """One member; `id` is its seat: its node in the graph and its key in `Answers`.

    Memory is bounded: the last `memory` things said to it (a parameter of the society) are kept, the oldest go first.
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
        self._heard: tuple[tuple[int, str | Late, str], ...] = ()
        self._ties: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"<Member {self.id} {self.name!r}>"

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
        graph = self.society.graph  # not to be read by a prompt function
        if self._ties is None:
            self._ties = tuple(sorted(graph.pred[self.id]))
        return self._ties

    def speak_as(self, model: str) -> None:
        """Speak with *model* (a name, with `/variant` after it if it has variants) from now on."""
        self.voice, self.speaks = self.society.voice(model), model

    def begin_anew(self, model: str) -> None:
        """Be somebody new in the same seat, who speaks with *model* and remembers nothing."""
        self.speak_as(model)
        self._heard = ()

    def forget_ties(self) -> None:
        """Look at the graph again when ties are next asked for: it has changed."""
        self._ties = None

    @property
    def audience(self) -> tuple[int, ...]:
        """The seats that this member may speak to."""
        return tuple(sorted(self.society.graph.succ[self.id]))

    def frozen(self) -> View:
        """The member as it stands now."""
        names = self.society.names
        return View(self.id, self.name, self.persona, self.traits, self.ties, names, self._heard)

    def ask(self, text: Words, form: Form) -> Generator[simpy.Event, Any, Promise]:
        """Put a question; gives a promise when the simulated time of thinking is over.

        >>> reply = yield from member.ask("Shall we?", Choice(["yes", "no"]))  # doctest: +SKIP
        >>> reply.value                                                        # doctest: +SKIP
        'yes'
        """
        return self.society.ask(self, text, form)

    def say(self, words: Words, to: int | Member | Iterable[int | Member]) -> None:
        """Say *words* to one or several members. What no tie allows is refused; either way the record has it.

        *words* may be a pure function of this member's view and of earlier answers; `None` from it is silence.
        """
        self.society.send(self, words, list(to) if isinstance(to, Iterable) else [to])

    def hear(self, sender: int, words: str | Late, about: str = "") -> None:
        """Keep what was said while question *about* was on the table; forget the oldest beyond what memory holds."""
        heard, memory = self._heard, self.model.memory
        kept = heard if len(heard) < memory else heard[len(heard) + 1 - memory :]
        self._heard = (*kept, (sender, words, about)) if memory else ()

    def step(self) -> None:
        """Nothing: what members do is on the agenda, and the society's clock carries it."""
