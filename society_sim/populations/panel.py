"""A panel: one member for each variant of a model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from society_sim.errors import ScenarioError, nearest
from society_sim.registry import population
from society_sim.values import Backend, Profile


@population
def panel(
    models: Mapping[str, Backend],
    rng: np.random.Generator,
    *,
    model: str = "panel",
    columns: list[str] | None = None,
) -> list[Profile]:
    """One member for each variant of *model*, named after it: a panel of recorded models sits down at one table.

    *columns*: the variants that take part, in this order of seats; all if left out. No personas: recorded answers were
    given without. `ScenarioError` for a model that is not there, one without variants, and a variant it does not have.
    """
    if model not in models:
        raise ScenarioError(f"population 'panel': there is no model {model!r}; {nearest(model, models)}")
    variants = tuple(getattr(models[model], "variants", ()))
    if not variants:
        raise ScenarioError(f"population 'panel': model {model!r} has no variants to seat; use population 'plain'")
    for name in columns or ():
        if name not in variants:
            raise ScenarioError(f"population 'panel': model {model!r} has no {name!r}; {nearest(name, variants)}")
    seats = list(dict.fromkeys(columns)) if columns is not None else variants
    return [Profile(name, f"{model}/{name}") for name in seats]
