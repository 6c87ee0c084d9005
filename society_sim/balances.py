"""Who owned what at any time of a run: a fold over its record.

>>> record = [{"t": 0.0, "kind": "accounts", "units": {"coin": 1_000_000}, "balances": {"coin": {"0": 5, "1": 1}}},
...           {"t": 2.0, "kind": "transfer", "source": 0, "target": 1, "amount": 4, "unit": "coin"}]
>>> balances(record), balances(record, at=1.0)
({0: 1, 1: 5}, {0: 5, 1: 1})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from society_sim.accounts import COIN, MICRO, USED, WORLD, Owner
from society_sim.errors import SocietyError
from society_sim.store import only
from society_sim.values import Record

KINDS = ("accounts", "unit", "credit", "transfer", "answer", "unheard")
"""The entries that say anything about money."""


class Balances:
    """All accounts, entry by entry (`take`): what each owner has of each unit (`units[unit][owner]`), in whole parts.

    Nobody has anything before the record says so. `SocietyError` at an entry that gives what is not there: with that,
    and since a transfer takes what it gives, everything is conserved or refused.
    """

    def __init__(self) -> None:
        self.units: dict[str, dict[Owner, int]] = {}
        self.parts: dict[str, int] = {COIN: MICRO}
        self.credit: dict[str, dict[Owner, int]] = {}
        self.usage: str | None = None
        """The unit that answers are paid in, if they are."""

    def take(self, entry: Mapping[str, Any]) -> None:
        """Follow one entry; kinds that say nothing about money are passed over."""
        match entry["kind"]:
            case "transfer":
                self._move(entry["source"], entry["target"], entry["amount"], entry.get("unit", COIN))
            case "answer" if self.usage is not None and "tokens" in entry:
                self._use(entry["member"], sum(entry["tokens"]))
            case "unheard" if self.usage is not None:
                for seat, tokens in entry.get("usage", {}).items():
                    self._use(int(seat), tokens)
            case "unit":
                self.parts[entry["unit"]] = entry["parts"]
            case "credit":
                self.credit.setdefault(entry["unit"], {})[entry["owner"]] = entry["amount"]
            case "accounts":
                self.parts.update(entry["units"])
                self.usage = entry.get("usage")
                for unit, lines in entry.get("credit", {}).items():
                    self.credit[unit] = {_owner(name): amount for name, amount in lines.items()}
                for unit, told in entry["balances"].items():
                    for name, amount in told.items():
                        self._move(WORLD, _owner(name), amount, unit)

    def of(self, unit: str = COIN) -> dict[Owner, int]:
        """What everybody has of *unit*, the world aside."""
        return {owner: amount for owner, amount in self.units.get(unit, {}).items() if owner != WORLD}

    def _move(self, source: Owner, target: Owner, amount: int, unit: str) -> None:
        table = self.units.setdefault(unit, {})
        left = table.get(source, 0) - amount
        if amount <= 0 or source == target:
            raise SocietyError(f"a transfer of {amount} {unit} from {source} to {target} is none")
        if source != WORLD and left < -self.credit.get(unit, {}).get(source, 0):
            raise SocietyError(f"the record lets {source} give {amount} {unit}, of which it has {left + amount}")
        table[source] = left
        table[target] = table.get(target, 0) + amount

    def _use(self, seat: int, tokens: int) -> None:
        table = self.units.setdefault(str(self.usage), {})
        table[seat] = table.get(seat, 0) - tokens  # a model that could not say what it would take may overdraw, once
        table[USED] = table.get(USED, 0) + tokens


def balances(record: Record, unit: str = COIN, at: float | None = None) -> dict[Owner, int]:
    """What everybody had of *unit* at simulated time *at* (at the end, if left out), in whole parts.

    All that happened at that time has happened. Tokens are taken off when an answer comes.
    """
    folded = Balances()
    for entry in only(record, *KINDS):
        if at is not None and entry["t"] > at:
            break
        folded.take(entry)
    return folded.of(unit)


def _owner(name: str | int) -> Owner:
    """An owner from the key of a mapping, where seats are text."""
    return int(name) if isinstance(name, str) and name.isdecimal() else name
