"""The frozen values that pass between the parts: questions, queries, answers, outcomes, profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from society_sim.forms import Choice, Form, Number, Text
from society_sim.seal import Sealed

if TYPE_CHECKING:
    from society_sim.changes import Change

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def nothing() -> Mapping[str, Any]:
    """No facts: what fields that hold some have when nothing is said."""
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
    facts: Mapping[str, Any] = field(default_factory=nothing)

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

    *votes* are kept for whoever called the mechanism; *facts* go into the record beside the decision. *claims*: what
    changes when the right answer is known, by answer; what stands under `None` does if it is none of them, or unknown.
    """

    decision: Any
    votes: Mapping[int, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=nothing)
    claims: Mapping[Any, Sequence[Change]] = field(default_factory=nothing)

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.outcome(self)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a member is.

    *persona* opens every prompt; *model* is the name of one of the scenario's models, with `/variant` after it if that
    model has variants; *traits* go into the record and to the mechanism.
    """

    name: str
    model: str
    persona: str = ""
    traits: Mapping[str, Any] = field(default_factory=nothing)


Record: TypeAlias = Iterable[Mapping[str, Any]]
"""The entries of a run in simulated order, header first; can be iterated again and again."""
