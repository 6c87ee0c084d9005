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
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from society_sim import bounds
from society_sim.errors import ScenarioError
from society_sim.registry import policy

if TYPE_CHECKING:
    from society_sim.backends.synthetic.parameters import Settings
    from society_sim.values import Query

Policy: TypeAlias = "Callable[[Query, Settings], str | None]"

_REQUEST, _USUAL = "_only_one_of", "_usual"
F = TypeVar("F", bound="Callable[..., Any]")


def on_request(family: str, *, usual: bool = False) -> Callable[[F], F]:
    """Mark a policy that acts only where a scenario names it, and of whose *family* a model has one at most.

    For rival accounts of the same decision: `synthetic: {policies: {degroot: {}}}`. The *usual* one of a family acts
    where no other is named.
    """

    def mark(function: F) -> F:
        setattr(function, _REQUEST, family)
        setattr(function, _USUAL, usual)
        return function

    return mark


def foreign(settings: Mapping[str, Any]) -> dict[str, str]:
    """The policies in use that are not of this package: name -> eight hex digits that stand for their source.

    Those on request are in use only where *settings* name them.
    """
    found = {}
    for name, part in policy.parts.items():
        if getattr(part.function, _REQUEST, None) is not None and name not in settings:
            continue
        if part.function.__module__.split(".")[0] != "society_sim":
            try:
                source = inspect.getsource(part.function)
            except (OSError, TypeError):  # typed at a prompt
                source = repr(part.function.__code__.co_code)
            found[name] = sha256(source.encode()).hexdigest()[:8]
    return found


def bound(settings: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[Policy, ...]:
    """All policies in order of their names, each with its own *settings*; those on request only where they are named.

    `ScenarioError` for a name nobody knows, a number out of bounds, and for two of one family.
    """
    settings = settings or {}
    rivals: dict[str, str] = {}
    for name, own in settings.items():
        part = policy.get(name)
        for parameter in own or ():
            part.check_name(parameter)
        bounds.check(part.kind, part.function, **(own or {}))
        family = getattr(part.function, _REQUEST, None)
        if family is not None and rivals.setdefault(family, name) != name:
            raise ScenarioError(f"policies {rivals[family]!r} and {name!r} are two accounts of the same thing "
                                f"({family}); a model has one of them")  # fmt: skip
    return tuple(
        partial(part.function, **settings[name]) if settings.get(name) else part.function
        for name, part in policy.parts.items()
        if name in settings or _unasked(part.function, rivals)
    )


def _unasked(function: Callable[..., Any], taken: Mapping[str, str]) -> bool:
    """Whether a policy acts that no scenario has named; *taken* are the families of which one is named."""
    family = getattr(function, _REQUEST, None)
    return family is None or (getattr(function, _USUAL) and family not in taken)
