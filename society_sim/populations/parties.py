"""The parties of a parliament: members with seats, places on policy scales and a part in the last government."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from society_sim.bounds import NonNegative
from society_sim.errors import ScenarioError, nearest
from society_sim.registry import population
from society_sim.rules.formation_text import persona
from society_sim.rules.parliament import ROLES, SCALES, Party, places
from society_sim.values import Backend, Profile

_FACTS = ("seats", "title", "role", "model", "weights", "office", *SCALES)
_FORBIDDEN = (",", ";", "\n", " (")  # what prompts set names off by

MOST = 22
"""Parties at most: time and memory double with each."""


@population
def parties(
    models: Mapping[str, Backend],
    rng: np.random.Generator,
    *,
    parties: Mapping[str, Mapping[str, Any]],
    model: str | None = None,
    office: NonNegative = 0.2,
    weights: Mapping[str, float] | None = None,
) -> list[Profile]:
    """One member per party, in the order given.

    *parties*: short name -> its `seats` (a whole number from 1); its place from 0 to 10 on `left_right`,
    `state_market`, `liberty_authority` and `eu_anti_pro` (`null` or left out: unknown; the party is then indifferent
    on that scale, and nobody makes up a place for it); `title`, its whole name; `role` in the last government:
    `prime minister`, `government` or `opposition` (as which a party counts if nothing is said); `model`, `weights`
    and `office`, where they are its own.
    *model*: the model that parties speak with; may be left out where the scenario has only one.
    *office*: what all ministries are worth to a party, where a policy exactly as it wants it is worth 1.
    *weights*: how much each scale matters; equal if left out. They are scaled to sum to 1.

    A persona tells a party its own places, weights and worth of office; the rest is public and stands in prompts.
    Weights and office are assumptions. `ScenarioError` for facts that are not what they should be.

    >>> [member] = parties({"m": None}, None, parties={"SPD": {"seats": 206, "left_right": 3.6}})
    >>> member.name, member.traits["seats"], member.traits["left_right"]
    ('SPD', 206, 3.6)
    """
    if not parties:
        raise ScenarioError("population 'parties': name at least one party")
    if len(parties) > MOST:
        raise ScenarioError(f"population 'parties': {len(parties)} parties; coalitions are looked at one by one, and "
                            f"of more than {MOST} there are too many: join or leave out the smallest")  # fmt: skip
    leaders = [name for name, facts in parties.items() if facts.get("role") == ROLES[0]]
    if len(leaders) > 1:
        raise ScenarioError(f"population 'parties': {' and '.join(leaders)} cannot both have led the last government")
    if len({name.casefold() for name in parties}) < len(parties):
        raise ScenarioError("population 'parties': names of parties differ in more than case")
    return [_profile(name, facts, models, model, office, weights) for name, facts in parties.items()]


def _profile(
    name: str,
    facts: Mapping[str, Any],
    models: Mapping[str, Backend],
    model: str | None,
    office: float,
    weights: Mapping[str, float] | None,
) -> Profile:
    for fact in facts:
        if fact not in _FACTS:
            raise ScenarioError(f"party {name!r} has no {fact!r}; {nearest(fact, _FACTS)}")
    seats, role = facts.get("seats"), facts.get("role", "opposition")
    if not name.strip() or any(mark in name for mark in _FORBIDDEN):
        raise ScenarioError(f"party {name!r}: a short name is one line without commas, semicolons and added brackets")
    if isinstance(seats, bool) or not isinstance(seats, int) or seats < 1:
        raise ScenarioError(f"party {name!r}: seats is a whole number from 1, not {seats!r}")
    if role not in ROLES:
        raise ScenarioError(f"party {name!r}: no role {role!r}; {nearest(role, ROLES)}")
    spoken = facts.get("model", next(iter(models)) if model is None and len(models) == 1 else model)
    if spoken is None:
        raise ScenarioError(f"population 'parties': say which model: {', '.join(models)}")
    if spoken.partition("/")[0] not in models:
        raise ScenarioError(f"party {name!r}: there is no model {spoken!r}; {nearest(spoken, models)}")
    worth = float(facts.get("office", office))
    if worth < 0:
        raise ScenarioError(f"party {name!r}: office is worth 0 or more, not {worth:g}")
    title = str(facts.get("title", name)).replace("(", "[").replace(")", "]").replace(";", ",")
    own = _weights(name, facts.get("weights", weights))
    party = Party(name, seats, places(**{scale: facts.get(scale) for scale in SCALES}), title, role)
    traits = {"seats": seats, "title": title, "role": role, **dict(zip(SCALES, party.places, strict=True)),
              "weights": own, "office": worth}  # fmt: skip
    return Profile(name, spoken, persona(party, tuple(own.values()), worth), traits)


def _weights(name: str, given: Mapping[str, float] | None) -> dict[str, float]:
    """A weight per scale, in order, that sum to 1."""
    for scale in given or ():
        if scale not in SCALES:
            raise ScenarioError(f"party {name!r}: no scale {scale!r}; {nearest(scale, SCALES)}")
    found = {scale: float((given or dict.fromkeys(SCALES, 1.0)).get(scale, 0.0)) for scale in SCALES}
    whole = sum(found.values())
    if min(found.values()) < 0 or not 0 < whole < float("inf"):
        raise ScenarioError(f"party {name!r}: weights are 0 or more, and not all of them 0")
    return {scale: round(weight / whole, 4) for scale, weight in found.items()}
