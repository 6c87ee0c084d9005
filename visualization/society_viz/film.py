"""What is shown, as plain values: one film, which the GIF, the video and the page all draw."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT = 640, 440
"""The size of the scene, in units of one pixel at 100 dpi; y grows downwards."""
NONE, ABSTAINED = -1, -2
"""Fills of a member that has not answered yet, and of one that abstained."""
MESSAGE, REFUSED, SAW, SOLD = "message", "refused", "saw", "sold"
"""What flows: words, words that no tie allows, an answer shown in a prompt; a good, which needs no tie."""


@dataclass(frozen=True, slots=True)
class Node:
    """A member: its place (x, y) and radius never change; `since` is the beat in which it appears."""

    name: str
    label: str
    x: float
    y: float
    r: float
    lx: float
    ly: float
    anchor: str
    since: int = 0
    weight: float = 0


@dataclass(frozen=True, slots=True)
class Tie:
    """*source* may speak to *target* in the beats `first <= beat < last`; `first` 0 means from the start."""

    source: int
    target: int
    kind: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the legend: an answer, its colour and the letter that stands for it."""

    label: str
    colour: str
    letter: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Prices over time: of each of *names* its points (t, price), from *start* to *end* and from *low* to *high*.

    *band*: the prices of competition. *book*: whether offers stand beside them.
    """

    title: str
    names: tuple[str, ...]
    points: tuple[tuple[tuple[float, float], ...], ...]
    start: float
    end: float
    low: float
    high: float
    band: tuple[float, float] | None = None
    book: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """A question on the table, the legend of its answers, and the prices if it is settled by a market."""

    text: str
    keys: tuple[Key, ...]
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """One moment of the film.

    `fills[node]` is an index into the keys of the poll (or `NONE`, `ABSTAINED`), `marks[node]` what is written on it.
    `flows` are (source, target, what). `active` nodes speak or are spoken of; `proposed` nodes are in the government
    on offer, and `governing` in the one agreed. `decision` stays until the next question.
    """

    t: float
    lines: tuple[str, ...]
    poll: int
    fills: tuple[int, ...]
    marks: tuple[str, ...]
    flows: tuple[tuple[int, int, str], ...] = ()
    active: tuple[int, ...] = ()
    chair: int = -1
    proposed: tuple[int, ...] = ()
    governing: tuple[int, ...] = ()
    decision: str = ""
    right: bool | None = None
    score: str = ""
    seconds: float = 1.0
    rewired: bool = False
    bids: tuple[tuple[float, int], ...] = ()
    """Price and number of units of the offers that stand, the best first."""
    asks: tuple[tuple[float, int], ...] = ()
    gone: tuple[int, ...] = ()
    """Nodes whose members have left: their seats are faint."""


@dataclass(frozen=True, slots=True)
class Region:
    """A community (a disc) or a level (a band), with its label."""

    shape: str
    x: float
    y: float
    size: float
    label: str


@dataclass(frozen=True, slots=True)
class Seats:
    """A bar of the seats in a parliament: (node, left, width) in order; *majority* seats are needed."""

    parts: tuple[tuple[int, float, float], ...]
    y: float
    total: int
    majority: int
    mark: float


@dataclass(frozen=True, slots=True)
class Film:
    """All that is shown."""

    title: str
    provenance: str
    nodes: tuple[Node, ...]
    ties: tuple[Tie, ...]
    untied: int
    """How many ties there are too many to draw; 0 if all are drawn."""
    regions: tuple[Region, ...]
    seats: Seats | None
    polls: tuple[Poll, ...]
    beats: tuple[Beat, ...]
    middle: tuple[float, float] = (WIDTH / 2, HEIGHT / 2)
    pull: float = 0.0
    """Lines between members are bent towards `middle` by this part of their length; 0: straight."""
    chairs: str = "formateur"
