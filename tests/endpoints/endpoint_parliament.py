"""Forming governments: values that lead somewhere, where uniform ones would hardly ever agree.

A party invites its nearest until they are a majority, asks for a policy close to its own place, mostly supports, and
votes for the governments that it is in. All of it is read from the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from endpoint_hints import Blank

_START = "A government is to be formed: "
_MAJORITY = re.compile(r"^The house has \d+ seats; (\d+) are a majority\.$", re.MULTILINE)
_PARTY = re.compile(r"^- (.+?) \(.*\): (\d+) seats?; (.+); [^;]+$", re.MULTILINE)
_PLACE = re.compile(r"(\w+) (\d+(?:\.\d+)?)")
_ME = re.compile(r"^You (?:lead|are) (.+?)(?: \(.*?\) in the forming|, and you have been|\. )", re.MULTILINE)
_BILL = re.compile(r"^The government before the house: (.+?); prime minister", re.MULTILINE)
_ANSWERS = {"support": 80, "refine": 8, "compromise": 8, "oppose": 4}  # per cent


@dataclass(frozen=True, slots=True)
class Scene:
    """The house as one party sees it: *parties* -> (seats, places), and the government that is voted on, if any."""

    me: str
    majority: int
    parties: Mapping[str, tuple[int, Mapping[str, float]]]
    bill: tuple[str, ...]


def scene(system: str, text: str) -> Scene | None:
    """The scene that a prompt sets, or `None` if it is about something else."""
    majority = _MAJORITY.search(text) if text.startswith(_START) else None
    if majority is None:
        return None
    parties = {
        name: (int(seats), {scale: float(place) for scale, place in _PLACE.findall(places)})
        for name, seats, places in _PARTY.findall(text)
    }
    me, bill = _ME.search(system) or _ME.search(text), _BILL.search(text)
    return Scene(me[1] if me else "", int(majority[1]), parties, tuple(bill[1].split(", ")) if bill else ())


def negotiated(seen: Scene, blank: Blank, luck: Random) -> str | None:
    """What the party puts in *blank*; `None` for blanks that are not about the government."""
    own = seen.parties.get(seen.me, (0, {}))[1]
    if blank.kind == "approval":
        return ", ".join(_partners(seen, blank.options, luck)) or "none"
    if blank.kind == "number" and blank.high - blank.low == 10:
        place = own.get(blank.tag.lower(), 5.0) + luck.uniform(-1, 1)
        return f"{min(blank.high, max(blank.low, round(place, 1))):g}"
    options = set(blank.options)
    if options == {"propose", "give up"}:
        return "propose" if luck.random() < 0.95 else "give up"
    if options == set(_ANSWERS):
        return luck.choices(list(_ANSWERS), list(_ANSWERS.values()))[0]
    if options == {"yes", "no", "abstain"}:
        return "yes" if seen.me in seen.bill else "no" if luck.random() < 0.7 else "abstain"
    return None


def _partners(seen: Scene, others: tuple[str, ...], luck: Random) -> list[str]:
    """The nearest of *others*, as many as a majority needs."""
    seats, own = seen.parties.get(seen.me, (0, {}))
    far = {name: _distance(own, seen.parties.get(name, (0, {}))[1]) + luck.random() for name in others}
    chosen: list[str] = []
    for name in sorted(others, key=far.__getitem__):
        if seats >= seen.majority:
            break
        chosen.append(name)
        seats += seen.parties.get(name, (0, {}))[0]
    return chosen


def _distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    both = one.keys() & other.keys()
    return sum(abs(one[scale] - other[scale]) for scale in sorted(both)) / len(both) if both else 5.0
