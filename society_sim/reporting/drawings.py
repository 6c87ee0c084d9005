"""The numbers of a figure, and the words in it: frozen values that something else draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval. *series* says which colour and mark; *beside* are other values on the same line."""

    label: str
    series: int
    value: float
    low: float
    high: float
    told: str
    beside: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Bars under one heading, which may be empty."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Values with intervals, a line each. *zero* is what they are set against; *margin* a band around it."""

    axis: str
    groups: tuple[Group, ...]
    zero: float | None = None
    margin: float | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A point with an interval upwards and downwards."""

    label: str
    series: int
    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scatter:
    """Points in panels that share both axes; *panels* are pairs of a title and its points.

    *frontier*: a line through those that no other beats: none is as high further left.
    """

    across: str
    upwards: str
    panels: tuple[tuple[str, tuple[Point, ...]], ...]
    frontier: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """A cell of a grid: what is written in it, and its sign: `+`, `-`, or `0` for what may be either."""

    told: str
    sign: str


@dataclass(frozen=True, slots=True)
class Tiles:
    """A grid of signs; *rows* are (label, tiles, what is said at the end)."""

    across: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Tile, ...], str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line over time. *steps*: it holds until the next moment."""

    label: str
    moments: tuple[float, ...]
    values: tuple[float, ...]
    steps: bool = True


@dataclass(frozen=True, slots=True)
class Lines:
    """Panels of lines over one simulated time; *panels* are pairs of a title and its lines."""

    across: str
    panels: tuple[tuple[str, tuple[Line, ...]], ...]


Drawing: TypeAlias = Intervals | Scatter | Tiles | Lines
