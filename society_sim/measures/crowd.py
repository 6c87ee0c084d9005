"""The crowd and its members, where answers are numbers: what diversity is worth."""

from __future__ import annotations

import math
from collections.abc import Iterator

from society_sim.measures.reading import settled, share
from society_sim.registry import measure
from society_sim.values import Record


@measure
def crowd_error(record: Record) -> float:
    """Mean squared error of the members' mean, over the questions whose right answer is a number.

    By last answers; abstentions are left out, and so is a question that nobody answered with a number. It equals
    `member_error` minus `diversity` (the diversity prediction theorem, Page 2007).
    """
    return _mean([(math.fsum(said) / len(said) - right) ** 2 for right, said in _numbers(record)])


@measure
def member_error(record: Record) -> float:
    """Mean squared error of a member, averaged within each question and then over questions; see `crowd_error`."""
    return _mean([math.fsum((one - right) ** 2 for one in said) / len(said) for right, said in _numbers(record)])


@measure
def diversity(record: Record) -> float:
    """Variance of the members' answers around their mean, averaged over questions; see `crowd_error`."""
    spreads = []
    for _, said in _numbers(record):
        centre = math.fsum(said) / len(said)
        spreads.append(math.fsum((one - centre) ** 2 for one in said) / len(said))
    return _mean(spreads)


@measure
def reached(record: Record) -> float:
    """Mean of the decisions that are numbers; not a number if there are none."""
    found = [float(entry["decision"]) for entry in record if entry["kind"] == "outcome" and _is(entry["decision"])]
    return _mean(found)


def _mean(values: list[float]) -> float:
    return share(math.fsum(values), len(values))


def _is(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers(record: Record) -> Iterator[tuple[float, list[float]]]:
    """The right number of each question that has one, and the numbers that members gave last."""
    for question in settled(record):
        right = _number(question.gold)
        said = [number for one in question.last.values() if (number := _number(one.choice)) is not None]
        if right is not None and said:
            yield right, said


def _number(value: object) -> float | None:
    if _is(value):
        return float(value)  # type: ignore[arg-type]
    try:
        number = float(value.replace(",", "")) if isinstance(value, str) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
