"""The sections of a scenario, in one table: what each holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from society_sim import registry
from society_sim.scenario.designed import DESIGN, Comparison, Designed, Sensitivity
from society_sim.scenario.expected import Expected
from society_sim.scenario.kinds import Count, Named, Numbers, One, OneOrMore, Section, Several, Sole, Words

_NAME = re.compile(r"[a-z0-9_-]{1,60}")
_MEANS = Numbers({"usd": float, "tokens": int, "calls": int})

SECTIONS: Mapping[str, Section] = {
    "name": Words(required=True, pattern=_NAME),
    "about": Words(),
    "source": Words(),
    "models": Named(One(registry.backend)),
    "population": One(registry.population, fixed=True),
    "topology": One(registry.topology),
    "rewiring": OneOrMore(registry.rewiring, required=False, extra={"every": 1.0}),
    "task": One(registry.task),
    "at_once": Count(),
    "mechanism": One(registry.mechanism),
    "pace": One(registry.pace, required=False),
    "memory": One(registry.memory, required=False),
    "attention": Sole(registry.attention, required=False, unsaid="limits"),
    "channel": One(registry.channel, required=False),
    "capacity": Named(Sole(registry.capacity, required=False, unsaid="server"), required=False),
    "arrivals": One(registry.arrivals, required=False),
    "money": Sole(registry.money, required=False, unsaid="economy"),
    "budget": _MEANS,
    "allowance": Numbers({"member": _MEANS, "community": _MEANS}),
    "on_failure": One(registry.on_failure, required=False, fixed=True, unsaid="abstain"),
    "measures": Several(One(registry.measure)),
    "arms": Designed(),
    "grid": Designed(),
    "compare": Designed(Comparison),
    "sensitivity": Designed(Sensitivity),
    "seeds": Count(),
    "expect": Expected(),
}
"""All sections. `rewiring.every` is the simulated time from one proposal to the next. `budget` caps the whole run, and
`allowance` what each member, and each community, may take. `at_once` is how many questions are on the table side by
side."""
UNSAID: Mapping[str, Any] = {"about": "", "source": "", "measures": (), "seeds": 1, "at_once": 1}
"""What sections are that a scenario leaves out."""
PROSE = frozenset({"about", "source", "measures", "seeds", "budget", "on_failure", "expect", *DESIGN})
"""Sections that shape no record: they are about it, or read it, or say how often, or when a run is broken off, or what
an experiment varies."""
