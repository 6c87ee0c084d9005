"""What surrounds the story: where it comes from, the seats of a parliament, how fast it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from society_viz.film import WIDTH, Film, Seats
from society_viz.layout import Layout
from society_viz.words import clean

_BAR, _BAR_TOP = 400.0, 392.0


def provenance(header: Mapping[str, Any]) -> str:
    """Where the pictures come from, and what they cannot show."""
    models = header.get("models")
    marks = (
        [f"{clean(name, 30)}: {clean(mark, 70)}" for name, mark in models.items()] if isinstance(models, dict) else []
    )
    parts = [clean(header.get("name") or "unnamed scenario", 40), f"seed {clean(header.get('seed', '?'), 12)}"]
    if header.get("version"):
        parts.append(f"society_sim {clean(header['version'], 16)}")
    if marks:
        parts.append(f"model {', '.join(marks[:3])}{f' and {len(marks) - 3} more' if len(marks) > 3 else ''}")
    if any("synthetic" in mark.casefold() for mark in marks):
        parts.insert(0, "Synthetic: a consequence of the preset")  # first, for what is too long is cut off at its end
    return " · ".join(parts)


def seats_of(spots: Layout, weights: Mapping[int, float], house: float, place: Mapping[int, int]) -> Seats | None:
    """The bar of seats under a parliament of *house* seats, or of all its parties, ordered as its half circle is."""
    total = max(sum(weights.values()), house)
    if total < 1:
        return None
    left = start = (WIDTH - _BAR) / 2
    parts = []
    for seat in sorted(spots.spots, key=lambda seat: spots.spots[seat][0]):
        part = _BAR * weights.get(seat, 0) / total
        parts.append((place[seat], round(left, 1), round(part, 1)))
        left += part
    majority = int(total // 2) + 1
    return Seats(tuple(parts), _BAR_TOP, int(total), majority, round(start + _BAR * majority / total, 1))


def paced(film: Film, seconds: float | None, most: float) -> Film:
    """*film* at the pace that makes it *seconds* long; if that is `None`, at a reader's, in no more than *most*."""
    wanted = sum(beat.seconds for beat in film.beats)
    factor = seconds / wanted if seconds is not None else min(most / wanted, 1.0)
    return replace(film, beats=tuple(replace(beat, seconds=round(beat.seconds * factor, 2)) for beat in film.beats))
