"""Answer market: members buy answers from their neighbours, at posted prices, and see what they buy when it is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from society_sim.bounds import NonNegative, Positive, PositiveFloat
from society_sim.errors import ScenarioError
from society_sim.forms import Choice, Number
from society_sim.frame import Standing
from society_sim.mechanisms import dealing
from society_sim.mechanisms.arguing import choices, reasoned
from society_sim.mechanisms.conversation import Said, posed, tell, worded
from society_sim.mechanisms.dealing import coins, micro
from society_sim.mechanisms.lots import lot_of
from society_sim.mechanisms.naming import by_name
from society_sim.mechanisms.wagers import check_settles
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.market_text import NOBODY, Offer, offered, told
from society_sim.rules.plurality import plurality
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def answer_market(
    society: Society, question: Question, *, rounds: Positive = 1, worth: PositiveFloat = 10.0,
    price: NonNegative | None = None,
) -> Doing[Outcome]:
    """Each answers, names a price for its answer, may buy one answer of a neighbour, and answers again.

    A right answer in the end is *worth* so many coins to whoever gives it. Everybody names the price at which it tells
    its answer (or all sell at the same *price*), from 0 to that worth. In each of *rounds* everybody sees, of those who
    may speak to it and whose answer it has not bought yet, the price and the reputation: how many of how many answers
    in this run were right. What the answer is it does not see. It names one seller, or nobody. Who is paid says its
    answer, its confidence and its reason to the buyer along the tie, and the buyer answers again. An answer can be sold
    any number of times. Sellers sell what they first said.

    With money, the price goes from purse to purse before anything is said; a buyer without as much is declined, and the
    record says so; the treasury pays what right answers are worth once the right one is known. If the message is lost
    on its way, the money is gone, as in life.

    An abstention in the first answer sells nothing; as a price it sells nothing; as a choice it buys nothing; as a
    second answer it leaves the first. Every purchase is an entry (`sale`). The decision is the plurality of last
    answers, ties by a fair lot. Each round waits for all choices. Facts: `sales` (how many), `earned` (by seat, what it
    took in less what it paid out), `turnover`, `worth`, and `alone` (the plurality of first answers). `ScenarioError`
    for a price above the worth, a question of which no answer can be right (an opinion, a sale), or names that cannot
    be told apart, one of them being `nobody`; `SocietyError`, before anybody is asked, if the treasury could not pay
    for right answers.

    Source: Hayek (1945), The use of knowledge in society; Akerlof (1970) and Nelson (1970) for goods whose quality is
    seen after they are paid, and what reputation does for them; Arrow (1962): information is not shown before.
    """
    check_settles(question, "answer_market")
    if price is not None and price > worth:
        raise ScenarioError(f"mechanism 'answer_market': price is {price:g}, and a right answer is worth {worth:g}; "
                            "nobody gains by buying at a price above that")  # fmt: skip
    named = by_name(society, "answer_market", NOBODY)
    seats = [member.id for member in society.present]
    dealing.endow(society, question, micro(worth) * len(seats), "answer_market", "endowment")
    first = yield from society.ask_all(question.text, reasoned(question, confidence=True))
    told_by = {seat: said for seat, said in first.items() if said is not None}
    prices = yield from _prices(society, question, told_by, worth, price)
    market = _Market(society, question, named, worth, told_by, prices, dict(first.items()))
    for turn in range(rounds):
        yield from _round(market, turn)
    last = {seat: None if said is None else said["answer"] for seat, said in market.last.items()}
    lot = lot_of(society, question)
    earned = {seat: amount for seat, amount in market.earned.items() if amount}
    facts = {"sales": sum(map(len, market.bought.values())), "earned": dealing.in_coins(earned),
             "turnover": coins(market.turnover), "worth": worth,
             "alone": plurality(choices(first), lot)}  # fmt: skip
    claims = dealing.prizes(society, question, last, micro(worth))
    return Outcome(plurality(last.values(), lot), market.last, facts, claims)


@dataclass(slots=True)
class _Market:
    """What is for sale (*seats* by name, answers *told_by* each, *prices* in micro-coins), and what came of it."""

    society: Society
    question: Question
    seats: Mapping[str, int]
    worth: float
    told_by: Mapping[int, Said]
    prices: Mapping[int, int]
    last: dict[int, Said | None]
    bought: dict[int, list[int]] = field(default_factory=dict)
    earned: dict[int, int] = field(default_factory=dict)
    turnover: int = 0


def _prices(
    society: Society, question: Question, told_by: Mapping[int, Said], worth: float, price: float | None
) -> Doing[dict[int, int]]:
    """At what price each tells its answer."""
    if price is not None:
        return dict.fromkeys(told_by, micro(price))
    said = yield from society.ask_all(
        partial(_pricing, question.text, told_by, worth), Number(0, worth), told_by, purpose="price"
    )
    return {seat: micro(own) for seat, own in said.items() if own is not None}


def _round(market: _Market, turn: int) -> Doing[None]:
    """Everybody chooses one seller, or nobody; those who are paid tell; those who were told answer again."""
    society, names = market.society, market.society.names
    offers: dict[int, list[Offer]] = {}
    standing = {seat: society.standing(seat) for seat in market.prices}
    for member in society.present:
        own = [_offer(names[seat], market.prices[seat], standing[seat]) for seat in member.ties
               if seat in market.prices and seat not in market.bought.get(member.id, ())]  # fmt: skip
        if own:
            offers[member.id] = own
    purses = {seat: dealing.purse_told(society, seat) for seat in offers}
    text, worth = market.question.text, market.worth
    asking = [society.ask_all(partial(_choosing, text, worth, market.last[seat], own, purses[seat]),
                              Choice([*(one.name for one in own), NOBODY]), [seat], purpose="purchase")
              for seat, own in offers.items()]  # fmt: skip
    chosen = yield from society.gather(*asking)
    sayings, buyers = [], dict[int, int]()
    for choice in chosen:
        for buyer, name in choice.items():
            if name is None or name == NOBODY or not _paid(market, buyer, market.seats[name], turn):
                continue
            seller = market.seats[name]
            buyers[buyer] = seller
            sayings.append((society.members[seller], worded(market.told_by[seller]), [buyer]))
    heard = yield from tell(society, sayings)
    reached = [buyer for buyer, seller in buyers.items() if buyer in heard[seller]]
    words, form = partial(posed, market.question, dict(market.last)), reasoned(market.question, confidence=True)
    again = yield from society.ask_all(words, form, reached)
    market.last |= {seat: said for seat, said in again.items() if said is not None}


def _paid(market: _Market, buyer: int, seller: int, turn: int) -> bool:
    """Pay *seller* what it asks for, and note the sale; whether it was paid."""
    society, price = market.society, market.prices[seller]
    if not dealing.paid(society, {buyer: price}, seller, "answer"):
        return False
    society.log("sale", about=market.question.id, buyer=buyer, seller=seller, price=coins(price), round=turn + 1)
    market.bought.setdefault(buyer, []).append(seller)
    market.earned[buyer] = market.earned.get(buyer, 0) - price
    market.earned[seller] = market.earned.get(seller, 0) + price
    market.turnover += price
    return True


def _offer(name: str, price: int, so_far: Standing) -> Offer:
    return Offer(name, coins(price), so_far.right, so_far.answered)


def _pricing(text: str, told_by: Mapping[int, Said], worth: float, me: View) -> str:
    own = told_by[me.id]
    known = told(f"{text}\nYour answer: {own['answer']}\nOthers may buy it, and see it when they have paid.",
                 right=worth, sure=own["confidence"] / 100)  # fmt: skip
    return f"{known}\nWrite the price at which you tell your answer to whoever wants it."


def _choosing(
    text: str, worth: float, own: Said | None, offers: Sequence[Offer], purse: float | None, _: View
) -> str:
    lines = [text] + ([] if own is None else [f"Your answer: {own['answer']}"])
    sure = 0.0 if own is None else own["confidence"] / 100
    known = told("\n".join(lines), right=worth, sure=sure, purse=purse)
    return f"{known}\n{offered(offers)}\nName the one whose answer you buy, or {NOBODY}."
