"""Double auction: buyers and sellers make offers whenever they like, and trade as soon as two of them meet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

from society_sim.bounds import AboveZero, Positive
from society_sim.forms import Number
from society_sim.mechanisms import dealing
from society_sim.mechanisms.exchange import Exchange
from society_sim.registry import mechanism
from society_sim.rules.market_text import amount
from society_sim.society import Doing, Society
from society_sim.streams import uniforms
from society_sim.values import Outcome, Question


@mechanism
def double_auction(
    society: Society,
    question: Question,
    *,
    turns: Positive = 100,
    order: Literal["lot", "together"] = "lot",
    expires: AboveZero | None = None,
    improve: bool = False,
    reset_on_trade: bool = False,
    tick: AboveZero = 1.0,
    good: str = "good",
) -> Doing[Outcome]:
    """A continuous double auction: whoever has its turn names a price, and trades if a standing offer meets it.

    Offers wait in an order book, better prices first and among equal ones the oldest; a trade is at the price of the
    offer that stood. In each of *turns* somebody is asked for the price of its next unit: by *order* `lot` one member
    after another, each drawn evenly from all; `together`, all think side by side, each as long as its pace says, and
    their offers arrive, and cross, as they come. Whoever has nothing left to trade is passed over, and the session ends
    when nobody may buy any more, or nobody sell.

    *expires*: how long an offer stands, in simulated time (left out: to the end). *improve*: an offer must be better
    than the best of its side. *reset_on_trade*: each trade empties the book. *tick*, in coins: prices are whole
    multiples, rounded in favour of who named them. A new offer replaces what its trader offered before.

    A trader is told its own value or cost, best bid and ask, the last price, what it offered and its purse. With the
    section `money`, *good* is a unit on accounts, sellers are given what they may sell, and an offer sets aside what it
    would take: a bid above the purse is refused (`purse`), and so is selling what one does not hold (`holding`).
    Without, all is on paper.

    An abstention leaves the old offer as it is. The decision is the last price, nothing if nothing was traded. Facts:
    `quantity`, `prices`, `gets` (units by seat, sellers below 0), `pays`, `revenue`, `welfare` (values less costs of
    what was traded) and `optimum`. The record has a `market` entry, then each event of the book (`book`), from which
    `rules.order_record` makes the book at any time. It waits for each answer, for the next one is shown the book.
    `ScenarioError` if the question says nothing of supply and demand (task `trade`).

    Source: Smith (1962); Gode and Sunder (1993), whose markets are *improve* with *reset_on_trade*.
    """
    exchange = Exchange(society, question, "double_auction", tick=tick, good=good, reset_on_trade=reset_on_trade)
    said: dict[int, Any] = {}
    act = partial(_act, society, exchange, said, expires, improve, reset_on_trade)
    left = iter(range(turns, 0, -1))
    if order == "lot":
        seats = list(exchange.traders)
        for turn in left:
            if not exchange.open:
                break
            seat = seats[int(uniforms(dealing.lot(society, question, "turn"), turn)[0] * len(seats))]
            if exchange.wants(seat) is not None:
                yield from act(seat, turn)
    else:
        lot = dealing.lot(society, question, "first")
        first = sorted(exchange.traders, key=lambda seat: uniforms(lot, seat)[0])
        yield from society.gather(*(_again(exchange, act, seat, left) for seat in first))
    exchange.withdraw("closed")
    return exchange.outcome(said)


def _act(
    society: Society, exchange: Exchange, said: dict[int, Any], expires: float | None, improve: bool, reset: bool,
    seat: int, turns: int,
) -> Doing[None]:  # fmt: skip
    """*seat* is asked for the price of its next unit, *turns* being left, and what it says is done when it comes."""
    exchange.advance()
    unit = exchange.done[seat]
    low, high = exchange.question.facts["drawn"]
    stands = "to the end" if expires is None else f"for {amount(expires)} units of time"
    how = ("It trades at once if an offer of the other side is as good, at the price of that one. If none is, yours "
           f"stands {stands}, in place of the one that you made before.")  # fmt: skip
    promise = yield from society.ask(society.members[seat], exchange.prompt(seat, how, turns), Number(low, high))
    exchange.advance()
    price = said[seat] = promise.value
    if price is None or exchange.wants(seat) is None or exchange.done[seat] != unit:
        return  # what it was asked for has been traded meanwhile
    ends = None if expires is None else society.now + expires
    if exchange.order(seat, price, expires=ends, improve=improve) and reset:
        exchange.withdraw("reset")


def _again(exchange: Exchange, act: Any, seat: int, left: Iterator[int]) -> Doing[None]:
    """*seat* acts again and again, as long as there are turns *left* and something to trade."""
    while exchange.wants(seat) is not None and exchange.open and (turn := next(left, 0)):
        yield from act(seat, turn)
