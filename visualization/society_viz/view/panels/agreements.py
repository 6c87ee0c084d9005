"""Who offered what to whom, and what became of it."""

from __future__ import annotations

from typing import Any

from society_viz.view.blocks import Block, Table, panel
from society_viz.view.known import Known
from society_viz.words import spoken

_KINDS = ("recognition", "proposal", "revision", "reply", "failure", "vote", "investiture", "government", "award",
          "sale", "contract", "bid", "trade", "loan", "default")  # fmt: skip
_WHO = ("party", "member", "buyer", "formateur", "lender", "proposer")
_KNOWN = frozenset({"t", "kind", "about", *_WHO})


@panel
def agreements(known: Known) -> list[Block] | None:
    """Offers and replies since the question was put, the latest first."""
    rows = []
    for entry in known.since(*_KINDS):
        who = next((known.stage.seat(entry[key]) for key in _WHO if key in entry), None)
        what = "; ".join(f"{key.replace('_', ' ')} {_told(known, key, value)}" for key, value in entry.items()
                         if key not in _KNOWN and value is not None)  # fmt: skip
        rows.append([entry.get("t", 0), known.stage.name(who) if who is not None else "", entry["kind"], what])
    return [Table(["time", "who", "what", ""], rows[::-1])] if rows else None


def _told(known: Known, key: str, value: Any) -> str:
    if key in ("parties", "partners", "members", "with", "seller", "borrower", "to"):
        seats = known.stage.seats(value)
        if seats:
            return " + ".join(known.stage.called(seats))
    return spoken(value, 80)
