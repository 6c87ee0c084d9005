"""Policies: to what price a trader moves an option of a prediction market, what it stakes, and what it forecasts.

All of them read the prompt (`rules.market_text`): the prices, the purse, the market's liquidity. What the trader itself
believes is the answering model's: its own option, with the confidence that it would state, and the rest of it spread
evenly over the other options. A trader that knows how sure it ought to be is thus assumed by naming a preset of
confidence, and how well a market does beside a vote follows from that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from society_sim.backends.synthetic.answering import digits
from society_sim.backends.synthetic.parameters import Settings
from society_sim.backends.synthetic.persuasion import Stance
from society_sim.backends.synthetic.policies import on_request
from society_sim.backends.synthetic.thinking import private
from society_sim.bounds import NonNegative, Share
from society_sim.forms import Fields
from society_sim.registry import policy
from society_sim.rules import trading
from society_sim.rules.market_text import read, read_prices
from society_sim.values import Query

Sure: TypeAlias = Share | Mapping[str, Share] | None
_FAMILY = "stakes"
_DOUBT = 0.01  # what is left of it at the least, whatever is stated: nobody is infinitely sure


@policy
@on_request(_FAMILY, usual=True)
def belief_lmsr(
    query: Query, settings: Settings, *, sure: Sure = None, prior_weight: NonNegative = 1.0
) -> str | None:
    """Moves the price to what it believes after having learnt from it: the prices are its prior (Hanson 2003; Bayes).

    With traders who know how sure they ought to be, the last prices are those of all their evidence together, and the
    dearest option is the one of log odds voting (Nitzan and Paroush 1982). *sure*: how sure it is of its own answer, in
    place of what it would state: one for all, or one per variant or family; who is not named states its own.
    *prior_weight*: how far prices persuade it; they are taken to that power (Grether 1980). At 1 that is Bayes, below
    it clings to its own answer, at 0 prices are nothing to it, and above 1 it follows the crowd.
    """
    seen = _seen(query, settings, sure, prior_weight)
    return None if seen is None else _said(seen, seen.belief[seen.place])


@policy
@on_request(_FAMILY)
def kelly_lmsr(query: Query, settings: Settings, *, sure: Sure = None) -> str | None:
    """Buys as many shares as make its purse grow fastest, by the same belief (Kelly 1956): a small purse moves little.

    Without a purse in the prompt it goes all the way, as `belief_lmsr` does.
    """
    seen = _seen(query, settings, sure)
    if seen is None:
        return None
    known, prices, place = read(query.text), seen.prices, seen.place
    if known.purse is None or known.liquidity is None:
        return _said(seen, seen.belief[place])
    shares = trading.kelly_lmsr(prices, seen.belief, known.liquidity, known.purse)
    odds = [price * math.exp(own / known.liquidity) for price, own in zip(prices, shares, strict=True)]
    return _said(seen, odds[place] / math.fsum(odds))


@policy
@on_request("wagers", usual=True)
def sure_stake(query: Query, settings: Settings, *, sure: Sure = None) -> str | None:
    """Stakes on its own answer the more the surer it is: that share of the most that it may stake, or of its purse.

    A bettor who divides a pool's purse by its beliefs makes it grow fastest, whatever the odds are (Kelly 1956). *sure*
    as in `belief_lmsr`.
    """
    fields = _fields(query)
    if fields.keys() != {"answer", "stake"}:
        return None
    own = _own(query, settings, fields["answer"])
    purse = read(query.text).purse
    most = fields["stake"].high if purse is None else max(0.0, min(fields["stake"].high, purse))
    stake = math.floor(1e6 * most * _of(sure, query.model, own.confidence)) / 1e6  # whole micro-coins: never too many
    return f"ANSWER: {own.option}\nSTAKE: {digits(stake)}"


@policy
@on_request("chances", usual=True)
def spread_chances(query: Query, settings: Settings, *, sure: Sure = None) -> str | None:
    """Where the chance of each option is asked for: its own answer as likely as it is sure, the others all alike.

    *sure* as in `belief_lmsr`.
    """
    fields = _fields(query)
    if fields.keys() != {"chances"}:
        return None
    options: tuple[str, ...] = fields["chances"].options
    own = private(query, settings, options)
    confidence = _of(sure, query.model, own.confidence)
    rest = (1 - confidence) / max(1, len(options) - 1)
    chances = ", ".join(f"{option} = {100 * (confidence if option == own.option else rest):.10g}" for option in options)
    return f"CHANCES: {chances}"


class _Seen(NamedTuple):
    """The market as a trader sees it: its own *answer*, at *place* among the options, *prices*, and its *belief*."""

    answer: str
    place: int
    prices: list[float]
    belief: list[float]


def _seen(query: Query, settings: Settings, sure: Sure, prior_weight: float = 1.0) -> _Seen | None:
    fields = _fields(query)
    if fields.keys() != {"answer", "price"}:
        return None
    options: tuple[str, ...] = getattr(fields["answer"], "options", ())
    prices = read_prices(query.text, options)
    if prices is None:
        return None
    own = private(query, settings, options)
    confidence = _of(sure, query.model, own.confidence)
    likelihood = min(1 - _DOUBT, max(_DOUBT, confidence))
    place = options.index(own.option)
    odds = [price**prior_weight * (likelihood if at == place else (1 - likelihood) / (len(options) - 1))
            for at, price in enumerate(prices)]  # fmt: skip
    whole = math.fsum(odds)
    return _Seen(own.option, place, prices, [one / whole for one in odds])


def _fields(query: Query) -> Mapping[str, Any]:
    form: Any = query.form
    return form.fields if isinstance(form, Fields) else {}


def _own(query: Query, settings: Settings, form: Any) -> Stance:
    """The answer that it gives to *form*, and how sure it is; a free answer where there are no options."""
    return private(query, settings, getattr(form, "options", ()))


def _of(sure: Sure, variant: str, stated: float) -> float:
    """How sure *variant* is: as *sure* has it, and else as it has *stated*."""
    if isinstance(sure, Mapping):
        return sure.get(variant, sure.get(variant.partition("/")[0], stated))
    return stated if sure is None else sure


def _said(seen: _Seen, price: float) -> str:
    return f"ANSWER: {seen.answer}\nPRICE: {digits(100 * price)}"
