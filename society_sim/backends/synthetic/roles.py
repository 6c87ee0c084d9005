"""A policy: which role to take, when a prompt says which are still open.

It reads `Open roles: planner 2, critic 1.` (how many each still needs) and a choice among these roles, with or without
an option to stand aside (`abstain`, `pass`).
"""

from __future__ import annotations

import math
import re

from society_sim.backends.synthetic.parameters import Settings, value
from society_sim.backends.synthetic.thinking import ABSTENTIONS
from society_sim.forms import Choice
from society_sim.registry import policy
from society_sim.streams import normal, uniforms
from society_sim.values import Query

_OPEN = re.compile(r"\bopen roles: ?([^\n]{1,4000})", re.IGNORECASE)
_NEED = re.compile(r"(.{1,80}?)[ (x]{1,3}(\d{1,4})\)?\.?")


@policy
def takes_role(query: Query, settings: Settings, *, kappa: float | None = None) -> str | None:
    """Takes a role by softmax of kappa * self-knowledge * need * fit, or stands aside when it fits none.

    *fit* of a member for a role is a standard normal draw named by its model, its seat and the role; self-knowledge is
    1 / sqrt(1 + noise^2) of its confidence preset, so models that know themselves organise themselves better: that is
    an assumption, and so is whatever follows from it. Standing aside has the probability
    sigma(steepness * (bar - felt fit + share of roles that are full)). *kappa* is the section `roles` by default.
    """
    if "pen roles:" not in query.text or not isinstance(query.form, Choice):
        return None
    listed = _OPEN.search(query.text)
    need = _needs(listed.group(1), query.form.options) if listed else {}
    if not need:
        return None
    weight = float(value("roles", "kappa")) if kappa is None else kappa
    mind = settings.of(query.model)
    known = 1 / math.sqrt(1 + mind.confidence.noise**2)
    fit = {role: normal(uniforms(query.member, "fit", query.model, role)[0]) for role in need}
    force = {role: weight * known * need[role] * fit[role] for role in need if need[role]}
    strongest = max(force.values(), default=0.0)
    pull = {role: math.exp(force[role] - strongest) if role in force else 0.0 for role in need}
    total = sum(pull.values())
    luck = uniforms(query.seed, "role")
    aside = next((option for option in query.form.options if option.casefold() in ABSTENTIONS), None)
    chosen, place = None, luck[0] * total
    for role in sorted(pull):
        place -= pull[role]
        if place < 0:
            chosen = role
            break
    if chosen is None or (aside is not None and luck[1] < _aside(known * fit[chosen], need)):
        chosen = aside
    return f"ANSWER: {chosen if chosen is not None else max(sorted(fit), key=fit.__getitem__)}"


def _aside(felt: float, need: dict[str, int]) -> float:
    """Probability of standing aside."""
    full = sum(not open_ for open_ in need.values()) / len(need)
    return 1 / (1 + math.exp(-value("abstention", "steepness") * (value("abstention", "bar") - _share(felt) + full)))


def _share(felt: float) -> float:
    return 1 / (1 + math.exp(-felt))


def _needs(listed: str, options: tuple[str, ...]) -> dict[str, int]:
    """{role: how many are still needed} of the roles that the form offers."""
    known = {option.casefold(): option for option in options}
    found = {}
    for part in listed.split(","):
        match = _NEED.fullmatch(part.strip().partition(". ")[0])
        if match and match.group(1).strip().casefold() in known:
            found[known[match.group(1).strip().casefold()]] = int(match.group(2))
    return found
