"""How money moves in a society: checked, carried out, recorded; at once, or as soon as it is there."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from society_sim.accounts import MOST, TOKENS, TREASURY, USED, WORLD, Accounts, Owner, Refusal, community
from society_sim.changes import Allow, Denominate, Transfer
from society_sim.entries import transfer_line
from society_sim.errors import MoneyError, ScenarioError

if TYPE_CHECKING:
    from society_sim.desk import Desk
    from society_sim.money import Money
    from society_sim.promises import Promise
    from society_sim.society import Society


class Payment(simpy.Event):
    """Happens when *transfers* have been made; until then they wait for what their first source does not have.

    Its value is the simulated time at which they were made. `cancel` gives up waiting, as in a `with` block that is
    left before.
    """

    def __init__(
        self, env: simpy.Environment, transfers: tuple[Transfer, ...], given_up: Callable[[], object]
    ) -> None:
        super().__init__(env)
        self.transfers, self.given_up, self._tell = transfers, False, given_up

    def cancel(self) -> None:
        """Give up, if it has not happened: whoever waits after it may be next."""
        if not self.triggered and not self.given_up:
            self.given_up = True
            self._tell()

    def __enter__(self) -> Payment:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()


class Payments:
    """The money of one society: its accounts, what waits to be paid, and what of it the record is told."""

    def __init__(self, society: Society, communities: Callable[[], Sequence[Any]]) -> None:
        self._society = society
        self.accounts = Accounts(len(society.names), communities)
        self.accounts.watchers.append(self._wake)
        self._waiting: dict[tuple[str, Owner], deque[Payment]] = {}
        self._due: deque[tuple[str, Owner]] = deque()  # accounts that have got something, and for which somebody waits
        self._opening: Money | None = None

    # --- the beginning --------------------------------------------------------------------------------------------

    def begin(self, money: Money, traits: Sequence[Mapping[str, Any]], communities: Sequence[Any]) -> None:
        """Let everybody have what *money* says that it begins with."""
        accounts, unit = self.accounts, money.unit
        self._opening = money
        accounts.open(unit)
        given: dict[Owner, int] = {seat: _share(money, seat, own) for seat, own in enumerate(traits)}
        given |= {TREASURY: money.treasury, **{community(name): money.community for name in communities}}
        for seat in range(len(traits)) if money.credit else ():
            accounts.allow(seat, money.credit, unit)
        accounts.post(*(Transfer(WORLD, owner, amount, unit) for owner, amount in given.items() if amount))
        if money.tokens is not None:
            accounts.open(TOKENS, parts=1)
            accounts.post(*(Transfer(WORLD, seat, money.tokens, TOKENS) for seat in range(len(traits))))

    def introduce(self) -> None:
        """What there is, into the record: what the rest of it changes."""
        money, accounts = self._opening, self.accounts
        if money is None:
            return
        units = [money.unit] if money.tokens is None else [money.unit, TOKENS]
        usage = {} if money.tokens is None else {"usage": TOKENS}
        self._society.log("accounts", units={unit: accounts.units[unit] for unit in units},
                          balances={unit: _told(accounts.balances(unit)) for unit in units},
                          credit={unit: dict(lines) for unit in units if (lines := accounts.credit(unit))},
                          **usage)  # fmt: skip

    @property
    def unit(self) -> str | None:
        """What is paid in; `None` where nobody has any money."""
        return None if self._opening is None else self._opening.unit

    # --- paying ---------------------------------------------------------------------------------------------------

    def check(self, changes: Sequence[object]) -> None:
        """`MoneyError` if the transfers among *changes* could not be made one after the other."""
        refusal = self.accounts.refusal(changes)
        if refusal is not None:
            raise MoneyError(f"{_said(changes)}: {refusal.words}", refusal.rule)

    def make(self, transfer: Transfer) -> None:
        """Make one transfer, and let go on whoever waited for it."""
        refusal = self.accounts.post(transfer)
        if refusal is not None:
            raise MoneyError(f"{transfer}: {refusal.words}", refusal.rule)
        self._log(transfer)
        self._pay_those_who_wait()

    def pay(self, transfers: Sequence[Transfer]) -> bool:
        """Make all of *transfers* or none; the record has those made, or why they were not."""
        refusal = self.accounts.post(*transfers)
        for transfer in transfers:
            if refusal is None:
                self._log(transfer)
            else:
                self.decline(transfer, refusal)
        if refusal is None and self._due:
            self._pay_those_who_wait()
        return refusal is None

    def decline(self, transfer: Transfer, refusal: Refusal) -> None:
        """Put into the record that *transfer* was not made, and why."""
        said = {"source": _plain(transfer.source), "target": _plain(transfer.target), "unit": _plain(transfer.unit),
                "amount": _plain(transfer.amount)}  # fmt: skip
        why = {"why": str(transfer.why)} if transfer.why else {}
        self._society.log("declined", **said, rule=refusal.rule, **why)

    def later(self, transfers: tuple[Transfer, ...]) -> Payment:
        """Make *transfers* as soon as their first source can pay them all, after those who waited for it before."""
        if not transfers:
            raise MoneyError("a payment is one transfer or more", "whole")
        refusal = self.accounts.refusal(transfers)
        if refusal is not None and refusal.rule != "covered":
            raise MoneyError(f"{_said(transfers)}: {refusal.words}", refusal.rule)
        key = (transfers[0].unit, transfers[0].source)
        payment = Payment(self._society.env, transfers, partial(self.look, *key))
        self._waiting.setdefault(key, deque()).append(payment)
        self.look(*key)
        return payment

    def look(self, unit: str, owner: Owner) -> None:
        """See whether those who wait for *owner* to have enough can be paid by now."""
        self._due.append((unit, owner))
        self._pay_those_who_wait()

    def _log(self, transfer: Transfer) -> None:
        self._society.record.put_lines(transfer_line(self._society.env.now, transfer))

    def _wake(self, transfer: Transfer) -> None:
        if self._waiting and (key := (transfer.unit, transfer.target)) in self._waiting:
            self._due.append(key)

    def _pay_those_who_wait(self) -> None:
        """First come, first served, per account: whoever comes first holds up those after it, as in a `Container`."""
        while self._due:
            key = self._due.popleft()
            queue = self._waiting.get(key)
            while queue:
                payment = queue[0]
                if not payment.given_up:
                    if self.accounts.post(*payment.transfers) is not None:
                        break
                    for transfer in payment.transfers:
                        self._log(transfer)
                    payment.succeed(self._society.now)
                queue.popleft()
            if not queue:
                self._waiting.pop(key, None)


class Metered:
    """Tokens on accounts: what the answers take that were asked for is drawn from them, in the order of asking.

    Whether a member may still ask is seen by its purse, before the call; here is booked what the call took.
    """

    def __init__(self, accounts: Accounts, desk: Desk) -> None:
        self._accounts, self._desk = accounts, desk
        self._open: dict[int, deque[Promise]] = {}  # of each seat, what it was asked and has not paid

    def put(self, promise: Promise) -> None:
        """Its member will pay for *promise*."""
        queue = self._open.setdefault(promise.member.id, deque())
        queue.append(promise)
        self._book(promise.member.id)

    def settle(self, owner: Owner, amount: float) -> None:
        if type(owner) is not int:
            if owner == USED and amount == math.inf:
                self.book_all()
            return
        self._book(owner)
        if not self._open.get(owner):
            return
        left = self._desk.surely(owner)
        if left is None or left < amount:
            for promise in list(self._open[owner]):
                self._desk.wait(promise)
            self._book(owner)

    def moved(self, source: Owner, target: Owner, amount: int) -> None:
        if type(source) is int:
            self._desk.shift(source, amount)
        if type(target) is int:
            self._desk.shift(target, -amount)

    def book_all(self) -> None:
        """Wait for everything that was asked, and book it."""
        for owner in list(self._open):
            self.settle(owner, math.inf)

    def _book(self, owner: int) -> None:
        queue = self._open.get(owner)
        while queue and queue[0].done:
            self._accounts.use(owner, taken(queue.popleft()))


def taken(promise: Promise) -> int:
    """The tokens that *promise*, which is there, has taken."""
    answer = promise._answer
    return 0 if answer is None else answer.tokens_in + answer.tokens_out


def usage(promises: Iterable[Promise]) -> dict[int, int]:
    """The tokens that *promises*, which are there, have taken of each seat."""
    took: dict[int, int] = {}
    for promise in promises:
        took[promise.member.id] = took.get(promise.member.id, 0) + taken(promise)
    return took


def _transfer(society: Society, change: Transfer) -> None:
    society.payments.make(change)


def _denominate(society: Society, change: Denominate) -> None:
    society.accounts.open(change.unit, change.parts)
    society.log("unit", unit=change.unit, parts=change.parts)


def _allow(society: Society, change: Allow) -> None:
    society.accounts.allow(change.owner, change.amount, change.unit)
    society.log("credit", owner=change.owner, amount=change.amount, unit=change.unit)
    society.payments.look(change.unit, change.owner)


APPLY: dict[type, Callable[[Society, Any], None]] = {Transfer: _transfer, Denominate: _denominate, Allow: _allow}
"""How each change of what is owned is carried out."""


def _share(money: Money, seat: int, traits: Mapping[str, Any]) -> int:
    """What the member at *seat* begins with."""
    if not money.by:
        return money.purse
    times: Any = traits.get(money.by)
    number = isinstance(times, (int, float)) and not isinstance(times, bool) and 0 <= times < math.inf
    if not number or times * money.purse > MOST:
        raise ScenarioError(f"money.by: {money.by!r} is a trait of every member that is a number from 0, but for seat "
                            f"{seat} it is {times!r}")  # fmt: skip
    share: int = math.floor(times * money.purse)
    return share


def _told(balances: Mapping[Owner, int]) -> dict[Owner, int]:
    return {owner: amount for owner, amount in balances.items() if owner != WORLD}


def _said(changes: Sequence[object]) -> str:
    transfers = [change for change in changes if isinstance(change, Transfer)]
    return str(transfers[0]) if len(transfers) == 1 else f"{len(transfers)} transfers, of which none was made"


def _plain(value: Any) -> Any:
    """*value* as the record can hold it, whatever it is."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return repr(value)[:80]
    return value[:80] if isinstance(value, str) else value if abs(value) < 2**63 else str(value)[:80]
