"""What mechanisms log of deals: offers and trades, prices called, work given out, answers sold."""

from __future__ import annotations

from typing import Any, TypeGuard

from society_viz import floor
from society_viz.film import SOLD
from society_viz.reading import Entry
from society_viz.stage import Stage
from society_viz.words import listed, number, spoken


def amount(value: Any) -> TypeGuard[float]:
    """Whether *value* is an amount that can be told."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12


def market(stage: Stage, entry: Entry) -> bool:
    """A market with a book opens."""
    stage.table.floor = floor.opened(entry, stage.t)
    return stage.table.floor is not None


def book(stage: Stage, entry: Entry) -> bool:
    """An offer comes or goes, or two of them meet."""
    if stage.table.floor is None or not stage.table.floor.tick:
        return False
    trader, buyer, seller = (stage.seat(entry.get(key)) for key in ("trader", "buyer", "seller"))
    if not floor.told(stage.table.floor, (trader, buyer, seller), entry, stage.t):
        return False
    moment = stage.moment
    moment.dealt = moment.dealt or stage.table.floor.news.any
    if buyer is not None and seller is not None and buyer != seller:
        moment.flows.add((seller, buyer, SOLD))
        moment.active.update((buyer, seller))
    elif trader is not None and entry.get("event") == "accepted":
        moment.active.add(trader)
    return True


def trade(stage: Stage, entry: Entry) -> bool:
    """Somebody trades in a prediction market."""
    after = floor.moved(stage.table.floor, entry, stage.table.begun, stage.t)
    seat = stage.seat(entry.get("member"))
    if after is None or seat is None:
        return False
    stage.table.floor, bought = after, entry.get("bought")
    stage.moment.active.add(seat)
    stage.moment.told = True
    shares = spoken(bought, 60) if isinstance(bought, dict) else "some"
    dearest = sorted(((points[-1][1], name) for name, points in after.lines.items()), key=lambda one: -one[0])
    now = ", ".join(f"{name} {round(100 * price)} %" for price, name in dearest[:3])
    stage.moment.tell(f"{stage.name(seat)} buys shares ({shares}) for {spoken(entry.get('cost'), 20)}. Prices: {now}")
    return True


def clock(stage: Stage, entry: Entry) -> bool:
    """A price is called: who takes it."""
    took = entry.get("took")
    if not isinstance(took, list) or not amount(entry.get("price")):
        return False
    seats = stage.seats(took)
    stage.moment.active.update(seats)
    if stage.table.floor is None:
        stage.table.floor = floor.Floor(began=stage.table.begun, title="Price called")
    stage.table.floor.draw("price", stage.t, float(entry["price"]))
    stage.table.floor.now = stage.t
    few = len(seats) <= 3
    who = listed(stage.called(seats)) if few else f"{len(seats):,} members"
    takes = f"{who} {'takes' if len(seats) == 1 else 'take'} it" if seats else "nobody takes it"
    stage.moment.tell(f"The clock stands at {number(entry['price'])}: {takes}")
    return True


def award(stage: Stage, entry: Entry) -> bool:
    """Work, or a question, is given to whoever made the best offer."""
    seat, job, sure = stage.seat(entry.get("member")), entry.get("job"), entry.get("sure")
    if seat is None or not (amount(entry.get("price")) or amount(sure)):
        return False
    stage.moment.active.add(seat)
    if amount(sure):
        stage.table.won[seat] = ["is asked"]
        stage.moment.tell(f"The question is given to {stage.name(seat)}, who is {number(sure)} % sure")
        return True
    what = f"job {job + 1}" if isinstance(job, int) and 0 <= job < 10**6 else "the work"
    stage.table.won.setdefault(seat, []).append(what)
    stage.table.awarded = True
    costs = f" (its cost: {number(entry['cost'])})" if amount(entry.get("cost")) else ""
    given = f"{what[:1].upper()}{what[1:]} is given to {stage.name(seat)}"
    stage.moment.tell(f"{given} for {number(entry['price'])}{costs}")
    return True


def sale(stage: Stage, entry: Entry) -> bool:
    """An answer is sold."""
    buyer, seller = stage.seat(entry.get("buyer")), stage.seat(entry.get("seller"))
    if buyer is None or seller is None or buyer == seller or not amount(entry.get("price")):
        return False
    stage.moment.flows.add((seller, buyer, SOLD))
    stage.moment.active.update((buyer, seller))
    stage.moment.tell(f"{stage.name(buyer)} buys the answer of {stage.name(seller)} for {number(entry['price'])}")
    return True
