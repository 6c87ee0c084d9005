"""Orders a second through the order book, and trades a second with the market maker."""

from __future__ import annotations

import random

import numpy as np

from benchmarks.common import Row, cpu
from society_sim.rules.market_maker import Maker
from society_sim.rules.order_book import OrderBook
from society_sim.rules.prediction import trades
from society_sim.rules.sessions import zero_intelligence
from society_sim.rules.trading import belief_lmsr, kelly_lmsr


def order_book(quick: bool) -> list[Row]:
    """Five hundred traders, nine limit orders to one market order, prices around a middle; the same with cancels."""
    number = 2000 if quick else 200_000
    luck = random.Random(1)
    orders = []
    for place in range(number):
        side = luck.choice(("buy", "sell"))
        price = round(luck.gauss(997 if side == "buy" else 1003, 10))
        orders.append((place % 500, side, luck.randint(1, 10), None if luck.random() < 0.1 else price))
    rows = []
    book = OrderBook()
    with cpu() as spent:
        for order in orders:
            book.submit(*order)
        rows.append(Row(f"orders a second, {len(book):,} wait in the end", number / spent(), "1/s", ">= 200,000"))
    book = OrderBook()
    events = [event for order in orders for event in book.submit(*order)]
    with cpu() as spent:
        again = OrderBook.of(events)
        seconds = spent()
    assert again.orders() == book.orders()
    rows.append(Row("events a second, the book made again from them", len(events) / seconds, "1/s"))
    book = OrderBook()
    with cpu() as spent:
        for place, order in enumerate(orders):
            book.submit(*order)
            if place % 2:
                book.cancel(place * 7919 % (place + 1))
        seconds = spent()
    rows.append(Row("orders and cancels a second", 1.5 * number / seconds, "1/s", ">= 200,000"))
    with cpu() as spent:
        step = 1 if quick else 20
        for _ in range(0, number, step * 100):
            book.depth("buy", 5), book.mid
        rows.append(Row("five levels of depth", spent() / len(range(0, number, step * 100)) * 1e6, "us"))
    return rows


def lmsr(quick: bool) -> list[Row]:
    """Beliefs of fifty traders in many markets at once; trades one by one in whole micro-units; and the policies."""
    markets = 100 if quick else 20_000
    rows = []
    for options in (2, 4):
        beliefs = np.random.default_rng(1).dirichlet(np.ones(options), (markets, 50)) * 0.99 + 0.01 / options
        with cpu() as spent:
            trades(beliefs, b=100)
            rows.append(Row(f"trades a second, {options} options, {markets:,} markets at once", markets * 50 / spent(),
                            "1/s", ">= 500,000"))  # fmt: skip
    number = 500 if quick else 50_000
    luck = random.Random(1)
    amounts = [(luck.randrange(10**6), luck.randrange(10**6)) for _ in range(number)]
    maker = Maker.of(2, liquidity=10**8)
    with cpu() as spent:
        for bought in amounts:
            maker.charge(bought)
            maker = maker.after(bought)
        rows.append(Row("trades a second in micro-units, one by one", number / spent(), "1/s", ">= 50,000"))
    chances = [luck.uniform(0.01, 0.99) for _ in range(number)]
    maker = Maker.of(2, liquidity=10**8)
    with cpu() as spent:
        for chance in chances:
            bought = maker.affordable(belief_lmsr(maker.prices, (chance, 1 - chance), 10**8, 10**7), 10**7)
            maker.charge(bought)
            maker = maker.after(bought)
        rows.append(Row("the same, each to a belief within a purse", number / spent(), "1/s", ">= 50,000"))
    with cpu() as spent:
        for chance in chances[: number // 10]:
            kelly_lmsr((0.5, 0.5), (chance, 1 - chance), 100.0, 50.0)
        rows.append(Row("Kelly bets a second", number / 10 / spent(), "1/s"))
    sessions = 10 if quick else 400
    values = 150 - 8 * np.arange(12)
    with cpu() as spent:
        zero_intelligence(values, 200 - values, highest=200, sessions=sessions, rng=np.random.default_rng(1))
        rows.append(Row(f"quotes a second, {sessions} sessions at once", sessions * 3000 / spent(), "1/s"))
    return rows
