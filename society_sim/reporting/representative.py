"""Runs that stand for an experiment: with the seed whose accuracies are nearest to the arms' own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from society_sim.errors import StoreError
from society_sim.reporting.captions import Row, matched_arms, point_words, told
from society_sim.reporting.page import Block, Played, Words
from society_sim.reporting.reading import DONE, Found
from society_sim.reporting.run_reading import PICTURE
from society_sim.store import find_record

_ARMS = 4
"""So many arms are shown: each is a picture and a player."""


def representative(found: Found) -> Iterator[Block]:
    """The run of each arm with that seed, at the first point of the grid; a sentence, where no record is there."""
    lone = matched_arms(found)
    rows = [row for row in found.runs if row["status"] == DONE and row["arm"] not in lone]
    if not rows:
        return
    point = found.point(rows[0])
    here = [row for row in rows if found.point(row) == point]
    arms = list(dict.fromkeys(row["arm"] for row in here))[:_ARMS]
    by_seed: dict[int, list[tuple[Row, Path]]] = {}
    for row in here:
        if row["arm"] in arms and (record := _record(found, row)) is not None:
            by_seed.setdefault(row["seed"], []).append((row, record))
    if not by_seed:
        yield Words("The runs' records are not beside this folder, so no run is shown.", "soft")
        return
    means = {row["arm"]: row["accuracy"] for row in found.arms if found.point(row) == point}
    most = max(map(len, by_seed.values()))
    whole = {seed: own for seed, own in by_seed.items() if len(own) == most}
    seed = min(whole, key=lambda one: (_away([row for row, _ in whole[one]], means), one))
    at = f" at {point_words(found.axes, point)}" if found.axes else ""
    rest = len({row["arm"] for row in here}) - len(arms)
    more = f" The first {len(arms)} arms; {rest} more are not shown." if rest > 0 else ""
    yield Words(f"One run of each arm{at}, with seed {seed}: of all seeds the one whose accuracies are nearest to the "
                f"arms' means.{more} A run is an example; comparisons say what holds over seeds.")  # fmt: skip
    for run, record in whole[seed]:
        name = f"arm {run['arm']}, seed {seed}"
        yield Played(name, record, f"{name.capitalize()}. {PICTURE}{told(found)}")


def _record(found: Found, row: Row) -> Path | None:
    try:
        return find_record(found.folder.parent / str(row["run"]))
    except (StoreError, OSError, ValueError):
        return None


def _away(rows: list[Row], means: dict[str, float]) -> float:
    """How far the accuracies of one seed are from the means of their arms; nothing, where there are none."""
    gaps = [row["right"] / row["known"] - means.get(row["arm"], math.nan) for row in rows if row["known"]]
    return math.fsum(gap * gap for gap in gaps if not math.isnan(gap))
