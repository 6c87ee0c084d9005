"""Bids for bundles: several different things are sold at once, to whom they are worth most together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from society_sim.accounts import TREASURY
from society_sim.bounds import Coins
from society_sim.errors import ScenarioError
from society_sim.forms import Scores
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import coins, micro
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules import valuations
from society_sim.rules.combinatorial import Allocation, Bid, allocate
from society_sim.rules.market_text import told, valued
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def combinatorial_auction(
    society: Society, question: Question, *, pays: Literal["own", "vcg"] = "vcg", reserve: Coins = 0.0
) -> Doing[Outcome]:
    """Each writes down what it bids for each bundle of the things for sale; those bids win that bring most together.

    One bid of each member wins at most (an XOR bid), and a bid of 0 is none. The best allocation is found exactly.
    *pays*: winners pay their `own` bid, or, with `vcg`, what the others would have got in bids had the winner not been
    there, less what they get now; then nobody gains by another bid than its values. *reserve*, in coins: what each
    thing is worth to the seller, who keeps what others do not pay more for.

    A bidder is told what every bundle is worth to it, how many bid, how payments are made, and its purse, if it has
    one. What is paid goes to the treasury. A bid above the purse is declined, and the record says so; the member's
    other bids stand. Equally good allocations are settled by a fair lot. An abstention is no bid. The decision is the
    winner's name if all that is sold goes to one, and else nothing. Facts: `gets` (bundles by seat), `pays` by seat,
    `revenue`, `welfare` (what the bundles are worth to those who got them), `optimum` (the most that could be).
    `ScenarioError` if the question says nothing of bundles (task `bundles`), or for a reserve below 0.

    Source: Clarke (1971), Groves (1973); Rothkopf, Pekec and Harstad (1998) for the allocation; Nisan (2006) for the
    language of bids; Ausubel and Milgrom (2006) for what may go wrong.
    """
    if "bundles" not in question.facts:
        raise ScenarioError(f"mechanism 'combinatorial_auction': question {question.id!r} does not say what bundles "
                            "are worth to whom; use task bundles")  # fmt: skip
    things = question.facts["items"]
    worth = worths(society, question, "combinatorial_auction")
    names = valuations.bundles(things)
    purses = {seat: dealing.purse(society, seat) for seat in worth}
    facts = {"pricing": "vcg" if pays == "vcg" else "bundles", "bidders": len(worth), "reserve": reserve or None}
    most = 10 * question.facts["drawn"][1] * len(things)
    said = yield from society.ask_all(
        partial(_asked, question.text, worth, purses, facts), Scores(tuple(names), 0, most)
    )
    floor = micro(reserve)
    bids = []
    for seat, named in said.items():
        for name, offer in (named or {}).items():
            if micro(offer) > floor * len(names[name]):
                kept = dealing.covered(society, {seat: micro(offer)}, f"bid for {name}")[seat]
                bids += [] if kept is None else [(seat, name, kept)]
    lot = dealing.lot(society, question)
    sold = _allocate(bids, things, floor, pays, lot)
    paid = {seat: price + floor * len(sold.won[seat]) for seat, price in sold.pays.items()}
    society.apply(*dealing.transfers(society, paid, TREASURY, "sale"))
    got = {seat: valuations.named([thing for thing in things if thing in won]) for seat, won in sold.won.items()}
    welfare = sum(worth[seat][name] for seat, name in got.items())
    best = _allocate([(seat, *one) for seat, own in worth.items() for one in own.items()], things, floor, "own", lot)
    optimum = best.value + floor * sum(map(len, best.won.values()))
    found = {"gets": got, "pays": dealing.in_coins(paid), "revenue": coins(sum(paid.values())),
             "welfare": coins(welfare), "optimum": coins(optimum)}  # fmt: skip
    return Outcome(society.names[next(iter(got))] if len(got) == 1 else None, said, found)


def _allocate(
    bids: Sequence[tuple[int, str, int]], things: Sequence[str], floor: int, pays: str, lot: int
) -> Allocation[int]:
    """Who wins and pays what above the *floor*: the seller is a bidder as well, to whom each thing is worth that."""
    names = valuations.bundles(things)
    above = [Bid(seat, names[name], offer - floor * len(names[name])) for seat, name, offer in bids
             if offer > floor * len(names[name])]  # fmt: skip
    return allocate(above, things, pricing="bid" if pays == "own" else "vcg", lot=lot)


def worths(society: Society, question: Question, name: str) -> dict[int, dict[str, int]]:
    """What every bundle is worth to each who is present; `ScenarioError`, in the name of a mechanism, for too few."""
    facts: Mapping[str, Any] = question.facts["bundles"]
    things: Sequence[str] = question.facts["items"]
    size = len(society.members)
    if facts["how"] == "given" and len(facts["values"]) < size:
        raise ScenarioError(f"mechanism {name!r}: values of bundles for {len(facts['values'])} of {size} members; give "
                            "some for each")  # fmt: skip
    return {member.id: {name: micro(own) for name, own in valuations.drawn(facts, member.id, things).items()}
            for member in society.present}  # fmt: skip


def _asked(
    text: str, worth: Mapping[int, Mapping[str, int]], purses: Mapping[int, int | None], facts: Mapping[str, Any],
    me: View,
) -> str:  # fmt: skip
    purse = purses[me.id]
    known = told(text, **facts, purse=None if purse is None else coins(purse))
    own = valued({name: coins(value) for name, value in worth[me.id].items()})
    return f"{known}\n{own}\nWrite what you bid for each of them, 0 for none. Nobody else sees it."
