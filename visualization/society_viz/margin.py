"""Beside the society on a poster: the answers, prices, the figures of the run, and what the lines mean."""

from __future__ import annotations

from collections.abc import Iterator

from society_viz import labels, look, quotes
from society_viz.drawing import Disc, Drawn, Shape, Stroke, Words, box
from society_viz.film import ABSTAINED, DONE, MESSAGE, REFUSED, REQUEST, SAW, SOLD, Beat, Film, Poll
from society_viz.geometry import head
from society_viz.legends import line_colour, line_rows, tallies
from society_viz.writing import fitted

PANEL, EDGE = 690, 936
_ROWS = 7


def beside(film: Film, beat: Beat, figures: list[tuple[str, str]], drawn: frozenset[str]) -> Iterator[Drawn]:
    """The panel: who answered what, prices if there are any, the figures of the run; *drawn*: what flows are there."""
    yield Stroke(((672, 92), (672, 530)), look.LINE, 0.8)
    y, poll = 100.0, film.polls[beat.poll]
    rows = [row for row in tallies(film, beat) if row[0] >= 0 or row[2]]
    kept = sorted(rows, key=lambda row: not row[2])[:_ROWS]  # what nobody answers gives way first
    rows = [row for row in rows if row in kept]
    if rows:
        yield Words(PANEL, y, poll.heading, 10, bold=True)
        most = max(max(many for _, _, many, _ in rows), 1)
        for fill, label, many, _ in rows:
            y += 22
            colour = poll.keys[fill].colour if fill >= 0 else look.ABSTAINING if fill == ABSTAINED else look.UNASKED
            letter = poll.keys[fill].letter if fill >= 0 else "–" if fill == ABSTAINED else ""
            yield Disc(PANEL + 7, y, 7, colour, look.INK)
            yield Words(PANEL + 7, y, letter, labels.inscribed(letter, 9) or 5, look.PAPER if look.dark(colour) else
                        look.INK, "middle", bold=True)  # fmt: skip
            yield Words(PANEL + 20, y - 2, fitted(label, 190, 9), 9)
            yield Words(EDGE, y - 2, f"{many:,}", 9, anchor="end")
            yield box(PANEL + 20, y + 8, 200 * many / most, 2, colour)
        y += 34
    if poll.chart is not None:
        yield from _chart(poll, beat, y)
        y += quotes.HIGH + 14
    legend = _lines(film, beat, drawn)
    foot = 530 - 16 * len(legend)
    for row, (kind, label) in enumerate(legend):
        yield from _sample(film, kind, label, foot + 4 + 16 * row)
    yield Words(PANEL, y, "The whole run", 10, bold=True)
    for name, value in figures:
        y += 20
        if y > foot - 12:
            return
        yield Words(PANEL, y, name, 9, look.SOFT)
        yield Words(EDGE, y, value, 9, anchor="end")


def _lines(film: Film, beat: Beat, drawn: frozenset[str]) -> list[tuple[str, str]]:
    """What the lines and rings on the poster mean; marks that come and go in an animation are not on it."""
    moving = {"added", "removed", REFUSED, "offers", "waiting", "price", "chair", "proposed", REQUEST, DONE}
    there: dict[str, object] = {"won": beat.won, "governing": beat.governing, "gone": beat.gone}
    seen = {which for *_, which in (*beat.arrows, *beat.badges)}
    there |= {f"mark:{at}": at in seen for at in range(len(film.marks))}
    there |= {flow: flow in drawn for flow in (MESSAGE, SAW, SOLD)}
    return [row for row in line_rows(film) if row[0] not in moving and there.get(row[0], True)]


def _sample(film: Film, kind: str, label: str, y: float) -> Iterator[Drawn]:
    rings = {"won": (look.WON, 2.0, ()), "governing": (look.GOVERNING, 2.0, ()), "gone": (look.FAINT, 1.0, (2.0, 2.0))}
    flows = {MESSAGE: (look.SAYING, 1.3, ()), SOLD: (look.SELLING, 2.0, ()), SAW: (look.SEEING, 0.9, ())}
    if kind.startswith("mark:"):
        yield from _marked(film, int(kind[5:]), y)
    elif kind in rings:
        colour, wide, dashes = rings[kind]
        yield Disc(PANEL + 14, y, 5, "", colour, wide, dashes)
    elif kind:
        colour, wide, dashes = look.tie(kind[4:]) if kind.startswith("tie:") else flows[kind]
        yield Stroke(((PANEL, y), (PANEL + 28, y)), colour, wide, dashes)
        if kind in flows:
            yield Shape(head(((PANEL, y), (PANEL + 28, y)), 6.0), colour)
    left = PANEL + 38 if kind else PANEL
    yield Words(left, y, fitted(label, EDGE - left, 8), 8, look.SOFT)


def _marked(film: Film, which: int, y: float) -> Iterator[Drawn]:
    one, (colour, dashes) = film.marks[which], look.marked(which)
    if one.shape == "arrow":
        yield Stroke(((PANEL, y), (PANEL + 28, y)), colour, look.MARKED, dashes)
        yield Shape(head(((PANEL, y), (PANEL + 28, y)), 8.0), colour)
    else:
        ring = one.shape == "ring"
        yield Disc(PANEL + 14, y, 6.5, "" if ring else colour, colour, look.MARKED if ring else 0.1)
        yield Words(PANEL + 14, y, one.sign, 7, look.PAPER, "middle", bold=True)


def _chart(poll: Poll, beat: Beat, top: float) -> Iterator[Drawn]:
    """The chart of a market as the animation has it in *beat*."""
    if poll.chart is None:
        return
    drawn = quotes.plot(poll.chart)
    there = quotes.now(poll, drawn, beat)
    x0, y0 = float(PANEL), top - 8
    yield Words(x0, top, drawn.title, 10, bold=True)
    if drawn.band is not None:
        high, low = drawn.band
        yield box(x0 + drawn.left, y0 + high - 0.7, drawn.right - drawn.left, max(low - high, 0) + 1.4, look.REST)
    for y, words in drawn.rows:
        yield Stroke(((x0 + drawn.left, y0 + y), (x0 + drawn.right, y0 + y)), look.LINE, 0.8)
        yield Words(x0 + drawn.left - 5, y0 + y, words, 7.5, look.SOFT, "end")
    for x, words, anchor in drawn.times:
        yield Words(x0 + x, y0 + drawn.bottom + 12, words, 7.5, look.SOFT, anchor)
    for place, (points, many) in enumerate(zip(drawn.lines, there.seen, strict=True)):
        way = tuple((x0 + x, y0 + y) for x, y in points[:many])
        colour = line_colour(poll, place)
        if len(way) > 1:
            yield Stroke(way, colour, 1.4)
        marked = () if poll.chart.call else way if drawn.beside else way[-1:]
        for x, y in marked:
            yield Disc(x, y, 1.8, colour, colour, 0.1)
    for y, left, wide, asks in there.bars:
        yield box(x0 + left, y0 + y - 1.6, wide, 3.2, look.ASKS if asks else look.BIDS)
    for x, y, words in there.ends:
        if drawn.beside:
            yield Words(x0 + min(x, drawn.right - 12), y0 + (y - 9 if y > 40 else y + 10), words, 8, anchor="middle",
                        bold=True, halo=True)  # fmt: skip
        else:
            yield Words(x0 + x + 4, y0 + y, words, 7.5, bold=True, halo=True)
