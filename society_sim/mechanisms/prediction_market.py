"""Prediction market: members trade in answers, and the dearest one is taken."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from society_sim.accounts import TREASURY, Owner, escrow
from society_sim.changes import Transfer
from society_sim.errors import ScenarioError, SocietyError
from society_sim.forms import Choice, Fields, Number
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins, micro
from society_sim.member import Member, View
from society_sim.registry import mechanism
from society_sim.rules.market_maker import Maker
from society_sim.rules.market_text import quoted, told
from society_sim.rules.trading import belief_lmsr
from society_sim.society import Doing, Society
from society_sim.streams import lot as pick_by
from society_sim.streams import uniforms
from society_sim.values import Outcome, Question

_NEVER = 1e-6  # no price is moved below this, or as near to 1: it would take infinitely many shares


@mechanism
def prediction_market(
    society: Society,
    question: Question,
    *,
    liquidity: float = 100.0,
    rounds: int = 1,
    order: Literal["seats", "lot"] = "seats",
) -> Doing[Outcome]:
    """Members trade one after another with a market maker; the answer whose price is highest in the end is taken.

    A share of an option pays one coin if that option is right. The maker's prices follow the logarithmic scoring rule
    with *liquidity* b: it can lose b ln(options) coins at most. In each of *rounds* everybody in turn (by *order*)
    sees the question, the prices and its purse, and names an option and the price to which it would move it; it buys
    shares of that option (or, to bring the price down, of all the others) until the price is there or the purse is
    empty. Nothing is sold short.

    With the section `money`, the treasury pays what the maker may lose into an escrow, and shares pay out of it when
    the right answer is known; if it never is, everybody gets back what it paid. Without, purses have no bottom, and
    nothing is paid. What members do with prices is their own affair: the synthetic model has the policies
    `belief_lmsr` (as a matter of course) and `kelly_lmsr`.

    An abstention trades nothing. If nobody trades, nothing is decided; equal prices are settled by a fair lot.
    Facts: `prices` in the end, `holdings` (shares by seat and option), `paid` by seat, in coins. Every trade is an
    entry. It waits for each answer, for the next one is shown the price it made. `ScenarioError` without options, or
    for a liquidity that is not above 0; `SocietyError` if the treasury cannot pay what the maker may lose.

    Source: Hanson (2003, 2007), Logarithmic market scoring rules for modular combinatorial information aggregation.
    """
    options = question.options
    if not options:
        raise ScenarioError(f"mechanism 'prediction_market': question {question.id!r} has no options to trade in")
    if not 0 < liquidity < float("inf") or rounds < 1:
        raise ScenarioError(f"mechanism 'prediction_market': liquidity is {liquidity:g} and rounds {rounds}; liquidity "
                            "is above 0, and there is at least 1 round")  # fmt: skip
    maker = Maker.of(len(options), liquidity=micro(liquidity))
    pot = escrow(question.id)
    _subsidise(society, question, maker.subsidy, pot)
    form: Any = Fields({"answer": Choice(options), "price": Number(0, 100)})
    said: dict[int, Any] = {}
    holdings: dict[int, list[int]] = {}
    paid: dict[int, int] = {}
    for turn in range(rounds):
        for member in _turns(society, question, order, turn):
            seat, purse = member.id, dealing.purse(society, member.id)
            words = partial(_asked, question.text, dict(zip(options, maker.prices, strict=True)), liquidity, purse)
            promise = yield from member.ask(words, form)
            said[seat] = promise.value
            if promise.value is None:
                continue
            wanted = moved(maker.prices, options.index(promise.value["answer"]), promise.value["price"] / 100)
            bought = _affordable(maker, wanted, purse)
            cost = maker.charge(bought)
            if not any(bought) or not _paid(society, seat, cost, pot):
                continue
            maker = maker.after(bought)
            before = holdings.get(seat, [0] * len(options))
            holdings[seat] = [have + more for have, more in zip(before, bought, strict=True)]
            paid[seat] = paid.get(seat, 0) + cost
            society.log("trade", about=question.id, member=seat, cost=coins(cost),
                        bought=_by_option(options, bought), prices=_prices(options, maker))  # fmt: skip
    best = max(maker.prices)
    dearest = [option for option, price in zip(options, maker.prices, strict=True) if price == best]
    decision = pick_by(dearest, dealing.lot(society, question), "dearest") if paid else None
    facts = {"prices": _prices(options, maker), "paid": dealing.told(paid),
             "holdings": {seat: _by_option(options, own) for seat, own in holdings.items()}}  # fmt: skip
    return Outcome(decision, said, facts, _claims(society, options, holdings, paid, maker.subsidy, pot))


def moved(prices: Sequence[float], option: int, price: float) -> list[float]:
    """The *prices* after one of them was moved to *price*, the others keeping their proportions.

    >>> moved([0.25, 0.25, 0.5], 2, 0.8)
    [0.1, 0.1, 0.8]
    """
    target = min(1 - _NEVER, max(_NEVER, price))
    rest = (1 - target) / (1 - prices[option])
    return [target if place == option else own * rest for place, own in enumerate(prices)]


def _asked(text: str, prices: Mapping[str, float], liquidity: float, purse: int | None, me: View) -> str:
    return "\n".join([
        told(f"{text}\nThis is settled by a market. A share of an option pays 1 coin if it is right, and else nothing.",
             liquidity=liquidity, purse=None if purse is None else coins(purse)),
        quoted(prices),
        "Name the option you trade in, and to what price, in per cent, you move it. You buy shares of it until the "
        "price is there; or of all the others, if you name a lower price.",
    ])  # fmt: skip


def _turns(society: Society, question: Question, order: str, turn: int) -> Sequence[Member]:
    present = society.present
    if order == "seats":
        return present
    lot = dealing.lot(society, question, "order", turn)
    return sorted(present, key=lambda member: uniforms(lot, member.id)[0])


def _subsidise(society: Society, question: Question, subsidy: int, pot: str) -> None:
    """Put what the maker may lose into the escrow, before anybody is asked."""
    owes = dealing.transfers(society, {TREASURY: subsidy}, pot, "market maker")
    if owes and not society.pay(*owes):
        raise SocietyError(f"the treasury cannot pay the {coins(subsidy):g} coins that the market maker of question "
                           f"{question.id!r} may lose; give it more (money.treasury), or less liquidity")  # fmt: skip


def _affordable(maker: Maker, wanted: Sequence[float], purse: int | None) -> tuple[int, ...]:
    bound = math.inf if purse is None else float(purse)
    shares = belief_lmsr(maker.prices, wanted, maker.liquidity, bound)
    return maker.affordable(shares, 2**62 if purse is None else purse)


def _paid(society: Society, seat: int, cost: int, pot: str) -> bool:
    return society.pay(*dealing.transfers(society, {seat: cost}, pot, "shares"))


def _claims(
    society: Society, options: Sequence[str], holdings: Mapping[int, Sequence[int]], paid: Mapping[int, int],
    subsidy: int, pot: str,
) -> dict[Any, list[Transfer]]:  # fmt: skip
    """Who gets what out of the escrow if an option is right; what is left goes back to the treasury."""
    unit = society.payments.unit
    if unit is None:
        return {}
    whole = subsidy + sum(paid.values())
    due: dict[Any, Mapping[int, int]] = {option: {seat: own[place] for seat, own in holdings.items()} for place, option in enumerate(options)}
    found: dict[Any, list[Transfer]] = {}
    for answer, owed in [*due.items(), (None, paid)]:
        why = "refund" if answer is None else "payout"
        shares: list[tuple[Owner, int]] = [*owed.items(), (TREASURY, whole - sum(owed.values()))]
        found[answer] = [Transfer(pot, to, amount, unit, why) for to, amount in shares if amount]
    return found


def _prices(options: Sequence[str], maker: Maker) -> dict[str, float]:
    return {option: round(price, 9) for option, price in zip(options, maker.prices, strict=True)}


def _by_option(options: Sequence[str], shares: Sequence[int]) -> dict[str, float]:
    return {option: coins(own) for option, own in zip(options, shares, strict=True) if own}
