"""Numbers and verdicts as a reader wants them: no digits that mean nothing, and nothing claimed that is not known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from society_sim.readable import clean
from society_sim.reporting.page import Cell
from society_sim.streams import normal

POWER = 0.8
"""What a design is asked for: to see what is there four times out of five."""


def shown(text: Any, longest: int = 4000) -> str:
    """*text* as it may stand on a page: no control or direction characters, and bounded.

    >>> shown("\\x1b[31mred\\x1b[0m \\u202eevil"), shown("x" * 9, 5)
    ('red evil', 'xxxx…')
    """
    return clean(text, longest)


def number(value: float, signed: bool = False) -> str:
    """A number with the digits that are worth reading; a true minus.

    >>> number(0.92416), number(-0.0783, signed=True), number(408.52), number(123248.0), number(9.0), number(1e-7)
    ('0.924', '−0.078', '408.5', '123,248', '9', '1e−07')
    """
    if math.isnan(value):
        return "–"
    plus = "+" if signed and value > 0 else ""
    if math.isinf(value):
        return f"{plus}∞" if value > 0 else "−∞"
    size = abs(value)
    if (float(value).is_integer() and not signed) or size >= 1000:
        told = f"{value:,.0f}"
    elif size >= 10:
        told = f"{value:.1f}"
    elif size >= 0.0005 or size == 0:
        told = f"{value:.3f}"
    else:
        told = f"{value:.1g}" if not signed else f"{value:.3f}"
    if signed and float(told.replace(",", "")) == 0:
        return told.lstrip("-")
    return plus + told.replace("-", "−")


def share(value: float) -> str:
    """A share with three digits, a whole one too.

    >>> share(1.0), share(0.61666)
    ('1.000', '0.617')
    """
    return "–" if math.isnan(value) else f"{value:.3f}".replace("-", "−")


def between(low: float, high: float, signed: bool = False, shares: bool = False) -> str:
    """An interval.

    >>> between(-0.0975, -0.0592, signed=True)
    '[−0.098, −0.059]'
    """
    told = [share(end) if shares and math.isfinite(end) else number(end, signed) for end in (low, high)]
    return f"[{told[0]}, {told[1]}]"


def p(value: float) -> str:
    """A p value.

    >>> p(3e-15), p(0.0431), p(1.0)
    ('< 0.001', '0.043', '1.000')
    """
    return "–" if math.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"


def percent(value: float) -> str:
    """A share in per cent.

    >>> percent(0.0), percent(0.0123)
    ('0 %', '1.2 %')
    """
    return "–" if math.isnan(value) else "0 %" if value == 0 else f"{100 * value:.1f} %"


def count(many: int, thing: str, things: str = "") -> str:
    """So many things.

    >>> count(1, "seed"), count(1200, "question")
    ('1 seed', '1,200 questions')
    """
    return f"{many:,} {thing if many == 1 else things or thing + 's'}"


def seeds(known: Sequence[int]) -> str:
    """Which seeds.

    >>> seeds([0, 1, 2, 3]), seeds([7]), seeds([1, 4])
    ('seeds 0 to 3', 'seed 7', 'seeds 1, 4')
    """
    ordered = sorted(set(known))
    if not ordered:
        return "no seed"
    if len(ordered) == 1:
        return f"seed {ordered[0]}"
    if ordered[-1] - ordered[0] == len(ordered) - 1 and len(ordered) > 2:
        return f"seeds {ordered[0]} to {ordered[-1]}"
    return f"seeds {', '.join(map(str, ordered))}"


def standard_error(row: Mapping[str, Any]) -> float:
    """The standard error of a difference, from the width of its interval: it has the clusters in it."""
    z = -normal((1 - row["level"]) / 2)
    return float((row["high"] - row["low"]) / (2 * z))


def detectable(row: Mapping[str, Any], alpha: float) -> float:
    """The smallest true difference that this design sees with the probability `POWER`."""
    return (-normal(alpha / 2) + normal(POWER)) * standard_error(row)


def more(row: Mapping[str, Any], have: int, alpha: float, target: float) -> int | None:
    """How many more than *have* it takes until a true difference of *target* is seen; `None` if nobody can say."""
    seen = detectable(row, alpha)
    if not (math.isfinite(seen) and seen > 0 and target > 0):
        return None
    return max(1, math.ceil(have * (seen / target) ** 2 - 1e-9) - have)


def verdict(row: Mapping[str, Any], *, seeds: int, margin: float | None, alpha: float, family: int = 1) -> str:
    """What a comparison says, in words; where it says nothing, what it would take.

    *family*: with how many comparisons it shares *alpha*; what is planned is planned for the strictest of them.

    >>> row = {"pairs": 900, "difference": -0.02, "low": -0.05, "high": 0.01, "level": 0.95, "p_holm": 0.2,
    ...        "verdict": "no difference shown", "unit": "question", "units": 900}
    >>> verdict(row, seeds=3, margin=None, alpha=0.05)
    'undecided: about 11 more seeds would be needed to see a difference of this size'
    >>> verdict(row | {"verdict": "equivalent within 0.01"}, seeds=3, margin=0.01, alpha=0.05)
    'no difference larger than 0.01 is left'
    """
    said = str(row["verdict"])
    if not row["pairs"]:
        return "nothing to compare"
    if said in ("higher", "lower"):
        small = margin is not None and max(abs(row["low"]), abs(row["high"])) < margin
        return f"{said}, but by less than {margin:g}" if small else said
    if said.startswith("equivalent") and margin is not None:
        return f"no difference larger than {margin:g} is left"
    if row["difference"] == 0 and row["low"] == row["high"]:
        return "no difference in any pair"
    thing, have = ("question", int(row["units"])) if row["unit"] == "question over seeds" else ("seed", seeds)
    least = more(row, have, alpha / family, abs(row["difference"]))
    if least is None:
        return "undecided: too few seeds for an interval"
    if margin is not None and abs(row["difference"]) < margin:
        alike = (-normal(alpha) - normal((1 - POWER) / 2)) * standard_error(row)
        even = max(1, math.ceil(have * (alike / margin) ** 2) - have)
        return (f"undecided: about {count(even, f'more {thing}')} would be needed to show that no difference larger "
                f"than {margin:g} is left")  # fmt: skip
    return f"undecided: about {count(least, f'more {thing}')} would be needed to see a difference of this size"


def cell(value: Any, told: str) -> Cell:
    """A cell that shows *value* as *told*."""
    return Cell(told, "" if value is None else repr(value) if isinstance(value, float) else str(value))
