"""Persuasion: what a member makes of the answers that its prompt shows. A table of rules, one function each.

`weighing` (conformity and argument): the utility of option k is crowd * ln(1 + n_k) + evidence * (mean strength of the
arguments for k), and the own option adds keep + sure * logit(own stated confidence); the choice is the best after a
Gumbel draw for each option (McFadden 1974), over the own option and those of peers; with probability `unrest` the
member answers afresh instead. `urn`: the Dirichlet-compound-multinomial learner of Choi, Zhu and Li (2025), whose
accuracy is a martingale. `counting`: every voice and the own one count once, ties are tossed (Bikhchandani, Hirshleifer
and Welch 1992). `none`: the own option stays.

A rule gives an option, or `None`: answer afresh. Luck is named by the query's seed and by what was read, so a
paraphrase of the same content leads to the same choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from society_sim.backends.synthetic.confidence import logit_of
from society_sim.backends.synthetic.parameters import Persuasion
from society_sim.backends.synthetic.reading import Said, Social
from society_sim.streams import uniforms

_BLOCK = 8


class Stance(NamedTuple):
    """Where a member stands: its *option*, how sure it says it is (0 to 1), how strong its case is (sd)."""

    option: Any
    confidence: float
    strength: float


def weighing(own: Stance, social: Social, how: Persuasion, seed: int) -> Any | None:
    """The Gumbel-best of the own option and those of peers."""
    draw = uniforms(seed, "sway", social.key)
    if draw[0] < how.unrest:
        return None
    if not social.peers:
        return own.option
    voices = _voices(social.peers)
    best, chosen = -math.inf, own.option
    for place, option in enumerate(sorted({own.option, *voices}), 1):
        if place % _BLOCK == 0:
            draw = uniforms(seed, "sway", social.key, place)
        utility = -math.log(-math.log(draw[place % _BLOCK]))
        if option in voices:
            said = voices[option]
            utility += how.crowd * math.log1p(sum([one.weight for one in said])) + how.evidence * _mean_strength(said)
        if option == own.option:
            utility += how.keep + how.sure * logit_of(own.confidence)
        if utility > best:
            best, chosen = utility, option
    return chosen


def urn(own: Stance, social: Social, how: Persuasion, seed: int) -> Any | None:
    """A draw from an urn that holds `prior` parts of fresh own answers and one part of each answer ever shown.

    An own earlier answer that is shown adds `own_voice` parts: none, as the paper has it, or one, where a member
    counts among its own neighbours.
    """
    balls = social.all
    if how.own_voice:
        balls += tuple([one._replace(weight=how.own_voice) for one in social.mine])
    place = uniforms(seed, "urn", social.key)[0] * (how.prior + sum([one.weight for one in balls])) - how.prior
    if place < 0:
        return None
    for one in sorted(balls, key=lambda one: str(one.value)):
        place -= one.weight
        if place < 0:
            return one.value
    return own.option


def counting(own: Stance, social: Social, how: Persuasion, seed: int) -> Any | None:
    """The option with most voices, the own one included; ties are tossed."""
    counts: dict[Any, float] = {own.option: 1.0}
    for one in social.peers:
        counts[one.value] = counts.get(one.value, 0.0) + one.weight
    most = max(counts.values())
    tied = sorted(option for option, count in counts.items() if count == most)
    return tied[int(uniforms(seed, "toss", social.key)[0] * len(tied))]


def none(own: Stance, social: Social, how: Persuasion, seed: int) -> Any | None:
    """The own option, whatever others say."""
    return own.option


RULES: dict[str, Callable[[Stance, Social, Persuasion, int], Any | None]] = {
    rule.__name__: rule for rule in (weighing, urn, counting, none)
}


def settled(own: Stance, option: Any, peers: tuple[Said, ...]) -> Stance:
    """The stance of a member that stays with, or goes over to, *option*.

    A convert speaks with the mean confidence and the mean strength of those who convinced it.
    """
    if option == own.option:
        return own
    said = [one for one in peers if one.value == option]
    sure = [one.confidence for one in said if one.confidence is not None]
    return Stance(option, round(20 * sum(sure) / len(sure)) / 20 if sure else own.confidence, _mean_strength(said))


def average(own: float, social: Social, how: Persuasion) -> float:
    """A number after hearing others': the mean of theirs and `own_weight` times the own one (DeGroot 1974)."""
    if not social.peers or math.isinf(how.own_weight):
        return own
    heard = sum([one.weight for one in social.peers])
    theirs: float = sum([one.weight * one.value for one in social.peers])
    return (how.own_weight * own + theirs) / (how.own_weight + heard)


def _voices(peers: tuple[Said, ...]) -> dict[Any, list[Said]]:
    voices: dict[Any, list[Said]] = {}
    for one in peers:
        voices.setdefault(one.value, []).append(one)
    return voices


def _mean_strength(said: list[Said]) -> float:
    known = [one.strength for one in said if one.strength is not None]
    return sum(known) / len(known) if known else 0.0
