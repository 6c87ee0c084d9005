"""Prediction market: members trade in answers, and the dearest one is taken."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from society_sim.bounds import Positive, PositiveFloat
from society_sim.errors import ScenarioError
from society_sim.forms import Choice, Fields, Number
from society_sim.mechanisms import dealing, wagers
from society_sim.mechanisms.dealing import coins, micro
from society_sim.mechanisms.wagers import ASKED, Book
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules import trading
from society_sim.rules.market_maker import Maker
from society_sim.rules.market_text import quoted, told
from society_sim.rules.prediction import posterior
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

_NEVER = 1e-9  # no price is moved below this, or as near to 1: it would take infinitely many shares
_ENDLESS = 2**62  # micro-coins: a purse without a bottom
_ENOUGH = 1e6  # times the liquidity: a larger purse buys no more


@mechanism
def prediction_market(
    society: Society,
    question: Question,
    *,
    liquidity: PositiveFloat = 100.0,
    rounds: Positive = 1,
    order: Literal["seats", "lot"] = "seats",
    beliefs: str = ASKED,
    trader: Literal["bayes", "kelly"] = "bayes",
) -> Doing[Outcome]:
    """Members trade one after another with a market maker; the answer whose price is highest in the end is taken.

    A share of an option pays one coin if that option is right. The maker's prices follow the logarithmic scoring rule
    with *liquidity* b: it can lose b ln(options) coins at most. In each of *rounds* everybody in turn (by *order*)
    sees the question, the prices and its purse, and names an option and the price to which it would move it; it buys
    shares of that option (or, to bring the price down, of all the others) until the price is there or the purse is
    empty. Nothing is sold short.

    *beliefs*: members are `asked` for their trades, or only for their answer, all at once and in any form that the
    question has; then a proxy trades for each of them, in that order and once (`rounds: 1`). What it believes of the
    answer is the member's trait of that name, a share from 0 to 1 (`accuracy`, which population `panel` learns on
    other questions). It takes the prices as its prior, the answer as evidence (mistakes evenly spread), and as a
    *trader* goes to the posterior (`bayes`) or as far as makes its purse grow fastest (`kelly`). So models that cannot
    react to prices, recorded ones, can have a market. Where answers are free, options are those that were given, each
    one among ten; an answer that all give is taken without trade. Where purses are no bound, `bayes` decides as votes
    weighted by log odds do.

    With the section `money`, the treasury pays what the maker may lose into an escrow, and shares pay out of it when
    the right answer is known; if it never is, or is none of the options, everybody gets back what it paid. Without,
    purses have no bottom, and nothing is paid. What members do with prices is their own affair: the synthetic model
    has the policies `belief_lmsr` (as a matter of course) and `kelly_lmsr`.

    An abstention trades nothing. If nobody trades, nothing is decided; equal prices are settled by a fair lot.
    Facts: `prices` in the end, `holdings` (shares by seat and option), `pays` by seat, in coins. Every trade is an
    entry. It waits for each answer, for the next one is shown the price it made; under proxies for all at once.
    `ScenarioError` if members are asked to trade and there are no options, for a question of which no answer can be
    right (an opinion, a sale), and for a trait that is no share;
    `SocietyError` if the treasury cannot pay what the maker may lose.

    Source: Hanson (2003, 2007), Logarithmic market scoring rules for modular combinatorial information aggregation;
    the proxies' weights are those of Nitzan and Paroush (1982).
    """
    _check(question, rounds, beliefs, trader)
    if beliefs == ASKED:
        return (yield from _asking(society, question, micro(liquidity), rounds, order))
    sure = {member.id: wagers.trait(member, beliefs, "prediction_market", 1.0) for member in society.present}
    most = len(question.options) or max(2, len(sure))  # options, at the most
    dealing.afford(society, question, Maker.of(most, liquidity=micro(liquidity)).subsidy, "prediction_market")
    answers = yield from society.ask_all(question.text, question.form)
    options = wagers.offered(question, answers.values())
    if len(options) < 2:
        return Outcome(options[0] if options else None, answers, {"prices": dict.fromkeys(options, 1.0)})
    market = _opened(society, question, options, micro(liquidity))
    for member in dealing.in_order(society, question, order):
        answer = answers.get(member.id)
        if answer is None:
            continue
        prices, purse = market.maker.prices, dealing.purse(society, member.id)
        seen = wagers.likelihoods(options, answer, sure[member.id], wagers.among(question))
        belief = posterior(prices, seen).tolist()
        if trader == "kelly" and purse is not None:
            own = min(float(purse), _ENOUGH * market.maker.liquidity)
            shares = trading.kelly_lmsr(prices, belief, market.maker.liquidity, own)
            market = market.bought(member.id, shares, purse)
        else:
            market = market.moved(member.id, belief, purse)
    return market.outcome(answers)


def _check(question: Question, rounds: int, beliefs: str, trader: str) -> None:
    wagers.check_settles(question, "prediction_market")
    if beliefs == ASKED:
        if trader != "bayes":
            raise ScenarioError("mechanism 'prediction_market': a trader is a proxy's; where members are asked they "
                                "trade as they like (policies of the synthetic model: kelly_lmsr)")  # fmt: skip
        if not question.options:
            raise ScenarioError(f"mechanism 'prediction_market': question {question.id!r} has no options to be asked "
                                "about; with beliefs: accuracy (a trait), proxies trade in free answers")  # fmt: skip
    elif rounds > 1:
        raise ScenarioError(f"mechanism 'prediction_market': rounds is {rounds}, but a proxy knows one answer, and "
                            "would count it again; there is one round")  # fmt: skip


def _asking(society: Society, question: Question, liquidity: int, rounds: int, order: str) -> Doing[Outcome]:
    options = question.options
    market = _opened(society, question, options, liquidity)
    form: Any = Fields({"answer": Choice(options), "price": Number(0, 100)})
    said: dict[int, Any] = {}
    for turn in range(rounds):
        for member in dealing.in_order(society, question, order, turn):
            prices, purse = market.maker.prices, dealing.purse_told(society, member.id)
            words = partial(_asked, question.text, dict(zip(options, prices, strict=True)), coins(liquidity), purse)
            promise = yield from member.ask(words, form)
            said[member.id] = value = promise.value
            if value is not None:
                wanted = moved(prices, options.index(value["answer"]), value["price"] / 100)
                market = market.moved(member.id, wanted, dealing.purse(society, member.id))
    return market.outcome(said)


class _Market(NamedTuple):
    """One question's market as it stands: the maker, and who holds what."""

    society: Society
    question: Question
    maker: Maker
    book: Book

    def moved(self, seat: int, wanted: Sequence[float], purse: int | None) -> _Market:
        """The market when *seat* has moved the prices to those *wanted*, or as far as its *purse* goes."""
        bound = math.inf if purse is None else float(purse)
        return self.bought(seat, trading.belief_lmsr(self.maker.prices, wanted, self.maker.liquidity, bound), purse)

    def bought(self, seat: int, shares: Sequence[float], purse: int | None) -> _Market:
        """The market when *seat* has bought *shares*, or that part of them that its *purse* can pay."""
        maker, options = self.maker, self.book.options
        whole = maker.affordable(shares, _ENDLESS if purse is None else purse)
        cost, pot = maker.charge(whole), dealing.pot_of(self.society, self.question)
        if not any(whole) or not dealing.paid(self.society, {seat: cost}, pot, "shares"):
            return self
        after = maker.after(whole)
        self.society.log("trade", about=self.question.id, member=seat, cost=coins(cost),
                         bought=wagers.by_option(options, whole), prices=wagers.rounded(options, after.prices))
        return self._replace(maker=after, book=self.book.after(seat, whole, cost))

    def outcome(self, said: Mapping[int, Any]) -> Outcome:
        """What it has come to."""
        options, prices = self.book.options, self.maker.prices
        exact = dict(zip(options, prices, strict=True))
        decision = wagers.dearest(self.society, self.question, exact) if self.book.pays else None
        facts = {"prices": wagers.rounded(options, prices), **self.book.facts()}
        return Outcome(decision, said, facts, self.book.claims(self.society, self.question))


def _opened(society: Society, question: Question, options: tuple[str, ...], liquidity: int) -> _Market:
    maker = Maker.of(len(options), liquidity=liquidity)
    dealing.endow(society, question, maker.subsidy, "prediction_market", "prediction_market")
    return _Market(society, question, maker, Book(options, maker.subsidy))


def moved(prices: Sequence[float], option: int, price: float) -> list[float]:
    """The *prices* after one of them was moved to *price*, the others keeping their proportions.

    >>> moved([0.25, 0.25, 0.5], 2, 0.75)
    [0.125, 0.125, 0.75]
    """
    target = min(1 - _NEVER, max(_NEVER, price))
    rest = (1 - target) / (1 - prices[option])
    return [target if place == option else own * rest for place, own in enumerate(prices)]


def _asked(text: str, prices: Mapping[str, float], liquidity: float, purse: float | None, _: View) -> str:
    return "\n".join([
        told(f"{text}\nThis is settled by a market. A share of an option pays 1 coin if it is right, and else nothing.",
             liquidity=liquidity, purse=purse),
        quoted(prices),
        "Name the option you trade in, and to what price, in per cent, you move it. You buy shares of it until the "
        "price is there; or of all the others, if you name a lower price.",
    ])  # fmt: skip
