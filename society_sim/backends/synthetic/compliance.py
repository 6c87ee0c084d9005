"""A policy: whether to keep a rule, when a prompt says what breaking it brings and what it may cost.

It reads `gain: 1`, `fine: 4` and `audit: 30%` (or `audit rate: 0.3`) and a choice between a word for keeping the rule
(comply, keep, obey, within) and one for breaking it (violate, break, disobey, exceed).
"""

from __future__ import annotations

import math
import re

from society_sim.backends.synthetic.parameters import Settings, value
from society_sim.forms import Choice
from society_sim.registry import policy
from society_sim.streams import uniforms
from society_sim.values import Query

_KEEP = frozenset(("comply", "keep", "obey", "within"))
_BREAK = frozenset(("violate", "break", "disobey", "exceed"))
_FACT = re.compile(
    r"\b(gain|fine|audit|norm)(?: rate| probability| share)?:? (\d{1,12}(?:\.\d{1,12})?)(%?)", re.IGNORECASE
)


@policy
def complies(
    query: Query, settings: Settings, *, steepness: float | None = None, norm: float | None = None
) -> str | None:
    """Breaks the rule with probability sigma(steepness * (gain - audit * fine - norm)) (Becker 1968).

    *steepness* in logits per unit of gain, *norm* in units of gain: what keeping the law is worth in itself; a persona
    that says `norm 0.5` adds to it. Both are the section `compliance` by default. That fines deter is thus assumed.
    """
    if "fine" not in query.text or not isinstance(query.form, Choice):
        return None
    words = {option.casefold(): option for option in query.form.options}
    keep = next((words[word] for word in words if word in _KEEP), None)
    broken = next((words[word] for word in words if word in _BREAK), None)
    facts = _facts(query.text)
    if keep is None or broken is None or not {"gain", "fine", "audit"} <= facts.keys():
        return None
    slope = float(value("compliance", "steepness")) if steepness is None else steepness
    worth = float(value("compliance", "norm")) if norm is None else norm
    worth += _facts(query.system).get("norm", 0.0)
    logit = slope * (facts["gain"] - facts["audit"] * facts["fine"] - worth)
    breaks = uniforms(query.seed, "law")[0] < 1 / (1 + math.exp(-max(-700.0, min(700.0, logit))))
    return f"ANSWER: {broken if breaks else keep}"


def _facts(text: str) -> dict[str, float]:
    """The numbers that *text* gives after the words of the rule; the last of each counts."""
    return {name.lower(): float(number) / (100 if share else 1) for name, number, share in _FACT.findall(text)}
