"""What design fits a budget: fewer seeds, fewer questions, fewer members, fewer rounds of talk, each tried alone.

The algorithm is bisection, and no more. For each of these the largest number is looked for whose interval ends within
the budget. Where none does alone, they are brought down one after the other, in this order: the first two cost
precision, the last two change what is compared. What each does to the power of the comparison is said beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from society_sim.errors import ScenarioError
from society_sim.estimating.estimate import Estimate, estimate
from society_sim.estimating.intervals import Range
from society_sim.ledger import money, whole
from society_sim.scenario import Scenario
from society_sim.statistics import power
from society_sim.streams import normal

UNITS = {"usd": "micro_usd", "tokens": "tokens", "calls": "requests"}
"""Units of a budget, and the quantity of an estimate that each bounds."""
TALK = ("rounds", "turns", "exchanges")
"""What the parameter of a mechanism is called that says how often members are asked again."""
_PROBES = 2
"""Dry runs of a design that is only looked at; the one that is found is played in full."""
_POWER, _ALPHA = 0.8, 0.05


class Means(NamedTuple):
    """A budget: *amount* in micro-dollars, tokens or calls (requests, retries included)."""

    amount: float
    unit: str

    def told(self, amount: float | None = None) -> str:
        """*amount* (the whole budget, if left out) in words."""
        value = self.amount if amount is None else amount
        return money(value) if self.unit == "usd" else f"{value:,.0f} {self.unit}"

    def of(self, found: Estimate) -> Range:
        """What an estimate says of this unit."""
        return found.total[UNITS[self.unit]]


def means(words: str | float) -> Means:
    """The budget in *words*: a number of US dollars, or a number and its unit.

    >>> means("2.50"), means("200_000 tokens"), means("90calls").told()
    (Means(amount=2500000, unit='usd'), Means(amount=200000, unit='tokens'), '90 calls')
    >>> means("5 euros")
    Traceback (most recent call last):
        ...
    society_sim.errors.ScenarioError: a budget is in usd, tokens or calls, not in 'euros'
    """
    said = str(words).strip().removeprefix("$").replace(",", "")
    number = said.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    unit = said[len(number) :].strip().lower() or "usd"
    if unit not in UNITS:
        raise ScenarioError(f"a budget is in {', '.join(list(UNITS)[:-1])} or {list(UNITS)[-1]}, not in {unit!r}")
    try:
        amount = float(number)
    except ValueError:
        amount = math.nan
    if not 0 < amount < math.inf or (unit != "usd" and amount < 1):
        raise ScenarioError(f"a budget is a number above 0, such as 5, '200000 tokens' or '900 calls', not {words!r}")
    return Means(whole(amount) if unit == "usd" else math.floor(amount), unit)


class Sight(NamedTuple):
    """What a design can see, by the decisions that the preset makes, question by question.

    *smallest*: the difference of two arms that is seen with power 0.8, or, where nothing is compared, half the width of
    the accuracy's 95 % interval. *power*: with which it sees what the whole design sees with 0.8.
    """

    smallest: float
    power: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """A design that fits: *what* is fewer, from how many (*before*) to how many (*after*), and as `--set`s.

    *found* is its estimate. *same*: whether what is compared stays what it is, and is only seen less sharply.
    """

    what: str
    before: tuple[int, ...]
    after: tuple[int, ...]
    sets: tuple[str, ...]
    found: Estimate
    sight: Sight | None
    same: bool


class Lever(NamedTuple):
    """One thing of which there can be fewer: where it is set, how many there are, and the fewest."""

    what: str
    address: str
    now: int
    least: int
    same: bool


def fitting(
    scenario: Scenario, budget: Means, found: Estimate, *, seeds: int | None = None, **how: Any
) -> list[Fit]:
    """Designs like *scenario* that fit *budget*: nothing, if it fits as it is (*found* says what it takes).

    *how* are the arguments of `estimate` with which it was *found*. `ScenarioError` if not even a single question to
    the fewest members fits; it says what that takes.
    """
    if budget.unit == "usd" and found.unpriced:
        name, why = next(iter(found.unpriced.items()))
        raise ScenarioError(f"no budget in dollars can be held without the price of {name}: {why}")
    if budget.of(found).high <= budget.amount:
        return []
    many = len(found.seeds)

    def made(values: dict[str, int], **more: Any) -> Estimate | None:
        changed, count = scenario, seeds
        try:
            for address, value in values.items():
                if address == "seeds":
                    changed, count = changed.set("seeds", value), None if seeds is None else value
                else:
                    changed = changed.set(address, value)
            return estimate(changed, seeds=count, **{**how, **more})
        except ScenarioError:
            return None  # a design that cannot be built, such as a ring of two

    levers = list(_levers(scenario, found, many))
    fits = [fit for lever in levers if (fit := _fewer(lever, {}, budget, made, found)) is not None]
    if fits:
        return fits
    values: dict[str, int] = {}
    for place, lever in enumerate(levers):
        fit = _fewer(lever, values, budget, made, found, levers[:place])
        if fit is not None:
            return [fit]
        values[lever.address] = lever.least
    least = (made(values) if values else None) or found
    takes = budget.of(least)
    told = ", ".join(f"{address}={value}" for address, value in values.items()) or "as it is"
    raise ScenarioError(f"a budget of {budget.told()} does not cover the smallest design ({told}): it takes "
                        f"{budget.told(takes.low)} to {budget.told(takes.high)} ({100 * least.level:g} %)")  # fmt: skip


def _levers(scenario: Scenario, found: Estimate, seeds: int) -> Iterator[Lever]:
    if seeds > 1:
        yield Lever("seeds", "seeds", seeds, 1, True)
    task, given = scenario.part("task")
    if "rounds" in task.parameters:
        asked = given.get("rounds") or found.arms[0].agenda
        if asked > 1:
            yield Lever("questions", "task.rounds", int(asked), 1, True)
    population, given = scenario.part("population")
    if "size" in population.parameters and int(given.get("size", 0)) > 2:
        yield Lever("members", "population.size", int(given["size"]), 2, False)
    mechanism, given = scenario.part("mechanism")
    for name in TALK:
        if isinstance(given.get(name), int) and given[name] > 1:
            yield Lever(f"{name} of {mechanism.name}", f"mechanism.{name}", given[name], 1, False)


Made = Callable[..., "Estimate | None"]


def _fewer(
    lever: Lever, values: dict[str, int], budget: Means, made: Made, whole: Estimate, before: Sequence[Lever] = ()
) -> Fit | None:
    """The most of *lever* that fits, with *values* set already; `None` if the fewest do not fit."""
    takes = budget.of(whole)
    wider, share = takes.high / max(1.0, takes.middle), budget.amount / takes.high

    def fits(value: int) -> bool:
        probe = made({**values, lever.address: value}, most=_PROBES, bounded=False, doubts=False)
        return probe is not None and wider * budget.of(probe).middle <= budget.amount

    if not fits(lever.least):
        return None
    low, high = lever.least, lever.now
    middle = min(high - 1, int(lever.now * share))  # where it would be if all grew alike
    while high - low > 1:
        middle = min(max(middle, low + 1), high - 1)
        low, high = (middle, high) if fits(middle) else (low, middle)
        middle = (low + high) // 2 if high - low > 3 else low + 1
    while (found := made({**values, lever.address: low})) is None or budget.of(found).high > budget.amount:
        if low <= lever.least:
            return None
        low = max(lever.least, low - max(1, low // 20))
    all_of_them = [*before, lever]
    after = (*(values[one.address] for one in before), low)
    sets = tuple(f"{one.address}={value}" for one, value in zip(all_of_them, after, strict=True))
    return Fit(" and ".join(one.what for one in all_of_them), tuple(one.now for one in all_of_them), after, sets, found,
               sight(found, sight(whole)), all(one.same for one in all_of_them))  # fmt: skip


def sight(found: Estimate, whole: Sight | None = None) -> Sight | None:
    """What a design can see, by its dry runs; *whole* is what the one sees that it is made smaller than."""
    own = [right for name, right in found.held if "(matched)" not in name]
    if not own or not own[0]:
        return None
    questions = max(1, found.arms[0].agenda * len(found.seeds))
    if len(own) == 1:
        share = math.fsum(own[0].values()) / len(own[0])
        return Sight(-normal(_ALPHA / 2) * math.sqrt(share * (1 - share) / questions), None)
    spread = [_sd([one[key] - own[0][key] for key in own[0] if key in one]) for one in own[1:]]
    sd = math.sqrt(math.fsum(one * one for one in spread) / len(spread))
    if not sd:
        return None
    smallest = (normal(_POWER) - normal(_ALPHA / 2)) * sd / math.sqrt(questions)
    if whole is None:
        return Sight(smallest, _POWER)
    return Sight(smallest, power(whole.smallest, sd, round(questions), alpha=_ALPHA))


def _sd(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
