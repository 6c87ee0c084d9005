"""Opinions: something that has no right answer, and with what opinion each member starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from society_sim.bounds import Positive
from society_sim.errors import ScenarioError
from society_sim.registry import task
from society_sim.values import Question

_TEXT = "Where do you stand? Nobody knows a right answer to this; it is a matter of opinion."


@task
def opinions(
    rng: np.random.Generator,
    *,
    text: str = _TEXT,
    low: float = 0.0,
    high: float = 1.0,
    options: list[str] | None = None,
    start: Literal["asked", "uniform", "spaced", "one_hot", "given"] = "uniform",
    values: list[float | str] | None = None,
    others: float | str | None = None,
    rounds: Positive = 1,
) -> Iterator[Question]:
    """*rounds* questions without a right answer: a number from *low* to *high*, or one of *options*.

    *text*: what members are asked. *start*: with which opinion each seat begins, for mechanisms that let opinions
    change. `asked`: members are asked for it. `uniform`: drawn evenly, anew for each question (a seat's luck does not
    depend on how many there are). `spaced`: in equal steps from *low* for the first seat to *high* for the last.
    `one_hot`: in question k (from 1) seat k - 1 holds *high* and all others *low*; with options, the first option and
    the second. `given`: *values* by seat, and *others* for the seats after them.

    `ScenarioError`: a value outside of the range or the options, `spaced` with options, *values* without `given`.

    >>> [question.facts["start"] for question in opinions(np.random.default_rng(7), start="one_hot", rounds=2)]
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'how': 'given', 'values': [1.0], 'others': 0.0}, {'how': 'given', 'values': [0.0, 1.0], 'others': 0.0}]
    """
    if not low < high:
        raise ScenarioError(f"task 'opinions': no opinion lies between low = {low:g} and high = {high:g}")
    if options is not None and (len(options) < 2 or len(set(options)) < len(options)):
        raise ScenarioError("task 'opinions': options are two or more, and differ")
    if options is not None and start == "spaced":
        raise ScenarioError("task 'opinions': options have no order, so they cannot be spaced; start is another")
    if (start == "given") != (values is not None) or (others is not None and values is None):
        raise ScenarioError("task 'opinions': values (and others) go with start: given, and it with them")
    for one in [*(values or []), *([] if others is None else [others])]:
        if one not in options if options is not None else isinstance(one, str) or not low <= one <= high:
            among = f"none of {', '.join(options)}" if options is not None else f"not from {low:g} to {high:g}"
            raise ScenarioError(f"task 'opinions': the starting opinion {one!r} is {among}")
    ends = (options[0], options[1]) if options is not None else (float(high), float(low))
    return (
        Question(f"opinion-{number}", text, tuple(options or ()),
                 facts=_facts(rng, start, values, others, number, ends, None if options is not None else (low, high)))
        for number in range(1, rounds + 1)
    )  # fmt: skip


def _facts(
    rng: np.random.Generator, start: str, values: list[Any] | None, others: Any, number: int, ends: tuple[Any, Any],
    between: tuple[float, float] | None,
) -> dict[str, Any]:  # fmt: skip
    facts: dict[str, Any] = {"range": list(between)} if between else {}
    match start:
        case "uniform":
            facts["start"] = {"how": "uniform", "seed": int(rng.integers(2**53))}
        case "spaced":
            facts["start"] = {"how": "spaced"}
        case "one_hot":
            facts["start"] = {"how": "given", "values": [ends[1]] * (number - 1) + [ends[0]], "others": ends[1]}
        case "given":
            facts["start"] = {"how": "given", "values": values, "others": others}
    return facts
