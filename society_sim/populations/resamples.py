"""Resamples: one model in every seat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from society_sim.bounds import between
from society_sim.errors import ScenarioError, nearest
from society_sim.populations.plain import MOST
from society_sim.registry import population
from society_sim.values import Backend, Profile


@population
def resamples(
    models: Mapping[str, Backend], rng: np.random.Generator, *, model: str, size: Annotated[int, between(1, MOST)] = 9
) -> list[Profile]:
    """*size* members without personas who all speak with *model*: one model, asked as often as there are seats.

    *model*: one of the scenario's models, with `/variant` after it if one variant is meant. With the mechanism
    plurality it is self-consistency: the baseline that an organisation with as many calls has to beat.
    `ScenarioError` for a model that is not there.

    Source: self-consistency (Wang et al. 2022).

    >>> [profile.model for profile in resamples({"m": None}, None, model="m/vendor-1/model-1", size=2)]
    ['m/vendor-1/model-1', 'm/vendor-1/model-1']
    """
    name = model.partition("/")[0]
    if name not in models:
        raise ScenarioError(f"population 'resamples': there is no model {name!r}; {nearest(name, models)}")
    return [Profile(f"Sample {seat}", model) for seat in range(size)]
