"""Where the lines and bars of a market's prices lie: the same for pictures and for the page.

The picture is `WIDE` by `HIGH` units of one pixel at 100 dpi, y growing downwards. Prices over time stand on the left;
beside them, on the same scale, the offers that stand.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import ceil, floor, log10

from society_viz.film import Beat, Chart, Poll
from society_viz.words import count, cut, number

WIDE, HIGH = 246.0, 170.0
_LEFT, _TOP, _BOTTOM = 34.0, 24.0, 152.0
_RIGHT = {True: 166.0, False: 208.0}
"""Where the prices end: before the offers, or before the letters of the lines."""
_BOOK, _END = 174.0, 244.0
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plot:
    """What stays of a chart: lines of the grid with labels, times, the band of competition, and each line's points."""

    title: str
    beside: str
    rows: tuple[tuple[float, str], ...]
    times: tuple[tuple[float, str, str], ...]
    band: tuple[float, float] | None
    left: float
    right: float
    bottom: float
    lines: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True)
class Now:
    """What of it is there in a beat: how many points of each line, and bars (y, left, width, whether it is an ask).

    *ends*: what is written at the end of each line, as (x, y, words).
    """

    seen: tuple[int, ...]
    bars: tuple[tuple[float, float, float, bool], ...]
    ends: tuple[tuple[float, float, str], ...]


def plot(chart: Chart) -> Plot:
    """The chart without what changes from beat to beat; of a call, the units in place of time."""
    right = _RIGHT[chart.book]
    times_of = 1 if chart.book or chart.counts else 100  # prices of options are shown in per cent
    marks = [(_y(chart, at), number(round(at * times_of, 6))) for at in _rounded(chart.low, chart.high)]
    ends = ("0", count(round(chart.end), "unit")) if chart.call else (f"t = {number(chart.start)}", number(chart.end))
    times = ((_LEFT, ends[0], "start"), (right, ends[1], "end"))
    band = None if chart.band is None else (_y(chart, chart.band[1]), _y(chart, chart.band[0]))
    lines = tuple(tuple((_x(chart, t), _y(chart, price)) for t, price in points) for points in chart.points)
    return Plot(chart.title, "Offers" if chart.book else "", tuple(marks), times, band, _LEFT, right, _BOTTOM, lines)


def now(poll: Poll, drawn: Plot, beat: Beat) -> Now:
    """What of *drawn*, the chart of *poll*, is there in *beat*."""
    chart = poll.chart
    if chart is None:
        return Now((), (), ())
    if chart.call:
        return _call(chart, drawn, beat)
    seen = tuple(bisect_right([t for t, _ in points], beat.t + 1e-9) for points in chart.points)
    ends = []
    for at, (name, many) in enumerate(zip(chart.names, seen, strict=True)):
        if many:
            price = chart.points[at][many - 1][1]
            x, y = drawn.lines[at][many - 1]
            plain = chart.book or chart.counts
            ends.append((x, y, number(price) if plain else f"{letter(poll, name)} {round(100 * price)}"))
    return Now(seen, _bars(chart, beat) if chart.book else (), tuple(ends if chart.book else _apart(ends)))


def _call(chart: Chart, drawn: Plot, beat: Beat) -> Now:
    """All of the steps, from when they are called up; nothing before."""
    if beat.t < chart.start:
        return Now((0,) * len(chart.points), (), ())
    ends = [(*line[-1], number(points[-1][1]) if name == "price" else name)
            for name, points, line in zip(chart.names, chart.points, drawn.lines, strict=True) if points]  # fmt: skip
    return Now(tuple(map(len, chart.points)), (), tuple(_apart(ends)))


def letter(poll: Poll, name: str) -> str:
    """What stands for an option: the letter that its members wear, or the beginning of its name."""
    return next((key.letter for key in poll.keys if key.label == name), cut(name, 3))


def _bars(chart: Chart, beat: Beat) -> tuple[tuple[float, float, float, bool], ...]:
    most = max([many for _, many in (*beat.bids, *beat.asks)], default=1)
    room = _END - _BOOK
    return tuple(
        (_y(chart, price), _BOOK, max(6.0, room * many / max(most, 3)), asks)
        for asks, offers in ((False, beat.bids), (True, beat.asks))
        for price, many in offers
        if chart.low <= price <= chart.high
    )


def _apart(ends: list[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """The same, moved so that none stands on another; those that find no room are left out."""
    placed: list[tuple[float, float, str]] = []
    last = _TOP - 12
    for x, y, words in sorted(ends, key=lambda end: end[1]):
        at = max(y, last + 10)
        if at <= _BOTTOM + 2:
            placed.append((x, at, words))
            last = at
    return placed


def _x(chart: Chart, t: float) -> float:
    start = 0.0 if chart.call else chart.start
    return round(_LEFT + (_RIGHT[chart.book] - _LEFT) * (t - start) / (chart.end - start), 1)


def _y(chart: Chart, price: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * (price - chart.low) / (chart.high - chart.low), 1)


def _rounded(low: float, high: float) -> list[float]:
    """Round numbers from *low* to *high*, about four of them.

    >>> _rounded(0, 1), _rounded(52.0, 148.5)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [60.0, 80.0, 100.0, 120.0, 140.0])
    """
    raw = (high - low) / 4
    power = 10.0 ** floor(log10(raw))
    step = next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= raw * 0.8)
    return [round(at * step, 9) for at in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]
