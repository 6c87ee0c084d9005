"""The frozen values that pass between the parts: questions, queries, answers, outcomes, changes, views of the whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from society_sim.forms import Choice, Form, Number, Text
from society_sim.seal import Sealed

if TYPE_CHECKING:
    import networkx as nx


_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return _NOTHING


@dataclass(frozen=True, slots=True)
class Item:
    """A task item beside the prompt: read by offline models only; its gold answer is sealed.

    *text* and *options* are the public wording, so that a synthetic model can tell the question from what peers say
    about it. *digest* stands for all of it in a query's key.
    """

    id: str
    text: str
    options: tuple[str, ...]
    gold: Sealed | None = None
    digest: bytes = field(init=False)

    def __post_init__(self) -> None:
        whole = repr((self.id, self.text, self.options, self.gold and self.gold.digest(self.id)))
        object.__setattr__(self, "digest", blake2b(whole.encode(), digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be settled: *text* for the members, *options* if it is a choice, *item* if a gold answer is known.

    *id* is unique within a run. *facts* hold what a mechanism of the same family needs (the parties of an election).
    """

    id: str
    text: str
    options: tuple[str, ...] = ()
    item: Item | None = None
    facts: Mapping[str, Any] = field(default_factory=_nothing)

    @property
    def form(self) -> Form:
        """The form that an answer to this question has.

        A choice where there are options; a number where the facts say between which two it lies (`range`); free words
        otherwise.
        """
        if not self.options and "range" in self.facts:
            return Number(*self.facts["range"])
        return Choice(self.options) if self.options else Text(600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One call to a model, complete: *text* has been rendered and ends with the form's hint.

    *occurrence* counts how often this member was asked exactly this before, within the same question. *seed* comes
    from (run seed, member, question, occurrence). *key* is a hash over all that shapes the answer.
    """

    member: int
    occurrence: int
    model: str
    system: str
    text: str
    form: Form
    seed: int
    max_tokens: int = 256
    temperature: float = 0.7
    item: Item | None = None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model replied, and what it took. Money is in whole micro-dollars.

    Of *tokens_in*, *cached* were read from the provider's prefix cache; of *tokens_out*, *reasoning* are not in the
    text. *model* is the one that answered, as the provider names it, and *fallback* the one that was asked in place of
    the first choice. *reason* says why a reply that was paid is no answer (`refused`); it is not read then. *attempt*
    is the number of the request that brought it, from 1, if it came from an endpoint. *logprobs* are (token, natural
    logarithm of its probability), where they were asked for.
    """

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    reasoning: int = 0
    micro_usd: int = 0
    model: str = ""
    reason: str = ""
    fallback: str = ""
    attempt: int = 0
    logprobs: tuple[tuple[str, float], ...] | None = None


class Backend(Protocol):
    """The only door to a model.

    `submit` never blocks. The future gives an `Answer`; `NoAnswer(reason)` is an abstention, and any other exception
    one with the reason `failed`. A backend may also have a `watermark` (a short string that names model, version and
    parameters: it enters the key of every query and the head of the record), and `reads_items = True` if its answers
    depend on the sealed item.
    """

    def submit(self, query: Query) -> Future[Answer]:
        """Start on *query*."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a question was settled; *decision* is `None` if it was not.

    *votes* are kept for whoever called the mechanism; *facts* go into the record beside the decision.
    """

    decision: Any
    votes: Mapping[int, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a member is.

    *persona* opens every prompt; *model* is the name of one of the scenario's models, with `/variant` after it if that
    model has variants; *traits* go into the record and to the mechanism.
    """

    name: str
    model: str
    persona: str = ""
    traits: Mapping[str, Any] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Link:
    """A tie appears: *source* may speak to *target*."""

    source: int
    target: int
    kind: str = "talk"
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Unlink:
    """A tie disappears."""

    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Reweight:
    """A tie gets a new weight."""

    source: int
    target: int
    weight: float


@dataclass(frozen=True, slots=True)
class Assign:
    """A member gets another model from now on."""

    member: int
    model: str


@dataclass(frozen=True, slots=True)
class Place:
    """A member takes another place in the organisation: *attributes* of its node, such as a level, replace its own."""

    member: int
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Constitute:
    """The society takes another form, called *name*: from now on *invariants* hold, and no others.

    They are name -> parameters, as `society_sim.invariants` has them; without any, it may become anything. A batch
    with this change in it is judged by the new ones, and on the whole graph.
    """

    invariants: Mapping[str, Mapping[str, Any]] = field(default_factory=_nothing)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """A member is lost: its ties go with it, nobody asks it, and what is said to it is refused (`left`).

    What it was asked before still counts; in what comes after, its seat is vacant until somebody joins.
    """

    member: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """Somebody new takes a seat: it remembers nothing, has no standing, and speaks with *model* from now on.

    On a vacant seat it has *ties* (each from or to it) and no others; on one that is taken it replaces whoever sat
    there and takes over the ties. Name, persona and traits belong to the seat, and so do its node's attributes unless
    *attributes* replace them. Who joins while a question is on the table takes part from the next one on.
    """

    member: int
    model: str = ""
    """Empty: the model of whoever sat there before."""
    ties: tuple[Link, ...] = ()
    attributes: Mapping[str, Any] | None = None


Change: TypeAlias = Link | Unlink | Reweight | Assign | Place | Constitute | Leave | Join
Proposal: TypeAlias = Change | tuple[Change, ...]
"""What a rewiring gives: a tuple of changes stands or falls alone, and all of its plain changes together."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member has done so far: *right* of *answered* answers, out of *asked* questions.

    Right is what agrees with the gold answer, or, where none is known, with what the society decided.
    """

    asked: int = 0
    answered: int = 0
    right: int = 0


_ALL: Collection[int] = range(0)
"""Stands for all seats of the graph."""


class Said(NamedTuple):
    """What a member answered last, to question *about* at simulated time *at*; the *choice* `None` is an abstention."""

    about: str
    choice: Any
    at: float


class Verdict(NamedTuple):
    """Whether a member's answer to question *about*, which was settled at simulated time *at*, was right."""

    about: str
    right: bool
    at: float


class Use(NamedTuple):
    """How much a tie was used: when words last passed along it (or when it appeared), and how many in all.

    A silence counts, for the tie was there for it; that a prompt shows answers of others does not.
    """

    last: float
    messages: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The society as a rewiring sees it: to be read at once and not to be kept, for it is no copy.

    *graph* is the society's own, and frozen; `used` has ties as (source, target). All else is by seat. Only to read
    `said` (and with it opinions) waits for answers; all other fields are there without waiting.
    """

    now: float
    graph: nx.DiGraph
    standing: Mapping[int, Standing]
    """How each member has done so far."""
    number: int = 0
    """Which proposal this is: 0, 1, 2, ..."""
    before: float = 0.0
    """When the proposal before this one was made; for the first, when the rewiring came into force."""
    present: Collection[int] = _ALL
    """The seats that are taken, in order; those of all members if left out."""
    said: Mapping[int, Said] = field(default_factory=_nothing)  # type: ignore[arg-type]
    """What each member answered last, of those that were asked anything."""
    verdicts: Mapping[int, Verdict] = field(default_factory=_nothing)  # type: ignore[arg-type]
    """How each member did on the question that was settled last of those it was asked."""
    used: Mapping[tuple[int, int], Use] = field(default_factory=_nothing)  # type: ignore[arg-type]
    """The use of each tie that was of any, or that has appeared since the beginning."""
    names: Sequence[str] = ()
    traits: Mapping[int, Mapping[str, Any]] = field(default_factory=_nothing)  # type: ignore[arg-type]
    models: Mapping[int, str] = field(default_factory=_nothing)  # type: ignore[arg-type]
    """What each member speaks with: a name of a model, with `/variant` after it if it has variants."""
    facts: Mapping[str, Any] = field(default_factory=_nothing)
    """The facts of the question that was put last (its `category`, for instance)."""

    def __post_init__(self) -> None:
        if self.present is _ALL:
            object.__setattr__(self, "present", tuple(sorted(self.graph)))

    def opinion(self, seat: int) -> float | None:
        """What a member answered last, if that is a number."""
        said = self.said.get(seat)
        choice = None if said is None else said.choice
        return float(choice) if isinstance(choice, (int, float)) and not isinstance(choice, bool) else None

    @property
    def opinions(self) -> dict[int, float]:
        """The same of all members whose last answer was a number."""
        return {seat: opinion for seat in self.said if (opinion := self.opinion(seat)) is not None}


Record: TypeAlias = Iterable[Mapping[str, Any]]
"""The entries of a run in simulated order, header first; can be iterated again and again."""
