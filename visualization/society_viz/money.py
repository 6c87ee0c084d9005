"""Money and shares while a record is read: what accounts hold, who is paid, what is given to whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from society_viz.reading import Entry
from society_viz.stage import Payment, Stage
from society_viz.words import clean, count, listed, number, spoken

_NAMED = 3  # so many payments are told one by one


def accounts(stage: Stage, entry: Entry) -> bool:
    """Accounts are opened: what a coin is, and who has how much."""
    units, balances = entry.get("units"), entry.get("balances")
    if not isinstance(units, dict) or not isinstance(balances, dict):
        return False
    stage.units = {str(unit): per for unit, per in units.items() if type(per) is int and per > 0}
    for unit, held in balances.items():
        if isinstance(held, dict):
            known = [(name, amount) for name, amount in held.items() if type(amount) in (int, float)]
            own = [f"{holder(stage, name)} {priced(stage, amount, unit)}" for name, amount in known if amount]
            stage.moment.tell(f"To begin with: {listed(own)}" if own else "")
    return True


def transfer(stage: Stage, entry: Entry) -> bool:
    """Money or goods change hands; what is set aside, and given back, is the market's own affair."""
    ends = entry.get("source"), entry.get("target")
    if any(isinstance(end, str) and end.startswith("escrow:") for end in ends) or entry.get("why") == "endowment":
        return True
    if stage.table.floor is not None and entry.get("why") == "trade":
        return True
    amount = entry.get("amount")
    if not isinstance(amount, (int, float)) or isinstance(amount, bool):
        return False
    unit = clean(entry.get("unit") or "", 20)
    source, target = map(_end, ends)
    stage.moment.paid.add(Payment(source, target, amount, unit, clean(entry.get("why") or "", 30)))
    stage.moment.active.update(seat for end in ends if (seat := stage.seat(end)) is not None)
    return True


def _end(value: Any) -> int | str:
    return value if type(value) is int else clean(value, 40)


def payments(stage: Stage) -> list[str]:
    """The payments of the moment in words."""
    paid = stage.moment.paid
    if paid.seen > _NAMED:
        why = sorted({one.why for one in paid if one.why})
        return [f"{count(paid.seen, 'payment')}{f' ({listed(why)})' if why else ''}."]
    lines = []
    for one in paid:
        because = f" ({one.why})" if one.why else ""
        who, whom, price = holder(stage, one.source), holder(stage, one.target), priced(stage, one.amount, one.unit)
        lines.append(f"{who[:1].upper()}{who[1:]} pays {whom} {price}{because}.")
    return lines


def holder(stage: Stage, name: Any) -> str:
    """Who an account is of: a member's name, or `the treasury`."""
    seats = stage.seats([name])
    return stage.name(seats[0]) if seats else f"the {clean(name, 30)}"


def priced(stage: Stage, amount: float, unit: str) -> str:
    """An amount of an account in whole units: `50 coins`."""
    whole = amount / stage.units.get(unit, 1)
    return f"{number(whole)} {unit}{'' if whole == 1 or unit.endswith('s') or not unit else 's'}"


def shares(stage: Stage, entry: Entry) -> dict[int, str]:
    """What an outcome gives to each member, in a word or two: `north`, `job 2`, `+50`; nothing of a market's goods."""
    gets = entry.get("gets")
    if not isinstance(gets, dict) or (stage.table.floor is not None and stage.table.floor.tick):
        return {}
    found = {}
    for name, what in gets.items():
        seats = stage.seats([name])
        if seats and (words := _share(what)):
            found[seats[0]] = words
    return found


def _share(what: Any) -> str:
    if isinstance(what, bool) or what in (None, "", 0):
        return ""
    if isinstance(what, int):
        return count(what, "unit")
    if isinstance(what, float):
        return f"{'+' if what > 0 else ''}{number(what)}"
    if isinstance(what, list) and what and all(type(one) is int for one in what):
        return f"{'job' if len(what) == 1 else 'jobs'} {jobs(what)}"
    return spoken(what, 40)


def jobs(numbers: Iterable[int]) -> str:
    """Numbers of jobs as people count them: from one."""
    return ", ".join(f"{one + 1:,}" for one in numbers)


def given(stage: Stage, found: dict[int, str]) -> str:
    """Who gets what, in words."""
    return listed([f"{stage.name(seat)} {words}" for seat, words in found.items()], 6)
