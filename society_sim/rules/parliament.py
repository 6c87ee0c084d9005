"""A parliament as frozen values: parties with seats and places on policy scales, and how a government takes office.

Scales are the four of ParlGov (Döring and Manow), means of expert surveys from 0 to 10. A place nobody has measured is
`None`: it takes no part in any distance, and nothing is put in its stead.

>>> spd = Party("SPD", 206, places(left_right=3.6, state_market=3.8))
>>> spd.places
(3.6, 3.8, None, None)
>>> Parliament((spd, Party("CDU/CSU", 197)), 403).majority
202
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from society_sim.errors import ScenarioError, nearest

SCALES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "left_right": ("left", "right"),
    "state_market": ("state", "market"),
    "liberty_authority": ("liberty", "authority"),
    "eu_anti_pro": ("against the European Union", "for it"),
})  # fmt: skip
"""Name of a scale -> what 0 and what 10 stand for."""
WIDTH = 10.0
"""How long each scale is."""
ROLES = ("prime minister", "government", "opposition")
"""What a party was in the outgoing government: its head, a member of it, or outside of it."""

Places = tuple[float | None, ...]
"""One place per scale, in the order of `SCALES`; `None` where it is not known."""


@dataclass(frozen=True, slots=True)
class Party:
    """What is publicly known of a party. *role* is one of `ROLES`: its part in the outgoing government."""

    name: str
    seats: int
    places: Places = (None,) * len(SCALES)
    title: str = ""
    role: str = "opposition"


@dataclass(frozen=True, slots=True)
class Parliament:
    """Parties in order of seats in the society, the size of the *house*, and the ballots by which it invests."""

    parties: tuple[Party, ...]
    house: int
    investiture: tuple[str, ...] = ("absolute",)
    name: str = "parliament"

    @property
    def majority(self) -> int:
        """The least number of seats that is more than half of the house."""
        return self.house // 2 + 1

    @property
    def seats(self) -> tuple[int, ...]:
        """The seats of each party."""
        return tuple(party.seats for party in self.parties)

    def names(self, members: Iterable[int]) -> list[str]:
        """The names of *members* (indices of parties), sorted."""
        return sorted(self.parties[member].name for member in members)


def places(**known: float | None) -> Places:
    """Places on the scales by name; what is left out is unknown. `ScenarioError` for a bad scale or place."""
    for name, place in known.items():
        if name not in SCALES:
            raise ScenarioError(f"no scale {name!r}; {nearest(name, SCALES)}")
        if place is not None and not 0 <= place <= WIDTH:
            raise ScenarioError(f"{name} is a place from 0 to {WIDTH:g}, not {place!r}")
    return tuple(known.get(name) for name in SCALES)


def centre(parties: Sequence[Party]) -> Places:
    """The mean place of *parties* on each scale, weighted by seats, over those whose place is known.

    Where a coalition's policy is expected to lie when portfolios go by seats (Gamson 1961; Laver and Schofield 1990).

    >>> centre([Party("A", 3, places(left_right=2)), Party("B", 1, places(left_right=6))])[0]
    3.0
    """
    found: list[float | None] = []
    for scale in range(len(SCALES)):
        known = [(party.seats, place) for party in parties if (place := party.places[scale]) is not None]
        weight = sum(seats for seats, _ in known)
        found.append(sum(seats * place for seats, place in known) / weight if weight else None)
    return tuple(found)


def filled(found: Places, instead: Places) -> Places:
    """*found*, and where it is unknown the place in *instead*."""
    return tuple(other if at is None else at for at, other in zip(found, instead, strict=True))


def between(start: Places, end: Places, part: float) -> Places:
    """The point *part* of the way from *start* to *end*; unknown where either is.

    >>> between(places(left_right=2), places(left_right=6), 0.25)
    (3.0, None, None, None)
    """
    return tuple(None if a is None or b is None else a + part * (b - a) for a, b in zip(start, end, strict=True))


def progress(start: Places, end: Places, at: Places) -> float:
    """How much of the way from *start* to *end* the point *at* has come, 0 to 1; 1 if there is no way to go.

    >>> progress(places(left_right=2), places(left_right=6), places(left_right=3))
    0.25
    """
    whole = along = 0.0
    for a, b, c in zip(start, end, at, strict=True):
        if a is not None and b is not None and c is not None:
            whole += (b - a) ** 2
            along += (c - a) * (b - a)
    return min(1.0, max(0.0, along / whole)) if whole else 1.0


def loss(own: Places, weights: Sequence[float], policy: Places) -> float:
    """How far *policy* is from *own*, squared, in units of the scales' length, weighted: 0 is here, 1 the far end.

    Scales on which either is unknown are left out, and the weights of the rest are taken to sum to 1; with none left
    the party is indifferent (0).

    >>> loss(places(left_right=2), (1, 1, 1, 1), places(left_right=7, state_market=5))
    0.25
    """
    both = [(weight, ((place - at) / WIDTH) ** 2) for place, at, weight in zip(own, policy, weights, strict=True)
            if place is not None and at is not None]  # fmt: skip
    whole = sum(weight for weight, _ in both)
    return sum(weight * squared for weight, squared in both) / whole if whole else 0.0


def utility(own: Places, weights: Sequence[float], policy: Places, share: float, office: float) -> float:
    """What *policy* and a *share* of the portfolios are worth to a party: 1 - loss + office * share.

    Quadratic loss over issues with saliences, plus office (Laver and Schofield 1990; Sened 1996). *office* is the worth
    of holding every portfolio, where ideal policy is worth 1.
    """
    return 1 - loss(own, weights, policy) + office * share
