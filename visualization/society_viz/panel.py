"""Beside the scene: what stays on the page, and the legend with its tallies."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from matplotlib.patches import Circle

from society_viz import look
from society_viz.film import ABSTAINED, MESSAGE, NONE, REFUSED, SAW, Beat, Film
from society_viz.words import number
from society_viz.writing import fitted, wrapped

if TYPE_CHECKING:
    from society_viz.canvas import Canvas

_LEFT, _RIGHT = 690, 936
_TOP = 112
_ROWS = 10


def frame(canvas: Canvas) -> None:
    """Draw what stays: title, foot, the box of the caption, the legend of lines."""
    film = canvas.film
    canvas.write(24, 26, fitted(film.title, 720, 13, "bold"), 13, weight="bold", still=True)
    canvas.bar(24, 43, 912, 2.5, "#E3E8ED", still=True)
    canvas.bar(24, 542, 912, 66, look.TINT, still=True)
    canvas.bar(24, 542, 4, 66, look.INK, still=True)
    canvas.write(24, 625, fitted(film.provenance, 912, 7.5), 7.5, colour=look.SOFT, still=True)
    canvas.axes.plot((672, 672), (104, 528), color="#E3E8ED", lw=0.8)
    rows = line_rows(film)
    top = 530 - 17 * len(rows)
    for row, (kind, label) in enumerate(rows):
        _sample(canvas, kind, label, top + 17 * row)


def line_rows(film: Film) -> list[tuple[str, str]]:
    """The legend of lines and rings that occur in *film*: (kind, what it means)."""
    kinds = sorted({tie.kind for tie in film.ties}, key=lambda kind: (kind not in look.TIES, kind))[:4]
    if film.seats is not None and len(film.ties) > 0.8 * len(film.nodes) * (len(film.nodes) - 1):
        kinds = []
    flows = {what for beat in film.beats for _, _, what in beat.flows}
    rows = [(f"tie:{kind}", f"tie: {kind}") for kind in kinds]
    if film.untied:
        rows.append(("", f"{film.untied:,} ties, too many to draw"))
    if any(beat.rewired for beat in film.beats) and film.ties:
        rows += [("added", "tie added"), ("removed", "tie removed")]
    names = {MESSAGE: "message", REFUSED: "message refused", SAW: "answer shown to another"}
    rows += [(what, names[what]) for what in (MESSAGE, REFUSED, SAW) if what in flows]
    if any(beat.chair >= 0 for beat in film.beats):
        rows.append(("chair", film.chairs))
    if any(beat.proposed for beat in film.beats):
        rows.append(("proposed", "on offer"))
    if any(beat.governing for beat in film.beats):
        rows.append(("governing", "in government"))
    return rows[:9]


def _sample(canvas: Canvas, kind: str, label: str, y: float) -> None:
    axes = canvas.axes
    looks = {
        "added": (look.ADDED, 2.2, ()), "removed": (look.REMOVED, 1.4, (3.0, 3.0)), MESSAGE: (look.SAYING, 1.5, ()),
        REFUSED: (look.BLOCKED, 1.4, (3.0, 2.0)), SAW: (look.SEEING, 0.9, ()),
    }  # fmt: skip
    if kind in ("proposed", "governing"):
        colour = look.PROPOSING if kind == "proposed" else look.GOVERNING
        axes.add_patch(
            Circle((_LEFT + 15, y), 6, fill=False, ec=colour, lw=2, ls=(0, (2.4, 1.4)) if kind == "proposed" else "-")
        )
    elif kind == "chair":
        canvas.write(_LEFT + 15, y, "★", 10, anchor="center", colour=look.PROPOSING, still=True)
    elif kind:
        colour, wide, dashes = look.tie(kind[4:]) if kind.startswith("tie:") else looks[kind]
        axes.plot((_LEFT, _LEFT + 30), (y, y), color=colour, lw=wide, ls=(0, dashes) if dashes else "-")
        if kind in (MESSAGE, SAW):
            axes.add_patch(
                Circle((_LEFT + 20, y), 3, fc=colour if kind == MESSAGE else look.PAPER, ec=colour, lw=0.7, zorder=3)
            )
        if kind == REFUSED:
            canvas.write(_LEFT + 20, y, "×", 11, anchor="center", colour=colour, weight="bold", still=True)
    canvas.write(_LEFT + 40, y, fitted(label, _RIGHT - _LEFT - 40, 8), 8, colour=look.SOFT, still=True)


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
        rows.append((NONE, "no answer yet", counts[NONE], weights[NONE]))
    return rows


def legend(canvas: Canvas, beat: Beat) -> None:
    """Draw the answers with their tallies, and what was decided."""
    film = canvas.film
    rows = tallies(film, beat)[:_ROWS]
    if rows:
        canvas.write(_LEFT, _TOP, "Answers", 9.5, weight="bold")
    here = sum(many for _, _, many, _ in rows)
    high = 26 if len(rows) <= 7 else 22
    for row, (fill, label, many, weight) in enumerate(rows):
        _row(canvas, beat, _TOP + 26 + high * row, fill, label, many, weight, here)
    y = _TOP + 34 + high * len(rows)
    if beat.decision:
        verdict = {True: " ✓ right", False: " ✗ wrong", None: ""}[beat.right]
        colour = {True: look.RIGHT, False: look.WRONG, None: look.INK}[beat.right]
        canvas.write(_LEFT, y, f"Decided{verdict}", 9.5, weight="bold", colour=colour)
        for step, line in enumerate(wrapped(beat.decision, _RIGHT - _LEFT, 9, 2)):
            canvas.write(_LEFT, y + 17 * (step + 1), line, 9, colour=colour)
        y += 56
    if beat.score:
        canvas.write(_LEFT, y, beat.score, 8.5, colour=look.SOFT)


def _row(canvas: Canvas, beat: Beat, y: float, fill: int, label: str, many: int, weight: float, here: int) -> None:
    film = canvas.film
    keys = film.polls[beat.poll].keys
    face = {ABSTAINED: look.ABSTAINING, NONE: look.UNASKED}.get(fill) or keys[fill].colour
    disc = Circle((_LEFT + 9, y), 8, fc=face, ec=look.SOFT if fill < 0 else look.INK, lw=0.8, animated=True,
                  hatch="//////" if fill == ABSTAINED else None)  # fmt: skip
    canvas.axes.add_patch(disc)
    canvas.show(disc)
    disc.remove()
    if fill >= 0:
        colour = look.PAPER if look.dark(face) else look.INK
        canvas.write(_LEFT + 9, y, keys[fill].letter, 8, anchor="center", weight="bold", colour=colour)
    told = f"{many:,}" if not weight else f"{many:,} ({number(weight)} seats)"
    room = _RIGHT - _LEFT - 34 - 8.2 * len(told)
    canvas.write(_LEFT + 26, y - 2, fitted(label, room, 9), 9)
    canvas.write(_RIGHT, y - 2, told, 9, anchor="right", weight="bold" if not weight else "normal")
    canvas.bar(_LEFT + 26, y + 8, _RIGHT - _LEFT - 26, 2.5, "#E8ECF0")
    part = min((weight / sum(node.weight for node in film.nodes)) if weight else many / max(here, 1), 1.0)
    if part > 0:
        canvas.bar(_LEFT + 26, y + 8, (_RIGHT - _LEFT - 26) * part, 2.5, face if fill != NONE else look.FAINT)
