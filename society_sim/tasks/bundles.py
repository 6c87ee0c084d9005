"""Bundles: several things are for sale, and what they are worth depends on what else one gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAlias

import numpy as np

from society_sim.bounds import Positive, Share, between
from society_sim.errors import ScenarioError
from society_sim.registry import task
from society_sim.rules.valuations import AND, Together, named
from society_sim.tasks import private
from society_sim.values import Question

_MOST = 6  # things, of which there are 63 bundles: as much as a prompt can list
_Worth: TypeAlias = Annotated[float, between(0, 10**6)]
"""An amount of coins: what members bid for all bundles, up to ten times as high, is added up in 64 bits."""


@task
def bundles(
    rng: np.random.Generator,
    *,
    text: str = "Several things are for sale.",
    items: list[str] | None = None,
    together: Together = "additive",
    much: Share = 0.5,
    low: _Worth = 0.0,
    high: _Worth = 100.0,
    values: list[dict[str, float]] | None = None,
    rounds: Positive = 1,
) -> Iterator[Question]:
    """*rounds* sales of *items* (at most 6; a, b and c if left out), whose bundles are worth something to each member.

    What a thing alone is worth, in coins, is drawn evenly from *low* to *high*, for each member, thing and sale anew (a
    seat's luck does not depend on how many there are). *together*: a bundle is worth the sum (`additive`); up to the
    part *much* more than that, for all things together (`complements`); or *much* of it is the dearest thing alone,
    and the rest the sum (`substitutes`; with 1 a member has use for one thing only).
    *values*: in place of these, for each seat what bundles are worth to it, as `{a: 10, a + b: 30}`, with the things of
    a bundle in the order of *items*; what is not named is worth nothing.

    A member is told its own values, and not those of others. `ScenarioError`: a bundle of what is not for sale, things
    whose names differ in no more than case or have one of `+ = , :` in them, a value outside of the range.

    Source: Cramton, Shoham and Steinberg (2006), Combinatorial Auctions.

    >>> [sale] = bundles(np.random.default_rng(7), items=["a", "b"], values=[{"a": 3, "a + b": 9}])
    >>> sale.facts["items"], sale.facts["bundles"]["values"]
    (['a', 'b'], [{'a': 3, 'a + b': 9}])
    """
    items = ["a", "b", "c"] if items is None else items
    if not 1 <= len(items) <= _MOST or len({item.strip().casefold() for item in items}) < len(items):
        raise ScenarioError(f"task 'bundles': items are 1 to {_MOST} that differ in more than case: {', '.join(items)}")
    if bad := [item for item in items if not item.strip() or not item.isprintable() or set(item) & set("+=,:>")]:
        raise ScenarioError(f"task 'bundles': {bad[0]!r} cannot be listed; names are on one line, and have none of "
                            "+ = , : > in them")  # fmt: skip
    private.check("bundles", low, high, None)
    for own in values or ():
        _check(own, items, high)
    return (
        Question(f"sale-{number}", text,
                 facts={"items": list(items), "drawn": [float(low), float(high)],
                        "bundles": _facts(rng, together, much, low, high, values)})
        for number in range(1, rounds + 1)
    )  # fmt: skip


def _check(own: Mapping[str, float], items: list[str], high: float) -> None:
    for name, value in own.items():
        things = name.split(AND)
        if named([item for item in items if item in things]) != name:
            raise ScenarioError(f"task 'bundles': {name!r} is no bundle of {', '.join(items)}; one is written in this "
                                f"order, as {named(items[:2])}")  # fmt: skip
        if not 0 <= value <= high * len(items) * 2:
            raise ScenarioError(f"task 'bundles': {name!r} is worth {value:g}; with high = {high:g} a bundle is worth "
                                f"0 to {high * len(items) * 2:g}")  # fmt: skip


def _facts(
    rng: np.random.Generator, together: Together, much: float, low: float, high: float, given: Any
) -> dict[str, Any]:
    if given is not None:
        return {"how": "given", "values": given}
    return {"how": "drawn", "seed": int(rng.integers(2**53)), "together": together, "much": much, "range": [low, high]}
