"""The society as a rewiring sees it: its graph, how its members have done, and what they said last."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from society_sim.values import nothing

if TYPE_CHECKING:
    import networkx as nx


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
    said: Mapping[int, Said] = field(default_factory=nothing)  # type: ignore[arg-type]
    """What each member answered last, of those that were asked anything."""
    verdicts: Mapping[int, Verdict] = field(default_factory=nothing)  # type: ignore[arg-type]
    """How each member did on the question that was settled last of those it was asked."""
    used: Mapping[tuple[int, int], Use] = field(default_factory=nothing)  # type: ignore[arg-type]
    """The use of each tie that was of any, or that has appeared since the beginning."""
    names: Sequence[str] = ()
    traits: Mapping[int, Mapping[str, Any]] = field(default_factory=nothing)  # type: ignore[arg-type]
    models: Mapping[int, str] = field(default_factory=nothing)  # type: ignore[arg-type]
    """What each member speaks with: a name of a model, with `/variant` after it if it has variants."""
    facts: Mapping[str, Any] = field(default_factory=nothing)
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
