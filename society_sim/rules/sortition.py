"""Sortition: an electorate drawn by lot, as a whole or in proportion to groups."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from society_sim.rules.apportionment import largest_remainder
from society_sim.streams import uniforms


def sortition(
    members: Iterable[int], size: int, lot: int, group: Callable[[int], Hashable] | None = None
) -> list[int]:
    """*size* of *members*, all equally likely, drawn by the luck that *lot* names; in the order of *members*.

    With *group* each group gets seats in proportion to its members (largest remainder), and draws among its own
    (Stone 2011; Flanigan et al. 2021). A member's luck is its own: who else stands for the draw does not disturb it.

    >>> sortition(range(9), 3, lot=1)
    [0, 1, 3]
    >>> [seat // 3 for seat in sortition(range(9), 3, lot=1, group=lambda seat: seat // 3)]
    [0, 1, 2]
    """
    members = list(members)
    if not 0 <= size <= len(members):
        raise ValueError(f"{size} of {len(members)} cannot be drawn")
    luck = {member: uniforms(lot, "sortition", member)[0] for member in members}
    if group is None:
        chosen = set(sorted(members, key=luck.__getitem__)[:size])
        return [member for member in members if member in chosen]
    groups: dict[Hashable, list[int]] = {}
    for member in members:
        groups.setdefault(group(member), []).append(member)
    seats = largest_remainder({place: len(own) for place, own in enumerate(groups.values())}, size)
    chosen = set()
    for place, own in enumerate(groups.values()):
        chosen |= set(sorted(own, key=luck.__getitem__)[: seats[place]])
    return [member for member in members if member in chosen]
