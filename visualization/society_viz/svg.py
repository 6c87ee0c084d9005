"""Small pieces of SVG: text that is always escaped, ticks, marks that differ in form and not in colour alone."""

from __future__ import annotations

import math
from html import escape

MARKS = 7


def text(x: float, y: float, words: str, style: str = "") -> str:
    """*words* with their base line at *y*."""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{kind}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, style: str, dashes: str = "") -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"{dashes}/>'


def rect(x: float, y: float, width: float, height: float, style: str) -> str:
    """A rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{height:.1f}" class="{style}"/>'


def mark(kind: int, x: float, y: float, size: float = 4.5, style: str = "k") -> str:
    """A mark of one of `MARKS` forms around a place.

    >>> mark(0, 1, 2)
    '<circle cx="1.0" cy="2.0" r="4.5" class="k"/>'
    """
    kind %= MARKS
    if kind == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" class="{style}"/>'
    if kind == 1:
        return rect(x - 0.88 * size, y - 0.88 * size, 1.76 * size, 1.76 * size, style)
    shapes = {
        2: ((0, -1.2), (1.1, 0.85), (-1.1, 0.85)), 3: ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
        4: ((0, 1.2), (1.1, -0.85), (-1.1, -0.85)),
        5: tuple((1.15 * math.sin(math.tau * n / 5), -1.15 * math.cos(math.tau * n / 5)) for n in range(5)),
        6: tuple((1.1 * math.sin(math.tau * n / 6), -1.1 * math.cos(math.tau * n / 6)) for n in range(6)),
    }  # fmt: skip
    points = " ".join(f"{x + size * dx:.1f},{y + size * dy:.1f}" for dx, dy in shapes[kind])
    return f'<polygon points="{points}" class="{style}"/>'


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from *low* to *high*, *about* so many.

    >>> ticks(0.58, 0.96), ticks(-0.1, 0.03, 4)
    ([0.6, 0.7, 0.8, 0.9], [-0.1, -0.05, 0.0])
    """
    if not high > low:
        return [low]
    rough = (high - low) / about
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next((scale * times for times in (1, 2, 2.5, 5) if scale * times >= rough * 0.999), scale * 10)
    first = math.ceil(low / step - 1e-9)
    return [round(place * step, 12) + 0.0 for place in range(first, math.floor(high / step + 1e-9) + 1)]


def told(value: float, among: list[float]) -> str:
    """A tick's number, with as many digits as all of *among* need.

    >>> told(0.5, [0.25, 0.5]), told(-0.1, [-0.1, 0.0]), told(2000, [2000, 4000])
    ('0.50', '−0.1', '2,000')
    """
    digits = next((many for many in range(9) if all(abs(round(one, many) - one) < 1e-9 for one in among)), 9)
    return f"{value:,.{digits}f}".replace("-", "−")


def document(width: float, height: float, title: str, body: str) -> str:
    """A drawing with the name *title*."""
    return (f'<svg class="c" xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'aria-label="{escape(title)}"><title>{escape(title)}</title>{body}</svg>')  # fmt: skip
