"""What members own: accounts in whole parts of a unit, kept by double entry.

Money is neither made nor lost. What somebody gets somebody else gives; money comes into being by a transfer from the
`world`, the one account that may always be below zero, and so all accounts of a unit together hold nothing.

>>> accounts = Accounts(seats=2)
>>> accounts.post(Transfer(WORLD, 0, 5 * MICRO), Transfer(0, 1, 2 * MICRO))
>>> accounts.balance(0), accounts.balance(1), accounts.balance(WORLD)
(3000000, 2000000, -5000000)
>>> print(accounts.post(Transfer(1, 0, 1), Transfer(1, 0, 2 * MICRO)))
covered: 1 has 1.999999 coin; 2 coin are more
>>> accounts.balance(1)  # all or nothing
2000000
>>> accounts.audit()
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from society_sim.changes import Allow, Denominate, Transfer
from society_sim.errors import SocietyError

Owner: TypeAlias = int | str
"""A seat, or the name of what is no member: `treasury`, `community:NAME`, `escrow:NAME`, `world`, `used`."""

WORLD: Final = "world"
"""Where money comes from and goes to: how far it is below zero is how much there is."""
TREASURY: Final = "treasury"
USED: Final = "used"
"""Where tokens go that answers took."""
COIN: Final = "coin"
TOKENS: Final = "tokens"
MICRO: Final = 1_000_000
"""Parts of a coin, and of any unit of which nothing else is said."""
MOST: Final = 10**18
"""The most that one transfer may move, and a credit line may be."""

RULES: Mapping[str, str] = MappingProxyType({
    "whole": "an amount is a whole number of parts of its unit",
    "positive": "an amount is more than 0",
    "bounded": f"an amount is at most {MOST:,} parts",
    "unit": "a unit is one that was opened",
    "owner": "an account is a member's, the treasury's, a community's, an escrow's, or the world's",
    "two": "source and target are two accounts",
    "covered": "a source has what it gives, its credit line included",
})  # fmt: skip
"""The rules of a transfer, by the name under which the record says that one of them refused it."""


class Refusal(NamedTuple):
    """Why a transfer was not made: the name of the rule, and words."""

    rule: str
    words: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.words}"


class Meter(Protocol):
    """Knows what of a unit is still being used up: the tokens of answers that have not come."""

    def settle(self, owner: Owner, amount: float) -> None:
        """Wait until it is known whether *owner* has *amount*; book what has been used up since."""

    def moved(self, source: Owner, target: Owner, amount: int) -> None:
        """So much has changed hands."""


class Accounts:
    """The accounts of a society. An account is there, at 0, for every owner and every unit that was opened.

    *communities* gives the names of the communities there are. All methods belong to the clock's thread.
    """

    def __init__(self, seats: int = 0, communities: Callable[[], Iterable[Any]] = tuple) -> None:
        self._seats, self._communities = seats, communities
        self._known: set[str] = {WORLD, TREASURY, USED}
        self._parts: dict[str, int] = {}
        self._tables: dict[str, dict[Owner, int]] = {}
        self._credit: dict[str, dict[Owner, int]] = {}
        self._sums: dict[str, int] = {}  # of each table: followed posting by posting, and always 0
        self._meters: dict[str, Meter] = {}
        self.watchers: list[Callable[[Transfer], object]] = []
        """Told of every transfer that is made."""
        self.open(COIN)

    # --- units, credit --------------------------------------------------------------------------------------------

    @property
    def units(self) -> Mapping[str, int]:
        """The units that were opened, and how many parts each has."""
        return MappingProxyType(self._parts)

    def open(self, unit: str, parts: int = MICRO) -> None:
        """Open *unit*, which has *parts*: 1 for what cannot be divided. To open it again changes nothing."""
        if type(unit) is not str or not unit or type(parts) is not int or not 0 < parts <= MOST:
            raise SocietyError(f"a unit has a name, and parts that are a whole number from 1: not {unit!r}, {parts!r}")
        if self._parts.setdefault(unit, parts) != parts:
            raise SocietyError(f"unit {unit!r} was opened with {self._parts[unit]:,} parts, not {parts:,}")
        self._tables.setdefault(unit, {})
        self._credit.setdefault(unit, {})
        self._sums.setdefault(unit, 0)

    def allow(self, owner: Owner, amount: int, unit: str = COIN) -> None:
        """Let *owner* go as far as *amount* below zero; 0 takes the credit line back, and calls in no debt."""
        self._table(unit)
        if not self.knows(owner) or type(amount) is not int or not 0 <= amount <= MOST:
            raise SocietyError(f"a credit line is a whole number of parts from 0, of an owner there is: "
                               f"not {amount!r} for {owner!r}")  # fmt: skip
        self._credit[unit][owner] = amount

    def meter(self, unit: str, meter: Meter) -> None:
        """Ask *meter* before anything is read of *unit*."""
        self._table(unit)
        self._meters[unit] = meter

    def knows(self, owner: object) -> bool:
        """Whether there are accounts of *owner*."""
        if type(owner) is int:
            return 0 <= owner < self._seats
        if type(owner) is not str:
            return False
        if owner in self._known:
            return True
        if owner.startswith("community:"):
            self._known |= {f"community:{name}" for name in self._communities()}
            return owner in self._known
        return owner.startswith("escrow:") and len(owner) > len("escrow:")

    # --- what there is --------------------------------------------------------------------------------------------

    def balance(self, owner: Owner, unit: str = COIN) -> int:
        """What *owner* has, in parts of *unit*; of tokens it waits for the answers that *owner* still has to pay."""
        table = self._table(unit)
        if not self.knows(owner):
            raise SocietyError(f"there is no account of {owner!r}; {RULES['owner']}")
        if unit in self._meters:
            self._meters[unit].settle(owner, math.inf)
        return table.get(owner, 0)

    def free(self, owner: Owner, unit: str = COIN) -> int:
        """What *owner* can pay: its balance, and its credit line; never below 0."""
        return max(0, self.balance(owner, unit) + self._credit[unit].get(owner, 0))

    def balances(self, unit: str = COIN) -> dict[Owner, int]:
        """All accounts of *unit* on which anything was ever posted, in the order in which it was."""
        table = self._table(unit)
        if unit in self._meters:
            for owner in list(table):
                self._meters[unit].settle(owner, math.inf)
        return dict(table)

    def credit(self, unit: str = COIN) -> Mapping[Owner, int]:
        """The credit lines in *unit*."""
        self._table(unit)
        return MappingProxyType(self._credit[unit])

    def _table(self, unit: str) -> dict[Owner, int]:
        table = self._tables.get(unit) if type(unit) is str else None
        if table is None:
            raise SocietyError(f"no unit {unit!r} was opened; there are: {', '.join(self._parts)}")
        return table

    # --- what changes ---------------------------------------------------------------------------------------------

    def post(self, *transfers: Transfer) -> Refusal | None:
        """Make all of *transfers*, in order, or none; gives why, if none was made."""
        for number, transfer in enumerate(transfers):
            refusal = self._post(transfer)
            if refusal is not None:
                for made in reversed(transfers[:number]):
                    self._move(made.unit, made.target, made.source, made.amount)
                return refusal
        for transfer in transfers:
            meter = self._meters.get(transfer.unit)
            if meter is not None:
                meter.moved(transfer.source, transfer.target, transfer.amount)
            for watcher in self.watchers:
                watcher(transfer)
        return None

    def use(self, owner: Owner, amount: int, unit: str = TOKENS) -> None:
        """Book what *owner* has used up. Whether it had so much was seen before, so nothing is refused here."""
        if amount:
            self._move(unit, owner, USED, amount)

    def refusal(self, changes: Sequence[object]) -> Refusal | None:
        """Why the transfers in *changes* could not be made one after the other; nothing is changed.

        Units and credit lines are those that there are, with what *changes* themselves open and allow.
        """
        trial = self
        if len(changes) > 1:
            trial = Accounts(self._seats, self._communities)
            trial._parts, trial._meters = dict(self._parts), self._meters
            trial._tables = {unit: _Over(table) for unit, table in self._tables.items()}
            trial._credit = {unit: _Over(lines) for unit, lines in self._credit.items()}
            trial._sums = dict(self._sums)
            self._settle(changes)  # first: what is laid over a table does not see what is booked below
        for change in changes:
            if isinstance(change, Transfer):
                refusal = self._why(change) if trial is self else trial._post(change)
                if refusal is not None:
                    return refusal
            elif trial is not self and isinstance(change, Denominate):
                trial.open(change.unit, change.parts)
            elif trial is not self and isinstance(change, Allow):
                trial.allow(change.owner, change.amount, change.unit)
        return None

    def audit(self) -> None:
        """`SocietyError` unless all accounts of each unit hold nothing together, counted anew.

        After every posting the running sums are seen to be 0; here the sums are seen to be those of the accounts.
        """
        for unit, table in self._tables.items():
            total = sum(table.values())
            if total or self._sums[unit]:
                raise SocietyError(f"{total:,} parts of {unit!r} came from nowhere: by posting, {self._sums[unit]:,}")

    def _settle(self, changes: Sequence[object]) -> None:
        """Wait until it is known of all metered accounts whether they can give what *changes* take from them."""
        takes: dict[tuple[str, Owner], int] = {}
        for change in changes if self._meters else ():
            if isinstance(change, Transfer) and change.unit in self._meters and type(change.amount) is int:
                key = (change.unit, change.source)
                takes[key] = takes.get(key, 0) + change.amount
        for (unit, source), amount in takes.items():
            self._meters[unit].settle(source, amount)

    def _why(self, transfer: Transfer) -> Refusal | None:
        """Why *transfer* cannot be made."""
        unit, source, target, amount = transfer.unit, transfer.source, transfer.target, transfer.amount
        if type(amount) is not int:
            return Refusal("whole", f"{RULES['whole']}, not {_told(amount)}")
        if amount <= 0:
            return Refusal("positive", f"{RULES['positive']}, not {_told(amount)}")
        if amount > MOST:
            return Refusal("bounded", RULES["bounded"])
        table = self._tables.get(unit) if type(unit) is str else None
        if table is None:
            return Refusal("unit", f"there is no unit {_told(unit)}; there are: {', '.join(self._parts)}")
        for owner in (source, target):
            if not (0 <= owner < self._seats if type(owner) is int else self.knows(owner)):
                return Refusal("owner", f"there is no account of {_told(owner)}; {RULES['owner']}")
        if source == target:
            return Refusal("two", f"{RULES['two']}, not {source} twice")
        if source != WORLD:
            if unit in self._meters:
                self._meters[unit].settle(source, amount)
            has, owes = table.get(source, 0), self._credit[unit].get(source, 0)
            if has - amount < -owes:
                parts = self._parts[unit]
                line = f", and a credit line of {shown(owes, parts)}" if owes else ""
                return Refusal("covered", f"{source} has {shown(has, parts)} {unit}{line}; {shown(amount, parts)} "
                                          f"{unit} are more")  # fmt: skip
        return None

    def _post(self, transfer: Transfer) -> Refusal | None:
        refusal = self._why(transfer)
        if refusal is None:
            self._move(transfer.unit, transfer.source, transfer.target, transfer.amount)
        return refusal

    def _move(self, unit: str, source: Owner, target: Owner, amount: int) -> None:
        """Both postings of a transfer, and a look whether they have made or lost anything."""
        table = self._tables[unit]
        gave, got = table.get(source, 0), table.get(target, 0)
        table[source] = gave - amount
        table[target] = got + amount
        total = self._sums[unit] + (table[source] - gave) + (table[target] - got)  # as they stand, not as they should
        if total:
            raise SocietyError(f"a transfer of {amount:,} from {source} to {target} has made {total:,} of {unit!r}")


class _Over(dict[Any, int]):
    """A table under trial: reads what it was laid over, and writes beside it."""

    __slots__ = ("_below",)

    def __init__(self, below: Mapping[Any, int]) -> None:
        self._below = below

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key, self._below.get(key, default))


def community(name: object) -> str:
    """The owner of the accounts of the community *name*."""
    return f"community:{name}"


def escrow(name: object) -> str:
    """The owner of the accounts in which something is held for *name* (a deal, a bet, a loan)."""
    return f"escrow:{name}"


def parts_of(amount: object, parts: int = MICRO) -> int | None:
    """*amount* of a unit in whole parts, rounded down; `None` for what is no number, such as an abstention.

    >>> parts_of(12.5), parts_of(0.1), parts_of("0.0000019"), parts_of(-1), parts_of(3, parts=1)
    (12500000, 100000, 1, -1000000, 3)
    >>> parts_of(None), parts_of(float("nan")), parts_of(True), parts_of("a lot")
    (None, None, None, None)
    """
    if isinstance(amount, bool) or not isinstance(amount, (int, float, str, Decimal)):
        return None
    try:
        number = Decimal(repr(float(amount)) if isinstance(amount, float) else str(amount).strip())
        if not number.is_finite() or number.adjusted() > 30:
            return None
        return int((number * parts).to_integral_value(rounding=ROUND_FLOOR))
    except (InvalidOperation, ValueError):
        return None


def shown(amount: int, parts: int = MICRO) -> str:
    """*amount* parts as a member reads them: in whole units, and no more digits than it has.

    >>> shown(12_500_000), shown(-3), shown(7, parts=1), shown(1, parts=3)
    ('12.5', '-0.000003', '7', '0.333333')
    """
    whole, rest = divmod(abs(amount), parts)
    digits = f"{rest * MICRO // parts:06d}".rstrip("0")
    return f"{'-' if amount < 0 else ''}{whole}{'.' if digits else ''}{digits}"


def _told(value: object) -> str:
    words = repr(value)
    return words if len(words) <= 60 else f"{words[:57]}..."
