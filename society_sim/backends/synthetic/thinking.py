"""Thinking: from a query to a stance. The own answer first (of competence or of opinion), then what others say.

Which of the two an answer is cannot be told from its wording, so it is told by the ballot: a choice among options of
the query's item is a matter of *competence*; every other choice (and every choice without an item) is an *opinion*,
and opinions are independent and without any pattern: uniform draws named by the query's seed and the options' texts.
A model made with `opinions=False` refuses these: then a missing item is an error and not a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from society_sim.backends.synthetic import competence
from society_sim.backends.synthetic.confidence import felt, logit_of, stated
from society_sim.backends.synthetic.parameters import Mind, Persuasion, Settings
from society_sim.backends.synthetic.persuasion import RULES, Stance, settled
from society_sim.backends.synthetic.reading import NOTHING, Social, read
from society_sim.errors import ScenarioError
from society_sim.streams import normal, uniforms
from society_sim.values import Item, Query

ABSTENTIONS = frozenset(("abstain", "pass", "skip", "no answer", "unsure"))
"""Options that stand for giving none: chosen when stated confidence is low (the section `abstention`)."""
_CONFORMITY = re.compile(r"\bconformity:? (\d{1,4}(?:\.\d{1,4})?)")


def stance(query: Query, settings: Settings, options: tuple[str, ...], about: str = "") -> Stance:
    """Where the member stands on *options* after all that its prompt says. *about* names an opinion among several.

    Policies may call this for the model's belief; for an open answer *options* is empty.
    """
    mind = settings.of(query.model)
    own = private(query, settings, options, about)
    item = query.item
    numbers: Mapping[float, str] = {}
    known: tuple[str, ...] | None = options
    if not options:
        if item is None or ballot(item, ()) is None:  # an opinion that is no choice: what is heard is not about it
            return own
        numbers = _numbers(item)
        known = None if numbers else competence.answers(item)
    social = read(query.text, query.form, item.text if item is not None else "", known)  # type: ignore[arg-type]
    if social is NOTHING:
        return own
    if not numbers:
        return _heard(query, settings, options, about, own, social, mind)
    number = _number(own.option)
    after = _heard(query, settings, options, about, own._replace(option=number), social, mind)
    return after._replace(option=numbers.get(after.option, f"{after.option:.15g}"))


@lru_cache(maxsize=4096)
def _numbers(item: Item) -> Mapping[float, str]:
    """The answers to an open item by their value, if all are numbers; otherwise none."""
    try:
        return MappingProxyType({_number(answer): answer for answer in competence.answers(item)})
    except ValueError:
        return MappingProxyType({})


def _number(answer: str) -> float:
    return float(answer.replace(",", ""))


def _heard(
    query: Query, settings: Settings, options: tuple[str, ...], about: str, own: Stance, social: Social, mind: Mind
) -> Stance:
    if social.own is not None:
        value, sure, strength, _ = social.own
        same = value == own.option
        own = Stance(
            value,
            own.confidence if sure is None else sure,
            strength if strength is not None else own.strength if same else 0.0,
        )
    how = listening(query.system, mind.persuasion)
    option = RULES[how.update](own, social, how, query.seed)
    if option is None:
        again = private(query, settings, options, about, social.key)
        return again._replace(option=_number(again.option)) if isinstance(own.option, float) else again
    return settled(own, option, social.peers)


def private(query: Query, settings: Settings, options: tuple[str, ...], about: str = "", afresh: int = 0) -> Stance:
    """The stance before anything is heard; *afresh* names another answer of the same member to the same question."""
    mind, item = settings.of(query.model), query.item
    draw = uniforms(query.seed, "think", afresh)
    among = ballot(item, options)
    if among is None:
        return _opinion(query, settings, options, about, afresh, mind, draw)
    option, margin, mean, sd = competence.sample(item, among, mind, draw, query.temperature)  # type: ignore[arg-type]
    sure = stated(felt(margin, mean, sd, mind.confidence.noise, draw[2]), mind.confidence, draw[3])
    z = mind.firm + mind.kappa * (margin - mean) / sd + (1 - mind.kappa**2) ** 0.5 * normal(draw[4])
    return Stance(option, sure, z)


def ballot(item: Item | None, options: tuple[str, ...]) -> tuple[str, ...] | None:
    """The options that are a matter of competence; none at all for an open answer; `None` if it is an opinion."""
    if item is None or (item.gold is None and item.options):
        return None
    return _ballot(item.options, options)


@lru_cache(maxsize=4096)
def _ballot(known: tuple[str, ...], options: tuple[str, ...]) -> tuple[str, ...] | None:
    if not known or not options:
        return known if not options else None
    among = tuple(option for option in options if option in known)
    rest = [option for option in options if option not in known and option.casefold() not in ABSTENTIONS]
    return among if among and not rest else None


def utilities(query: Query, options: tuple[str, ...], about: str = "", afresh: int = 0) -> dict[str, float]:
    """What an opinion is made of: how much the member likes each option, uniform on (0, 1)."""
    return {option: uniforms(query.seed, "opinion", about, option, afresh)[0] for option in options}


def _opinion(
    query: Query, settings: Settings, options: tuple[str, ...], about: str, afresh: int, mind: Mind,
    draw: tuple[float, ...],
) -> Stance:  # fmt: skip
    if not settings.opinions:
        raise ScenarioError(
            "the synthetic model was asked something that no item stands behind, and it was made with opinions=False; "
            f"the prompt begins: {query.text[:80]!r}"
        )
    likes = utilities(query, tuple(o for o in options if o.casefold() not in ABSTENTIONS) or options, about, afresh)
    option: Any = max(likes, key=likes.__getitem__) if likes else ""
    chance = 1 / max(2, len(likes))
    return Stance(option, stated(logit_of(chance + (1 - chance) * draw[2]), mind.confidence, draw[3]), normal(draw[4]))


@lru_cache(maxsize=1024)
def listening(persona: str, how: Persuasion) -> Persuasion:
    """*how*, with the pull of the crowd scaled by a persona that says `conformity 1.5`."""
    found = _CONFORMITY.search(persona)
    return replace(how, crowd=how.crowd * float(found.group(1))) if found else how
