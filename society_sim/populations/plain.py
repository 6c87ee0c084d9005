"""Plain members: no personas, and as much in common as you say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np

from society_sim.bounds import between
from society_sim.errors import ScenarioError, nearest
from society_sim.registry import population
from society_sim.values import Backend, Profile

_VARIANTS = {
    "clones": "{model}",
    "vendors": "{model}/vendor-{number}/model-1",
    "family": "{model}/vendor-1/model-{number}",
}


MOST = 1_000_000
"""Members at most; beyond, a kernel of objects is the wrong tool."""


@population
def plain(
    models: Mapping[str, Backend],
    rng: np.random.Generator,
    *,
    size: Annotated[int, between(1, MOST)] = 9,
    model: str | None = None,
    mix: Literal["clones", "vendors", "family"] = "clones",
) -> list[Profile]:
    """*size* members without personas, called Member 0, Member 1, ..., who speak with *model*.

    *model*: one of the scenario's models; may be left out where there is only one.
    *mix*: what the members have in common. `clones`: one model, asked once for each of them. For the synthetic model
    also `vendors`: each member a model of its own from a vendor of its own, and `family`: each a model of its own, all
    from one vendor. Errors are most alike among clones.
    `ScenarioError` for a model that is not there, and for one with a fixed list of variants: those sit on a `panel`.

    >>> [profile.model for profile in plain({"m": None}, None, size=2, mix="vendors")]
    ['m/vendor-1/model-1', 'm/vendor-2/model-1']
    """
    if model is None and len(models) > 1:
        raise ScenarioError(f"population 'plain': say which model: {', '.join(models)}")
    name = next(iter(models)) if model is None else model
    if name not in models:
        raise ScenarioError(f"population 'plain': there is no model {name!r}; {nearest(name, models)}")
    if getattr(models[name], "variants", ()):
        raise ScenarioError(f"population 'plain': model {name!r} has variants of its own; use population 'panel'")
    if mix not in _VARIANTS:
        raise ScenarioError(f"population 'plain': there is no mix {mix!r}; {nearest(mix, _VARIANTS)}")
    return [Profile(f"Member {seat}", _VARIANTS[mix].format(model=name, number=seat + 1)) for seat in range(size)]
