"""What members own in the end, and what they paid one another."""

from __future__ import annotations

from collections.abc import Iterable

from society_sim.accounts import COIN, TREASURY, WORLD
from society_sim.balances import KINDS, Balances
from society_sim.measures.reading import share
from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record


@measure
def gini(record: Record, *, unit: str = COIN) -> float:
    """Gini coefficient of what the members who are there at the end have of *unit*.

    0: all have the same; (n - 1) / n: one of n has everything. With the holdings x in ascending order it is the sum of
    (2 i - n - 1) x_i over n times the sum of x: half the mean absolute difference, in units of the mean (Gini 1912; in
    this form Sen 1973, "On Economic Inequality"). Where some are in debt it may be above 1. Not a number if they have
    nothing, or less, in all.

    >>> record = [{"kind": "member", "member": 0}, {"kind": "member", "member": 1},
    ...           {"kind": "transfer", "source": "world", "target": 1, "amount": 7, "unit": "coin"}]
    >>> gini(record), wealth(record), money_supply(record)
    (0.5, 3.5e-06, 7e-06)
    """
    return inequality(_owned(record, unit)[0])


@measure
def wealth(record: Record, *, unit: str = COIN) -> float:
    """Mean of what the members who are there at the end have of *unit*, in units."""
    has, books = _owned(record, unit)
    return share(sum(has), len(has)) / books.parts.get(unit, 1)


@measure
def poorest(record: Record, *, unit: str = COIN) -> float:
    """What the poorest member who is there at the end has of *unit*, in units; below zero if it is in debt."""
    has, books = _owned(record, unit)
    return min(has, default=float("nan")) / books.parts.get(unit, 1)


@measure
def treasury(record: Record, *, unit: str = COIN) -> float:
    """What the treasury has of *unit* at the end, in units."""
    books = _books(record)
    return books.of(unit).get(TREASURY, 0) / books.parts.get(unit, 1)


@measure
def money_supply(record: Record, *, unit: str = COIN) -> float:
    """How much of *unit* there is at the end, on all accounts together, in units."""
    books = _books(record)
    return -books.units.get(unit, {}).get(WORLD, 0) / books.parts.get(unit, 1)


@measure
def turnover(record: Record, *, unit: str = COIN) -> float:
    """What members paid other members during the run, in all, in units of *unit*."""
    parts, paid = Balances().parts, 0
    for entry in only(record, "accounts", "unit", "transfer"):
        match entry["kind"]:
            case "accounts":
                parts.update(entry["units"])
            case "unit":
                parts[entry["unit"]] = entry["parts"]
            case _ if entry.get("unit", COIN) == unit and {type(entry["source"]), type(entry["target"])} == {int}:
                paid += entry["amount"]
    return paid / parts.get(unit, 1)


@measure
def declined(record: Record, *, rule: str = "") -> float:
    """How many payments were refused; only those that *rule* refused, if one is named (`covered`: not enough money)."""
    return float(sum(not rule or entry["rule"] == rule for entry in only(record, "declined")))


def inequality(has: Iterable[int]) -> float:
    """The Gini coefficient of *has*, exact but for the last division.

    >>> inequality([1, 1, 1]), inequality([0, 0, 0, 8]), inequality([])
    (0.0, 0.75, nan)
    """
    ranked = sorted(has)
    n, total = len(ranked), sum(ranked)
    if total <= 0:
        return float("nan")
    return sum((2 * rank - n - 1) * amount for rank, amount in enumerate(ranked, 1)) / (n * total)


def _books(record: Record) -> Balances:
    books = Balances()
    for entry in only(record, *KINDS):
        books.take(entry)
    return books


def _owned(record: Record, unit: str) -> tuple[list[int], Balances]:
    """What each member who is there at the end has, and all the books."""
    books, there = Balances(), dict[int, bool]()
    for entry in only(record, "member", "join", "leave", *KINDS):
        match entry["kind"]:
            case "member" | "join":
                there[entry["member"]] = True
            case "leave":
                there[entry["member"]] = False
            case _:
                books.take(entry)
    has = books.of(unit)
    return [has.get(seat, 0) for seat, here in there.items() if here], books
