"""Searchers: members who each look ahead in a way of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from society_sim.bounds import Positive
from society_sim.errors import ScenarioError, nearest
from society_sim.registry import population
from society_sim.rules.search import Heuristic, heuristics, ranked
from society_sim.values import Backend, Profile


@population
def searchers(
    models: Mapping[str, Backend],
    rng: np.random.Generator,
    *,
    size: Positive = 10,
    model: str | None = None,
    pick: Literal["best", "lot"] = "lot",
    number: int = 1,
    ring: Positive = 2000,
    reach: Positive = 12,
    looks: Positive = 3,
) -> list[Profile]:
    """*size* members who look at *looks* places up to *reach* steps ahead, each in an order of its own.

    *pick*: the `best` are those who alone reach most on landscape *number* of *ring* places (the same as the task's),
    from all starting places; by `lot` any, drawn without repetition. The persona says where a member looks.

    Source: Hong and Page (2004).
    """
    name = next(iter(models)) if model is None else model
    if name not in models:
        raise ScenarioError(f"population 'searchers': there is no model {name!r}; {nearest(name, models)}")
    known = len(heuristics(reach, looks)) if 1 <= looks <= reach else 0
    if not 1 <= size <= known:
        raise ScenarioError(f"population 'searchers': size is {size}; with reach {reach} and looks {looks} there are "
                            f"{known} ways to look")  # fmt: skip
    if pick == "best":
        chosen = list(ranked(number, ring, reach, looks)[:size])
    else:
        every = heuristics(reach, looks)
        chosen = [every[int(place)] for place in rng.permutation(len(every))[:size]]
    return [_profile(one, name) for one in chosen]


def _profile(looks: Heuristic, model: str) -> Profile:
    said = [str(look) for look in looks]
    persona = f"You look {', then '.join(said)} steps ahead."
    return Profile(f"Searcher {'-'.join(said)}", model, persona, {"looks": list(looks)})
