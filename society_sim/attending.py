"""How much a member takes in: what it remembers, how many messages it has room for, how much of a prompt it reads.

Two kinds of part, each of which gives a frozen value: `memory` and `attention`. What they leave out is in the record:
a message that found no room is an entry `lost`, and an answer to a prompt that was cut says by how much (`cut`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from society_sim.bounds import Natural, Positive
from society_sim.errors import ScenarioError
from society_sim.forms import Fields, Text
from society_sim.registry import attention, memory
from society_sim.streams import uniforms

if TYPE_CHECKING:
    from society_sim.member import Heard, View

Order: TypeAlias = Literal["oldest", "newest", "weight", "lot"]
Full: TypeAlias = Literal["refuse", "oldest", "lightest"]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a member remembers word by word: the *last* things said to it, or all of them (`None`).

    With *notes*, what goes beyond that is condensed by the member itself into a text of at most so many characters.
    """

    last: int | None = 32
    notes: int = 0

    def __post_init__(self) -> None:
        if self.last is not None and self.last < 0:
            raise ScenarioError(f"memory: last is {self.last}; it must be 0 or more")
        if self.notes < 0:
            raise ScenarioError(f"memory: notes are {self.notes} characters; it must be 0 or more")


@dataclass(frozen=True, slots=True)
class Attention:
    """How much a member takes in; without bounds where `None`. The page of `limits` has the words."""

    inbox: int | None = None
    full: Full = "refuse"
    order: Order = "oldest"
    prompt: int | None = None

    def __post_init__(self) -> None:
        for name, most in (("inbox", self.inbox), ("prompt", self.prompt)):
            if most is not None and most < 1:
                raise ScenarioError(f"attention: {name} is {most}; it must be 1 or more, or null for no bound")


@memory
def window(*, last: Natural = 32) -> Memory:
    """The *last* things said to a member are kept, whatever they are about; the oldest go first. 0 is no memory.

    >>> window(last=5)
    Memory(last=5, notes=0)
    """
    return Memory(last)


@memory
def full() -> Memory:
    """Everything that was ever said to a member is kept: prompts that show it grow with every round.

    In a flat organisation of n members the tokens that are read grow with n squared in each round; `attention.prompt`
    bounds them.
    """
    return Memory(None)


@memory
def summary(*, last: Natural = 8, limit: Positive = 600) -> Memory:
    """The *last* things said are kept as they were said; what is older, the member condenses into notes of its own.

    When a member is asked that remembers more than *last* things, it first writes down what matters of those beyond
    that were said about the question on the table, and of its earlier notes on it, in at most *limit* characters. That
    is a call like any other: it is counted and paid, it takes its simulated time before the question's own, and its
    entry in the record is an `answer` that says `"purpose": "notes"` and is no vote. Prompts show the notes before what
    is remembered word by word. What is beyond and about other questions is forgotten, as it is with `window`. An
    abstention leaves the notes that there were before; what should have been condensed is then forgotten too.

    Source: recursive summaries as the memory of a dialogue (Wang et al. 2023, arXiv 2308.15022), of generative agents
    (Park et al. 2023).

    >>> summary(limit=200)
    Memory(last=8, notes=200)
    """
    return Memory(last, limit)


@attention
def limits(
    *, inbox: Positive | None = None, full: Full = "refuse", order: Order = "oldest", prompt: Positive | None = None
) -> Attention:
    """What members attend to, the same for all; null is no bound.

    *inbox*: messages that a member may have unread, that is, heard since a question was last put to it. What happens
    to one too many is said by *full*: `refuse` turns it away, `oldest` drops the unread one that came first, and
    `lightest` the one whose sender's tie has the least weight (the first of several; the newcomer stays if it is no
    lighter). Each is recorded as `lost`, `inbox full`.
    *order*: in which order what was heard is read, and so shown in prompts: `oldest` or `newest` first, by the
    `weight` of the sender's tie, the heaviest first, or by `lot`, drawn anew for each question.
    *prompt*: characters of a prompt that are read; the form's hint, which closes it, always is. Whole lines go from the
    end of it, where what was read last stands; an answer's entry says how many characters were `cut`.

    A silence that is known only later takes a place in the inbox all the same.

    Source: attention as the scarce good (Simon 1971); lost in the middle of a prompt (Liu et al. 2023).

    >>> limits(inbox=20, order="newest")
    Attention(inbox=20, full='refuse', order='newest', prompt=None)
    """
    return Attention(inbox, full, order, prompt)


def newest(said: Sequence[Heard]) -> list[Heard]:
    """*said* with the last first."""
    return list(reversed(said))


def heaviest(weights: Mapping[int, float], said: Sequence[Heard]) -> list[Heard]:
    """*said* by the weight of the sender's tie, the heaviest first; who has no tie any more comes last."""
    return sorted(said, key=lambda one: -weights.get(one.sender, 0.0))


def shuffled(seed: int, names: tuple[str | int, ...], said: Sequence[Heard]) -> list[Heard]:
    """*said* in an order drawn by lot."""
    return sorted(said, key=lambda one: uniforms(seed, "reading", *names, one.sender, one.words)[0])


Reading: TypeAlias = "Callable[[Sequence[Heard]], list[Heard]]"


def within(text: str, budget: int) -> str:
    """The lines of *text* that lie within *budget* characters; half of the first, if not even that does.

    >>> within("Which?\\nAnn: A\\nBob: B", 15)
    'Which?\\nAnn: A'
    >>> within("Which?", 4)
    'Whic'
    """
    if len(text) <= budget:
        return text
    kept = text[:budget]
    return kept if text[budget] == "\n" or "\n" not in kept else kept.rpartition("\n")[0]


def notes_form(limit: int) -> Fields:
    """The form in which notes are asked for."""
    return Fields({"notes": Text(limit)})


def noting(question: str, me: View) -> str:
    """What asks a member to condense: its notes so far, and what it will not remember word by word."""
    lines = ["You cannot remember all that was said to you. Write down what matters of it; the rest will be forgotten."]
    if question:
        lines.append(f"The question on the table is: {question}")
    if me.notes is not None:
        lines.append(f"Your notes say: {me.notes}")
    if said := me.read(me.heard):
        lines += ["You have heard others say:", *(f"{one.name}: {one.words}" for one in said)]
    return "\n".join(lines)
