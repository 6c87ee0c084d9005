"""Beside the scene: what stays on the page, and the legend with its tallies."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Circle, Polygon

from society_viz import look, quotes
from society_viz.answering import BIDS
from society_viz.film import ABSTAINED, DONE, MESSAGE, NONE, REFUSED, REQUEST, SAW, SOLD, Beat, Film, Place, Poll
from society_viz.geometry import complete, head, offer
from society_viz.labels import inscribed
from society_viz.words import number
from society_viz.writing import fitted, whole, wrapped

if TYPE_CHECKING:
    from society_viz.sheet import Sheet

_LEFT, _RIGHT = 690, 936
_TOP = 112
_ROWS, _FEW = 10, 6


def frame(canvas: Sheet) -> None:
    """Draw what stays: title, foot, the box of the caption, the legend of lines."""
    film = canvas.film
    canvas.write(24, 26, fitted(film.title, 720, 13, "bold"), 13, weight="bold", still=True)
    canvas.bar(24, 43, 912, 2.5, look.LINE, still=True)
    canvas.bar(24, 542, 912, 66, look.TINT, still=True)
    canvas.bar(24, 542, 4, 66, look.INK, still=True)
    canvas.write(24, 625, fitted(film.provenance, 912, 7.5), 7.5, colour=look.SOFT, still=True)
    canvas.axes.plot((672, 672), (104, 528), color=look.LINE, lw=0.8)
    rows = line_rows(film)
    top = 530 - 17 * len(rows)
    for row, (kind, label) in enumerate(rows):
        _sample(canvas, kind, label, top + 17 * row)


def line_rows(film: Film) -> list[tuple[str, str]]:
    """The legend of lines and rings that occur in *film*: (kind, what it means)."""
    kinds = sorted({tie.kind for tie in film.ties}, key=lambda kind: (kind not in look.TIES, kind))[:4]
    everybody = complete(film)
    if everybody:
        kinds = []
    flows = {what for beat in film.beats for _, _, what in beat.flows}
    rows = [(f"tie:{kind}", f"tie: {kind}") for kind in kinds]
    if everybody and film.seats is None:
        rows.append(("", "each may speak to each (no lines)"))
    if film.untied:
        rows.append(("", f"{film.untied:,} ties, too many to draw"))
    if any(beat.rewired for beat in film.beats) and film.ties:
        rows += [("added", "tie added"), ("removed", "tie removed")]
    names = {MESSAGE: "message", REFUSED: "message refused", SAW: "answer shown to another", SOLD: "sale",
             REQUEST: "request on its way", DONE: "answered"}  # fmt: skip
    rows += [(what, names[what]) for what in names if what in flows]
    rows += [(f"mark:{at}", one.label) for at, one in enumerate(film.marks) if one.shape]
    if any(beat.offers for beat in film.beats):
        rows.append(("offers", "offers to buy, to sell"))
    if any(any(beat.waiting) for beat in film.beats):
        rows.append(("waiting", "request that waits"))
    if film.stacks and any(any(beat.marks) for beat in film.beats):
        rows.append(("price", "price when last asked"))
    if any(beat.chair >= 0 for beat in film.beats):
        rows.append(("chair", film.chairs))
    if any(beat.proposed for beat in film.beats):
        rows.append(("proposed", "on offer"))
    if any(beat.governing for beat in film.beats):
        rows.append(("governing", "in government"))
    if any(beat.won for beat in film.beats):
        rows.append(("won", "gets what is written there"))
    if any(beat.gone for beat in film.beats):
        rows.append(("gone", "has left"))
    return rows[:9]


def _sample(canvas: Sheet, kind: str, label: str, y: float) -> None:
    axes = canvas.axes
    looks = {
        "added": (look.ADDED, 2.2, ()), "removed": (look.REMOVED, 1.4, (3.0, 3.0)), MESSAGE: (look.SAYING, 1.5, ()),
        REFUSED: (look.BLOCKED, 1.4, (3.0, 2.0)), SAW: (look.SEEING, 0.9, ()), SOLD: (look.SELLING, 2.0, ()),
        REQUEST: (look.SAYING, 1.5, ()), DONE: (look.SEEING, 0.9, ()),
    }  # fmt: skip
    rings: dict[str, tuple[str, Any, float]] = {
        "proposed": (look.PROPOSING, (0, (2.4, 1.4)), 2), "governing": (look.GOVERNING, "-", 2),
        "won": (look.WON, "-", 2), "gone": (look.FAINT, (0, (2.0, 2.0)), 1),
    }  # fmt: skip
    if kind.startswith("mark:"):
        _marked(canvas, int(kind[5:]), y)
    elif kind in rings:
        colour, style, wide = rings[kind]
        canvas.put(Circle((_LEFT + 15, y), 6, fill=False, ec=colour, lw=wide, ls=style), True)
    elif kind == "offers":
        for sells, x in ((False, _LEFT - 4), (True, _LEFT + 12)):
            spot = Place("", x, y + 11, 12, 0, 0, "")
            colour = look.ASKS if sells else look.BIDS
            canvas.put(Polygon(offer(spot, sells), fc=colour, ec=look.PAPER, lw=0.7), True)
    elif kind == "waiting":
        for step in range(3):
            canvas.tile(_LEFT + 4 + 9 * step, y - 3.5, 7, look.WAITING, still=True)
    elif kind == "price":
        canvas.write(_LEFT + 15, y, "1.5", 8, anchor="center", weight="bold", still=True)
    elif kind == "chair":
        canvas.write(_LEFT + 15, y, "★", 10, anchor="center", colour=look.PROPOSING, still=True)
    elif kind:
        colour, wide, dashes = look.tie(kind[4:]) if kind.startswith("tie:") else looks[kind]
        axes.plot((_LEFT, _LEFT + 30), (y, y), color=colour, lw=wide, ls=(0, dashes) if dashes else "-")
        if kind in (MESSAGE, SAW, SOLD, REQUEST, DONE):
            face = look.PAPER if kind in (SAW, DONE) else colour
            canvas.put(Circle((_LEFT + 20, y), 3, fc=face, ec=colour, lw=0.7, zorder=3), True)
        if kind == REFUSED:
            canvas.write(_LEFT + 20, y, "×", 11, anchor="center", colour=colour, weight="bold", still=True)
    left = _LEFT + 40 if kind else _LEFT
    canvas.write(left, y, fitted(label, _RIGHT - left, 8), 8, colour=look.SOFT, still=True)


def _marked(canvas: Sheet, which: int, y: float) -> None:
    one, (colour, dashes) = canvas.film.marks[which], look.marked(which)
    if one.shape == "arrow":
        canvas.axes.plot((_LEFT, _LEFT + 30), (y, y), color=colour, lw=look.MARKED, ls=(0, dashes) if dashes else "-")
        canvas.put(Polygon(head(((_LEFT, y), (_LEFT + 30, y)), 8.0), fc=colour, ec="none"), True)
    elif one.shape == "ring":
        canvas.put(Circle((_LEFT + 15, y), 6, fill=False, ec=colour, lw=look.MARKED), True)
    else:
        canvas.put(Circle((_LEFT + 15, y), 6.5, fc=colour, ec="none"), True)
        canvas.write(_LEFT + 15, y, one.sign, 7, anchor="center", colour=look.PAPER, weight="bold", still=True)


def tallies(film: Film, beat: Beat) -> list[tuple[int, str, int, float]]:
    """The rows of the legend: (fill, label, how many, their weight), without rows that nobody could be in."""
    here = [place for place, node in enumerate(film.nodes) if beat.fills[place] != NONE or node.since == 0]
    counts = Counter(beat.fills[place] for place in here)
    weights: defaultdict[int, float] = defaultdict(float)
    for place in here:
        weights[beat.fills[place]] += film.nodes[place].weight
    keys = film.polls[beat.poll].keys
    rows: list[tuple[int, str, int, float]] = [(at, key.label, counts[at], weights[at]) for at, key in enumerate(keys)]
    if counts[ABSTAINED]:
        rows.append((ABSTAINED, "abstains", counts[ABSTAINED], weights[ABSTAINED]))
    if keys and counts[NONE]:
        unsaid = "no bid" if film.polls[beat.poll].heading == BIDS else "no answer yet"
        rows.append((NONE, unsaid, counts[NONE], weights[NONE]))
    return rows


def legend(canvas: Sheet, beat: Beat) -> None:
    """Draw the answers with their tallies, and what was decided."""
    film = canvas.film
    poll = film.polls[beat.poll]
    rows = tallies(film, beat)[:_ROWS]
    if poll.chart is not None and len(rows) > _FEW:
        rows = [row for row in rows if row[2]]  # the room is for the prices
    if not poll.text and not rows:
        _setting(canvas, film)
    if rows:
        canvas.write(_LEFT, _TOP, poll.heading, 9.5, weight="bold")
    here = sum(many for _, _, many, _ in rows)
    high = 26 if len(rows) <= 7 and poll.chart is None else 20 if poll.chart is not None else 22
    for row, (fill, label, many, weight) in enumerate(rows):
        _row(canvas, beat, _TOP + 26 + high * row, fill, label, many, weight, here)
    y = _TOP + 34 + high * len(rows)
    if beat.decision:
        verdict = {True: " ✓ right", False: " ✗ wrong", None: ""}[beat.right]
        colour = {True: look.RIGHT, False: look.WRONG, None: look.INK}[beat.right]
        canvas.write(_LEFT, y, f"Decided{verdict}", 9.5, weight="bold", colour=colour)
        told = wrapped(beat.decision, _RIGHT - _LEFT, 9, 5 if poll.chart is None else 2)
        for step, line in enumerate(told):
            canvas.write(_LEFT, y + 17 * (step + 1), line, 9, colour=colour)
        y += 22 + 17 * max(len(told), 2) if poll.chart is None else 22 + 17 * len(told)
    bottom = 516 - 17 * len(line_rows(film))
    if beat.score and (poll.chart is None or bottom - y > quotes.HIGH + 14):
        canvas.write(_LEFT, y, beat.score, 8.5, colour=look.SOFT)
        y += 12
    if poll.chart is not None and bottom - y > quotes.HIGH - 8:
        _prices(canvas, poll, beat, bottom - quotes.HIGH)


def _setting(canvas: Sheet, film: Film) -> None:
    """What the run asks and how it is set up, before its first question is put."""
    y, room, bottom = float(_TOP), _RIGHT - _LEFT, 516 - 17 * len(line_rows(film))
    parts = [line for name, which in film.setting.parts for line in _part(name, which)]
    if film.setting.about:
        canvas.write(_LEFT, y, "What is asked", 9.5, weight="bold")
        most = int((bottom - y - 26 - 14 * len(parts)) // 14)
        for line in whole(film.setting.about, room, 8.5, max(most, 3)):
            y += 14 if y > _TOP else 18
            canvas.write(_LEFT, y, line, 8.5)
        y += 24
    for line in parts:
        canvas.write(_LEFT, y, line, 8.5, colour=look.SOFT)
        y += 14


def _part(name: str, which: str) -> list[str]:
    return wrapped(f"{name}: {which}", _RIGHT - _LEFT, 8.5, 2)


def _prices(canvas: Sheet, poll: Poll, beat: Beat, top: float) -> None:
    """Draw the chart of a market: what was paid, and what is offered."""
    if poll.chart is None:
        return
    drawn = quotes.plot(poll.chart)
    there = quotes.now(poll, drawn, beat)

    def at(x: float, y: float) -> tuple[float, float]:
        return x + _LEFT, y + top

    if drawn.band is not None:
        high, low = drawn.band
        canvas.bar(*at(drawn.left, high - 0.7), drawn.right - drawn.left, max(low - high, 0) + 1.4, look.REST)
    grid = [(at(drawn.left, y), at(drawn.right, y)) for y, _ in drawn.rows]
    canvas.put(LineCollection(grid, colors=look.LINE, linewidths=0.8))
    canvas.write(*at(drawn.left - 34, 8), drawn.title, 8.5, weight="bold")
    for y, words in drawn.rows:
        canvas.write(*at(drawn.left - 5, y), words, 7.5, anchor="right", colour=look.SOFT)
    for x, words, anchor in drawn.times:
        canvas.write(*at(x, drawn.bottom + 12), words, 7.5, anchor="left" if anchor == "start" else "right",
                     colour=look.SOFT)  # fmt: skip
    for place, (points, many) in enumerate(zip(drawn.lines, there.seen, strict=True)):
        colour = line_colour(poll, place)
        path = [at(x, y) for x, y in points[:many]]
        if len(path) > 1:
            canvas.put(LineCollection([path], colors=colour, linewidths=1.2 if drawn.beside else 1.8))
        marks = [] if poll.chart.call else path if drawn.beside else path[-1:]
        if marks:
            canvas.put(PolyCollection([_dot(x, y, 2.4) for x, y in marks], facecolors=colour, edgecolors="none"))
    if drawn.beside:
        canvas.write(*at(176, 8), "bids", 8.5, colour=look.BIDS, weight="bold")
        canvas.write(*at(212, 8), "asks", 8.5, colour=look.ASKS, weight="bold")
        for y, left, wide, asks in there.bars:
            canvas.bar(*at(left, y - 1.6), wide, 3.2, look.ASKS if asks else look.BIDS)
    for x, y, words in there.ends:
        if drawn.beside:
            canvas.write(*at(min(x, drawn.right - 12), y - 9 if y > 40 else y + 10), words, 8, anchor="center",
                         weight="bold", halo=True)  # fmt: skip
        else:
            canvas.write(*at(x + 4, y), words, 7.5, weight="bold", halo=True)


def line_colour(poll: Poll, place: int) -> str:
    """The colour of a line: that of the option whose price it is."""
    if poll.chart is not None and poll.chart.call:
        return {"bids": look.BIDS, "asks": look.ASKS}.get(poll.chart.names[place], look.INK)
    if poll.chart is None or poll.chart.book or poll.chart.counts:
        return look.INK
    name = poll.chart.names[place]
    colour = next((key.colour for key in poll.keys if key.label == name), look.OTHER)
    return look.THIN.get(colour, colour)


def _dot(x: float, y: float, r: float) -> list[tuple[float, float]]:
    return [(x - r, y), (x, y - r), (x + r, y), (x, y + r)]


def _row(canvas: Sheet, beat: Beat, y: float, fill: int, label: str, many: int, weight: float, here: int) -> None:
    film = canvas.film
    keys = film.polls[beat.poll].keys
    face = {ABSTAINED: look.ABSTAINING, NONE: look.UNASKED}.get(fill) or keys[fill].colour
    canvas.put(Circle((_LEFT + 9, y), 8, fc=face, ec=look.SOFT if fill < 0 else look.INK, lw=0.8,
                      hatch="//////" if fill == ABSTAINED else None))  # fmt: skip
    if fill >= 0:
        colour = look.PAPER if look.dark(face) else look.INK
        letter = keys[fill].letter
        canvas.write(_LEFT + 9, y, letter, inscribed(letter, 10), anchor="center", weight="bold", colour=colour)
    told = f"{many:,}" if not weight else f"{many:,} ({number(weight)} seats)"
    room = _RIGHT - _LEFT - 34 - 8.2 * len(told)
    canvas.write(_LEFT + 26, y - 2, fitted(label, room, 9), 9)
    canvas.write(_RIGHT, y - 2, told, 9, anchor="right", weight="bold" if not weight else "normal")
    canvas.bar(_LEFT + 26, y + 8, _RIGHT - _LEFT - 26, 2.5, look.LINE)
    part = min((weight / sum(node.weight for node in film.nodes)) if weight else many / max(here, 1), 1.0)
    if part > 0:
        canvas.bar(_LEFT + 26, y + 8, (_RIGHT - _LEFT - 26) * part, 2.5, look.FAINT if face == look.UNASKED else face)
