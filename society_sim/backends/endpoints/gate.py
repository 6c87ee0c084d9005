"""The gate before an endpoint: how many calls are on their way, how many go in a minute, and who is next.

It waits rather than fails. Three things bound what goes out:

- limits that were given: calls at once, requests and tokens in any 60 seconds;
- a window that adapts: a refusal for load (429, 503) shrinks it by the recent share of refusals, at most by half and
  once for each window's worth of calls; every success widens it by its part of a step (additive increase,
  multiplicative decrease: Chiu and Jain 1989; by the share of marks: DCTCP, Alizadeh et al. 2010);
- a breaker: after `REFUSALS` refusals or `FAULTS` faults in a row it lets one call at a time through to try, after a
  pause that doubles (or that the endpoint named). An endpoint that refused everything for `REFUSED` seconds, was down
  for `DOWN`, or for `NEVER` if it never answered anything, is given up: who waits is sent away, until a trial succeeds.

Those who wait go in turn by member, so that nobody's many questions hold up another's one. Everything here belongs to
the loop's thread.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from society_sim.backends.endpoints.faults import Fault

REFUSALS, FAULTS = 3, 10
PAUSE, LONGEST_PAUSE = 0.25, 30.0
"""The first pause of the breaker and the longest, in seconds."""
REFUSED, DOWN, NEVER = 300.0, 60.0, 5.0
LONGEST_RETRY_AFTER = 300.0
"""Seconds that an endpoint may ask for; a call that should wait longer has failed."""
_MINUTE = 60.0
_MEMORY = 1 / 16  # of the share of refusals, per result
_STEPS, _STRIDE = 64, 8  # windows' worth of successes back to the top; the most that a window grows by is its eighth


@dataclass(frozen=True, slots=True)
class Limits:
    """What an endpoint takes: calls at once, requests and tokens a minute. All may be infinite."""

    concurrency: float = math.inf
    rpm: float = math.inf
    tpm: float = math.inf

    def strictest(self, other: Limits) -> Limits:
        """The smaller of each."""
        return Limits(min(self.concurrency, other.concurrency), min(self.rpm, other.rpm), min(self.tpm, other.tpm))


@dataclass(slots=True)
class Pass:
    """Leave to send one request. *number* counts them; *sent* is when, and *tokens* how many it may take."""

    number: int
    sent: float
    tokens: float


class Gate:
    """The gate before one endpoint."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        """*clock* gives seconds; it is the loop's."""
        self.limits, self._clock = limits, clock
        self.out = 0
        """Requests that are on their way."""
        self._window = limits.concurrency
        self._top = 1.0  # the most that ever were on their way
        self._share = 1.0  # of refusals, lately
        self._number = self._mark = 0  # requests so far; the first one since the window last shrank
        self._refusals = self._faults = 0  # in a row
        self._answered = False
        self._since: float | None = None  # when the breaker tripped
        self._pause, self._shut_at, self._shut_until = PAUSE, 0.0, 0.0
        self._why: Fault | None = None
        self._recent: deque[Pass] = deque()  # the passes of the last minute
        self._tokens = 0.0
        self._waiting: OrderedDict[int, deque[tuple[float, asyncio.Future[Pass]]]] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def tighten(self, limits: Limits) -> None:
        """Keep to *limits* as well."""
        self.limits = self.limits.strictest(limits)
        self._window = min(self._window, self.limits.concurrency)

    @property
    def waiting(self) -> int:
        """How many requests wait to be let through."""
        return sum(len(line) for line in self._waiting.values())

    @property
    def state(self) -> str:
        """What holds those back who wait, in a few words; nothing if nothing does."""
        if self._since is not None and self._why is not None:
            pause = max(0.0, self._shut_until - self._clock())
            return f"{self._why.reason}, next try in {pause:.0f} s" if pause else f"{self._why.reason}, trying"
        if not self._waiting:
            return ""
        if self.out >= self._window:
            return f"{self._window:.0f} calls at once" + (" for now" if self._window < self.limits.concurrency else "")
        return "limit per minute"

    async def enter(self, member: int, tokens: float) -> Pass:
        """Wait for leave to send a request of *member* that may take *tokens*; `Fault` if the endpoint is given up."""
        if not self._waiting and self._delay(tokens) == 0:
            return self._let_through(tokens)
        if self._given_up and self._why is not None:
            raise self._why.again()
        future: asyncio.Future[Pass] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(member, deque()).append((tokens, future))
        self._admit()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.cancelled()
            raise

    def cancelled(self) -> None:
        """A request that was let through is not being sent, or was broken off."""
        self.out -= 1
        self._admit()

    def succeeded(self, leave: Pass, tokens: float) -> None:
        """A request was answered; it took *tokens*."""
        self.out -= 1
        self._settle(leave, tokens)
        self._share -= self._share * _MEMORY
        self._alive()
        if self._window < self.limits.concurrency:
            step = min(max(1.0, self._top / _STEPS), max(1.0, self._window / _STRIDE))
            self._window = min(self._window + step / self._window, self.limits.concurrency)
        if self._waiting:
            self._admit()

    def failed(self, leave: Pass, fault: Fault) -> None:
        """A request brought *fault*."""
        self.out -= 1
        self._settle(leave, 0 if fault.refused else leave.tokens)
        if fault.refused:
            self._answered = True
            self._share += (1 - self._share) * _MEMORY
            self._refusals += 1
            if leave.number >= self._mark:
                self._window = max(1.0, min(self._window, self.out + 1.0) * (1 - self._share / 2))
                self._mark = self._number
        elif fault.down:
            self._faults += 1
        else:  # an answer of sorts: somebody is there
            self._alive()
        tripped = self._refusals >= REFUSALS or self._faults >= FAULTS
        if (tripped and self._since is None) or (self._since is not None and leave.sent > self._shut_at):
            self._shut(fault)
        self._admit()

    def _alive(self) -> None:
        self._answered = True
        self._refusals = self._faults = 0
        self._since = self._why = None
        self._pause, self._shut_until = PAUSE, 0.0

    def _shut(self, fault: Fault) -> None:
        """Let nobody through for a while, and then one at a time; send everybody away if it has been too long."""
        now = self._shut_at = self._clock()
        after = fault.after or 0.0
        if self._since is None:
            self._since = now
            if fault.refused:  # several in a row: it takes far less than it was sent
                self._window = max(1.0, self._window / _STRIDE)
        self._why = fault
        named = fault.refused and fault.after is not None  # it says itself when to come back
        self._shut_until = now + (min(after, LONGEST_RETRY_AFTER) if named else max(self._pause, after))
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if after > LONGEST_RETRY_AFTER:
            self._since = -math.inf
        if self._given_up:
            for line in self._waiting.values():
                for _, future in line:
                    if not future.done():
                        future.set_exception(fault.again())
            self._waiting.clear()

    @property
    def _given_up(self) -> bool:
        """Whether it has been shut for so long that nobody waits any more; one may still try when a pause is over."""
        if self._since is None or self._why is None:
            return False
        patience = REFUSED if self._why.refused else DOWN if self._answered else NEVER
        return self._shut_at - self._since >= patience and self._clock() < self._shut_until

    def _delay(self, tokens: float) -> float:
        """Seconds until a request that may take *tokens* can go; infinite if another must come back first."""
        now = self._clock()
        if self.out + 1 > (1.0 if self._since is not None else max(1.0, self._window)):
            return math.inf
        if now < self._shut_until:
            return self._shut_until - now
        if self.limits.rpm == self.limits.tpm == math.inf:
            return 0.0
        recent = self._recent
        while recent and recent[0].sent <= now - _MINUTE:
            self._tokens -= recent.popleft().tokens
        gone, left, tokens_left = 0.0, len(recent), self._tokens
        for leave in recent:  # how long until enough of the last minute has gone by
            if left < self.limits.rpm and tokens_left + tokens <= self.limits.tpm:
                break
            gone, left, tokens_left = leave.sent + _MINUTE - now, left - 1, tokens_left - leave.tokens
        return gone

    def _let_through(self, tokens: float) -> Pass:
        leave = Pass(self._number, self._clock(), tokens)
        self._number += 1
        self.out += 1
        self._top = max(self._top, self.out)
        if self.limits.rpm != math.inf or self.limits.tpm != math.inf:
            self._recent.append(leave)
            self._tokens += tokens
        return leave

    def _settle(self, leave: Pass, tokens: float) -> None:
        """What it took in truth counts for the minute, where it is still within it."""
        if self._recent and leave.sent >= self._recent[0].sent:
            self._tokens += tokens - leave.tokens
            leave.tokens = tokens

    def _admit(self) -> None:
        """Let through whoever can go, in turn by member."""
        while self._waiting:
            member, line = next(iter(self._waiting.items()))
            while line and line[0][1].done():
                line.popleft()
            if not line:
                del self._waiting[member]
                continue
            tokens, future = line[0]
            delay = self._delay(tokens)
            if delay:
                self._look_again(delay)
                return
            line.popleft()
            self._waiting.move_to_end(member)
            future.set_result(self._let_through(tokens))

    def _look_again(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if delay < math.inf:
            self._timer = asyncio.get_running_loop().call_later(delay + 0.001, self._admit)
