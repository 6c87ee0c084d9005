"""What mechanisms have in common that pay by what turns out to be right: beliefs, what pays if, and the escrow.

Whatever is staked, bought or promised is a *book*: what each seat gets if an option is right, and what it has paid for
that. The escrow of a question takes what is paid, and what the treasury adds; the scorer pays out of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from society_sim.accounts import TREASURY
from society_sim.changes import Transfer
from society_sim.errors import ScenarioError, nearest
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins
from society_sim.member import Member
from society_sim.society import Society
from society_sim.streams import lot as pick_by
from society_sim.values import Question

ASKED = "asked"
"""Members are asked what they believe, or stake."""
FREE = 10
"""A free answer counts as one among so many, as in the weight of a vote."""
_DOUBT = 0.01  # what is left of it at the least: nobody is infinitely sure
_NEARLY = 1e-9


@dataclass(frozen=True, slots=True)
class Book:
    """Who gets how much of each of *options* if it is right (*due*, by seat, in micro-coins), and *pays* for it.

    *subsidy*: what the treasury has put into the escrow.
    """

    options: tuple[str, ...]
    subsidy: int = 0
    due: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    pays: Mapping[int, int] = field(default_factory=dict)

    def after(self, seat: int, more: Sequence[int], cost: int) -> Book:
        """The book when *seat* is to get *more* of each option, for which it has paid *cost*."""
        before = self.due.get(seat, (0,) * len(self.options))
        due = tuple([own + one for own, one in zip(before, more, strict=True)])
        return replace(self, due={**self.due, seat: due}, pays={**self.pays, seat: self.pays.get(seat, 0) + cost})

    def facts(self) -> dict[str, Any]:
        """`holdings` and `pays`, in coins, as the record has them."""
        return {"holdings": {seat: by_option(self.options, own) for seat, own in self.due.items()},
                "pays": dealing.in_coins(self.pays)}  # fmt: skip

    def claims(self, society: Society, question: Question) -> Mapping[Any, Sequence[Transfer]]:
        """What leaves the escrow when it is known what is right; if it never is, all get back what they paid."""
        pot, whole = dealing.pot_of(society, question), self.subsidy + sum(self.pays.values())

        def leaves(shares: Mapping[int, int], why: str) -> Sequence[Transfer]:
            return dealing.payouts(society, pot, {**shares, TREASURY: whole - sum(shares.values())}, why)

        owed = {option: leaves({seat: own[place] for seat, own in self.due.items()}, "payout")
                for place, option in enumerate(self.options)}  # fmt: skip
        return {**owed, None: leaves(self.pays, "refund")}


def check_settles(question: Question, where: str, *, opinions: bool = False) -> None:
    """`ScenarioError` from mechanism *where* for a *question* of which no answer can be paid for.

    That is one about which no right answer is known, and that is a member's opinion (unless *opinions* will do), or is
    put to a market, an election or a search. A right answer may be unknown yet: a forecast has options, or free words.
    """
    facts = question.facts
    if question.item is None and (("start" in facts and not opinions) or (facts and not question.options)):
        fits = "multiple_choice, opinions with options" if opinions else "multiple_choice"
        raise ScenarioError(f"mechanism {where!r}: question {question.id!r} has no answer that could turn out to be "
                            f"{'shared' if opinions else 'right'}; tasks that fit: {fits}")  # fmt: skip


def offered(question: Question, answers: Iterable[Any]) -> tuple[str, ...]:
    """The question's options, or where answers are free, what was answered, as it came first."""
    return question.options or tuple(dict.fromkeys(answer for answer in answers if answer is not None))


def among(question: Question) -> int:
    """One among how many an answer to *question* is."""
    return len(question.options) or FREE


def trait(member: Member, name: str, where: str, high: float = math.inf) -> float:
    """The trait *name* of *member*, a number from 0 to *high*; `ScenarioError` from mechanism *where* if it is not."""
    known = member.traits
    if name not in known:
        raise ScenarioError(f"mechanism {where!r}: {member.name} has no trait {name!r}; "
                            f"{nearest(name, [ASKED, *known])}")  # fmt: skip
    value = known[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= high or value == math.inf:
        to = "" if high == math.inf else f" to {high:g}"
        raise ScenarioError(f"mechanism {where!r}: {member.name} has {name!r} {value!r}; it must be a number "
                            f"from 0{to}")  # fmt: skip
    return float(value)


def likelihoods(options: Sequence[str], answer: str, sure: float, many: int = 0) -> list[float]:
    """How likely the *answer* is if an option is right: *sure* for itself, and the rest spread over the other options.

    *many*: how many options there are, if more than *options* (a free answer is one among more than were given).

    >>> likelihoods("ABC", "B", 0.5)
    [0.25, 0.5, 0.25]
    """
    own = min(1 - _DOUBT, max(_DOUBT, sure))
    rest = (1 - own) / (max(len(options), many) - 1 or 1)
    return [own if option == answer else rest for option in options]


def dearest(society: Society, question: Question, chances: Mapping[str, float]) -> str | None:
    """The option with the highest of *chances*; a fair lot among equals, nothing without options."""
    if not chances:
        return None
    best = max(chances.values())
    return pick_by([option for option, own in chances.items() if own >= best - _NEARLY],
                   dealing.lot(society, question, "dearest"), "dearest")  # fmt: skip


def by_option(options: Sequence[str], amounts: Sequence[int]) -> dict[str, float]:
    """Micro-coin *amounts* by option in coins, without those that are 0."""
    return {option: coins(own) for option, own in zip(options, amounts, strict=True) if own}


def rounded(options: Sequence[str], chances: Sequence[float]) -> dict[str, float]:
    """*chances* by option as the record has them."""
    return {option: round(chance, 9) for option, chance in zip(options, chances, strict=True)}
