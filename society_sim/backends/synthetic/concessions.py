"""Styles of bargaining: how much of the way from one's own best to one's own limit is given up, and when.

A style is a function of a `Stage`; equilibrium styles pay a price at once instead of giving way in time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from society_sim.rules.bargaining import concession


@dataclass(frozen=True, slots=True)
class Stage:
    """Where talks stand for one party.

    *matched*: how far the others have come, as they said, 0 to 1 (`None` before anything was said); *leads*: it makes
    offers; *luck*: a uniform of this answer's own; *burst*: see `llm_like`.
    """

    round: int
    rounds: int
    leads: bool
    matched: float | None
    luck: float
    burst: float


@dataclass(frozen=True, slots=True)
class Style:
    """*given*: the part given up by now. An equilibrium style has a *price* as well.

    The price is a function of the discount factor: of what a compromise at the coalition's centre would bring a party
    beyond its limit, the part that it is paid.
    """

    given: Callable[[Stage], float]
    price: Callable[[float], float] | None = None


def in_time(stage: Stage, beta: float) -> float:
    """(t/T)^(1/beta): all is given up in the last round (Faratin, Sierra and Jennings 1998)."""
    return concession(stage.round, stage.rounds, beta)


def tit_for_tat(stage: Stage) -> float:
    """As far as the others have come; who leads goes one step ahead of them (relative tit-for-tat, same paper)."""
    step = 1 / stage.rounds
    return step if stage.matched is None else min(1.0, stage.matched + step * stage.leads)


def llm_like(stage: Stage) -> float:
    """Anchors at its own best and does not move, then gives way all at once, or never.

    In each round it gives way with probability *burst*: anchored, rigid, bursty, as language models were measured to
    bargain (2512.13063).
    """
    return 1.0 if stage.luck < stage.burst else 0.0


def at_once(stage: Stage) -> float:
    """All of it: an equilibrium is reached in the first round or not at all."""
    return 1.0


STYLES: Mapping[str, Style] = MappingProxyType({
    "boulware": Style(partial(in_time, beta=0.2)),
    "linear": Style(partial(in_time, beta=1.0)),
    "conceder": Style(partial(in_time, beta=5.0)),
    "tit_for_tat": Style(tit_for_tat),
    "llm_like": Style(llm_like),
    # who answers gets d/(1+d) of what there is to share (Rubinstein 1982)
    "rubinstein_spe": Style(at_once, lambda discount: discount / (1 + discount)),
    # who answers gets what it could expect if talks went on, and no more (Baron and Ferejohn 1989, closed rule)
    "baron_ferejohn": Style(at_once, lambda _: 0.0),
})  # fmt: skip
