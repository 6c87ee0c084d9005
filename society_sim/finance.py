"""What is done with money: escrow, loans with interest, taxes, a basic income.

All amounts are whole parts of a unit, and rates are exact: 0.1 is one tenth. Interest and dues are rounded down, so a
rounding costs the lender or the treasury less than one part, each time.

>>> loan = Loan("bank", 0, 1, 1_000_000, rate=0.1, since=0.0, due=10.0)
>>> owed(loan, 2.0), owed(loan, 2.9), owed(replace(loan, compound=False), 2.5)
(1210000, 1210000, 1250000)
>>> dues(120_000_000, ((0, Fraction(0)), (100_000_000, Fraction("0.2"))))
4000000
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from society_sim.accounts import COIN, MOST, TREASURY, Owner, Refusal, escrow
from society_sim.changes import Transfer
from society_sim.errors import SocietyError

if TYPE_CHECKING:
    import simpy

    from society_sim.money import Money, Schedule
    from society_sim.society import Society

LOAN, REPAYMENT, REFUND, BASIC_INCOME = "loan", "repayment", "refund", "basic income"
EXEMPT = frozenset({LOAN, REPAYMENT, REFUND, BASIC_INCOME})
"""Reasons (`Transfer.why`) for which what one gets is no income, and what one gives is not turned over."""
OnDefault: TypeAlias = Literal["write_off", "extend"]
"""What becomes of a debt that is not paid when it is due: it is forgiven, or runs on for as long as it did."""

# --- escrow -----------------------------------------------------------------------------------------------------------


def hold(society: Society, name: object, payer: Owner, amount: int, unit: str = COIN, why: str = "escrow") -> bool:
    """Let *payer* put *amount* into the escrow *name*; whether it could."""
    return society.pay(Transfer(payer, escrow(name), amount, unit, why))


def release(
    society: Society, name: object, to: Owner, amount: int | None = None, unit: str = COIN, why: str = "release"
) -> bool:
    """Give *amount* (all, if left out) out of the escrow *name*; whether there was so much, and anything."""
    held = society.accounts.balance(escrow(name), unit) if amount is None else amount
    return society.pay(Transfer(escrow(name), to, held, unit, why))


def refund(society: Society, name: object, to: Owner, amount: int | None = None, unit: str = COIN) -> bool:
    """`release`, back to who paid it in: that is no income."""
    return release(society, name, to, amount, unit, REFUND)


# --- loans ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loan:
    """What *borrower* owes *lender*: *amount*, which bears interest from *since* on, and *accrued*, which bears none.

    *rate* is interest per unit of simulated time, as a share. With *compound*, interest is added to the debt at each
    full unit; otherwise it grows in proportion to time. *term* is how long it runs, again if it is extended.
    """

    name: str
    lender: Owner
    borrower: Owner
    amount: int
    rate: float
    since: float
    due: float
    unit: str = COIN
    compound: bool = True
    accrued: int = 0
    term: float = 0.0


def owed(loan: Loan, now: float) -> int:
    """What it takes to repay *loan* at simulated time *now*, in whole parts, rounded down.

    A debt grows to 10^18 parts and no further: nobody can pay more at a time, and a record holds no larger numbers.
    """
    return sum(_grown(loan, now))


def _grown(loan: Loan, now: float) -> tuple[int, int]:
    """What bears interest by *now*, and what bears none."""
    rate, elapsed = Fraction(repr(float(loan.rate))), max(0.0, now - loan.since)
    if not loan.compound:
        interest = math.floor(loan.amount * rate * Fraction(repr(round(elapsed, 6))))
        return loan.amount, min(loan.accrued + interest, MOST - loan.amount)
    amount = loan.amount
    for _ in range(math.floor(round(elapsed, 6))):
        interest = math.floor(amount * rate)
        if not interest or amount == MOST:
            break  # it is the same for ever
        amount = min(amount + interest, MOST)
    return amount, min(loan.accrued, MOST - amount)


def lend(
    society: Society, name: str, lender: Owner, borrower: Owner, amount: int, *, rate: float = 0.0, term: float,
    compound: bool = True, unit: str = COIN,
) -> Loan | None:  # fmt: skip
    """Let *lender* lend *amount* for *term* units of simulated time; `None` if it could not, or if the terms are none.

    *rate* and *term* may be what members agreed upon: a negative or infinite one is refused and recorded.
    """
    transfer = Transfer(lender, borrower, amount, unit, LOAN)
    for what, value, least in (("rate", rate, 0.0), ("term", term, 1e-6)):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not least <= value < math.inf:
            society.payments.decline(transfer, Refusal(what, f"the {what} of a loan is a finite number, not {value!r}"))
            return None
    if not society.pay(transfer):
        return None
    loan = Loan(name, lender, borrower, amount, float(rate), society.now, society.now + term, unit, compound,
                term=float(term))  # fmt: skip
    society.log("loan", name=name, lender=lender, borrower=borrower, amount=amount, unit=unit, rate=loan.rate,
                due=round(loan.due, 6), compound=compound)  # fmt: skip
    return loan


def repay(society: Society, loan: Loan, amount: int | None = None) -> Loan | None:
    """Let the borrower repay *amount* of what it owes by now, or all of it; what is left to repay, or `None`.

    The same loan, as it was, if the borrower could not. What bears no interest is repaid first.
    """
    bears, accrued = _grown(loan, society.now)
    pays = bears + accrued if amount is None or amount > bears + accrued else amount
    if not society.pay(Transfer(loan.borrower, loan.lender, pays, loan.unit, REPAYMENT)):
        return loan
    bears -= max(0, pays - accrued)
    accrued -= min(pays, accrued)
    if not bears and not accrued:
        return None
    passed = society.now - loan.since
    whole = math.floor(round(passed, 6)) if loan.compound else passed  # so that interest keeps its rhythm
    return replace(loan, amount=bears, accrued=accrued, since=loan.since + whole)


def fall_due(
    society: Society, loan: Loan, on_default: OnDefault = "write_off"
) -> Generator[simpy.Event, Any, bool]:
    """Wait until *loan* is due, and let the borrower repay what it owes; whether it could, in full.

    If not, it pays what it has (its credit line included), the record has an entry `default`, and *on_default* says
    what becomes of the rest. Start it beside what is going on: `society.start(fall_due(society, loan))`.
    """
    if on_default not in ("write_off", "extend"):
        raise SocietyError(f"on_default is 'write_off' or 'extend', not {on_default!r}")
    paid_up = True
    while True:
        yield society.env.timeout(max(0.0, loan.due - society.now))
        all_of_it = owed(loan, society.now)
        pays = min(all_of_it, society.accounts.free(loan.borrower, loan.unit))
        left = repay(society, loan, pays) if pays else loan
        if left is None or pays == all_of_it:
            return paid_up
        paid_up = False
        society.log("default", name=loan.name, lender=loan.lender, borrower=loan.borrower, unit=loan.unit,
                    owed=all_of_it, paid=pays, then=on_default)  # fmt: skip
        if on_default == "write_off":
            return False
        loan = replace(left, due=society.now + loan.term)


# --- taxes ------------------------------------------------------------------------------------------------------------


def dues(amount: int, schedule: Schedule) -> int:
    """What is due of *amount*: each rate for the part of it in its bracket, added up and rounded down."""
    ends = [begins for begins, _ in schedule[1:]]
    parts = (rate * max(0, min(amount, end) - begins)
             for (begins, rate), end in zip(schedule, [*ends, amount], strict=True) if amount > begins)  # fmt: skip
    return math.floor(sum(parts, Fraction(0)))


class Flows:
    """What each member got and paid since it was last looked at: what taxes on income and on transfers are on."""

    def __init__(self, society: Society) -> None:
        self.income: dict[Owner, int] = {}
        self.transfer: dict[Owner, int] = {}
        society.accounts.watchers.append(self._see)
        self._unit = COIN

    def of(self, unit: str) -> None:
        """Look at *unit* from now on."""
        self._unit = unit

    def _see(self, transfer: Transfer) -> None:
        if transfer.unit != self._unit or transfer.why in EXEMPT:
            return
        if type(transfer.target) is int:
            self.income[transfer.target] = self.income.get(transfer.target, 0) + transfer.amount
        if type(transfer.source) is int and transfer.target != TREASURY:
            self.transfer[transfer.source] = self.transfer.get(transfer.source, 0) + transfer.amount

    def forget(self) -> None:
        """Begin anew."""
        self.income.clear()
        self.transfer.clear()


def collect(society: Society, money: Money, flows: Flows) -> None:
    """Collect taxes and interest of all who are there, then pay the basic income; the record has an entry on all of it.

    Who has less than is due pays what it has, its credit line included, and is let off the rest.
    """
    seats, unit = [member.id for member in society.present], money.unit
    base: dict[str, Mapping[Owner, int]] = {"income": dict(flows.income), "transfer": dict(flows.transfer)}
    base["wealth"] = {seat: max(0, society.accounts.balance(seat, unit)) for seat in seats}
    debts = {seat: max(0, -society.accounts.balance(seat, unit)) for seat in seats} if money.interest else {}
    flows.forget()
    due: list[tuple[str, int, int]] = []
    for name, schedule in money.tax.items():
        due += [(f"{name} tax", seat, dues(base[name].get(seat, 0), schedule)) for seat in seats]
    due += [("interest", seat, math.floor(debt * money.interest)) for seat, debt in debts.items()]
    paid, unpaid = 0, dict[int, int]()
    for why, seat, amount in due:
        pays = min(amount, society.accounts.free(seat, unit)) if amount else 0
        if pays:
            society.apply(Transfer(seat, TREASURY, pays, unit, why))
            paid += pays
        if pays < amount:
            unpaid[seat] = unpaid.get(seat, 0) + amount - pays
    each = min(money.basic_income, society.accounts.free(TREASURY, unit) // len(seats)) if seats else 0
    for seat in seats if each else ():
        society.apply(Transfer(TREASURY, seat, each, unit, BASIC_INCOME))
    facts = {"unpaid": unpaid} if unpaid else {}
    society.log("collection", paid=paid, basic_income=each, unit=unit, **facts)
