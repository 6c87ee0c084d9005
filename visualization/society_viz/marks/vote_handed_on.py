"""Delegation in a liquid democracy: who votes by whom."""

from __future__ import annotations

from collections.abc import Iterator

from society_viz.marking import Along, Off, mark
from society_viz.reading import Entry
from society_viz.stage import Stage


@mark(of="answer")
def vote_handed_on(entry: Entry, stage: Stage) -> Iterator[Along | Off]:
    """Vote handed on.

    From whoever answers that another is to vote in its place, to that other, until the question is settled.
    """
    value = entry.get("value")
    if isinstance(value, dict) and "delegate" in value:
        own, other = stage.seat(entry.get("member")), stage.seat(value["delegate"])
        yield Off(own) if other in (None, own) else Along(own, other, "question", told=True)
