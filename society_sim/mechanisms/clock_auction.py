"""A clock for a price: it rises while members stay in, or falls until one of them takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import simpy

from society_sim.accounts import TREASURY
from society_sim.bounds import AboveZero, Coins
from society_sim.errors import ScenarioError
from society_sim.forms import Choice
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins, micro
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.market_text import LEAVES, TAKES, told
from society_sim.society import Doing, Society
from society_sim.streams import lot as pick_by
from society_sim.values import Outcome, Question

Kind: TypeAlias = Literal["english", "dutch"]
_LONG = 10_000  # ticks of a clock at most
_TICKS = 20  # into which the range of values is divided, if no step is given
_MOST = 2  # times the highest value is where a rising clock stops


@mechanism
def clock_auction(
    society: Society,
    question: Question,
    *,
    kind: Kind = "english",
    step: AboveZero | None = None,
    start: Coins | None = None,
    reserve: Coins = 0.0,
    patience: AboveZero | None = None,
) -> Doing[Outcome]:
    """A price moves on, tick by tick, and members answer it: `take` or `leave`.

    *kind*: on an `english` clock the price rises from the *reserve* by one *step* a tick; who leaves is out for good,
    and who is left alone gets the good at the price of that tick. If all who are left leave at once, one of them by
    lot gets it at the price before, which all had taken. It stops at twice the highest value. On a `dutch` clock the
    price falls from *start* (the highest value that may be drawn) to the reserve, and whoever takes it first, in
    simulated time, gets it at once: with a pace, quick thinkers do; equally quick ones draw lots.
    Amounts are in coins; the *step* is a twentieth of the range of values if left out.
    *patience*: for how long a price stands, in simulated time; without, it stands until the last has answered. On a
    rising clock whoever has not answered by then is out. On a falling one it goes on thinking, and gets what it takes
    at the price that stands when it has thought; the last price stands until all have answered.

    A member is told its own value, how many bid, from what range values are drawn, the price now, and its purse, if it
    has one. What is paid goes to the treasury. To take a price above the purse is declined, and the record says so. An
    abstention takes nothing: on a rising clock that member is out. Every tick is an entry (`clock`: `price`, and
    who `took` it). Each tick waits for the answers to the one before. The decision is the winner's name; nothing, if
    nobody takes any price. Facts as in `sealed_bid`, and `ticks`. `ScenarioError` if the question says nothing of
    values (task `goods`), for a step or a patience that is not above 0, and for a start below the reserve.

    Source: Vickrey (1961), whose theorem makes the falling clock a first price auction and the rising one, for private
    values, a second price auction; Milgrom and Weber (1982) for who stays in.
    """
    low, high = question.facts.get("drawn", (0.0, 1.0))
    tick = (high - low) / _TICKS if step is None else step
    top = high if start is None else start
    if top - min(reserve, low) > _LONG * tick:
        raise ScenarioError(f"mechanism 'clock_auction': with a step of {tick:g} the clock would tick more than "
                            f"{_LONG:,} times, and each tick asks everybody; take a larger one")  # fmt: skip
    if kind == "dutch" and reserve > top:
        raise ScenarioError(f"mechanism 'clock_auction': the clock goes from {top:g} to a reserve of {reserve:g}; "
                            "it starts at the reserve or above")  # fmt: skip
    worth = dealing.worths(society, question, "clock_auction")
    facts = {"pricing": kind, "bidders": len(worth), "reserve": reserve or None, "drawn": (low, high)}
    clock = _Clock(society, question, kind, worth, facts, patience)
    by, floor = max(1, micro(tick)), micro(reserve)
    if kind == "english":
        winner, price, ticks = yield from _rising(clock, floor, by, max(floor, _MOST * micro(high)))
    else:
        winner, price, ticks = yield from _falling(clock, micro(top), by, floor)
    pays = {} if winner is None else {winner: price}
    society.apply(*dealing.transfers(society, pays, TREASURY, "sale"))
    gets = dict.fromkeys(pays, 1)
    found = dealing.result(worth, gets, pays, dealing.highest(worth, 1, floor))
    shown = None if winner is None else coins(price)
    return Outcome(None if winner is None else society.names[winner], facts={**found, "price": shown, "ticks": ticks})


@dataclass(frozen=True, slots=True)
class _Clock:
    society: Society
    question: Question
    kind: Kind
    worth: Mapping[int, int]
    facts: Mapping[str, Any]
    patience: float | None

    def took(self, price: int, landed: Mapping[int, simpy.Process]) -> dict[int, float]:
        """Who of those who have *landed* takes *price* and can pay it, and when each had thought."""
        came: dict[int, Any] = {seat: process.value for seat, process in landed.items()}
        taking: dict[int, float] = {seat: at for seat, (at, promise) in came.items() if promise.value == TAKES}
        kept = dealing.covered(self.society, dict.fromkeys(taking, price), "bid")
        return {seat: at for seat, at in taking.items() if kept[seat] is not None}

    def log(self, price: int, took: Iterable[int]) -> None:
        """Put a tick into the record."""
        self.society.log("clock", about=self.question.id, price=coins(price), took=list(took))

    def drawn(self, seats: Iterable[int]) -> int:
        """One of *seats* by lot."""
        return pick_by(sorted(seats), dealing.lot(self.society, self.question), "clock")


def _rising(clock: _Clock, price: int, by: int, most: int) -> Doing[tuple[int | None, int, int]]:
    """Who wins, at what price, after how many ticks."""
    inside, before, ticks = tuple(clock.worth), price, 0
    while inside:
        ticks += 1
        took = yield from _tick(clock, price, inside)
        if len(took) == 1:
            return next(iter(took)), price, ticks
        if not took:
            return (None, price, ticks) if ticks == 1 else (clock.drawn(inside), before, ticks)
        inside, before = tuple(took), price
        if price + by > most:
            return clock.drawn(inside), price, ticks
        price += by
    return None, price, ticks


def _falling(clock: _Clock, price: int, by: int, floor: int) -> Doing[tuple[int | None, int, int]]:
    """The same; whoever is still thinking is not asked about the next price."""
    thinking: dict[int, simpy.Process] = {}
    ticks = 0
    while price >= floor:
        ticks += 1
        thinking |= _going(clock, price, [seat for seat in clock.worth if seat not in thinking])
        took = yield from _standing(clock, price, thinking, price - by < floor)
        clock.log(price, took)
        if took:
            first = min(took.values())
            return clock.drawn(seat for seat, at in took.items() if at == first), price, ticks
        price -= by
    return None, floor, ticks


def _standing(
    clock: _Clock, price: int, thinking: dict[int, simpy.Process], last: bool
) -> Doing[dict[int, float]]:
    """Let *price* stand for its time, or until it is taken: by whom, and when. Who has thought leaves *thinking*."""
    env = clock.society.env
    over = None if clock.patience is None or last else env.timeout(clock.patience)
    while thinking and (over is None or not over.processed):
        landing = env.all_of(list(thinking.values())) if clock.patience is None else env.any_of(list(thinking.values()))
        yield landing if over is None else landing | over
        landed = {seat: thinking.pop(seat) for seat in list(thinking) if thinking[seat].triggered}
        if took := clock.took(price, landed):
            return took
    if over is not None and not over.processed:
        yield over
    return {}


def _tick(clock: _Clock, price: int, seats: Iterable[int]) -> Doing[dict[int, float]]:
    """Who of *seats* takes *price* in time and can pay it, and when each had thought."""
    env, going = clock.society.env, _going(clock, price, seats)
    if going:
        ended = env.all_of(list(going.values()))
        yield ended if clock.patience is None else ended | env.timeout(clock.patience)
    took = clock.took(price, {seat: process for seat, process in going.items() if process.triggered})
    clock.log(price, took)
    return took


def _going(clock: _Clock, price: int, seats: Iterable[int]) -> dict[int, simpy.Process]:
    """Ask *seats* about *price*."""
    society = clock.society
    purses = {seat: dealing.purse(society, seat) for seat in seats}
    facts = {**clock.facts, "price": coins(price)}
    words = partial(_asked, clock.question.text, clock.kind, clock.worth, purses, facts)
    return {seat: society.start(_answer(society, seat, words)) for seat in purses}


def _answer(society: Society, seat: int, words: Any) -> Doing[tuple[float, Any]]:
    promise = yield from society.ask(society.members[seat], words, Choice((TAKES, LEAVES)))
    return society.now, promise


def _asked(
    text: str, kind: Kind, worth: Mapping[int, int], purses: Mapping[int, int | None], facts: Mapping[str, Any],
    me: View,
) -> str:  # fmt: skip
    purse = purses[me.id]
    known = told(text, **facts, worth=coins(worth[me.id]), purse=None if purse is None else coins(purse))
    if kind == "english":
        return f"{known}\nDo you stay in at this price (take), or are you out (leave)?"
    return f"{known}\nDo you take it at this price (take), or wait for a lower one (leave)?"
