"""What a scenario's section `money` says: what everybody begins with, what is taxed, what is given."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, TypeAlias

from society_sim.accounts import COIN, MICRO, MOST, TOKENS, parts_of
from society_sim.bounds import Pace, Share, between
from society_sim.errors import ScenarioError, nearest
from society_sim.registry import money

Schedule: TypeAlias = tuple[tuple[int, Fraction], ...]
"""A rate for each bracket: from how many parts on it holds, in order."""
Units: TypeAlias = Annotated[float, between(0, MOST // MICRO)]
"""An amount in units, such as 12.5 coins."""
TAXES = ("income", "wealth", "transfer")


@dataclass(frozen=True, slots=True)
class Money:
    """What the section says, in whole parts of its *unit* (micro-coins); its page, `economy`, has the words."""

    purse: int = 0
    by: str = ""
    treasury: int = 0
    community: int = 0
    credit: int = 0
    tokens: int | None = None
    tax: Mapping[str, Schedule] = field(default_factory=lambda: MappingProxyType({}))
    interest: Fraction = Fraction(0)
    basic_income: int = 0
    every: float = 1.0
    unit: str = COIN

    @property
    def opening(self) -> tuple[object, ...]:
        """What holds at the beginning, and so cannot change later."""
        return (self.purse, self.by, self.treasury, self.community, self.credit, self.tokens, self.unit)

    @property
    def flows(self) -> bool:
        """Whether anything is collected or paid out from time to time."""
        return bool(self.tax or self.interest or self.basic_income)


@money
def economy(
    *,
    purse: Units = 0.0,
    by: str = "",
    treasury: Units = 0.0,
    community: Units = 0.0,
    credit: Units = 0.0,
    tokens: Annotated[int, between(1, MOST)] | None = None,
    tax: dict[str, list[list[float]] | float] | None = None,
    interest: Share = 0.0,
    basic_income: Units = 0.0,
    every: Pace = 1.0,
    unit: str = "coin",
) -> Money:
    """What members, communities and the treasury begin with; taxes into the treasury, and a basic income out of it.

    Amounts are in units (12.5 coins), kept in whole micro-units. *purse*: what each member begins with; with *by*, that
    times a trait of the member that is a number. *treasury*, *community*: what the treasury, and each community, begins
    with. *credit*: how far each member may go below zero. *tokens*: how many tokens each member has; every answer takes
    those that it cost, they can be given and sold as coins can, and whoever cannot pay the most that an answer may cost
    is not asked: it abstains, `out of budget`.

    *tax*: what members owe the treasury at each collection: of their `income` since the last one, of their `wealth`
    (what is on their account, if that is above zero), of what they paid (`transfer`) since the last one. Each is a rate
    from 0 to 1, or brackets, `[[from, rate], ...]`: a rate holds for the part from there to the next bracket (a
    marginal rate). *interest*: what whoever is below zero owes the treasury of that, at each collection.
    *basic_income*: what each member who is there gets out of the treasury after each collection; less, but all the
    same, if it does not have so much. *every*: simulated time from one collection to the next. Dues are rounded down to
    whole micro-units. Nobody pays what it does not have: it is let off, and the record says whom.

    >>> economy(purse=100, tax={"income": [[0, 0], [50, 0.2]]}).tax["income"]
    ((0, Fraction(0, 1)), (50000000, Fraction(1, 5)))
    """
    said = {"purse": purse, "treasury": treasury, "community": community, "credit": credit,
            "basic_income": basic_income}  # fmt: skip
    parts = {name: _parts(name, amount) for name, amount in said.items()}
    if not unit or unit == TOKENS:
        raise ScenarioError(f"money: unit is {unit!r}; call it anything but {TOKENS!r}, which answers are paid in")
    return Money(parts["purse"], by, parts["treasury"], parts["community"], parts["credit"], tokens, _taxes(tax or {}),
                 _rate("interest", interest), parts["basic_income"], float(every), unit)  # fmt: skip


def _taxes(tax: Mapping[str, Sequence[Sequence[float]] | float]) -> Mapping[str, Schedule]:
    for name in tax:
        if name not in TAXES:
            raise ScenarioError(f"money: there is no tax on {name!r}; {nearest(name, TAXES)}")
    return MappingProxyType({name: _schedule(f"tax.{name}", said) for name, said in tax.items()})


def _schedule(name: str, said: Sequence[Sequence[float]] | float) -> Schedule:
    brackets = [(0.0, said)] if isinstance(said, (int, float)) else said
    if not brackets or any(len(bracket) != 2 for bracket in brackets):
        raise ScenarioError(f"money: {name} is a rate, or brackets [[from, rate], ...], not {said}")
    schedule = tuple((_parts(name, begins), _rate(name, rate)) for begins, rate in brackets)
    if any(one[0] >= other[0] for one, other in itertools.pairwise(schedule)):
        raise ScenarioError(f"money: {name}: brackets begin one above the other, not at "
                            f"{', '.join(f'{begins:g}' for begins, _ in brackets)}")  # fmt: skip
    return schedule


def _parts(name: str, amount: float) -> int:
    parts = parts_of(amount)
    if parts is None or not 0 <= parts <= MOST:
        raise ScenarioError(f"money: {name} is {amount:g}; it must be 0 or more, and at most {MOST // MICRO:,}")
    return parts


def _rate(name: str, rate: float) -> Fraction:
    if not 0 <= rate <= 1:
        raise ScenarioError(f"money: {name} is {rate:g}; a rate is a number from 0 to 1")
    return Fraction(repr(float(rate)))
