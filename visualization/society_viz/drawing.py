"""Still pictures as plain values, written as SVG, PDF or PNG: the same shapes in the same order in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle as Round
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from society_viz import look
from society_viz.look import FONT
from society_viz.writing import drawable, styled

Point: TypeAlias = "tuple[float, float]"
_POINTS = 100 / 72  # pixels of a point, at 100 dpi
_ANCHORS = {"start": "left", "middle": "center", "end": "right"}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through *points*, *wide* points of 1/72 inch, with *dashes* (on, off, in points of its width)."""

    points: Sequence[Point]
    colour: str
    wide: float
    dashes: tuple[float, ...] = ()
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled polygon."""

    points: Sequence[Point]
    colour: str
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Disc:
    """A disc of radius *r*, filled unless *face* is empty, with a rim."""

    x: float
    y: float
    r: float
    face: str
    edge: str = ""
    wide: float = 0.9
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """*text* with the middle of its line at (x, y); *halo*: legible over lines."""

    x: float
    y: float
    text: str
    points: float
    colour: str = look.INK
    anchor: str = "start"
    bold: bool = False
    halo: bool = False


Drawn: TypeAlias = Stroke | Shape | Disc | Words


def box(x: float, y: float, wide: float, high: float, colour: str) -> Shape:
    """A filled rectangle from (x, y) to the right and down."""
    return Shape(((x, y), (x + wide, y), (x + wide, y + high), (x, y + high)), colour)


# --- SVG ----------------------------------------------------------------------------------------------------------


def write_svg(shapes: Sequence[Drawn], size: tuple[int, int], title: str, told: str, to: Path) -> None:
    """Write *shapes* as SVG: see `svg`."""
    to.write_text(svg(shapes, size, title, told), encoding="utf-8", newline="\n")


def svg(shapes: Sequence[Drawn], size: tuple[int, int], title: str, told: str, name: str = "") -> str:
    """*shapes* as SVG, on paper of *size*; *title* and *told* say to those who cannot see it what is there.

    *name*: one that no other picture has on the same page.
    """
    wide, high = size
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img" '
             f'aria-labelledby="{name}t {name}d" font-family="{FONT}, Verdana, sans-serif">',
             f'<title id="{name}t">{_clean(title)}</title><desc id="{name}d">{_clean(told)}</desc>',
             f'<rect width="{wide}" height="{high}" fill="{look.PAPER}"/>', *map(_svg, shapes), "</svg>\n"]  # fmt: skip
    return "\n".join(parts)


def _svg(shape: Drawn) -> str:
    match shape:
        case Stroke():
            line = f'<polyline points="{_points(shape.points)}" fill="none"'
            return f"{line}{_rim(shape.colour, shape.wide, shape.dashes)}{_through(shape.alpha)}/>"
        case Shape():
            return f'<polygon points="{_points(shape.points)}" fill="{shape.colour}"{_through(shape.alpha)}/>'
        case Disc():
            rim = _rim(shape.edge, shape.wide, shape.dashes) if shape.edge else ""
            place = f'cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.r:.1f}"'
            return f'<circle {place} fill="{shape.face or "none"}"{rim}/>'
        case Words():
            weight = ' font-weight="bold"' if shape.bold else ""
            halo = f' paint-order="stroke" stroke="{look.PAPER}" stroke-width="3.6"' if shape.halo else ""
            return (f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" dy=".36em" font-size="{shape.points * _POINTS:.1f}" '
                    f'fill="{shape.colour}" text-anchor="{shape.anchor}"{weight}{halo}>{_clean(shape.text)}</text>'
                    )  # fmt: skip


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _rim(colour: str, wide: float, dashes: Sequence[float]) -> str:
    broken = f' stroke-dasharray="{" ".join(f"{dash * wide * _POINTS:.1f}" for dash in dashes)}"' if dashes else ""
    return f' stroke="{colour}" stroke-width="{wide * _POINTS:.2f}"{broken}'


def _through(alpha: float) -> str:
    return f' opacity="{alpha:.2f}"' if alpha < 1 else ""


def _clean(text: str) -> str:
    """*text* escaped, with a box for what XML has no way to say."""
    return escape("".join(one if one >= " " and not "\ud800" <= one <= "\udfff" and one not in "\ufffe\uffff" else "▯"
                          for one in text))  # fmt: skip


# --- PNG and PDF --------------------------------------------------------------------------------------------------


def write_png(shapes: Sequence[Drawn], size: tuple[int, int], title: str, told: str, to: Path) -> None:
    """Write *shapes* as PNG, twice as fine as *size*; *title* and *told* go into its texts."""
    texts = {"Title": _latin(title), "Description": _latin(told), "Software": None}
    _written(shapes, size, to, "png", texts)


def write_pdf(shapes: Sequence[Drawn], size: tuple[int, int], title: str, told: str, to: Path) -> None:
    """Write *shapes* as PDF, with its letters in it; *title* and *told* go into its texts."""
    texts = {"Title": _latin(title), "Subject": _latin(told), "CreationDate": None, "Creator": None, "Producer": None}
    _written(shapes, size, to, "pdf", texts)


def _written(shapes: Sequence[Drawn], size: tuple[int, int], to: Path, kind: str, texts: Mapping[str, Any]) -> None:
    wide, high = size
    with styled():
        figure = Figure(figsize=(wide / 100, high / 100), dpi=200, facecolor=look.PAPER)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, wide)
        axes.set_ylim(high, 0)
        axes.axis("off")
        for order, shape in enumerate(shapes):
            _draw(axes, shape, order)
        FigureCanvasAgg(figure)  # the one that draws
        figure.savefig(to, format=kind, dpi=200, metadata=texts)


def _draw(axes: matplotlib.axes.Axes, shape: Drawn, order: int) -> None:
    match shape:
        case Stroke():
            xs, ys = zip(*shape.points, strict=True)
            line = Line2D(xs, ys, color=shape.colour, lw=shape.wide, alpha=shape.alpha, zorder=order,
                          ls=(0, shape.dashes) if shape.dashes else "-", solid_capstyle="butt")  # fmt: skip
            axes.add_artist(line)
        case Shape():
            axes.add_artist(Polygon(list(shape.points), facecolor=shape.colour, lw=0, alpha=shape.alpha, zorder=order))
        case Disc():
            axes.add_artist(Round((shape.x, shape.y), shape.r, facecolor=shape.face or "none", lw=shape.wide,
                                 edgecolor=shape.edge or "none", ls=(0, shape.dashes) if shape.dashes else "-",
                                 zorder=order))  # fmt: skip
        case Words():
            effects = [withStroke(linewidth=2.6, foreground=look.PAPER)] if shape.halo else None
            axes.text(shape.x, shape.y, drawable(shape.text), size=shape.points, color=shape.colour, family=FONT,
                      ha=_ANCHORS[shape.anchor], va="center_baseline", weight="bold" if shape.bold else "normal",
                      parse_math=False, usetex=False, path_effects=effects, zorder=order)  # fmt: skip


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
