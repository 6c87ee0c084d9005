"""A landscape: a ring of values on which a place with a high value is to be found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from society_sim.bounds import Positive
from society_sim.errors import ScenarioError
from society_sim.registry import task
from society_sim.values import Question


@task
def landscape(
    rng: np.random.Generator, *, number: int = 1, size: Positive = 2000, rounds: Positive = 100
) -> Iterator[Question]:
    """*rounds* starting places, drawn without repetition, on the ring of *size* values that *number* names.

    Values are uniform from 0 to 100. Facts of a question: `landscape`, `size`, `start`. Nothing is right or wrong here;
    what was reached is the decision, and the measure `reached` its mean.

    Source: Hong and Page (2004), with a ring of 2,000.
    """
    if rounds > size:
        raise ScenarioError(f"task 'landscape': rounds is {rounds}; the ring has {size} places to start from")
    for start in rng.permutation(size)[:rounds].tolist():
        facts = {"landscape": number, "size": size, "start": start}
        yield Question(f"{number}-{start}", f"Find a high place, from {start} on.", facts=facts)
