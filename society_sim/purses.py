"""Allowances: what each member, and each community, may take, spent in the order in which questions were put.

Who gets the last of a purse must not depend on which answer came first. So a question is let through when it would fit
even if all that were put before it cost their most, refused when it would not fit even if they cost nothing, and
waits for some of them to be settled in between. Nothing waits for what was put later, so nobody waits for ever.

>>> purse = Purse(Cost(100, 1000, 10))
>>> first, second = purse.put(), purse.put()
>>> purse.verdict(second, Cost(60, 10, 1)) is None  # the first may still cost anything
True
>>> purse.expect(first, Cost(60, 10, 1))
>>> purse.verdict(second, Cost(60, 10, 1)) is None  # 60 and 60 would be too much, 60 alone would not
True
>>> purse.settle(first, Cost(30, 8, 1))
>>> purse.verdict(second, Cost(60, 10, 1))
True
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping

from society_sim.ledger import NOTHING, UNLIMITED, Cost

SOMETHING = Cost(1, 1, 1)
"""The least that a question takes whose model cannot say what it may cost: it may overdraw a purse, once."""


class Purse:
    """One cap, and the questions that draw on it; each has a ticket in the order in which it was put."""

    def __init__(self, cap: Cost) -> None:
        self._cap = cap
        self._spent = NOTHING  # by the questions before all those below
        self._open: dict[int, tuple[Cost, Cost]] = {}  # the least and the most that each costs, in order
        self._most, self._unknown = NOTHING, 0  # of those below: all together, and how many could cost anything
        self._next = 0

    def put(self) -> int:
        """A ticket for a question that is being put."""
        ticket = self._next
        self._next += 1
        self._open[ticket] = (NOTHING, UNLIMITED)
        self._unknown += 1
        return ticket

    def verdict(self, ticket: int, worst: Cost) -> bool | None:
        """Whether a question that costs *worst* at most is let through; `None` if that cannot be said yet."""
        if self._unknown == 1 and self._spent.plus(self._most).plus(worst).within(self._cap):
            return True  # with all the others, also those put later: no need to look which these are
        least = most = self._spent
        for other, (low, high) in self._open.items():
            if other == ticket:
                break
            least, most = least.plus(low), most.plus(high)
        if most.plus(worst).within(self._cap):
            return True
        return None if least.plus(worst).within(self._cap) else False

    def expect(self, ticket: int, worst: Cost) -> None:
        """The question is on its way and costs *worst* at most."""
        self._know(ticket, NOTHING, worst)

    def settle(self, ticket: int, cost: Cost) -> None:
        """The question has cost *cost*."""
        self._know(ticket, cost, cost)
        while self._open:
            first = next(iter(self._open))
            low, high = self._open[first]
            if low != high:
                return
            self._spent, self._most = self._spent.plus(low), self._most.minus(_debt(low))
            del self._open[first]

    def shift(self, cost: Cost) -> None:
        """Take *cost* out, or put in what it has below zero, before whatever is put from now on.

        What was put before is judged as if nothing had happened, however late its verdict falls.
        """
        if not self._open:
            self._spent = self._spent.plus(cost)
            return
        self._open[self._next] = (cost, cost)
        self._next += 1
        self._most = self._most.plus(_debt(cost))

    @property
    def surely(self) -> Cost | None:
        """What is left of it if everything that was put costs its most; `None` as long as that could be anything."""
        return None if self._unknown else self._cap.minus(self._spent).minus(self._most)

    def _know(self, ticket: int, low: Cost, high: Cost) -> None:
        _, before = self._open[ticket]
        for cost, sign in ((before, -1), (high, 1)):
            if cost == UNLIMITED:
                self._unknown += sign
            else:
                self._most = self._most.plus(cost) if sign > 0 else self._most.minus(cost)
        self._open[ticket] = (low, high)


def _debt(cost: Cost) -> Cost:
    """*cost*, but nothing where it is below zero: what comes in is not counted on by those put before it."""
    return cost if min(cost) >= 0 else Cost(*(max(0, part) for part in cost))


Tickets = tuple[tuple[Purse, int], ...]


class Purses:
    """The purses of all members and communities of a society, made as they are needed.

    *allowance* has what a `member` and a `community` may take, and what an `account` of tokens begins with, which is a
    member's as well, but can be added to and drawn on.
    """

    def __init__(self, allowance: Mapping[str, Cost], community_of: Callable[[int], Hashable]) -> None:
        self._allowance, self._community_of = allowance, community_of
        self._purses: dict[tuple[str, Hashable], Purse] = {}

    def put(self, member: int) -> Tickets:
        """The tickets of a question that is being put to *member*; on the clock's thread."""
        whose: Iterable[tuple[str, Hashable]] = (("member", member), ("account", member),
                                                 ("community", self._community_of(member)))  # fmt: skip
        return tuple((purse, purse.put()) for kind, owner in whose if kind in self._allowance and owner is not None
                     for purse in [self._purse(kind, owner)])  # fmt: skip

    def account(self, member: int) -> Purse:
        """The account of *member*."""
        return self._purse("account", member)

    def _purse(self, kind: str, owner: Hashable) -> Purse:
        purse = self._purses.get((kind, owner))
        if purse is None:
            purse = self._purses[kind, owner] = Purse(self._allowance[kind])
        return purse


def verdict(tickets: Tickets, worst: Cost | None) -> bool | None:
    """What all the purses together say; one refusal is enough. *worst* is `None` if the model cannot say it."""
    said = [purse.verdict(ticket, worst or SOMETHING) for purse, ticket in tickets]
    if False in said:
        return False
    if None in said:
        return None
    for purse, ticket in tickets:
        purse.expect(ticket, worst or UNLIMITED)
    return True


def settle(tickets: Tickets, cost: Cost) -> None:
    """Draw *cost* from all the purses."""
    for purse, ticket in tickets:
        purse.settle(ticket, cost)
