"""Members told apart by name, where somebody names one of them."""

from __future__ import annotations

from society_sim.errors import ScenarioError
from society_sim.society import Society


def by_name(society: Society, mechanism: str, *others: str) -> dict[str, int]:
    """The seat of each name; *others* are what may be said in place of a name.

    `ScenarioError` in the name of *mechanism*, before anybody is asked, if names differ from one another or from
    *others* in no more than case.
    """
    seats: dict[str, int] = {}
    known = {other.casefold(): "what is said for none of them" for other in others}
    for seat, name in enumerate(society.names):
        said = name.strip().casefold()
        if said in known:
            raise ScenarioError(f"mechanism {mechanism!r}: members are told apart by name, and the name {name!r} of "
                                f"seat {seat} is {known[said]}; call it otherwise")  # fmt: skip
        known[said] = f"that of seat {seat} as well"
        seats[name] = seat
    return seats
