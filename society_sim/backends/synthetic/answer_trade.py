"""Policies: at what price an answer is told, and whose answer is bought, in a market for answers.

Both read the prompt (`rules.market_text`): what a right answer is worth, how sure the member is of its own, who offers
an answer at which price, and how often each was right so far.
"""

from __future__ import annotations

from typing import Annotated

from society_sim.backends.synthetic.answering import digits
from society_sim.backends.synthetic.parameters import Settings
from society_sim.backends.synthetic.policies import on_request
from society_sim.bounds import Share, at_least
from society_sim.forms import Choice, Number
from society_sim.registry import policy
from society_sim.rules.market_text import NOBODY, Offer, read, read_offers
from society_sim.values import Query

_FAMILY = "answers for sale"


@policy
@on_request(_FAMILY, usual=True)
def answer_trader(
    query: Query, settings: Settings, *, share: Share = 0.5, prior: Annotated[float, at_least(1)] = 2.0
) -> str | None:
    """Buys the answer that is expected to gain it most, and asks a *share* of what its own may be worth to others.

    What an answer is worth to it: what a right one is worth, times how much likelier it is to be right than its own,
    less the price. How likely it is to be right it takes from the seller's reputation, (right + 1) / (answered +
    *prior*), which is Laplace's rule with a *prior* of 2. It buys where that is above 0, and else from nobody. Its own
    answer it offers at *share* (0 to 1) of what a right one is worth, times how much surer it is than a coin: what it
    would be worth to somebody who does not know. That is a rule of thumb and no equilibrium.
    """
    text, form = query.text, query.form
    if isinstance(form, Number) and "the price at which you tell your answer" in text:
        known = read(text)
        if known.right is None or known.sure is None:
            return None
        asked = share * known.right * max(0.0, 2 * known.sure - 1)
        return f"ANSWER: {digits(min(form.high, max(form.low, asked)))}"
    if isinstance(form, Choice) and NOBODY in form.options and "\nFor sale:\n" in text:
        known = read(text)
        if known.right is None or known.sure is None:
            return None
        return f"ANSWER: {_best(read_offers(text), known.right, known.sure, known.purse, prior)}"
    return None


def _best(offers: list[Offer], right: float, sure: float, purse: float | None, prior: float) -> str:
    """The name of who offers most, the first of equals; nobody, if nothing is worth its price."""
    best, most = NOBODY, 0.0
    for one in offers:
        gain = right * ((one.right + 1) / (one.answered + prior) - sure) - one.price
        if gain > most and (purse is None or one.price <= purse):
            best, most = one.name, gain
    return best
