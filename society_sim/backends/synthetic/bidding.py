"""Policies: what is bid for a thing, and at which price it is given. One function each, of which a model has one.

All of them read the prompt (`rules.market_text`): the own value or cost, how the winner pays, how many bid, and from
what range values are drawn. That a purse is not overdrawn is seen to by the market and not by the bidder.

A scenario names one of them: `synthetic: {policies: {equilibrium: {}}}`. Without, bids are truthful. What a market
achieves with such bidders is a consequence of the policy.
"""

from __future__ import annotations

import math

from society_sim.backends.synthetic.answering import digits
from society_sim.backends.synthetic.parameters import Settings
from society_sim.backends.synthetic.policies import on_request
from society_sim.bounds import Share
from society_sim.forms import Choice, Number, Ranking, Scores
from society_sim.registry import policy
from society_sim.rules.auction_theory import equilibrium_bid
from society_sim.rules.market_text import LEAVES, OWN, TAKES, Known, read, read_values
from society_sim.streams import uniforms
from society_sim.values import Query

_FAMILY = "bids"


@policy
@on_request(_FAMILY, usual=True)
def truthful(query: Query, settings: Settings) -> str | None:
    """Says what is so: bids its value, asks its cost, claims its need, ranks by worth, bids for bundles.

    That is best whatever the others do in a second price auction (Vickrey 1961), and wherever one pays what one costs
    the others (Clarke 1971, Groves 1973). A better answer is worth to it what a right one is, times how much likelier
    it is to be right than its own.
    """
    known = _market(query)
    return None if known is None else _said(query, known, _own(known))


@policy
@on_request(_FAMILY)
def equilibrium(query: Query, settings: Settings) -> str | None:
    """Bids as everybody does in the symmetric equilibrium of risk-neutral bidders with evenly drawn values.

    Where the winner pays its own bid (also on a falling clock) it shades its value: it bids what it expects the highest
    losing value to be, given that its own wins (Vickrey 1961; Riley and Samuelson 1981). Everywhere else it bids
    its value, and so it does where the prompt does not say how many bid, or from what range values are drawn. For
    bundles, in which no equilibrium is known, it bids what they are worth.
    """
    known = _market(query)
    if known is None:
        return None
    if known.pricing not in _SHADED or known.worth is None or known.bidders is None or known.drawn is None:
        return _said(query, known, _own(known))
    low, high = known.drawn
    scale, reserve = high - low, max(low, known.reserve or 0.0)
    worth = min(1.0, max(0.0, (known.worth - low) / scale))
    bid = equilibrium_bid(worth, known.bidders, min(1.0, (reserve - low) / scale), known.units or 1)
    return _said(query, known, low + scale * bid)


@policy
@on_request(_FAMILY)
def zi_c(query: Query, settings: Settings) -> str | None:
    """Zero intelligence within its budget: any price at which it would not lose, evenly (Gode and Sunder 1993)."""
    known = _market(query)
    if known is None:
        return None
    low, high = _range(query, known)
    if known.cost is not None:
        low = known.cost
    elif (own := _own(known)) is not None:
        high = own
    return _said(query, known, _any(query, known, low, high), of=uniforms(query.seed, "bid")[0])


@policy
@on_request(_FAMILY)
def zi_u(query: Query, settings: Settings) -> str | None:
    """Zero intelligence without a budget: any price of the range, evenly (Gode and Sunder 1993)."""
    known = _market(query)
    if known is None:
        return None
    return _said(query, known, _any(query, known, *_range(query, known)))


@policy
@on_request(_FAMILY)
def zip_trader(query: Query, settings: Settings, *, rate: Share = 0.3) -> str | None:
    """Adapts its margin to prices, and never trades at a loss (after Cliff 1997, zero intelligence plus).

    It begins with a margin of 5 to 35 % on its value or cost. From then on it goes *rate* of the way from the price
    that it named before to the last that was paid (Widrow and Hoff's rule), as far as it does not lose by it; as long
    as none was paid, to the best offer of the other side, if there is one. Cliff's traders learn from every offer that
    is cried; this one from what it is told when it is asked.
    """
    known = _market(query)
    if known is None:
        return None
    own, buys = _own(known) or 0.0, known.worth is not None
    if known.own is None:
        margin = 0.05 + 0.3 * uniforms(query.seed, "margin")[0]
        return _said(query, known, own * (1 - margin if buys else 1 + margin))
    other = known.ask if buys else known.bid
    target = known.last if known.last is not None else other if other is not None else known.own
    price = known.own + rate * (target - known.own)
    return _said(query, known, min(price, own) if buys else max(price, own))


_HAIR = 1e-6  # of a tick: what a quotient of amounts may be off
_SHADED = ("first", "pay_as_bid", "dutch")


def _market(query: Query) -> Known | None:
    """What the prompt says of a market, if it asks for a price, for several, or whether to take one."""
    if OWN not in query.text or not isinstance(query.form, (Number, Choice, Ranking, Scores)):
        return None
    known = read(query.text)
    if isinstance(query.form, (Ranking, Scores)):
        return None if read_values(query.text, query.form.options) is None else known
    return None if _own(known) is None else known


def _own(known: Known) -> float | None:
    """The value, the cost or the need that the prompt tells, or what a better answer is worth; `None` for none."""
    if known.right is not None and known.sure is not None and known.better is not None:
        return known.right * max(0.0, known.better - known.sure)
    return next((own for own in (known.worth, known.cost, known.need) if own is not None), None)


def _range(query: Query, known: Known) -> tuple[float, float]:
    if known.drawn is not None:
        return known.drawn
    form = query.form
    return (form.low, form.high) if isinstance(form, (Number, Scores)) else (0.0, _own(known) or 0.0)


def _any(query: Query, known: Known, low: float, high: float) -> float:
    """Any price from *low* to *high*, evenly and anew in each turn; where prices are whole ticks, any tick."""
    luck = uniforms(query.seed, "bid", *(() if known.turns is None else (known.turns,)))[0]
    if known.tick is None:
        return low + luck * (high - low)
    least, most = math.ceil(low / known.tick - _HAIR), math.floor(high / known.tick + _HAIR)
    return (least + int(luck * (most - least + 1))) * known.tick if least <= most else low


def _said(query: Query, known: Known, price: float | None, of: float = 1.0) -> str:
    """*price*, or whether the one that is asked for now is at least as good, in the form that is asked for.

    For bundles the part *of* what each is worth; a ranking has the things that are worth most first.
    """
    form = query.form
    if isinstance(form, Ranking):
        order = sorted(zip(read_values(query.text, form.options) or (), form.options, strict=False),
                       key=lambda one: -one[0])  # fmt: skip
        kept = [name for value, name in order if value > 0 or not form.partial] or [name for _, name in order[:1]]
        return f"ANSWER: {' > '.join(kept)}"
    if isinstance(form, Scores):
        worth = zip(form.options, read_values(query.text, form.options) or (), strict=False)
        named = (f"{name} = {digits(min(form.high, max(form.low, of * own)))}" for name, own in worth)
        return f"ANSWER: {', '.join(named)}"
    price = 0.0 if price is None else price
    if isinstance(form, Number):
        return f"ANSWER: {digits(min(form.high, max(form.low, price)))}"
    good = known.price is not None and (known.price <= price if known.worth is not None else known.price >= price)
    return f"ANSWER: {TAKES if good else LEAVES}"
