"""Policies: what is bid for a thing, and at which price it is given. One function each, of which a model has one.

All of them read the prompt (`rules.market_text`): the own value or cost, how the winner pays, how many bid, and from
what range values are drawn. That a purse is not overdrawn is seen to by the market and not by the bidder.

A scenario names one of them: `synthetic: {policies: {equilibrium: {}}}`. Without, bids are truthful. What a market
achieves with such bidders is a consequence of the policy.
"""

from __future__ import annotations

from society_sim.backends.synthetic.answering import digits
from society_sim.backends.synthetic.parameters import Settings
from society_sim.backends.synthetic.policies import on_request, policy
from society_sim.forms import Choice, Number
from society_sim.rules.auction_theory import equilibrium_bid
from society_sim.rules.market_text import LEAVES, OWN, TAKES, Known, read
from society_sim.streams import uniforms
from society_sim.values import Query

_FAMILY = "bids"


@policy
@on_request(_FAMILY, usual=True)
def truthful(query: Query, settings: Settings) -> str | None:
    """Bids its value, and asks its cost: what is best in a second price auction, whatever others do (Vickrey 1961)."""
    known = _market(query)
    return None if known is None else _said(query, known, _own(known))


@policy
@on_request(_FAMILY)
def equilibrium(query: Query, settings: Settings) -> str | None:
    """Bids as everybody does in the symmetric equilibrium of risk-neutral bidders with evenly drawn values.

    Where the winner pays its own bid (also on a falling clock) it shades its value: it bids what it expects the highest
    losing value to be, given that its own wins (Vickrey 1961; Riley and Samuelson 1981). Everywhere else it bids
    its value, and so it does where the prompt does not say how many bid, or from what range values are drawn.
    """
    known = _market(query)
    if known is None:
        return None
    if known.pricing not in _SHADED or known.worth is None or known.bidders is None or known.drawn is None:
        return _said(query, known, _own(known))
    low, high = known.drawn
    scale, reserve = high - low, max(low, known.reserve or 0.0)
    bid = equilibrium_bid((known.worth - low) / scale, known.bidders, (reserve - low) / scale)
    return _said(query, known, low + scale * bid)


@policy
@on_request(_FAMILY)
def zi_c(query: Query, settings: Settings) -> str | None:
    """Zero intelligence within its budget: any price at which it would not lose, evenly (Gode and Sunder 1993)."""
    known = _market(query)
    if known is None:
        return None
    low, high = _range(query, known)
    if known.worth is not None:
        high = known.worth
    elif known.cost is not None:
        low = known.cost
    return _said(query, known, low + uniforms(query.seed, "bid")[0] * (high - low))


@policy
@on_request(_FAMILY)
def zi_u(query: Query, settings: Settings) -> str | None:
    """Zero intelligence without a budget: any price of the range, evenly (Gode and Sunder 1993)."""
    known = _market(query)
    if known is None:
        return None
    low, high = _range(query, known)
    return _said(query, known, low + uniforms(query.seed, "bid")[0] * (high - low))


_SHADED = ("first", "pay_as_bid", "dutch")


def _market(query: Query) -> Known | None:
    """What the prompt says of a market, if it asks for a price, or whether to take one."""
    if OWN not in query.text or not isinstance(query.form, (Number, Choice)):
        return None
    known = read(query.text)
    return None if known.worth is None and known.cost is None else known


def _own(known: Known) -> float:
    return known.worth if known.worth is not None else known.cost  # type: ignore[return-value]  # one of them is there


def _range(query: Query, known: Known) -> tuple[float, float]:
    if known.drawn is not None:
        return known.drawn
    form = query.form
    return (form.low, form.high) if isinstance(form, Number) else (0.0, _own(known))


def _said(query: Query, known: Known, price: float) -> str:
    """*price*, or whether the one that is asked for now is at least as good, in the form that is asked for."""
    form = query.form
    if isinstance(form, Number):
        return f"ANSWER: {digits(min(form.high, max(form.low, price)))}"
    good = known.price is not None and (known.price <= price if known.worth is not None else known.price >= price)
    return f"ANSWER: {TAKES if good else LEAVES}"
