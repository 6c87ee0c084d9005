"""What the figures and tables of an experiment say of themselves, and what its cells are called in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from society_sim.reporting import wording
from society_sim.reporting.reading import Found, presets

Row = Mapping[str, Any]
DRAWN = 60
"""Lines of a figure at most; a table has all of them."""


def told(found: Found, *, interval: str = "") -> str:
    """What every caption ends in: who answered, with which seeds, and what the intervals are."""
    marks = [mark.partition(": ")[2] for mark in found.about["models"]]
    backends = sorted({mark.split(" ")[0].rstrip(",") for mark in marks})
    names = presets_of(found)
    words = [f"Backend: {', '.join(backends[:4])}{' and others' if len(backends) > 4 else ''}"]
    if names:
        words.append(f"{'preset' if len(names) == 1 else 'presets'}: {', '.join(names)}")
    words.append(wording.seeds(found.seeds))
    if interval:
        words.append(f"intervals: {interval}")
    end = " Synthetic results are consequences of the preset." if found.about.get("synthetic") else ""
    return wording.shown("; ".join(words)) + "." + end


def presets_of(found: Found) -> list[str]:
    """The presets of the synthetic models."""
    return presets(found.about["models"])


def level(found: Found) -> str:
    """The level of the intervals.

    >>> from types import SimpleNamespace
    >>> level(SimpleNamespace(alpha=0.05))
    '95 %'
    """
    return f"{100 * (1 - found.alpha):g} %"


def matched_arms(found: Found) -> set[str]:
    """The arms that are one model asked as often as another arm's tokens allow."""
    own = {cell["arm"] for cell in found.about["cells"]}
    return {row["baseline"] for row in found.comparisons if row["kind"] == "matched"} & own


def series(found: Found) -> dict[str, int]:
    """A number for each arm, the same in all figures: the baseline first, matched models last and alike."""
    lone = matched_arms(found)
    own = list(dict.fromkeys(row["arm"] for row in found.arms if row["arm"] not in lone))
    return {arm: place for place, arm in enumerate(own)} | dict.fromkeys(sorted(lone), len(own))


def by_point(found: Found, rows: Sequence[Row]) -> dict[tuple[str, ...], list[Row]]:
    """*rows* by where in the grid they are."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(found.point(row), []).append(row)
    return groups


def point_words(axes: Sequence[str], point: Sequence[str]) -> str:
    """A point of the grid, as a heading."""
    return ", ".join(f"{axis.rpartition('.')[2]}: {label}" for axis, label in zip(axes, point, strict=False))


def sides(row: Row, short: bool = False) -> str:
    """The two sides of a comparison; *short* leaves out the measure."""
    kind = row.get("kind", "arm")
    other = {"matched": "matched tokens", "best single": "best single"}.get(kind, row["baseline"])
    measure = "" if short or row["measure"] == "accuracy" else f", {row['measure'].replace('_', ' ')}"
    return f"{row['arm']} − {other}{measure}"


def units(found: Found) -> str:
    """What intervals of accuracy are over."""
    return "seeds" if len(found.seeds) >= 20 else "questions"


def interval_words(kinds: set[str]) -> str:
    """What kinds of intervals there are, in words."""
    names = {"bca": "BCa bootstrap", "permutation": "sign-flip test"}
    return " or ".join(names.get(kind, kind) for kind in sorted(kinds))
