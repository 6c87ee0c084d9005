"""Who is there: members leave, and others take their seats."""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

M = TypeVar("M")


class Presence(Generic[M]):
    """Which of *members* are there, by seat.

    >>> presence = Presence("abc")
    >>> presence.leave(1)
    >>> presence.here(), list(presence.seats)
    (['a', 'c'], [0, 2])
    >>> since = presence.joins
    >>> presence.join(1)
    >>> presence.here(), presence.here(since)
    (['a', 'b', 'c'], ['a', 'c'])
    """

    def __init__(self, members: Sequence[M]) -> None:
        self._members = members
        self._left: dict[int, None] = {}
        self._joined: dict[int, int] = {}  # the number of the last time that somebody sat down there
        self.joins = 0
        """How often somebody has sat down since the beginning."""
        self._here: list[M] | None = list(members)
        self._seats: Collection[int] | None = range(len(members))

    @property
    def left(self) -> AbstractSet[int]:
        """The seats that are vacant."""
        return self._left.keys()

    @property
    def seats(self) -> Collection[int]:
        """The seats that are taken, in order."""
        if self._seats is None:
            left = self._left
            self._seats = tuple([seat for seat in range(len(self._members)) if seat not in left])
        return self._seats

    def here(self, since: float = float("inf"), among: Container[int] | None = None) -> list[M]:
        """Who is there, in order of seats; without those who sat down after that many others had.

        *among*: only the seats in it.
        """
        if self._here is None:
            self._here = [self._members[seat] for seat in self.seats]
        if since >= self.joins and among is None:
            return self._here
        return [self._members[seat] for seat in self.seats
                if self._joined.get(seat, 0) <= since and (among is None or seat in among)]  # fmt: skip

    def leave(self, seat: int) -> None:
        """Its member leaves *seat*."""
        self._left[seat] = None
        self._here = self._seats = None

    def join(self, seat: int) -> None:
        """Somebody new sits down on *seat*."""
        self.joins += 1
        self._joined[seat] = self.joins
        if self._left.pop(seat, 0) is None:
            self._here = self._seats = None
