"""What everybody owns."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from society_viz.view.blocks import Bars, Block, Words, panel
from society_viz.view.known import Known, whole

_MOST = 30


@panel
def accounts(known: Known) -> list[Block] | None:
    """What everybody owns, by unit, the richest first."""
    parts, owned = balances(known)
    blocks: list[Block] = []
    for unit, own in owned.items():
        rows = sorted(((_called(known, who), amount / parts.get(unit, 1)) for who, amount in own.items()
                       if who not in ("world", "used")), key=lambda row: -row[1])  # fmt: skip
        if rows:
            head = unit if len(rows) <= _MOST else f"{unit}: {_MOST} of {len(rows):,} owners"
            blocks += [Words([head]), Bars(rows[:_MOST])]
    return blocks or None


def balances(known: Known) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """How many parts each unit has, and what everybody owns in parts: unit -> owner (a seat or name) -> parts."""
    parts: dict[str, float] = {}
    owned: dict[str, dict[str, float]] = {}
    for entry in known.only("accounts", "unit", "transfer"):
        if entry["kind"] == "accounts":
            parts |= {str(unit): whole(many, 1) or 1 for unit, many in _items(entry.get("units"))}
            for unit, amounts in _items(entry.get("balances")):
                own = owned.setdefault(str(unit), defaultdict(float))
                for who, amount in _items(amounts):
                    own[str(who)] += whole(amount)
        elif entry["kind"] == "unit":
            parts[str(entry.get("unit"))] = whole(entry.get("parts"), 1) or 1
        else:
            own = owned.setdefault(str(entry.get("unit")), defaultdict(float))
            own[str(entry.get("source"))] -= whole(entry.get("amount"))
            own[str(entry.get("target"))] += whole(entry.get("amount"))
    return parts, owned


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _called(known: Known, who: str) -> str:
    return known.stage.name(int(who)) if who.isdecimal() and len(who) < 9 else who
