"""Policies: how the synthetic model takes a kind of decision of its own (an offer, a bid, a role), one file each.

A policy is a function of a query and the model's settings. It looks at the delivered prompt and gives the whole reply
text, or `None` when the prompt asks for something else. Policies are tried in order of their names; when none of them
takes the query, the form is filled in by the answering model (`answering.py`). A policy draws its randomness from
`streams.uniforms(query.seed, ...)` and reads everything social from `query.text`; it is called for *every* query, so
it begins with a cheap look at whether the prompt is for it.

A policy's keyword-only parameters are its settings: a scenario gives them as
`synthetic: {policies: {shrugs: {word: pass}}}`.

>>> @policy
... def shrugs(query, settings, *, word: str = "no idea"):
...     '''Says that it does not know, when it is asked for an omen.'''
...     return f"ANSWER: {word}" if "omen" in query.text else None
>>> bound({"shrugs": {"wort": "pass"}})
Traceback (most recent call last):
    ...
society_sim.errors.ScenarioError: policy 'shrugs' has no 'wort'; it takes: word
>>> del policy._parts["shrugs"]
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from society_sim.registry import Kind

if TYPE_CHECKING:
    from society_sim.backends.synthetic.parameters import Settings
    from society_sim.values import Query

Policy: TypeAlias = "Callable[[Query, Settings], str | None]"

policy = Kind("policy", "society_sim.backends.synthetic")
"""The decorator that registers a policy; every module of this subpackage is looked through."""


def foreign() -> dict[str, str]:
    """The policies that are not of this package: name -> eight hex digits that stand for their source."""
    found = {}
    for name, part in policy.parts.items():
        if part.function.__module__.split(".")[0] != "society_sim":
            try:
                source = inspect.getsource(part.function)
            except (OSError, TypeError):  # typed at a prompt
                source = repr(part.function.__code__.co_code)
            found[name] = sha256(source.encode()).hexdigest()[:8]
    return found


def bound(settings: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[Policy, ...]:
    """All policies in order of their names, each with its own *settings*; `ScenarioError` for a name nobody knows."""
    for name, own in (settings or {}).items():
        part = policy.get(name)
        for parameter in own:
            part.check_name(parameter)
    return tuple(
        partial(part.function, **(settings or {}).get(name, {})) if (settings or {}).get(name) else part.function
        for name, part in policy.parts.items()
    )
