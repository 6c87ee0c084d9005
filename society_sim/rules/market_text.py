"""What a market tells those who trade in it, in lines of one fact each, and the same read back from the text.

Rendering and reading stand side by side, so that a model that reads prompts (the synthetic one does) knows what a real
one is told and nothing else. Amounts are written in full (a `repr` and back): theory holds to the last digit. Prices
in per cent have six digits.

>>> text = told("A clock is sold.", worth=0.25, bidders=5, drawn=(0, 1), purse=12)
>>> print(text)
A clock is sold.
Bidders: 5
Each value is drawn evenly from: 0 to 1
Your value for it: 0.25
Your purse: 12
>>> facts = read(text)
>>> facts.worth, facts.bidders, facts.drawn, facts.cost is None
(0.25, 5, (0.0, 1.0), True)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

PRICING: Mapping[str, str] = MappingProxyType({
    "first": "The highest bid wins and pays what it bids.",
    "second": "The highest bid wins and pays the second highest bid.",
    "pay_as_bid": "The highest bids win one each, and each of them pays what it bids.",
    "uniform": "The highest bids win one each, and all of them pay the highest bid that does not win.",
    "english": "The price rises until only one bidder is left, who pays the price at which the last other one left.",
    "dutch": "The price falls until somebody takes it, who pays that price.",
    "bundles": "Those bids win that are worth most together, one of each bidder at most, and each winner pays its bid.",
    "vcg": "Those bids win that are worth most together, one of each bidder at most, and each winner pays what the "
           "others lose by its being there.",
    "pivot": "It is built if that is worth more than nothing to all together. Whoever turns the decision pays what the "
             "others lose by that.",
    "lowest": "The lowest bid gets the job, and is paid what it asks for.",
    "second_lowest": "The lowest bid gets the job, and is paid the second lowest bid.",
})  # fmt: skip
"""How each kind of auction is explained; `Known.pricing` is the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a prompt says of a market; `None` where it does not. Amounts are in coins.

    *worth*, *cost* and *need* are the member's own; *drawn* is the range that everybody's are drawn from, evenly.
    *bidders* and *claimants* are how many bid, or claim a part of a budget.
    *bid*, *ask* are the best offers that stand, *price* the one that is asked for now, *last* the last that was paid.
    *own* is the price that the member named before, *left* how many units it may still trade, *turns* how often anybody
    is still asked, and prices are whole multiples of *tick*. *liquidity* is the b of a market maker's logarithmic rule.
    A *right* answer is worth so much; the member's own is right with the probability *sure*, and what it can buy with
    the probability *better*.
    """

    pricing: str | None = None
    bidders: int | None = None
    claimants: int | None = None
    units: int | None = None
    reserve: float | None = None
    drawn: tuple[float, float] | None = None
    worth: float | None = None
    cost: float | None = None
    purse: float | None = None
    price: float | None = None
    bid: float | None = None
    ask: float | None = None
    last: float | None = None
    own: float | None = None
    left: int | None = None
    turns: int | None = None
    tick: float | None = None
    liquidity: float | None = None
    need: float | None = None
    right: float | None = None
    sure: float | None = None
    better: float | None = None


TAKES, LEAVES = "take", "leave"
"""What is answered to a price that is asked for now: it is good enough, or it is not."""
OWN = "\nYour "
"""What a prompt of a market has somewhere: the line on the member's own value or cost begins with it."""

_LABELS: Mapping[str, str] = MappingProxyType({
    "bidders": "Bidders",
    "claimants": "Claimants",
    "units": "Units for sale",
    "reserve": "Nothing is sold below",
    "drawn": "Each value is drawn evenly from",
    "worth": "Your value for it",
    "cost": "Your cost of it",
    "left": "Units that you may still trade",
    "own": "Your price before",
    "purse": "Your purse",
    "bid": "Best offer to buy",
    "ask": "Best offer to sell",
    "last": "Last price paid",
    "price": "The price now",
    "tick": "Prices are whole multiples of",
    "turns": "Turns that are left",
    "liquidity": "Liquidity of the market maker",
    "need": "Your need",
    "right": "A right answer is worth",
    "sure": "Your answer is right with probability",
    "better": "What is for sale is right with probability",
})  # fmt: skip
_FIELDS = {label: name for name, label in _LABELS.items()}
_LINE = re.compile(rf"^({'|'.join(map(re.escape, _FIELDS))}): (\S+)(?: to (\S+))?$", re.MULTILINE)
_SENTENCES = {sentence: name for name, sentence in PRICING.items()}


def told(text: str, **facts: Any) -> str:
    """*text* and below it what is given of `Known`'s *facts*, one line each; `None` is left out."""
    lines = [text]
    if (pricing := facts.get("pricing")) is not None:
        lines.append(PRICING[pricing])
    for name, label in _LABELS.items():
        fact = facts.get(name)
        if fact is not None:
            lines.append(f"{label}: {' to '.join(map(amount, fact)) if isinstance(fact, tuple) else amount(fact)}")
    return "\n".join(lines)


def amount(number: float) -> str:
    """A number in full, without a point where it is whole.

    >>> amount(12.0), amount(0.1 + 0.2)
    ('12', '0.30000000000000004')
    """
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(float(number))


@lru_cache(maxsize=4096)
def read(text: str) -> Known:
    """What *text* says; the last of several lines about the same thing counts. Takes linear time."""
    found: dict[str, Any] = {}
    for label, one, other in _LINE.findall(text):
        name = _FIELDS[label]
        try:
            found[name] = (float(one), float(other)) if name == "drawn" else float(one)
        except ValueError:
            continue
    for name in ("bidders", "claimants", "units", "left", "turns"):
        if name in found:
            found[name] = int(found[name])
    for line in text.split("\n"):
        if line in _SENTENCES:
            found["pricing"] = _SENTENCES[line]
    return Known(**found)


_VALUES = "Your values:"


def valued(values: Mapping[str, float]) -> str:
    """What each of several things, or bundles of things, is worth to the member, one to a line.

    >>> print(valued({"a": 5, "a + b": 12.5}))
    Your values:
    - a = 5
    - a + b = 12.5
    """
    return "\n".join([_VALUES, *(f"- {name} = {amount(value)}" for name, value in values.items())])


def read_values(text: str, options: Sequence[str]) -> list[float] | None:
    """What *text* says that each of *options* is worth; `None` if it does not say so of them all, in this order.

    >>> read_values(valued({"a": 5, "a + b": 12.5}), ["a", "a + b"])
    [5.0, 12.5]
    """
    return _listed(text, _VALUES, options)


_PRICES = "Prices now, in per cent:"


def quoted(prices: Mapping[str, float]) -> str:
    """The prices of a prediction market, 0 to 1 each, one option to a line, to six digits.

    >>> print(quoted({"A": 1 / 3, "B": 2 / 3}))
    Prices now, in per cent:
    - A = 33.3333
    - B = 66.6667
    """
    return "\n".join([_PRICES, *(f"- {option} = {100 * price:.6g}" for option, price in prices.items())])


def read_prices(text: str, options: Sequence[str]) -> list[float] | None:
    """The prices of *options* that *text* quotes last, 0 to 1 each; `None` if it does not quote them all.

    >>> read_prices(quoted({"A": 0.25, "B": 0.75}), ["A", "B"])
    [0.25, 0.75]
    """
    found = _listed(text, _PRICES, options)
    return None if found is None else [price / 100 for price in found]


def _listed(text: str, head: str, names: Sequence[str]) -> list[float] | None:
    """The numbers of *names* in the last list of *text* that stands under *head*."""
    _, there, after = text.rpartition(f"{head}\n")
    lines = after.split("\n", len(names)) if there else []
    if len(lines) < len(names):
        return None
    found = []
    for name, line in zip(names, lines, strict=False):
        own, _, number = line.rpartition(" = ")
        if own != f"- {name}":
            return None
        try:
            found.append(float(number))
        except ValueError:
            return None
    return found


NOBODY = "nobody"
"""The choice to buy from none of those who offer something."""


class Offer(NamedTuple):
    """What *name* offers at a *price*, and how many of how many answers of it were right so far."""

    name: str
    price: float
    right: int
    answered: int


_OFFER = re.compile(r"^- (.{1,200}): price (\S+), right in (\d+) of (\d+)$", re.MULTILINE)


def offered(offers: Sequence[Offer]) -> str:
    """What is offered by whom, one to a line.

    >>> print(offered([Offer("Ann", 2.5, 7, 9)]))
    For sale:
    - Ann: price 2.5, right in 7 of 9
    """
    return "\n".join(["For sale:", *(f"- {one.name}: price {amount(one.price)}, right in {one.right} of {one.answered}"
                                     for one in offers)])  # fmt: skip


def read_offers(text: str) -> list[Offer]:
    """The offers that *text* lists.

    >>> read_offers(offered([Offer("Ann", 2.5, 7, 9)]))
    [Offer(name='Ann', price=2.5, right=7, answered=9)]
    """
    found = []
    for name, price, right, answered in _OFFER.findall(text.rpartition("For sale:\n")[2]):
        try:
            found.append(Offer(name, float(price), int(right), int(answered)))
        except ValueError:
            continue
    return found
