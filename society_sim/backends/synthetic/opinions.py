"""Policies: how an opinion changes when others' are heard. The models of opinion dynamics, one function each.

All of them read the prompt: `Your first opinion: 0.3`, `Your opinion so far: 0.4`, and what others say, by name and
perhaps with a trust (`Ann (trust 0.5): 0.7`), in the grammar of `reading`. A message that did not arrive has no
influence. Where the prompt shows no opinion of the member's own, nothing is there to update: the answering model gives
an opinion of its own. Numbers travel in full (a `repr` and back), so that theory holds to the last digits.

A scenario names one of them: `synthetic: {policies: {degroot: {}}}`. That opinions converge, split or stay is then
assumed and not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from society_sim.backends.synthetic.answering import digits
from society_sim.backends.synthetic.parameters import Settings
from society_sim.backends.synthetic.policies import on_request
from society_sim.backends.synthetic.reading import Said, Social, read
from society_sim.bounds import NonNegative, Share
from society_sim.errors import ScenarioError
from society_sim.forms import Choice, Number
from society_sim.registry import policy
from society_sim.streams import uniforms
from society_sim.values import Query

_FAMILY = "opinion dynamics"


@policy
@on_request(_FAMILY)
def degroot(query: Query, settings: Settings, *, own_weight: NonNegative = 1.0) -> str | None:
    """The mean of what others say and of the own opinion, which counts as *own_weight* others (DeGroot 1974).

    Others count by their trust. With the default everybody weighs its closed neighbourhood evenly.
    """
    social = _numbers(query)
    return None if social is None else _said(query, _mean(social.own, social.peers, own_weight))


@policy
@on_request(_FAMILY)
def friedkin_johnsen(
    query: Query, settings: Settings, *, stubbornness: Share | Mapping[str, Share] = 0.2, own_weight: NonNegative = 1.0
) -> str | None:
    """The DeGroot mean, pulled back to the member's first opinion by *stubbornness* (Friedkin and Johnsen 1990).

    *stubbornness* is from 0 (DeGroot) to 1 (never moves): one for all, or one per variant or family of the model.
    """
    social = _numbers(query)
    if social is None:
        return None
    held = _of(stubbornness, query.model)
    return _said(query, (1 - held) * _mean(social.own, social.peers, own_weight) + held * social.first.value)


@policy
@on_request(_FAMILY)
def hegselmann_krause(query: Query, settings: Settings, *, eps: NonNegative = 0.2) -> str | None:
    """The mean of the own opinion and of those no further than *eps* from it (Hegselmann and Krause 2002).

    Bounded confidence; *eps* in units of the opinion.
    """
    social = _numbers(query)
    if social is None:
        return None
    own = social.own
    return _said(query, _mean(own, [one for one in social.peers if abs(one.value - own.value) <= eps], 1.0))


@policy
@on_request(_FAMILY)
def deffuant(query: Query, settings: Settings, *, eps: NonNegative = 0.2, mu: Share = 0.5) -> str | None:
    """Goes the share *mu* of the way to each one it hears that is less than *eps* away, one after the other.

    In a meeting of two that is the model of Deffuant, Neau, Amblard and Weisbuch (2000); *mu* up to 0.5.
    """
    social = _numbers(query)
    if social is None:
        return None
    at = social.own.value
    for one in social.peers:
        if abs(one.value - at) < eps:
            at += mu * (one.value - at)
    return _said(query, at)


@policy
@on_request(_FAMILY)
def voter(query: Query, settings: Settings) -> str | None:
    """Takes over the opinion of one of those it hears, drawn by lot, in proportion to trust (Holley and Liggett 1975).

    For numbers and for options alike.
    """
    if not isinstance(query.form, (Choice, Number)):
        return None
    social = _read(query)
    if social.own is None or not social.peers:
        return None if social.own is None else _said(query, social.own.value)
    place = uniforms(query.seed, "voter", social.key)[0] * sum([one.weight for one in social.peers])
    chosen = social.peers[-1]
    for one in social.peers:
        place -= one.weight
        if place < 0:
            chosen = one
            break
    return _said(query, chosen.value)


class _Numbers(NamedTuple):
    """What a prompt says of numbers: the member's *own* opinion, its *first*, and those of *peers*."""

    own: Said
    first: Said
    peers: tuple[Said, ...]


def _read(query: Query) -> Social:
    about = query.item.text if query.item is not None else ""
    options = query.form.options if isinstance(query.form, Choice) else None
    return read(query.text, query.form, about, options)  # type: ignore[arg-type]  # hashable by its text


def _numbers(query: Query) -> _Numbers | None:
    if not isinstance(query.form, Number):
        return None
    social = _read(query)
    return None if social.own is None else _Numbers(social.own, social.mine[0], social.peers)


def _mean(own: Said, peers: Iterable[Said], own_weight: float) -> float:
    total, weight = own_weight * own.value, own_weight
    for one in peers:
        total += one.weight * one.value
        weight += one.weight
    return float(total / weight) if weight else float(own.value)


def _said(query: Query, value: float | str) -> str:
    if isinstance(query.form, Number) and isinstance(value, (int, float)):
        return f"ANSWER: {digits(min(query.form.high, max(query.form.low, value)))}"
    return f"ANSWER: {value}"


def _of(table: float | Mapping[str, float], variant: str) -> float:
    if isinstance(table, Mapping):
        family = variant.partition("/")[0]
        if variant not in table and family not in table:
            raise ScenarioError(f"policy 'friedkin_johnsen': stubbornness has nothing for {variant!r}; it has: "
                                f"{', '.join(map(str, table))}")  # fmt: skip
        held = float(table[variant] if variant in table else table[family])
    else:
        held = float(table)
    if not 0 <= held <= 1:
        raise ScenarioError(f"policy 'friedkin_johnsen': stubbornness is from 0 to 1, not {held:g}")
    return held
