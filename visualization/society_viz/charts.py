"""Charts of a report, as SVG that takes its colours from the page: light, dark and printed.

Values with their intervals, cost against accuracy, signs over a grid of assumptions, lines over time. A chart is drawn
from its numbers alone; the same numbers give the same bytes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from society_sim.reporting.drawings import Drawing, Intervals, Line, Lines, Point, Scatter, Tiles
from society_sim.statistics import frontier
from society_viz import svg
from society_viz.look import SERIES
from society_viz.words import clean, cut

_WIDTH = 760.0
_LETTER = 6.5
"""How wide a letter is on average; measured widths would differ from one reader's font to the next anyway."""
_BOLD = 7.2
_NAME = 24
_ROW = 22.0
_Place: TypeAlias = "Callable[[float], float]"


def chart(drawing: Drawing, title: str) -> str:
    """*drawing* as an SVG element that is called *title*."""
    match drawing:
        case Intervals():
            return _intervals(drawing, title)
        case Scatter():
            return _scatter(drawing, title)
        case Tiles():
            return _tiles(drawing, title)
        case Lines():
            return _lines(drawing, title)


def _intervals(drawing: Intervals, title: str) -> str:
    bars = [bar for group in drawing.groups for bar in group.bars]
    left = max([24 + _LETTER * max((len(bar.label) for bar in bars), default=8),
                *(14 + _BOLD * len(group.title) for group in drawing.groups)])  # fmt: skip
    left = min(left, 250.0)
    right = _WIDTH - 18 - _LETTER * max([len(bar.told) for bar in bars] + [len(drawing.column)])
    low, high = _range([value for bar in bars for value in (bar.value, bar.low, bar.high, *(v for _, v in bar.beside))]
                       + ([] if drawing.zero is None else [drawing.zero]))  # fmt: skip
    if drawing.zero is not None and drawing.margin is not None and drawing.margin < 3 * (high - low):
        low, high = min(low, drawing.zero - 1.3 * drawing.margin), max(high, drawing.zero + 1.3 * drawing.margin)

    def at(value: float) -> float:
        return left + (right - 18 - left) * (min(max(value, low), high) - low) / (high - low)

    y, rows, top = 30.0, [], 26.0
    for group in drawing.groups:
        if group.title:
            y += 4
            rows.append(svg.text(0, y + 12, cut(clean(group.title), 90), "b"))
            y += _ROW - 2
        for bar in group.bars:
            rows.append(_bar(bar.series, at, y + _ROW / 2, (bar.value, bar.low, bar.high), (low, high), bar.beside))
            label = cut(clean(bar.label), int((left - 20) / _LETTER))
            rows.append(svg.text(12 if group.title else 0, y + _ROW / 2 + 4, label))
            rows.append(svg.text(_WIDTH, y + _ROW / 2 + 4, bar.told, "e"))
            y += _ROW
    marks = svg.ticks(low, high)
    back = []
    if drawing.zero is not None and drawing.margin is not None:
        one, other = at(drawing.zero - drawing.margin), at(drawing.zero + drawing.margin)
        back.append(svg.rect(one, top, other - one, y + 4 - top, "band"))
    for tick in marks:
        back.append(svg.line(at(tick), top, at(tick), y + 4, "g"))
        back.append(svg.text(at(tick), y + 19, svg.told(tick, marks), "q m"))
    if drawing.zero is not None:
        back.append(svg.line(at(drawing.zero), top, at(drawing.zero), y + 4, "z"))
    head = [svg.text(_WIDTH, 14, drawing.column, "q e"), svg.text((left + right - 18) / 2, y + 37, drawing.axis, "q m")]
    return svg.document(_WIDTH, y + 44, title, "".join([*back, *head, *rows]))


def _bar(series: int, at: _Place, y: float, value: tuple[float, float, float], ends: tuple[float, float],
         beside: Sequence[tuple[str, float]]) -> str:  # fmt: skip
    middle, low, high = value
    parts = []
    for place, (_, other) in enumerate(beside):
        x = at(other)
        if place == 0:
            parts.append(svg.mark(3, x, y, 5, "h"))
        else:
            parts += [svg.line(x - 6, y - 6, x + 6, y + 6, "h"), svg.line(x - 6, y + 6, x + 6, y - 6, "h")]
    parts.append(f'<g class="s{series % SERIES}">')
    if high > low:
        parts.append(svg.line(at(low), y, at(high), y, "w"))
        parts += [svg.line(at(end), y - 4, at(end), y + 4, "w") for end in (low, high) if ends[0] <= end <= ends[1]]
    return "".join([*parts, svg.mark(series, at(middle), y), "</g>"])


def _scatter(drawing: Scatter, title: str) -> str:
    points = [point for _, own in drawing.panels for point in own]
    xs = [point.x for point in points]
    logarithmic = min(xs) > 0 and max(xs) / min(xs) > 6
    low, high = _range([value for point in points for value in (point.y, point.low, point.high)])
    first, last = (math.log10(min(xs)), math.log10(max(xs))) if logarithmic else (min(xs), max(xs))
    spare = 0.25 * (last - first) or (0.3 if logarithmic else 0.5 * abs(last) or 1.0)
    first, last = first - spare, last + spare
    if not logarithmic:
        first = max(0.0, first)
    columns = min(len(drawing.panels), 2)
    wide, tall, gap = (_WIDTH - 46 - 24 * (columns - 1)) / columns, 176.0 if columns > 1 else 230.0, 62.0
    body = []
    for place, (name, own) in enumerate(drawing.panels):
        x0, y0 = 46 + (place % columns) * (wide + 24), 24 + (place // columns) * (tall + gap)

        def across(x: float, x0: float = x0) -> float:
            return x0 + wide * ((math.log10(x) if logarithmic else x) - first) / (last - first)

        def up(y: float, y0: float = y0) -> float:
            return y0 + tall * (high - min(max(y, low), high)) / (high - low)

        body.append(svg.text(x0, y0 - 8, cut(clean(name), int(wide / _LETTER)), "b"))
        marks = svg.ticks(low, high)
        for tick in marks:
            body.append(svg.line(x0, up(tick), x0 + wide, up(tick), "g"))
            if place % columns == 0:
                body.append(svg.text(x0 - 6, up(tick) + 4, svg.told(tick, marks), "q e"))
        body.append(svg.line(x0, y0 + tall, x0 + wide, y0 + tall, "z"))
        steps = _log_ticks(first, last) if logarithmic else svg.ticks(first, last, 5)
        body += [svg.text(across(tick), y0 + tall + 15, svg.told(tick, steps if not logarithmic else [tick]), "q m")
                 for tick in steps if x0 + 12 <= across(tick) <= x0 + wide - 12]  # fmt: skip
        body.append(svg.text(x0 + wide / 2, y0 + tall + 32, drawing.across, "q m"))
        if drawing.frontier:
            body.append(_frontier(own, across, up, x0 + wide))
        body.append(_points(own, across, up, (x0, x0 + wide), (y0, y0 + tall)))
    body.insert(0, svg.text(0, 12, "" if drawing.panels[0][0] else drawing.upwards, "q"))
    rows = -(-len(drawing.panels) // columns)
    return svg.document(_WIDTH, rows * (tall + gap), title, "".join(body))


def _frontier(points: Sequence[Point], across: _Place, up: _Place, end: float) -> str:
    """Steps from one point that no other beats to the next, and on to the *end*: the most to be had for a price."""
    best = [points[place] for place in frontier([point.x for point in points], [point.y for point in points])]
    steps = []
    for one, after in itertools.pairwise([*best, None]):
        if one is not None:
            upto = end if after is None else across(after.x)
            steps.append(svg.line(across(one.x), up(one.y), upto, up(one.y), "f", _DASHES[2]))
            if after is not None:
                steps.append(svg.line(upto, up(one.y), upto, up(after.y), "f", _DASHES[2]))
    return "".join(steps)


def _points(points: Sequence[Point], across: _Place, up: _Place, sides: tuple[float, float],
            ends: tuple[float, float]) -> str:  # fmt: skip
    """Points that are apart though they cost the same, each with its name beside it where no other name is."""
    order = sorted(points, key=lambda point: (point.x, -point.y, point.label))
    columns: list[list[Point]] = []
    for point in order:
        if columns and across(point.x) - across(columns[-1][0].x) < 14:
            columns[-1].append(point)
        else:
            columns.append([point])
    parts = []
    named: list[tuple[float, int, list[Point]]] = []  # where names begin, on which side, and whose
    for column in columns:
        middle = sum(across(point.x) for point in column) / len(column)
        ranked = sorted(column, key=lambda point: (-point.y, point.label))
        for place, point in enumerate(ranked):
            x = middle + 12 * (place - (len(column) - 1) / 2)
            parts.append(f'<g class="s{point.series % SERIES}">')
            if point.high > point.low:
                parts.append(svg.line(x, up(point.low), x, up(point.high), "w"))
            parts += [svg.mark(point.series, x, up(point.y)), "</g>"]
        edge, longest = 22 + 6.0 * (len(column) - 1), min(_NAME, max(len(point.label) for point in column))
        side = -1 if middle + edge + _LETTER * longest > sides[1] else 1
        if named and side == named[-1][1] == -1:  # names that would lie across other points stand with theirs
            named[-1][2].extend(ranked)
        else:
            named.append((middle + side * edge, side, ranked))
    for start, side, whose in named:
        ranked = sorted(whose, key=lambda point: (-point.y, point.label))
        heights = _apart([up(point.y) + 4 for point in ranked], 14, ends[0] + 8, ends[1] - 4)
        for point, y in zip(ranked, heights, strict=True):
            mark = svg.mark(point.series, start - side * 9, y - 4, 3.2)
            parts.append(f'<g class="s{point.series % SERIES}">{mark}</g>')
            parts.append(svg.text(start, y, cut(clean(point.label), _NAME), "halo e" if side < 0 else "halo"))
    return "".join(parts)


def _tiles(drawing: Tiles, title: str) -> str:
    left = min(300.0, 16 + _LETTER * max(len(label) for label, *_ in drawing.rows))
    end = 12 + _LETTER * max(len(said) for *_, said in drawing.rows)
    wide = max(56.0, min(104.0, (_WIDTH - left - end) / len(drawing.columns)))
    body = [svg.text(left + wide * len(drawing.columns) / 2, 13, drawing.across, "q m")]
    body += [svg.text(left + wide * (place + 0.5), 31, f"× {name}", "q m")
             for place, name in enumerate(drawing.columns)]  # fmt: skip
    y = 40.0
    for label, tiles, said in drawing.rows:
        body.append(svg.text(0, y + 17, cut(clean(label), int((left - 10) / _LETTER))))
        for place, tile in enumerate(tiles):
            style, sign = {"+": ("up", "▲"), "-": ("down", "▼")}.get(tile.sign, ("level", "○"))
            body.append(svg.rect(left + wide * place + 1, y + 1, wide - 2, 24, style))
            body.append(svg.text(left + wide * (place + 0.5), y + 17, f"{sign} {tile.told}", "m"))
        body.append(svg.text(left + wide * len(drawing.columns) + 10, y + 17, said, "q"))
        y += 26
    return svg.document(max(_WIDTH, left + wide * len(drawing.columns) + end), y + 6, title, "".join(body))


def _lines(drawing: Lines, title: str) -> str:
    every = [moment for _, lines in drawing.panels for line in lines for moment in line.moments]
    first, last = min(every), max(every)
    columns = 2 if len(drawing.panels) > 1 else 1
    room = 16 + _LETTER * max(len(line.label) for _, lines in drawing.panels for line in lines)
    wide, tall, gap = (_WIDTH - columns * (40 + room)) / columns, 104.0, 56.0
    body = []
    for place, (name, lines) in enumerate(drawing.panels):
        x0, y0 = 40 + (place % columns) * (wide + room + 40), 22 + (place // columns) * (tall + gap)
        values = [value for line in lines for value in line.values]
        low, high = min(0.0, *values), max(*values, 0.0)
        if name and high <= 1 and low >= 0:
            high = next(step for step in (0.25, 0.5, 1.0) if high <= step)
        high = high if high > low else low + 1

        def across(t: float, x0: float = x0) -> float:
            return x0 + wide * (t - first) / ((last - first) or 1)

        def up(value: float, y0: float = y0, low: float = low, high: float = high) -> float:
            return y0 + tall * (high - value) / (high - low)

        body.append(svg.text(x0, y0 - 9, name, "b"))
        marks = svg.ticks(low, high, 4)
        for tick in marks:
            body += [svg.line(x0, up(tick), x0 + wide, up(tick), "g"),
                     svg.text(x0 - 6, up(tick) + 4, svg.told(tick, marks), "q e")]  # fmt: skip
        steps = svg.ticks(first, last, 5)
        body += [svg.text(across(tick), y0 + tall + 16, svg.told(tick, steps), "q m") for tick in steps]
        if place >= len(drawing.panels) - columns:
            body.append(svg.text(x0 + wide / 2, y0 + tall + 33, drawing.across, "q m"))
        order = sorted(range(len(lines)), key=lambda n: (-lines[n].values[-1], n))
        wanted = [up(lines[n].values[-1]) + 4 for n in order]
        spots = dict(zip(order, _apart(wanted, 14, y0, y0 + tall + 4), strict=True))
        for n, line in enumerate(lines):
            body.append(f'<g class="s{n % SERIES}"><path class="l" d="{_way(line, across, up)}"'
                        f'{_DASHES[n % len(_DASHES)]}/></g>')  # fmt: skip
            body.append(f'<g class="s{n % SERIES}">{svg.text(x0 + wide + 7, spots[n], line.label, "t")}</g>')
    rows = -(-len(drawing.panels) // columns)
    return svg.document(_WIDTH, rows * (tall + gap) + 12, title, "".join(body))


_DASHES = ("", ' stroke-dasharray="6 3"', ' stroke-dasharray="2 2"')


def _way(line: Line, across: _Place, up: _Place) -> str:
    parts = [f"M{across(line.moments[0]):.1f} {up(line.values[0]):.1f}"]
    for moment, value in zip(line.moments[1:], line.values[1:], strict=True):
        if line.steps:
            parts.append(f"H{across(moment):.1f}")
        parts.append(f"V{up(value):.1f}" if line.steps else f"L{across(moment):.1f} {up(value):.1f}")
    return "".join(parts)


def _range(values: Sequence[float]) -> tuple[float, float]:
    """A little more than from the smallest to the largest."""
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    spare = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return low - spare, high + spare


def _log_ticks(first: float, last: float) -> list[float]:
    found = [times * 10.0**power for power in range(math.floor(first), math.ceil(last) + 1) for times in (1, 2, 5)]
    found = [tick for tick in found if first <= math.log10(tick) <= last]
    tens = [tick for tick in found if math.log10(tick) % 1 < 1e-9]
    return tens if len(tens) > 2 else found


def _apart(wanted: Sequence[float], least: float, top: float, bottom: float) -> list[float]:
    """Places in the same order, *least* apart, as near to those *wanted* as the room from *top* to *bottom* allows."""
    spots: list[float] = []
    for place in wanted:
        spots.append(max(place, spots[-1] + least) if spots else max(place, top))
    over = max(0.0, spots[-1] - bottom) if spots else 0.0
    for place in range(len(spots) - 1, -1, -1):
        limit = spots[place + 1] - least if place + 1 < len(spots) else bottom
        if over and spots[place] > limit:
            spots[place] = limit
    return spots
