"""What a run may spend and what it has spent: never more than its caps, under any concurrency.

Before a call the worst that it may cost is reserved; afterwards what it did cost is settled in its place. A call that
does not fit waits for others to be settled, and when nothing is left to be settled the ledger is exhausted. Money is in
whole micro-dollars, and all that is reserved in whole numbers: only those come back to exactly nothing.

>>> ledger = Ledger(Cost(100, 1000, 10))
>>> first, second = ledger.reserve(Cost(60)), ledger.reserve(Cost(60))
>>> first.done(), second.done()
(True, False)
>>> ledger.settle(Cost(60), Cost(20))
>>> second.done(), ledger.spent
(True, Cost(micro_usd=20, tokens=0, calls=0))
"""

from __future__ import annotations

import math
import threading
from collections import deque
from concurrent.futures import Future
from typing import NamedTuple

from society_sim.errors import OutOfBudget, ScenarioError


class Cost(NamedTuple):
    """Money, tokens (read and written) and requests together."""

    micro_usd: float = 0
    tokens: float = 0
    calls: float = 0

    def plus(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(self[0] + other[0], self[1] + other[1], self[2] + other[2])

    def minus(self, other: Cost) -> Cost:
        """What is left of it without *other*."""
        return Cost(self[0] - other[0], self[1] - other[1], self[2] - other[2])

    def least(self, other: Cost) -> Cost:
        """The smaller of each."""
        return Cost(min(self[0], other[0]), min(self[1], other[1]), min(self[2], other[2]))

    def within(self, cap: Cost) -> bool:
        """Whether there is of nothing more than *cap* has."""
        return self[0] <= cap[0] and self[1] <= cap[1] and self[2] <= cap[2]

    def told(self, like: Cost | None = None) -> str:
        """In words: what there is of it, or of those things that *like* bounds.

        >>> Cost(1_500_000, 12_000, 3).told(), Cost(250, 9, 1).told(Cost(1_000_000, math.inf, math.inf))
        ('$1.50, 12,000 tokens, 3 calls', '$0.0003')
        """
        words = (money(self[0]), f"{self[1]:,} tokens", "1 call" if self[2] == 1 else f"{self[2]:,} calls")
        bounds = (True,) * 3 if like is None else (bound < math.inf for bound in like)
        return ", ".join(word for word, bounded in zip(words, bounds, strict=True) if bounded)


def money(micro_usd: float) -> str:
    """Micro-dollars in dollars.

    >>> money(74_337), money(12), money(0), money(12_000_000)
    ('$0.0743', '$0.000012', '$0', '$12.00')
    """
    if not micro_usd:
        return "$0"
    return f"${micro_usd / 1e6:,.{2 if micro_usd >= 1e6 else 4 if micro_usd >= 100 else 6}f}"


def whole(usd: float) -> int:
    """*usd* dollars in whole micro-dollars, rounded down; what is only a fault of floats is no part of one.

    >>> whole(0.000249), int(0.000249 * 1_000_000), whole(0.0000019)
    (249, 248, 1)
    """
    return math.floor(round(usd * 1_000_000, 6))


def allowed(usd: float) -> int:
    """A budget of *usd* dollars in whole micro-dollars; `ScenarioError` if that is no amount that could be spent."""
    if not 0 < usd < math.inf:
        raise ScenarioError(f"a budget is a number of dollars above 0, not {usd}")
    if not whole(usd):
        raise ScenarioError(f"a budget is at least 0.000001 dollars, not {usd}")
    return whole(usd)


UNLIMITED = Cost(math.inf, math.inf, math.inf)
NOTHING = Cost()
_GRANTED: Future[None] = Future()
_GRANTED.set_result(None)


class Ledger:
    """The account of one run. All methods may be called from any thread.

    `spent` is what is settled; `doubtful` what calls may have cost that broke off after they were sent: nobody knows,
    so it counts as spent where the cap is concerned. The cap is what the *budget* allows and, from `foresee` on, no
    more than what was foreseen.
    """

    def __init__(self, budget: Cost = UNLIMITED, *, spent: Cost = NOTHING, doubtful: Cost = NOTHING) -> None:
        self.cap = self.budget = budget
        self.spent, self.doubtful = spent, doubtful
        self.reserved = NOTHING
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Cost, Future[None]]] = deque()

    def foresee(self, most: Cost) -> None:
        """Take no more than *most* from now on, even if the budget would allow it."""
        self.cap = self.budget.least(most.plus(self.spent).plus(self.doubtful))

    def reserve(self, worst: Cost) -> Future[None]:
        """Set *worst* aside. The future is done as soon as it is; it gives `OutOfBudget` if it never can be."""
        with self._lock:
            if not self._waiting and self._fits(worst):
                self.reserved = self.reserved.plus(worst)
                return _GRANTED
            future: Future[None] = Future()
            self._waiting.append((worst, future))
            granted, broke = self._look()
        self._tell(granted, broke)
        return future

    def settle(self, worst: Cost, real: Cost = NOTHING, *, doubtful: bool = False) -> None:
        """Give back the *worst* that was reserved and book the *real* cost; all of the worst, if it is *doubtful*."""
        with self._lock:
            self.reserved = self.reserved.minus(worst)
            if doubtful:
                self.doubtful = self.doubtful.plus(worst)
            else:
                self.spent = self.spent.plus(real)
            if not self._waiting:
                return
            granted, broke = self._look()
        self._tell(granted, broke)

    @property
    def left(self) -> Cost:
        """What may still be reserved."""
        return self.cap.minus(self.spent).minus(self.doubtful).minus(self.reserved)

    def _fits(self, worst: Cost) -> bool:
        return self.spent.plus(self.doubtful).plus(self.reserved).plus(worst).within(self.cap)

    def _look(self) -> tuple[list[Future[None]], list[tuple[Cost, Future[None]]]]:
        """Those who wait and can go now, first come first served; and those who never can."""
        granted: list[Future[None]] = []
        while self._waiting and (self._waiting[0][1].cancelled() or self._fits(self._waiting[0][0])):
            worst, future = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                self.reserved = self.reserved.plus(worst)
                granted.append(future)
        if not self._waiting or self.reserved != NOTHING:
            return granted, []
        broke = [(worst, future) for worst, future in self._waiting if future.set_running_or_notify_cancel()]
        self._waiting.clear()
        return granted, broke

    def _tell(self, granted: list[Future[None]], broke: list[tuple[Cost, Future[None]]]) -> None:
        for future in granted:
            future.set_result(None)
        for worst, future in broke:
            future.set_exception(self._exhausted(worst))

    def _exhausted(self, worst: Cost) -> OutOfBudget:
        gone = self.spent.plus(self.doubtful)
        short = tuple(have + need > cap for have, need, cap in zip(gone, worst, self.cap, strict=True))
        theirs = any(lacks and own == cap for lacks, own, cap in zip(short, self.budget, self.cap, strict=True))
        what = "the budget" if theirs else "what the run was to take at most"
        of = tuple(name for name, lacks in zip(("usd", "tokens", "calls"), short, strict=True) if lacks)
        told = "calls" in of or worst != Cost(calls=1)  # some models cannot say what a call may take
        more = f", and the next call may take {_of(worst, short)}" if told else ""
        return OutOfBudget(f"{what} ({_of(self.cap, short)}) is used up: {_of(gone, short)} gone{more}",
                           of if theirs else ())  # fmt: skip


def _of(cost: Cost, which: tuple[bool, ...]) -> str:
    """Those parts of *cost*, in words."""
    return cost.told(Cost(*(0 if wanted else math.inf for wanted in which)))
