"""Markets beside the society: offers that stand, prices over time, and records that make no sense."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
import samples
from society_viz import animate, quotes
from society_viz.film import SOLD, Film
from society_viz.geometry import offer
from society_viz.legends import line_rows
from society_viz.story import tell

Entry = dict[str, Any]


def film(entries: list[Entry]) -> Film:
    return tell(lambda: iter(entries), 60)


def event(t: float, what: str, **facts: Any) -> Entry:
    return {"t": t, "kind": "book", "about": "s", "event": what, **facts}


def session(*events: Entry, **market: Any) -> list[Entry]:
    start = samples.opening("floor", ["Ann", "Bob", "Cy", "Di"], samples.everyone(4))
    opens = {"t": 0, "kind": "market", "about": "s", "good": "good", "tick": 0.5, "lowest": 0, "highest": 400,
             "competitive": {"quantity": 2, "low": 49, "high": 51}, **market}  # fmt: skip
    return samples.closing([
        *start, {"t": 0, "kind": "question", "about": "s", "text": "Trade."}, opens, *events,
        {"t": 9, "kind": "outcome", "about": "s", "decision": 45.0},
    ])  # fmt: skip


TRADES = [
    event(1, "accepted", order=0, trader=0, side="buy", price=90, quantity=2),
    event(2, "accepted", order=1, trader=1, side="sell", price=110, quantity=1),
    event(3, "refused", trader=2, rule="purse", why="2 can pay 5, and bids 40"),
    event(4, "accepted", order=2, trader=3, side="sell", price=90, quantity=1),
    event(4, "traded", buyer=0, seller=3, price=90, quantity=1, buy=0, sell=2, taker="sell"),
    event(5, "expired", order=1, trader=1, side="sell", price=110, quantity=1),
    event(6, "cancelled", order=0, trader=0, side="buy", price=90, quantity=1, why="closed"),
]


def test_the_book_stands_beside_the_society_as_it_was_at_each_moment() -> None:
    shown = film(session(*TRADES))
    at = {beat.t: beat for beat in shown.beats}
    assert (at[2.0].bids, at[2.0].asks) == (((45.0, 2),), ((55.0, 1),))
    assert (at[4.0].bids, at[4.0].asks) == (((45.0, 1),), ((55.0, 1),))
    assert at[6.0 if 6.0 in at else 9.0].bids == at[9.0].asks == ()
    poll = next(poll for poll in shown.polls if poll.chart)
    chart = poll.chart
    assert chart and chart.book and chart.points == (((4.0, 45.0),),) and chart.band == (49.0, 51.0)
    assert at[4.0].flows == ((3, 0, SOLD),)
    words = "\n".join(line for beat in shown.beats for line in beat.lines)
    for told in ("Ann bids 45.", "Bob asks 55.", "Ann buys from Di at 45.", "1 offer lapsed.",
                 "An offer of Cy is refused: 2 can pay 5, and bids 40."):  # fmt: skip
        assert told in words
    drawn = quotes.plot(chart)
    assert quotes.now(poll, drawn, at[2.0]).seen == (0,)
    assert [bar[3] for bar in quotes.now(poll, drawn, at[4.0]).bars] == [False, True]
    for y, left, wide, _ in quotes.now(poll, drawn, at[4.0]).bars:
        assert 0 <= y <= quotes.HIGH and 0 <= left < left + wide <= quotes.WIDE


def test_prices_of_a_prediction_market_are_lines_from_equal_ones_on() -> None:
    start = samples.opening("market", ["Ann", "Bob"], samples.everyone(2))
    entries = samples.closing([
        *start, {"t": 0, "kind": "question", "about": "q", "text": "Which?", "options": ["A", "B"]},
        samples.answer(1, "q", 0, {"answer": "A", "price": 80.0}),
        {"t": 1, "kind": "trade", "about": "q", "member": 0, "cost": 3.5, "bought": {"A": 5.0},
         "prices": {"A": 0.8, "B": 0.2}},
        {"t": 2, "kind": "outcome", "about": "q", "decision": "A"},
    ])  # fmt: skip
    chart = film(entries).polls[-1].chart
    assert chart and chart.names == ("A", "B") and not chart.book
    assert chart.points == (((0.0, 0.5), (1.0, 0.8)), ((0.0, 0.5), (1.0, 0.2)))


@pytest.mark.slow
@pytest.mark.parametrize("odd", [
    session(*TRADES, tick="much"), session(*TRADES, tick=float("1e300")), session(*TRADES, competitive=[1, 2]),
    session(event(1, "accepted", order=[1], trader=0, side="buy", price=1e200, quantity=-3)),
    session(event(1, "traded", buyer=0, seller=77, price=None)), session(event(1, ["x"], trader={"a": 1})),
    session(*[event(1, "accepted", order=at, trader=at % 4, side="buy", price=at, quantity=1) for at in range(300)]),
    session(*[event(at, "traded", buyer=0, seller=1, price=7, quantity=1) for at in range(3000)]),
    session({"t": 1, "kind": "trade", "about": "s", "member": 0, "prices": {"A": "x", "B": 7}}),
])  # fmt: skip
@pytest.mark.parametrize("ending", ["html"])
def test_a_market_that_makes_no_sense_is_shown_as_far_as_it_does(odd: list[Entry], ending: str, tmp_path: Path) -> None:
    page = animate(samples.write(odd, tmp_path / "run"), tmp_path / f"film.{ending}").read_text()
    payload = re.search(r'id="film">(.*?)</script>', page, re.DOTALL)
    assert payload and orjson.loads(payload.group(1))["beats"]


@pytest.mark.slow
def test_pictures_have_the_chart(tmp_path: Path) -> None:
    run = samples.write(session(*TRADES), tmp_path / "run")
    with_chart = animate(run, tmp_path / "a.gif", seconds=3, dpi=50).read_bytes()
    plain = [entry for entry in session(*TRADES) if entry["kind"] not in ("book", "market")]
    without = animate(samples.write(plain, tmp_path / "plain"), tmp_path / "b.gif", seconds=3, dpi=50).read_bytes()
    assert with_chart != without


def test_clocks_awards_and_sales_are_told_in_words() -> None:
    start = samples.opening("market", ["Ann", "Bob", "Cy", "Di", "Eve"], samples.everyone(5))
    entries = samples.closing([
        *start, {"t": 0, "kind": "question", "about": "q", "text": "Who?"},
        {"t": 1, "kind": "clock", "about": "q", "price": 5.0, "took": [0, 1, 2, 3]},
        {"t": 2, "kind": "clock", "about": "q", "price": 10.0, "took": [1, 3]},
        {"t": 3, "kind": "clock", "about": "q", "price": 15.0, "took": []},
        {"t": 4, "kind": "award", "about": "q", "job": 0, "member": 1, "price": 2.5, "cost": 2.0},
        {"t": 5, "kind": "award", "about": "q", "member": 3, "sure": 90},
        {"t": 6, "kind": "sale", "about": "q", "buyer": 0, "seller": 2, "price": 3.0, "round": 1},
        {"t": 7, "kind": "outcome", "about": "q", "decision": "Bob", "pays": {"1": 10.0}, "earned": {}},
    ])  # fmt: skip
    shown = film(entries)
    words = [line for beat in shown.beats for line in beat.lines]
    for told in ("The clock stands at 5: 4 members take it.", "The clock stands at 10: Bob and Di take it.",
                 "The clock stands at 15: nobody takes it.", "Job 1 is given to Bob for 2.5 (its cost: 2).",
                 "The question is given to Di, who is 90 % sure.", "Ann buys the answer of Cy for 3.",
                 "pays: Bob 10."):  # fmt: skip
        assert told in words
    assert not any(line.startswith(("Clock", "Award", "Sale")) for line in words)
    assert next(beat for beat in shown.beats if beat.t == 6).flows == ((2, 0, SOLD),)


def test_offers_have_a_mark_of_their_own(tmp_path: Path) -> None:
    """Upwards to buy, downwards to sell, on whoever offers, in the moment in which it does."""
    entries = session(event(2, "accepted", order=1, trader=0, side="buy", price=90, quantity=1),
                      event(3, "accepted", order=2, trader=1, side="sell", price=110, quantity=1))  # fmt: skip
    shown = film(entries)
    assert [beat.offers for beat in shown.beats if beat.offers] == [((0, False),), ((1, True),)]
    assert ("offers", "offers to buy, to sell") in line_rows(shown)
    assert {shown.polls[beat.poll].heading for beat in shown.beats if beat.offers} == {"Last offers"}
    up, down = (offer(shown.forms[0].places[0], sells) for sells in (False, True))
    assert up[2][1] < up[0][1] and down[2][1] > down[0][1]


CALL = [
    *(event(1, "accepted", order=at, trader=at % 2, side="buy", price=price, quantity=1)
      for at, price in enumerate((120, 100, 80))),
    *(event(1, "accepted", order=9 + at, trader=2 + at % 2, side="sell", price=price, quantity=2)
      for at, price in enumerate((70, 110))),
    event(1, "traded", buyer=0, seller=2, price=90, quantity=1, buy=0, sell=9, taker="call"),
    event(1, "traded", buyer=1, seller=2, price=90, quantity=1, buy=1, sell=9, taker="call"),
    event(1, "cancelled", order=2, trader=0, side="buy", price=80, quantity=1, why="called"),
    event(1, "cancelled", order=10, trader=3, side="sell", price=110, quantity=2, why="called"),
]  # fmt: skip


def test_a_call_is_drawn_as_supply_and_demand_that_cross_where_it_clears(tmp_path: Path) -> None:
    record = session(*CALL)
    shown = film(record)
    poll = next(poll for poll in shown.polls if poll.chart)
    chart = poll.chart
    assert chart is not None and chart.call and chart.names == ("bids", "asks", "price")
    bids, asks, paid = chart.points
    assert (bids[-1][0], asks[-1][0]) == (3, 4)  # units offered on each side
    traded = sum(entry.get("event") == "traded" for entry in record)

    def at(steps: tuple[tuple[float, float], ...], unit: float) -> float:
        return next(price for x, price in steps if x > unit)

    assert all(at(bids, unit) >= at(asks, unit) for unit in range(traded))
    assert at(bids, traded) < at(asks, traded)
    assert at(asks, traded - 1) <= paid[0][1] == 45.0 <= at(bids, traded - 1)
    drawn = quotes.plot(chart)
    before, then = ([beat for beat in shown.beats if shown.polls[beat.poll] is poll and (beat.t >= 1) is later]
                    for later in (False, True))  # fmt: skip
    assert before and all(not any(quotes.now(poll, drawn, beat).seen) for beat in before)
    assert then and all(quotes.now(poll, drawn, beat).seen == (6, 4, 2) for beat in then)
    for (x, y), (u, v) in zip(drawn.lines[0], drawn.lines[0][1:], strict=False):
        assert x == u or y == v  # steps
    folder = samples.write(record, tmp_path / "run")
    text = animate(folder, tmp_path / "it.html").read_text()
    assert "Supply and demand" in text


def test_a_clock_shows_the_prices_that_it_called() -> None:
    ticks = [{"t": t, "kind": "clock", "about": "s", "price": 10.0 * t, "took": [0, 1]} for t in range(1, 6)]
    start = samples.opening("clock", ["Ann", "Bob"], samples.everyone(2))
    shown = film(samples.closing([*start, {"t": 0, "kind": "question", "about": "s", "text": "Sale."}, *ticks,
                                  {"t": 6, "kind": "outcome", "about": "s", "decision": "Ann"}]))  # fmt: skip
    chart = shown.polls[-1].chart
    assert chart is not None and chart.title == "Price called"
    assert [price for _, price in chart.points[0]] == [10.0, 20.0, 30.0, 40.0, 50.0]
