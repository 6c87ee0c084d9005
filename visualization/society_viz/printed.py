"""Charts as PDF: the SVG of a chart read again, in the colours it has on light paper, and drawn by matplotlib."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree

from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch, PathPatch, Polygon
from matplotlib.path import Path as Way
from matplotlib.patheffects import withStroke

from society_viz import look
from society_viz.writing import drawable, styled

_WIDE = 7.0  # inches, as journals print over two columns
_LETTERS = 10.6  # units; DejaVu Sans is wider than the 12 that a browser's own letters take
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_STEP = re.compile(r"([MLHV])([-\d. ]+)")
_ANCHOR = {"start": "left", "middle": "center", "end": "right"}
Looks: TypeAlias = "Mapping[str, str]"


def write_chart(svg: str, to: Path) -> None:
    """Write the chart *svg* (an element as `charts.chart` makes it) as PDF, 7 inches wide, with its letters in it."""
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own chart, a moment old
    wide, high = (float(part) for part in root.attrib["viewBox"].split()[2:])
    with styled():
        figure = Figure(figsize=(_WIDE, _WIDE * high / wide), facecolor=look.PAPER)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, wide)
        axes.set_ylim(high, 0)
        axes.axis("off")
        point = 72 * _WIDE / wide  # points in a unit
        rules, colours = _rules()
        for order, (element, looks) in enumerate(_drawn(root, rules, {})):
            seen = {name: _plain(value, looks, colours) for name, value in looks.items()}
            kind = element.tag.rpartition("}")[2]
            if kind == "text":
                halo = [withStroke(linewidth=4 * point, foreground=look.PAPER)] if "paint-order" in seen else None
                axes.text(float(element.attrib["x"]), float(element.attrib["y"]), drawable(element.text or ""),
                          size=_LETTERS * point, color=seen.get("fill", look.INK), family=look.FONT, va="baseline",
                          ha=_ANCHOR[seen.get("text-anchor", "start")], parse_math=False, path_effects=halo,
                          weight="bold" if seen.get("font-weight") == "600" else "normal", zorder=order)  # fmt: skip
                continue
            patch = _patch(kind, element.attrib)
            if patch is None:
                continue
            patch.set(facecolor=seen.get("fill", look.INK), edgecolor=seen.get("stroke", "none"), zorder=order,
                      linewidth=float(seen.get("stroke-width", "1")) * point if "stroke" in seen else 0,
                      alpha=float(seen["opacity"]) if "opacity" in seen else None)  # fmt: skip
            if kind in ("line", "path"):
                patch.set_facecolor("none")
            if "stroke-dasharray" in element.attrib:
                dashes = [float(part) * point for part in element.attrib["stroke-dasharray"].split()]
                patch.set_linestyle((0, [dash / patch.get_linewidth() for dash in dashes]))
            axes.add_artist(patch)
        FigureCanvasPdf(figure)
        title = root.attrib["aria-label"].encode("latin-1", "replace").decode("latin-1")
        told = {"Title": title, "CreationDate": None, "Creator": None, "Producer": None}
        figure.savefig(to, format="pdf", metadata=told)


def _rules() -> tuple[list[tuple[str, str, Looks]], Looks]:
    """The rules of the style sheet (class, or element within a chart; properties), and its colours on light paper."""
    style = look.chart_style(".c")
    sheet = style[: style.index("@media")] + style[style.rindex("}}") + 2 :]
    rules: list[tuple[str, str, Looks]] = []
    colours: dict[str, str] = {}
    for selector, body in _RULE.findall(sheet):
        looks = dict(part.split(":", 1) for part in body.split(";") if ":" in part)
        colours.update({name: value for name, value in looks.items() if name.startswith("--")})
        element, _, name = selector.strip().removeprefix(".c").strip().partition(".")
        if element or name:
            rules.append((element, name, looks))
    return rules, colours


def _drawn(
    element: ElementTree.Element, rules: Sequence[tuple[str, str, Looks]], above: Looks
) -> Iterator[tuple[ElementTree.Element, Looks]]:
    """All elements with what the style sheet says of them; colours and dashes come down from groups."""
    kind, names = element.tag.rpartition("}")[2], element.attrib.get("class", "").split()
    looks = {name: value for name, value in above.items() if name == "color"}
    for tag, name, own in rules:
        if (not tag or tag == kind) and (not name or name in names):
            looks.update(own)
    yield element, looks
    for child in element:
        yield from _drawn(child, rules, looks)


def _plain(value: str, looks: Looks, colours: Looks) -> str:
    value = looks.get("color", look.INK) if value == "currentColor" else value
    return colours[value[4:-1]] if value.startswith("var(") else value


def _patch(kind: str, has: Mapping[str, str]) -> Patch | None:
    def number(name: str) -> float:
        return float(has[name])

    match kind:
        case "line":
            return PathPatch(Way([(number("x1"), number("y1")), (number("x2"), number("y2"))]))
        case "rect" if not has["width"].endswith("%"):
            x, y, wide, high = (number(name) for name in ("x", "y", "width", "height"))
            return Polygon([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)])
        case "circle":
            return Circle((number("cx"), number("cy")), number("r"))
        case "polygon":
            return Polygon([tuple(map(float, pair.split(","))) for pair in has["points"].split()])
        case "path":
            return PathPatch(Way(list(_way(has["d"]))))
    return None


def _way(steps: str) -> Iterator[tuple[float, float]]:
    x = y = 0.0
    for letter, numbers in _STEP.findall(steps):
        given = [float(part) for part in numbers.split()]
        x, y = {"H": (given[0], y), "V": (x, given[0])}.get(letter) or (given[0], given[1])
        yield x, y
