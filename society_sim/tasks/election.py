"""An election has been held, and parliament is to have a government."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from society_sim.bounds import Positive
from society_sim.registry import task
from society_sim.rules.investiture import checked
from society_sim.values import Question


@task
def election(
    rng: np.random.Generator,
    *,
    name: str,
    house: Positive,
    investiture: list[str] | str = "absolute",
    recognition: Literal["seats", "incumbency", "lottery"] = "seats",
    historical: list[str] | None = None,
) -> Iterator[Question]:
    """One question: which parties are to govern after this election. The parties are the population's.

    *name*: of the house, and when it was elected; prompts begin with it. *house*: its seats. *investiture*: the ballot
    by which a government takes office, or several, each held if those before it failed: `absolute` (more than half of
    the house for it), `simple` (more for it than against it), `negative` (no more than half of the house against it;
    also where no vote is held at all and a government is merely borne). *recognition*: who is asked first to form a
    government: the largest party, the outgoing prime minister's, or drawn by lot in proportion to seats.
    *historical*: the parties of the government that took office. It is kept from the members: it is in no prompt and
    travels with no query; the outcome sets it beside the decision when all is said. Leave it out, and nothing is.

    >>> [question] = election(None, name="Bundestag, 2021", house=736, historical=["SPD", "Greens", "FDP"])
    >>> question.text
    'Which parties are to govern after this election: Bundestag, 2021?'
    """
    facts = {"name": name, "house": house, "investiture": checked(investiture), "recognition": recognition}
    if historical is not None:
        facts["historical"] = sorted(historical)
    yield Question("election", f"Which parties are to govern after this election: {name}?", facts=facts)
