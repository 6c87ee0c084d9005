"""How good the prices of markets and pooled forecasts are, and who gains by them: from the facts of outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from society_sim.measures.reading import settled, share
from society_sim.registry import measure
from society_sim.scoring import judged
from society_sim.statistics.calibration import calibration
from society_sim.store import only
from society_sim.values import Record


@measure
def price_calibration(record: Record, *, bins: int = 10) -> float:
    """Expected calibration error, 0 to 1, of the final prices (or pooled chances) of all options.

    The mean distance, over *bins* of equal width, of the mean price from the share of options with such a price that
    are right (Naeini et al. 2015). Only questions with a known answer, and with prices, count; not a number without.

    >>> price_calibration([{"kind": "outcome", "gold": "A", "prices": {"A": 0.75, "B": 0.25}}])
    0.25
    """
    pairs = [(price, judged(option, gold)) for prices, gold in _priced(record) for option, price in prices.items()]
    if not pairs:
        return float("nan")
    said, came = zip(*pairs, strict=True)
    return calibration(said, came, bins=bins).ece


@measure
def price_brier(record: Record) -> float:
    """Mean Brier score of the final prices: the squared distance from what was right, over all options of a question.

    From 0, sure and right, to 2, sure and wrong (Brier 1950); an answer that has no price counts as priced 0.

    >>> price_brier([{"kind": "outcome", "gold": "A", "prices": {"A": 0.8, "B": 0.2}}])
    0.08
    """
    known, total = 0, 0.0
    for prices, gold in _priced(record):
        right = sum(price for option, price in prices.items() if judged(option, gold))
        known += 1
        total += sum(price * price for price in prices.values()) + 1 - 2 * right
    return round(share(total, known), 12)


@measure
def trader_profit(record: Record) -> float:
    """What members gain, in coins per question, all together: what they get for what is right, less what they paid.

    On paper and with money alike; what the market maker loses. Where none of the options is right, all is paid back.

    >>> trader_profit([{"kind": "outcome", "gold": "A", "pays": {"0": 5.0}, "holdings": {"0": {"A": 8.0}}}])
    3.0
    """
    gains = list(_gains(record))
    return share(sum(sum(own.values()) for own in gains), len(gains))


@measure
def profit_by_skill(record: Record) -> float:
    """Rank correlation (Spearman), from -1 to 1, of members' profit with the accuracy of their first answers.

    Whether a market moves money to those who know. Not a number if all profit alike, or all are equally accurate.
    """
    profit: dict[int, float] = defaultdict(float)
    for own in _gains(record):
        for seat, gain in own.items():
            profit[seat] += gain
    right: dict[int, list[bool]] = defaultdict(list)
    for question in settled(record):
        if question.gold is not None:
            for seat, said in question.first.items():
                right[seat].append(question.right(said.choice))
    seats = sorted(right)
    skills = [share(sum(right[seat]), len(right[seat])) for seat in seats]
    return _spearman(skills, [profit[seat] for seat in seats])


def _priced(record: Record) -> Iterator[tuple[Mapping[str, float], Any]]:
    for entry in only(record, "outcome"):
        if "gold" in entry and entry.get("prices"):
            yield entry["prices"], entry["gold"]


def _gains(record: Record) -> Iterator[dict[int, float]]:
    """What each seat gained in each question whose answer is known, where something could be gained."""
    for entry in only(record, "outcome"):
        if "gold" in entry and "holdings" in entry:
            void = bool(entry.get("prices")) and not any(judged(option, entry["gold"]) for option in entry["prices"])
            gained = {}
            for seat, own in entry["holdings"].items():
                got = sum(amount for option, amount in own.items() if judged(option, entry["gold"]))
                gained[int(seat)] = 0.0 if void else got - entry["pays"].get(seat, 0.0)
            yield gained


def _spearman(first: list[float], second: list[float]) -> float:
    from scipy.stats import rankdata

    one, other = (rankdata(values) - (len(values) + 1) / 2 for values in (first, second))
    spread = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / spread if spread else float("nan")
