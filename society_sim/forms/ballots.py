"""Forms that weigh several options: rankings, approvals, scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from society_sim.forms.plain import Choice, Number
from society_sim.forms.reading import WRAPPING, Tagged


def _without(options: tuple[str, ...], marks: str) -> tuple[str, ...]:
    """*options*, none of which has one of the *marks* that stand between options in an answer."""
    if any(mark in option for option in options for mark in marks):
        raise ValueError(f"options that are listed in one line may not contain {' or '.join(marks)}: {options!r}")
    return options


@dataclass(frozen=True)
class Ranking(Tagged):
    """All of *options*, best first: `B > A > C`; with *partial* at least one of them.

    >>> Ranking(("A", "B", "C")).parse("ANSWER: B > A > C")
    ('B', 'A', 'C')
    """

    options: tuple[str, ...]
    partial: bool = False

    def __init__(self, options: Any, partial: bool = False) -> None:
        object.__setattr__(self, "options", _without(Choice(options).options, ">,"))
        object.__setattr__(self, "partial", partial)

    def ask(self) -> str:
        return f"{'some or ' if self.partial else ''}all of {' | '.join(self.options)}, best first, as X > Y > Z"

    def read(self, raw: str) -> tuple[str, ...]:
        one = Choice(self.options)
        ranked = tuple(one.read(part.strip()) for part in raw.split(">" if ">" in raw else ","))
        if (len(ranked) != len(self.options) and not self.partial) or len(set(ranked)) != len(ranked):
            often = "at most once" if self.partial else "once"
            raise ValueError(f"a ranking names each of {', '.join(self.options)} {often}")
        return ranked


@dataclass(frozen=True)
class Approval(Tagged):
    """Any of *options*, or none: `A, C`.

    >>> Approval(("A", "B", "C")).parse("ANSWER: none")
    ()
    """

    options: tuple[str, ...]

    def __init__(self, options: Any) -> None:
        object.__setattr__(self, "options", _without(Choice(options).options, ","))

    def ask(self) -> str:
        return f"those you approve of {' | '.join(self.options)}, with commas between, or none"

    def read(self, raw: str) -> tuple[str, ...]:
        one = Choice(self.options)
        if raw.strip() == "[]" or (raw.strip(WRAPPING).casefold() == "none" and "none" not in one._known):
            return ()
        chosen = {one.read(part.strip()) for part in raw.split(",")}
        return tuple(option for option in self.options if option in chosen)


@dataclass(frozen=True)
class Scores(Tagged):
    """A number from *low* to *high* for each of *options*: `A = 7, B = 3`.

    With a *credit* the numbers are votes, of which v cost v squared; a ballot that spends more cannot be read.

    >>> Scores(("A", "B"), 0, 10).parse("ANSWER: A = 7, B = 2.5")
    {'A': 7.0, 'B': 2.5}
    >>> Scores(("A", "B"), -10, 10, credit=100).parse("ANSWER: A = 8, B = -7")
    Traceback (most recent call last):
        ...
    ValueError: these votes cost 113 of a credit of 100
    """

    options: tuple[str, ...]
    low: float
    high: float
    credit: float | None = None

    def __init__(self, options: Any, low: float, high: float, credit: float | None = None) -> None:
        Number(low, high)
        if credit is not None and not credit >= 0:
            raise ValueError(f"a credit is a number from 0, not {credit}")
        for name, value in (("options", _without(Choice(options).options, "=,:")), ("low", low), ("high", high),
                            ("credit", credit)):  # fmt: skip
            object.__setattr__(self, name, value)

    def ask(self) -> str:
        shape = f"for each of {' | '.join(self.options)}, as X = 1, Y = 0"
        if self.credit is not None:
            return (f"votes {shape}: from {self.low:.15g} (against) to {self.high:.15g} (for); n votes cost n times n, "
                    f"and all together at most {self.credit:.15g}")  # fmt: skip
        return f"a number from {self.low:.15g} to {self.high:.15g} {shape}"

    def read(self, raw: str) -> dict[str, float]:
        one, number = Choice(self.options), Number(self.low, self.high)
        found: dict[str, float] = {}
        for part in raw.strip().rstrip(".").split(","):
            name, sign, value = part.partition("=" if "=" in part else ":")
            option = one.read(name.strip())
            if not sign or option in found:
                raise ValueError(f"{part.strip()[:60]!r} is no score, or one too many")
            found[option] = number.read(value.strip())
        if len(found) < len(self.options):
            raise ValueError(f"each of {', '.join(self.options)} needs a number")
        spent = sum(value * value for value in found.values())
        if self.credit is not None and spent > self.credit * (1 + 1e-9):
            raise ValueError(f"these votes cost {spent:g} of a credit of {self.credit:g}")
        return {option: found[option] for option in self.options}
