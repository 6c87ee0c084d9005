"""What can change in a society, as frozen values: `society.apply` carries them out, and nothing else changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from society_sim.values import nothing


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

    invariants: Mapping[str, Mapping[str, Any]] = field(default_factory=nothing)
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


@dataclass(frozen=True, slots=True)
class Transfer:
    """*amount* goes from one account to another, in whole parts of *unit* (micro-coins); from `world` it is issued.

    *why* is for the record, and for taxes: a `refund`, a `loan`, a `repayment` and a `basic income` are no income.
    """

    source: int | str
    target: int | str
    amount: int
    unit: str = "coin"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Denominate:
    """There is another *unit* from now on, such as a good or a share; with one part it cannot be divided."""

    unit: str
    parts: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Allow:
    """*owner* may go as far as *amount* below zero from now on, in whole parts of *unit*: a credit line."""

    owner: int | str
    amount: int
    unit: str = "coin"


Change: TypeAlias = (
    Link | Unlink | Reweight | Assign | Place | Constitute | Leave | Join | Transfer | Denominate | Allow
)
Proposal: TypeAlias = Change | tuple[Change, ...]
"""What a rewiring gives: a tuple of changes stands or falls alone, and all of its plain changes together."""
