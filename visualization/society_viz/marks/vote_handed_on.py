"""Delegation in a liquid democracy: who votes by whom."""

from __future__ import annotations

from collections.abc import Iterator

from society_viz.marking import Along, Off, mark
from society_viz.reading import Entry
from society_viz.stage import Stage


@mark
def vote_handed_on(entry: Entry, stage: Stage, *, of: str = "answer") -> Iterator[Along | Off]:
    """Vote handed on.

    From whoever answers that another is to vote in its place, to that other, until the question is settled.
    """
    value = entry.get("value")
    if isinstance(value, dict) and "delegate" in value:
        there = stage.seat(value["delegate"]) not in (None, stage.seat(entry.get("member")))
        yield Along(entry.get("member"), value["delegate"], "question") if there else Off(entry.get("member"))
