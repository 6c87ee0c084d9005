"""Structure over time as a figure: one narrow panel for each measure, all over the same simulated time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from society_viz import look
from society_viz.credits import provenance
from society_viz.errors import VizError
from society_viz.files import whole
from society_viz.writing import drawable, fitted, styled

Row = Mapping[str, float]
ENDINGS = (".png", ".svg", ".pdf")
PANELS: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (
    ("Hierarchy", (("depth", "depth"), ("span", "mean span"), ("widest_span", "widest span"))),
    ("Centrality", (("centralisation", "centralisation"), ("bottleneck", "bottleneck"))),
    ("Communities", (("modularity", "modularity"), ("clustering", "clustering"))),
    ("Cohesion", (("algebraic_connectivity", "algebraic\nconnectivity"), ("reachability", "reachability"))),
    ("Share along lines of reporting", (("formal_share", "ties"), ("formality", "messages"),
                                        ("sibling_share", "(siblings)"))),
    ("Events between moments", (("rewired", "ties rewired"), ("messages", "messages"))),
)  # fmt: skip
"""Measures that are looked at together: they share an axis."""
_FLOW = ("rewired", "messages", "formality", "sibling_share")
"""What happened since the row before."""
_STYLES = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)))
_COUNTS = {"depth", "span", "widest_span", "rewired", "messages"}
_WIDTH, _PANEL, _HEAD, _FOOT = 7.0, 1.62, 0.42, 0.62
_UNDATED: Mapping[str, dict[str, Any]] = {".png": {"Software": None}, ".svg": {"Date": None},
                                          ".pdf": {"CreationDate": None}}  # fmt: skip


def structure_figure(rows: Sequence[Row], header: Mapping[str, Any], to: Path) -> Path:
    """Draw the table *rows* (each with its moment `t`) of the record that begins with *header*; gives the path *to*.

    The ending of *to* says what is made: `.png`, `.svg` or `.pdf`, 7 inches wide. Panels of measures that no row has a
    number for, or that are 0 in all rows, are left out. Lines differ in colour, dashes and their name at the end. The
    same table gives the same file. Raises `VizError` where there is nothing to draw, or *to* cannot be written.
    """
    to = Path(to)
    if to.suffix.lower() not in ENDINGS:
        raise VizError(f"{to.name!r} does not say what to make: a figure's name ends in .png, .svg or .pdf")
    panels = _panels(rows)
    if not panels:
        raise VizError("there is nothing to draw: the record holds no graph, or no measure of it is a number")
    with styled(look.CHART):
        figure = _drawn(panels, header)
        with whole(to) as beside:
            figure.savefig(beside, dpi=300, format=to.suffix.lower()[1:], metadata=_UNDATED[to.suffix.lower()])
    return to


_Line = tuple[str, str, list[float], list[float]]


def _panels(rows: Sequence[Row]) -> list[tuple[str, list[_Line]]]:
    """The panels that have something to show: title, and for each line measure, label, moments and values."""
    found = []
    for title, measures in PANELS:
        lines = []
        for name, label in measures:
            told = _whole(rows) if name in _FLOW else rows
            known = [(row["t"], row[name]) for row in told if not math.isnan(row.get(name, math.nan))]
            if known and not (name in ("rewired", "messages") and not any(value for _, value in known)):
                lines.append((name, label, [t for t, _ in known], [value for _, value in known]))
        if lines:
            found.append((title, lines))
    return [panel for panel in found if any(any(values) for *_, values in panel[1])] or found


def _whole(rows: Sequence[Row]) -> Sequence[Row]:
    """Rows that stand for a stretch of time, and one as long as the others: not the first, nor a shorter last."""
    stretches = [after["t"] - before["t"] for before, after in pairwise(rows)]
    short = len(stretches) > 1 and stretches[-1] < 0.99 * stretches[-2]
    return rows[1 : len(rows) - short]


def _drawn(panels: list[tuple[str, list[_Line]]], header: Mapping[str, Any]) -> Figure:
    columns = 2 if len(panels) > 1 else 1
    height = -(-len(panels) // columns)
    tall = _HEAD + _FOOT + _PANEL * height
    figure = Figure(figsize=(_WIDTH, tall), facecolor=look.PAPER)
    grid = figure.subplots(height, columns, sharex=True, squeeze=False)
    figure.subplots_adjust(left=0.065, right=0.845, top=1 - _HEAD / tall, bottom=_FOOT / tall, hspace=0.42, wspace=0.72)
    spots = [axes for row in grid for axes in row]
    first = min(lines[0][2][0] for _, lines in panels)
    last = max(line[2][-1] for _, lines in panels for line in lines)
    for place, (axes, (title, lines)) in enumerate(zip(spots, panels, strict=False)):
        _panel(axes, f"{chr(97 + place)}", title, lines, (first, last))
        if place + columns >= len(panels):
            axes.set_xlabel("simulated time", color=look.SOFT, labelpad=2)
            axes.tick_params(labelbottom=True)
    for axes in spots[len(panels) :]:
        axes.axis("off")
    credit = fitted(drawable(provenance(header)), _WIDTH * 100 * 0.9, 5.5)
    figure.text(0.065, 0.06 / tall, credit, size=5.5, color=look.SOFT, parse_math=False)
    return figure


def _panel(axes: Axes, letter: str, title: str, lines: list[_Line], ends: tuple[float, float]) -> None:
    axes.set_title(title, loc="left", size=8, color=look.INK, pad=4, x=0.0)
    axes.annotate(letter, (0, 1), xytext=(-24, 4), xycoords="axes fraction", textcoords="offset points", size=8.5,
                  weight="bold", color=look.INK)  # fmt: skip
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)
    for spine in ("left", "bottom"):
        axes.spines[spine].set_color(look.SOFT)
    axes.tick_params(length=2.5, color=look.SOFT, labelcolor=look.SOFT, labelsize=6.5, pad=2)
    axes.yaxis.grid(True, color=look.TINT, lw=0.8)
    axes.set_axisbelow(True)
    many = max(len(line[2]) for line in lines) > 16
    for (name, _, moments, values), colour, style in zip(lines, look.SERIES_LIGHT, _STYLES, strict=False):
        steps = "default" if name in _FLOW else "steps-post"
        axes.plot(moments, values, color=colour, ls=style, lw=1.2, drawstyle=steps, clip_on=False,
                  marker=None if many else "o", ms=1.8, solid_capstyle="round")  # fmt: skip
    low, high = _range(lines)
    axes.set_ylim(low, high)
    axes.set_xlim(ends[0], ends[1] if ends[1] > ends[0] else ends[0] + 1)
    whole = high > 3 and all(line[0] in _COUNTS for line in lines)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10], integer=whole))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=ends[1] >= 5))
    _names(axes, lines, (low, high))


def _range(lines: list[_Line]) -> tuple[float, float]:
    """Counts are shown from 0 up, shares from 0 to a quarter, a half or 1, and what lies beyond is never cut off."""
    values = [value for line in lines for value in line[3]]
    top = max(values)
    if not all(line[0] in _COUNTS for line in lines):
        return min(0.0, *values), next((step for step in (0.25, 0.5, 1.0) if top <= step), top)
    return 0.0, top * 1.08 or 1.0


def _names(axes: Axes, lines: list[_Line], limits: tuple[float, float]) -> None:
    """The name of each line at its end, moved apart where lines end close together."""
    low, high = limits
    apart = 0.145 * (high - low)
    order = sorted(range(len(lines)), key=lambda place: lines[place][3][-1])
    ends = [lines[place][3][-1] for place in order]
    spots: list[float] = []
    for end in ends:
        spots.append(max(end, spots[-1] + apart) if spots else end)
    over = min(max(0.0, sum(spots) - sum(ends)) / len(ends), spots[0] - low)  # as near to all ends as to one
    for place, spot in zip(order, spots, strict=True):
        axes.annotate(lines[place][1], (1, (spot - over - low) / (high - low)), xytext=(5, 0), va="center", size=6.8,
                      xycoords="axes fraction", textcoords="offset points", color=look.SERIES_LIGHT[place],
                      annotation_clip=False)  # fmt: skip
